#include "oc_ice_impl.h"

#include "oc_random.h"

#define ANY_GENERATION 2

static bool is_relayed(const oc_ice_t *ice, uint8_t local, uint8_t remote) {
    return ice->local[local].via != 0 || ice->remote[remote].type == OC_CANDIDATE_RELAY;
}

bool oc_ice_is_relayed(const oc_ice_t *ice, uint8_t pair) {
    return is_relayed(ice, ice->pair[pair].local, ice->pair[pair].remote);
}

uint64_t oc_ice_pair_priority(const oc_ice_t *ice, uint8_t pair) {
    uint32_t ours = ice->local[ice->pair[pair].local].priority;
    uint32_t theirs = ice->remote[ice->pair[pair].remote].priority;
    uint32_t g = ice->controlling ? ours : theirs, d = ice->controlling ? theirs : ours;
    return ((uint64_t)(g < d ? g : d) << 32) + 2 * (uint64_t)(g > d ? g : d) + (g > d);
}

void oc_ice_pair_path(const oc_ice_t *ice, uint8_t pair, oc_path_t *out) {
    const oc_ice_local_t *local = &ice->local[ice->pair[pair].local];
    *out = (oc_path_t){.remote = ice->remote[ice->pair[pair].remote].addr, .via = local->via};
    if (!local->via)
        out->local = local->base;
}

/* Whether what came over `path` may have come to this address of ours. */
static bool is_local_of(const oc_ice_local_t *local, const oc_path_t *path) {
    if (local->base.family != path->remote.family || local->via != path->via)
        return false;
    return path->via || !path->local.family || oc_addr_same_ip(&local->base, &path->local);
}

uint8_t oc_ice_find_local(const oc_ice_t *ice, const oc_path_t *path) {
    uint8_t other = OC_ICE_NONE;
    for (uint8_t i = 0; i < OC_ICE_LOCAL_MAX; i++) {
        const oc_ice_local_t *local = &ice->local[i];
        if (!local->base.family)
            continue;
        if (is_local_of(local, path))
            return i;
        /* an address that we were not told of: our socket has it all the same */
        if (local->base.family == path->remote.family && local->via == path->via)
            other = i;
    }
    return other;
}

uint8_t oc_ice_find_remote(const oc_ice_t *ice, const oc_addr_t *addr, unsigned generation) {
    for (uint8_t i = 0; i < OC_ICE_REMOTE_MAX; i++) {
        const oc_ice_remote_t *remote = &ice->remote[i];
        if (remote->addr.family && remote->generation == generation &&
            oc_addr_equal(&remote->addr, addr))
            return i;
    }
    return OC_ICE_NONE;
}

uint8_t oc_ice_find_pair(const oc_ice_t *ice, const oc_path_t *path, unsigned generation) {
    uint8_t found = OC_ICE_NONE;
    uint8_t local = oc_ice_find_local(ice, path);
    for (uint8_t i = 0; i < OC_ICE_PAIRS_MAX; i++) {
        const oc_ice_pair_t *p = &ice->pair[i];
        if (p->state == OC_ICE_IS_FREE || p->state == OC_ICE_IS_GONE)
            continue;
        if (generation != ANY_GENERATION && oc_ice_pair_generation(ice, i) != generation)
            continue;
        if (p->local != local && !is_local_of(&ice->local[p->local], path))
            continue;
        if (!oc_addr_equal(&ice->remote[p->remote].addr, &path->remote))
            continue;
        if (found == OC_ICE_NONE || p->state > ice->pair[found].state)
            found = i; /* VALID is the highest state */
    }
    return found;
}

/* Nobody waits for it any more. */
static void detach(oc_ice_t *ice, uint8_t pair) {
    if (ice->nominating == pair)
        ice->nominating = OC_ICE_NONE;
    if (ice->selected == pair) {
        ice->selected = OC_ICE_NONE;
        ice->concluded = false;
    }
    for (unsigned i = 0; i < OC_ICE_CHECKS_MAX; i++)
        if (ice->sent[i].pair == pair)
            ice->sent[i].pair = OC_ICE_NONE;
    for (unsigned i = 0; i < OC_ICE_REPLIES_MAX; i++)
        if (ice->reply[i].pair == pair)
            ice->reply[i].pair = OC_ICE_NONE;
    if (ice->first == pair)
        ice->first = OC_ICE_NONE;
}

void oc_ice_free_pair(oc_ice_t *ice, uint8_t pair) {
    ice->pair[pair] = (oc_ice_pair_t){.next_us = INT64_MAX};
}

void oc_ice_notified_gone(oc_ice_t *ice, uint8_t pair) {
    oc_ice_pair_t *p = &ice->pair[pair];
    const oc_ice_remote_t *remote = &ice->remote[p->remote];
    if (!ice->local[p->local].base.family || remote->generation != ice->generation ||
        remote->type == OC_CANDIDATE_PRFLX) {
        oc_ice_free_pair(ice, pair);
        oc_ice_forget_remotes(ice);
        return;
    }
    p->state = OC_ICE_IS_FAILED;
    p->left = OC_ICE_SENDS;
}

