#include "oc_mdns_socket.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "oc_err.h"
#include "oc_mdns.h"

#define DATAGRAM_MAX 9000 /* RFC 6762 section 17 */
#define BATCH        32   /* datagrams read before others get their turn */
#define FOUND_A      1
#define FOUND_AAAA   2

/* One socket; lives until libuv has let it go. */
typedef struct endpoint {
    uv_poll_t poll;
    struct oc_mdns_socket *owner;
    int fd;
    int family; /* AF_INET or AF_INET6 */
} endpoint_t;

typedef struct row {
    char name[OC_MDNS_NAME]; /* "" free */
    uint16_t port;
    uint8_t found;
    bool requested_again;
    uint64_t tag;
    uint64_t begun_ms;
} row_t;

struct oc_mdns_socket {
    oc_mdns_socket_config_t config;
    uv_timer_t timer;
    endpoint_t *endpoint[2];
    unsigned interfaces[OC_MDNS_INTERFACES]; /* by number */
    unsigned interface_count;
    unsigned pending;
    row_t rows[OC_MDNS_NAMES];
};

/* ---- sockets ---- */

static void list_interfaces(oc_mdns_socket_t *m) {
    struct ifaddrs *all, *i;
    m->interface_count = 0;
    if (getifaddrs(&all) != 0)
        return;
    for (i = all; i; i = i->ifa_next) {
        unsigned number = if_nametoindex(i->ifa_name), k = 0;
        if (!(i->ifa_flags & IFF_UP) || !(i->ifa_flags & (IFF_MULTICAST | IFF_LOOPBACK)) || !number)
            continue;
        while (k < m->interface_count && m->interfaces[k] != number)
            k++;
        if (k == m->interface_count && k < OC_MDNS_INTERFACES)
            m->interfaces[m->interface_count++] = number;
    }
    freeifaddrs(all);
}

/* The group on every interface; one that refuses is left out. True when any was joined. */
static bool join(const oc_mdns_socket_t *m, int fd, int family) {
    struct ip_mreqn four = {.imr_ifindex = 0};
    struct ipv6_mreq six = {.ipv6mr_interface = 0};
    bool any = false;
    inet_pton(AF_INET, OC_MDNS_GROUP4, &four.imr_multiaddr);
    inet_pton(AF_INET6, OC_MDNS_GROUP6, &six.ipv6mr_multiaddr);
    for (unsigned i = 0; i < m->interface_count; i++) {
        four.imr_ifindex = (int)m->interfaces[i];
        six.ipv6mr_interface = m->interfaces[i];
        if (family == AF_INET)
            any |= setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &four, sizeof(four)) == 0;
        else
            any |= setsockopt(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, &six, sizeof(six)) == 0;
    }
    return any;
}

static socklen_t make_address(int family, const char *ip, uint16_t port,
                              struct sockaddr_storage *out) {
    memset(out, 0, sizeof(*out));
    if (family == AF_INET) {
        struct sockaddr_in *four = (struct sockaddr_in *)out;
        four->sin_family = AF_INET;
        four->sin_port = htons(port);
        inet_pton(AF_INET, ip, &four->sin_addr);
        return sizeof(*four);
    }
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)out;
    six->sin6_family = AF_INET6;
    six->sin6_port = htons(port);
    inet_pton(AF_INET6, ip, &six->sin6_addr);
    return sizeof(*six);
}

/* Beside others that listen on the port (avahi, browsers). From another port answers come only from
 * those who know plain DNS (RFC 6762 section 6.7): better than nothing. */
static bool bind_port(int fd, int family) {
    struct sockaddr_storage any;
    const char *ip = family == AF_INET ? "0.0.0.0" : "::";
    socklen_t len = make_address(family, ip, OC_MDNS_PORT, &any);
    if (bind(fd, (struct sockaddr *)&any, len) == 0)
        return true;
    len = make_address(family, ip, 0, &any);
    return bind(fd, (struct sockaddr *)&any, len) == 0;
}

static int open_socket(const oc_mdns_socket_t *m, int family) {
    const int one = 1, hops = 255; /* RFC 6762 section 11 */
    int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one));
    if (family == AF_INET) {
        (void)setsockopt(fd, IPPROTO_IP, IP_MULTICAST_TTL, &hops, sizeof(hops));
        (void)setsockopt(fd, IPPROTO_IP, IP_MULTICAST_LOOP, &one, sizeof(one));
    } else {
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &hops, sizeof(hops));
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, &one, sizeof(one));
    }
    if (!bind_port(fd, family) || !join(m, fd, family)) {
        close(fd);
        return -1;
    }
    return fd;
}

