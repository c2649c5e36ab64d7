/* The C library's doors to files and to the network, in place of its own for every library of this
 * process: what is behind them is refused by the kernel (oc_ff_sandbox), so the program is asked
 * (oc_ff_talk_ask) for a descriptor instead. By the thread of a source or a push only; other
 * threads have nobody to ask, and get nothing. Compiled without fortified headers: they would
 * define some of these themselves. */
#define _GNU_SOURCE
#include "oc_ff_interpose.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "oc_ff.h"
#include "oc_ff_guard.h"
#include "oc_ff_rtsp.h"
#include "oc_ff_sandbox.h"
#include "oc_ff_talk.h"

#define TYPE_MASK 0xF

static bool sealed;
static int (*own_open)(const char *path, int flags, ...); /* devices: the C library's */

/* Sockets for datagrams, by descriptor: 1 + the program's number of it, since the program does what
 * names an address. 0 = another kind of descriptor, or none. */
static _Atomic uint32_t datagrams[OC_FF_SANDBOX_FILES];
static _Atomic uint16_t ports[OC_FF_SANDBOX_FILES];    /* what they are bound to; 0 = not yet */
static oc_source_address_t peers[OC_FF_SANDBOX_FILES]; /* where they send, once `peered` */
static _Atomic bool peered[OC_FF_SANDBOX_FILES];
static _Atomic bool refused; /* a peer said that nobody listens there, of the newest socket */
static _Atomic int untried;  /* addresses of the newest name for which no socket was made yet */

void oc_ff_interpose_seal(bool devices) {
    void *symbol = devices ? dlsym(RTLD_NEXT, "open64") : NULL;
    memcpy(&own_open, &symbol, sizeof(own_open));
    sealed = true;
}

/* 0 or an errno. */
static int req(const oc_source_message_t *question, oc_source_message_t *answer, int *fd) {
    oc_ff_talk_t *talk = oc_ff_talk_current();
    *fd = -1;
    if (!talk)
        return EACCES;
    return oc_ff_talk_ask(talk, question, answer, fd) ? answer->answer.error : ECONNRESET;
}

static int fail(int error) {
    errno = error;
    return -1;
}

/* ---- files ---- */

static int open_file(const char *path, int flags, int mode) {
    oc_source_message_t question = {.kind = OC_SOURCE_REQUEST_FILE}, answer;
    int fd;
    if (sealed && own_open)
        return own_open(path, flags, mode);
    if (!sealed)
        return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
    if ((flags & O_ACCMODE) != O_RDONLY || strlen(path) >= sizeof(question.path.text))
        return fail(EACCES);
    snprintf(question.path.text, sizeof(question.path.text), "%s", path);
    int error = req(&question, &answer, &fd);
    if (!error && fd >= 0)
        return fd;
    return fail(error ? error : EACCES);
}

static int mode_of(int flags, va_list list) {
    return flags & (O_CREAT | O_TMPFILE) ? va_arg(list, int) : 0;
}

int open(const char *path, int flags, ...) {
    va_list list;
    va_start(list, flags);
    int mode = mode_of(flags, list);
    va_end(list);
    return open_file(path, flags, mode);
}

int open64(const char *path, int flags, ...) {
    va_list list;
    va_start(list, flags);
    int mode = mode_of(flags, list);
    va_end(list);
    return open_file(path, flags, mode);
}

static FILE *open_stream(const char *path, const char *mode) {
    bool reads = mode[0] == 'r' && !strchr(mode, '+');
    int flags = strchr(mode, '+') ? O_RDWR : reads ? O_RDONLY : O_WRONLY;
    if (!reads && mode[0] != 'r')
        flags |= O_CREAT | (mode[0] == 'a' ? O_APPEND : O_TRUNC);
    int fd = open_file(path, flags | O_CLOEXEC, 0666);
    FILE *stream = fd >= 0 ? fdopen(fd, mode) : NULL;
    if (fd >= 0 && !stream)
        close(fd);
    return stream;
}

FILE *fopen(const char *path, const char *mode) {
    return open_stream(path, mode);
}

FILE *fopen64(const char *path, const char *mode) {
    return open_stream(path, mode);
}

/* newfstatat with a path of its own is refused; this one has none. */
int fstat(int fd, struct stat *out) {
    return (int)syscall(SYS_fstat, fd, out);
}

int fstat64(int fd, struct stat64 *out) {
    return (int)syscall(SYS_fstat, fd, out);
}

