#define _GNU_SOURCE
#include "oc_source_broker.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "oc_source_object.h"

#define SERVICE_MAX  8
#define UNSENT_BYTES (128 * 1024) /* of a push, in the kernel: 0.25 s at 4 Mbit/s */

void oc_source_broker_init(oc_source_broker_t *broker, oc_plugin_kind_t kind, bool datagrams,
                           const char *target) {
    memset(broker, 0, sizeof(*broker));
    broker->kind = kind;
    broker->datagrams = datagrams && (kind == OC_PLUGIN_RTSP || kind == OC_PLUGIN_PUSH);
    oc_connect_own(kind, target, &broker->own);
    if (kind == OC_PLUGIN_FILE || kind == OC_PLUGIN_S3)
        snprintf(broker->path, sizeof(broker->path), "%s", target);
}

void oc_source_broker_object(oc_source_broker_t *broker, const oc_ff_input_t *in) {
    snprintf(broker->place.target, sizeof(broker->place.target), "%s", in->target);
    snprintf(broker->place.endpoint, sizeof(broker->place.endpoint), "%s", in->endpoint);
    snprintf(broker->place.region, sizeof(broker->place.region), "%s", in->region);
    broker->place.path_style = in->path_style;
}

static void close_object(oc_source_broker_t *broker) {
    if (broker->object)
        oc_source_objects->close(broker->object);
    broker->object = NULL;
}

void oc_source_broker_clear(oc_source_broker_t *broker) {
    close_object(broker);
    for (unsigned i = 0; i < OC_SOURCE_SOCKETS; i++) {
        if (broker->sockets[i])
            close(broker->sockets[i] - 1);
    }
    memset(broker->sockets, 0, sizeof(broker->sockets));
    broker->grants = 0;
    broker->refused[0] = 0;
}

static uint16_t port_of(const oc_source_address_t *address) {
    return ntohs(address->family == AF_INET ? address->v4.sin_port : address->v6.sin6_port);
}

static socklen_t bytes_of(const oc_source_address_t *address) {
    return address->family == AF_INET ? sizeof(address->v4) : sizeof(address->v6);
}

static bool known_family(const oc_source_address_t *address) {
    return address->family == AF_INET || address->family == AF_INET6;
}

static bool same_host(const oc_source_address_t *a, const oc_source_address_t *b) {
    if (a->family != b->family)
        return false;
    return a->family == AF_INET
               ? a->v4.sin_addr.s_addr == b->v4.sin_addr.s_addr
               : memcmp(&a->v6.sin6_addr, &b->v6.sin6_addr, sizeof(a->v6.sin6_addr)) == 0;
}

/* True when a socket of this process waits for connections at that port. */
static bool listens_at(uint16_t port) {
    DIR *folder = opendir("/proc/self/fd");
    bool found = false;
    if (!folder)
        return true; /* not known: rather not */
    for (struct dirent *entry = readdir(folder); entry && !found; entry = readdir(folder)) {
        int fd = atoi(entry->d_name), listens = 0;
        oc_source_address_t address = {0};
        socklen_t bytes = sizeof(listens), size = sizeof(address);
        if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &bytes) == 0 && listens &&
            getsockname(fd, &address.any, &size) == 0 && known_family(&address))
            found = port_of(&address) == port;
    }
    closedir(folder);
    return found;
}

