/* oc_hub_output - whose datagram leaves next, and through what. Bytes for a relay are sealed right
 * behind the place of its header: they are not copied again. */
#include "oc_assert.h"
#include "oc_hub_impl.h"

/* The peer's data most likely goes through a relay: what comes in front of it then. */
static size_t likely_lead(const oc_hub_t *hub, const oc_peer_t *peer) {
    oc_path_t path;
    if (!hub->config.gather || !oc_ice_selected(oc_peer_ice((oc_peer_t *)(uintptr_t)peer), &path) ||
        !path.via)
        return 0;
    return oc_gather_lead(hub->config.gather, &path, hub->now_us);
}

/* Through a relay: wraps what stands `lead` bytes behind out, where it is if that is what the relay
 * needs. Returns the length at out, 0: it cannot go. */
static int relay(oc_hub_t *hub, uint8_t *out, size_t lead, int len, size_t size, oc_path_t *to) {
    uint8_t *start;
    oc_path_t wire;
    size_t needed = oc_gather_lead(hub->config.gather, to, hub->now_us);
    if (!needed || (size_t)len + needed + OC_TURN_TAILROOM > size)
        return 0;
    if (needed != lead)
        memmove(out + needed, out + lead, (size_t)len);
    int n = oc_gather_wrap(hub->config.gather, to, out + needed, (size_t)len, hub->now_us, &start,
                           &wire);
    if (n <= 0)
        return 0;
    oc_assert(start == out);
    *to = wire;
    return n;
}

static int peer_output(oc_hub_t *hub, uint8_t *out, size_t size, oc_path_t *to) {
    while (hub->list[LIST_OUTPUT].first != OC_HUB_NONE) {
        oc_hub_slot_t *slot = &hub->slot[hub->list[LIST_OUTPUT].first];
        if (hub->burst >= OC_HUB_QUANTUM) {
            hub->burst = 0;
            oc_hub_ready(hub, oc_hub_take(hub, LIST_OUTPUT), LIST_OUTPUT);
            continue;
        }
        size_t lead = likely_lead(hub, slot->peer);
        int n = oc_peer_poll_output(slot->peer, hub->now_us, out + lead, size - lead, to);
        if (n > 0) {
            hub->burst++;
            hub->fragment = oc_peer_may_fragment(slot->peer);
            oc_hub_know_output(hub, slot, out + lead, (size_t)n);
            if (to->via)
                n = relay(hub, out, lead, n, size, to);
            else if (lead)
                memmove(out, out + lead, (size_t)n);
            if (n > 0)
                return n;
            continue;
        }
        hub->burst = 0;
        (void)oc_hub_take(hub, LIST_OUTPUT);
        oc_hub_ready(hub, slot, LIST_EVENT);
        oc_hub_schedule(hub, slot);
    }
    return 0;
}

int oc_hub_poll_output(oc_hub_t *hub, int64_t now_us, uint8_t *out, size_t size, oc_path_t *to) {
    int n = 0;
    hub->now_us = now_us;
    hub->fragment = false;
    if (hub->config.gather)
        n = oc_gather_poll_output(hub->config.gather, now_us, out, size, to);
    if (n <= 0)
        n = peer_output(hub, out, size, to);
    if (n <= 0)
        return 0;
    hub->stats.datagrams_out++;
    hub->stats.bytes_out += (uint64_t)n;
    return n;
}

bool oc_hub_may_fragment(const oc_hub_t *hub) {
    return hub->fragment;
}
