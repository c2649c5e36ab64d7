#include "oc_crypto.h"
#include "oc_err.h"
#include "oc_ice_impl.h"
#include "oc_random.h"

#define PROBES_MAX    10
#define PROBE_MAX_MS  255000
#define UFRAG_MIN     4 /* RFC 8839 section 5.4 */
#define PWD_MIN       22
#define NO_GENERATION 2
#define PAIR_EVENTS   (1u << OC_ICE_PAIR_VALID | 1u << OC_ICE_PAIR_GONE) /* look at the pairs */

/* Characters that RFC 8839 calls ice-char. */
static void random_text(char *out, unsigned len) {
    static const char chars[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint8_t random[OC_ICE_OUR_PWD];
    oc_random(random, len);
    for (unsigned i = 0; i < len; i++)
        out[i] = chars[random[i] & 63];
    out[len] = '\0';
    oc_crypto_wipe(random, sizeof random);
}

static void make_credentials(oc_ice_generation_t *gen) {
    oc_crypto_wipe(gen, sizeof *gen);
    random_text(gen->ufrag, OC_ICE_OUR_UFRAG);
    random_text(gen->pwd, OC_ICE_OUR_PWD);
}

int oc_ice_init(oc_ice_t *ice, const oc_ice_config_t *config, int64_t now_us) {
    if (config->probes > PROBES_MAX || config->probe_ms > PROBE_MAX_MS)
        return OC_ERR_RANGE;
    *ice = (oc_ice_t){.budget = config->budget,
                      .consent_us = OC_ICE_CONSENT_US,
                      .probe_us = (int64_t)config->probe_ms * 1000,
                      .give_up_us = config->give_up_ms ? (int64_t)config->give_up_ms * 1000
                                                       : OC_ICE_GIVE_UP_US,
                      .now_us = now_us,
                      .idle_us = INT64_MIN,
                      .paced_us = now_us,
                      .fail_us = INT64_MAX,
                      .nominate_us = INT64_MAX,
                      .unconsented = OC_ICE_UNCONSENTED,
                      .selected = OC_ICE_NONE,
                      .nominating = OC_ICE_NONE,
                      .first = OC_ICE_NONE,
                      .probes = config->probes,
                      .controlling = config->controlling,
                      .allow_loopback = config->allow_loopback};
    oc_random(&ice->tie_breaker, sizeof ice->tie_breaker);
    make_credentials(&ice->gen[0]);
    for (uint8_t i = 0; i < OC_ICE_PAIRS_MAX; i++)
        oc_ice_free_pair(ice, i);
    for (unsigned i = 0; i < OC_ICE_CHECKS_MAX; i++)
        ice->sent[i].pair = OC_ICE_NONE;
    return OC_OK;
}

int oc_ice_configure(oc_ice_t *ice, uint32_t probe_ms, uint8_t probes, int64_t now_us) {
    if (probes > PROBES_MAX || probe_ms > PROBE_MAX_MS)
        return OC_ERR_RANGE;
    oc_ice_touch(ice, now_us);
    ice->probe_us = (int64_t)probe_ms * 1000;
    ice->probes = probes;
    ice->silent = false;
    if (ice->selected == OC_ICE_NONE)
        return OC_OK;
    oc_ice_pair_t *p = &ice->pair[ice->selected];
    int64_t next_us = oc_ice_consent_time(ice, now_us);
    if (!(p->flags & OC_ICE_AWAITING) && next_us < p->next_us)
        p->next_us = next_us;
    return OC_OK;
}

void oc_ice_again(oc_ice_t *ice, int64_t now_us) {
    oc_ice_touch(ice, now_us);
    oc_ice_wake_pairs(ice, now_us);
    if (ice->selected != OC_ICE_NONE)
        ice->pair[ice->selected].flags |= OC_ICE_TRIGGERED;
}

void oc_ice_deinit(oc_ice_t *ice) {
    oc_crypto_wipe(ice->gen, sizeof ice->gen);
}

const char *oc_ice_ufrag(const oc_ice_t *ice) {
    return ice->gen[ice->generation].ufrag;
}

const char *oc_ice_pwd(const oc_ice_t *ice) {
    return ice->gen[ice->generation].pwd;
}

/* min .. max characters that cannot end a USERNAME's half; more than ice-char, as some peers do. */
static bool is_text(const char *text, size_t min, size_t max) {
    size_t len = 0;
    for (; text[len]; len++)
        if (len == max || text[len] <= ' ' || text[len] > '~' || text[len] == ':')
            return false;
    return len >= min;
}

/* What HMAC-SHA1 makes of a key: a long one is hashed first (RFC 2104), so its hash is kept. */
static uint8_t make_key(const char *pwd, uint8_t key[OC_ICE_KEY_MAX]) {
    oc_span_t text = oc_span(pwd, strlen(pwd));
    if (text.len <= OC_ICE_KEY_MAX) {
        memcpy(key, text.data, text.len);
        return (uint8_t)text.len;
    }
    oc_hash(OC_HASH_SHA1, &text, 1, key);
    return (uint8_t)oc_hash_size(OC_HASH_SHA1);
}

int oc_ice_set_remote(oc_ice_t *ice, const char *ufrag, const char *pwd, bool lite,
                      int64_t now_us) {
    oc_ice_generation_t *gen = &ice->gen[ice->generation];
    uint8_t key[OC_ICE_KEY_MAX];
    if (!is_text(ufrag, UFRAG_MIN, OC_ICE_UFRAG_MAX) || !is_text(pwd, PWD_MIN, OC_ICE_PWD_MAX))
        return OC_ERR_FORMAT;
    uint8_t len = make_key(pwd, key);
    if (gen->remote_ufrag[0])
        return !strcmp(gen->remote_ufrag, ufrag) && gen->remote_key_len == len &&
                       oc_crypto_equal(gen->remote_key, key, len)
                   ? OC_OK
                   : OC_ERR_STATE;
    memcpy(gen->remote_ufrag, ufrag, strlen(ufrag) + 1);
    memcpy(gen->remote_key, key, len);
    gen->remote_key_len = len;
    oc_crypto_wipe(key, sizeof key);
    oc_ice_touch(ice, now_us);
    if (lite && !ice->controlling)
        oc_ice_switch_role(ice); /* RFC 8445 section 6.1.1: a full agent controls a lite one */
    if (ice->selected == OC_ICE_NONE)
        ice->fail_us = now_us + ice->give_up_us;
    return OC_OK;
}

/* A pair, maybe only one whose end is still to be told, holds it. */
static bool is_used(const oc_ice_t *ice, uint8_t local) {
    for (unsigned i = 0; i < OC_ICE_PAIRS_MAX; i++)
        if (ice->pair[i].state != OC_ICE_IS_FREE && ice->pair[i].local == local)
            return true;
    return false;
}

int oc_ice_add_local(oc_ice_t *ice, const oc_candidate_t *candidate, int64_t now_us) {
    bool own = candidate->type == OC_CANDIDATE_HOST || candidate->type == OC_CANDIDATE_RELAY;
    const oc_addr_t *base = own ? &candidate->addr : &candidate->base;
    uint32_t priority =
        own ? candidate->priority
            : oc_candidate_priority(OC_CANDIDATE_HOST, (uint16_t)(candidate->priority >> 8), 1);
    uint8_t free = OC_ICE_NONE;
    unsigned hosts = 0;
    if (!base->family)
        return OC_ERR_INVAL;
    oc_ice_touch(ice, now_us);
    for (uint8_t i = 0; i < OC_ICE_LOCAL_MAX; i++) {
        const oc_ice_local_t *local = &ice->local[i];
        if (!local->base.family)
            free = free == OC_ICE_NONE && !is_used(ice, i) ? i : free;
        else if (local->via == candidate->via && oc_addr_equal(&local->base, base))
            return OC_OK;
        hosts += local->base.family && !local->via;
    }
    if (free == OC_ICE_NONE || (!candidate->via && hosts == OC_ICE_HOST_MAX))
        return OC_ERR_BUSY;
    ice->local[free] = (oc_ice_local_t){.base = *base, .priority = priority, .via = candidate->via};
    oc_ice_pair_local(ice, free);
    return OC_OK;
}

void oc_ice_remove_local(oc_ice_t *ice, uint8_t via, const oc_addr_t *base, int64_t now_us) {
    oc_ice_touch(ice, now_us);
    bool was = ice->selected != OC_ICE_NONE;
    for (uint8_t l = 0; l < OC_ICE_LOCAL_MAX; l++) {
        oc_ice_local_t *local = &ice->local[l];
        if (!local->base.family || local->via != via ||
            (base->family && !oc_addr_equal(&local->base, base)))
            continue;
        for (uint8_t i = 0; i < OC_ICE_PAIRS_MAX; i++)
            if (ice->pair[i].state != OC_ICE_IS_FREE && ice->pair[i].local == l)
                oc_ice_drop_pair(ice, i);
        local->base.family = 0; /* the rest stays for the path of event PAIR_GONE */
    }
    if (was && ice->selected == OC_ICE_NONE)
        oc_ice_reselect(ice, now_us);
}

static void keep_proof(oc_ice_remote_t *remote, const oc_ice_remote_t *made) {
    uint8_t proof = remote->proof, sends = remote->sends;
    *remote = *made;
    remote->proof = proof;
    remote->sends = sends;
}

int oc_ice_add_remote(oc_ice_t *ice, const oc_candidate_t *candidate, int64_t now_us) {
    if (candidate->component != 1)
        return OC_ERR_NOTSUP;
    if (!candidate->addr.family)
        return candidate->mdns[0] ? OC_AGAIN : OC_ERR_INVAL;
    if (!oc_ice_address_allowed(&candidate->addr, ice->allow_loopback))
        return OC_ERR_INVAL;
    oc_ice_touch(ice, now_us);
    oc_ice_remote_t made = {.addr = candidate->addr,
                            .priority = candidate->priority,
                            .type = (uint8_t)candidate->type,
                            .generation = ice->generation};
    uint8_t remote = oc_ice_find_remote(ice, &candidate->addr, ice->generation);
    if (remote != OC_ICE_NONE) {
        if (ice->remote[remote].type == OC_CANDIDATE_PRFLX)
            keep_proof(&ice->remote[remote], &made); /* a check was faster than the description */
    } else {
        remote = oc_ice_make_remote(ice, &made);
        if (remote == OC_ICE_NONE)
            return OC_ERR_BUSY;
    }
    oc_ice_pair_remote(ice, remote);
    return OC_OK;
}

/* Keeps the selected pair of a generation and those heard last, drops its others. */
static void keep_some(oc_ice_t *ice, unsigned generation) {
    for (;;) {
        uint8_t worst = OC_ICE_NONE;
        unsigned count = 0;
        for (uint8_t i = 0; i < OC_ICE_PAIRS_MAX; i++) {
            const oc_ice_pair_t *p = &ice->pair[i];
            if (p->state == OC_ICE_IS_FREE || p->state == OC_ICE_IS_GONE ||
                oc_ice_pair_generation(ice, i) != generation)
                continue;
            count++;
            if (i == ice->selected)
                continue;
            if (worst == OC_ICE_NONE || p->state < ice->pair[worst].state ||
                (p->state == ice->pair[worst].state &&
                 p->received_us < ice->pair[worst].received_us))
                worst = i;
        }
        bool open = worst != OC_ICE_NONE && ice->pair[worst].state != OC_ICE_IS_VALID;
        if (worst == OC_ICE_NONE || (!open && count <= OC_ICE_KEPT_MAX))
            return;
        oc_ice_drop_pair(ice, worst);
    }
}

void oc_ice_restart(oc_ice_t *ice, int64_t now_us) {
    uint8_t old = ice->generation;
    if (ice->selected != OC_ICE_NONE)
        old = (uint8_t)oc_ice_pair_generation(ice, ice->selected);
    uint8_t made = !old;
    oc_ice_touch(ice, now_us);
    for (uint8_t i = 0; i < OC_ICE_PAIRS_MAX; i++)
        if (ice->pair[i].state != OC_ICE_IS_FREE && oc_ice_pair_generation(ice, i) == made)
            oc_ice_drop_pair(ice, i);
    for (unsigned i = 0; i < OC_ICE_REMOTE_MAX; i++)
        if (ice->remote[i].generation == made)
            ice->remote[i].generation = NO_GENERATION;
    keep_some(ice, old);
    ice->nominating = ice->first = OC_ICE_NONE;
    ice->nominate_us = ice->fail_us = INT64_MAX;
    ice->unconsented = OC_ICE_UNCONSENTED;
    ice->concluded = false;
    ice->generation = made;
    make_credentials(&ice->gen[made]);
    oc_ice_forget_remotes(ice);
}

static void event_path(const oc_ice_t *ice, uint8_t pair, oc_ice_event_t *event) {
    oc_ice_pair_path(ice, pair, &event->path);
    event->rtt_us = ice->pair[pair].rtt_us;
}

/* The next event of a pair. */
static bool poll_pair(oc_ice_t *ice, oc_ice_event_t *event) {
    for (uint8_t i = 0; i < OC_ICE_PAIRS_MAX; i++) {
        oc_ice_pair_t *p = &ice->pair[i];
        bool gone = p->state == OC_ICE_IS_GONE;
        if (!gone && !(p->flags & OC_ICE_ANNOUNCE))
            continue;
        event->kind = gone ? OC_ICE_PAIR_GONE : OC_ICE_PAIR_VALID;
        event_path(ice, i, event);
        p->flags &= (uint8_t)~OC_ICE_ANNOUNCE;
        if (gone)
            oc_ice_notified_gone(ice, i);
        return true;
    }
    ice->events &= (uint16_t)~PAIR_EVENTS;
    return false;
}

int oc_ice_poll_event(oc_ice_t *ice, oc_ice_event_t *event) {
    *event = (oc_ice_event_t){.kind = OC_ICE_PEER_ALIVE, .mapped = ice->mapped};
    if (!(ice->events & 1u << OC_ICE_PEER_ALIVE) && ice->events & PAIR_EVENTS &&
        poll_pair(ice, event))
        return OC_OK;
    static const uint8_t order[] = {OC_ICE_PEER_ALIVE, OC_ICE_CONSENT_LOST, OC_ICE_SELECTED,
                                    OC_ICE_SILENT,     OC_ICE_MAPPED,       OC_ICE_FAILED,
                                    OC_ICE_ROLE};
    for (unsigned i = 0; i < sizeof order; i++) {
        if (!(ice->events & 1u << order[i]))
            continue;
        ice->events &= (uint16_t) ~(1u << order[i]);
        event->kind = order[i];
        if (ice->selected != OC_ICE_NONE)
            event_path(ice, ice->selected, event);
        return OC_OK;
    }
    return OC_AGAIN;
}

bool oc_ice_path_valid(const oc_ice_t *ice, const oc_path_t *path) {
    if (ice->selected != OC_ICE_NONE) { /* nearly always */
        const oc_ice_pair_t *p = &ice->pair[ice->selected];
        if (ice->local[p->local].via == path->via &&
            oc_addr_equal(&ice->remote[p->remote].addr, &path->remote))
            return true;
    }
    return oc_ice_is_valid(ice, oc_ice_find_pair(ice, path, 2));
}

bool oc_ice_selected(const oc_ice_t *ice, oc_path_t *path) {
    if (ice->selected == OC_ICE_NONE)
        return false;
    oc_ice_pair_path(ice, ice->selected, path);
    return true;
}

uint32_t oc_ice_rtt_us(const oc_ice_t *ice) {
    uint32_t rtt = ice->selected != OC_ICE_NONE ? ice->pair[ice->selected].rtt_us : 0;
    return rtt ? rtt : ice->rtt_us;
}

int64_t oc_ice_silent_us(const oc_ice_t *ice, int64_t now_us) {
    if (ice->selected == OC_ICE_NONE || !(ice->pair[ice->selected].flags & OC_ICE_MUTE))
        return 0;
    return now_us - ice->pair[ice->selected].answered_us;
}

bool oc_ice_is_controlling(const oc_ice_t *ice) {
    return ice->controlling;
}
