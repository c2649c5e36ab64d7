#define _GNU_SOURCE
#include "oc_udp.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "oc_err.h"

#define OC_UDP_MESSAGE (64 * 1024) /* bytes of one receive buffer */

/* Datagrams to one place, of one length each but for the last, which may be shorter. */
typedef struct oc_udp_group {
    oc_path_t path;
    uint32_t offset, len; /* in the arena */
    uint16_t segment;     /* bytes of each datagram */
    uint16_t count;
    bool closed;   /* the last one was shorter, or stands alone */
    bool fragment; /* IP may cut it */
} oc_udp_group_t;

struct oc_udp {
    int fd;
    uint8_t family;
    uint16_t port;
    oc_udp_stats_t stats;
    uint32_t overflowed_last; /* the kernel's counter */

    uint8_t *receive; /* OC_UDP_RECEIVE_BATCH * OC_UDP_MESSAGE */
    unsigned batch_at, batch_len;
    size_t batch_offset; /* in the message under way */
    bool drained;        /* the kernel gave fewer than a batch: nothing waits behind it */
    struct {
        oc_path_t path;
        size_t len, segment;
    } batch[OC_UDP_RECEIVE_BATCH];

    uint8_t *arena; /* OC_UDP_SEND_BYTES */
    uint32_t arena_len;
    unsigned group_first, group_len; /* [first, len) wait */
    oc_udp_group_t group[OC_UDP_SEND_GROUPS];
};

#ifndef UDP_GRO
#define UDP_GRO 104
#endif

#define CONTROL_BYTES 128

static socklen_t to_sockaddr(uint8_t family, const oc_addr_t *addr, struct sockaddr_storage *out) {
    memset(out, 0, sizeof *out);
    if (family == 4) {
        struct sockaddr_in *in = (struct sockaddr_in *)out;
        in->sin_family = AF_INET;
        in->sin_port = htons(addr->port);
        memcpy(&in->sin_addr, addr->ip, 4);
        return sizeof *in;
    }
    struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)out;
    in6->sin6_family = AF_INET6;
    in6->sin6_port = htons(addr->port);
    in6->sin6_scope_id = addr->scope;
    memcpy(&in6->sin6_addr, addr->ip, 16);
    return sizeof *in6;
}

static void from_sockaddr(const struct sockaddr_storage *in, oc_addr_t *out) {
    memset(out, 0, sizeof *out);
    if (in->ss_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)in;
        out->family = 4;
        out->port = ntohs(v4->sin_port);
        memcpy(out->ip, &v4->sin_addr, 4);
    } else if (in->ss_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)in;
        out->family = 6;
        out->port = ntohs(v6->sin6_port);
        if (IN6_IS_ADDR_LINKLOCAL(&v6->sin6_addr))
            out->scope = v6->sin6_scope_id;
        memcpy(out->ip, &v6->sin6_addr, 16);
    }
}

static bool set(int fd, int level, int name, int value) {
    return setsockopt(fd, level, name, &value, sizeof value) == 0;
}

static uint32_t granted(int fd, int name) {
    int value = 0;
    socklen_t len = sizeof value;
    return getsockopt(fd, SOL_SOCKET, name, &value, &len) == 0 ? (uint32_t)value : 0;
}

static void set_options(oc_udp_t *udp, bool plain) {
    int fd = udp->fd;
    (void)set(fd, SOL_SOCKET, SO_RCVBUF, OC_UDP_BUFFER);
    (void)set(fd, SOL_SOCKET, SO_SNDBUF, OC_UDP_BUFFER);
    udp->stats.receive_buffer = granted(fd, SO_RCVBUF);
    udp->stats.send_buffer = granted(fd, SO_SNDBUF);
    (void)set(fd, SOL_SOCKET, SO_RXQ_OVFL, 1);
    if (udp->family == 4) {
        (void)set(fd, IPPROTO_IP, IP_PKTINFO, 1);
        (void)set(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE);
    } else {
        (void)set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
        (void)set(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE);
    }
    udp->stats.gro = !plain && set(fd, SOL_UDP, UDP_GRO, 1);
    udp->stats.gso = !plain;
}

