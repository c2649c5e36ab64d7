#include "oc_err.h"
#include "oc_ice_impl.h"
#include "oc_random.h"

bool oc_ice_has_consent(const oc_ice_t *ice, uint8_t pair, int64_t now_us) {
    return oc_ice_is_valid(ice, pair) && now_us - ice->pair[pair].answered_us < OC_ICE_EXPIRY_US;
}

bool oc_ice_allowed(const oc_ice_t *ice, uint8_t pair, unsigned kept) {
    const oc_ice_remote_t *remote = &ice->remote[ice->pair[pair].remote];
    if (remote->proof == OC_ICE_PROOF_RESPONSE)
        return true;
    if (remote->proof == OC_ICE_PROOF_REQUEST)
        return remote->sends + kept < OC_ICE_HEARD_SENDS;
    unsigned host = 0;
    for (unsigned i = 0; i < OC_ICE_REMOTE_MAX; i++) {
        const oc_ice_remote_t *r = &ice->remote[i];
        if (r->proof == OC_ICE_PROOF_NONE && r->generation == remote->generation &&
            oc_addr_same_ip(&r->addr, &remote->addr))
            host += r->sends;
    }
    return remote->sends + kept < OC_ICE_SENDS && host < OC_ICE_HOST_SENDS;
}

static void count_send(oc_ice_t *ice, uint8_t pair) {
    oc_ice_remote_t *remote = &ice->remote[ice->pair[pair].remote];
    remote->sends = remote->sends < UINT8_MAX ? remote->sends + 1 : remote->sends;
}

bool oc_ice_afford(oc_ice_t *ice, uint8_t pair, size_t len) {
    int32_t bytes = (int32_t)len + OC_ICE_HEADERS;
    if (ice->unconsented < bytes) {
        ice->stats.withheld++;
        return false;
    }
    ice->unconsented -= bytes;
    if (pair != OC_ICE_NONE && ice->pair[pair].spent <= UINT16_MAX - bytes)
        ice->pair[pair].spent = (uint16_t)(ice->pair[pair].spent + bytes);
    return true;
}

static bool has_credentials(const oc_ice_t *ice, uint8_t pair) {
    return ice->gen[oc_ice_pair_generation(ice, pair)].remote_ufrag[0] != '\0';
}

/* Time to the next send to a pair that was just sent to for the `sends`th time in a row. */
static int64_t rto(const oc_ice_t *ice, const oc_ice_pair_t *p) {
    uint32_t rtt = p->rtt_us ? p->rtt_us : ice->rtt_us;
    int64_t us = rtt ? 2 * (int64_t)rtt : OC_ICE_RTO_US;
    if (us < OC_ICE_RTO_MIN_US)
        us = OC_ICE_RTO_MIN_US;
    for (unsigned n = 1; n < p->sends && us < OC_ICE_RTO_MAX_US; n++)
        us *= 2;
    return us < OC_ICE_RTO_MAX_US ? us : OC_ICE_RTO_MAX_US;
}

/* What follows on a check that just left. */
static int64_t next_send(const oc_ice_t *ice, uint8_t pair) {
    const oc_ice_pair_t *p = &ice->pair[pair];
    if (p->state != OC_ICE_IS_VALID) {
        if (p->left == 0)
            return OC_ICE_RTO_MAX_US; /* then it has failed */
        if (p->left == 1 && !(p->flags & OC_ICE_HEARD))
            return OC_ICE_LAST_US;
        return rto(ice, p);
    }
    if (pair == ice->nominating)
        return rto(ice, p);
    if (pair != ice->selected)
        return -1;
    if (p->flags & OC_ICE_MUTE)
        return oc_ice_jitter(OC_ICE_MUTE_US);
    int64_t us = 3 * (int64_t)p->rtt_us;
    int64_t least_us = oc_ice_in_doubt(ice) ? OC_ICE_DOUBT_US / 2 : OC_ICE_PROBE_US;
    return us > least_us ? us : least_us;
}

static void remember(oc_ice_t *ice, uint8_t pair, const uint8_t txid[12], bool paid,
                     int64_t now_us) {
    oc_ice_sent_t *sent = &ice->sent[ice->next_sent];
    ice->next_sent = (uint8_t)((ice->next_sent + 1) % OC_ICE_CHECKS_MAX);
    memcpy(sent->txid, txid, sizeof sent->txid);
    sent->pair = pair;
    sent->sent_us = now_us;
    sent->flags =
        (uint8_t)((paid ? OC_ICE_SENT_PAID : 0) | (oc_ice_uses(ice, pair) ? OC_ICE_SENT_USE : 0) |
                  (ice->controlling ? OC_ICE_SENT_CONTROLLING : 0));
}

