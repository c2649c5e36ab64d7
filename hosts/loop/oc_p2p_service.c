#include "oc_p2p_service.h"

#include <string.h>

#include "oc_crypto.h"
#include "oc_err.h"
#include "oc_p2p_ownership.h"
#include "oc_plane_ring.h"

#define COUNT_US (1000 * 1000)

struct oc_p2p_service {
    oc_p2p_service_env_t env;
    oc_viewers_t *_Atomic viewers;        /* other threads read its rows */
    oc_p2p_ownership_t life;              /* opening and closing wait for the host */
    oc_p2p_open_t expected;               /* while OPENING and until every server has its address */
    oc_hub_pump_t *pump;                  /* while OPEN and CLOSING */
    oc_p2p_servers_t servers;             /* while OPEN */
    uint32_t ceiling_bps[OC_STREAMS_MAX]; /* peak of what a source was measured to make */
    bool lowered[OC_STREAMS_MAX];         /* a source makes less for its viewers */
    oc_p2p_counts_t counts;
    oc_hub_stats_t counted; /* what of the hub is in it */
    int64_t count_us;       /* they are counted again then */
    int64_t due_us;         /* of the last advance */
};

static int64_t clock_us(const oc_p2p_service_t *service) {
    return service->env.loop.now_us(service->env.loop.context);
}

/* ---- what viewers need of the host ---- */

static int offer(void *context, oc_span_t sdp, oc_hub_peer_t *id, const char **why) {
    const oc_p2p_service_t *service = context;
    return oc_hub_pump_offer(service->pump, sdp, id, why);
}

static int connect_peer(void *context, oc_hub_peer_t *id) {
    const oc_p2p_service_t *service = context;
    return oc_hub_pump_connect(service->pump, id);
}

/* What a source makes while no network of a viewer holds it back. */
static uint32_t ceiling_of(oc_p2p_service_t *service, const oc_plane_ring_t *stream) {
    uint32_t *peak = &service->ceiling_bps[stream->slot];
    const oc_table_t *table = oc_plane_stream_table(service->env.plane, stream->slot);
    oc_stream_row_t row;
    if (stream->encoder_bps || !service->env.measured)
        return stream->encoder_bps;
    if (table && oc_table_read(table, (uint32_t *)&row) && row.bitrate_bps > *peak)
        *peak = row.bitrate_bps;
    return *peak;
}

static int stream_of(void *context, unsigned channel, oc_stream_kind_t stream,
                     oc_viewers_stream_t *out) {
    oc_p2p_service_t *service = context;
    oc_plane_ring_t found;
    int result = oc_plane_ring(service->env.plane, channel, stream, &found);
    if (result == OC_OK)
        *out = (oc_viewers_stream_t){.ring = found.ring,
                                     .slot = found.slot,
                                     .clock = *oc_plane_ring_clock(service->env.plane),
                                     .ceiling_bps = ceiling_of(service, &found)};
    return result;
}

static void request_key(void *context, unsigned slot) {
    const oc_p2p_service_t *service = context;
    (void)oc_plane_ring_request_key(service->env.plane, slot); /* who cannot has its GOPs */
}

/* The stream in a slot. */
static oc_plane_ring_t ring_in(const oc_p2p_service_t *service, unsigned slot) {
    oc_plane_ring_t found = {.slot = slot};
    bool sub = slot >= OC_CHANNELS_MAX;
    (void)oc_plane_ring(service->env.plane, sub ? slot - OC_CHANNELS_MAX : slot,
                        sub ? OC_STREAM_SUB : OC_STREAM_MAIN, &found);
    return found;
}

/* A recording has what the source can give, however slow a viewer is. */
static void set_bitrate(void *context, unsigned slot, uint32_t bps) {
    oc_p2p_service_t *service = context;
    oc_plane_ring_t stream = ring_in(service, slot);
    uint32_t ceiling = ceiling_of(service, &stream);
    if (stream.recorded || bps > ceiling)
        bps = ceiling;
    if (bps == ceiling && !service->lowered[slot])
        return;
    if (oc_plane_ring_set_bitrate(service->env.plane, slot, bps) == OC_OK)
        service->lowered[slot] = bps < ceiling;
}

