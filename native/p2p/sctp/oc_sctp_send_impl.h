/* oc_sctp_send_impl - the sender's state, shared by its source files only. Records of outstanding
 * TSNs stand in a ring at tsn & mask, from cum + 1 up to next_tsn. */
#ifndef OC_SCTP_SEND_IMPL_H
#define OC_SCTP_SEND_IMPL_H

#include "oc_cc.h"
#include "oc_err.h"
#include "oc_sctp_record.h"
#include "oc_sctp_send.h"
#include "oc_seq.h"

/* Bytes per second over one to two half seconds. */
typedef struct oc_send_rate {
    int64_t since_us;
    uint32_t now, before;
} oc_send_rate_t;

typedef struct oc_send_slot {
    oc_source_t source;
    uint64_t sent_bytes, acked_bytes, messages, abandoned, abandoned_bytes;
    uint64_t group; /* of the message taken last */
    oc_send_rate_t sent_rate, acked_rate;
    uint64_t notified, notified_bytes; /* abandoned messages already reported, and their bytes */
    uint32_t torn;                     /* not reported yet */
    uint32_t unacked;                  /* messages taken and not done */
    uint32_t unacked_bytes;            /* of them, what is not acknowledged for good; sent or not */
    uint32_t records;                  /* in the ring, abandoned ones too */
    uint16_t sid, ssn;                 /* ssn: of the next ordered message */
    uint8_t next, prev; /* neighbours of the ring of streams that may have something */
    uint8_t priority;
    bool used, ready, closed, partial;
    bool skipping;   /* until the next key message */
    bool group_sent; /* a message of the group left completely */
} oc_send_slot_t;

/* The message being cut. Its fragments have consecutive TSNs (RFC 9260 6.9). */
typedef struct oc_send_cut {
    oc_msg_t msg;
    uint32_t offset; /* bytes that have a TSN */
    uint32_t first_tsn;
    uint16_t ssn;
    uint8_t slot;
    bool active;
} oc_send_cut_t;

struct oc_send {
    oc_sctp_record_t *record;
    oc_send_slot_t *slot;
    uint32_t mask; /* records - 1 */
    uint8_t slots;
    bool started, forward_ok;

    uint32_t next_tsn, cum, high;   /* high: highest TSN acknowledged, cum or gap */
    uint32_t in_flight, lost_bytes; /* payload */
    uint32_t doubt_bytes; /* part of in_flight: sent long ago, and a full SACK is silent about it */
    uint32_t doubt;       /* chunks before it have been looked at for that */
    oc_sctp_record_list_t lost, again;
    oc_send_cut_t cut;
    uint8_t turn[2]; /* per class: the stream whose turn it is; 0xFF = none ready */

    uint32_t a_rwnd, mtu;
    bool window_probe; /* what is in flight went beyond the peer's window */

    oc_cc_t cc;
    oc_cc_kind_t cc_kind;
    oc_pacer_t pacer;
    uint32_t round_us, round_from_us; /* this round began; sent then: what ended the last one */
    uint32_t limited_us;              /* the sender, not the path, was the limit then */
    uint32_t recovery_tsn;            /* next_tsn at the last reduction */
    bool limited, recovery;
    uint8_t fast; /* chunks that may leave beyond the window (RFC 9260 7.2.4 rule 3) */

    /* round trips */
    uint32_t srtt_us, rttvar_us, rto_us;
    uint32_t min_now_us,
        min_before_us; /* least of this half of the window and of the half before */
    int64_t min_since_us;

    /* loss detection */
    uint32_t rack_sent_us, rack_tsn, rack_rtt_us;
    bool rack_valid, reordering, truncated;
    uint8_t reorder_steps; /* of a quarter of the least round trip */
    uint32_t reorder_round_tsn;
    uint32_t cursor;   /* first transmissions before it have been judged */
    uint32_t sack_end; /* highest TSN the last SACK spoke of */
    bool hidden;       /* the SACK before was full: above hidden_end nothing is new */
    uint32_t hidden_end;
    uint16_t max_gaps;                            /* blocks in one SACK so far */
    uint32_t gap_acked;                           /* records in state ACKED */
    int64_t reorder_at_us, probe_at_us, t3_at_us; /* INT64_MAX = not armed */
    int64_t last_sent_us;                         /* DATA */
    uint8_t probes, backoff;
    unsigned timeouts;
    bool probe_due;

