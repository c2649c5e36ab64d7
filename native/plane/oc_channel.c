/* See oc_channel.h: opening, flowing, closing. The recording is in oc_channel_record.c. */
#include "oc_channel.h"

#include <stdio.h>
#include <string.h>
#include "oc_plane_impl.h"

/* Items taken before the outputs get their turn: no more than the ring's readers can follow. */
#define BURST 64
/* Bursts in one advance: no channel keeps the others waiting for long. */
#define BURSTS 4

/* What a source that does not say is taken to deliver. */
#define UNKNOWN_BITRATE_BPS   4000000
#define UNKNOWN_FPS           60
#define UNKNOWN_AUDIO_PACKETS 50

#define US_PER_S 1000000

void oc_channel_set_state(oc_channel_t *channel, oc_channel_state_t state, int64_t now_us) {
    channel->state = state;
    oc_plane_mark(channel->plane, channel->number);
    channel->plane->live_changes++;
    oc_plane_publish_row(channel->plane, channel->number, now_us);
    oc_mailbox_edge(channel->plane->mailbox,
                    OC_OBJECT_CHANNEL + oc_plane_channel_of(channel->number));
}

void oc_channel_wipe(char *text, size_t size) {
    volatile char *p = text;
    while (size--)
        *p++ = 0;
}

int oc_channel_open(oc_plane_t *plane, unsigned number, const oc_channel_config_t *config,
                    uint32_t config_hash, int64_t now_us, char *why, size_t why_size) {
    const oc_capture_driver_t *driver =
        plane->env.capture_find ? plane->env.capture_find(plane->env.context, config->url)
                                : oc_capture_find(config->url);
    if (!driver) {
        snprintf(why, why_size, "input: no driver handles this kind of source");
        return OC_ERR_NOTSUP;
    }
    oc_channel_t *channel = plane->env.allocate(plane->env.context, sizeof *channel);
    if (!channel) {
        snprintf(why, why_size, "no memory for another channel");
        return OC_ERR_NOMEM;
    }
    memset(channel, 0, sizeof *channel);
    channel->plane = plane;
    channel->number = number;
    channel->config = *config;
    channel->config_hash = config_hash;
    channel->opened_us = channel->latency_since_us = now_us;
    oc_timeline_init(&channel->line);
    oc_handoff_init(&channel->handoff, oc_plane_on_handoff, channel);
    oc_channel_wipe(channel->config.url, sizeof channel->config.url);

    oc_capture_config_t expected = {.as_fast_as_possible = config->as_fast_as_possible,
                                    .loop = config->loop,
                                    .audio = config->audio,
                                    .feeds = oc_channel_sub_is_made(config->sub_url),
                                    .slot = number};
    memcpy(expected.url, config->url, sizeof expected.url);
    if (oc_plane_is_sub(number))
        expected.feed = 1 + oc_plane_channel_of(number);
    channel->state = OC_CHANNEL_OPENING;
    plane->channel[number] = channel;
    int code =
        plane->env.capture_open(plane->env.context, number, driver, &expected, &channel->handoff);
    if (code < 0) {
        snprintf(why, why_size, "%s source: %s", driver->name, oc_err_text(code));
        plane->channel[number] = NULL;
        plane->env.release(plane->env.context, channel);
        return code;
    }
    oc_plane_publish_name(plane, number, config->name);
    if (config->sub_url[0])
        oc_plane_publish_name(plane, OC_CHANNELS_MAX + number, config->name);
    oc_channel_set_state(channel, OC_CHANNEL_OPENING, now_us);
    return OC_OK;
}

/* The source has a track that is not carried: reported once for each coding. */
static void set_omitted(oc_channel_t *channel, unsigned index, const oc_track_t *track,
                        int64_t now_us) {
    char coding[8];
    if (channel->config_id[index] || channel->track[index].omitted == track->omitted)
        return;
    channel->track[index].omitted = track->omitted;
    oc_coding_text(track->omitted, coding);
    if (track->omitted)
        oc_plane_eventf(channel->plane, (int)channel->number, "track-omitted", OC_ERR_NOTSUP, "",
                        now_us, "%s %s is not carried", index == 0 ? "video" : "audio", coding);
}