/* Another pair stands for the same tuple: of the other generation, or from another address. */
static bool has_twin(const oc_ice_t *ice, uint8_t pair) {
    const oc_ice_pair_t *p = &ice->pair[pair];
    for (uint8_t i = 0; i < OC_ICE_PAIRS_MAX; i++) {
        const oc_ice_pair_t *q = &ice->pair[i];
        if (i == pair || q->state != OC_ICE_IS_VALID ||
            ice->local[q->local].via != ice->local[p->local].via)
            continue;
        if (oc_addr_equal(&ice->remote[q->remote].addr, &ice->remote[p->remote].addr))
            return true;
    }
    return false;
}

void oc_ice_drop_pair(oc_ice_t *ice, uint8_t pair) {
    oc_ice_pair_t *p = &ice->pair[pair];
    detach(ice, pair);
    bool notified = p->state == OC_ICE_IS_VALID && !(p->flags & OC_ICE_ANNOUNCE);
    if (!notified || has_twin(ice, pair)) {
        oc_ice_free_pair(ice, pair);
        return;
    }
    p->state = OC_ICE_IS_GONE;
    ice->events |= 1u << OC_ICE_PAIR_GONE;
    p->flags = 0;
    p->next_us = INT64_MAX;
}

static bool has_pair(const oc_ice_t *ice, uint8_t remote) {
    for (unsigned i = 0; i < OC_ICE_PAIRS_MAX; i++)
        if (ice->pair[i].state != OC_ICE_IS_FREE && ice->pair[i].remote == remote)
            return true;
    return false;
}

void oc_ice_forget_remotes(oc_ice_t *ice) {
    for (uint8_t i = 0; i < OC_ICE_REMOTE_MAX; i++) {
        oc_ice_remote_t *remote = &ice->remote[i];
        bool named = remote->generation == ice->generation && remote->type != OC_CANDIDATE_PRFLX;
        if (remote->addr.family && !named && !has_pair(ice, i))
            *remote = (oc_ice_remote_t){0};
    }
}

void oc_ice_sweep(oc_ice_t *ice, int64_t now_us) {
    bool old = false;
    for (uint8_t i = 0; i < OC_ICE_PAIRS_MAX; i++) {
        oc_ice_pair_t *p = &ice->pair[i];
        if (p->state == OC_ICE_IS_VALID && i != ice->selected && i != ice->nominating &&
            now_us - p->received_us >= OC_ICE_EXPIRY_US)
            oc_ice_drop_pair(ice, i);
        if (p->state != OC_ICE_IS_FREE && oc_ice_pair_generation(ice, i) != ice->generation)
            old = true;
    }
    oc_ice_forget_remotes(ice);
    if (!old) /* requests of the generation before are strangers' from now on */
        ice->gen[!ice->generation] = (oc_ice_generation_t){0};
}

/* The candidate with the least hope: a peer-reflexive one without a valid pair, silent for longest;
 * when all are valid, the one that was used least lately. */
static uint8_t worst_remote(const oc_ice_t *ice) {
    uint8_t worst = OC_ICE_NONE;
    int64_t worst_us = INT64_MAX;
    for (uint8_t r = 0; r < OC_ICE_REMOTE_MAX; r++) {
        int64_t received_us = INT64_MIN;
        bool in_use = ice->remote[r].type != OC_CANDIDATE_PRFLX;
        for (uint8_t i = 0; i < OC_ICE_PAIRS_MAX && !in_use; i++) {
            const oc_ice_pair_t *p = &ice->pair[i];
            if (p->state == OC_ICE_IS_FREE || p->remote != r)
                continue;
            in_use = i == ice->selected || i == ice->nominating || p->state == OC_ICE_IS_GONE ||
                     ice->now_us - p->received_us < OC_ICE_KEEP_US;
            if (p->received_us > received_us)
                received_us = p->received_us;
        }
        if (!in_use && received_us < worst_us) {
            worst = r;
            worst_us = received_us;
        }
    }
    return worst;
}

uint8_t oc_ice_make_remote(oc_ice_t *ice, const oc_ice_remote_t *remote) {
    for (unsigned round = 0; round < 2; round++) {
        for (uint8_t i = 0; i < OC_ICE_REMOTE_MAX; i++) {
            if (ice->remote[i].addr.family)
                continue;
            ice->remote[i] = *remote;
            return i;
        }
        uint8_t worst = round ? OC_ICE_NONE : worst_remote(ice);
        if (worst == OC_ICE_NONE)
            return OC_ICE_NONE;
        for (uint8_t i = 0; i < OC_ICE_PAIRS_MAX; i++)
            if (ice->pair[i].state != OC_ICE_IS_FREE && ice->pair[i].remote == worst)
                oc_ice_drop_pair(ice, i);
        oc_ice_forget_remotes(ice);
    }
    return OC_ICE_NONE;
}

