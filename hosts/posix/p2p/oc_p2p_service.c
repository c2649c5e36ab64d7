#define _GNU_SOURCE
#include "oc_p2p_service.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "oc_certificate_file.h"
#include "oc_crypto.h"
#include "oc_log.h"
#include "oc_p2p_ownership.h"
#include "oc_p2p_open.h"
#include "oc_p2p_play.h"
#include "oc_p2p_servers.h"
#include "oc_plane_ring.h"
#include "oc_posix.h"

#define COUNT_US    (1000 * 1000)
#define BLOCKS_EACH 40u /* of OC_POOL_EACH for each session: its window, and what it is told */

struct oc_p2p_service {
    oc_media_thread_t *media;
    oc_viewers_t *viewers;
    oc_p2p_ownership_t life; /* opening waits for the certificate, closing for the pump */
    bool close_requested;    /* while OPENING */
    oc_p2p_open_t expected;  /* while OPENING, then wiped */
    oc_viewers_env_t env;
    char ca[sizeof(((oc_p2p_open_t *)NULL)->ca)];
    oc_certificate_t *certificate; /* for the process's life */
    oc_p2p_pump_t *pump;           /* while OPEN and CLOSING */
    oc_p2p_servers_t servers;      /* while OPEN */
    oc_p2p_play_t play;
    bool lowered[OC_STREAMS_MAX]; /* a source makes less for its viewers */
    oc_p2p_counts_t counts;
    oc_hub_stats_t counted; /* what of the hub is in it */
    int64_t count_us;       /* they are counted again then */
    int64_t due_us;         /* of the last advance */
};

static void turn(oc_p2p_service_t *service);

/* ---- what viewers need of the host ---- */

static void *allocate(void *context, size_t bytes) {
    return oc_media_thread_allocate(bytes);
}

static void release(void *context, void *memory) {
    oc_media_thread_release(memory);
}

static int offer(void *context, oc_span_t sdp, oc_hub_peer_t *id, const char **why) {
    const oc_p2p_service_t *service = context;
    return oc_p2p_pump_offer(service->pump, sdp, id, why);
}

static int connect_peer(void *context, oc_hub_peer_t *id) {
    const oc_p2p_service_t *service = context;
    return oc_p2p_pump_connect(service->pump, id);
}

static int stream_of(void *context, unsigned channel, oc_stream_t stream,
                     oc_viewers_stream_t *out) {
    const oc_p2p_service_t *service = context;
    const oc_plane_t *plane = oc_media_thread_plane(service->media);
    oc_plane_ring_t found;
    int result = oc_plane_ring(plane, channel, stream, &found);
    *out = (oc_viewers_stream_t){.ring = found.ring,
                                 .slot = found.slot,
                                 .clock = *oc_plane_ring_clock(plane),
                                 .ceiling_bps = found.encoder_bps};
    return result;
}

static void request_key(void *context, unsigned slot) {
    const oc_p2p_service_t *service = context;
    (void)oc_media_thread_request_key(service->media, slot); /* a source that cannot has its GOPs */
}

/* The stream in a slot. */
static oc_plane_ring_t ring_in(const oc_p2p_service_t *service, unsigned slot) {
    oc_plane_ring_t found = {0};
    bool sub = slot >= OC_CHANNELS_MAX;
    (void)oc_plane_ring(oc_media_thread_plane(service->media), sub ? slot - OC_CHANNELS_MAX : slot,
                        sub ? OC_STREAM_SUB : OC_STREAM_MAIN, &found);
    return found;
}

/* A recording has what the source can give, however slow a viewer is. */
static void set_bitrate(void *context, unsigned slot, uint32_t bps) {
    oc_p2p_service_t *service = context;
    oc_plane_ring_t stream = ring_in(service, slot);
    if (stream.recorded || bps > stream.encoder_bps)
        bps = stream.encoder_bps;
    if (bps == stream.encoder_bps && !service->lowered[slot])
        return;
    if (oc_media_thread_set_bitrate(service->media, slot, bps) == OC_OK)
        service->lowered[slot] = bps < stream.encoder_bps;
}