void oc_channel_set_track(oc_channel_t *channel, unsigned index, const oc_track_t *track,
                          int64_t now_us) {
    if (index < OC_TRACKS_MAX && track->codec == OC_CODEC_NONE)
        set_omitted(channel, index, track, now_us);
    if (index >= OC_TRACKS_MAX || track->codec == OC_CODEC_NONE || !track->timescale)
        return;
    if (oc_codec_is_audio(track->codec) && !channel->config.audio)
        return;
    if (oc_channel_video_track(channel, index, track))
        return;
    int id = oc_ring_set_track(channel->ring, index, track);
    if (id <= 0)
        return;
    channel->track[index] = *track;
    channel->config_id[index] = (uint16_t)id;
    oc_timeline_track(&channel->line, index, track->timescale);
}

static oc_ring_plan_t plan_for(const oc_channel_config_t *c, const oc_capture_config_t *source) {
    uint32_t fps = source->fps_milli ? (source->fps_milli + 999) / 1000 : UNKNOWN_FPS;
    uint32_t audio = c->audio ? UNKNOWN_AUDIO_PACKETS : 0;
    return (oc_ring_plan_t){
        .bytes = c->ring_bytes,
        .milliseconds = c->ring_ms,
        .bitrate_bps = source->bitrate_bps ? source->bitrate_bps
                       : c->bitrate_bps    ? c->bitrate_bps
                                           : UNKNOWN_BITRATE_BPS,
        .packets_per_s = source->packets_per_s ? source->packets_per_s : fps + audio,
        .max_gop_bytes = c->max_gop_bytes ? c->max_gop_bytes : source->max_gop_bytes,
        .max_gop_ms = source->max_gop_ms,
        .preroll_ms = c->preroll_ms,
    };
}

/* Ring and live output for what the source delivers. OC_OK or a code, with channel->why set. */
static int build(oc_channel_t *channel, const oc_capture_config_t *source, int64_t now_us) {
    const oc_plane_env_t *env = &channel->plane->env;
    const oc_channel_config_t *c = &channel->config;
    oc_ring_plan_t plan = plan_for(c, source);
    oc_ring_size_t size;
    uint32_t slots = oc_handoff_slots_for(plan.packets_per_s);
    char *line = channel->why;
    int code = OC_OK;
    if (c->max_gop_bytes && source->max_gop_bytes > c->max_gop_bytes) { /* A1 */
        snprintf(line, sizeof channel->why,
                 "maxGopSize: %u bytes is less than the source's largest GOP of %u bytes",
                 c->max_gop_bytes, source->max_gop_bytes);
        code = OC_ERR_RANGE;
    }
    if (code == OC_OK)
        code = oc_ring_plan(&plan, &size, line, sizeof channel->why);
    if (code == OC_OK) {
        channel->ring_memory = env->allocate(env->context, size.total_bytes);
        channel->live = env->allocate(env->context, oc_out_live_bytes());
        channel->handoff_memory =
            env->allocate(env->context, slots * sizeof *channel->handoff_memory);
        channel->ring = channel->ring_memory && channel->live && channel->handoff_memory
                            ? oc_ring_init(channel->ring_memory, &plan, &size)
                            : NULL;
        if (!channel->ring) {
            snprintf(line, sizeof channel->why, "ring: no memory for %zu bytes", size.total_bytes);
            code = OC_ERR_NOMEM;
        } else
            oc_handoff_use(&channel->handoff, channel->handoff_memory, slots);
        channel->ring_bytes = size.payload_bytes;
        channel->encoder_bps = source->encoder_bps;
    }
    if (code == OC_OK) {
        for (unsigned i = 0; i < OC_TRACKS_MAX; i++)
            oc_channel_set_track(channel, i, &source->track[i], now_us);
        code = oc_out_live_init(channel->live, channel->ring, c->hls_target_ms, c->hls_part_ms);
        if (code < 0)
            snprintf(line, sizeof channel->why, "live.targetMs, live.partMs: %u, %u: %s",
                     c->hls_target_ms, c->hls_part_ms, oc_err_text(code));
    }
    return code;
}

/* Whoever sends from the ring lets go of it, once. */
static void take_ring_back(oc_channel_t *channel) {
    const oc_plane_env_t *env = &channel->plane->env;
    if (channel->ring && !channel->ring_back && env->ring_gone)
        env->ring_gone(env->context, channel->number);
    channel->ring_back = true;
    channel->ring_viewers = 0;
}