static int stat_file(const char *path, void *out) {
    int fd = open_file(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    int result = (int)syscall(SYS_fstat, fd, out), error = errno;
    close(fd);
    errno = error;
    return result;
}

int stat(const char *path, struct stat *out) {
    return stat_file(path, out);
}

int stat64(const char *path, struct stat64 *out) {
    return stat_file(path, out);
}

/* ---- names ---- */

/* One entry of a list of ours, its address behind it. */
static struct addrinfo *entry(const oc_source_address_t *address, int type, int protocol) {
    struct addrinfo *info = calloc(1, sizeof(*info) + sizeof(*address));
    if (!info)
        return NULL;
    memcpy(info + 1, address, sizeof(*address));
    info->ai_family = address->family;
    info->ai_socktype = type;
    info->ai_protocol = protocol;
    info->ai_addr = (struct sockaddr *)(info + 1);
    info->ai_addrlen = address->family == AF_INET ? sizeof(address->v4) : sizeof(address->v6);
    return info;
}

void freeaddrinfo(struct addrinfo *list) {
    while (list) {
        struct addrinfo *next = list->ai_next;
        free(list);
        list = next;
    }
}

/* An address as number, or our own (node NULL), without asking. */
static bool is_number(const char *node, uint16_t port, int family, oc_source_address_t *out) {
    memset(out, 0, sizeof(*out));
    if (family != AF_INET6 && (!node || inet_pton(AF_INET, node, &out->v4.sin_addr) == 1)) {
        out->v4.sin_family = AF_INET;
        out->v4.sin_port = htons(port);
        return true;
    }
    if (family != AF_INET && (!node || inet_pton(AF_INET6, node, &out->v6.sin6_addr) == 1)) {
        out->v6.sin6_family = AF_INET6;
        out->v6.sin6_port = htons(port);
        return true;
    }
    return false;
}

static int local(const char *node, uint16_t port, const struct addrinfo *hints,
                 struct addrinfo **out) {
    oc_source_address_t address;
    if (!is_number(node, port, hints->ai_family, &address))
        return EAI_NONAME;
    *out = entry(&address, hints->ai_socktype, hints->ai_protocol);
    return *out ? 0 : EAI_MEMORY;
}

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                struct addrinfo **out) {
    static const struct addrinfo none;
    oc_source_message_t question = {.kind = OC_SOURCE_REQUEST_NAME}, answer;
    const struct addrinfo *expected = hints ? hints : &none;
    unsigned long port = service ? strtoul(service, NULL, 10) : 0;
    int fd;
    *out = NULL;
    if (port > UINT16_MAX)
        return EAI_SERVICE;
    if (!node || expected->ai_flags & AI_NUMERICHOST)
        return local(node, (uint16_t)port, expected, out);
    if (strlen(node) >= sizeof(question.name.name))
        return EAI_NONAME;
    snprintf(question.name.name, sizeof(question.name.name), "%s", node);
    question.name.port = (uint16_t)port;
    question.name.datagrams = expected->ai_socktype == SOCK_DGRAM;
    int error = req(&question, &answer, &fd);
    if (fd >= 0)
        close(fd);
    oc_ff_guard()->no_host = error == EAI_NONAME || error == EAI_NODATA || error == EAI_AGAIN;
    if (error)
        return error < 0 ? error : EAI_FAIL;
    atomic_store(&untried, question.name.datagrams ? (int)answer.answer.count : 0);
    struct addrinfo **end = out;
    for (uint32_t i = 0; i < answer.answer.count && i < OC_SOURCE_ADDRS; i++) {
        const oc_source_address_t *address = &answer.answer.address[i];
        if (expected->ai_family != AF_UNSPEC && expected->ai_family != address->family)
            continue;
        *end = entry(address, expected->ai_socktype, expected->ai_protocol);
        if (!*end)
            break;
        end = &(*end)->ai_next;
    }
    return *out ? 0 : EAI_FAIL;
}

/* ---- sockets ---- */

static bool copy_address(const struct sockaddr *from, socklen_t bytes, oc_source_address_t *out) {
    memset(out, 0, sizeof(*out));
    if (bytes < sizeof(sa_family_t) || bytes > sizeof(struct sockaddr_storage))
        return false;
    memcpy(out, from, bytes < sizeof(*out) ? bytes : sizeof(*out));
    return (out->family == AF_INET && bytes >= sizeof(out->v4)) ||
           (out->family == AF_INET6 && bytes >= sizeof(out->v6));
}

static bool number_of(int fd, uint32_t *number) {
    uint32_t known = fd >= 0 && fd < OC_FF_SANDBOX_FILES ? atomic_load(&datagrams[fd]) : 0;
    *number = known - 1;
    return known > 0;
}

/* A new descriptor is a socket for datagrams (1 + its number), or something else (0). */
static int remember(int fd, uint32_t known) {
    if (fd >= 0 && fd < OC_FF_SANDBOX_FILES) {
        atomic_store(&datagrams[fd], known);
        atomic_store(&ports[fd], 0);
        atomic_store(&peered[fd], false);
    }
    return fd;
}

