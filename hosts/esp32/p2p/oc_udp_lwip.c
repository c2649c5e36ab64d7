#include "oc_udp_lwip.h"

#include <errno.h>
#include "oc_err.h"
#include "oc_lwip_addr.h"

int oc_udp_lwip_open(oc_udp_lwip_t *udp, uint8_t family, uint16_t port) {
    const int one = 1;
    oc_addr_t any = {.family = family, .port = port};
    struct sockaddr_storage at;
    *udp = (oc_udp_lwip_t){.fd = -1, .family = family};
    int fd = lwip_socket(family == 4 ? AF_INET : AF_INET6, SOCK_DGRAM, 0);
    if (fd < 0)
        return OC_ERR_NOTSUP;
    if (family == 6)
        (void)lwip_setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
    socklen_t len = oc_lwip_addr_to(&any, &at);
    if (lwip_bind(fd, (struct sockaddr *)&at, len) != 0) {
        lwip_close(fd);
        return OC_ERR_BUSY;
    }
    len = sizeof at;
    if (lwip_getsockname(fd, (struct sockaddr *)&at, &len) != 0) {
        lwip_close(fd);
        return OC_ERR_NOTSUP;
    }
    udp->fd = fd;
    udp->port = oc_lwip_addr_from(&at).port;
    return OC_OK;
}

void oc_udp_lwip_close(oc_udp_lwip_t *udp) {
    if (udp->fd >= 0)
        lwip_close(udp->fd);
    udp->fd = -1;
}

int oc_udp_lwip_receive(oc_udp_lwip_t *udp, oc_addr_t *from, uint8_t *out, size_t size) {
    struct sockaddr_storage at;
    socklen_t at_len = sizeof at;
    int n = (int)lwip_recvfrom(udp->fd, out, size, MSG_DONTWAIT, (struct sockaddr *)&at, &at_len);
    if (n < 0)
        return OC_ERR_BUSY;
    *from = oc_lwip_addr_from(&at);
    if ((size_t)n >= size) { /* lwIP says in no other way that it was longer */
        udp->stats.truncated++;
        return 0;
    }
    udp->stats.received++;
    udp->stats.received_bytes += (uint32_t)n;
    return from->family ? n : 0;
}

int oc_udp_lwip_send(oc_udp_lwip_t *udp, const oc_addr_t *to, const uint8_t *data, size_t len) {
    struct sockaddr_storage at;
    socklen_t at_len = oc_lwip_addr_to(to, &at);
    if (lwip_sendto(udp->fd, data, len, MSG_DONTWAIT, (struct sockaddr *)&at, at_len) >= 0) {
        udp->stats.sent++;
        udp->stats.sent_bytes += len;
        return OC_OK;
    }
    if (errno == ENOMEM || errno == ENOBUFS || errno == EAGAIN) {
        udp->stats.blocked++;
        return OC_ERR_BUSY;
    }
    udp->stats.refused++;
    return OC_OK;
}