static void free_outputs(oc_channel_t *channel) {
    const oc_plane_env_t *env = &channel->plane->env;
    oc_plane_pull_gone(channel->plane, channel);
    take_ring_back(channel);
    if (channel->live)
        env->release(env->context, channel->live);
    if (channel->ring && oc_plane_privacy(channel->plane))
        oc_ring_wipe(channel->ring);
    if (channel->ring_memory)
        env->release(env->context, channel->ring_memory);
    channel->plane->live_changes++;
    channel->live = NULL;
    channel->ring_memory = NULL;
    channel->ring = NULL;
}

static void close_capture(oc_channel_t *channel, int64_t now_us) {
    const oc_plane_env_t *env = &channel->plane->env;
    channel->step = OC_CHANNEL_STEP_CAPTURE;
    oc_channel_set_state(channel, OC_CHANNEL_CLOSING, now_us);
    if (!channel->cut)
        env->capture_close(env->context, channel->number);
    else if (channel->captured)
        oc_channel_captured(channel, now_us);
}

/* Nobody is to be told of a driver's trouble when privacy mode broke its opening off. */
static void blame_privacy(oc_channel_t *channel) {
    channel->failure = OC_ERR_PRIVATE;
    snprintf(channel->why, sizeof channel->why, "%s", oc_err_text(OC_ERR_PRIVATE));
}

void oc_channel_opened(oc_channel_t *channel, int result, const oc_capture_config_t *source,
                       int64_t now_us) {
    oc_plane_t *plane = channel->plane;
    if (result < 0) {
        channel->failure = result;
        snprintf(channel->why, sizeof channel->why, "%.*s", OC_CAPTURE_WHY_MAX,
                 source->why[0] ? source->why : oc_err_text(result));
        if (oc_plane_privacy(plane))
            blame_privacy(channel);
        oc_channel_captured(channel, now_us); /* the host has ended it already */
        return;
    }
    if (channel->step == OC_CHANNEL_STEP_ANSWER) {
        channel->failure = OC_ERR_CLOSED;
        snprintf(channel->why, sizeof channel->why, "closed while it was being opened");
        if (oc_plane_privacy(plane))
            blame_privacy(channel);
        close_capture(channel, now_us);
        return;
    }
    channel->failure = build(channel, source, now_us);
    if (channel->failure < 0) {
        free_outputs(channel);
        close_capture(channel, now_us);
        return;
    }
    plane->env.capture_start(plane->env.context, channel->number);
    oc_channel_set_state(channel, OC_CHANNEL_RUNNING, now_us);
    if (oc_plane_is_sub(channel->number)) {
        oc_channel_sub_opened(channel, source->adapted, now_us);
        return;
    }
    oc_plane_event(plane, (int)channel->number, "channel-opened", OC_OK, "", source->adapted,
                   now_us);
    oc_plane_commands_answer(plane, channel->number, OC_COMMAND_CHANNEL_OPEN, OC_OK,
                             (int32_t)channel->number, "");
}

static void take_packet(oc_channel_t *channel, oc_packet_t packet, int64_t now_us) {
    oc_channel_loss_t *loss = &channel->loss;
    oc_channel_video_packet(channel, &packet, now_us);
    if (packet.track >= OC_TRACKS_MAX || channel->config_id[packet.track] == 0) {
        bool unwanted = packet.track == 1 && !channel->config.audio;
        loss->unused += unwanted;
        loss->count[OC_LOSS_NO_TRACK] += !unwanted;
        return;
    }
    packet.config_id = channel->config_id[packet.track];
    if (packet.len_bytes > 0) { /* an empty one (A5) is counted by the ring and moves nothing */
        oc_channel_sub_align(channel, &packet);
        int placed = oc_timeline_map(&channel->line, &packet);
        if (placed != OC_OK) {
            loss->count[OC_LOSS_TIME_LINE] += placed < 0;
            loss->unused += placed > 0;
            return;
        }
    }
    int pushed = oc_ring_push(channel->ring, &packet);
    oc_channel_loss_refused(channel, &packet, pushed, now_us);
    channel->started = channel->started || pushed == OC_OK;
    oc_hist_add(&channel->latency[channel->latency_now], now_us - packet.capture_us);
    channel->packet_us = packet.capture_us;
    if (packet.len_bytes > 0 && oc_codec_is_video(channel->track[packet.track].codec)) {
        channel->frames++;
        channel->frame_us = packet.capture_us;
    }
}

