/* oc_cc - congestion control behind one table of functions: how many bytes may be in flight and how
 * fast they leave. Two of them: rate based (oc_cc_rate, the default) and NewReno of RFC 9260
 * (oc_cc_newreno, for reference). No clock, no allocation; bytes are bytes of payload. */
#ifndef OC_CC_H
#define OC_CC_H

#include <stdbool.h>
#include <stdint.h>

typedef enum oc_cc_kind {
    OC_CC_RATE,    /* models the path: delivered rate and least round trip */
    OC_CC_NEWRENO, /* RFC 9260 7.2 */
} oc_cc_kind_t;

#define OC_CC_BURST       10                  /* packets that leave unpaced after a pause */
#define OC_CC_WINDOW_MAX  (64u << 20)         /* bytes in flight at most */
#define OC_CC_RATE_MAX    (UINT64_C(1) << 34) /* bytes per second */
#define OC_CC_STATE_WORDS 24                  /* of one control's own state; 8 bytes each */

/* What one SACK, or a timer that found losses, brought. */
typedef struct oc_cc_ack {
    int64_t now_us;
    uint32_t acked;      /* bytes newly acknowledged */
    uint32_t lost;       /* bytes newly found lost */
    uint32_t in_flight;  /* before both */
    uint32_t rtt_us;     /* sample from a first transmission; 0 = none */
    uint32_t min_rtt_us; /* least of the last 10 s; 0 = no sample yet */
    uint32_t srtt_us;    /* 0 = no sample yet */
    bool round;          /* all sent before the last round ended has been judged */
    bool limited;  /* what was acknowledged left while the sender, not the path, was the limit */
    bool blind;    /* SACKs are full: what arrives and what is told differ */
    bool recovery; /* in recovery: the last reduction has not taken a round trip yet */
} oc_cc_ack_t;

typedef struct oc_cc oc_cc_t; /* in memory of the caller; fields below */

typedef struct oc_cc_ops {
    const char *name;
    /* A new path. rtt_us: 0 = not known. */
    void (*start)(oc_cc_t *cc, uint32_t rtt_us, int64_t now_us);
    /* Bytes leave (retransmissions too); in_flight: with them. limited: nothing more is waiting. */
    void (*sent)(oc_cc_t *cc, uint32_t bytes, uint32_t in_flight, int64_t now_us);
    void (*acked)(oc_cc_t *cc, const oc_cc_ack_t *ack);
    /* T3-rtx expired: no SACK for a whole time-out. */
    void (*timeout)(oc_cc_t *cc, int64_t now_us);
} oc_cc_ops_t;

/* The two controls. */
extern const oc_cc_ops_t oc_cc_rate;
extern const oc_cc_ops_t oc_cc_newreno; /* RFC 9260 */

struct oc_cc {
    const oc_cc_ops_t *ops;
    uint64_t pace;      /* bytes per second that may leave; 0 = unpaced */
    uint64_t delivered; /* bytes per second the path delivers, estimate; 0 = not known */
    uint32_t window;    /* bytes that may be in flight */
    uint32_t mtu;       /* bytes of payload in a full packet */
    bool reduced; /* set by acked: a reduction happened, recovery starts; cleared by the sender */
    uint64_t state[OC_CC_STATE_WORDS];
};

/* Starts a control of that kind on a new path. */
void oc_cc_init(oc_cc_t *cc, oc_cc_kind_t kind, uint32_t mtu, uint32_t rtt_us, int64_t now_us);

/* A token bucket: time at which the next packet may leave. Guarantee: in any time t at rate r at
 * most r * t + max(OC_CC_BURST packets, r * 2 ms + one packet) leave. */
typedef struct oc_pacer {
    int64_t next_ns; /* the moment all that left would have taken at the rate */
} oc_pacer_t;

/* The moment the next packet may leave; <= now_us: now. */
int64_t oc_pacer_ready_us(const oc_pacer_t *pacer, const oc_cc_t *cc, int64_t now_us);
/* A packet of that size left. */
void oc_pacer_sent(oc_pacer_t *pacer, const oc_cc_t *cc, uint32_t bytes, int64_t now_us);

#endif