static void watching(void *context, unsigned slot, unsigned views) {
    const oc_p2p_service_t *service = context;
    if (views == 0) /* nobody says any more what he bears */
        set_bitrate(context, slot, UINT32_MAX);
    oc_plane_ring_viewers(oc_media_thread_plane(service->media), slot, views);
}

static int play_open(void *context, uint32_t view, oc_span_t list, int64_t *at_us, void **play,
                     oc_play_chunk_t *chunks[OC_SOURCE_PLAY_CHUNKS]) {
    oc_p2p_service_t *service = context;
    return oc_p2p_play_open(&service->play, view, list, at_us, play, chunks);
}

static int play_fill(void *context, void *play, oc_play_chunk_t *chunk) {
    return oc_p2p_play_fill(play, chunk);
}

static void play_close(void *context, void *play) {
    oc_p2p_play_close(play);
}

/* Chunks came. */
static void on_filled(void *context) {
    turn(context);
}

/* ---- names of servers ---- */

static void on_tried(void *context, unsigned failed) {
    oc_p2p_service_t *service = context;
    if (failed > 0)
        oc_viewers_notice(service->viewers, OC_VIEWERS_CONNECT_FAIL);
    turn(service);
}

/* ---- turns ---- */

static void add(_Atomic uint64_t *total, uint64_t *counted, uint64_t now) {
    atomic_fetch_add_explicit(total, now - *counted, memory_order_relaxed);
    *counted = now;
}

/* The hub begins at 0 each time the transport is opened; totals do not. */
static void count(oc_p2p_service_t *service, int64_t now_us) {
    oc_hub_stats_t now;
    oc_hub_stats(oc_p2p_pump_hub(service->pump), &now);
    add(&service->counts.offers, &service->counted.offers, now.offers);
    add(&service->counts.refused_busy, &service->counted.refused_busy, now.refused_busy);
    add(&service->counts.bytes_in, &service->counted.bytes_in, now.bytes_in);
    add(&service->counts.bytes_out, &service->counted.bytes_out, now.bytes_out);
    service->count_us = now_us + COUNT_US;
}

/* Of a command or an event: what it led to leaves with the turn, or the round, that it is part of.
 */
static void advance(oc_p2p_service_t *service) {
    int64_t now = oc_posix_now_us();
    if (service->life.phase != OC_P2P_OPEN)
        return;
    if (now >= service->count_us)
        count(service, now);
    int64_t again = oc_p2p_servers_advance(&service->servers, now);
    int64_t due = oc_viewers_advance(service->viewers, now);
    service->due_us = again < due ? again : due;
    oc_media_thread_due(service->media, service->due_us);
}

/* The same, and what it led to has left when it returns. */
static void turn(oc_p2p_service_t *service) {
    advance(service);
    if (service->life.phase == OC_P2P_OPEN)
        oc_p2p_pump_turn(service->pump);
}

static void on_hub_event(void *context, const oc_hub_event_t *event) {
    const oc_p2p_service_t *service = context;
    oc_viewers_event(service->viewers, event, oc_posix_now_us());
}

static void on_hub_events(void *context) {
    advance(context);
}

/* ---- opening ---- */