static int open_socket(oc_udp_t *udp, const oc_udp_config_t *config) {
    struct sockaddr_storage at;
    oc_addr_t any = {.family = config->family};
    int domain = config->family == 4 ? AF_INET : AF_INET6;
    udp->fd = socket(domain, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (udp->fd < 0)
        return errno == EAFNOSUPPORT ? OC_ERR_NOTSUP : OC_ERR_IO;
    if (domain == AF_INET6 && !set(udp->fd, IPPROTO_IPV6, IPV6_V6ONLY, 1))
        return OC_ERR_IO;
    set_options(udp, config->plain);
    if (config->at)
        any = *config->at;
    any.port = config->port;
    socklen_t len = to_sockaddr(config->family, &any, &at);
    if (bind(udp->fd, (const struct sockaddr *)&at, len) != 0)
        return errno == EADDRINUSE ? OC_ERR_BUSY : OC_ERR_IO;
    len = sizeof at;
    if (getsockname(udp->fd, (struct sockaddr *)&at, &len) != 0)
        return OC_ERR_IO;
    from_sockaddr(&at, &any);
    udp->port = any.port;
    return OC_OK;
}

int oc_udp_open(oc_udp_t **out, const oc_udp_config_t *config) {
    oc_udp_t *udp = calloc(1, sizeof *udp);
    int rc = OC_ERR_NOMEM;
    if (!udp)
        return rc;
    udp->fd = -1;
    udp->family = config->family;
    udp->receive = malloc((size_t)OC_UDP_RECEIVE_BATCH * OC_UDP_MESSAGE);
    udp->arena = malloc(OC_UDP_SEND_BYTES);
    if (udp->receive && udp->arena)
        rc = open_socket(udp, config);
    if (rc != OC_OK) {
        oc_udp_close(udp);
        return rc;
    }
    *out = udp;
    return OC_OK;
}

void oc_udp_close(oc_udp_t *udp) {
    if (!udp)
        return;
    if (udp->fd >= 0)
        close(udp->fd);
    free(udp->receive);
    free(udp->arena);
    free(udp);
}

int oc_udp_fd(const oc_udp_t *udp) {
    return udp->fd;
}

uint16_t oc_udp_port(const oc_udp_t *udp) {
    return udp->port;
}

void oc_udp_stats(const oc_udp_t *udp, oc_udp_stats_t *out) {
    *out = udp->stats;
}

/* ---- receiving ---- */

static void take_pktinfo(const oc_udp_t *udp, const struct cmsghdr *c, oc_addr_t *local) {
    if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
        struct in_pktinfo info;
        memcpy(&info, CMSG_DATA(c), sizeof info);
        local->family = 4;
        memcpy(local->ip, &info.ipi_addr, 4);
    } else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
        struct in6_pktinfo info;
        memcpy(&info, CMSG_DATA(c), sizeof info);
        local->family = 6;
        memcpy(local->ip, &info.ipi6_addr, 16);
        if (IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr))
            local->scope = (uint32_t)info.ipi6_ifindex;
    } else
        return;
    local->port = udp->port;
}

static void take_control(oc_udp_t *udp, struct msghdr *h, unsigned i) {
    for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c; c = CMSG_NXTHDR(h, c)) {
        take_pktinfo(udp, c, &udp->batch[i].path.local);
        if (c->cmsg_level == SOL_UDP && c->cmsg_type == UDP_GRO) {
            int segment;
            memcpy(&segment, CMSG_DATA(c), sizeof segment);
            if (segment > 0)
                udp->batch[i].segment = (size_t)segment;
        } else if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_RXQ_OVFL) {
            uint32_t total;
            memcpy(&total, CMSG_DATA(c), sizeof total);
            udp->stats.overflowed += (uint32_t)(total - udp->overflowed_last);
            udp->overflowed_last = total;
        }
    }
}

