/* oc_sctp_send_stats - what the sending half tells: figures of the association and of each stream,
 * and the abandonments to report. */
#ifndef OC_SCTP_SEND_STATS_H
#define OC_SCTP_SEND_STATS_H

#include "oc_sctp_send.h"

typedef struct oc_send_stats {
    uint64_t sent_bytes, acked_bytes; /* payload: first transmissions; acknowledged for good */
    uint64_t chunks;                  /* first transmissions */
    uint64_t retransmitted;           /* chunks sent again, probes included */
    uint64_t retransmitted_bytes;
    uint64_t lost;          /* chunks found lost, each time */
    uint64_t duplicates;    /* TSNs the peer said it got twice */
    uint64_t reneged;       /* chunks the peer took back */
    uint64_t probes;        /* tail loss probes and zero window probes */
    uint64_t timeouts;      /* T3-rtx expiries */
    uint64_t forward_tsn;   /* FORWARD-TSN chunks sent */
    uint64_t abandoned;     /* messages */
    uint64_t bad_sacks;     /* ignored */
    uint32_t srtt_us;       /* 0 = no sample yet */
    uint32_t rttvar_us;     /* RFC 9260 6.3.1 */
    uint32_t min_rtt_us;    /* of the last 10 s; 0 = no sample yet */
    uint32_t rto_us;        /* now, back-off included */
    uint32_t cwnd;          /* bytes */
    uint32_t in_flight;     /* payload bytes sent and neither acknowledged nor found lost */
    uint32_t outstanding;   /* records in use */
    uint32_t peer_rwnd;     /* bytes the peer can still take */
    uint32_t loss_ppm;      /* lost of sent in about the last two seconds, parts per million */
    uint64_t pacing_bps;    /* bits per second; 0 = unpaced */
    uint64_t delivered_bps; /* estimate of what the path delivers, bits per second; 0 = not known */
} oc_send_stats_t;
void oc_send_stats(const oc_send_t *send, oc_send_stats_t *out, int64_t now_us);

typedef struct oc_send_stream_stats {
    uint64_t sent_bytes;       /* payload, first transmissions */
    uint64_t acked_bytes;      /* payload acknowledged for good */
    uint64_t messages;         /* delivered whole */
    uint64_t abandoned;        /* messages */
    uint64_t abandoned_bytes;  /* of those messages, sent or not */
    uint32_t sent_rate;        /* bytes sent per second, last second */
    uint32_t acked_rate;       /* bytes acknowledged per second, last second */
    uint32_t unacked_messages; /* taken and not done */
    uint32_t unacked_bytes;    /* of them, what is not acknowledged for good; sent or not */
} oc_send_stream_stats_t;
/* OC_OK | OC_ERR_NOENT. */
int oc_send_stream_stats(const oc_send_t *send, uint16_t sid, oc_send_stream_stats_t *out,
                         int64_t now_us);

/* Messages abandoned on one stream since the last report of that stream. */
typedef struct oc_send_abandoned {
    uint16_t sid;
    uint32_t messages;
    uint32_t
        torn; /* of those: groups of which a message had left completely; the peer has a part */
    uint64_t bytes; /* of those messages, sent or not */
} oc_send_abandoned_t;
/* OC_OK one stream's report | OC_AGAIN nothing new. */
int oc_send_poll_abandoned(oc_send_t *send, oc_send_abandoned_t *out);
/* A stream that promised to keep its bytes (partial false) did not: the association cannot go on.
 * true once; *sid: which. */
bool oc_send_poll_fault(oc_send_t *send, uint16_t *sid);

#endif