static void fail(oc_ice_pair_t *p) {
    p->left = 0;
    p->flags &= (uint8_t)~OC_ICE_TRIGGERED;
    p->next_us = INT64_MAX;
    if (p->state != OC_ICE_IS_VALID)
        p->state = OC_ICE_IS_FAILED;
}

/* Takes what a check of len bytes to a tuple without consent costs. */
static bool pay(oc_ice_t *ice, uint8_t pair, size_t len, int64_t now_us) {
    oc_ice_pair_t *p = &ice->pair[pair];
    if (!oc_ice_afford(ice, pair, len)) {
        fail(p);
        return false;
    }
    return !ice->budget || oc_ice_budget_take(ice->budget, p->flags & OC_ICE_HEARD, now_us);
}

/* The common allowance is used up: the pair waits, and all ordinary ones with it. */
static bool postponed(oc_ice_t *ice, uint8_t pair, int64_t now_us) {
    oc_ice_pair_t *p = &ice->pair[pair];
    bool urgent = p->flags & OC_ICE_HEARD;
    if (!ice->budget)
        return false;
    int64_t when_us = oc_ice_budget_when(ice->budget, urgent, now_us);
    if (when_us <= now_us)
        return false;
    p->next_us = when_us;
    p->flags &= (uint8_t)~OC_ICE_TRIGGERED;
    if (!urgent && ice->paced_us < when_us)
        ice->paced_us = when_us;
    return true;
}

/* Sends a check. > 0 length | 0 it must not leave now, and next_us says when it may. */
static int send_check(oc_ice_t *ice, uint8_t pair, int64_t now_us, uint8_t *buffer, size_t size,
                      oc_path_t *to) {
    oc_ice_pair_t *p = &ice->pair[pair];
    bool free = oc_ice_has_consent(ice, pair, now_us);
    uint8_t txid[12];
    bool stranger = !free && p->state != OC_ICE_IS_VALID;
    if (stranger && (p->left == 0 || !oc_ice_allowed(ice, pair, 0))) {
        fail(p);
        return 0;
    }
    if (!free && postponed(ice, pair, now_us))
        return 0;
    oc_random(txid, sizeof txid);
    int len = oc_ice_write_check(ice, pair, txid, buffer, size);
    if (len <= 0 || (!free && !pay(ice, pair, (size_t)len, now_us)))
        return len < 0 ? len : 0;
    if (!free)
        count_send(ice, pair);
    remember(ice, pair, txid, !free && ice->budget, now_us);
    p->sends = p->sends < UINT8_MAX ? p->sends + 1 : p->sends;
    p->flags &= (uint8_t)~OC_ICE_TRIGGERED;
    if (p->state == OC_ICE_IS_VALID) {
        p->flags |= OC_ICE_AWAITING;
    } else {
        p->state = OC_ICE_IS_CHECKING;
        p->left--;
    }
    int64_t wait = next_send(ice, pair);
    p->next_us = wait < 0 ? INT64_MAX : now_us + wait;
    if (ice->first == OC_ICE_NONE)
        ice->first = pair;
    if (pair == ice->selected)
        oc_ice_selected_checked(ice, now_us);
    ice->stats.checks++;
    oc_ice_pair_path(ice, pair, to);
    return len;
}

/* Ordinary checks wait for their turn, others leave as soon as they are due. */
static bool is_paced(const oc_ice_pair_t *p) {
    return !(p->flags & OC_ICE_TRIGGERED) &&
           (p->state == OC_ICE_IS_WAITING || p->state == OC_ICE_IS_CHECKING);
}

/* When the pair's next check may leave; INT64_MAX never. */
static int64_t due(const oc_ice_t *ice, uint8_t pair) {
    const oc_ice_pair_t *p = &ice->pair[pair];
    if (p->state == OC_ICE_IS_FREE || p->state == OC_ICE_IS_GONE || !has_credentials(ice, pair))
        return INT64_MAX;
    if (p->flags & OC_ICE_TRIGGERED)
        return INT64_MIN;
    if (p->state == OC_ICE_IS_FAILED)
        return INT64_MAX;
    return is_paced(p) && p->next_us < ice->paced_us ? ice->paced_us : p->next_us;
}

/* The pair to be checked now: triggered ones, then consent and nomination, then by priority. */
static uint8_t pick(const oc_ice_t *ice, int64_t now_us) {
    uint8_t best = OC_ICE_NONE;
    unsigned best_rank = 0;
    for (uint8_t i = 0; i < OC_ICE_PAIRS_MAX; i++) {
        if (due(ice, i) > now_us)
            continue;
        unsigned rank = ice->pair[i].flags & OC_ICE_TRIGGERED ? 2 : !is_paced(&ice->pair[i]);
        if (best != OC_ICE_NONE &&
            (rank < best_rank || (rank == best_rank &&
                                  oc_ice_pair_priority(ice, i) <= oc_ice_pair_priority(ice, best))))
            continue;
        best = i;
        best_rank = rank;
    }
    return best;
}