/* A place in a full table, of a relayed or of a direct pair: of the failed one with the lowest
 * priority, else of the waiting one, when that is lower than `priority`. */
static uint8_t give_way(oc_ice_t *ice, bool relayed, uint64_t priority) {
    uint8_t worst = OC_ICE_NONE;
    bool worst_failed = false;
    for (uint8_t i = 0; i < OC_ICE_PAIRS_MAX; i++) {
        unsigned state = ice->pair[i].state;
        bool failed = state == OC_ICE_IS_FAILED;
        if ((!failed && state != OC_ICE_IS_WAITING) || oc_ice_is_relayed(ice, i) != relayed)
            continue;
        uint64_t at = oc_ice_pair_priority(ice, i);
        if (!failed && at >= priority)
            continue;
        bool worse = worst == OC_ICE_NONE || (failed && !worst_failed) ||
                     (failed == worst_failed && at < oc_ice_pair_priority(ice, worst));
        if (!worse)
            continue;
        worst = i;
        worst_failed = failed;
    }
    if (worst != OC_ICE_NONE)
        oc_ice_drop_pair(ice, worst);
    return worst;
}

/* The table is full: who has more than its share gives way, else a pair of the same kind. */
static uint8_t make_room(oc_ice_t *ice, const oc_ice_pair_t *made, unsigned relayed, bool seen) {
    bool kind = is_relayed(ice, made->local, made->remote);
    unsigned share = kind ? OC_ICE_RELAYED_MAX : OC_ICE_PAIRS_MAX - OC_ICE_RELAYED_MAX;
    if ((kind ? relayed : OC_ICE_PAIRS_MAX - relayed) < share)
        return give_way(ice, !kind, UINT64_MAX);
    uint32_t ours = ice->local[made->local].priority, theirs = ice->remote[made->remote].priority;
    uint64_t least = (uint64_t)(ours < theirs ? ours : theirs) << 32;
    return give_way(ice, kind, seen ? UINT64_MAX : least);
}

uint8_t oc_ice_make_pair(oc_ice_t *ice, uint8_t local, uint8_t remote, bool seen) {
    oc_ice_pair_t made = {.local = local,
                          .remote = remote,
                          .state = OC_ICE_IS_WAITING,
                          .left = OC_ICE_SENDS,
                          .next_us = ice->now_us,
                          .received_us = ice->now_us};
    uint8_t free = OC_ICE_NONE;
    unsigned relayed = 0;
    for (uint8_t i = 0; i < OC_ICE_PAIRS_MAX; i++) {
        const oc_ice_pair_t *p = &ice->pair[i];
        if (p->state == OC_ICE_IS_FREE) {
            free = free == OC_ICE_NONE ? i : free;
            continue;
        }
        if (p->local == local && p->remote == remote && p->state != OC_ICE_IS_GONE)
            return i;
        relayed += oc_ice_is_relayed(ice, i);
    }
    if (free == OC_ICE_NONE)
        free = make_room(ice, &made, relayed, seen);
    if (free != OC_ICE_NONE)
        ice->pair[free] = made;
    return free;
}

/* RFC 8445 section 6.1.2.2: one family, and link-local with link-local. */
static bool compatible(const oc_addr_t *a, const oc_addr_t *b) {
    if (a->family != b->family)
        return false;
    return a->family == 4 || oc_addr_is_link_local(a) == oc_addr_is_link_local(b);
}

void oc_ice_pair_local(oc_ice_t *ice, uint8_t local) {
    for (uint8_t r = 0; r < OC_ICE_REMOTE_MAX; r++) {
        const oc_ice_remote_t *remote = &ice->remote[r];
        if (remote->addr.family && remote->generation == ice->generation &&
            compatible(&ice->local[local].base, &remote->addr))
            oc_ice_make_pair(ice, local, r, false);
    }
}

void oc_ice_pair_remote(oc_ice_t *ice, uint8_t remote) {
    for (uint8_t l = 0; l < OC_ICE_LOCAL_MAX; l++) {
        const oc_ice_local_t *local = &ice->local[l];
        if (local->base.family && compatible(&local->base, &ice->remote[remote].addr))
            oc_ice_make_pair(ice, l, remote, false);
    }
}

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
    p->received_us = now_us; /* data in flight over it is still taken: OC_ICE_KEEP_US and more */
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
    int64_t at = p->received_us + OC_ICE_DOUBT_US;
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
    int64_t received_us = ice->pair[ice->selected].received_us;
    for (uint8_t i = 0; i < OC_ICE_PAIRS_MAX; i++)
        if (i != ice->selected && ice->pair[i].state == OC_ICE_IS_VALID &&
            ice->pair[i].received_us > received_us)
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
        int64_t received_us = p->received_us;
        unselect(ice, now_us);
        p->received_us = received_us;
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
