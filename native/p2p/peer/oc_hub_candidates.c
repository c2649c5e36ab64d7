/* oc_hub_candidates - what we know of our own addresses, and who is told. */
#include "oc_hub_impl.h"

#include <stdio.h>
#include "oc_err.h"

/* Foundations tell which candidates share a fate: type, base, server (RFC 8445 section 5.1.1.3). */
static void foundation(oc_candidate_t *c, char kind, unsigned a, unsigned b) {
    snprintf(c->foundation, sizeof c->foundation, "%c%u%u", kind, a, b);
}

static oc_candidate_t host(const oc_hub_t *hub, unsigned i) {
    oc_candidate_t c = {.type = OC_CANDIDATE_HOST, .component = 1};
    c.addr = c.base = hub->local[i];
    c.priority = oc_candidate_priority(c.type, (uint16_t)(65535 - i), 1);
    foundation(&c, 'h', i, 0);
    return c;
}

/* The host address that a server-reflexive one stands for; NULL: none of that family. */
static const oc_addr_t *base_of(const oc_hub_t *hub, uint8_t family) {
    for (unsigned i = 0; i < hub->locals; i++)
        if (hub->local[i].family == family && !oc_addr_is_loopback(&hub->local[i]))
            return &hub->local[i];
    for (unsigned i = 0; i < hub->locals; i++)
        if (hub->local[i].family == family)
            return &hub->local[i];
    return NULL;
}

static bool listed(const oc_addr_t *list, unsigned count, const oc_addr_t *addr) {
    for (unsigned i = 0; i < count; i++)
        if (oc_addr_equal(&list[i], addr))
            return true;
    return false;
}

/* False: of no use to peers. */
static bool gathered(const oc_hub_t *hub, const oc_gather_candidate_t *g, oc_candidate_t *out) {
    oc_candidate_t c = {.component = 1, .addr = g->addr};
    uint16_t local = (uint16_t)(65535 - 2 * g->server - (g->addr.family == 4));
    if (g->kind == OC_GATHER_REFLEXIVE) {
        const oc_addr_t *base = base_of(hub, g->addr.family);
        if (!base || hub->config.relay_only || listed(hub->local, hub->locals, &g->addr))
            return false; /* the last: no NAT, it is a host candidate */
        c.type = OC_CANDIDATE_SRFLX;
        c.base = *base;
        foundation(&c, 's', g->server, g->addr.family);
    } else {
        c.type = OC_CANDIDATE_RELAY;
        c.via = g->via;
        c.base = g->addr;
        foundation(&c, 'r', g->server, g->via);
    }
    c.priority = oc_candidate_priority(c.type, local, 1);
    *out = c;
    return true;
}

unsigned oc_hub_own_candidates(oc_hub_t *hub) {
    oc_candidate_t *out = hub->own;
    oc_gather_candidate_t found[OC_HUB_GATHERED];
    unsigned n = 0;
    if (!hub->config.relay_only)
        for (unsigned i = 0; i < hub->locals; i++)
            out[n++] = host(hub, i);
    unsigned count =
        hub->config.gather ? oc_gather_candidates(hub->config.gather, found, OC_HUB_GATHERED) : 0;
    for (unsigned i = 0; i < count; i++)
        n += gathered(hub, &found[i], &out[n]);
    return n;
}

void oc_hub_add_candidates(oc_hub_t *hub, oc_hub_slot_t *slot, int64_t now_us) {
    unsigned n = oc_hub_own_candidates(hub);
    for (unsigned i = 0; i < n; i++) /* no room: the best ones came first */
        (void)oc_ice_add_local(oc_peer_ice(slot->peer), &hub->own[i], now_us);
}

bool oc_hub_settled(const oc_hub_t *hub) {
    return !hub->config.gather || oc_gather_settled(hub->config.gather);
}

void oc_hub_permit(oc_hub_t *hub, const oc_candidate_t *remote, int64_t now_us) {
    oc_gather_candidate_t found[OC_HUB_GATHERED];
    if (!hub->config.gather || !remote->addr.family)
        return;
    unsigned count = oc_gather_candidates(hub->config.gather, found, OC_HUB_GATHERED);
    for (unsigned i = 0; i < count; i++)
        if (found[i].kind == OC_GATHER_RELAYED && found[i].addr.family == remote->addr.family)
            (void)oc_gather_permit(hub->config.gather, found[i].via, &remote->addr, now_us);
}