static int send_reply(oc_ice_t *ice, int64_t now_us, uint8_t *buffer, size_t size, oc_path_t *to) {
    while (ice->reply_count) {
        const oc_ice_reply_t *reply = &ice->reply[ice->reply_head];
        ice->reply_head = (uint8_t)((ice->reply_head + 1) % OC_ICE_REPLIES_MAX);
        ice->reply_count--;
        int len = oc_ice_write_reply(ice, reply, buffer, size);
        bool free = reply->pair != OC_ICE_NONE && oc_ice_has_consent(ice, reply->pair, now_us);
        if (len <= 0 || (!free && !oc_ice_afford(ice, reply->pair, (size_t)len)))
            continue;
        *to = reply->to;
        return len;
    }
    return 0;
}

static int64_t find_deadline(const oc_ice_t *ice) {
    if (ice->reply_count)
        return ice->now_us;
    int64_t deadline = oc_ice_select_deadline(ice);
    for (uint8_t i = 0; i < OC_ICE_PAIRS_MAX; i++) {
        int64_t at = due(ice, i);
        if (at < ice->now_us)
            return ice->now_us;
        if (at < deadline)
            deadline = at;
    }
    return deadline;
}

int oc_ice_poll_output(oc_ice_t *ice, int64_t now_us, uint8_t *buffer, size_t size, oc_path_t *to) {
    if (size < OC_ICE_DATAGRAM)
        return OC_ERR_NOMEM;
    if (now_us < ice->idle_us)
        return 0;
    oc_ice_advance(ice, now_us);
    int len = send_reply(ice, now_us, buffer, size, to);
    while (len == 0) {
        uint8_t pair = pick(ice, now_us);
        if (pair == OC_ICE_NONE) {
            ice->idle_us = find_deadline(ice);
            return 0;
        }
        bool paced = is_paced(&ice->pair[pair]);
        len = send_check(ice, pair, now_us, buffer, size, to);
        if (len > 0 && paced)
            ice->paced_us = now_us + OC_ICE_TA_US;
    }
    return len;
}

void oc_ice_advance(oc_ice_t *ice, int64_t now_us) {
    if (now_us < ice->idle_us)
        return;
    oc_ice_touch(ice, now_us);
    for (uint8_t i = 0; i < OC_ICE_PAIRS_MAX; i++) {
        oc_ice_pair_t *p = &ice->pair[i];
        if (p->state == OC_ICE_IS_CHECKING && p->left == 0 && now_us >= p->next_us &&
            !(p->flags & OC_ICE_TRIGGERED))
            fail(p);
    }
    oc_ice_select_advance(ice, now_us);
}

int64_t oc_ice_next_deadline(const oc_ice_t *ice) {
    return ice->idle_us == INT64_MIN ? find_deadline(ice) : ice->idle_us;
}

bool oc_ice_first_path(const oc_ice_t *ice, oc_path_t *path) {
    if (ice->first == OC_ICE_NONE || ice->selected != OC_ICE_NONE ||
        ice->pair[ice->first].state != OC_ICE_IS_CHECKING)
        return false;
    oc_ice_pair_path(ice, ice->first, path);
    return true;
}

void oc_ice_ask(oc_ice_t *ice, int64_t now_us) {
    if (!oc_ice_is_valid(ice, ice->selected) || ice->pair[ice->selected].flags & OC_ICE_AWAITING)
        return;
    ice->pair[ice->selected].flags |= OC_ICE_TRIGGERED;
    oc_ice_touch(ice, now_us);
}

int oc_ice_spend(oc_ice_t *ice, size_t len) {
    uint8_t pair = ice->first;
    if (pair == OC_ICE_NONE)
        return OC_ERR_BUSY;
    bool heard = ice->pair[pair].flags & OC_ICE_HEARD;
    if (!oc_ice_allowed(ice, pair, heard ? OC_ICE_HEARD_KEPT : 1)) {
        ice->stats.withheld++;
        return OC_ERR_BUSY;
    }
    if (!oc_ice_afford(ice, pair, len))
        return OC_ERR_BUSY;
    if (ice->budget) {
        if (!oc_ice_budget_take(ice->budget, heard, ice->now_us))
            return OC_ERR_BUSY;
        ice->spent++;
    }
    count_send(ice, pair);
    return OC_OK;
}
