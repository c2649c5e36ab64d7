#include "oc_ice_impl.h"

#include "oc_err.h"
#include "oc_random.h"
#include "oc_stun.h"
#include "oc_stun_write.h"

bool oc_ice_has_consent(const oc_ice_t *ice, uint8_t pair, int64_t now_us) {
    return oc_ice_is_valid(ice, pair) && now_us - ice->pair[pair].answered_us < OC_ICE_EXPIRY_US;
}

bool oc_ice_allowed(const oc_ice_t *ice, uint8_t pair, unsigned kept) {
    const oc_ice_remote_t *remote = &ice->remote[ice->pair[pair].remote];
    if (remote->proof == OC_ICE_PROOF_RESPONSE)
        return true;
    if (remote->proof == OC_ICE_PROOF_REQUEST)
        return remote->sends + kept < OC_ICE_RECEIVED_SENDS;
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
        if (p->left == 1 && !(p->flags & OC_ICE_RECEIVED))
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
    return !ice->budget || oc_ice_budget_take(ice->budget, p->flags & OC_ICE_RECEIVED, now_us);
}

/* The common allowance is used up: the pair waits, and all ordinary ones with it. */
static bool postponed(oc_ice_t *ice, uint8_t pair, int64_t now_us) {
    oc_ice_pair_t *p = &ice->pair[pair];
    bool urgent = p->flags & OC_ICE_RECEIVED;
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

void oc_ice_request(oc_ice_t *ice, int64_t now_us) {
    if (!oc_ice_is_valid(ice, ice->selected) || ice->pair[ice->selected].flags & OC_ICE_AWAITING)
        return;
    ice->pair[ice->selected].flags |= OC_ICE_TRIGGERED;
    oc_ice_touch(ice, now_us);
}

int oc_ice_spend(oc_ice_t *ice, size_t len) {
    uint8_t pair = ice->first;
    if (pair == OC_ICE_NONE)
        return OC_ERR_BUSY;
    bool seen = ice->pair[pair].flags & OC_ICE_RECEIVED;
    if (!oc_ice_allowed(ice, pair, seen ? OC_ICE_RECEIVED_KEPT : 1)) {
        ice->stats.withheld++;
        return OC_ERR_BUSY;
    }
    if (!oc_ice_afford(ice, pair, len))
        return OC_ERR_BUSY;
    if (ice->budget) {
        if (!oc_ice_budget_take(ice->budget, seen, ice->now_us))
            return OC_ERR_BUSY;
        ice->spent++;
    }
    count_send(ice, pair);
    return OC_OK;
}

/* ---- requests and responses of the peer ---- */

/* The generation whose ufrag stands before the colon; -1. */

static int generation_of(const oc_ice_t *ice, oc_span_t username) {
    for (int g = 0; g < 2; g++) {
        const char *ufrag = ice->gen[g].ufrag;
        size_t len = strlen(ufrag);
        if (len && username.len > len && !memcmp(username.data, ufrag, len) &&
            username.data[len] == ':')
            return g;
    }
    return -1;
}

bool oc_ice_is_ours(const oc_ice_t *ice, oc_span_t username) {
    return generation_of(ice, username) >= 0;
}

static oc_ice_sent_t *find_sent(const oc_ice_t *ice, const uint8_t txid[12]) {
    for (unsigned i = 0; i < OC_ICE_CHECKS_MAX; i++)
        if (ice->sent[i].pair != OC_ICE_NONE && !memcmp(ice->sent[i].txid, txid, 12))
            return (oc_ice_sent_t *)&ice->sent[i];
    return NULL;
}

bool oc_ice_owns_txid(const oc_ice_t *ice, const uint8_t txid[12]) {
    return find_sent(ice, txid) != NULL;
}

static void reply(oc_ice_t *ice, const oc_stun_msg_t *msg, const oc_path_t *to, unsigned generation,
                  uint8_t pair, unsigned code) {
    if (ice->reply_count == OC_ICE_REPLIES_MAX)
        return; /* the peer asks again */
    unsigned at = (ice->reply_head + ice->reply_count++) % OC_ICE_REPLIES_MAX;
    oc_ice_reply_t *r = &ice->reply[at];
    *r = (oc_ice_reply_t){.to = *to,
                          .code = (uint16_t)code,
                          .unknown = msg->unknown_count ? msg->unknown[0] : 0,
                          .generation = (uint8_t)generation,
                          .pair = pair};
    memcpy(r->txid, msg->txid, sizeof r->txid);
}

/* RFC 8445 section 7.3.1.1. True: the request goes on, in our role as it is now. */
static bool settle_role(oc_ice_t *ice, const oc_stun_msg_t *msg) {
    bool conflict = ice->controlling ? OC_STUN_HAS(msg, OC_STUN_F_CONTROLLING)
                                     : OC_STUN_HAS(msg, OC_STUN_F_CONTROLLED);
    if (!conflict)
        return true;
    bool ours = ice->tie_breaker >= msg->tie_breaker; /* we are to be the controlling one */
    if (ours == ice->controlling)
        return false;
    oc_ice_switch_role(ice);
    return true;
}

/* The pair of a request, made when it is a new tuple (RFC 8445 section 7.3.1.3). */
static uint8_t pair_of(oc_ice_t *ice, const oc_stun_msg_t *msg, const oc_path_t *from,
                       unsigned generation) {
    uint8_t pair = oc_ice_find_pair(ice, from, generation);
    uint8_t local = oc_ice_find_local(ice, from);
    if (pair != OC_ICE_NONE || local == OC_ICE_NONE)
        return pair;
    uint8_t remote = oc_ice_find_remote(ice, &from->remote, generation);
    if (remote == OC_ICE_NONE) {
        oc_ice_remote_t made = {.addr = from->remote,
                                .priority = msg->priority,
                                .type = OC_CANDIDATE_PRFLX,
                                .generation = (uint8_t)generation};
        if (!OC_STUN_HAS(msg, OC_STUN_F_PRIORITY) || !made.priority)
            made.priority = oc_candidate_priority(OC_CANDIDATE_PRFLX, 0, 1);
        remote = oc_ice_make_remote(ice, &made);
        if (remote == OC_ICE_NONE)
            return OC_ICE_NONE;
    }
    return oc_ice_make_pair(ice, local, remote, true);
}

/* A check of our own back to where a request came from (RFC 8445 section 7.3.1.4). */
static void trigger(oc_ice_t *ice, uint8_t pair, int64_t now_us) {
    oc_ice_pair_t *p = &ice->pair[pair];
    bool before = p->flags & OC_ICE_RECEIVED;
    p->flags |= OC_ICE_RECEIVED;
    p->received_us = now_us;
    if (p->state == OC_ICE_IS_VALID) {
        if (!oc_ice_has_consent(ice, pair, now_us) || ice->selected == OC_ICE_NONE ||
            ice->pair[ice->selected].flags & OC_ICE_MUTE)
            p->flags |= OC_ICE_TRIGGERED;
        return;
    }
    oc_ice_remote_t *remote = &ice->remote[p->remote];
    if (remote->proof == OC_ICE_PROOF_NONE)
        remote->proof = OC_ICE_PROOF_REQUEST;
    remote->sends = 0;
    ice->first = pair; /* the best guess until one answers */
    if (p->left < OC_ICE_RECEIVED_SENDS)
        p->left = OC_ICE_RECEIVED_SENDS;
    if (before && p->state == OC_ICE_IS_CHECKING) {
        if (p->next_us > now_us + OC_ICE_RTO_MIN_US) /* one is on its way already */
            p->next_us = now_us + OC_ICE_RTO_MIN_US;
        return;
    }
    p->state = OC_ICE_IS_CHECKING;
    p->sends = 0;
    p->flags |= OC_ICE_TRIGGERED;
}

static int on_request(oc_ice_t *ice, const oc_stun_msg_t *msg, const oc_path_t *from,
                      int64_t now_us) {
    int generation = generation_of(ice, msg->username);
    if (generation < 0)
        return OC_ERR_NOENT;
    const char *pwd = ice->gen[generation].pwd;
    if (oc_stun_check_integrity(msg, oc_span(pwd, strlen(pwd))) != OC_OK)
        return OC_ERR_STALE;
    if (!oc_ice_address_allowed(&from->remote, ice->allow_loopback))
        return OC_ERR_NOTSUP;
    ice->stats.requests++;
    if (!ice->alive)
        ice->events |= 1u << OC_ICE_PEER_ALIVE;
    ice->alive = true;
    if (msg->unknown_count) {
        reply(ice, msg, from, (unsigned)generation, OC_ICE_NONE, OC_STUN_UNKNOWN_ATTRIBUTE);
        return OC_ICE_REQUEST;
    }
    if (!settle_role(ice, msg)) {
        reply(ice, msg, from, (unsigned)generation, OC_ICE_NONE, OC_STUN_ROLE_CONFLICT);
        return OC_ICE_REQUEST;
    }
    uint8_t pair = pair_of(ice, msg, from, (unsigned)generation);
    reply(ice, msg, from, (unsigned)generation, pair, 0);
    if (pair == OC_ICE_NONE)
        return OC_ICE_REQUEST;
    trigger(ice, pair, now_us);
    if (OC_STUN_HAS(msg, OC_STUN_F_USE_CANDIDATE) && !ice->controlling)
        oc_ice_nominated(ice, pair, now_us);
    return OC_ICE_REQUEST;
}

static void measure(oc_ice_t *ice, oc_ice_pair_t *p, int64_t sample_us) {
    uint32_t rtt = sample_us < 1                ? 1
                   : sample_us > UINT32_MAX / 8 ? UINT32_MAX / 8
                                                : (uint32_t)sample_us;
    p->rtt_us = p->rtt_us ? (7 * p->rtt_us + rtt) / 8 : rtt;
    ice->rtt_us = p->rtt_us;
}

static void on_success(oc_ice_t *ice, const oc_stun_msg_t *msg, uint8_t pair, unsigned flags,
                       int64_t now_us) {
    oc_ice_pair_t *p = &ice->pair[pair];
    bool first = p->state != OC_ICE_IS_VALID;
    int32_t left = ice->unconsented + p->spent + (first ? 0 : OC_ICE_EARNED);
    ice->unconsented = left < OC_ICE_UNCONSENTED ? left : OC_ICE_UNCONSENTED;
    p->spent = 0;
    p->answered_us = p->received_us = now_us;
    p->sends = 0;
    p->flags &= (uint8_t) ~(OC_ICE_AWAITING | OC_ICE_MUTE);
    if (first) {
        p->state = OC_ICE_IS_VALID;
        p->flags = (uint8_t)((p->flags & ~OC_ICE_TRIGGERED) | OC_ICE_ANNOUNCE);
        ice->events |= 1u << OC_ICE_PAIR_VALID;
    }
    oc_ice_answered(ice, pair, flags, first, now_us);
    if (pair != ice->selected || !msg->mapped.family)
        return;
    if (ice->mapped.family && !oc_addr_equal(&ice->mapped, &msg->mapped))
        ice->events |= 1u << OC_ICE_MAPPED;
    ice->mapped = msg->mapped;
}

/* 487: our role was the peer's too, and it is to have it (RFC 8445 section 7.2.5.1). */
static void on_error(oc_ice_t *ice, const oc_stun_msg_t *msg, uint8_t pair, unsigned flags) {
    oc_ice_pair_t *p = &ice->pair[pair];
    if (msg->error != OC_STUN_ROLE_CONFLICT)
        return;
    if (!(flags & OC_ICE_SENT_CONTROLLING) == !ice->controlling)
        oc_ice_switch_role(ice);
    p->flags |= OC_ICE_TRIGGERED;
    if (p->left < OC_ICE_SENDS)
        p->left = OC_ICE_SENDS;
}

static int on_response(oc_ice_t *ice, const oc_stun_msg_t *msg, const oc_path_t *from,
                       int64_t now_us) {
    oc_ice_sent_t *sent = find_sent(ice, msg->txid);
    if (!sent)
        return OC_ERR_NOENT;
    uint8_t pair = sent->pair;
    const oc_ice_generation_t *gen = &ice->gen[oc_ice_pair_generation(ice, pair)];
    oc_path_t path;
    oc_ice_pair_path(ice, pair, &path);
    if (path.via != from->via || !oc_addr_equal(&path.remote, &from->remote) ||
        oc_stun_check_integrity(msg, oc_span(gen->remote_key, gen->remote_key_len)) != OC_OK)
        return OC_ERR_STALE;
    unsigned flags = sent->flags;
    int64_t sent_us = sent->sent_us;
    sent->pair = OC_ICE_NONE;
    ice->stats.responses++;
    ice->remote[ice->pair[pair].remote].proof = OC_ICE_PROOF_RESPONSE;
    if (ice->budget && (flags & OC_ICE_SENT_PAID))
        oc_ice_budget_give(ice->budget);
    for (; ice->spent; ice->spent--)
        oc_ice_budget_give(ice->budget);
    measure(ice, &ice->pair[pair], now_us - sent_us);
    if (msg->cls == OC_STUN_SUCCESS)
        on_success(ice, msg, pair, flags, now_us);
    else
        on_error(ice, msg, pair, flags);
    return OC_ICE_RESPONSE;
}

int oc_ice_input(oc_ice_t *ice, const oc_path_t *from, oc_span_t datagram, int64_t now_us) {
    oc_stun_msg_t msg;
    oc_ice_touch(ice, now_us);
    int rc = OC_ERR_FORMAT;
    if (oc_stun_parse(datagram, &msg) == OC_OK && oc_stun_check_fingerprint(&msg) == OC_OK) {
        rc = OC_ERR_NOTSUP;
        if (msg.method != OC_STUN_BINDING)
            rc = OC_ERR_NOTSUP;
        else if (msg.cls == OC_STUN_REQUEST)
            rc = on_request(ice, &msg, from, now_us);
        else if (msg.cls == OC_STUN_INDICATION)
            rc = OC_ICE_OTHER;
        else
            rc = on_response(ice, &msg, from, now_us);
    }
    if (rc < 0)
        ice->stats.refused++;
    return rc;
}

/* ---- messages ---- */

#define USERNAME_MAX (OC_ICE_UFRAG_MAX + 1 + OC_ICE_OUR_UFRAG)

/* The priority that the peer is to give us if this check makes our address known to it: of type
 * peer-reflexive with the local preference of the base (RFC 8445 section 7.1.1). */
static uint32_t reflexive_priority(const oc_ice_t *ice, uint8_t pair) {
    return (uint32_t)OC_CANDIDATE_PREFER_PRFLX << 24 |
           (ice->local[ice->pair[pair].local].priority & 0xFFFFFF);
}

static int finish(oc_wr_t *w, oc_span_t key) {
    oc_stun_wr_integrity(w, key);
    oc_stun_wr_fingerprint(w);
    size_t len = oc_stun_wr_end(w);
    return len ? (int)len : OC_ERR_NOMEM;
}

int oc_ice_write_check(const oc_ice_t *ice, uint8_t pair, const uint8_t txid[12], uint8_t *buffer,
                       size_t size) {
    const oc_ice_generation_t *gen = &ice->gen[oc_ice_pair_generation(ice, pair)];
    char username[USERNAME_MAX];
    size_t theirs = strlen(gen->remote_ufrag), ours = strlen(gen->ufrag);
    oc_wr_t w = oc_wr(buffer, size);
    memcpy(username, gen->remote_ufrag, theirs);
    username[theirs] = ':';
    memcpy(username + theirs + 1, gen->ufrag, ours);
    oc_stun_wr_begin(&w, OC_STUN_BINDING, OC_STUN_REQUEST, txid);
    oc_stun_wr_bytes(&w, OC_STUN_USERNAME, username, theirs + 1 + ours);
    oc_stun_wr_u32(&w, OC_STUN_PRIORITY, reflexive_priority(ice, pair));
    oc_stun_wr_u64(&w, ice->controlling ? OC_STUN_ICE_CONTROLLING : OC_STUN_ICE_CONTROLLED,
                   ice->tie_breaker);
    if (oc_ice_uses(ice, pair))
        oc_stun_wr_flag(&w, OC_STUN_USE_CANDIDATE);
    return finish(&w, oc_span(gen->remote_key, gen->remote_key_len));
}

int oc_ice_write_reply(const oc_ice_t *ice, const oc_ice_reply_t *reply, uint8_t *buffer,
                       size_t size) {
    const char *pwd = ice->gen[reply->generation].pwd;
    oc_wr_t w = oc_wr(buffer, size);
    oc_stun_wr_begin(&w, OC_STUN_BINDING, reply->code ? OC_STUN_ERROR : OC_STUN_SUCCESS,
                     reply->txid);
    if (!reply->code)
        oc_stun_wr_addr(&w, OC_STUN_XOR_MAPPED_ADDRESS, &reply->to.remote);
    else
        oc_stun_wr_error(&w, reply->code,
                         reply->code == OC_STUN_ROLE_CONFLICT ? "Role Conflict"
                                                              : "Unknown Attribute");
    if (reply->code == OC_STUN_UNKNOWN_ATTRIBUTE) {
        oc_stun_msg_t of = {.unknown_count = 1, .unknown = {reply->unknown}};
        oc_stun_wr_unknown(&w, &of);
    }
    return finish(&w, oc_span(pwd, strlen(pwd)));
}