/* True when it is an address of this machine: only those can be bound. */
static bool is_of_this_machine(const oc_source_address_t *address) {
    oc_source_address_t any_port = *address;
    int fd = socket(address->family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (address->family == AF_INET)
        any_port.v4.sin_port = 0;
    else
        any_port.v6.sin6_port = 0;
    bool is = fd >= 0 && bind(fd, &any_port.any, bytes_of(&any_port)) == 0;
    if (fd >= 0)
        close(fd);
    return is;
}

static void grant(oc_source_broker_t *broker, const oc_source_address_t *address, bool datagrams) {
    unsigned slot = broker->grants++ % OC_SOURCE_GRANTS;
    broker->grant[slot].address = *address;
    broker->grant[slot].datagrams = datagrams;
}

static bool granted(const oc_source_broker_t *broker, const oc_source_address_t *address,
                    bool datagrams) {
    unsigned held = broker->grants < OC_SOURCE_GRANTS ? broker->grants : OC_SOURCE_GRANTS;
    for (unsigned i = 0; i < held; i++) {
        const oc_source_address_t *known = &broker->grant[i].address;
        if (broker->grant[i].datagrams == datagrams && same_host(known, address) &&
            ((datagrams && broker->own.foreign) || port_of(known) == port_of(address)))
            return true;
    }
    return false;
}

static void note_refused(oc_source_broker_t *broker, const char *name, uint16_t port) {
    char shown[OC_SOURCE_NAME_MAX];
    size_t n = 0;
    for (; name[n] && n + 1 < sizeof(shown); n++) /* it comes from a stranger */
        shown[n] = name[n] > ' ' && name[n] < 0x7F ? name[n] : '?';
    shown[n] = 0;
    snprintf(broker->refused, sizeof(broker->refused),
             "it leads to %.80s:%u, which redirects and playlists may not reach", shown, port);
}

static int look_up(oc_source_broker_t *broker, const char *name, uint16_t port, bool datagrams,
                   oc_source_message_t *answer) {
    char service[SERVICE_MAX];
    bool own = oc_connect_is_own(&broker->own, name, port, datagrams), refused = false;
    struct addrinfo hints = {.ai_socktype = datagrams ? SOCK_DGRAM : SOCK_STREAM}, *list = NULL;
    if (!own && (!broker->own.foreign || datagrams)) {
        note_refused(broker, name, port);
        return EAI_FAIL;
    }
    snprintf(service, sizeof(service), "%u", port);
    int error = getaddrinfo(name, service, &hints, &list);
    for (struct addrinfo *at = error ? NULL : list; at; at = at->ai_next) {
        oc_source_address_t address = {0};
        if (answer->answer.count == OC_SOURCE_ADDRS || at->ai_addrlen > sizeof(address))
            break;
        memcpy(&address, at->ai_addr, at->ai_addrlen);
        if (!known_family(&address))
            continue;
        bool listens = !own && is_of_this_machine(&address) && listens_at(port);
        if (!oc_connect_allowed(&broker->own, name, port, datagrams, &address.any, listens)) {
            refused = true;
            continue;
        }
        answer->answer.address[answer->answer.count++] = address;
        grant(broker, &address, datagrams);
    }
    if (!error)
        freeaddrinfo(list);
    if (refused)
        note_refused(broker, name, port);
    return error ? error : answer->answer.count ? 0 : EAI_FAIL;
}

/* A connection that is written to: whoever takes nothing is given up, and little waits here that
 * nobody could leave out any more. */
static void hurry(int fd) {
    const int limit_ms = OC_SOURCE_PUSH_US / 1000, waiting = UNSENT_BYTES;
    setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &limit_ms, sizeof(limit_ms));
    setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &waiting, sizeof(waiting));
}

