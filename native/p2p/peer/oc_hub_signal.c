/* oc_hub_signal - offers, answers and candidates of peers. */
#include "oc_hub_impl.h"

#include "oc_candidate_line.h"
#include "oc_err.h"

static int parse(oc_span_t text, oc_sdp_kind_t kind, oc_sdp_t *out, const char **why) {
    int rc = oc_sdp_parse(text, kind, out);
    oc_sctp_init_chunk_t init;
    oc_span_t bytes = oc_span(out->sctp_init, out->sctp_init_len);
    if (rc == OC_OK && bytes.len && oc_sctp_snap_parse(bytes, &init) != OC_OK) {
        out->error = "sctp-init: no INIT chunk of SCTP";
        rc = OC_ERR_FORMAT;
    }
    if (why)
        *why = rc == OC_OK ? NULL : out->error;
    return rc;
}

/* A name that the host must look up; false: there were as many already, also of candidates that
 * came later. */
static bool look_up(oc_hub_slot_t *slot, const oc_candidate_t *c) {
    if (slot->names_taken == OC_HUB_RESOLVE)
        return false;
    slot->names_taken++;
    memcpy(slot->name[slot->names], c->mdns, sizeof c->mdns);
    slot->port[slot->names++] = c->addr.port;
    return true;
}

/* Names that the host must look up, and permissions at our relays. */
static void take_remote(oc_hub_t *hub, oc_hub_slot_t *slot, const oc_sdp_t *remote,
                        int64_t now_us) {
    slot->names = slot->names_taken = 0;
    for (unsigned i = 0; i < remote->candidates; i++) {
        const oc_candidate_t *c = &remote->candidate[i];
        if (!c->addr.family && c->mdns[0])
            (void)look_up(slot, c);
        oc_hub_permit(hub, c, now_us);
    }
}

/* Whether the other end takes candidates of ours later; the mid that they are for. */
static bool trickles(const oc_hub_t *hub, oc_hub_slot_t *slot, const oc_sdp_t *remote) {
    memcpy(slot->mid, remote->mid, sizeof slot->mid);
    slot->trickles = remote->trickle && !remote->end_of_candidates && !hub->config.whole;
    return slot->trickles;
}

/* When our description can be read: now, or after some gathering. */
static void wait_for_gathering(oc_hub_t *hub, oc_hub_slot_t *slot, bool trickle, int64_t now_us) {
    slot->described = oc_hub_settled(hub);
    slot->end_due = false;
    hub->settled = slot->described;
    slot->gather_until_us =
        slot->described ? INT64_MAX : now_us + (trickle ? OC_HUB_TRICKLE_US : OC_HUB_GATHER_US);
    slot->version++;
    oc_hub_touched(hub, slot);
}

/* Who has not answered for the longest; NULL: nobody for OC_HUB_SILENT_US. */
static oc_hub_slot_t *max_silent(oc_hub_t *hub) {
    oc_hub_slot_t *found = NULL;
    int64_t longest_us = OC_HUB_SILENT_US;
    for (unsigned i = 0; i < hub->slots; i++) {
        if (!hub->slot[i].peer || hub->slot[i].displaced)
            continue;
        int64_t us = oc_peer_silent_us(hub->slot[i].peer, hub->now_us);
        if (us < longest_us)
            continue;
        found = &hub->slot[i];
        longest_us = us;
    }
    return found;
}

/* Whether nobody can be taken in; who was displaced keeps its slot until its last event is polled.
 */
static bool full(oc_hub_t *hub) {
    bool places = hub->peers - hub->displaced < hub->config.peers;
    oc_hub_slot_t *slot = NULL;
    if (hub->half_open < OC_HUB_HALF_OPEN && hub->peers < hub->slots) {
        if (places)
            return false;
        slot = max_silent(hub);
    }
    if (!slot) {
        hub->stats.refused_busy++;
        return true;
    }
    oc_peer_displace(slot->peer, hub->now_us);
    slot->displaced = true;
    hub->displaced++;
    oc_hub_touched(hub, slot);
    return false;
}

/* Gives a new peer up again before anybody heard of it; the memory stays the caller's. */
static void drop(oc_hub_t *hub, oc_hub_slot_t *slot) {
    oc_hub_slot_free(hub, slot);
}