static void take_state(oc_channel_t *channel, const oc_handoff_item_t *item, int64_t now_us) {
    oc_plane_t *plane = channel->plane;
    int number = (int)channel->number;
    switch (item->kind) {
    case OC_HANDOFF_LOST:
        channel->losses++;
        channel->lost_us = channel->packet_us ? channel->packet_us : now_us;
        oc_timeline_lost(&channel->line);
        oc_channel_set_state(channel, OC_CHANNEL_LOST, now_us);
        oc_plane_event(plane, number, "source-lost", item->code, "",
                       item->code == OC_ERR_STALE ? "the input file was overwritten or replaced"
                                                  : oc_err_text(item->code),
                       now_us);
        break;
    case OC_HANDOFF_RESUMED:
        oc_channel_set_state(channel, OC_CHANNEL_RUNNING, now_us);
        oc_plane_eventf(plane, number, "source-resumed", OC_OK, "", now_us, "after %lld.%lld s",
                        (long long)((now_us - channel->lost_us) / US_PER_S),
                        (long long)((now_us - channel->lost_us) % US_PER_S / (US_PER_S / 10)));
        break;
    case OC_HANDOFF_ENDED:
        oc_channel_set_state(channel, OC_CHANNEL_ENDED, now_us);
        oc_plane_event(plane, number, "source-ended", OC_OK, "", "", now_us);
        break;
    case OC_HANDOFF_PACKET:
    case OC_HANDOFF_TRACK:
        break;
    }
}

/* Takes at most BURST items. Returns how many. */
static unsigned take_burst(oc_channel_t *channel, int64_t now_us) {
    oc_handoff_item_t item;
    unsigned taken = 0;
    while (taken < BURST && oc_handoff_peek(&channel->handoff, &item) == OC_OK) {
        if (item.kind == OC_HANDOFF_PACKET)
            take_packet(channel, item.packet, now_us);
        else if (item.kind == OC_HANDOFF_TRACK)
            oc_channel_set_track(channel, item.packet.track, item.track, now_us);
        else
            take_state(channel, &item, now_us);
        oc_handoff_release(&channel->handoff);
        taken++;
    }
    return taken;
}

/* While the capture ends: its last packets are given back unused. */
static void drain(oc_channel_t *channel) {
    oc_handoff_item_t item;
    while (oc_handoff_peek(&channel->handoff, &item) == OC_OK)
        oc_handoff_release(&channel->handoff);
}

/* The recording is done, if there was one: memory goes at once, then the capture; that of main when
 * its sub is gone, which may take its pictures. The channel may be gone afterwards. */
static void end(oc_channel_t *channel, int64_t now_us) {
    if (channel->ring) {
        oc_out_live_close(channel->live);
        free_outputs(channel);
    }
    drain(channel);
    if (oc_plane_is_sub(channel->number) || !oc_plane_sub(channel->plane, channel->number))
        close_capture(channel, now_us);
}

/* Begins the other half of the lateness window when this one is over. Returns when that is; while
 * both are empty that is not looked at. */
static int64_t turn_window(oc_channel_t *channel, int64_t now_us) {
    if (now_us - channel->latency_since_us >= OC_CHANNEL_WINDOW_US) {
        channel->latency_now ^= 1;
        oc_hist_clear(&channel->latency[channel->latency_now]);
        channel->latency_since_us = now_us;
    }
    bool empty = !channel->latency[0].count && !channel->latency[1].count;
    return empty ? INT64_MAX : channel->latency_since_us + OC_CHANNEL_WINDOW_US;
}

int64_t oc_channel_advance(oc_channel_t *channel, int64_t now_us) {
    int64_t next_us = INT64_MAX;
    unsigned taken = BURST;
    if (channel->step == OC_CHANNEL_STEP_CAPTURE) {
        drain(channel);
        return INT64_MAX;
    }
    if (!channel->ring) {
        if (channel->step == OC_CHANNEL_STEP_FILE)
            end(channel, now_us);
        return INT64_MAX;
    }
    int64_t window_us = turn_window(channel, now_us);
    for (unsigned i = 0; i < BURSTS && taken == BURST; i++) {
        bool waits = channel->step != OC_CHANNEL_STEP_OPEN || oc_channel_record_behind(channel);
        taken = waits ? 0 : take_burst(channel, now_us);
        channel->plane->live_changes += oc_out_live_advance(channel->live);
        next_us = oc_channel_record_advance(channel, now_us);
    }
    if (channel->cut)
        drain(channel);
    int64_t loss_us =
        oc_channel_loss_advance(channel, channel->step != OC_CHANNEL_STEP_OPEN, now_us);
    next_us = loss_us < next_us ? loss_us : next_us;
    if (channel->step == OC_CHANNEL_STEP_FILE && !channel->record.file) {
        end(channel, now_us);
        return INT64_MAX;
    }
    next_us = window_us < next_us ? window_us : next_us;
    if (oc_plane_is_sub(channel->number))
        return taken == BURST ? now_us : next_us;
    int64_t sub_us = oc_channel_sub_advance(channel, now_us);
    next_us = sub_us < next_us ? sub_us : next_us;
    return taken == BURST ? now_us : next_us;
}