/* A socket that is on its way to an address that was granted. 0 or an errno. */
static int connect_to(oc_source_broker_t *broker, const oc_source_address_t *address, int *fd) {
    if (!known_family(address) || !granted(broker, address, false))
        return EACCES;
    *fd = socket(address->family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (*fd < 0)
        return errno;
    if (broker->kind == OC_PLUGIN_PUSH)
        hurry(*fd);
    if (connect(*fd, &address->any, bytes_of(address)) == 0 || errno == EINPROGRESS)
        return 0;
    int error = errno;
    close(*fd);
    *fd = -1;
    return error;
}

static int make_socket(oc_source_broker_t *broker, const oc_source_address_t *address,
                       oc_source_message_t *answer, int *fd) {
    unsigned slot = 0;
    if (!broker->datagrams || !known_family(address))
        return EACCES;
    while (slot < OC_SOURCE_SOCKETS && broker->sockets[slot])
        slot++;
    if (slot == OC_SOURCE_SOCKETS) {
        snprintf(broker->refused, sizeof(broker->refused),
                 "it needs more than %d UDP sockets: use transport=tcp", OC_SOURCE_SOCKETS);
        return EMFILE;
    }
    int made = socket(address->family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    *fd = made < 0 ? -1 : fcntl(made, F_DUPFD_CLOEXEC, 0);
    if (*fd < 0) {
        int error = errno;
        if (made >= 0)
            close(made);
        return error;
    }
    broker->sockets[slot] = made + 1;
    answer->answer.number = slot;
    return 0;
}

static int socket_of(const oc_source_broker_t *broker, uint32_t number) {
    return number < OC_SOURCE_SOCKETS ? broker->sockets[number] - 1 : -1;
}

/* A port of all our addresses. A socket whose port is taken is closed: FFmpeg tries another one. */
static int bind_socket(oc_source_broker_t *broker, uint32_t number,
                       const oc_source_address_t *address) {
    oc_source_address_t any = {0};
    any.family = address->family;
    if (address->family == AF_INET)
        any.v4.sin_port = address->v4.sin_port;
    else
        any.v6.sin6_port = address->v6.sin6_port;
    if (!known_family(address) || (port_of(address) && port_of(address) < 1024))
        return EACCES;
    int fd = socket_of(broker, number);
    if (bind(fd, &any.any, bytes_of(&any)) == 0)
        return 0;
    int error = errno;
    if (fd >= 0) {
        close(fd);
        broker->sockets[number] = 0;
    }
    return error;
}

static int send_datagram(oc_source_broker_t *broker, const oc_source_message_t *req) {
    const oc_source_address_t *to = &req->datagram.address;
    uint16_t bytes = req->datagram.len_bytes;
    if (!known_family(to) || bytes > OC_SOURCE_DATAGRAM || !granted(broker, to, true))
        return EACCES;
    int fd = socket_of(broker, req->datagram.number);
    return sendto(fd, req->datagram.bytes, bytes, MSG_DONTWAIT | MSG_NOSIGNAL, &to->any,
                  bytes_of(to)) < 0
               ? errno
               : 0;
}

/* From here on the socket sends there alone, without naming it. 0 or an errno. */
static int set_peer(oc_source_broker_t *broker, uint32_t number,
                    const oc_source_address_t *address) {
    if (broker->kind != OC_PLUGIN_PUSH || !known_family(address) || !granted(broker, address, true))
        return EACCES;
    return connect(socket_of(broker, number), &address->any, bytes_of(address)) == 0 ? 0 : errno;
}

/* The input's own file, or what certificates of servers are verified by. */
static int open_file(oc_source_broker_t *broker, const char *path, int *fd) {
    bool far = oc_plugin_far(broker->kind);
    bool own = broker->path[0] && strcmp(path, broker->path) == 0;
    const char *named = getenv(OC_SOURCE_CA_VARIABLE);
    const char *authorities = named && named[0] ? named : OC_SOURCE_CA_FILE;
    if (!own && !(far && strcmp(path, authorities) == 0))
        return EACCES;
    if (own && broker->kind == OC_PLUGIN_S3) {
        close_object(broker); /* it is read from its beginning again */
        *fd = oc_source_objects ? oc_source_objects->open(&broker->place, &broker->object) : -1;
        return *fd < 0 ? ENOSYS : 0;
    }
    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO must not hang the thread */
    return *fd < 0 ? errno : 0;
}

bool oc_source_broker_answer(oc_source_broker_t *broker, oc_source_message_t *req,
                             oc_source_message_t *answer, int *fd) {
    memset(answer, 0, oc_source_message_bytes(OC_SOURCE_ANSWER));
    answer->kind = OC_SOURCE_ANSWER;
    *fd = -1;
    switch (req->kind) {
    case OC_SOURCE_REQUEST_NAME:
        req->name.name[sizeof(req->name.name) - 1] = 0;
        answer->answer.error =
            look_up(broker, req->name.name, req->name.port, req->name.datagrams != 0, answer);
        return true;
    case OC_SOURCE_REQUEST_CONNECT:
        answer->answer.error = connect_to(broker, &req->address.address, fd);
        return true;
    case OC_SOURCE_REQUEST_SOCKET:
        answer->answer.error = make_socket(broker, &req->address.address, answer, fd);
        return true;
    case OC_SOURCE_REQUEST_BIND:
        answer->answer.error = bind_socket(broker, req->address.number, &req->address.address);
        return true;
    case OC_SOURCE_REQUEST_PEER:
        answer->answer.error = set_peer(broker, req->address.number, &req->address.address);
        return true;
    case OC_SOURCE_REQUEST_DATAGRAM:
        answer->answer.error = send_datagram(broker, req);
        return true;
    case OC_SOURCE_REQUEST_FILE:
        req->path.text[sizeof(req->path.text) - 1] = 0;
        answer->answer.error = open_file(broker, req->path.text, fd);
        return true;
    default:
        return false;
    }
}
