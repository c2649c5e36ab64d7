#include "oc_sctp_pmtu.h"

/* From the likeliest down: Ethernet with IPv4 and IPv6, PPPoE, tunnels, IPv6's least MTU. */
static const uint16_t sizes[] = {1472, 1452, 1440, 1392, 1352, 1280, 1232};
#define SIZES (sizeof sizes / sizeof sizes[0])

void oc_sctp_pmtu_init(oc_sctp_pmtu_t *pmtu, uint16_t max) {
    *pmtu = (oc_sctp_pmtu_t){
        .size = OC_SCTP_PMTU_BASE, .max = max, .timer_us = INT64_MAX, .again_us = INT64_MIN};
}

void oc_sctp_pmtu_path(oc_sctp_pmtu_t *pmtu) {
    uint16_t holes = pmtu->holes;
    oc_sctp_pmtu_init(pmtu, pmtu->max);
    pmtu->holes = holes;
}

/* Goes on with the list behind its present place, or ends the search. */
static void next_size(oc_sctp_pmtu_t *pmtu, int64_t now_us) {
    pmtu->tries = 0;
    pmtu->timer_us = INT64_MAX;
    for (; pmtu->step < SIZES; pmtu->step++) {
        if (sizes[pmtu->step] <= pmtu->max && sizes[pmtu->step] > pmtu->size)
            break;
    }
    pmtu->probing = pmtu->step < SIZES ? sizes[pmtu->step] : 0;
    if (!pmtu->probing) {
        pmtu->again_us = now_us + OC_SCTP_PMTU_AGAIN_US;
        pmtu->full = 0;
    }
    pmtu->send = pmtu->probing != 0;
}

void oc_sctp_pmtu_full(oc_sctp_pmtu_t *pmtu, int64_t now_us) {
    if (pmtu->probing || now_us < pmtu->again_us)
        return;
    if (pmtu->size < OC_SCTP_PMTU_BASE) { /* one probe tells whether the path works again */
        pmtu->probing = OC_SCTP_PMTU_BASE;
        pmtu->tries = 0;
        pmtu->send = true;
        return;
    }
    if (pmtu->full < OC_SCTP_PMTU_BUSY) {
        pmtu->full++;
        return;
    }
    pmtu->step = 0;
    next_size(pmtu, now_us);
}

uint16_t oc_sctp_pmtu_probe(oc_sctp_pmtu_t *pmtu, uint32_t *nonce, int64_t now_us) {
    if (!pmtu->send)
        return 0;
    pmtu->send = false;
    pmtu->tries++;
    pmtu->timer_us = now_us + OC_SCTP_PMTU_PROBE_US;
    *nonce = ++pmtu->nonce;
    return pmtu->probing;
}

bool oc_sctp_pmtu_answered(oc_sctp_pmtu_t *pmtu, uint32_t nonce, int64_t now_us) {
    if (!pmtu->probing || nonce != pmtu->nonce || pmtu->timer_us == INT64_MAX)
        return false;
    pmtu->size = pmtu->probing;
    pmtu->probing = 0;
    pmtu->send = false;
    pmtu->timer_us = INT64_MAX;
    pmtu->full = 0;
    /* The list goes down: what is larger was tried. From 548 back at 1,200: search once more. */
    pmtu->again_us = pmtu->size == OC_SCTP_PMTU_BASE ? now_us : now_us + OC_SCTP_PMTU_AGAIN_US;
    return true;
}

void oc_sctp_pmtu_advance(oc_sctp_pmtu_t *pmtu, int64_t now_us) {
    if (pmtu->timer_us > now_us)
        return;
    pmtu->timer_us = INT64_MAX;
    if (pmtu->tries < OC_SCTP_PMTU_TRIES) {
        pmtu->send = true;
    } else if (pmtu->size < OC_SCTP_PMTU_BASE) {
        pmtu->probing = 0;
        pmtu->again_us = now_us + OC_SCTP_PMTU_AGAIN_US / 20;
    } else {
        pmtu->step++;
        next_size(pmtu, now_us);
    }
}

bool oc_sctp_pmtu_timeouts(oc_sctp_pmtu_t *pmtu, unsigned timeouts, int64_t now_us) {
    uint16_t down = OC_SCTP_PMTU_MIN;
    if (pmtu->dark && !timeouts && pmtu->size < OC_SCTP_PMTU_BASE)
        pmtu->again_us = now_us; /* it may have been an outage: ask at once */
    pmtu->dark = timeouts != 0;
    if (pmtu->size > OC_SCTP_PMTU_BASE && timeouts >= OC_SCTP_PMTU_HOLE)
        down = OC_SCTP_PMTU_BASE;
    else if (pmtu->size != OC_SCTP_PMTU_BASE || timeouts < OC_SCTP_PMTU_HOLE_BASE)
        return false;
    pmtu->size = down;
    pmtu->probing = 0;
    pmtu->send = false;
    pmtu->timer_us = INT64_MAX;
    pmtu->full = 0;
    pmtu->holes++;
    /* At 548 the next full packet that leaves is followed by a probe of 1,200. */
    pmtu->again_us = down == OC_SCTP_PMTU_MIN ? now_us : now_us + OC_SCTP_PMTU_AGAIN_US;
    return true;
}