void oc_channel_close(oc_channel_t *channel, int64_t now_us) {
    bool is_sub = oc_plane_is_sub(channel->number);
    oc_channel_t *sub = is_sub ? NULL : oc_plane_sub(channel->plane, channel->number);
    if (channel->step != OC_CHANNEL_STEP_OPEN)
        return;
    if (channel->state == OC_CHANNEL_OPENING) {
        const oc_plane_env_t *env = &channel->plane->env;
        channel->step = OC_CHANNEL_STEP_ANSWER;
        if (env->capture_interrupt)
            env->capture_interrupt(env->context, channel->number);
        oc_channel_set_state(channel, OC_CHANNEL_CLOSING, now_us);
        return;
    }
    take_burst(channel, now_us); /* what has come until now still belongs to the recording */
    channel->step = OC_CHANNEL_STEP_FILE;
    take_ring_back(channel); /* the recording may take its time, live ends now */
    if (sub)
        oc_channel_close(sub, now_us);
    oc_channel_set_state(channel, OC_CHANNEL_CLOSING, now_us);
    oc_channel_record_stop(channel, now_us);
    oc_channel_advance(channel, now_us);
}

void oc_channel_cut(oc_channel_t *channel, int64_t now_us) {
    const oc_plane_env_t *env = &channel->plane->env;
    oc_channel_t *sub =
        oc_plane_is_sub(channel->number) ? NULL : oc_plane_sub(channel->plane, channel->number);
    oc_channel_close(channel, now_us);
    if (sub)
        oc_channel_cut(sub, now_us);
    if (channel->step != OC_CHANNEL_STEP_FILE || channel->cut)
        return;
    channel->cut = true;
    oc_plane_mark(channel->plane, channel->number); /* what is in the handoff goes */
    env->capture_close(env->context, channel->number);
}

bool oc_channel_captures(const oc_channel_t *channel) {
    return !channel->captured && channel->state != OC_CHANNEL_ENDED;
}

/* The memory of a stream; its slot is free. */
static void give_back(oc_channel_t *channel) {
    oc_plane_t *plane = channel->plane;
    oc_channel_wipe(channel->config.sub_url, sizeof channel->config.sub_url);
    free_outputs(channel);
    if (channel->handoff_memory)
        plane->env.release(plane->env.context, channel->handoff_memory);
    plane->channel[channel->number] = NULL;
    plane->env.release(plane->env.context, channel);
}

void oc_channel_captured(oc_channel_t *channel, int64_t now_us) {
    oc_plane_t *plane = channel->plane;
    unsigned number = channel->number;
    int failure = channel->failure;
    char why[OC_CHANNEL_WHY_MAX];
    memcpy(why, channel->why, sizeof why);
    if (oc_plane_is_sub(number)) {
        give_back(channel);
        oc_channel_sub_gone(plane->channel[oc_plane_channel_of(number)], failure, why, now_us);
        return;
    }
    bool failed = failure < 0 && failure != OC_ERR_PRIVATE;
    oc_plane_event(plane, (int)number, failed ? "channel-failed" : "channel-closed",
                   failed ? failure : OC_OK, "", why, now_us);
    if (failed)
        oc_plane_orders_failed(plane, channel->config.name, now_us);
    give_back(channel);
    for (unsigned slot = number; slot < OC_STREAMS_MAX; slot += OC_CHANNELS_MAX)
        oc_plane_publish_name(plane, slot, "");
    oc_plane_publish_channel(plane, number, now_us);
    oc_mailbox_edge(plane->mailbox, OC_OBJECT_CHANNEL + number);
    if (failure < 0)
        oc_plane_commands_answer(plane, number, OC_COMMAND_CHANNEL_OPEN, failure, (int)number, why);
    oc_plane_commands_answer(plane, number, OC_COMMAND_CHANNEL_CLOSE, OC_OK, (int)number, "");
}