/* Everybody who waited for gathering has waited enough. */
static void notify_waiting(oc_hub_t *hub) {
    for (unsigned i = 0; i < hub->slots; i++) {
        oc_hub_slot_t *slot = &hub->slot[i];
        if (slot->peer && slot->end_due) /* or told the first part: now the end */
            oc_hub_touched(hub, slot);
        if (!slot->peer || slot->gather_until_us == INT64_MAX)
            continue;
        slot->gather_until_us = INT64_MAX;
        slot->described = slot->notify_description = true;
        oc_hub_touched(hub, slot);
    }
}

void oc_hub_gathered(oc_hub_t *hub, int64_t now_us) {
    bool settled = oc_hub_settled(hub);
    if (settled && !hub->settled)
        notify_waiting(hub);
    hub->settled = settled;
}

void oc_hub_stream(oc_hub_t *hub, uint8_t via, bool up, int64_t now_us) {
    hub->now_us = now_us;
    if (!hub->config.gather)
        return;
    oc_gather_stream(hub->config.gather, via, up, now_us);
    oc_hub_gathered(hub, now_us);
}

static void each_peer(oc_hub_t *hub, const oc_gather_event_t *event, int64_t now_us) {
    oc_candidate_t c;
    bool use = gathered(hub, &event->candidate, &c);
    for (unsigned i = 0; use && i < hub->slots; i++) {
        oc_hub_slot_t *slot = &hub->slot[i];
        if (!slot->peer)
            continue;
        if (event->kind == OC_GATHER_CANDIDATE)
            (void)oc_ice_add_local(oc_peer_ice(slot->peer), &c, now_us);
        else if (c.via)
            oc_ice_remove_local(oc_peer_ice(slot->peer), c.via, &c.base, now_us);
        oc_hub_touched(hub, slot);
    }
}

int oc_hub_gather_event(oc_hub_t *hub, oc_hub_event_t *out) {
    if (!hub->config.gather || oc_gather_poll_event(hub->config.gather, &out->gather) != OC_OK)
        return OC_AGAIN;
    oc_gather_event_kind_t kind = out->gather.kind;
    if (kind == OC_GATHER_CANDIDATE || kind == OC_GATHER_LOST) {
        oc_hub_note_own(hub);
        each_peer(hub, &out->gather, hub->now_us);
    }
    if (kind == OC_GATHER_CHANGED)
        oc_hub_moved(hub);
    oc_hub_gathered(hub, hub->now_us);
    out->kind = OC_HUB_EVENT_GATHER;
    out->id = 0;
    out->memory = NULL;
    return OC_OK;
}

/* What of the first list is not in the second is no longer an address of the peer's, and back. */
static void update_local(oc_hub_t *hub, oc_hub_slot_t *slot, const oc_addr_t *before,
                         unsigned befores) {
    for (unsigned k = 0; k < befores; k++)
        if (!listed(hub->local, hub->locals, &before[k]))
            oc_ice_remove_local(oc_peer_ice(slot->peer), 0, &before[k], hub->now_us);
    for (unsigned k = 0; k < hub->locals; k++)
        if (!listed(before, befores, &hub->local[k])) {
            oc_candidate_t c = host(hub, k);
            (void)oc_ice_add_local(oc_peer_ice(slot->peer), &c, hub->now_us);
        }
    oc_hub_touched(hub, slot);
}

void oc_hub_set_local(oc_hub_t *hub, const oc_addr_t *addrs, unsigned count, int64_t now_us) {
    oc_addr_t before[OC_HUB_LOCAL];
    unsigned befores = hub->locals, same = 0;
    memcpy(before, hub->local, sizeof before);
    hub->now_us = now_us;
    hub->locals = count < OC_HUB_LOCAL ? count : OC_HUB_LOCAL;
    memcpy(hub->local, addrs, hub->locals * sizeof *addrs);
    for (unsigned i = 0; i < hub->locals; i++)
        same += listed(before, befores, &hub->local[i]);
    if (same == hub->locals && same == befores)
        return;
    oc_hub_note_own(hub);
    for (unsigned i = 0; i < hub->slots && !hub->config.relay_only; i++)
        if (hub->slot[i].peer)
            update_local(hub, &hub->slot[i], before, befores);
    if (!befores)
        return; /* the first ones */
    oc_hub_again(hub, now_us);
    oc_hub_moved(hub);
}
