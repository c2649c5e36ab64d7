#include "oc_ice_impl.h"
#include "oc_random.h"

int64_t oc_ice_jitter(int64_t us) {
    uint16_t random;
    oc_random(&random, sizeof random);
    return us * 4 / 5 + us * 2 / 5 * random / UINT16_MAX;
}

/* Each interval is random (RFC 7675 section 5.1), drawn once for all agents that can share it. */
int64_t oc_ice_consent_time(const oc_ice_t *ice, int64_t answered_us) {
    int64_t us = oc_ice_jitter(ice->consent_us);
    if (ice->probe_us && ice->probe_us < us)
        return answered_us + ice->probe_us;
    if (!ice->budget)
        return answered_us + us;
    return oc_ice_budget_meet(ice->budget, answered_us + ice->consent_us * 4 / 5,
                              answered_us + ice->consent_us * 6 / 5, answered_us + us, ice->now_us);
}

bool oc_ice_uses(const oc_ice_t *ice, uint8_t pair) {
    if (!ice->controlling)
        return false;
    return ice->nominating != OC_ICE_NONE ? pair == ice->nominating
                                          : ice->concluded && pair == ice->selected;
}

void oc_ice_switch_role(oc_ice_t *ice) {
    ice->controlling = !ice->controlling;
    ice->events |= 1u << OC_ICE_ROLE;
    ice->nominating = OC_ICE_NONE;
    ice->nominate_us = INT64_MAX;
    if (ice->controlling && oc_ice_is_valid(ice, ice->selected) && !ice->concluded)
        ice->nominate_us = ice->now_us;
}

/* Nothing is to be found any more with a lower priority than the nominated pair's. */
static void stop_lower(oc_ice_t *ice, uint8_t pair) {
    uint64_t priority = oc_ice_pair_priority(ice, pair);
    for (uint8_t i = 0; i < OC_ICE_PAIRS_MAX; i++) {
        oc_ice_pair_t *p = &ice->pair[i];
        bool open = p->state == OC_ICE_IS_WAITING || p->state == OC_ICE_IS_CHECKING;
        if (!open || (p->flags & OC_ICE_TRIGGERED) || oc_ice_pair_priority(ice, i) > priority)
            continue;
        p->state = OC_ICE_IS_FAILED; /* `left` stays: see oc_ice_selected_checked */
        p->next_us = INT64_MAX;
    }
}

static void unselect(oc_ice_t *ice, int64_t now_us) {
    if (ice->selected == OC_ICE_NONE)
        return;
    oc_ice_pair_t *p = &ice->pair[ice->selected];
    p->flags &= (uint8_t) ~(OC_ICE_AWAITING | OC_ICE_MUTE);
    p->next_us = INT64_MAX;
    p->sends = 0;
    p->heard_us = now_us; /* data in flight over it is still taken: OC_ICE_KEEP_US and more */
    ice->selected = OC_ICE_NONE;
}

void oc_ice_select(oc_ice_t *ice, uint8_t pair, int64_t now_us) {
    oc_ice_pair_t *p = &ice->pair[pair];
    if (ice->selected == pair)
        return;
    unselect(ice, now_us);
    ice->selected = pair;
    p->sends = 0;
    p->next_us = oc_ice_consent_time(ice, p->answered_us);
    ice->mapped = (oc_addr_t){0};
    ice->events |= 1u << OC_ICE_SELECTED;
    ice->fail_us = INT64_MAX;
    ice->silent = ice->concluded = false;
    ice->stats.switches++;
    oc_ice_sweep(ice, now_us);
}

static void nominate(oc_ice_t *ice, uint8_t pair) {
    ice->nominating = pair;
    ice->nominate_us = INT64_MAX;
    ice->pair[pair].flags |= OC_ICE_TRIGGERED;
    ice->pair[pair].sends = 0;
}

/* The valid pair that is worth nominating: of the present generation, answering, highest priority.
 */
static uint8_t best_valid(const oc_ice_t *ice) {
    uint8_t best = OC_ICE_NONE;
    for (uint8_t i = 0; i < OC_ICE_PAIRS_MAX; i++) {
        if (!oc_ice_has_consent(ice, i, ice->now_us) || ice->pair[i].flags & OC_ICE_MUTE ||
            oc_ice_pair_generation(ice, i) != ice->generation)
            continue;
        if (best == OC_ICE_NONE || oc_ice_pair_priority(ice, i) > oc_ice_pair_priority(ice, best))
            best = i;
    }
    return best;
}