int oc_hub_offer(oc_hub_t *hub, oc_span_t sdp, void *memory, int64_t now_us, oc_hub_peer_t *id,
                 const char **why) {
    oc_sdp_t *remote = &hub->sdp;
    hub->now_us = now_us;
    hub->stats.offers++;
    int rc = parse(sdp, OC_SDP_OFFER, remote, why);
    if (rc != OC_OK)
        return rc;
    oc_hub_slot_t *slot = full(hub) ? NULL : oc_hub_slot_new(hub, memory, false, now_us);
    if (!slot) {
        if (why)
            *why = "too many peers";
        return OC_ERR_BUSY;
    }
    oc_hub_add_candidates(hub, slot, now_us);
    rc = oc_peer_set_remote(slot->peer, remote, now_us);
    if (rc != OC_OK) {
        drop(hub, slot);
        if (why)
            *why = oc_err_text(rc);
        return rc;
    }
    take_remote(hub, slot, remote, now_us);
    wait_for_gathering(hub, slot, trickles(hub, slot, remote), now_us);
    *id = slot->id;
    return OC_OK;
}

/* The other end's credentials changed or ours: the tables follow. */
static int set_remote(oc_hub_t *hub, oc_hub_slot_t *slot, const oc_sdp_t *remote, int64_t now_us) {
    char before[OC_ICE_OUR_UFRAG + 1];
    memcpy(before, oc_ice_ufrag(oc_peer_ice(slot->peer)), sizeof before);
    int rc = oc_peer_set_remote(slot->peer, remote, now_us);
    if (rc == OC_OK) {
        if (strcmp(before, oc_ice_ufrag(oc_peer_ice(slot->peer))) != 0)
            oc_hub_know_ufrag(hub, slot);
        oc_hub_add_candidates(hub, slot, now_us);
        take_remote(hub, slot, remote, now_us);
    }
    oc_hub_touched(hub, slot);
    return rc;
}

int oc_hub_reoffer(oc_hub_t *hub, oc_hub_peer_t id, oc_span_t sdp, int64_t now_us,
                   const char **why) {
    oc_hub_slot_t *slot = oc_hub_slot(hub, id);
    oc_sdp_t *remote = &hub->sdp;
    hub->now_us = now_us;
    hub->stats.offers++;
    if (!slot)
        return OC_ERR_NOENT;
    int rc = parse(sdp, OC_SDP_OFFER, remote, why);
    if (rc == OC_OK)
        rc = set_remote(hub, slot, remote, now_us);
    if (rc == OC_OK)
        wait_for_gathering(hub, slot, trickles(hub, slot, remote), now_us);
    return rc;
}

int oc_hub_connect(oc_hub_t *hub, void *memory, int64_t now_us, oc_hub_peer_t *id) {
    hub->now_us = now_us;
    oc_hub_slot_t *slot = full(hub) ? NULL : oc_hub_slot_new(hub, memory, true, now_us);
    if (!slot)
        return OC_ERR_BUSY;
    memcpy(slot->mid, OC_SDP_MID_OFFERED, sizeof OC_SDP_MID_OFFERED);
    slot->trickles = !hub->config.whole;
    oc_hub_add_candidates(hub, slot, now_us);
    wait_for_gathering(hub, slot, false, now_us);
    *id = slot->id;
    return OC_OK;
}

int oc_hub_restart(oc_hub_t *hub, oc_hub_peer_t id, int64_t now_us) {
    oc_hub_slot_t *slot = oc_hub_slot(hub, id);
    hub->now_us = now_us;
    if (!slot)
        return OC_ERR_NOENT;
    int rc = oc_peer_restart(slot->peer, now_us);
    if (rc != OC_OK)
        return rc;
    memcpy(slot->mid, OC_SDP_MID_OFFERED, sizeof OC_SDP_MID_OFFERED);
    slot->trickles = !hub->config.whole;
    oc_hub_know_ufrag(hub, slot);
    oc_hub_add_candidates(hub, slot, now_us);
    wait_for_gathering(hub, slot, false, now_us);
    return OC_OK;
}

int oc_hub_answer(oc_hub_t *hub, oc_hub_peer_t id, oc_span_t sdp, int64_t now_us,
                  const char **why) {
    oc_hub_slot_t *slot = oc_hub_slot(hub, id);
    oc_sdp_t *remote = &hub->sdp;
    hub->now_us = now_us;
    if (!slot)
        return OC_ERR_NOENT;
    int rc = parse(sdp, OC_SDP_ANSWER, remote, why);
    return rc == OC_OK ? set_remote(hub, slot, remote, now_us) : rc;
}

