#include "oc_hub_pump.h"

#include <string.h>

#include "oc_err.h"

#define INTERLEAVE 32 /* datagrams before events are looked at: messages do not pile up */

static int64_t clock_us(const oc_hub_pump_t *pump) {
    return pump->env.loop.now_us(pump->env.loop.context);
}

/* ---- events and jobs ---- */

static void take_stream(oc_hub_pump_t *pump, const oc_gather_event_t *event) {
    uint8_t via = event->candidate.via;
    bool connect = event->kind == OC_GATHER_CONNECT;
    if (via > OC_GATHER_RELAYS || (!connect && event->kind != OC_GATHER_DISCONNECT))
        return;
    if (pump->env.disconnect)
        pump->env.disconnect(pump->env.context, via);
    if (connect && (!pump->env.connect || pump->env.connect(pump->env.context, event) != OC_OK))
        oc_hub_stream(pump->hub, via, false, pump->now_us);
}

static void take_events(oc_hub_pump_t *pump) {
    oc_hub_event_t event;
    while (oc_hub_poll_event(pump->hub, pump->now_us, &event) == OC_OK) {
        bool notify = pump->env.on_event && !pump->closing;
        if (event.kind == OC_HUB_EVENT_GATHER)
            take_stream(pump, &event.gather);
        if (event.kind == OC_HUB_EVENT_RESOLVE && pump->env.resolve && !pump->closing)
            pump->env.resolve(pump->env.context, event.id, event.name, event.port);
        pump->notified |= notify;
        if (notify)
            pump->env.on_event(pump->env.owner, &event);
        else if (event.kind == OC_HUB_EVENT_PEER && event.peer.kind == OC_PEER_EVENT_MESSAGE)
            oc_peer_message_release(oc_hub_peer(pump->hub, event.id), &event.peer);
        if (event.memory)
            pump->env.loop.release(pump->env.loop.context, event.memory);
    }
}

static void notify_owner(oc_hub_pump_t *pump) {
    if (pump->notified && pump->env.on_events && !pump->closing)
        pump->env.on_events(pump->env.owner);
    pump->notified = false;
}

static void give_jobs(oc_hub_pump_t *pump) {
    oc_hub_peer_t id;
    oc_hs_job_t *job;
    while (!pump->closing && pump->pending < pump->env.jobs &&
           (job = oc_hub_poll_job(pump->hub, pump->now_us, &id)) != NULL) {
        job->owner = (void *)(uintptr_t)id;
        if (pump->env.post(pump->env.context, job) == OC_OK)
            pump->pending++;
        else
            oc_hub_job_done(pump->hub, id, pump->now_us); /* not run: nothing happened */
    }
}

void oc_hub_pump_job_done(oc_hub_pump_t *pump, oc_hs_job_t *job) {
    pump->now_us = clock_us(pump);
    pump->pending--;
    pump->jobs_done++;
    oc_hub_job_done(pump->hub, (oc_hub_peer_t)(uintptr_t)job->owner, pump->now_us);
}

/* ---- output ---- */

bool oc_hub_pump_blocked(const oc_hub_pump_t *pump) {
    return pump->blocked[0] || pump->blocked[1];
}

static void flush(oc_hub_pump_t *pump) {
    for (unsigned i = 0; i < OC_HUB_PUMP_FAMILIES; i++) {
        bool blocked = pump->env.open[i] && pump->env.flush(pump->env.context, i) == OC_AGAIN;
        if (blocked != pump->blocked[i] && pump->env.blocked)
            pump->env.blocked(pump->env.context, i, blocked);
        pump->blocked[i] = blocked;
    }
}

/* Where the next datagram is written: the buffer of the family that sent last. NULL: full. */
static uint8_t *room(oc_hub_pump_t *pump) {
    size_t size;
    if (!pump->env.open[pump->guess])
        pump->guess = !pump->guess;
    uint8_t *at = pump->env.room(pump->env.context, pump->guess, &size);
    return at && size >= OC_HUB_DATAGRAM ? at : NULL;
}

