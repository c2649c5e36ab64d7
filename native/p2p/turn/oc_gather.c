#include "oc_gather.h"

#include "oc_crypto.h"
#include "oc_err.h"
#include "oc_gather_impl.h"

#define EACH_PROBE(g, p)                                                                           \
    for (oc_gather_probe_t *p = (g)->probe; p < (g)->probe + OC_GATHER_PROBES; p++)                \
        if (p->used)
#define EACH_RELAY(g, r)                                                                           \
    for (oc_gather_relay_t *r = (g)->relay; r < (g)->relay + OC_GATHER_RELAYS; r++)                \
        if (r->used)

static bool in_range(const oc_gather_config_t *config) {
    return config->interval_s <= 255 && config->attempts <= 10;
}

bool oc_gather_is_active(const oc_gather_t *gather) {
    return !gather->stopped && (gather->config.warm || gather->in_use);
}

unsigned oc_gather_limit(const oc_gather_t *gather) {
    return gather->config.attempts && gather->config.interval_s ? gather->config.attempts
                                                                : OC_GATHER_ATTEMPTS;
}

void oc_gather_notify(oc_gather_t *gather, const oc_gather_event_t *event) {
    if (gather->event_count == OC_GATHER_EVENTS) {
        gather->event_first = (gather->event_first + 1) % OC_GATHER_EVENTS;
        gather->event_count--;
    }
    gather->event[(gather->event_first + gather->event_count++) % OC_GATHER_EVENTS] = *event;
}

int oc_gather_init(oc_gather_t *gather, const oc_gather_config_t *config) {
    if (!in_range(config))
        return OC_ERR_RANGE;
    memset(gather, 0, sizeof *gather);
    gather->config = *config;
    gather->reachable = -1;
    return OC_OK;
}

void oc_gather_deinit(oc_gather_t *gather) {
    oc_crypto_wipe(gather, sizeof *gather);
}

/* Starts everything, or puts it to rest. */
static void set_active(oc_gather_t *gather, bool active, int64_t now_us) {
    gather->reachable = -1;
    EACH_PROBE(gather, p) {
        if (active)
            oc_gather_probe_start(p, now_us);
        else
            oc_gather_probe_rest(gather, p);
    }
    EACH_RELAY(gather, r) {
        if (r->removed)
            continue;
        r->settled = false;
        if (active)
            oc_turn_start(&r->turn, now_us);
        else
            oc_turn_stop(&r->turn, now_us);
        oc_gather_relay_pump(gather, r);
    }
}

int oc_gather_configure(oc_gather_t *gather, const oc_gather_config_t *config, int64_t now_us) {
    bool before = oc_gather_is_active(gather);
    if (!in_range(config))
        return OC_ERR_RANGE;
    gather->config = *config;
    bool now = oc_gather_is_active(gather);
    if (now != before)
        set_active(gather, now, now_us);
    else if (now)
        EACH_PROBE(gather, p) oc_gather_probe_plan(gather, p, now_us);
    return OC_OK;
}

void oc_gather_use(oc_gather_t *gather, bool used, int64_t now_us) {
    bool before = oc_gather_is_active(gather);
    gather->in_use = used;
    if (used)
        gather->stopped = false;
    if (oc_gather_is_active(gather) != before)
        set_active(gather, !before, now_us);
}

void oc_gather_again(oc_gather_t *gather, int64_t now_us) {
    if (gather->stopped) {
        gather->stopped = false;
        if (oc_gather_is_active(gather))
            set_active(gather, true, now_us);
        return;
    }
    if (!oc_gather_is_active(gather))
        return;
    EACH_PROBE(gather, p) {
        p->settled = false;
        p->failures = 0;
        if (!p->running || p->sends)
            oc_gather_probe_start(p, now_us);
    }
    EACH_RELAY(gather, r) {
        r->settled = oc_turn_is_up(&r->turn);
        if (!r->removed)
            oc_turn_start(&r->turn, now_us);
        oc_gather_relay_pump(gather, r);
    }
}

void oc_gather_stop(oc_gather_t *gather, int64_t now_us) {
    bool before = oc_gather_is_active(gather);
    gather->stopped = true;
    if (before)
        set_active(gather, false, now_us);
}

int oc_gather_input(oc_gather_t *gather, const oc_path_t *from, oc_span_t *bytes, int64_t now_us,
                    oc_gather_data_t *out) {
    oc_turn_data_t data;
    int result = OC_ERR_NOENT;
    EACH_RELAY(gather, r) {
        uint8_t via = (uint8_t)(r - gather->relay + 1);
        bool udp = r->turn.transport == OC_TURN_UDP;
        if (udp ? from->via != 0 || !oc_addr_equal(&r->turn.server, &from->remote)
                : from->via != (OC_GATHER_STREAM | via))
            continue;
        result = oc_turn_input(&r->turn, bytes, now_us, &data);
        oc_gather_relay_pump(gather, r);
        if (result == OC_OK) {
            *out = (oc_gather_data_t){.path = {.remote = data.peer, .via = via}, .data = data.data};
            return OC_OK;
        }
        if (result != OC_ERR_NOENT)
            return result;
    }
    if (from->via)
        return result;
    EACH_PROBE(gather, p) {
        if (oc_addr_equal(&p->to, &from->remote) &&
            oc_gather_probe_input(gather, p, *bytes, now_us) == OC_AGAIN) {
            *bytes = oc_span(NULL, 0);
            return OC_AGAIN;
        }
    }
    return OC_ERR_NOENT;
}

