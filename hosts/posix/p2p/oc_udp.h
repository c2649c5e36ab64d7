/* oc_udp - one UDP socket of one family for all peers. Datagrams come in batches (recvmmsg,
 * UDP_GRO) and leave in batches (sendmmsg, UDP_SEGMENT); the address of ours that a datagram came
 * to is known, and chosen for what is sent. One thread. The kernel's fragmentation is off: what is
 * longer than the path's MTU is lost, which is what the path MTU discovery of the transport wants.
 */
#ifndef OC_UDP_H
#define OC_UDP_H

#include <stdbool.h>
#include "oc_addr.h"
#include "oc_span.h"

#define OC_UDP_RECEIVE_BATCH 8            /* messages of one recvmmsg; 64 KB each, for UDP_GRO */
#define OC_UDP_SEND_BYTES    (256 * 1024) /* datagrams that wait for the next flush */
#define OC_UDP_SEND_GROUPS   64           /* messages of one sendmmsg; each up to 64 datagrams */
#define OC_UDP_SEGMENTS      64           /* datagrams of one message (UDP_MAX_SEGMENTS) */
#define OC_UDP_BUFFER        (4 * 1024 * 1024) /* bytes asked for, each direction */

typedef struct oc_udp_config {
    uint8_t family;      /* 4 | 6; a socket of 6 carries no IPv4 */
    uint16_t port;       /* 0: any */
    const oc_addr_t *at; /* bound to this address; NULL: to all of them. Borrowed until return */
    bool plain;          /* neither UDP_GRO nor UDP_SEGMENT, for measuring */
} oc_udp_config_t;

/* Counted since open. */
typedef struct oc_udp_stats {
    uint64_t received, received_bytes, sent, sent_bytes; /* datagrams */
    uint64_t receive_calls, send_calls;                  /* of the system */
    uint64_t truncated;                                  /* longer than a buffer, dropped */
    uint64_t overflowed; /* dropped by the kernel: the socket's buffer was full (SO_RXQ_OVFL) */
    uint64_t refused;    /* datagrams that the kernel did not take: too long, no route */
    uint64_t blocked;    /* times that the kernel had no room and the rest had to wait */
    uint32_t receive_buffer, send_buffer; /* bytes granted, as the kernel counts them */
    bool gro, gso;                        /* in use now */
} oc_udp_stats_t;

typedef struct oc_udp oc_udp_t; /* opaque; about 800 KB, touched as it is used */

/* Opens it. OC_OK | OC_ERR_NOMEM | OC_ERR_NOTSUP no such family here | OC_ERR_BUSY the port is
 * taken | OC_ERR_IO. */
int oc_udp_open(oc_udp_t **out, const oc_udp_config_t *config);
/* NULL is allowed. What waits for a flush is dropped. */
void oc_udp_close(oc_udp_t *udp);

int oc_udp_fd(const oc_udp_t *udp);        /* for polling; never to be read or closed */
uint16_t oc_udp_port(const oc_udp_t *udp); /* the port it has */
void oc_udp_stats(const oc_udp_t *udp, oc_udp_stats_t *out);

/* The next datagram. path->local is ours with the socket's port, path->via 0. *data: borrowed until
 * the next call, may be overwritten by the caller. OC_OK | OC_AGAIN nothing there (readable again
 * later). */
int oc_udp_receive(oc_udp_t *udp, oc_path_t *path, uint8_t **data, size_t *len);

/* True: some came already that oc_udp_receive has not given; the socket need not become readable
 * for them. */
bool oc_udp_holds(const oc_udp_t *udp);

/* Where the next datagram is to be written: size bytes, at least 1,500. NULL: flush first. Borrowed
 * until the next call. */
uint8_t *oc_udp_room(oc_udp_t *udp, size_t *size);
/* Sends what was written into the room, with the next flush. path->local family 0: the kernel
 * chooses. Datagrams of one length one after the other to one place leave as one message.
 * fragment: IP may cut it on its way. */
void oc_udp_commit(oc_udp_t *udp, const oc_path_t *path, size_t len, bool fragment);
/* OC_OK all gone | OC_AGAIN the kernel has no room: again when writable; oc_udp_room gives what is
 * left. */
int oc_udp_flush(oc_udp_t *udp);

#endif
