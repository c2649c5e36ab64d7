/* oc_lwip_addr - our addresses as lwIP's sockets want them. */
#ifndef OC_LWIP_ADDR_H
#define OC_LWIP_ADDR_H

#include <string.h>
#include "lwip/sockets.h"
#include "oc_addr.h"

/* Writes an address of family 4 or 6; the length for calls. */
static inline socklen_t oc_lwip_addr_to(const oc_addr_t *addr, struct sockaddr_storage *out) {
    memset(out, 0, sizeof *out);
    if (addr->family == 4) {
        struct sockaddr_in *in = (struct sockaddr_in *)(void *)out;
        in->sin_len = sizeof *in;
        in->sin_family = AF_INET;
        in->sin_port = lwip_htons(addr->port);
        memcpy(&in->sin_addr, addr->ip, 4);
        return sizeof *in;
    }
    struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)(void *)out;
    in6->sin6_len = sizeof *in6;
    in6->sin6_family = AF_INET6;
    in6->sin6_port = lwip_htons(addr->port);
    in6->sin6_scope_id = addr->scope;
    memcpy(&in6->sin6_addr, addr->ip, 16);
    return sizeof *in6;
}

/* Reads one; family 0 when it is neither IPv4 nor IPv6. */
static inline oc_addr_t oc_lwip_addr_from(const struct sockaddr_storage *from) {
    if (from->ss_family == AF_INET) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)(const void *)from;
        return oc_addr4((const uint8_t *)&in->sin_addr, lwip_ntohs(in->sin_port));
    }
    if (from->ss_family == AF_INET6) {
        const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)(const void *)from;
        return oc_addr6((const uint8_t *)&in6->sin6_addr, lwip_ntohs(in6->sin6_port),
                        in6->sin6_scope_id);
    }
    return (oc_addr_t){0};
}

#endif