static void watching(void *context, unsigned slot, unsigned views) {
    const oc_p2p_service_t *service = context;
    if (views == 0) /* no available bandwidth is known any more */
        set_bitrate(context, slot, UINT32_MAX);
    oc_plane_ring_viewers(service->env.plane, slot, views);
}

static int make_viewers(oc_p2p_service_t *service) {
    if (service->viewers)
        return OC_OK;
    const oc_p2p_service_env_t *env = &service->env;
    const oc_viewers_env_t viewers = {.loop = env->loop,
                                      .offer = offer,
                                      .connect = connect_peer,
                                      .stream = stream_of,
                                      .request_key = request_key,
                                      .set_bitrate = set_bitrate,
                                      .watching = watching,
                                      .play_open = env->play_open,
                                      .play_fill = env->play_fill,
                                      .play_close = env->play_close,
                                      .play = env->play,
                                      .talk = env->talk,
                                      .context = service};
    void *memory = env->loop.allocate(env->loop.context, oc_viewers_bytes(&env->viewers));
    if (!memory)
        return OC_ERR_NOMEM;
    service->viewers = oc_viewers_init(memory, &env->viewers, &viewers, env->mailbox);
    return OC_OK;
}

/* ---- names of servers ---- */

static void turn(oc_p2p_service_t *service);

static void on_tried(void *context, unsigned failed) {
    oc_p2p_service_t *service = context;
    if (failed > 0)
        oc_viewers_notice(service->viewers, OC_VIEWERS_CONNECT_FAIL);
    turn(service);
}

void oc_p2p_service_found(oc_p2p_service_t *service, unsigned index, const oc_p2p_found_t *found) {
    oc_p2p_servers_found(&service->servers, index, found);
}

/* ---- turns ---- */

static void add(_Atomic uint64_t *total, uint64_t *counted, uint64_t now) {
    atomic_fetch_add_explicit(total, now - *counted, memory_order_relaxed);
    *counted = now;
}

/* The hub begins at 0 each time the transport is opened; totals do not. */
static void count(oc_p2p_service_t *service, int64_t now_us) {
    oc_hub_stats_t now;
    oc_hub_stats(service->pump->hub, &now);
    add(&service->counts.offers, &service->counted.offers, now.offers);
    add(&service->counts.refused_busy, &service->counted.refused_busy, now.refused_busy);
    add(&service->counts.bytes_in, &service->counted.bytes_in, now.bytes_in);
    add(&service->counts.bytes_out, &service->counted.bytes_out, now.bytes_out);
    service->count_us = now_us + COUNT_US;
}

/* Of a command or an event: what it led to leaves with the turn, or the round, that it is part of.
 */
static void advance(oc_p2p_service_t *service) {
    int64_t now = clock_us(service);
    if (service->life.phase != OC_P2P_OPEN)
        return;
    if (now >= service->count_us)
        count(service, now);
    int64_t again = oc_p2p_servers_advance(&service->servers, now);
    int64_t due = oc_viewers_advance(service->viewers, now);
    service->due_us = again < due ? again : due;
    if (service->env.loop.due)
        service->env.loop.due(service->env.loop.context, service->due_us);
}

/* The same, and what it led to has left when it returns. */
static void turn(oc_p2p_service_t *service) {
    advance(service);
    if (service->life.phase == OC_P2P_OPEN)
        service->env.turn(service->env.context);
}

void oc_p2p_service_event(void *owner, const oc_hub_event_t *event) {
    const oc_p2p_service_t *service = owner;
    oc_viewers_event(service->viewers, event, clock_us(service));
}

void oc_p2p_service_events(void *owner) {
    advance(owner);
}

/* ---- closing ---- */

