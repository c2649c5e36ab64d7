/* oc_sctp_control - chunks that answer the peer, whole, in the order they leave: HEARTBEAT ACK,
 * ERROR. They lie in one block of the pool that is taken for the first and given back behind the
 * last, so that a quiet association has none. A flood finds the queue full and is not answered. */
#ifndef OC_SCTP_CONTROL_H
#define OC_SCTP_CONTROL_H

#include "oc_pool.h"
#include "oc_sctp_chunk.h"

#define OC_SCTP_CONTROL_MAX 440 /* bytes queued: what the smallest path takes in one packet */

typedef struct oc_sctp_control {
    oc_pool_t *pool; /* borrowed while in use */
    uint8_t *block;  /* NULL: empty */
    uint16_t len;
    uint16_t refused; /* found no room; stops at its largest value */
} oc_sctp_control_t;

/* Queues a chunk with n bytes for the caller to fill in; NULL: no room. */
uint8_t *oc_sctp_control_add(oc_sctp_control_t *control, uint8_t type, uint8_t flags, uint32_t n);
/* Moves the chunks that fit into the packet. */
void oc_sctp_control_write(oc_sctp_control_t *control, oc_sctp_packet_t *packet);
/* Forgets all of them. */
void oc_sctp_control_clear(oc_sctp_control_t *control);

#endif