/* A pair with a higher priority may still become valid. */
static bool better_is_open(const oc_ice_t *ice, uint8_t pair) {
    for (uint8_t i = 0; i < OC_ICE_PAIRS_MAX; i++) {
        unsigned state = ice->pair[i].state;
        if ((state == OC_ICE_IS_WAITING || state == OC_ICE_IS_CHECKING) &&
            oc_ice_pair_generation(ice, i) == ice->generation &&
            oc_ice_pair_priority(ice, i) > oc_ice_pair_priority(ice, pair))
            return true;
    }
    return false;
}

/* Controlling: regular nomination (RFC 8445 section 8.1.1), once better pairs had their time. */
static void consider(oc_ice_t *ice, int64_t now_us) {
    uint8_t best = OC_ICE_NONE;
    if (ice->controlling && ice->nominating == OC_ICE_NONE && !ice->concluded)
        best = best_valid(ice);
    if (best == OC_ICE_NONE) {
        ice->nominate_us = INT64_MAX;
        return;
    }
    if (ice->nominate_us == INT64_MAX) {
        int64_t wait = 3 * (int64_t)ice->pair[best].rtt_us;
        if (wait < OC_ICE_NOMINATE_MIN_US)
            wait = OC_ICE_NOMINATE_MIN_US;
        if (wait > OC_ICE_NOMINATE_MAX_US || oc_ice_is_relayed(ice, best))
            wait = OC_ICE_NOMINATE_MAX_US;
        ice->nominate_us = now_us + wait;
    }
    if (now_us >= ice->nominate_us || !better_is_open(ice, best))
        nominate(ice, best);
}

/* Another tuple works: if the selected one stays silent, see whether it still does. */
static void doubt(oc_ice_t *ice, int64_t now_us) {
    if (ice->selected == OC_ICE_NONE)
        return;
    oc_ice_pair_t *p = &ice->pair[ice->selected];
    int64_t at = p->heard_us + OC_ICE_DOUBT_US;
    if (at < now_us)
        at = now_us;
    if (!(p->flags & OC_ICE_AWAITING) && at < p->next_us)
        p->next_us = at;
}

static void became_valid(oc_ice_t *ice, uint8_t pair, int64_t now_us) {
    const oc_ice_pair_t *p = &ice->pair[pair];
    uint8_t now = ice->selected;
    bool newer = now != OC_ICE_NONE && oc_ice_pair_generation(ice, now) != ice->generation &&
                 oc_ice_pair_generation(ice, pair) == ice->generation;
    if (now == OC_ICE_NONE || newer) {
        oc_ice_select(ice, pair, now_us); /* data need not wait for a nomination */
        if (!ice->controlling && p->nominated) {
            ice->concluded = true;
            stop_lower(ice, pair);
        }
        return;
    }
    bool direct = oc_ice_is_relayed(ice, now) && !oc_ice_is_relayed(ice, pair);
    if (direct && !ice->concluded)
        oc_ice_select(ice, pair, now_us);
    else if (direct && ice->controlling && ice->nominating == OC_ICE_NONE)
        nominate(ice, pair);
    doubt(ice, now_us);
}

void oc_ice_answered(oc_ice_t *ice, uint8_t pair, unsigned sent_flags, bool first, int64_t now_us) {
    oc_ice_pair_t *p = &ice->pair[pair];
    if (first)
        became_valid(ice, pair, now_us);
    bool nominated = ice->nominating == pair && (sent_flags & OC_ICE_SENT_USE);
    if (ice->selected == OC_ICE_NONE)
        oc_ice_select(ice, pair, now_us);
    else if (!ice->controlling && p->nominated > ice->pair[ice->selected].nominated)
        oc_ice_nominated(ice, pair, now_us);
    else if (ice->selected != pair && ice->pair[ice->selected].flags & OC_ICE_MUTE && !nominated) {
        if (!ice->controlling)
            oc_ice_select(ice, pair, now_us); /* until the peer nominates another */
        else if (ice->nominating == OC_ICE_NONE)
            nominate(ice, pair);
    }
    if (nominated) {
        ice->nominating = OC_ICE_NONE;
        oc_ice_select(ice, pair, now_us);
        ice->concluded = true;
        stop_lower(ice, pair);
    }
    if (ice->selected == pair) {
        ice->silent = false;
        p->next_us = oc_ice_consent_time(ice, now_us);
    } else if (ice->nominating != pair) {
        p->next_us = INT64_MAX;
    }
    consider(ice, now_us);
}

void oc_ice_nominated(oc_ice_t *ice, uint8_t pair, int64_t now_us) {
    oc_ice_pair_t *p = &ice->pair[pair];
    if (!p->nominated || p->nominated != ice->nominations)
        p->nominated = ++ice->nominations;
    if (!oc_ice_has_consent(ice, pair, now_us)) {
        p->flags |= OC_ICE_TRIGGERED; /* selected when it answers */
        return;
    }
    oc_ice_select(ice, pair, now_us);
    if (!ice->concluded)
        stop_lower(ice, pair);
    ice->concluded = true;
}