static int open_pump(oc_p2p_service_t *service, const char **why) {
    const oc_p2p_open_t *expected = &service->expected;
    oc_p2p_pump_config_t config = {.hub = {.peers = expected->sessions,
                                           .pool_blocks = expected->sessions * BLOCKS_EACH,
                                           .profile = oc_peer_profile_camera(),
                                           .certificate = service->certificate,
                                           .relay_only = expected->relay_only},
                                   .port = expected->port,
                                   .ipv4 = expected->ipv4,
                                   .ipv6 = expected->ipv6,
                                   .loopback = expected->loopback,
                                   .later_servers = expected->servers > 0,
                                   .ca = service->ca[0] ? service->ca : NULL,
                                   .on_event = on_hub_event,
                                   .on_events = on_hub_events,
                                   .context = service};
    int result = oc_p2p_pump_create(&service->pump, oc_media_thread_loop(service->media), &config);
    *why = result == OC_ERR_BUSY     ? "the UDP port is in use"
           : result == OC_ERR_NOTSUP ? "this machine has no such address family"
                                     : oc_err_text(result);
    if (result == OC_OK)
        (void)oc_hub_configure(oc_p2p_pump_hub(service->pump), expected->keep_alive_s,
                               expected->keep_alive_attempts, oc_posix_now_us()); /* it was read */
    return result;
}

/* It does not open. */
static void give_up(oc_p2p_service_t *service, int code, const char *why) {
    service->pump = NULL;
    service->life.phase = OC_P2P_CLOSED;
    oc_p2p_open_wipe(&service->expected);
    oc_p2p_ownership_settle(&service->life, &service->life.opener, code, why);
    oc_p2p_ownership_settle(&service->life, &service->life.closer, OC_OK, "");
}

static void finish_open(oc_p2p_service_t *service) {
    const char *why = "it was closed";
    int result = service->close_requested || service->life.stopping ? OC_ERR_CLOSED
                                                                    : open_pump(service, &why);
    if (result != OC_OK) {
        give_up(service, result, why);
        return;
    }
    service->life.phase = OC_P2P_OPEN;
    oc_viewers_open(service->viewers, oc_p2p_pump_hub(service->pump), oc_posix_now_us());
    oc_p2p_servers_start(&service->servers, service->media, service->pump, &service->expected,
                         on_tried, service);
    oc_p2p_open_wipe(&service->expected);
    oc_p2p_ownership_settle(&service->life, &service->life.opener, OC_OK, "");
    advance(service);
}

/* File thread: nobody else looks at the certificate until on_certificate. */
static int load_certificate(oc_file_store_t *store, void *context) {
    oc_p2p_service_t *service = context;
    return oc_certificate_file_open(store->root, &service->certificate);
}

static void on_certificate(oc_media_thread_t *media, void *context, int result) {
    oc_p2p_service_t *service = context;
    if (result == OC_OK) {
        finish_open(service);
        return;
    }
    service->certificate = NULL;
    char why[96];
    snprintf(why, sizeof why, "%s: %s", OC_CERTIFICATE_FILE, oc_err_text(result));
    give_up(service, result, why);
}

static void take_open(oc_p2p_service_t *service, const oc_command_t *command) {
    const char *why;
    int result = oc_p2p_ownership_judge(&service->life, command->arg[0], &why);
    if (result == OC_OK)
        result = oc_p2p_open_read(oc_span(command->parcel.data, command->parcel.len),
                                  &service->expected, &why);
    if (result != OC_OK) {
        oc_p2p_ownership_reply(&service->life, command, result, why);
        return;
    }
    memcpy(service->ca, service->expected.ca, sizeof service->ca);
    oc_p2p_ownership_opening(&service->life, command);
    service->close_requested = false;
    if (service->certificate) {
        finish_open(service);
        return;
    }
    result = oc_media_thread_work(service->media, load_certificate, on_certificate, service);
    if (result != OC_OK)
        give_up(service, result, "the disk is too slow");
}

/* ---- closing ---- */

static void on_pump_closed(void *context) {
    oc_p2p_service_t *service = context;
    service->pump = NULL;
    service->life.phase = OC_P2P_CLOSED;
    oc_p2p_ownership_settle(&service->life, &service->life.closer, OC_OK, "");
    if (service->life.stopping)
        oc_media_thread_wake(service->media);
}

static void begin_close(oc_p2p_service_t *service) {
    service->life.phase = OC_P2P_CLOSING;
    count(service, oc_posix_now_us());
    service->counted = (oc_hub_stats_t){0};
    oc_p2p_servers_stop(&service->servers);
    oc_p2p_pump_close(service->pump, on_pump_closed); /* peers end here: their sources are let go */
    oc_viewers_close(service->viewers, oc_posix_now_us());
}

