/* The allocations of oc_gather. */
#include "oc_err.h"
#include "oc_gather_impl.h"

static oc_gather_candidate_t candidate(const oc_gather_t *gather, const oc_gather_relay_t *relay) {
    return (oc_gather_candidate_t){.kind = OC_GATHER_RELAYED,
                                   .via = (uint8_t)(relay - gather->relay + 1),
                                   .server = relay->server,
                                   .addr = relay->relayed,
                                   .related = relay->mapped};
}

int oc_gather_relay_add(oc_gather_t *gather, unsigned server, const oc_addr_t *to, int64_t now_us) {
    const oc_gather_slot_t *slot = &gather->server[server];
    oc_turn_config_t config = {.server = *to,
                               .transport = slot->transport,
                               .username = slot->username,
                               .password = slot->password,
                               .domain = slot->domain};
    for (unsigned i = 0; i < OC_GATHER_RELAYS; i++) {
        oc_gather_relay_t *r = &gather->relay[i];
        if (r->used)
            continue;
        int err = oc_turn_init(&r->turn, &config);
        if (err != OC_OK)
            return err;
        oc_addr_t none = {0};
        r->used = true;
        r->settled = r->removed = r->renew = false;
        r->server = (uint8_t)server;
        r->relayed = r->mapped = none;
        if (oc_gather_is_active(gather))
            oc_turn_start(&r->turn, now_us);
        oc_gather_relay_pump(gather, r);
        return OC_OK;
    }
    return OC_ERR_BUSY;
}

/* Frees the place of one that is to go, once its server knows. */
static void retire(oc_gather_relay_t *relay) {
    if (relay->removed && relay->turn.state == OC_TURN_IDLE) {
        relay->used = false;
        oc_turn_deinit(&relay->turn);
    }
}

void oc_gather_relay_remove(oc_gather_t *gather, oc_gather_relay_t *relay, int64_t now_us) {
    relay->removed = true;
    oc_turn_stop(&relay->turn, now_us);
    oc_gather_relay_pump(gather, relay);
}

static void new_credentials(oc_gather_t *gather, oc_gather_relay_t *relay) {
    const oc_gather_slot_t *slot = &gather->server[relay->server];
    if (oc_turn_credentials(&relay->turn, slot->username, slot->password) == OC_OK)
        relay->renew = false;
}

void oc_gather_relay_renew(oc_gather_t *gather, oc_gather_relay_t *relay, int64_t now_us) {
    relay->renew = true;
    new_credentials(gather, relay);
    if (!relay->renew && oc_gather_is_active(gather))
        oc_turn_start(&relay->turn,
                      now_us); /* it may be waiting because the old ones were refused */
}

static void went_down(oc_gather_t *gather, oc_gather_relay_t *relay,
                      const oc_turn_event_t *happened) {
    oc_addr_t none = {0};
    oc_gather_event_t event = {.kind = relay->relayed.family ? OC_GATHER_LOST : OC_GATHER_FAILED,
                               .candidate = candidate(gather, relay),
                               .reason = happened->reason,
                               .code = happened->code,
                               .retry_us = happened->retry_us};
    relay->settled = true;
    relay->relayed = relay->mapped = none;
    if (event.kind == OC_GATHER_LOST || happened->reason != OC_TURN_STOPPED)
        oc_gather_notify(gather, &event);
    if (relay->renew)
        new_credentials(gather, relay);
}

static void came_up(oc_gather_t *gather, oc_gather_relay_t *relay,
                    const oc_turn_event_t *happened) {
    relay->settled = true;
    relay->relayed = happened->relayed;
    relay->mapped = happened->mapped;
    oc_gather_event_t event = {.kind = OC_GATHER_CANDIDATE, .candidate = candidate(gather, relay)};
    oc_gather_notify(gather, &event);
}

void oc_gather_relay_pump(oc_gather_t *gather, oc_gather_relay_t *relay) {
    oc_turn_event_t happened;
    while (oc_turn_poll_event(&relay->turn, &happened) == OC_OK) {
        oc_gather_event_t event = {.candidate = candidate(gather, relay)};
        switch (happened.kind) {
        case OC_TURN_UP:
            came_up(gather, relay, &happened);
            break;
        case OC_TURN_DOWN:
            went_down(gather, relay, &happened);
            break;
        case OC_TURN_CONNECT:
            event.kind = OC_GATHER_CONNECT;
            event.addr = happened.server;
            event.tls = relay->turn.transport == OC_TURN_TLS;
            event.domain = relay->turn.domain;
            oc_gather_notify(gather, &event);
            break;
        case OC_TURN_DISCONNECT:
            event.kind = OC_GATHER_DISCONNECT;
            oc_gather_notify(gather, &event);
            break;
        }
    }
    retire(relay);
}

void oc_gather_relay_seen(oc_gather_t *gather, unsigned server, const oc_addr_t *mapped,
                          int64_t now_us) {
    for (unsigned i = 0; i < OC_GATHER_RELAYS; i++) {
        oc_gather_relay_t *r = &gather->relay[i];
        if (!r->used || r->server != server || r->turn.transport != OC_TURN_UDP ||
            r->mapped.family != mapped->family || oc_addr_equal(&r->mapped, mapped) ||
            !oc_addr_equal(&r->turn.server, &r->turn.home)) /* of another server's view: a 300 */
            continue;
        oc_turn_moved(&r->turn, now_us);
        oc_gather_relay_pump(gather, r);
    }
}
