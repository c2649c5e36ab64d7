/* oc_udp_impl - what the two halves of oc_udp share. */
#ifndef OC_UDP_IMPL_H
#define OC_UDP_IMPL_H

#include <netinet/in.h>
#include <sys/socket.h>
#include "oc_udp.h"

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

/* A socket address of this family. Returns its length. */
socklen_t oc_udp_to_sockaddr(uint8_t family, const oc_addr_t *addr, struct sockaddr_storage *out);
void oc_udp_from_sockaddr(const struct sockaddr_storage *in, oc_addr_t *out);

#endif