static void take_close(oc_p2p_service_t *service, const oc_command_t *command) {
    if (!oc_p2p_ownership_close(&service->life, command))
        return;
    service->close_requested = true;
    if (service->life.phase == OC_P2P_OPEN)
        begin_close(service);
}

bool oc_p2p_service_stop(oc_p2p_service_t *service, int64_t now_us) {
    service->life.stopping = true;
    if (service->life.phase == OC_P2P_OPEN)
        begin_close(service);
    bool played = oc_p2p_play_stop(&service->play, now_us);
    return service->life.phase == OC_P2P_CLOSED && played;
}

/* ---- commands ---- */

static void take_restart(oc_p2p_service_t *service, const oc_command_t *command) {
    if (!oc_p2p_ownership_need(&service->life, command))
        return;
    oc_p2p_pump_again(service->pump);
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
        if (!oc_viewers_command(service->viewers, command, now_us))
            return false;
        advance(service);
        return true;
    }
    oc_mailbox_parcel_free(service->life.mailbox, &parcel);
    return true;
}

int64_t oc_p2p_service_advance(oc_p2p_service_t *service, int64_t now_us) {
    turn(service);
    return service->life.phase == OC_P2P_OPEN ? service->due_us : INT64_MAX;
}

void oc_p2p_service_ring_gone(oc_p2p_service_t *service, unsigned slot, int64_t now_us) {
    service->lowered[slot] = false; /* the next source begins afresh */
    bool private = oc_plane_privacy(oc_media_thread_plane(service->media)) != 0;
    oc_viewers_ring_gone(service->viewers, slot,
                         private ? "privacy mode is on" : "the channel is closed", now_us);
}

void oc_p2p_service_new_script(oc_p2p_service_t *service, uint32_t generation, int64_t now_us) {
    oc_viewers_new_script(service->viewers, generation, now_us);
}

oc_media_thread_t *oc_p2p_service_media(oc_p2p_service_t *service) {
    return service->media;
}

const oc_p2p_counts_t *oc_p2p_service_counts(const oc_p2p_service_t *service) {
    return &service->counts;
}

oc_viewers_t *oc_p2p_service_viewers(oc_p2p_service_t *service) {
    return service->viewers;
}

int oc_p2p_service_create(oc_p2p_service_t **out, oc_media_thread_t *media) {
    static const oc_viewers_config_t config = {0};
    oc_p2p_service_t *service = calloc(1, sizeof *service);
    void *memory = oc_media_thread_allocate(oc_viewers_bytes(&config));
    if (!service || !memory) {
        free(service);
        oc_media_thread_release(memory);
        return OC_ERR_NOMEM;
    }
    service->env = (oc_viewers_env_t){.allocate = allocate,
                                      .release = release,
                                      .offer = offer,
                                      .connect = connect_peer,
                                      .stream = stream_of,
                                      .request_key = request_key,
                                      .set_bitrate = set_bitrate,
                                      .watching = watching,
                                      .play_open = play_open,
                                      .play_fill = play_fill,
                                      .play_close = play_close,
                                      .context = service};
    service->media = media;
    service->life.mailbox = oc_media_thread_mailbox(media);
    service->viewers = oc_viewers_init(memory, &config, &service->env, service->life.mailbox);
    service->play = (oc_p2p_play_t){
        .media = media, .viewers = service->viewers, .filled = on_filled, .context = service};
    *out = service;
    return OC_OK;
}

void oc_p2p_service_free(oc_p2p_service_t *service) {
    if (!service || service->play.hung)
        return;
    oc_viewers_deinit(service->viewers);
    oc_media_thread_release(service->viewers);
    if (service->certificate)
        oc_certificate_destroy(service->certificate);
    free(service);
}
