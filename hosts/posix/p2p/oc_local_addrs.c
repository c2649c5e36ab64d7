#define _GNU_SOURCE
#include "oc_local_addrs.h"

#include <errno.h>
#include <ifaddrs.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "oc_err.h"

/* IPv6 that is of no use to somebody else: link-local, site-local (deprecated), IPv4 in disguise.
 */
static bool useless6(const struct in6_addr *ip) {
    return IN6_IS_ADDR_LINKLOCAL(ip) || IN6_IS_ADDR_SITELOCAL(ip) || IN6_IS_ADDR_V4MAPPED(ip) ||
           IN6_IS_ADDR_V4COMPAT(ip);
}

static bool take(const struct ifaddrs *i, unsigned flags, oc_addr_t *out) {
    if (!i->ifa_addr || (i->ifa_flags & (IFF_UP | IFF_RUNNING)) != (IFF_UP | IFF_RUNNING))
        return false;
    if (i->ifa_addr->sa_family == AF_INET && flags & OC_LOCAL_ADDRS_IPV4) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)(const void *)i->ifa_addr;
        *out = oc_addr4((const uint8_t *)&in->sin_addr, 0);
    } else if (i->ifa_addr->sa_family == AF_INET6 && flags & OC_LOCAL_ADDRS_IPV6) {
        const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)(const void *)i->ifa_addr;
        bool loopback = IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr);
        if (!loopback && useless6(&in6->sin6_addr))
            return false;
        *out = oc_addr6(in6->sin6_addr.s6_addr, 0, 0);
    } else
        return false;
    if (oc_addr_is_multicast(out) || oc_addr_is_zero(out) || oc_addr_is_broadcast(out))
        return false;
    return flags & OC_LOCAL_ADDRS_LOOPBACK || !oc_addr_is_loopback(out);
}

/* Bridges and ends of containers and virtual machines: seldom a way to anybody outside. */
static bool inner(const char *name) {
    static const char *const prefix[] = {"br-", "docker", "lxc", "veth", "virbr", "vmnet"};
    for (unsigned i = 0; i < sizeof prefix / sizeof prefix[0]; i++)
        if (strncmp(name, prefix[i], strlen(prefix[i])) == 0)
            return true;
    return false;
}

static bool known(const oc_addr_t *list, unsigned count, const oc_addr_t *addr) {
    for (unsigned i = 0; i < count; i++)
        if (oc_addr_same_ip(&list[i], addr))
            return true;
    return false;
}

unsigned oc_local_addrs(oc_addr_t *out, unsigned max, unsigned flags) {
    struct ifaddrs *list;
    unsigned n = 0;
    if (getifaddrs(&list) != 0)
        return 0;
    for (unsigned late = 0; late < 2; late++) /* those inside of this machine come last */
        for (const struct ifaddrs *i = list; i && n < max; i = i->ifa_next)
            if (inner(i->ifa_name) == late && take(i, flags, &out[n]))
                n += !known(out, n, &out[n]);
    freeifaddrs(list);
    return n;
}

int oc_local_addrs_watch(void) {
    struct sockaddr_nl at = {.nl_family = AF_NETLINK,
                             .nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR};
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (fd < 0)
        return OC_ERR_NOTSUP;
    if (bind(fd, (const struct sockaddr *)&at, sizeof at) != 0) {
        close(fd);
        return OC_ERR_NOTSUP;
    }
    return fd;
}

bool oc_local_addrs_changed(int fd) {
    char bytes[4096];
    bool changed = false;
    for (int turns = 0; turns < 64; turns++) {
        ssize_t n = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
        if (n > 0)
            changed = true;
        else if (n == 0 || errno == EAGAIN || errno == EWOULDBLOCK)
            break;
        else /* ENOBUFS: notices were lost */
            changed = true;
    }
    return changed;
}