    /* FORWARD-TSN */
    uint32_t forward; /* advanced peer ack point; == cum: none */
    uint32_t forward_sent_us;
    bool forward_due;

    uint32_t window_sent, window_lost; /* chunks, for loss_ppm */
    uint32_t old_sent, old_lost;
    int64_t window_since_us;
    bool fault, fault_notified;
    uint16_t fault_sid;
    uint8_t notified_slot; /* where oc_send_poll_abandoned looks next */
    bool notified_any;     /* something to report */
    oc_send_stats_t stats;
};

/* The record of an outstanding TSN, its number, the TSN of a record, how many there are. */
static inline oc_sctp_record_t *oc_send_at(const oc_send_t *s, uint32_t tsn) {
    return &s->record[tsn & s->mask];
}
static inline uint16_t oc_send_index(const oc_send_t *s, const oc_sctp_record_t *r) {
    return (uint16_t)(r - s->record);
}
/* The TSN of a record of the ring. */
static inline uint32_t oc_send_tsn_of(const oc_send_t *s, uint16_t index) {
    return s->cum + 1 + ((index - (s->cum + 1)) & s->mask);
}
static inline uint32_t oc_send_outstanding(const oc_send_t *s) {
    return s->next_tsn - (s->cum + 1);
}
/* Bytes taken to be under way now. */
static inline uint32_t oc_send_pipe(const oc_send_t *s) {
    return s->in_flight - s->doubt_bytes;
}
static inline uint32_t oc_send_min_rtt(const oc_send_t *s) {
    return s->min_now_us && (!s->min_before_us || s->min_now_us < s->min_before_us)
               ? s->min_now_us
               : s->min_before_us;
}

/* oc_sctp_loss.c: finds losses and tells the congestion control; ack: what the SACK brought. */
void oc_send_judge(oc_send_t *s, oc_cc_ack_t *ack);
/* oc_sctp_send.c: the number of an open stream, or OC_SEND_NONE. */
unsigned oc_send_find(const oc_send_t *s, uint16_t sid);
/* A message is done; how as in oc_source_ops_t. */
void oc_send_done(oc_send_t *s, unsigned slot, uint64_t ref, int how);
/* oc_sctp_send_stats.c */
void oc_send_rate_add(oc_send_rate_t *rate, uint32_t bytes, int64_t now_us);
void oc_send_loss_turn(oc_send_t *s, int64_t now_us);

/* Whose message is next: the command class before media, in turn inside a class,
 * one message each. Streams whose source had nothing leave the turn until they are kicked, so idle
 * streams cost nothing. Inner part of oc_sctp_send. */

#define OC_SCHED_CLASSES 2    /* oc_send_class_t */
#define OC_SCHED_NONE    0xFF /* no stream in turn */

/* Puts a stream at the end of its class's turn, or takes it out. */
void oc_sched_ready(oc_send_t *s, unsigned slot);
void oc_sched_unready(oc_send_t *s, unsigned slot);
/* The next message, not taken; after an abandonment messages up to the next key are given up here.
 * Slot number | OC_SEND_NONE nothing anywhere. */
unsigned oc_sched_peek(oc_send_t *s, oc_msg_t *out);
/* Takes what peek gave: it becomes the message being cut. */
void oc_sched_take(oc_send_t *s, unsigned slot, const oc_msg_t *msg);

/* Which chunks are lost: RACK and tail loss probes as RFC 8985, T3-rtx as RFC
 * 9260 6.3. A chunk is lost when one sent later has arrived, and a round trip and a reordering
 * window have passed since it was sent. First transmissions leave in TSN order and retransmissions
 * stand in a list of their own, so each is looked at once. Inner part of oc_sctp_send. */

