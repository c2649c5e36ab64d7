/* oc_peer_requested - channels that the other end wants and nobody has accepted yet: those that the
 * signalling names, before there is an association, and what comes on any of them meanwhile. */
#include "oc_peer_impl.h"

#include "oc_err.h"

#define EARLY_MAX (OC_POOL_EACH / sizeof(oc_sctp_event_t)) /* messages of one channel */

int oc_peer_request(oc_peer_t *peer, uint16_t sid, oc_span_t label) {
    if (sid > OC_PEER_NEGOTIATED_MAX)
        return OC_ERR_RANGE;
    if (label.len > OC_PEER_LABEL)
        return OC_ERR_TOO_BIG;
    if (!peer->sctp || peer->state >= OC_PEER_CLOSING)
        return OC_ERR_STATE;
    if (oc_peer_channel(peer, sid))
        return OC_ERR_EXIST;
    void *text = oc_pool_take(peer->pool);
    oc_data_channel_t *c = text ? oc_peer_channel_new(peer, sid, false) : NULL;
    if (!c) {
        oc_pool_give(peer->pool, text);
        return text ? OC_ERR_BUSY : OC_ERR_NOMEM;
    }
    if (label.len)
        memcpy(text, label.data, label.len);
    c->state = OC_DATA_CHANNEL_REQUESTED;
    c->label = text;
    c->label_len = (uint16_t)label.len;
    c->negotiated = true;
    c->close_us = peer->up_before ? peer->now_us + OC_PEER_OPEN_US : INT64_MAX;
    peer->requested = true;
    return OC_OK;
}

bool oc_peer_take_requested(oc_peer_t *peer, oc_peer_event_t *out) {
    for (unsigned i = 0; i < peer->channels && peer->requested; i++) {
        oc_data_channel_t *c = &peer->channel[i];
        if (c->state != OC_DATA_CHANNEL_REQUESTED || !c->label)
            continue;
        out->kind = OC_PEER_EVENT_CHANNEL;
        out->sid = c->sid;
        out->negotiated = out->ordered = true;
        out->label_len = c->label_len;
        memcpy(out->label, c->label, c->label_len);
        out->label[c->label_len] = '\0';
        oc_pool_give(peer->pool, c->label);
        c->label = NULL;
        return true;
    }
    peer->requested = false;
    return false;
}

void oc_peer_requested_up(oc_peer_t *peer) {
    for (unsigned i = 0; i < peer->channels; i++)
        if (peer->channel[i].close_us == INT64_MAX)
            peer->channel[i].close_us = peer->now_us + OC_PEER_OPEN_US;
    peer->look = true;
}

/* ---- messages before the answer ---- */

bool oc_peer_early_add(oc_peer_t *peer, oc_data_channel_t *c, const oc_sctp_event_t *event) {
    if (!c->early)
        c->early = oc_pool_take(peer->pool);
    if (!c->early || c->early_count == EARLY_MAX)
        return false;
    ((oc_sctp_event_t *)c->early)[c->early_count++] = *event;
    return true;
}

static void forget_early(oc_peer_t *peer, oc_data_channel_t *c) {
    oc_pool_give(peer->pool, c->early);
    c->early = NULL;
    c->early_count = c->early_first = 0;
}

void oc_peer_early_drop(oc_peer_t *peer, oc_data_channel_t *c) {
    while (c->early && c->early_first < c->early_count)
        oc_sctp_message_release(peer->sctp, (oc_sctp_event_t *)c->early + c->early_first++);
    forget_early(peer, c);
}

bool oc_peer_early_take(oc_peer_t *peer, oc_sctp_event_t *out) {
    for (unsigned i = 0; i < peer->channels && peer->early; i++) {
        oc_data_channel_t *c = &peer->channel[i];
        if (c->state != OC_DATA_CHANNEL_OPEN || !c->early)
            continue;
        *out = ((oc_sctp_event_t *)c->early)[c->early_first++];
        if (c->early_first == c->early_count)
            forget_early(peer, c);
        return true;
    }
    peer->early = false;
    return false;
}
