#define _GNU_SOURCE
#include "oc_p2p_desk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "oc_certificate_file.h"
#include "oc_crypto.h"
#include "oc_log.h"
#include "oc_p2p_life.h"
#include "oc_p2p_open.h"
#include "oc_p2p_play.h"
#include "oc_p2p_servers.h"
#include "oc_plane_ring.h"
#include "oc_posix.h"

#define COUNT_US    (1000 * 1000)
#define BLOCKS_EACH 40u /* of OC_POOL_EACH for each session: its window, and what it is told */

struct oc_p2p_desk {
    oc_media_thread_t *media;
    oc_viewers_t *viewers;
    oc_p2p_life_t life;   /* opening waits for the certificate, closing for the pump */
    bool close_wanted;    /* while OPENING */
    oc_p2p_open_t wanted; /* while OPENING, then wiped */
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

static void turn(oc_p2p_desk_t *desk);

/* ---- what viewers need of the host ---- */

static void *allocate(void *context, size_t bytes) {
    return oc_media_thread_allocate(bytes);
}

static void release(void *context, void *memory) {
    oc_media_thread_release(memory);
}

static int offer(void *context, oc_span_t sdp, oc_hub_peer_t *id, const char **why) {
    const oc_p2p_desk_t *desk = context;
    return oc_p2p_pump_offer(desk->pump, sdp, id, why);
}

static int connect_peer(void *context, oc_hub_peer_t *id) {
    const oc_p2p_desk_t *desk = context;
    return oc_p2p_pump_connect(desk->pump, id);
}

static int stream_of(void *context, unsigned channel, oc_stream_t stream,
                     oc_viewers_stream_t *out) {
    const oc_p2p_desk_t *desk = context;
    const oc_plane_t *plane = oc_media_thread_plane(desk->media);
    oc_plane_ring_t found;
    int result = oc_plane_ring(plane, channel, stream, &found);
    *out = (oc_viewers_stream_t){.ring = found.ring,
                                 .slot = found.slot,
                                 .clock = *oc_plane_ring_clock(plane),
                                 .ceiling_bps = found.encoder_bps};
    return result;
}

static void request_key(void *context, unsigned slot) {
    const oc_p2p_desk_t *desk = context;
    (void)oc_media_thread_request_key(desk->media, slot); /* a source that cannot has its GOPs */
}

/* The stream in a slot. */
static oc_plane_ring_t ring_in(const oc_p2p_desk_t *desk, unsigned slot) {
    oc_plane_ring_t found = {0};
    bool sub = slot >= OC_CHANNELS_MAX;
    (void)oc_plane_ring(oc_media_thread_plane(desk->media), sub ? slot - OC_CHANNELS_MAX : slot,
                        sub ? OC_STREAM_SUB : OC_STREAM_MAIN, &found);
    return found;
}

/* A recording has what the source can give, however slow a viewer is. */
static void set_bitrate(void *context, unsigned slot, uint32_t bps) {
    oc_p2p_desk_t *desk = context;
    oc_plane_ring_t stream = ring_in(desk, slot);
    if (stream.recorded || bps > stream.encoder_bps)
        bps = stream.encoder_bps;
    if (bps == stream.encoder_bps && !desk->lowered[slot])
        return;
    if (oc_media_thread_set_bitrate(desk->media, slot, bps) == OC_OK)
        desk->lowered[slot] = bps < stream.encoder_bps;
}

static void watching(void *context, unsigned slot, unsigned views) {
    const oc_p2p_desk_t *desk = context;
    if (views == 0) /* nobody says any more what he bears */
        set_bitrate(context, slot, UINT32_MAX);
    oc_plane_ring_viewers(oc_media_thread_plane(desk->media), slot, views);
}

static int play_open(void *context, uint32_t view, oc_span_t list, int64_t *at_us, void **play,
                     oc_play_chunk_t *chunks[OC_SOURCE_PLAY_CHUNKS]) {
    oc_p2p_desk_t *desk = context;
    return oc_p2p_play_open(&desk->play, view, list, at_us, play, chunks);
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
    oc_p2p_desk_t *desk = context;
    if (failed > 0)
        oc_viewers_notice(desk->viewers, OC_VIEWERS_CONNECT_FAIL);
    turn(desk);
}

/* ---- turns ---- */

static void add(_Atomic uint64_t *total, uint64_t *counted, uint64_t now) {
    atomic_fetch_add_explicit(total, now - *counted, memory_order_relaxed);
    *counted = now;
}

/* The hub begins at 0 each time the transport is opened; totals do not. */
static void count(oc_p2p_desk_t *desk, int64_t now_us) {
    oc_hub_stats_t now;
    oc_hub_stats(oc_p2p_pump_hub(desk->pump), &now);
    add(&desk->counts.offers, &desk->counted.offers, now.offers);
    add(&desk->counts.refused_busy, &desk->counted.refused_busy, now.refused_busy);
    add(&desk->counts.bytes_in, &desk->counted.bytes_in, now.bytes_in);
    add(&desk->counts.bytes_out, &desk->counted.bytes_out, now.bytes_out);
    desk->count_us = now_us + COUNT_US;
}

/* Of a command or an event: what it led to leaves with the turn, or the round, that it is part of.
 */
static void advance(oc_p2p_desk_t *desk) {
    int64_t now = oc_posix_now_us();
    if (desk->life.phase != OC_P2P_OPEN)
        return;
    if (now >= desk->count_us)
        count(desk, now);
    int64_t again = oc_p2p_servers_advance(&desk->servers, now);
    int64_t due = oc_viewers_advance(desk->viewers, now);
    desk->due_us = again < due ? again : due;
    oc_media_thread_due(desk->media, desk->due_us);
}

/* The same, and what it led to has left when it returns. */
static void turn(oc_p2p_desk_t *desk) {
    advance(desk);
    if (desk->life.phase == OC_P2P_OPEN)
        oc_p2p_pump_turn(desk->pump);
}

static void on_hub_event(void *context, const oc_hub_event_t *event) {
    const oc_p2p_desk_t *desk = context;
    oc_viewers_event(desk->viewers, event, oc_posix_now_us());
}

static void on_hub_events(void *context) {
    advance(context);
}

/* ---- opening ---- */

static int open_pump(oc_p2p_desk_t *desk, const char **why) {
    const oc_p2p_open_t *wanted = &desk->wanted;
    oc_p2p_pump_config_t config = {.hub = {.peers = wanted->sessions,
                                           .pool_blocks = wanted->sessions * BLOCKS_EACH,
                                           .profile = oc_peer_profile_camera(),
                                           .certificate = desk->certificate,
                                           .relay_only = wanted->relay_only},
                                   .port = wanted->port,
                                   .ipv4 = wanted->ipv4,
                                   .ipv6 = wanted->ipv6,
                                   .loopback = wanted->loopback,
                                   .later_servers = wanted->servers > 0,
                                   .ca = desk->ca[0] ? desk->ca : NULL,
                                   .on_event = on_hub_event,
                                   .on_events = on_hub_events,
                                   .context = desk};
    int result = oc_p2p_pump_create(&desk->pump, oc_media_thread_loop(desk->media), &config);
    *why = result == OC_ERR_BUSY     ? "the UDP port is in use"
           : result == OC_ERR_NOTSUP ? "this machine has no such address family"
                                     : oc_err_text(result);
    if (result == OC_OK)
        (void)oc_hub_configure(oc_p2p_pump_hub(desk->pump), wanted->keep_alive_s,
                               wanted->keep_alive_attempts, oc_posix_now_us()); /* it was read */
    return result;
}

/* It does not open. */
static void give_up(oc_p2p_desk_t *desk, int code, const char *why) {
    desk->pump = NULL;
    desk->life.phase = OC_P2P_CLOSED;
    oc_p2p_open_wipe(&desk->wanted);
    oc_p2p_life_settle(&desk->life, &desk->life.opener, code, why);
    oc_p2p_life_settle(&desk->life, &desk->life.closer, OC_OK, "");
}

static void finish_open(oc_p2p_desk_t *desk) {
    const char *why = "it was closed";
    int result = desk->close_wanted || desk->life.stopping ? OC_ERR_CLOSED : open_pump(desk, &why);
    if (result != OC_OK) {
        give_up(desk, result, why);
        return;
    }
    desk->life.phase = OC_P2P_OPEN;
    oc_viewers_open(desk->viewers, oc_p2p_pump_hub(desk->pump), oc_posix_now_us());
    oc_p2p_servers_start(&desk->servers, desk->media, desk->pump, &desk->wanted, on_tried, desk);
    oc_p2p_open_wipe(&desk->wanted);
    oc_p2p_life_settle(&desk->life, &desk->life.opener, OC_OK, "");
    advance(desk);
}

/* File thread: nobody else looks at the certificate until on_certificate. */
static int load_certificate(oc_file_store_t *store, void *context) {
    oc_p2p_desk_t *desk = context;
    return oc_certificate_file_open(store->root, &desk->certificate);
}

static void on_certificate(oc_media_thread_t *media, void *context, int result) {
    oc_p2p_desk_t *desk = context;
    if (result == OC_OK) {
        finish_open(desk);
        return;
    }
    desk->certificate = NULL;
    char why[96];
    snprintf(why, sizeof why, "%s: %s", OC_CERTIFICATE_FILE, oc_err_text(result));
    give_up(desk, result, why);
}

static void take_open(oc_p2p_desk_t *desk, const oc_command_t *command) {
    const char *why;
    int result = oc_p2p_life_judge(&desk->life, command->arg[0], &why);
    if (result == OC_OK)
        result = oc_p2p_open_read(oc_span(command->parcel.data, command->parcel.len), &desk->wanted,
                                  &why);
    if (result != OC_OK) {
        oc_p2p_life_reply(&desk->life, command, result, why);
        return;
    }
    memcpy(desk->ca, desk->wanted.ca, sizeof desk->ca);
    oc_p2p_life_opening(&desk->life, command);
    desk->close_wanted = false;
    if (desk->certificate) {
        finish_open(desk);
        return;
    }
    result = oc_media_thread_work(desk->media, load_certificate, on_certificate, desk);
    if (result != OC_OK)
        give_up(desk, result, "the disk is too slow");
}

/* ---- closing ---- */

static void on_pump_closed(void *context) {
    oc_p2p_desk_t *desk = context;
    desk->pump = NULL;
    desk->life.phase = OC_P2P_CLOSED;
    oc_p2p_life_settle(&desk->life, &desk->life.closer, OC_OK, "");
    if (desk->life.stopping)
        oc_media_thread_wake(desk->media);
}

static void begin_close(oc_p2p_desk_t *desk) {
    desk->life.phase = OC_P2P_CLOSING;
    count(desk, oc_posix_now_us());
    desk->counted = (oc_hub_stats_t){0};
    oc_p2p_servers_stop(&desk->servers);
    oc_p2p_pump_close(desk->pump, on_pump_closed); /* peers end here: their sources are let go */
    oc_viewers_close(desk->viewers, oc_posix_now_us());
}

static void take_close(oc_p2p_desk_t *desk, const oc_command_t *command) {
    if (!oc_p2p_life_close(&desk->life, command))
        return;
    desk->close_wanted = true;
    if (desk->life.phase == OC_P2P_OPEN)
        begin_close(desk);
}

bool oc_p2p_desk_stop(oc_p2p_desk_t *desk, int64_t now_us) {
    desk->life.stopping = true;
    if (desk->life.phase == OC_P2P_OPEN)
        begin_close(desk);
    bool played = oc_p2p_play_stop(&desk->play, now_us);
    return desk->life.phase == OC_P2P_CLOSED && played;
}

/* ---- commands ---- */

static void take_restart(oc_p2p_desk_t *desk, const oc_command_t *command) {
    if (!oc_p2p_life_need(&desk->life, command))
        return;
    oc_p2p_pump_again(desk->pump);
    oc_p2p_servers_again(&desk->servers);
    oc_p2p_life_reply(&desk->life, command, OC_OK, "");
    advance(desk);
}

bool oc_p2p_desk_command(oc_p2p_desk_t *desk, const oc_command_t *command, int64_t now_us) {
    oc_parcel_t parcel = command->parcel;
    switch (command->kind) {
    case OC_COMMAND_P2P_OPEN:
        take_open(desk, command);
        if (parcel.data)
            oc_crypto_wipe(parcel.data, parcel.len); /* passwords */
        break;
    case OC_COMMAND_P2P_CLOSE:
        take_close(desk, command);
        break;
    case OC_COMMAND_P2P_RESTART:
        take_restart(desk, command);
        break;
    default:
        if (!oc_viewers_command(desk->viewers, command, now_us))
            return false;
        advance(desk);
        return true;
    }
    oc_mailbox_parcel_free(desk->life.mailbox, &parcel);
    return true;
}

int64_t oc_p2p_desk_advance(oc_p2p_desk_t *desk, int64_t now_us) {
    turn(desk);
    return desk->life.phase == OC_P2P_OPEN ? desk->due_us : INT64_MAX;
}

void oc_p2p_desk_ring_gone(oc_p2p_desk_t *desk, unsigned slot, int64_t now_us) {
    desk->lowered[slot] = false; /* the next source begins afresh */
    bool private = oc_plane_privacy(oc_media_thread_plane(desk->media)) != 0;
    oc_viewers_ring_gone(desk->viewers, slot,
                         private ? "privacy mode is on" : "the channel is closed", now_us);
}

void oc_p2p_desk_new_script(oc_p2p_desk_t *desk, uint32_t generation, int64_t now_us) {
    oc_viewers_new_script(desk->viewers, generation, now_us);
}

oc_media_thread_t *oc_p2p_desk_media(oc_p2p_desk_t *desk) {
    return desk->media;
}

const oc_p2p_counts_t *oc_p2p_desk_counts(const oc_p2p_desk_t *desk) {
    return &desk->counts;
}

oc_viewers_t *oc_p2p_desk_viewers(oc_p2p_desk_t *desk) {
    return desk->viewers;
}

int oc_p2p_desk_create(oc_p2p_desk_t **out, oc_media_thread_t *media) {
    static const oc_viewers_config_t config = {0};
    oc_p2p_desk_t *desk = calloc(1, sizeof *desk);
    void *memory = oc_media_thread_allocate(oc_viewers_bytes(&config));
    if (!desk || !memory) {
        free(desk);
        oc_media_thread_release(memory);
        return OC_ERR_NOMEM;
    }
    desk->env = (oc_viewers_env_t){.allocate = allocate,
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
                                   .context = desk};
    desk->media = media;
    desk->life.mailbox = oc_media_thread_mailbox(media);
    desk->viewers = oc_viewers_init(memory, &config, &desk->env, desk->life.mailbox);
    desk->play = (oc_p2p_play_t){
        .media = media, .viewers = desk->viewers, .filled = on_filled, .context = desk};
    *out = desk;
    return OC_OK;
}

void oc_p2p_desk_free(oc_p2p_desk_t *desk) {
    if (!desk || desk->play.hung)
        return;
    oc_viewers_deinit(desk->viewers);
    oc_media_thread_release(desk->viewers);
    if (desk->certificate)
        oc_certificate_destroy(desk->certificate);
    free(desk);
}