/* Asks the kernel for the next batch. False: nothing there. */
static bool fill_batch(oc_udp_t *udp) {
    struct mmsghdr m[OC_UDP_RECEIVE_BATCH];
    struct iovec iov[OC_UDP_RECEIVE_BATCH];
    struct sockaddr_storage from[OC_UDP_RECEIVE_BATCH];
    union {
        char bytes[CONTROL_BYTES];
        struct cmsghdr align;
    } control[OC_UDP_RECEIVE_BATCH];
    for (unsigned i = 0; i < OC_UDP_RECEIVE_BATCH; i++) {
        iov[i] = (struct iovec){udp->receive + (size_t)i * OC_UDP_MESSAGE, OC_UDP_MESSAGE};
        m[i] = (struct mmsghdr){.msg_hdr = {.msg_name = &from[i],
                                            .msg_namelen = sizeof from[i],
                                            .msg_iov = &iov[i],
                                            .msg_iovlen = 1,
                                            .msg_control = control[i].bytes,
                                            .msg_controllen = CONTROL_BYTES}};
    }
    int n = recvmmsg(udp->fd, m, OC_UDP_RECEIVE_BATCH, MSG_DONTWAIT, NULL);
    udp->stats.receive_calls++;
    udp->batch_at = udp->batch_len = 0;
    udp->batch_offset = 0;
    udp->drained = n > 0 && n < OC_UDP_RECEIVE_BATCH;
    for (int i = 0; i < n; i++) {
        unsigned k = udp->batch_len;
        if (m[i].msg_hdr.msg_flags & MSG_TRUNC) {
            udp->stats.truncated++;
            m[i].msg_len = 0;
        }
        memset(&udp->batch[k].path, 0, sizeof udp->batch[k].path);
        from_sockaddr(&from[i], &udp->batch[k].path.remote);
        udp->batch[k].len = udp->batch[k].segment = m[i].msg_len;
        take_control(udp, &m[i].msg_hdr, k);
        udp->batch_len++;
    }
    return n > 0;
}

bool oc_udp_holds(const oc_udp_t *udp) {
    return udp->batch_at + 1 < udp->batch_len ||
           (udp->batch_at < udp->batch_len && udp->batch_offset < udp->batch[udp->batch_at].len);
}

int oc_udp_receive(oc_udp_t *udp, oc_path_t *path, uint8_t **data, size_t *len) {
    for (;;) {
        while (udp->batch_at < udp->batch_len &&
               udp->batch_offset >= udp->batch[udp->batch_at].len) {
            udp->batch_at++;
            udp->batch_offset = 0;
        }
        if (udp->batch_at < udp->batch_len)
            break;
        bool drained = udp->drained;
        udp->drained = false;
        if (drained || !fill_batch(udp))
            return OC_AGAIN;
    }
    unsigned i = udp->batch_at;
    size_t left = udp->batch[i].len - udp->batch_offset;
    *len = udp->batch[i].segment < left ? udp->batch[i].segment : left;
    *data = udp->receive + (size_t)i * OC_UDP_MESSAGE + udp->batch_offset;
    *path = udp->batch[i].path;
    udp->batch_offset += *len;
    udp->stats.received++;
    udp->stats.received_bytes += *len;
    return OC_OK;
}

/* ---- sending ---- */

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

#define LEAST_ROOM   1500
#define GROUP_BYTES  65000 /* a message with its headers stays below 64 KB */
#define CONTROL_ROOM (CMSG_SPACE(sizeof(struct in6_pktinfo)) + CMSG_SPACE(sizeof(uint16_t)))

typedef union control {
    char bytes[CONTROL_ROOM];
    struct cmsghdr align;
} control_t;

uint8_t *oc_udp_room(oc_udp_t *udp, size_t *size) {
    if (udp->group_first == udp->group_len) /* all gone: start over */
        udp->group_first = udp->group_len = udp->arena_len = 0;
    if (OC_UDP_SEND_BYTES - udp->arena_len < LEAST_ROOM || udp->group_len == OC_UDP_SEND_GROUPS)
        return NULL;
    *size = OC_UDP_SEND_BYTES - udp->arena_len;
    return udp->arena + udp->arena_len;
}