/* A place that connect fills; for datagrams a socket of the program's. */
int socket(int family, int type, int protocol) {
    oc_source_message_t question = {.kind = OC_SOURCE_REQUEST_SOCKET}, answer;
    int fd;
    if (!oc_ff_talk_current() || (family != AF_INET && family != AF_INET6))
        return fail(EACCES);
    if ((type & TYPE_MASK) == SOCK_STREAM)
        return remember(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), 0);
    question.address.address.family = (sa_family_t)family;
    int error = req(&question, &answer, &fd);
    if (error || fd < 0)
        return fail(error ? error : EACCES);
    atomic_store(&refused, false);
    atomic_fetch_sub(&untried, 1);
    return remember(fd, 1 + answer.answer.number);
}

int connect(int fd, const struct sockaddr *address, socklen_t bytes) {
    oc_source_message_t question = {.kind = OC_SOURCE_REQUEST_CONNECT}, answer;
    uint32_t number;
    int made;
    if (number_of(fd, &number) || !copy_address(address, bytes, &question.address.address))
        return fail(EACCES);
    int error = req(&question, &answer, &made);
    if (error || made < 0)
        return fail(error ? error : EACCES);
    int placed = dup3(made, fd, O_CLOEXEC);
    close(made);
    return fail(placed < 0 ? errno : EINPROGRESS); /* poll says when it is there */
}

int bind(int fd, const struct sockaddr *address, socklen_t bytes) {
    oc_source_message_t question = {.kind = OC_SOURCE_REQUEST_BIND}, answer;
    int none;
    if (!number_of(fd, &question.address.number) ||
        !copy_address(address, bytes, &question.address.address))
        return fail(EACCES);
    int error = req(&question, &answer, &none);
    if (error)
        return fail(error);
    const oc_source_address_t *own = &question.address.address;
    atomic_store(&ports[fd], ntohs(own->family == AF_INET ? own->v4.sin_port : own->v6.sin6_port));
    return 0;
}

/* What comes for an RTP session of an RTSP source is judged first (oc_ff_rtsp). */
ssize_t recvfrom(int fd, void *restrict out, size_t len, int flags,
                 struct sockaddr *restrict address, socklen_t *restrict bytes) {
    ssize_t came = syscall(SYS_recvfrom, fd, out, len, flags, address, bytes);
    oc_ff_rtsp_t *rtsp = oc_ff_guard()->rtsp;
    uint32_t number;
    if (came <= 0 || !rtsp || !number_of(fd, &number) ||
        oc_ff_rtsp_datagram(rtsp, atomic_load(&ports[fd]), oc_span(out, (size_t)came),
                            oc_ff_now(&(oc_capture_env_t){0})))
        return came;
    return fail(EAGAIN);
}

ssize_t sendto(int fd, const void *data, size_t len, int flags, const struct sockaddr *address,
               socklen_t bytes) {
    oc_source_message_t question = {.kind = OC_SOURCE_REQUEST_DATAGRAM}, answer;
    int none;
    if (!address)
        return syscall(SYS_sendto, fd, data, len, flags, NULL, 0);
    if (len > sizeof(question.datagram.bytes))
        return fail(EMSGSIZE);
    if (!number_of(fd, &question.datagram.number) ||
        !copy_address(address, bytes, &question.datagram.address))
        return fail(EACCES);
    question.datagram.len_bytes = (uint16_t)len;
    memcpy(question.datagram.bytes, data, len);
    int error = req(&question, &answer, &none);
    return error ? fail(error) : (ssize_t)len;
}

/* libsrt names its only peer with each datagram, on any thread: the socket is connected there with
 * the first one, by the thread that connects, and from then on no address leaves. */
static int send_there(int fd, const oc_source_address_t *peer) {
    oc_source_message_t question = {.kind = OC_SOURCE_REQUEST_PEER}, answer;
    int none;
    if (!number_of(fd, &question.address.number))
        return EACCES;
    if (atomic_load(&peered[fd]))
        return memcmp(&peers[fd], peer, sizeof(*peer)) == 0 ? 0 : EACCES;
    question.address.address = *peer;
    int error = req(&question, &answer, &none);
    peers[fd] = *peer;
    atomic_store(&peered[fd], error == 0);
    return error;
}

static ssize_t note_refused(ssize_t result) {
    if (result < 0 && errno == ECONNREFUSED)
        atomic_store(&refused, true);
    return result;
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
    oc_source_address_t peer;
    if (message->msg_controllen > 0 || flags != 0 || !message->msg_name ||
        !copy_address(message->msg_name, message->msg_namelen, &peer))
        return fail(EACCES);
    int error = send_there(fd, &peer);
    if (error)
        return fail(error);
    return note_refused(syscall(SYS_writev, fd, message->msg_iov, message->msg_iovlen));
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags) {
    return note_refused(syscall(SYS_recvmsg, fd, message, flags));
}

bool oc_ff_interpose_refused(void) {
    return atomic_load(&refused) && atomic_load(&untried) <= 0;
}
