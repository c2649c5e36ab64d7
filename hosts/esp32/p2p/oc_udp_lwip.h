/* oc_udp_lwip - one UDP socket of one family over lwIP, for all peers. One datagram at a time: lwIP
 * knows no batches. It never waits, and allocates nothing itself (lwIP and Wi-Fi take a buffer for
 * each datagram). One task. IP may cut what is longer than the path's MTU, as lwIP has no way to
 * forbid it; the transport begins at 1,200 bytes. */
#ifndef OC_UDP_LWIP_H
#define OC_UDP_LWIP_H

#include "oc_addr.h"

/* Counted since open. */
typedef struct oc_udp_lwip_stats {
    uint32_t received, sent; /* datagrams */
    uint64_t received_bytes, sent_bytes;
    uint32_t truncated; /* longer than the buffer, dropped */
    uint32_t refused;   /* not taken: no route, too long */
    uint32_t blocked;   /* times that there was no buffer to send with */
} oc_udp_lwip_stats_t;

/* Read only. */
typedef struct oc_udp_lwip {
    int fd;         /* -1: closed */
    uint8_t family; /* 4 or 6; a socket of 6 carries no IPv4 */
    uint16_t port;  /* the one it has */
    oc_udp_lwip_stats_t stats;
} oc_udp_lwip_t;

/* port 0: any. OC_OK | OC_ERR_NOTSUP no such family, or no socket left | OC_ERR_BUSY the port is
 * taken; after an error it is closed. */
int oc_udp_lwip_open(oc_udp_lwip_t *udp, uint8_t family, uint16_t port);
/* Twice is fine. No task may wait on it. */
void oc_udp_lwip_close(oc_udp_lwip_t *udp);

/* The next datagram, at most `size` bytes into out; *from: where it came from. > 0 its length |
 * 0 it was of no use, ask again | OC_ERR_BUSY nothing there. */
int oc_udp_lwip_receive(oc_udp_lwip_t *udp, oc_addr_t *from, uint8_t *out, size_t size);
/* OC_OK gone, or refused for good (counted) | OC_ERR_BUSY no buffer now: again in some ms. */
int oc_udp_lwip_send(oc_udp_lwip_t *udp, const oc_addr_t *to, const uint8_t *data, size_t len);

#endif