void oc_udp_commit(oc_udp_t *udp, const oc_path_t *path, size_t len, bool fragment) {
    oc_udp_group_t *last = udp->group_len > udp->group_first ? &udp->group[udp->group_len - 1] : 0;
    if (!len || len > OC_UDP_SEND_BYTES - udp->arena_len)
        return;
    if (last && !fragment && udp->stats.gso && !last->closed && last->count < OC_UDP_SEGMENTS &&
        len <= last->segment && last->len + len <= GROUP_BYTES &&
        oc_addr_equal(&last->path.remote, &path->remote) &&
        oc_addr_equal(&last->path.local, &path->local)) {
        last->len += (uint32_t)len;
        last->count++;
        last->closed = len < last->segment;
    } else
        udp->group[udp->group_len++] = (oc_udp_group_t){
            *path, udp->arena_len, (uint32_t)len, (uint16_t)len, 1, fragment, fragment};
    udp->arena_len += (uint32_t)len;
}

/* Source address and segment size. Returns the bytes used. */
static size_t write_control(const oc_udp_t *udp, const oc_udp_group_t *g, control_t *out) {
    struct msghdr h = {.msg_control = out->bytes, .msg_controllen = sizeof out->bytes};
    struct cmsghdr *c = CMSG_FIRSTHDR(&h);
    size_t used = 0;
    memset(out, 0, sizeof *out);
    if (g->path.local.family == 4 && udp->family == 4) {
        struct in_pktinfo info = {0};
        memcpy(&info.ipi_spec_dst, g->path.local.ip, 4);
        c->cmsg_level = IPPROTO_IP;
        c->cmsg_type = IP_PKTINFO;
        c->cmsg_len = CMSG_LEN(sizeof info);
        memcpy(CMSG_DATA(c), &info, sizeof info);
        used += CMSG_SPACE(sizeof info);
    } else if (g->path.local.family == 6 && udp->family == 6) {
        struct in6_pktinfo info = {.ipi6_ifindex = g->path.local.scope};
        memcpy(&info.ipi6_addr, g->path.local.ip, 16);
        c->cmsg_level = IPPROTO_IPV6;
        c->cmsg_type = IPV6_PKTINFO;
        c->cmsg_len = CMSG_LEN(sizeof info);
        memcpy(CMSG_DATA(c), &info, sizeof info);
        used += CMSG_SPACE(sizeof info);
    }
    if (g->count > 1) {
        c = (struct cmsghdr *)(void *)(out->bytes + used);
        c->cmsg_level = SOL_UDP;
        c->cmsg_type = UDP_SEGMENT;
        c->cmsg_len = CMSG_LEN(sizeof g->segment);
        memcpy(CMSG_DATA(c), &g->segment, sizeof g->segment);
        used += CMSG_SPACE(sizeof g->segment);
    }
    return used;
}

static void count_sent(oc_udp_t *udp, const oc_udp_group_t *g) {
    udp->stats.sent += g->count;
    udp->stats.sent_bytes += g->len;
}

/* The kernel or the device did not cut (number: why): the group's datagrams one by one. EIO is a
 * device without checksums, EINVAL one whose MTU is smaller: from now on without UDP_SEGMENT. */
