/* oc_hub_again - keep-alive of all peers and servers, and what follows on a changed address. */
#include "oc_hub_impl.h"

#include "oc_err.h"

#define INTERVAL_MAX_S 255
#define ATTEMPTS_MAX   10

int oc_hub_configure(oc_hub_t *hub, unsigned interval_s, unsigned attempts, int64_t now_us) {
    bool off = !interval_s || !attempts;
    hub->now_us = now_us;
    if (interval_s > INTERVAL_MAX_S || attempts > ATTEMPTS_MAX)
        return OC_ERR_RANGE;
    if (hub->config.gather) {
        oc_gather_config_t gather = hub->config.gather->config;
        gather.interval_s = off ? 0 : interval_s;
        gather.attempts = off ? 0 : attempts;
        (void)oc_gather_configure(hub->config.gather, &gather, now_us); /* in range */
    }
    hub->config.probe_ms = off ? 0 : interval_s * 1000;
    hub->config.probes = off ? 0 : (uint8_t)attempts;
    for (unsigned i = 0; i < hub->slots; i++) {
        oc_hub_slot_t *slot = &hub->slot[i];
        if (!slot->peer)
            continue;
        (void)oc_ice_configure(oc_peer_ice(slot->peer), hub->config.probe_ms, hub->config.probes,
                               now_us);
        oc_hub_touched(hub, slot);
    }
    return OC_OK;
}

void oc_hub_negotiate(oc_hub_t *hub, oc_hub_slot_t *slot) {
    oc_peer_state_t state = oc_peer_get_state(slot->peer);
    if (state == OC_PEER_WAITING || state >= OC_PEER_CLOSING)
        return;
    slot->notify_negotiate = true;
    oc_hub_touched(hub, slot);
}

void oc_hub_moved(oc_hub_t *hub) {
    hub->notify_address = true;
    for (unsigned i = 0; i < hub->slots; i++)
        if (hub->slot[i].peer)
            oc_hub_negotiate(hub, &hub->slot[i]);
}

void oc_hub_again(oc_hub_t *hub, int64_t now_us) {
    hub->now_us = now_us;
    if (hub->config.gather)
        oc_gather_again(hub->config.gather, now_us);
    for (unsigned i = 0; i < hub->slots; i++) {
        oc_hub_slot_t *slot = &hub->slot[i];
        if (!slot->peer)
            continue;
        oc_ice_again(oc_peer_ice(slot->peer), now_us);
        oc_hub_negotiate(hub, slot);
        oc_hub_touched(hub, slot);
    }
}

bool oc_hub_own_event(oc_hub_t *hub, oc_hub_event_t *out) {
    out->id = 0;
    out->memory = NULL;
    if (hub->notify_address) {
        hub->notify_address = false;
        out->kind = OC_HUB_EVENT_ADDRESS;
        return true;
    }
    if (hub->config.gather || hub->ready || !hub->locals)
        return false;
    hub->ready = true; /* there is no server to wait for */
    out->kind = OC_HUB_EVENT_GATHER;
    out->gather = (oc_gather_event_t){.kind = OC_GATHER_READY};
    return true;
}