static void on_endpoint_closed(uv_handle_t *handle) {
    endpoint_t *e = handle->data;
    close(e->fd);
    free(e);
}

static void close_sockets(oc_mdns_socket_t *m) {
    for (unsigned i = 0; i < 2; i++) {
        if (m->endpoint[i]) {
            m->endpoint[i]->owner = NULL;
            uv_close((uv_handle_t *)&m->endpoint[i]->poll, on_endpoint_closed);
        }
        m->endpoint[i] = NULL;
    }
}

static void on_readable(uv_poll_t *poll, int status, int events);

static void open_endpoint(oc_mdns_socket_t *m, unsigned at, int family) {
    endpoint_t *e = calloc(1, sizeof(*e));
    if (!e)
        return;
    *e = (endpoint_t){.owner = m, .fd = open_socket(m, family), .family = family};
    if (e->fd < 0 || uv_poll_init(m->config.loop, &e->poll, e->fd) != 0) {
        if (e->fd >= 0)
            close(e->fd);
        free(e);
        return;
    }
    e->poll.data = e;
    m->endpoint[at] = e;
    (void)uv_poll_start(&e->poll, UV_READABLE, on_readable);
}

static bool open_sockets(oc_mdns_socket_t *m) {
    if (m->endpoint[0] || m->endpoint[1])
        return true;
    list_interfaces(m);
    open_endpoint(m, 0, AF_INET);
    open_endpoint(m, 1, AF_INET6);
    return m->endpoint[0] || m->endpoint[1];
}

/* ---- questions ---- */

static void send_on(const endpoint_t *e, unsigned interface, const uint8_t *message, size_t len) {
    struct sockaddr_storage group;
    struct ip_mreqn four = {.imr_ifindex = (int)interface};
    socklen_t group_len = make_address(
        e->family, e->family == AF_INET ? OC_MDNS_GROUP4 : OC_MDNS_GROUP6, OC_MDNS_PORT, &group);
    int result;
    if (e->family == AF_INET)
        result = setsockopt(e->fd, IPPROTO_IP, IP_MULTICAST_IF, &four, sizeof(four));
    else
        result = setsockopt(e->fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, &interface, sizeof(interface));
    if (result == 0) /* one that is lost is asked again */
        (void)sendto(e->fd, message, len, MSG_NOSIGNAL, (struct sockaddr *)&group, group_len);
}

static void req(const oc_mdns_socket_t *m, const row_t *row) {
    static const struct {
        enum oc_mdns_type type;
        uint8_t found;
    } kinds[2] = {{OC_MDNS_A, FOUND_A}, {OC_MDNS_AAAA, FOUND_AAAA}};
    uint8_t message[OC_MDNS_MESSAGE];
    for (unsigned k = 0; k < 2; k++) {
        size_t len = oc_mdns_write_question(row->name, kinds[k].type, message, sizeof(message));
        if (row->found & kinds[k].found)
            continue;
        for (unsigned i = 0; i < 2 * m->interface_count; i++) {
            if (m->endpoint[i % 2])
                send_on(m->endpoint[i % 2], m->interfaces[i / 2], message, len);
        }
    }
}

/* ---- names under way ---- */

static uint64_t give_up_ms(const oc_mdns_socket_t *m) {
    return m->config.give_up_ms ? m->config.give_up_ms : OC_MDNS_GIVE_UP_MS;
}

static void forget(oc_mdns_socket_t *m, row_t *row) {
    memset(row, 0, sizeof(*row));
    m->pending--;
}

static void on_timer(uv_timer_t *timer);

/* The timer runs only until the next thing that is due. */
static void set_timer(oc_mdns_socket_t *m) {
    uint64_t now = uv_now(m->config.loop), next = UINT64_MAX;
    if (m->pending == 0) {
        uv_timer_stop(&m->timer);
        close_sockets(m);
        return;
    }
    for (unsigned i = 0; i < OC_MDNS_NAMES; i++) {
        const row_t *row = &m->rows[i];
        uint64_t due = row->begun_ms + (row->requested_again ? give_up_ms(m) : give_up_ms(m) / 2);
        if (row->name[0] && due < next)
            next = due;
    }
    (void)uv_timer_start(&m->timer, on_timer, next > now ? next - now : 0, 0);
}