static void send_one(oc_hub_pump_t *pump, const uint8_t *at, size_t len, const oc_path_t *to) {
    unsigned family = to->remote.family == 6;
    size_t size;
    if (to->via) {
        uint8_t via = to->via & (uint8_t)~OC_GATHER_STREAM;
        if (pump->env.write && via <= OC_GATHER_RELAYS)
            pump->env.write(pump->env.context, via, at, len);
        return;
    }
    if (!pump->env.open[family])
        return;
    if (family != pump->guess) {
        uint8_t *other = pump->env.room(pump->env.context, family, &size);
        if (!other)
            return; /* lost, as on a network */
        if (other != at)
            memcpy(other, at, len);
        pump->guess = family;
    }
    pump->env.commit(pump->env.context, family, to, len, oc_hub_may_fragment(pump->hub));
}

static void send_all(oc_hub_pump_t *pump) {
    unsigned max = pump->env.send_max ? pump->env.send_max : UINT32_MAX;
    oc_path_t to;
    for (unsigned sent = 0; sent < max;) {
        if (oc_hub_pump_blocked(pump))
            return;
        uint8_t *at = room(pump);
        if (!at) {
            flush(pump);
            continue;
        }
        int n = oc_hub_poll_output(pump->hub, pump->now_us, at, OC_HUB_DATAGRAM, &to);
        if (n <= 0)
            break;
        send_one(pump, at, (size_t)n, &to);
        sent++;
    }
    flush(pump);
}

void oc_hub_pump_writable(oc_hub_pump_t *pump) {
    flush(pump);
}

/* ---- rounds ---- */

void oc_hub_pump_round(oc_hub_pump_t *pump) {
    if (pump->in_round)
        return;
    pump->in_round = true;
    pump->rounds++;
    for (unsigned i = 0; i < pump->env.looks; i++) {
        pump->now_us = clock_us(pump);
        oc_hub_advance(pump->hub, pump->now_us);
        take_events(pump);
        notify_owner(pump);
        give_jobs(pump);
        send_all(pump);
        take_events(pump);
        notify_owner(pump);
        if (oc_hub_next_deadline(pump->hub) != 0 || oc_hub_pump_blocked(pump))
            break;
    }
    pump->in_round = false;
    int64_t due_us = oc_hub_pump_blocked(pump) ? INT64_MAX : oc_hub_next_deadline(pump->hub);
    pump->env.arm(pump->env.context, due_us, pump->now_us);
}

void oc_hub_pump_kick(oc_hub_pump_t *pump) {
    if (!pump->in_round && !pump->closing)
        pump->env.arm(pump->env.context, 0, pump->now_us);
}

void oc_hub_pump_turn(oc_hub_pump_t *pump) {
    if (!pump->in_round && !pump->closing && oc_hub_next_deadline(pump->hub) <= clock_us(pump))
        oc_hub_pump_round(pump);
}

/* ---- what comes ---- */

static bool receive(oc_hub_pump_t *pump, unsigned family) {
    const oc_hub_pump_env_t *env = &pump->env;
    oc_path_t from;
    uint8_t *data;
    size_t len;
    for (unsigned n = 0; n < env->receive_max || (env->holds && env->holds(env->context, family));
         n++) {
        if (env->receive(env->context, family, &from, &data, &len) != OC_OK)
            return false;
        if (len > 0)
            oc_hub_input(pump->hub, &from, data, len, pump->now_us);
        if (n % INTERLEAVE == INTERLEAVE - 1)
            take_events(pump);
    }
    return true;
}

bool oc_hub_pump_readable(oc_hub_pump_t *pump, unsigned family) {
    pump->now_us = clock_us(pump);
    pump->in_round = true; /* calls of on_event do not kick */
    bool more = receive(pump, family);
    pump->in_round = false;
    return more;
}

void oc_hub_pump_resolved(oc_hub_pump_t *pump, uint64_t id, const oc_addr_t *addr) {
    if (!pump->closing) /* the peer may have ended */
        (void)oc_hub_resolved(pump->hub, (oc_hub_peer_t)id, addr, clock_us(pump));
}

void oc_hub_pump_stream(oc_hub_pump_t *pump, uint8_t via, bool up) {
    if (pump->closing)
        return;
    oc_hub_stream(pump->hub, via, up, clock_us(pump));
    oc_hub_pump_kick(pump);
}

void oc_hub_pump_stream_bytes(oc_hub_pump_t *pump, uint8_t via, uint8_t *data, size_t len) {
    oc_path_t from = {.via = (uint8_t)(OC_GATHER_STREAM | via)};
    if (pump->closing)
        return;
    oc_hub_input(pump->hub, &from, data, len, clock_us(pump));
    oc_hub_pump_kick(pump);
}

