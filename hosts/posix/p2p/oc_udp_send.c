/* oc_udp_send - the sending half of oc_udp. */
#define _GNU_SOURCE
#include "oc_udp_impl.h"

#include <errno.h>
#include <netinet/udp.h>
#include <string.h>
#include "oc_err.h"

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

#define LEAST_ROOM    1500
#define GROUP_BYTES   65000 /* a message with its headers stays below 64 KB */
#define CONTROL_BYTES (CMSG_SPACE(sizeof(struct in6_pktinfo)) + CMSG_SPACE(sizeof(uint16_t)))

typedef union control {
    char bytes[CONTROL_BYTES];
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
    socklen_t to_len = oc_udp_to_sockaddr(udp->family, &g->path.remote, &to);
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
        m[i].msg_hdr.msg_namelen = oc_udp_to_sockaddr(udp->family, &g->path.remote, &to[i]);
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
