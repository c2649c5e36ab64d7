#include "oc_err.h"
#include "oc_ice_impl.h"
#include "oc_stun.h"

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
    bool before = p->flags & OC_ICE_HEARD;
    p->flags |= OC_ICE_HEARD;
    p->heard_us = now_us;
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
    if (p->left < OC_ICE_HEARD_SENDS)
        p->left = OC_ICE_HEARD_SENDS;
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
    p->answered_us = p->heard_us = now_us;
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