static void begin_close(oc_p2p_service_t *service) {
    bool open = service->life.phase == OC_P2P_OPEN;
    if (open)
        count(service, clock_us(service));
    service->counted = (oc_hub_stats_t){0};
    service->life.phase = OC_P2P_CLOSING;
    oc_p2p_servers_stop(&service->servers);
    oc_p2p_open_wipe(&service->expected);
    service->env.close(service->env.context); /* peers end here: their sources are let go */
    if (open)
        oc_viewers_close(service->viewers, clock_us(service));
}

void oc_p2p_service_closed(oc_p2p_service_t *service) {
    service->pump = NULL;
    service->life.phase = OC_P2P_CLOSED;
    oc_p2p_ownership_settle(&service->life, &service->life.closer, OC_OK, "");
    if (service->life.stopping)
        service->env.loop.wake(service->env.loop.context);
}

static void take_close(oc_p2p_service_t *service, const oc_command_t *command) {
    if (!oc_p2p_ownership_close(&service->life, command))
        return;
    oc_p2p_ownership_settle(&service->life, &service->life.opener, OC_ERR_CLOSED, "it was closed");
    if (service->life.phase != OC_P2P_CLOSING)
        begin_close(service);
}

bool oc_p2p_service_stop(oc_p2p_service_t *service, int64_t now_us) {
    (void)now_us;
    service->life.stopping = true;
    oc_p2p_ownership_settle(&service->life, &service->life.opener, OC_ERR_CLOSED, "it was closed");
    if (service->life.phase == OC_P2P_OPEN || service->life.phase == OC_P2P_OPENING)
        begin_close(service);
    return service->life.phase == OC_P2P_CLOSED;
}

/* ---- opening ---- */

void oc_p2p_service_opened(oc_p2p_service_t *service, int result, const char *why,
                           oc_hub_pump_t *pump) {
    if (service->life.phase != OC_P2P_OPENING)
        return;
    if (result != OC_OK) {
        oc_p2p_ownership_settle(&service->life, &service->life.opener, result, why);
        begin_close(service);
        return;
    }
    const oc_p2p_open_t *open = &service->expected;
    const oc_p2p_servers_env_t env = {.loop = service->env.loop,
                                      .look_up = service->env.look_up,
                                      .drop = service->env.drop,
                                      .context = service->env.context,
                                      .pump = pump,
                                      .tried = on_tried,
                                      .owner = service};
    service->pump = pump;
    service->life.phase = OC_P2P_OPEN;
    (void)oc_hub_configure(pump->hub, open->keep_alive_s, open->keep_alive_attempts,
                           clock_us(service)); /* in range: it was read */
    oc_viewers_open(service->viewers, pump->hub, clock_us(service));
    oc_p2p_servers_start(&service->servers, &env, &service->expected);
    oc_p2p_ownership_settle(&service->life, &service->life.opener, OC_OK, "");
    advance(service);
}

static void take_open(oc_p2p_service_t *service, const oc_command_t *command) {
    const char *why;
    int result = oc_p2p_ownership_judge(&service->life, command->arg[0], &why);
    if (result == OC_OK) {
        result = make_viewers(service);
        why = oc_err_text(result);
    }
    if (result == OC_OK)
        result = oc_p2p_open_read(oc_span(command->parcel.data, command->parcel.len),
                                  &service->expected, &why);
    if (result != OC_OK) {
        oc_p2p_ownership_reply(&service->life, command, result, why);
        return;
    }
    oc_p2p_ownership_opening(&service->life, command);
    result = service->env.open(service->env.context, &service->expected, &why);
    if (result == OC_OK)
        return;
    service->life.phase = OC_P2P_CLOSED;
    oc_p2p_open_wipe(&service->expected);
    oc_p2p_ownership_settle(&service->life, &service->life.opener, result, why);
}

/* ---- commands ---- */

static void take_restart(oc_p2p_service_t *service, const oc_command_t *command) {
    if (!oc_p2p_ownership_need(&service->life, command))
        return;
    oc_hub_pump_again(service->pump);
    oc_p2p_servers_again(&service->servers);
    oc_p2p_ownership_reply(&service->life, command, OC_OK, "");
    advance(service);
}

