/* oc_sctp_send - the sending half of an association: cuts messages into DATA chunks (RFC 9260),
 * keeps what the peer has not acknowledged, finds losses, abandons what its source has overtaken
 * (RFC 3758) and obeys congestion control. No clock, no I/O, no allocation, no payload stored.
 * Invariants: the boundaries of a TSN never change; a retransmission is cut from the source again;
 * memory depends on `outstanding` and `streams`, never on what waits in the sources; work per
 * packet and per SACK is proportional to what is newly sent or newly acknowledged. */
#ifndef OC_SCTP_SEND_H
#define OC_SCTP_SEND_H

#include <stddef.h>
#include "oc_cc.h"
#include "oc_sctp_chunk.h"
#include "oc_sctp_source.h"

#define OC_SEND_OUTSTANDING_MIN 16    /* TSNs not yet acknowledged; 32 bytes each */
#define OC_SEND_OUTSTANDING_MAX 32768 /* 1 MiB */
#define OC_SEND_STREAMS_MAX     250   /* open at a time; 192 bytes each */
#define OC_SEND_PAYLOAD_MIN     128   /* payload of a fragment that does not end its message */

typedef struct oc_send oc_send_t; /* lives in the caller's memory */

typedef struct oc_send_config {
    uint16_t outstanding; /* records; a power of two, OC_SEND_OUTSTANDING_MIN .. _MAX */
    uint8_t streams;      /* outgoing streams open at a time, 1 .. OC_SEND_STREAMS_MAX */
    oc_cc_kind_t cc;
} oc_send_config_t;

/* Bytes for oc_send_init. 0 = a value out of range. */
size_t oc_send_memory(const oc_send_config_t *config);
/* Makes a sender in memory (oc_send_memory bytes, aligned to 16, borrowed while it is used).
 * NULL = a value out of range or memory misaligned. */
oc_send_t *oc_send_init(void *memory, const oc_send_config_t *config);

/* What the handshake agreed on. */
typedef struct oc_send_peer {
    uint32_t first_tsn; /* our Initial TSN */
    uint32_t a_rwnd;    /* of the peer's INIT or INIT ACK, bytes */
    uint32_t mtu;       /* SCTP packet bytes that fit the path, common header included */
    uint32_t rtt_us;    /* of the handshake or of ICE; 0 = not known */
    bool forward_tsn;   /* the peer announced FORWARD-TSN (RFC 3758 3.1) */
} oc_send_peer_t;

/* The association is up: DATA may leave. Streams may have been opened before.
 * OC_OK | OC_ERR_NOTSUP a partially reliable stream is open and the peer has no FORWARD-TSN:
 * nothing was started. */
int oc_send_start(oc_send_t *send, const oc_send_peer_t *peer, int64_t now_us);
/* The association is over: every message taken is done with OC_ERR_CLOSED, all streams are closed.
 */
void oc_send_stop(oc_send_t *send);

typedef enum oc_send_class {
    OC_SEND_COMMAND, /* before all media, at message boundaries */
    OC_SEND_MEDIA,   /* in turn, a message each */
} oc_send_class_t;

typedef struct oc_send_stream_config {
    oc_source_t source;
    oc_send_class_t priority;
    bool partial; /* messages whose bytes are overtaken are abandoned; false: the source keeps them
                   */
} oc_send_stream_config_t;

/* Opens outgoing stream sid; it is asked for messages at once.
 * OC_OK | OC_ERR_EXIST open | OC_ERR_BUSY no stream free | OC_ERR_NOTSUP partial, and the peer has
 * no FORWARD-TSN | OC_ERR_INVAL no source. */
int oc_send_stream_open(oc_send_t *send, uint16_t sid, const oc_send_stream_config_t *config);
/* The source has something again. OC_OK | OC_ERR_NOENT. */
int oc_send_kick(oc_send_t *send, uint16_t sid);
/* Takes no further message; what was taken is still delivered. abandon: what may be abandoned is.
 * OC_OK | OC_ERR_NOENT. */
int oc_send_stream_close(oc_send_t *send, uint16_t sid, bool abandon, int64_t now_us);
/* true: the stream is closed and nothing of it is unacknowledged: it can be reset (RFC 6525). */
bool oc_send_stream_idle(const oc_send_t *send, uint16_t sid);
/* Forgets an idle stream; the sid may be opened again, SSN 0. OC_OK | OC_ERR_NOENT | OC_ERR_BUSY.
 */
int oc_send_stream_remove(oc_send_t *send, uint16_t sid);

/* A SACK of the peer (RFC 9260 3.3.4).
 * OC_OK | OC_AGAIN older than what is known, ignored | OC_ERR_FORMAT acknowledges what was never
 * sent, or a gap that ends before it starts: ignored. */
int oc_send_sack(oc_send_t *send, const oc_sctp_sack_t *sack, int64_t now_us);

/* Appends FORWARD-TSN and DATA chunks to a packet begun by the caller while packet->max lasts.
 * OC_OK something was added | OC_AGAIN nothing to send now. A chunk larger than the path (the MTU
 * fell) leaves alone in an otherwise empty packet, marked oversize. */
int oc_send_fill(oc_send_t *send, oc_sctp_packet_t *packet, int64_t now_us);
/* true: oc_send_fill would add something to an empty packet now. */
bool oc_send_can_send(oc_send_t *send, int64_t now_us);
/* Timers due: retransmission, probes, pacing. */
void oc_send_advance(oc_send_t *send, int64_t now_us);
/* When oc_send_advance or oc_send_fill has something to do; INT64_MAX = never, <= now = at once. */
int64_t oc_send_next_deadline(oc_send_t *send, int64_t now_us);

/* Another path or one that works again (ICE restart, new pair): timers forget their back-off, the
 * congestion control starts anew. rtt_us: 0 = not known. */
void oc_send_path_changed(oc_send_t *send, uint32_t mtu, uint32_t rtt_us, int64_t now_us);
/* The packet size changed on the same path (RFC 8899). New chunks obey, old ones keep their bounds.
 */
void oc_send_set_mtu(oc_send_t *send, uint32_t mtu);

/* true: nothing outstanding, no FORWARD-TSN unacknowledged (SHUTDOWN may leave). */
bool oc_send_idle(const oc_send_t *send);
uint32_t oc_send_next_tsn(const oc_send_t *send); /* for SHUTDOWN, re-configuration */
/* T3-rtx expiries in a row without anything newly acknowledged: a black hole, or an outage. */
unsigned oc_send_timeouts(const oc_send_t *send);
/* The retransmission time-out now, back-off included; also for the timers of other chunks. */
uint32_t oc_send_rto_us(const oc_send_t *send);

/* What the sending half tells: figures of the association and of each stream,
 * and the abandonments to report. */

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
