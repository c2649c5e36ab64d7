#define _GNU_SOURCE
#include "oc_datagram.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "oc_err.h"
#include "oc_loop_parts.h"

/* Interfaces that a datagram to a group leaves by, at most. */
#define INTERFACES_MAX 32u

/* An address of either family. */
typedef union {
    struct sockaddr any;
    struct sockaddr_in four;
    struct sockaddr_in6 six;
} address_t;

struct oc_datagram {
    oc_loop_watch_t *watch;
    oc_datagram_readable_t readable;
    void *context;
    int fd, family;
    bool reporting, closed;
};

static atomic_uint open_count;

static socklen_t size_of(int family) {
    return family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
}

static bool read_address(const char *text, uint16_t port, address_t *out) {
    memset(out, 0, sizeof *out);
    if (inet_pton(AF_INET, text, &out->four.sin_addr) == 1) {
        out->four.sin_family = AF_INET;
        out->four.sin_port = htons(port);
        return true;
    }
    if (inet_pton(AF_INET6, text, &out->six.sin6_addr) != 1)
        return false;
    out->six.sin6_family = AF_INET6;
    out->six.sin6_port = htons(port);
    return true;
}

/* All but its memory. */
static void shut(oc_datagram_t *datagram) {
    oc_loop_watch_stop(datagram->watch);
    if (datagram->fd >= 0)
        close(datagram->fd);
    atomic_fetch_sub(&open_count, 1);
}

static void on_ready(void *context, unsigned events) {
    oc_datagram_t *datagram = context;
    oc_loop_watch_change(datagram->watch, 0); /* until everything was read */
    datagram->reporting = true;
    datagram->readable(datagram->context);
    datagram->reporting = false;
    if (datagram->closed)
        free(datagram);
}

static int bind_to(oc_datagram_t *datagram, const address_t *local) {
    int on = 1;
    datagram->family = local->any.sa_family;
    datagram->fd = socket(datagram->family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (datagram->fd < 0)
        return errno == EAFNOSUPPORT ? OC_ERR_NOTSUP : OC_ERR_BUSY;
    if (datagram->family == AF_INET6)
        setsockopt(datagram->fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    return bind(datagram->fd, &local->any, size_of(datagram->family)) == 0 ? OC_OK : OC_ERR_EXIST;
}

int oc_datagram_open(oc_datagram_t **out, void *loop, const char *address, uint16_t port,
                     oc_datagram_readable_t readable, void *context) {
    address_t local;
    if (!read_address(address, port, &local))
        return OC_ERR_INVAL;
    unsigned before = atomic_fetch_add(&open_count, 1);
    oc_datagram_t *datagram = before < OC_DATAGRAM_MAX ? calloc(1, sizeof *datagram) : NULL;
    if (!datagram) {
        atomic_fetch_sub(&open_count, 1);
        return before < OC_DATAGRAM_MAX ? OC_ERR_NOMEM : OC_ERR_BUSY;
    }
    datagram->readable = readable;
    datagram->context = context;
    int result = bind_to(datagram, &local);
    if (result == OC_OK) {
        datagram->watch =
            oc_loop_watch_start(loop, datagram->fd, OC_LOOP_READ, on_ready, datagram);
        result = datagram->watch ? OC_OK : OC_ERR_NOMEM;
    }
    if (result == OC_OK) {
        *out = datagram;
    } else {
        shut(datagram);
        free(datagram);
    }
    return result;
}

void oc_datagram_close(oc_datagram_t *datagram) {
    shut(datagram);
    if (datagram->reporting)
        datagram->closed = true; /* freed behind the call */
    else
        free(datagram);
}

uint16_t oc_datagram_port(const oc_datagram_t *datagram) {
    address_t local = {.any.sa_family = AF_INET};
    socklen_t size = sizeof local;
    (void)getsockname(datagram->fd, &local.any, &size);
    return ntohs(datagram->family == AF_INET ? local.four.sin_port : local.six.sin6_port);
}

int oc_datagram_read(oc_datagram_t *datagram, void *out, size_t room,
                     char address[OC_DATAGRAM_ADDRESS], uint16_t *port) {
    address_t from;
    socklen_t size = sizeof from;
    ssize_t got = recvfrom(datagram->fd, out, room, MSG_DONTWAIT | MSG_TRUNC, &from.any, &size);
    bool old = datagram->family == AF_INET;
    const void *ip = old ? (const void *)&from.four.sin_addr : &from.six.sin6_addr;
    bool whole = got >= 0 && (size_t)got <= room; /* a failure may be of one that was sent */
    if (!whole || !inet_ntop(datagram->family, ip, address, OC_DATAGRAM_ADDRESS)) {
        oc_loop_watch_change(datagram->watch, OC_LOOP_READ);
        return -1;
    }
    *port = ntohs(old ? from.four.sin_port : from.six.sin6_port);
    return (int)got;
}

static bool is_group(const address_t *to) {
    return to->any.sa_family == AF_INET ? IN_MULTICAST(ntohl(to->four.sin_addr.s_addr))
                                        : IN6_IS_ADDR_MULTICAST(&to->six.sin6_addr);
}

static bool send_one(oc_datagram_t *datagram, const void *bytes, size_t size, const address_t *to) {
    return sendto(datagram->fd, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL, &to->any,
                  size_of(datagram->family)) == (ssize_t)size;
}

static bool send_by(oc_datagram_t *datagram, unsigned interface, const void *bytes, size_t size,
                    const address_t *to) {
    struct ip_mreqn by = {.imr_ifindex = (int)interface};
    int index = (int)interface;
    int set = datagram->family == AF_INET
                  ? setsockopt(datagram->fd, IPPROTO_IP, IP_MULTICAST_IF, &by, sizeof by)
                  : setsockopt(datagram->fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, &index, sizeof index);
    return set == 0 && send_one(datagram, bytes, size, to);
}

/* By each interface once, however many addresses it has. */
static int send_to_group(oc_datagram_t *datagram, const void *bytes, size_t size,
                         const address_t *to) {
    unsigned used[INTERFACES_MAX], count = 0;
    bool sent = false;
    struct ifaddrs *list;
    if (getifaddrs(&list) != 0)
        return OC_ERR_NOMEM;
    for (const struct ifaddrs *one = list; one && count < INTERFACES_MAX; one = one->ifa_next) {
        const unsigned needed = IFF_UP | IFF_MULTICAST;
        unsigned index = one->ifa_addr && one->ifa_addr->sa_family == datagram->family &&
                                 (one->ifa_flags & (needed | IFF_LOOPBACK)) == needed
                             ? if_nametoindex(one->ifa_name)
                             : 0;
        for (unsigned i = 0; i < count; i++)
            index = used[i] == index ? 0 : index;
        if (!index)
            continue;
        used[count++] = index;
        sent |= send_by(datagram, index, bytes, size, to);
    }
    freeifaddrs(list);
    return sent ? OC_OK : OC_ERR_IO;
}

int oc_datagram_send(oc_datagram_t *datagram, const void *bytes, size_t size, const char *address,
                     uint16_t port) {
    address_t to;
    if (!read_address(address, port, &to) || to.any.sa_family != datagram->family)
        return OC_ERR_INVAL;
    if (is_group(&to))
        return send_to_group(datagram, bytes, size, &to);
    if (send_one(datagram, bytes, size, &to))
        return OC_OK;
    return errno == EMSGSIZE ? OC_ERR_TOO_BIG : OC_ERR_IO;
}
