/* p2p_flow - numbered messages over a channel: one end sends, the other checks every byte. The
 * bytes of message n are a function of n and of the offset. */
#ifndef P2P_FLOW_H
#define P2P_FLOW_H

#include "p2p_world.h"

#define FLOW_HEADS 8192 /* messages that may be under way */
#define FLOW_HEAD  8    /* bytes: the message's number */
#define FLOW_TABLE 65536

typedef struct flow {
    /* the sender */
    uint64_t total;                             /* messages */
    bool endless;                               /* after them the source says that more may come */
    uint64_t produced;                          /* that may be sent by now; total: all at once */
    uint64_t next;                              /* to be taken */
    uint64_t acked, abandoned, closed, too_big; /* done, by how */
    uint64_t kept;      /* live: messages behind `produced` that still have their bytes; 0: all */
    uint32_t size;      /* bytes of a message, at least FLOW_HEAD; 0: changing sizes up to 20,000 */
    uint32_t key_every; /* live: every n-th is a key; 0: all */
    uint8_t head[FLOW_HEADS][FLOW_HEAD];
    /* the receiver */
    bool ordered_whole; /* every message once and in order; else some may be missing, order is kept
                         */
    bool unordered;     /* in any order, each once; at most FLOW_HEADS messages */
    uint8_t seen[FLOW_HEADS];
    uint64_t received, received_bytes, expected;
    bool broken; /* a byte was wrong, or a message came twice or out of turn */
} flow_t;

extern const oc_source_ops_t flow_ops; /* ctx: a flow_t */

void flow_init(flow_t *flow, uint64_t total, uint32_t size, bool ordered_whole);
uint32_t flow_len(const flow_t *flow, uint64_t number);
/* Checks a message that came. */
void flow_receive(flow_t *flow, const oc_peer_event_t *event);

#endif
