/* NewReno as RFC 9260 7.2 has it, with the initial window of RFC 6928: the reference the rate based
 * control is compared with. Unpaced. */
#include "oc_cc.h"

#define INITIAL_PACKETS 10
#define MINIMUM_PACKETS 4 /* RFC 9260 7.2.3: ssthresh is never less */

typedef struct newreno {
    uint32_t ssthresh;
    uint32_t partial; /* partial_bytes_acked */
} newreno_t;
_Static_assert(sizeof(newreno_t) <= sizeof((oc_cc_t *)0)->state, "state of NewReno");

static newreno_t *state(oc_cc_t *cc) {
    return (newreno_t *)cc->state;
}

static void start(oc_cc_t *cc, uint32_t rtt_us, int64_t now_us) {
    cc->window = INITIAL_PACKETS * cc->mtu;
    cc->pace = 0;
    *state(cc) = (newreno_t){.ssthresh = OC_CC_WINDOW_MAX};
}

static void sent(oc_cc_t *cc, uint32_t bytes, uint32_t in_flight, int64_t now_us) {}

static void reduce(oc_cc_t *cc) {
    newreno_t *s = state(cc);
    s->ssthresh = cc->window / 2;
    if (s->ssthresh < MINIMUM_PACKETS * cc->mtu)
        s->ssthresh = MINIMUM_PACKETS * cc->mtu;
    s->partial = 0;
}

static void grow(oc_cc_t *cc, uint32_t acked) {
    newreno_t *s = state(cc);
    if (cc->window <= s->ssthresh) {
        cc->window += acked < cc->mtu ? acked : cc->mtu; /* 7.2.1, L = 1 */
    } else {
        s->partial += acked; /* 7.2.2 */
        if (s->partial >= cc->window) {
            s->partial -= cc->window;
            cc->window += cc->mtu;
        }
    }
    if (cc->window > OC_CC_WINDOW_MAX)
        cc->window = OC_CC_WINDOW_MAX;
}

static void acked(oc_cc_t *cc, const oc_cc_ack_t *ack) {
    if (ack->srtt_us)
        cc->delivered = (uint64_t)cc->window * 1000000u / ack->srtt_us;
    if (ack->lost && !ack->recovery) {
        reduce(cc);
        cc->window = state(cc)->ssthresh;
        cc->reduced = true;
    } else if (ack->acked && !ack->recovery && ack->in_flight + cc->mtu > cc->window) {
        grow(cc, ack->acked); /* only while the window is in full use */
    }
}

static void timeout(oc_cc_t *cc, int64_t now_us) {
    reduce(cc);
    cc->window = cc->mtu;
}

const oc_cc_ops_t oc_cc_newreno = {"newreno", start, sent, acked, timeout};