#define OC_LOSS_RTO_MIN_US    200000   /* shorter than RFC 9260 6.3.1: probes come first */
#define OC_LOSS_RTO_MAX_US    3000000  /* a path that works again is found this soon */
#define OC_LOSS_RTO_FIRST_US  1000000  /* RFC 9260 16: no round trip known */
#define OC_LOSS_PROBE_MORE_US 2000     /* probe after max(1.25 SRTT, SRTT + this) */
#define OC_LOSS_PROBES        2        /* before T3-rtx expires; the second after twice the time */
#define OC_LOSS_MIN_RTT_US    10000000 /* memory of the least round trip */
#define OC_LOSS_FULL_SACK     20       /* gap blocks: dcSCTP reports no more; others may */

/* Puts a record at the end of a list, or takes it out. */
void oc_record_append(oc_send_t *s, oc_sctp_record_list_t *list, oc_sctp_record_t *r);
void oc_record_remove(oc_send_t *s, oc_sctp_record_list_t *list, oc_sctp_record_t *r);

/* A new path; rtt_us 0 = not known. */
void oc_loss_start(oc_send_t *s, uint32_t rtt_us);
/* A round trip measured (RFC 9260 6.3.1). */
void oc_loss_rtt(oc_send_t *s, uint32_t rtt_us, int64_t now_us);
/* A chunk has arrived. Returns its bytes if that is news, 0 otherwise; *rtt_us: age of a first
 * transmission. The record's state is left to the caller. */
uint32_t oc_loss_arrived(oc_send_t *s, uint32_t tsn, uint32_t prior_high, int64_t now_us,
                         uint32_t *rtt_us);
/* To be sent again: it was under way. */
void oc_loss_mark(oc_send_t *s, oc_sctp_record_t *r);
/* No longer under way nor lost (abandoned, reneged before it is marked). */
void oc_loss_forget(oc_send_t *s, oc_sctp_record_t *r);
/* Finds what is lost by now; returns bytes. Arms the reordering timer. */
uint32_t oc_loss_detect(oc_send_t *s, int64_t now_us);
/* The peer told of chunks that came twice. */
void oc_loss_duplicates(oc_send_t *s, unsigned count);
/* T3-rtx expired: everything a round trip old is lost. */
void oc_loss_expire(oc_send_t *s, int64_t now_us);
/* Arms T3-rtx and the probe. progress: something new was acknowledged. sent: something left. */
void oc_loss_arm(oc_send_t *s, bool progress, bool sent, int64_t now_us);
/* The record to send as a probe; NULL = none under way. */
oc_sctp_record_t *oc_loss_tail(oc_send_t *s);

/* PR-SCTP (RFC 3758) as a policy of the sender: a message whose bytes are gone is
 * abandoned whole. If its last fragment has no TSN yet, one more TSN is used up by a fragment that
 * is never sent, so that the FORWARD-TSN ends the message for the peer. Inner part of oc_sctp_send.
 */

#define OC_ABANDON_SKIPS 64 /* streams in one FORWARD-TSN; 4 bytes each */

/* Abandons the message that TSN belongs to; those of its stream behind it, up to a key message, are
 * not sent again. false: all of it is acknowledged (RFC 3758 3.5 would only make the peer wait),
 * nothing is changed. */
bool oc_abandon_at(oc_send_t *s, uint32_t tsn);
/* Abandons the message being cut. */
void oc_abandon_cut(oc_send_t *s);
/* Abandons all of a stream that may be. */
void oc_abandon_stream(oc_send_t *s, unsigned slot);

/* Moves the advanced peer ack point (RFC 3758 3.5 C2) and says whether the peer must be told now.
 */
void oc_forward_update(oc_send_t *s, int64_t now_us);
/* Appends a FORWARD-TSN. false: no room. */
bool oc_forward_append(oc_send_t *s, oc_sctp_packet_t *packet, int64_t now_us);

#endif
