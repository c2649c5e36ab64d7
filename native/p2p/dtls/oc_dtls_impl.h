/* oc_dtls_impl - the inside of oc_dtls: what a handshake needs for its time, and the half of the
 * machine that runs until it is over (oc_dtls_handshake.c). */
#ifndef OC_DTLS_IMPL_H
#define OC_DTLS_IMPL_H

#include "oc_dtls.h"
#include "oc_dtls_hello.h"
#include "oc_err.h"

/* An alert in the clear, which anyone can forge, ends a handshake when the peer adds nothing to it
 * for so long, or for four round trips and what it computes: who is alive answers our repeated
 * flight within that, and who has sent an alert is not. */
#define OC_DTLS_ALERT_US  (300 * 1000)
#define OC_DTLS_REPEAT_US 5000 /* between flights that the peer asks for, at least */
#define OC_DTLS_HELD      (OC_DTLS_HELD_APP + OC_DTLS_HELD_FINISHED)

/* A record of epoch 1 that came too early, as it was received. */
typedef struct oc_dtls_held {
    uint16_t len; /* 0: free */
    uint8_t bytes[OC_DTLS_HELD_MAX];
} oc_dtls_held_t;

struct oc_dtls_slot {
    oc_handshake_t *handshake;
    oc_hs_job_t job;
    bool busy;       /* the job is under way: nothing but in[filling] and early is ours */
    bool alerted;    /* a fatal alert went one way or the other: none of ours is needed */
    bool run;        /* a job without input: the client's first flight */
    bool seen;       /* something of the peer's handshake was taken */
    bool hello_done; /* early.held is in use, not early.hello; a client from the start */
    bool repeat;     /* our last flight, or the answer to it, is lost: it goes out again now */
    uint32_t allowance_us, timer_ms; /* what the peer computes; before the first repetition */
    uint32_t rtt_us;                 /* 0: unknown */
    int64_t alert_us;                /* an alert in the clear is believed then; INT64_MAX: none */
    int64_t flight_us;               /* our last flight left, INT64_MAX: none did */
    int64_t timer_us;                /* of the handshake */
    uint32_t out_at;                 /* what of job.out was polled */
    uint32_t in_len;                 /* of in[filling] */
    unsigned filling;                /* which of in[]; the other is the job's */
    uint8_t in[2][OC_HS_IN_MAX];
    uint8_t out[OC_HS_OUT_MAX];
    union {
        oc_dtls_hello_t hello;
        oc_dtls_held_t held[OC_DTLS_HELD]; /* application records first */
    } early;
};

/* Sorts a datagram while the handshake runs. */
void oc_dtls_handshake_input(oc_dtls_t *dtls, oc_span_t datagram, int64_t now_us);
/* Takes over what a job brought, while SHAKING. */
void oc_dtls_handshake_done(oc_dtls_t *dtls, int64_t now_us);
/* Opens the next early application record into out; its plaintext's length, 0: none is left. */
int oc_dtls_handshake_early(oc_dtls_t *dtls, uint8_t *out, size_t size);
/* The handshake failed: keys are wiped, unless an alert is sealed with them first. */
void oc_dtls_handshake_fail(oc_dtls_t *dtls, enum oc_hs_reason reason, int detail);
/* Frees the slot when nobody needs it any more. */
void oc_dtls_slot_release(oc_dtls_t *dtls);

#endif