static oc_fingerprint_t own_fingerprint(const oc_hub_t *hub) {
    oc_fingerprint_t f = {.hash = OC_HASH_SHA256, .len = OC_CERTIFICATE_FINGERPRINT};
    memcpy(f.value, oc_certificate_fingerprint(hub->config.certificate), f.len);
    return f;
}

/* Our INIT: in offers, and in answers to those that have one. */
static oc_span_t own_init(const oc_hub_t *hub, const oc_hub_slot_t *slot, bool answer,
                          uint8_t bytes[OC_SCTP_SNAP_MAX]) {
    if (answer && !hub->sdp.sctp_init_len)
        return oc_span(NULL, 0);
    return oc_span(bytes, oc_peer_sctp_init(slot->peer, bytes));
}

int oc_hub_description(oc_hub_t *hub, oc_hub_peer_t id, oc_span_t offer, char *out, size_t size) {
    uint8_t init[OC_SCTP_SNAP_MAX];
    oc_hub_slot_t *slot = oc_hub_slot(hub, id);
    if (!slot)
        return OC_ERR_NOENT;
    if (!slot->described)
        return OC_ERR_BUSY;
    if (offer.len) {
        int rc = oc_sdp_parse(offer, OC_SDP_OFFER, &hub->sdp);
        if (rc != OC_OK)
            return rc;
    }
    oc_hub_note_own(hub);
    bool settled = oc_hub_settled(hub);
    oc_sdp_local_t local = {.session = slot->session,
                            .version = slot->version,
                            .ufrag = oc_ice_ufrag(oc_peer_ice(slot->peer)),
                            .pwd = oc_ice_pwd(oc_peer_ice(slot->peer)),
                            .fingerprint = own_fingerprint(hub),
                            .setup = offer.len ? oc_peer_setup(slot->peer) : OC_SDP_ACTPASS,
                            .max_message = hub->config.profile.sctp.message_max,
                            .sctp_init = own_init(hub, slot, offer.len > 0, init),
                            .trickle = true,
                            .end_of_candidates = settled,
                            .candidate = hub->own,
                            .offer = offer.len ? &hub->sdp : NULL};
    local.candidates = oc_hub_own_candidates(hub);
    int rc = oc_sdp_write(&local, out, size);
    if (rc > 0)
        oc_hub_notified_all(hub, slot, settled);
    return rc;
}

int oc_hub_candidate(oc_hub_t *hub, oc_hub_peer_t id, oc_span_t line, int64_t now_us) {
    oc_hub_slot_t *slot = oc_hub_slot(hub, id);
    oc_candidate_t c;
    oc_span_t ufrag;
    hub->now_us = now_us;
    if (!slot)
        return OC_ERR_NOENT;
    if (!line.len)
        return OC_OK;
    int rc = oc_candidate_line_parse(line, &c, &ufrag);
    if (rc != OC_OK)
        return rc;
    rc = oc_ice_add_remote(oc_peer_ice(slot->peer), &c, now_us);
    if (rc == OC_AGAIN) {
        if (!look_up(slot, &c))
            return OC_ERR_BUSY;
        rc = OC_OK;
    }
    oc_hub_permit(hub, &c, now_us);
    oc_hub_touched(hub, slot);
    return rc;
}

int oc_hub_resolved(oc_hub_t *hub, oc_hub_peer_t id, const oc_addr_t *addr, int64_t now_us) {
    oc_hub_slot_t *slot = oc_hub_slot(hub, id);
    oc_candidate_t c = {.type = OC_CANDIDATE_HOST, .component = 1, .addr = *addr};
    hub->now_us = now_us;
    if (!slot)
        return OC_ERR_NOENT;
    c.priority = oc_candidate_priority(OC_CANDIDATE_HOST, 0x7FFF, 1);
    memcpy(c.foundation, "m", 2);
    int rc = oc_ice_add_remote(oc_peer_ice(slot->peer), &c, now_us);
    oc_hub_permit(hub, &c, now_us);
    oc_hub_touched(hub, slot);
    return rc;
}
