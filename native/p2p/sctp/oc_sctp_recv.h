/* oc_sctp_recv - which TSNs have arrived, and when the peer is told: cumulative TSN, gap blocks,
 * duplicates, delayed SACK. RFC 9260 6.2, 6.7, RFC 7053. What was acknowledged is never taken back.
 * Invariant: bit t & (span - 1) of map is set iff t in (cum, cum + span) has arrived. */
#ifndef OC_SCTP_RECV_H
#define OC_SCTP_RECV_H

#include "oc_sctp_chunk.h"

#define OC_SCTP_SPAN_MIN      64    /* TSNs beyond the cumulative one; a power of two */
#define OC_SCTP_SPAN_MAX      32768 /* 4 KB of map: one bit each; gap offsets have 16 bits */
#define OC_SCTP_DUPS          8     /* duplicates reported in one SACK */
#define OC_SCTP_SACK_GAPS     64    /* gap blocks written into one SACK, the lowest ones */
#define OC_SCTP_SACK_DELAY_US 20000 /* RFC 9260 6.2 allows 200 ms and less */
#define OC_SCTP_SACK_PACKETS  2     /* packets with DATA that are acknowledged at once together */

typedef struct oc_sctp_recv {
    uint32_t *map; /* span bits; borrowed while in use */
    uint32_t span;
    uint32_t cum;     /* every TSN up to here has arrived */
    uint32_t highest; /* newest TSN that has arrived, or cum */
    uint32_t dups[OC_SCTP_DUPS];
    uint8_t dup_count;
    uint8_t unacked;         /* packets with DATA since the last SACK */
    bool now;                /* a SACK leaves with the next packet, without delay */
    int64_t due_us;          /* when a SACK leaves at the latest; INT64_MAX = none is owed */
    uint32_t announced_rwnd; /* a_rwnd of the last SACK (or INIT) */
    uint64_t duplicates, beyond;
} oc_sctp_recv_t;

/* Bytes of map for a span. */
static inline size_t oc_sctp_recv_map_bytes(uint32_t span) {
    return span / 8;
}

/* map: oc_sctp_recv_map_bytes(span). */
void oc_sctp_recv_init(oc_sctp_recv_t *recv, uint32_t *map, uint32_t span);
/* The peer's first TSN is known; a_rwnd: what our INIT said. */
void oc_sctp_recv_start(oc_sctp_recv_t *recv, uint32_t first_tsn, uint32_t a_rwnd);

/* OC_OK new | OC_AGAIN a duplicate, noted | OC_ERR_RANGE further ahead than the map reaches. */
int oc_sctp_recv_check(oc_sctp_recv_t *recv, uint32_t tsn);
/* True: tsn has arrived or was given up. */
bool oc_sctp_recv_has(const oc_sctp_recv_t *recv, uint32_t tsn);
/* tsn, which oc_sctp_recv_check called new, is stored. */
void oc_sctp_recv_mark(oc_sctp_recv_t *recv, uint32_t tsn);
/* The peer gave up everything up to tsn (RFC 3758 3.6). false: that is known already. */
bool oc_sctp_recv_forward(oc_sctp_recv_t *recv, uint32_t tsn);

/* A packet with DATA has been taken in. at_once: I bit, or it found no room. */
void oc_sctp_recv_packet(oc_sctp_recv_t *recv, bool at_once, int64_t now_us);
/* Asks for a SACK without delay. */
static inline void oc_sctp_recv_hurry(oc_sctp_recv_t *recv) {
    recv->now = true;
}
/* True: a SACK is to leave now. */
static inline bool oc_sctp_recv_sack_due(const oc_sctp_recv_t *recv, int64_t now_us) {
    return recv->now || recv->due_us <= now_us;
}
/* True: one is owed, so that it may ride in a packet that leaves anyway. */
static inline bool oc_sctp_recv_sack_owed(const oc_sctp_recv_t *recv) {
    return recv->now || recv->due_us != INT64_MAX;
}
/* The window opened to a_rwnd: a SACK at once when it had been nearly closed (RFC 9260 6.2; silly
 * windows are not told). */
void oc_sctp_recv_window(oc_sctp_recv_t *recv, uint32_t a_rwnd, uint32_t whole);
/* Appends the SACK; nothing is owed then. false: no room, nothing is changed. */
bool oc_sctp_recv_write(oc_sctp_recv_t *recv, oc_sctp_packet_t *packet, uint32_t a_rwnd);

#endif