static void on_timer(uv_timer_t *timer) {
    oc_mdns_socket_t *m = timer->data;
    uint64_t now = uv_now(m->config.loop);
    for (unsigned i = 0; i < OC_MDNS_NAMES; i++) {
        row_t *row = &m->rows[i];
        if (!row->name[0])
            continue;
        if (now - row->begun_ms >= give_up_ms(m)) {
            forget(m, row);
        } else if (!row->requested_again && now - row->begun_ms >= give_up_ms(m) / 2) {
            row->requested_again = true;
            req(m, row);
        }
    }
    set_timer(m);
}

static void take_answer(oc_mdns_socket_t *m, const oc_mdns_answer_t *answer, uint32_t scope) {
    oc_addr_t addr = answer->addr;
    uint8_t bit = addr.family == 4 ? FOUND_A : FOUND_AAAA;
    if (oc_addr_is_zero(&addr))
        return; /* browsers say so of names that they have not tied to an address yet */
    if (addr.family == 6 && oc_addr_is_link_local(&addr)) {
        if (scope == 0)
            return; /* of no use without its interface */
        addr.scope = scope;
    }
    for (unsigned i = 0; i < OC_MDNS_NAMES; i++) {
        row_t *row = &m->rows[i];
        if (strcmp(row->name, answer->name) != 0 || (row->found & bit))
            continue;
        uint64_t tag = row->tag;
        addr.port = row->port;
        row->found |= bit;
        if (row->found == (FOUND_A | FOUND_AAAA))
            forget(m, row);
        m->config.on_found(m->config.context, tag, &addr);
    }
}

static void on_readable(uv_poll_t *poll, int status, int events) {
    static uint8_t datagram[DATAGRAM_MAX]; /* one loop has these sockets */
    endpoint_t *e = poll->data;
    oc_mdns_socket_t *m = e->owner;
    for (unsigned i = 0; m && i < BATCH; i++) {
        struct sockaddr_storage from;
        socklen_t from_len = sizeof(from);
        oc_mdns_answer_t answers[OC_MDNS_RECORDS_MAX];
        ssize_t n =
            recvfrom(e->fd, datagram, sizeof(datagram), 0, (struct sockaddr *)&from, &from_len);
        if (n < 0)
            break;
        uint32_t scope =
            from.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&from)->sin6_scope_id : 0;
        int found =
            oc_mdns_read_answers(oc_span(datagram, (size_t)n), answers, OC_MDNS_RECORDS_MAX);
        for (int k = 0; k < found; k++)
            take_answer(m, &answers[k], scope);
    }
    if (m)
        set_timer(m);
}

/* ---- life ---- */

int oc_mdns_socket_create(oc_mdns_socket_t **out, const oc_mdns_socket_config_t *config) {
    oc_mdns_socket_t *m = *out = calloc(1, sizeof(*m));
    if (!m)
        return OC_ERR_NOMEM;
    m->config = *config;
    (void)uv_timer_init(config->loop, &m->timer);
    m->timer.data = m;
    return OC_OK;
}

int oc_mdns_socket_resolve(oc_mdns_socket_t *m, uint64_t tag, const char *name, uint16_t port) {
    row_t *row = m->rows;
    if (!oc_mdns_is_name(name))
        return OC_ERR_INVAL;
    while (row < m->rows + OC_MDNS_NAMES && row->name[0])
        row++;
    if (row == m->rows + OC_MDNS_NAMES)
        return OC_ERR_BUSY;
    if (!open_sockets(m))
        return OC_ERR_IO;
    *row = (row_t){.port = port, .tag = tag, .begun_ms = uv_now(m->config.loop)};
    for (unsigned i = 0; i < OC_MDNS_NAME; i++) /* answers come in lower case */
        row->name[i] = (char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] + 32 : name[i]);
    m->pending++;
    req(m, row);
    set_timer(m);
    return OC_OK;
}

unsigned oc_mdns_socket_pending(const oc_mdns_socket_t *m) {
    return m->pending;
}

static void on_timer_closed(uv_handle_t *handle) {
    free(handle->data);
}

void oc_mdns_socket_close(oc_mdns_socket_t *m) {
    if (!m)
        return;
    close_sockets(m);
    uv_close((uv_handle_t *)&m->timer, on_timer_closed);
}