void oc_ice_wake_pairs(oc_ice_t *ice, int64_t now_us) {
    for (uint8_t i = 0; i < OC_ICE_PAIRS_MAX; i++) {
        oc_ice_pair_t *q = &ice->pair[i];
        if (i != ice->selected && q->state == OC_ICE_IS_VALID) {
            q->flags |= OC_ICE_TRIGGERED;
        } else if (q->state == OC_ICE_IS_FAILED && q->left) {
            q->state = OC_ICE_IS_WAITING;
            q->next_us = now_us;
        }
    }
}

void oc_ice_selected_checked(oc_ice_t *ice, int64_t now_us) {
    oc_ice_sweep(ice, now_us); /* here, so that it needs no timer of its own */
    oc_ice_pair_t *p = &ice->pair[ice->selected];
    if (p->sends <= OC_ICE_QUICK)
        return;
    p->flags |= OC_ICE_MUTE; /* it does not answer */
    oc_ice_wake_pairs(ice, now_us);
}

bool oc_ice_in_doubt(const oc_ice_t *ice) {
    int64_t heard_us = ice->pair[ice->selected].heard_us;
    for (uint8_t i = 0; i < OC_ICE_PAIRS_MAX; i++)
        if (i != ice->selected && ice->pair[i].state == OC_ICE_IS_VALID &&
            ice->pair[i].heard_us > heard_us)
            return true;
    return false;
}

void oc_ice_reselect(oc_ice_t *ice, int64_t now_us) {
    uint8_t best = OC_ICE_NONE;
    ice->concluded = false;
    for (uint8_t i = 0; i < OC_ICE_PAIRS_MAX; i++)
        if (oc_ice_has_consent(ice, i, now_us) &&
            (best == OC_ICE_NONE || ice->pair[i].answered_us > ice->pair[best].answered_us))
            best = i;
    if (best != OC_ICE_NONE) {
        oc_ice_select(ice, best, now_us);
        consider(ice, now_us);
        return;
    }
    ice->events &= (uint16_t) ~(1u << OC_ICE_SELECTED);
    ice->events |= 1u << OC_ICE_CONSENT_LOST;
}

static int64_t silent_us(const oc_ice_t *ice) {
    const oc_ice_pair_t *p = &ice->pair[ice->selected];
    if (!ice->probes || !ice->probe_us || ice->silent || p->sends < ice->probes)
        return INT64_MAX;
    int64_t wait = 3 * (int64_t)p->rtt_us; /* for the answer to the last one */
    return p->answered_us + ice->probes * ice->probe_us +
           (wait > OC_ICE_PROBE_US ? wait : OC_ICE_PROBE_US);
}

static void advance_selected(oc_ice_t *ice, int64_t now_us) {
    oc_ice_pair_t *p = &ice->pair[ice->selected];
    if (now_us >= silent_us(ice)) {
        ice->silent = true;
        ice->events |= 1u << OC_ICE_SILENT;
    }
    if (now_us - p->answered_us >= OC_ICE_EXPIRY_US) {
        int64_t heard_us = p->heard_us;
        unselect(ice, now_us);
        p->heard_us = heard_us;
        oc_ice_reselect(ice, now_us);
    }
}

void oc_ice_select_advance(oc_ice_t *ice, int64_t now_us) {
    if (ice->selected != OC_ICE_NONE)
        advance_selected(ice, now_us);
    if (ice->nominating != OC_ICE_NONE) {
        oc_ice_pair_t *p = &ice->pair[ice->nominating];
        if (p->sends >= OC_ICE_NOMINATIONS && now_us >= p->next_us) {
            p->flags |= OC_ICE_MUTE;
            if (ice->nominating != ice->selected)
                p->next_us = INT64_MAX;
            ice->nominating = OC_ICE_NONE;
            consider(ice, now_us);
        }
    }
    if (now_us >= ice->nominate_us)
        consider(ice, now_us);
    if (now_us >= ice->fail_us) {
        ice->fail_us = INT64_MAX;
        ice->events |= 1u << OC_ICE_FAILED;
    }
}

int64_t oc_ice_select_deadline(const oc_ice_t *ice) {
    int64_t at = ice->fail_us < ice->nominate_us ? ice->fail_us : ice->nominate_us;
    if (ice->selected == OC_ICE_NONE)
        return at;
    int64_t expiry_us = ice->pair[ice->selected].answered_us + OC_ICE_EXPIRY_US;
    int64_t silence_us = silent_us(ice);
    at = expiry_us < at ? expiry_us : at;
    return silence_us < at ? silence_us : at;
}