static int send_cut(oc_udp_t *udp, oc_udp_group_t *g, int number) {
    struct sockaddr_storage to;
    socklen_t to_len = to_sockaddr(udp->family, &g->path.remote, &to);
    if (number == EIO || number == EINVAL)
        udp->stats.gso = false;
    while (g->count) {
        oc_udp_group_t one = *g;
        control_t control;
        one.count = 1;
        one.len = g->len < g->segment ? g->len : g->segment;
        struct iovec iov = {udp->arena + g->offset, one.len};
        struct msghdr h = {.msg_name = &to,
                           .msg_namelen = to_len,
                           .msg_iov = &iov,
                           .msg_iovlen = 1,
                           .msg_control = control.bytes};
        h.msg_controllen = write_control(udp, &one, &control);
        if (!h.msg_controllen)
            h.msg_control = NULL;
        udp->stats.send_calls++;
        if (sendmsg(udp->fd, &h, MSG_DONTWAIT) >= 0)
            count_sent(udp, &one);
        else if (errno == EAGAIN || errno == ENOBUFS)
            return OC_AGAIN;
        else
            udp->stats.refused++;
        g->offset += one.len;
        g->len -= one.len;
        g->count--;
    }
    return OC_OK;
}

/* Whether IP may cut what is sent from now on. */
static void let_cut(const oc_udp_t *udp, bool may) {
    int four = may ? IP_PMTUDISC_DONT : IP_PMTUDISC_PROBE;
    int six = may ? IPV6_PMTUDISC_DONT : IPV6_PMTUDISC_PROBE;
    if (udp->family == 4)
        (void)setsockopt(udp->fd, IPPROTO_IP, IP_MTU_DISCOVER, &four, sizeof four);
    else
        (void)setsockopt(udp->fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, &six, sizeof six);
}

/* The first groups of one kind: may IP cut them or not. */
static unsigned alike(const oc_udp_t *udp) {
    unsigned n = udp->group_first + 1;
    while (n < udp->group_len && udp->group[n].fragment == udp->group[udp->group_first].fragment)
        n++;
    return n - udp->group_first;
}

/* Hands over as many groups as the kernel takes; the number, or -1 and errno. */
static int send_batch(oc_udp_t *udp) {
    struct mmsghdr m[OC_UDP_SEND_GROUPS];
    struct iovec iov[OC_UDP_SEND_GROUPS];
    struct sockaddr_storage to[OC_UDP_SEND_GROUPS];
    control_t control[OC_UDP_SEND_GROUPS];
    unsigned n = alike(udp);
    bool fragment = udp->group[udp->group_first].fragment;
    for (unsigned i = 0; i < n; i++) {
        const oc_udp_group_t *g = &udp->group[udp->group_first + i];
        iov[i] = (struct iovec){udp->arena + g->offset, g->len};
        memset(&m[i], 0, sizeof m[i]);
        m[i].msg_hdr.msg_name = &to[i];
        m[i].msg_hdr.msg_namelen = to_sockaddr(udp->family, &g->path.remote, &to[i]);
        m[i].msg_hdr.msg_iov = &iov[i];
        m[i].msg_hdr.msg_iovlen = 1;
        m[i].msg_hdr.msg_controllen = write_control(udp, g, &control[i]);
        m[i].msg_hdr.msg_control = m[i].msg_hdr.msg_controllen ? control[i].bytes : NULL;
    }
    udp->stats.send_calls++;
    if (fragment)
        let_cut(udp, true);
    int sent = sendmmsg(udp->fd, m, n, MSG_DONTWAIT), number = errno;
    if (fragment)
        let_cut(udp, false);
    errno = number;
    return sent;
}

int oc_udp_flush(oc_udp_t *udp) {
    while (udp->group_first < udp->group_len) {
        oc_udp_group_t *first = &udp->group[udp->group_first];
        int n = send_batch(udp);
        for (int i = 0; i < n; i++)
            count_sent(udp, &udp->group[udp->group_first++]);
        if (n > 0 || (n < 0 && errno == EINTR))
            continue;
        if (errno == EAGAIN || errno == ENOBUFS) {
            udp->stats.blocked++;
            return OC_AGAIN;
        }
        if (first->count > 1) {
            if (send_cut(udp, first, errno) != OC_OK) {
                udp->stats.blocked++;
                return OC_AGAIN;
            }
        } else
            udp->stats.refused++;
        udp->group_first++;
    }
    udp->group_first = udp->group_len = udp->arena_len = 0;
    return OC_OK;
}