static oc_gather_relay_t *relay_of(oc_gather_t *gather, unsigned via) {
    return via && via <= OC_GATHER_RELAYS && gather->relay[via - 1].used ? &gather->relay[via - 1]
                                                                         : NULL;
}

void oc_gather_stream(oc_gather_t *gather, uint8_t via, bool up, int64_t now_us) {
    oc_gather_relay_t *relay = relay_of(gather, via & ~(unsigned)OC_GATHER_STREAM);
    if (!relay)
        return;
    if (up)
        oc_turn_connected(&relay->turn, now_us);
    else
        oc_turn_disconnected(&relay->turn, now_us);
    oc_gather_relay_pump(gather, relay);
}

int oc_gather_permit(oc_gather_t *gather, uint8_t via, const oc_addr_t *peer, int64_t now_us) {
    oc_gather_relay_t *relay = relay_of(gather, via);
    return relay ? oc_turn_permit(&relay->turn, peer, now_us) : OC_ERR_INVAL;
}

size_t oc_gather_lead(const oc_gather_t *gather, const oc_path_t *path, int64_t now_us) {
    const oc_gather_relay_t *relay = relay_of((oc_gather_t *)(uintptr_t)gather, path->via);
    return relay ? oc_turn_lead(&relay->turn, &path->remote, now_us) : 0;
}

int oc_gather_wrap(oc_gather_t *gather, const oc_path_t *path, uint8_t *payload, size_t len,
                   int64_t now_us, uint8_t **start, oc_path_t *wire) {
    oc_gather_relay_t *relay = relay_of(gather, path->via);
    if (!relay)
        return OC_ERR_INVAL;
    *wire = (oc_path_t){.remote = relay->turn.server};
    if (relay->turn.transport != OC_TURN_UDP)
        wire->via = OC_GATHER_STREAM | path->via;
    return oc_turn_wrap(&relay->turn, &path->remote, payload, len, now_us, start);
}

/* READY and CONNECT_FAIL, once per change. */
static void judge(oc_gather_t *gather) {
    bool any = false, pending = false, none = true;
    if (!oc_gather_is_active(gather))
        return;
    EACH_PROBE(gather, p) {
        none = false;
        any |= p->mapped.family != 0;
        pending |= p->failures < oc_gather_limit(gather);
    }
    EACH_RELAY(gather, r) {
        none = false;
        any |= r->relayed.family != 0;
        pending |= !r->settled;
    }
    int8_t now = any || none ? 1 : pending ? gather->reachable : 0;
    if (now != gather->reachable) {
        oc_gather_event_t event = {.kind = now ? OC_GATHER_READY : OC_GATHER_CONNECT_FAIL};
        gather->reachable = now;
        oc_gather_notify(gather, &event);
    }
}

void oc_gather_advance(oc_gather_t *gather, int64_t now_us) {
    bool active = oc_gather_is_active(gather);
    EACH_PROBE(gather, p) {
        if (active)
            oc_gather_probe_advance(gather, p, now_us);
    }
    EACH_RELAY(gather, r) {
        oc_turn_advance(&r->turn, now_us);
        oc_gather_relay_pump(gather, r);
    }
    judge(gather);
}

int64_t oc_gather_next_deadline(const oc_gather_t *gather) {
    int64_t deadline = INT64_MAX;
    EACH_PROBE((oc_gather_t *)gather, p) deadline = p->due_us < deadline ? p->due_us : deadline;
    EACH_RELAY((oc_gather_t *)gather, r) {
        int64_t due = oc_turn_next_deadline(&r->turn);
        deadline = due < deadline ? due : deadline;
    }
    return deadline;
}

int oc_gather_poll_output(oc_gather_t *gather, int64_t now_us, uint8_t *buffer, size_t size,
                          oc_path_t *to) {
    EACH_RELAY(gather, r) {
        int len = oc_turn_poll_output(&r->turn, now_us, buffer, size);
        if (len) {
            uint8_t via = (uint8_t)(OC_GATHER_STREAM | (r - gather->relay + 1));
            *to = (oc_path_t){.remote = r->turn.server,
                              .via = r->turn.transport == OC_TURN_UDP ? 0 : via};
            return len;
        }
    }
    EACH_PROBE(gather, p) {
        int len = oc_gather_probe_output(p, now_us, buffer, size);
        if (len) {
            *to = (oc_path_t){.remote = p->to};
            return len;
        }
    }
    return 0;
}

int oc_gather_poll_event(oc_gather_t *gather, oc_gather_event_t *event) {
    judge(gather);
    if (!gather->event_count)
        return OC_AGAIN;
    *event = gather->event[gather->event_first];
    gather->event_first = (gather->event_first + 1) % OC_GATHER_EVENTS;
    gather->event_count--;
    return OC_OK;
}