void oc_hub_pump_addresses(oc_hub_pump_t *pump) {
    oc_addr_t list[OC_HUB_LOCAL];
    unsigned n = pump->env.addresses(pump->env.context, list, OC_HUB_LOCAL);
    oc_hub_set_local(pump->hub, list, n, clock_us(pump));
}

/* ---- the owner's requests ---- */

void oc_hub_pump_again(oc_hub_pump_t *pump) {
    if (pump->closing || !pump->hub)
        return;
    oc_hub_pump_addresses(pump);
    oc_hub_again(pump->hub, clock_us(pump));
    oc_hub_pump_kick(pump);
}

int oc_hub_pump_set_server(oc_hub_pump_t *pump, unsigned index, const oc_gather_server_t *server) {
    if (!pump->gather || pump->closing)
        return OC_ERR_STATE;
    int rc = oc_gather_set_server(pump->gather, index, server, clock_us(pump));
    oc_hub_pump_kick(pump);
    return rc;
}

static void *peer_memory(oc_hub_pump_t *pump) {
    return pump->env.loop.allocate(pump->env.loop.context, oc_hub_peer_bytes(pump->hub));
}

static int added(oc_hub_pump_t *pump, int rc, void *memory) {
    if (rc != OC_OK)
        pump->env.loop.release(pump->env.loop.context, memory);
    oc_hub_pump_kick(pump);
    return rc;
}

int oc_hub_pump_offer(oc_hub_pump_t *pump, oc_span_t sdp, oc_hub_peer_t *id, const char **why) {
    if (pump->closing || !pump->hub)
        return OC_ERR_STATE;
    void *memory = peer_memory(pump);
    if (!memory)
        return OC_ERR_NOMEM;
    return added(pump, oc_hub_offer(pump->hub, sdp, memory, clock_us(pump), id, why), memory);
}

int oc_hub_pump_connect(oc_hub_pump_t *pump, oc_hub_peer_t *id) {
    if (pump->closing || !pump->hub)
        return OC_ERR_STATE;
    void *memory = peer_memory(pump);
    if (!memory)
        return OC_ERR_NOMEM;
    return added(pump, oc_hub_connect(pump->hub, memory, clock_us(pump), id), memory);
}

/* ---- its beginning and end ---- */

void oc_hub_pump_close(oc_hub_pump_t *pump) {
    pump->now_us = clock_us(pump);
    oc_hub_close_all(pump->hub, pump->now_us);
    if (pump->gather)
        oc_gather_stop(pump->gather, pump->now_us);
    oc_hub_pump_round(pump);
    pump->closing = true;
}

int oc_hub_pump_init(oc_hub_pump_t *pump, const oc_hub_pump_env_t *env,
                     const oc_hub_config_t *config, bool servers) {
    oc_gather_config_t gather = {OC_GATHER_INTERVAL_S, OC_GATHER_ATTEMPTS, true};
    oc_hub_config_t hub = *config;
    *pump = (oc_hub_pump_t){.env = *env};
    pump->now_us = clock_us(pump);
    if (servers) {
        pump->gather = env->loop.allocate(env->loop.context, sizeof *pump->gather);
        if (!pump->gather)
            return OC_ERR_NOMEM;
        (void)oc_gather_init(pump->gather, &gather);
        hub.gather = pump->gather;
    }
    pump->memory = env->loop.allocate(env->loop.context, oc_hub_bytes(&hub));
    if (!pump->memory)
        return OC_ERR_NOMEM;
    oc_hub_t *made = NULL;
    int rc = oc_hub_init(&made, &hub, pump->memory, pump->now_us);
    if (rc == OC_OK)
        pump->hub = made;
    return rc;
}

void oc_hub_pump_deinit(oc_hub_pump_t *pump) {
    if (pump->hub)
        oc_hub_deinit(pump->hub);
    if (pump->gather)
        oc_gather_deinit(pump->gather);
    if (pump->gather)
        pump->env.loop.release(pump->env.loop.context, pump->gather);
    if (pump->memory)
        pump->env.loop.release(pump->env.loop.context, pump->memory);
    *pump = (oc_hub_pump_t){0};
}
