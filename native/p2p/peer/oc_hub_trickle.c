/* oc_hub_trickle - candidates of ours that are found after a description has left (RFC 8838). The
 * hub numbers what it knows of itself; each peer remembers up to which number it was told. */
#include "oc_hub_impl.h"

#include "oc_candidate_line.h"
#include "oc_err.h"

static bool is_same(const oc_hub_known_t *known, const oc_candidate_t *c) {
    return known->type == c->type && known->via == c->via && oc_addr_equal(&known->addr, &c->addr);
}

static bool is_listed(const oc_candidate_t *list, unsigned count, const oc_hub_known_t *known) {
    for (unsigned i = 0; i < count; i++)
        if (is_same(known, &list[i]))
            return true;
    return false;
}

void oc_hub_note_own(oc_hub_t *hub) {
    const oc_candidate_t *own = hub->own;
    unsigned n = oc_hub_own_candidates(hub), kept = 0;
    for (unsigned i = 0; i < hub->knowns; i++)
        if (is_listed(own, n, &hub->known[i]))
            hub->known[kept++] = hub->known[i];
    hub->knowns = kept;
    for (unsigned i = 0; i < n; i++) {
        bool is_known = false;
        for (unsigned k = 0; k < kept && !is_known; k++)
            is_known = is_same(&hub->known[k], &own[i]);
        if (!is_known)
            hub->known[hub->knowns++] =
                (oc_hub_known_t){own[i].addr, (uint8_t)own[i].type, own[i].via, ++hub->known_last};
    }
}

void oc_hub_notified_all(oc_hub_t *hub, oc_hub_slot_t *slot, bool settled) {
    slot->notified = hub->known_last;
    slot->end_due = slot->trickles && !settled;
}

/* What this peer was not told yet: the oldest; NULL: nothing. */
static const oc_hub_known_t *untold(const oc_hub_t *hub, const oc_hub_slot_t *slot) {
    const oc_hub_known_t *first = NULL;
    for (unsigned i = 0; i < hub->knowns; i++) {
        const oc_hub_known_t *k = &hub->known[i];
        if (k->number > slot->notified && (!first || k->number < first->number))
            first = k;
    }
    return first;
}

bool oc_hub_trickle(oc_hub_t *hub, oc_hub_slot_t *slot, oc_hub_event_t *out) {
    if (!slot->end_due)
        return false;
    const oc_hub_known_t *known = untold(hub, slot);
    if (!known && !oc_hub_settled(hub))
        return false;
    out->kind = OC_HUB_EVENT_CANDIDATE;
    memcpy(out->mid, slot->mid, sizeof out->mid);
    memset(&out->candidate, 0, sizeof out->candidate);
    out->end = !known;
    if (!known) {
        slot->end_due = false;
        return true;
    }
    slot->notified = known->number;
    unsigned n = oc_hub_own_candidates(hub);
    for (unsigned i = 0; i < n; i++)
        if (is_same(known, &hub->own[i]))
            out->candidate = hub->own[i];
    return true;
}

int oc_hub_candidate_line(oc_hub_t *hub, oc_hub_peer_t id, const oc_candidate_t *candidate,
                          char *out, size_t size) {
    oc_hub_slot_t *slot = oc_hub_slot(hub, id);
    if (!slot)
        return OC_ERR_NOENT;
    return oc_candidate_line_print(candidate, oc_ice_ufrag(oc_peer_ice(slot->peer)), out, size);
}
