#include "oc_turn_peer.h"

#include <assert.h>

#define NEVER INT64_MIN

_Static_assert((OC_TURN_PEERS & (OC_TURN_PEERS - 1)) == 0 && OC_TURN_PEERS <= 128,
               "bucket indices are u8 and masks");

/* Channel numbers are 0x4000 .. 0x4FFF (RFC 8656 section 12): the low bits are the place in the
 * table, the rest counts up, so that a number comes back after 4096 / OC_TURN_PEERS owners of a
 * place. */
#define FIRST_CHANNEL 0x4000u
#define GENERATIONS   (0x1000u / OC_TURN_PEERS)

/* now is inside of [since, since + span). */
static bool within(int64_t since_us, int64_t span_us, int64_t now_us) {
    return since_us != NEVER && now_us - since_us < span_us;
}

static unsigned place(const oc_turn_t *turn, const oc_turn_peer_t *peer) {
    return (unsigned)(peer - turn->peer);
}

static uint8_t *bucket_of(oc_turn_t *turn, const oc_addr_t *addr) {
    return &turn->bucket[oc_addr_hash(addr, turn->seed) & (OC_TURN_PEERS - 1)];
}

void oc_turn_peer_clear(oc_turn_t *turn) {
    memset(turn->peer, 0, sizeof turn->peer);
    memset(turn->bucket, 0, sizeof turn->bucket);
}

oc_turn_peer_t *oc_turn_peer_find(oc_turn_t *turn, const oc_addr_t *addr) {
    for (unsigned i = *bucket_of(turn, addr); i; i = turn->peer[i - 1].next)
        if (oc_addr_equal(&turn->peer[i - 1].addr, addr))
            return &turn->peer[i - 1];
    return NULL;
}

static void unlink_peer(oc_turn_t *turn, oc_turn_peer_t *peer) {
    uint8_t *link = bucket_of(turn, &peer->addr);
    while (*link != place(turn, peer) + 1) {
        assert(*link);
        link = &turn->peer[*link - 1].next;
    }
    *link = peer->next;
    peer->addr.family = 0;
}

/* A free place, or that of the peer that was not used for the longest time: first those without a
 * channel, as the server would go on naming the number of another. NULL: all are in use. */
static oc_turn_peer_t *make_room(oc_turn_t *turn, int64_t now_us) {
    oc_turn_peer_t *best = NULL;
    bool best_bound = true;
    for (unsigned i = 0; i < OC_TURN_PEERS; i++) {
        oc_turn_peer_t *p = &turn->peer[i];
        if (!p->addr.family)
            return p;
        if (p->asking || within(p->used_us, OC_TURN_IDLE_US, now_us))
            continue;
        bool bound = within(p->bound_us, OC_TURN_REBIND_US, now_us);
        if (!best || bound < best_bound || (bound == best_bound && p->used_us < best->used_us)) {
            best = p;
            best_bound = bound;
        }
    }
    if (best)
        unlink_peer(turn, best);
    return best;
}

/* A permission is of an IP address: one that another port of it has is shared. */
static int64_t permission_of_ip(const oc_turn_t *turn, const oc_addr_t *addr) {
    int64_t newest = NEVER;
    for (unsigned i = 0; i < OC_TURN_PEERS; i++) {
        const oc_turn_peer_t *p = &turn->peer[i];
        if (p->addr.family && p->permit_us > newest && oc_addr_same_ip(&p->addr, addr))
            newest = p->permit_us;
    }
    return newest;
}

oc_turn_peer_t *oc_turn_peer_take(oc_turn_t *turn, const oc_addr_t *addr, int64_t now_us) {
    oc_turn_peer_t *peer = oc_turn_peer_find(turn, addr);
    if (!peer) {
        int64_t permit_us = permission_of_ip(turn, addr);
        peer = make_room(turn, now_us);
        if (!peer)
            return NULL;
        uint8_t *bucket = bucket_of(turn, addr);
        *peer = (oc_turn_peer_t){.addr = *addr,
                                 .owners = peer->owners,
                                 .next = *bucket,
                                 .permit_us = permit_us,
                                 .bound_us = NEVER,
                                 .refused_us = NEVER,
                                 .unbound_us = NEVER};
        *bucket = (uint8_t)(place(turn, peer) + 1);
    }
    peer->used_us = now_us;
    return peer;
}

oc_turn_peer_t *oc_turn_peer_of_channel(oc_turn_t *turn, uint16_t number) {
    oc_turn_peer_t *peer = &turn->peer[number & (OC_TURN_PEERS - 1)];
    return peer->addr.family && peer->channel == number ? peer : NULL;
}

bool oc_turn_peer_knows_ip(const oc_turn_t *turn, const oc_addr_t *addr) {
    for (unsigned i = 0; i < OC_TURN_PEERS; i++)
        if (turn->peer[i].addr.family && oc_addr_same_ip(&turn->peer[i].addr, addr))
            return true;
    return false;
}

bool oc_turn_peer_is_bound(const oc_turn_peer_t *peer, int64_t now_us) {
    return within(peer->bound_us, OC_TURN_CHANNEL_US, now_us);
}

bool oc_turn_peer_is_refused(const oc_turn_peer_t *peer, int64_t now_us) {
    return within(peer->refused_us, OC_TURN_REFUSED_US, now_us);
}

oc_turn_need_t oc_turn_peer_need(const oc_turn_peer_t *peer, int64_t now_us) {
    if (!peer->addr.family || peer->asking || oc_turn_peer_is_refused(peer, now_us) ||
        !within(peer->used_us, OC_TURN_IDLE_US, now_us))
        return OC_TURN_NEED_NOTHING;
    if (oc_turn_peer_is_bound(peer, now_us))
        return within(peer->bound_us, OC_TURN_RENEW_US, now_us) ? OC_TURN_NEED_NOTHING
                                                                : OC_TURN_NEED_BIND;
    if (!within(peer->permit_us, OC_TURN_PERMIT_US, now_us))
        return OC_TURN_NEED_PERMIT;
    if (peer->heard && !within(peer->unbound_us, OC_TURN_REBIND_US, now_us))
        return OC_TURN_NEED_BIND;
    return within(peer->permit_us, OC_TURN_RENEW_US, now_us) ? OC_TURN_NEED_NOTHING
                                                             : OC_TURN_NEED_PERMIT;
}

void oc_turn_peer_number(oc_turn_t *turn, oc_turn_peer_t *peer) {
    if (!peer->channel)
        peer->channel = (uint16_t)(FIRST_CHANNEL + peer->owners++ % GENERATIONS * OC_TURN_PEERS +
                                   place(turn, peer));
}

int64_t oc_turn_peer_deadline(const oc_turn_t *turn, int64_t now_us) {
    int64_t deadline = INT64_MAX;
    for (unsigned i = 0; i < OC_TURN_PEERS; i++) {
        const oc_turn_peer_t *p = &turn->peer[i];
        if (!p->addr.family || p->asking)
            continue;
        if (oc_turn_peer_need(p, now_us) != OC_TURN_NEED_NOTHING)
            return now_us;
        int64_t last = oc_turn_peer_is_bound(p, now_us) ? p->bound_us : p->permit_us;
        /* later than that, its next use is what asks */
        if (last != NEVER && last + OC_TURN_RENEW_US > now_us && last + OC_TURN_RENEW_US < deadline)
            deadline = last + OC_TURN_RENEW_US;
    }
    return deadline;
}
