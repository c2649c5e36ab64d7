#include "oc_cc.h"
#include <string.h>

#define NS_PER_S   1000000000u
#define NS_PER_US  1000
#define QUANTUM_NS 1000000 /* packets of one millisecond leave together (pacing quantum) */
#define CREDIT_NS  (2 * QUANTUM_NS)

void oc_cc_init(oc_cc_t *cc, oc_cc_kind_t kind, uint32_t mtu, uint32_t rtt_us, int64_t now_us) {
    memset(cc, 0, sizeof *cc);
    cc->ops = kind == OC_CC_NEWRENO ? &oc_cc_newreno : &oc_cc_rate;
    cc->mtu = mtu;
    cc->ops->start(cc, rtt_us, now_us);
}

static int64_t duration_ns(const oc_cc_t *cc, uint32_t bytes) {
    return (int64_t)(((uint64_t)bytes * NS_PER_S + cc->pace - 1) / cc->pace);
}

/* What may have been saved up in a pause: with the packet that is due now a whole burst. */
static int64_t credit_ns(const oc_cc_t *cc) {
    int64_t burst = duration_ns(cc, (OC_CC_BURST - 1) * cc->mtu);
    return burst > CREDIT_NS ? burst : CREDIT_NS;
}

int64_t oc_pacer_ready_us(const oc_pacer_t *pacer, const oc_cc_t *cc, int64_t now_us) {
    int64_t now_ns = now_us * NS_PER_US, wait;
    if (!cc->pace || pacer->next_ns <= now_ns)
        return now_us;
    wait = pacer->next_ns - now_ns;
    /* One wake-up per quantum, not per packet. */
    if (duration_ns(cc, cc->mtu) < QUANTUM_NS && wait < QUANTUM_NS)
        wait = QUANTUM_NS;
    return now_us + (wait + NS_PER_US - 1) / NS_PER_US;
}

void oc_pacer_sent(oc_pacer_t *pacer, const oc_cc_t *cc, uint32_t bytes, int64_t now_us) {
    int64_t floor_ns;
    if (!cc->pace)
        return;
    floor_ns = now_us * NS_PER_US - credit_ns(cc);
    if (pacer->next_ns < floor_ns)
        pacer->next_ns = floor_ns;
    pacer->next_ns += duration_ns(cc, bytes);
}