bool oc_p2p_service_command(oc_p2p_service_t *service, const oc_command_t *command,
                            int64_t now_us) {
    oc_parcel_t parcel = command->parcel;
    switch (command->kind) {
    case OC_COMMAND_P2P_OPEN:
        take_open(service, command);
        if (parcel.data)
            oc_crypto_wipe(parcel.data, parcel.len); /* passwords */
        break;
    case OC_COMMAND_P2P_CLOSE:
        take_close(service, command);
        break;
    case OC_COMMAND_P2P_RESTART:
        take_restart(service, command);
        break;
    default:
        if (service->viewers) {
            if (!oc_viewers_command(service->viewers, command, now_us))
                return false;
            advance(service);
            return true;
        }
        if (command->kind < OC_COMMAND_P2P_OPEN || command->kind > OC_COMMAND_P2P_RATE)
            return false;
        (void)oc_p2p_ownership_need(&service->life, command); /* never opened: it says so */
    }
    oc_mailbox_parcel_free(service->life.mailbox, &parcel);
    return true;
}

int64_t oc_p2p_service_advance(oc_p2p_service_t *service, int64_t now_us) {
    if (service->env.talk && service->env.talk->active && oc_plane_privacy(service->env.plane) != 0)
        oc_viewers_end_talk(service->viewers, "privacy mode is on", now_us);
    turn(service);
    return service->life.phase == OC_P2P_OPEN ? service->due_us : INT64_MAX;
}

void oc_p2p_service_ring_gone(oc_p2p_service_t *service, unsigned slot, int64_t now_us) {
    service->lowered[slot] = false; /* the next source begins afresh */
    service->ceiling_bps[slot] = 0;
    bool private = oc_plane_privacy(service->env.plane) != 0;
    if (service->viewers)
        oc_viewers_ring_gone(service->viewers, slot,
                             private ? "privacy mode is on" : "the channel is closed", now_us);
}

void oc_p2p_service_new_script(oc_p2p_service_t *service, uint32_t generation, int64_t now_us) {
    if (service->viewers)
        oc_viewers_new_script(service->viewers, generation, now_us);
}

/* ---- what others see of it ---- */

const oc_p2p_counts_t *oc_p2p_service_counts(const oc_p2p_service_t *service) {
    return &service->counts;
}

oc_viewers_t *oc_p2p_service_viewers(const oc_p2p_service_t *service) {
    return service->viewers;
}

bool oc_p2p_service_read_session(const oc_p2p_service_t *service, unsigned index,
                                 oc_session_row_t *row) {
    const oc_viewers_t *viewers = service->viewers;
    const oc_table_t *table = viewers ? oc_viewers_session_table(viewers, index) : NULL;
    memset(row, 0, sizeof *row);
    return !viewers || (table && oc_table_read(table, (uint32_t *)row));
}

bool oc_p2p_service_read_view(const oc_p2p_service_t *service, unsigned index, oc_view_row_t *row) {
    const oc_viewers_t *viewers = service->viewers;
    const oc_table_t *table = viewers ? oc_viewers_view_table(viewers, index) : NULL;
    memset(row, 0, sizeof *row);
    return !viewers || (table && oc_table_read(table, (uint32_t *)row));
}

/* ---- its own beginning and end ---- */

int oc_p2p_service_create(oc_p2p_service_t **out, const oc_p2p_service_env_t *env) {
    oc_p2p_service_t *service = env->loop.allocate(env->loop.context, sizeof *service);
    if (!service)
        return OC_ERR_NOMEM;
    memset(service, 0, sizeof *service);
    service->env = *env;
    service->life.mailbox = env->mailbox;
    service->due_us = INT64_MAX;
    if (!env->late_viewers && make_viewers(service) != OC_OK) {
        env->loop.release(env->loop.context, service);
        return OC_ERR_NOMEM;
    }
    *out = service;
    return OC_OK;
}

void oc_p2p_service_free(oc_p2p_service_t *service) {
    if (!service)
        return;
    const oc_loop_env_t loop = service->env.loop;
    if (service->viewers)
        oc_viewers_deinit(service->viewers);
    loop.release(loop.context, service->viewers);
    loop.release(loop.context, service);
}
