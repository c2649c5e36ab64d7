/* See oc_stream.h: opening, flowing, closing. Its outputs: oc_output.h. */
#include "oc_stream.h"

#include <stdio.h>
#include <string.h>
#include "oc_nal.h"
#include "oc_plane_impl.h"

/* Items taken before the outputs get their turn: no more than the ring's readers can follow. */
#define BURST 64
/* Bursts in one advance: no stream keeps the others waiting for long. */
#define BURSTS 4

#define US_PER_S 1000000

/* The ring itself lies behind the stream: it stays there when its payload moves. */
#define RING_AT ((sizeof(oc_stream_t) + 15) / 16 * 16)

void oc_stream_set_state(oc_stream_t *stream, oc_stream_state_t state, int64_t now_us) {
    stream->state = state;
    if (state != OC_STREAM_LOST && state != OC_STREAM_SILENT)
        stream->fault.code = OC_OK;
    if (state == OC_STREAM_RUNNING)
        oc_plane_silence_expect(stream->plane, now_us);
    oc_plane_mark(stream->plane, stream->slot);
    stream->plane->live_changes++;
    oc_plane_desired_look(stream->plane);
    oc_plane_publish_row(stream->plane, stream->slot, now_us);
    oc_mailbox_edge(stream->plane->mailbox, OC_OBJECT_CHANNEL + oc_plane_channel_of(stream->slot));
}

static int refuse(int code, const char *reason, char *why, size_t why_size) {
    snprintf(why, why_size, "%s", reason);
    return code;
}

int oc_stream_open(oc_channel_t *channel, oc_stream_kind_t kind, const char *url, int64_t now_us,
                   char *why, size_t why_size) {
    const oc_plane_env_t *env = &channel->plane->env;
    const oc_channel_config_t *config = &channel->config;
    const oc_capture_driver_t *driver =
        env->capture_find ? env->capture_find(env->context, url) : oc_capture_find(url);
    if (!driver)
        return refuse(OC_ERR_NOTSUP,
                      "this kind of input is not supported; use a file, rtsp://, http:// or "
                      "https://; see docs/design/cli.md#inputs",
                      why, why_size);
    oc_stream_t *stream = env->loop.allocate(env->loop.context, RING_AT + oc_ring_bytes());
    if (!stream)
        return refuse(OC_ERR_NOMEM, "no memory for another channel", why, why_size);
    memset(stream, 0, sizeof *stream);
    stream->plane = channel->plane;
    stream->channel = channel;
    stream->slot = oc_plane_slot(channel->number, kind);
    stream->opened_us = stream->latency_since_us = now_us;
    oc_timeline_init(&stream->line);
    oc_outputs_init(stream);
    oc_handoff_init(&stream->handoff, oc_plane_on_handoff, stream);

    oc_capture_config_t expected = {.as_fast_as_possible = config->as_fast_as_possible,
                                    .loop = config->loop,
                                    .audio = config->audio,
                                    .feeds = kind == OC_STREAM_MAIN &&
                                             oc_channel_sub_is_made(config->sub_url),
                                    .feed = kind == OC_STREAM_SUB ? 1 + channel->number : 0,
                                    .slot = stream->slot};
    snprintf(expected.url, sizeof expected.url, "%s", url);
    stream->state = OC_STREAM_OPENING;
    channel->stream[kind] = stream;
    int code = env->capture_open(env->captures, stream->slot, driver, &expected, &stream->handoff);
    oc_channel_wipe(expected.url, sizeof expected.url);
    if (code < 0) {
        snprintf(why, why_size, "%s source: %s", driver->name, oc_err_text(code));
        channel->stream[kind] = NULL;
        env->loop.release(env->loop.context, stream);
        return code;
    }
    oc_plane_publish_name(stream->plane, stream->slot, config->name);
    oc_stream_set_state(stream, OC_STREAM_OPENING, now_us);
    return OC_OK;
}

/* The source has a track that is not carried: reported once for each coding. */
static void set_omitted(oc_stream_t *stream, unsigned index, const oc_track_t *track,
                        int64_t now_us) {
    char coding[8];
    if (stream->config_id[index] || stream->track[index].omitted == track->omitted)
        return;
    stream->track[index].omitted = track->omitted;
    oc_coding_text(track->omitted, coding);
    if (track->omitted)
        oc_plane_eventf(stream->plane, (int)stream->slot, OC_EVENT_TRACK_OMITTED, OC_ERR_NOTSUP, "",
                        now_us, "%s %s is not carried", index == 0 ? "video" : "audio", coding);
}

void oc_stream_set_track(oc_stream_t *stream, unsigned index, const oc_track_t *track,
                         int64_t now_us) {
    if (index < OC_TRACKS_MAX && track->codec == OC_CODEC_NONE)
        set_omitted(stream, index, track, now_us);
    if (index >= OC_TRACKS_MAX || track->codec == OC_CODEC_NONE || !track->timescale)
        return;
    if (oc_codec_is_audio(track->codec) && !stream->channel->config.audio)
        return;
    if (oc_stream_video_track(stream, index, track))
        return;
    int id = oc_ring_set_track(stream->ring, index, track);
    if (id <= 0)
        return;
    stream->track[index] = *track;
    stream->config_id[index] = (uint16_t)id;
    oc_timeline_track(&stream->line, index, track->timescale);
}

/* Ring and outputs for what the source delivers. OC_OK or a code, with stream->why set. */
static int build(oc_stream_t *stream, const oc_capture_config_t *source, int64_t now_us) {
    const oc_plane_env_t *env = &stream->plane->env;
    const oc_channel_config_t *c = &stream->channel->config;
    oc_ring_plan_t plan;
    oc_ring_size_t size;
    char *line = stream->why;
    stream->source = (oc_stream_source_t){.bitrate_bps = source->bitrate_bps,
                                          .packets_per_s = source->packets_per_s,
                                          .fps_milli = source->fps_milli,
                                          .max_gop_bytes = source->max_gop_bytes,
                                          .max_gop_ms = source->max_gop_ms};
    int code = oc_stream_plan(stream, c, &plan, &size, line, sizeof stream->why);
    if (code == OC_OK) {
        uint32_t slots = oc_handoff_slots_for(plan.packets_per_s);
        stream->ring_memory =
            env->loop.allocate(env->loop.context, size.total_bytes - oc_ring_bytes());
        stream->handoff_memory =
            env->loop.allocate(env->loop.context, slots * sizeof *stream->handoff_memory);
        stream->ring =
            stream->ring_memory && stream->handoff_memory
                ? oc_ring_init((uint8_t *)stream + RING_AT, stream->ring_memory, &plan, &size)
                : NULL;
        if (!stream->ring) {
            snprintf(line, sizeof stream->why, "ring: no memory for %zu bytes", size.total_bytes);
            code = OC_ERR_NOMEM;
        } else
            oc_handoff_use(&stream->handoff, stream->handoff_memory, slots);
        stream->ring_bytes = size.payload_bytes;
        stream->encoder_bps = source->encoder_bps;
    }
    if (code == OC_OK) {
        for (unsigned i = 0; i < OC_TRACKS_MAX; i++)
            oc_stream_set_track(stream, i, &source->track[i], now_us);
        code = oc_outputs_open(stream, now_us, line, sizeof stream->why);
    }
    return code;
}

/* Every output has ended, or is one that ends at once: nothing was written yet. */
static void free_ring(oc_stream_t *stream, int64_t now_us) {
    const oc_plane_env_t *env = &stream->plane->env;
    oc_outputs_close(stream, now_us);
    (void)oc_outputs_advance(stream, now_us);
    if (stream->ring && oc_plane_privacy(stream->plane))
        oc_ring_wipe(stream->ring);
    if (stream->ring_memory)
        env->loop.release(env->loop.context, stream->ring_memory);
    stream->plane->live_changes++;
    stream->ring_memory = NULL;
    stream->ring = NULL;
}

static void close_capture(oc_stream_t *stream, int64_t now_us) {
    const oc_plane_env_t *env = &stream->plane->env;
    stream->step = OC_STREAM_STEP_CAPTURE;
    oc_stream_set_state(stream, OC_STREAM_CLOSING, now_us);
    if (!stream->cut)
        env->capture_close(env->captures, stream->slot);
    else if (stream->captured)
        oc_stream_captured(stream, now_us);
}

/* Nobody is to be told of a driver's trouble when privacy mode broke its opening off. */
static void blame_privacy(oc_stream_t *stream) {
    stream->failure = OC_ERR_PRIVATE;
    snprintf(stream->why, sizeof stream->why, "%s", oc_err_text(OC_ERR_PRIVATE));
}

void oc_stream_opened(oc_stream_t *stream, int result, const oc_capture_config_t *source,
                      int64_t now_us) {
    oc_plane_t *plane = stream->plane;
    if (result < 0) {
        stream->failure = result;
        snprintf(stream->why, sizeof stream->why, "%.*s", OC_CAPTURE_WHY_MAX,
                 source->why[0] ? source->why : oc_err_text(result));
        if (oc_plane_privacy(plane))
            blame_privacy(stream);
        oc_stream_captured(stream, now_us); /* the host has ended it already */
        return;
    }
    if (stream->step == OC_STREAM_STEP_ANSWER) {
        stream->failure = OC_ERR_CLOSED;
        snprintf(stream->why, sizeof stream->why, "closed while it was being opened");
        if (oc_plane_privacy(plane))
            blame_privacy(stream);
        close_capture(stream, now_us);
        return;
    }
    stream->failure = build(stream, source, now_us);
    if (stream->failure < 0) {
        free_ring(stream, now_us);
        close_capture(stream, now_us);
        return;
    }
    plane->env.capture_start(plane->env.captures, stream->slot);
    stream->fault.waits = source->waits;
    stream->fault.absent = source->absent < 0;
    if (stream->fault.absent)
        oc_stream_source_lost(stream, source->absent, source->adapted, now_us);
    else
        oc_stream_set_state(stream, OC_STREAM_RUNNING, now_us);
    oc_channel_stream_opened(stream, source->adapted, now_us);
}

/* Into the ring; a payload that another process may still write is looked at there. */
static int push(oc_stream_t *stream, const oc_packet_t *packet, bool lent) {
    oc_codec_t codec = stream->track[packet->track].codec;
    bool nal = lent && (codec == OC_CODEC_H264 || codec == OC_CODEC_H265);
    int pushed = oc_ring_push_checked(stream->ring, packet, nal ? oc_nal_fills : NULL);
    if (pushed == OC_ERR_FORMAT)
        oc_handoff_refuse(&stream->handoff);
    return pushed;
}

static void take_packet(oc_stream_t *stream, oc_packet_t packet, bool lent, int64_t now_us) {
    oc_stream_loss_t *loss = &stream->loss;
    oc_stream_video_packet(stream, &packet, now_us);
    if (packet.track >= OC_TRACKS_MAX || stream->config_id[packet.track] == 0) {
        bool unwanted = packet.track == 1 && !stream->channel->config.audio;
        loss->unused += unwanted;
        loss->count[OC_LOSS_NO_TRACK] += !unwanted;
        return;
    }
    packet.config_id = stream->config_id[packet.track];
    oc_stream_fault_packet(stream, &packet, now_us);
    if (packet.len_bytes > 0) { /* an empty one (A5) is counted by the ring and moves nothing */
        oc_channel_align(stream, &packet);
        int placed = oc_timeline_map(&stream->line, &packet);
        if (placed != OC_OK) {
            loss->count[OC_LOSS_TIME_LINE] += placed < 0;
            loss->unused += placed > 0;
            return;
        }
    }
    if (packet.len_bytes > 0)
        oc_outputs_before(stream, &packet, now_us);
    packet.jump |= stream->gap;
    int pushed = push(stream, &packet, lent);
    stream->gap = pushed != OC_OK && packet.jump; /* the next one that is taken tells it */
    oc_stream_loss_refused(stream, &packet, pushed, now_us);
    stream->started = stream->started || pushed == OC_OK;
    oc_hist_add(&stream->latency[stream->latency_now], now_us - packet.capture_us);
    stream->packet_us = packet.capture_us;
    if (packet.len_bytes > 0 && oc_codec_is_video(stream->track[packet.track].codec)) {
        stream->frames++;
        stream->frame_us = packet.capture_us;
    }
}

static void take_state(oc_stream_t *stream, const oc_handoff_item_t *item, int64_t now_us) {
    oc_plane_t *plane = stream->plane;
    int number = (int)stream->slot;
    switch (item->kind) {
    case OC_HANDOFF_LOST:
        if (stream->state != OC_STREAM_LOST) { /* else another try has failed */
            stream->losses++;
            stream->lost_us = stream->packet_us ? stream->packet_us : now_us;
            oc_timeline_lost(&stream->line);
            if (stream->ring)
                oc_ring_end_gop(stream->ring); /* its rest needs what was lost */
        }
        oc_stream_source_lost(stream, item->code, "", now_us);
        break;
    case OC_HANDOFF_RESUMED:
        oc_stream_resume(stream, now_us);
        break;
    case OC_HANDOFF_ENDED:
        oc_stream_set_state(stream, OC_STREAM_ENDED, now_us);
        oc_plane_event(plane, number, OC_EVENT_SOURCE_ENDED, OC_OK, "", "", now_us);
        break;
    case OC_HANDOFF_PACKET:
    case OC_HANDOFF_TRACK:
        break;
    }
}

/* Takes at most BURST items. Returns how many. */
static unsigned take_burst(oc_stream_t *stream, int64_t now_us) {
    oc_handoff_item_t item;
    unsigned taken = 0;
    while (taken < BURST && oc_handoff_peek(&stream->handoff, &item) == OC_OK) {
        if (item.kind == OC_HANDOFF_PACKET)
            take_packet(stream, item.packet, item.lender != NULL, now_us);
        else if (item.kind == OC_HANDOFF_TRACK)
            oc_stream_set_track(stream, item.packet.track, item.track, now_us);
        else
            take_state(stream, &item, now_us);
        oc_handoff_release(&stream->handoff);
        taken++;
    }
    return taken;
}

/* While the capture ends: its last packets are given back unused. */
static void drain(oc_stream_t *stream) {
    oc_handoff_item_t item;
    while (oc_handoff_peek(&stream->handoff, &item) == OC_OK)
        oc_handoff_release(&stream->handoff);
}

/* Every output has ended: memory goes at once, then the capture; that of main when its sub is gone,
 * which may take its pictures. The stream may be gone afterwards. */
static void end(oc_stream_t *stream, int64_t now_us) {
    if (stream->ring)
        free_ring(stream, now_us);
    drain(stream);
    if (oc_plane_is_sub(stream->slot) || !stream->channel->stream[OC_STREAM_SUB])
        close_capture(stream, now_us);
}

/* Begins the other half of the latency window when this one is over. Returns when that is; while
 * both are empty that is not looked at. */
static int64_t turn_window(oc_stream_t *stream, int64_t now_us) {
    if (now_us - stream->latency_since_us >= OC_STREAM_WINDOW_US) {
        stream->latency_now ^= 1;
        oc_hist_clear(&stream->latency[stream->latency_now]);
        stream->latency_since_us = now_us;
    }
    bool empty = !stream->latency[0].count && !stream->latency[1].count;
    return empty ? INT64_MAX : stream->latency_since_us + OC_STREAM_WINDOW_US;
}

int64_t oc_stream_advance(oc_stream_t *stream, int64_t now_us) {
    int64_t next_us = INT64_MAX;
    unsigned taken = BURST;
    if (stream->step == OC_STREAM_STEP_CAPTURE) {
        drain(stream);
        return INT64_MAX;
    }
    if (!stream->ring) {
        if (stream->step == OC_STREAM_STEP_OUTPUTS)
            end(stream, now_us);
        return INT64_MAX;
    }
    int64_t window_us = turn_window(stream, now_us);
    int64_t change_us = oc_channel_change_advance(stream->channel, now_us); /* no new pins yet */
    window_us = change_us < window_us ? change_us : window_us;
    for (unsigned i = 0; i < BURSTS && taken == BURST; i++) {
        bool waits = stream->step != OC_STREAM_STEP_OPEN || oc_outputs_behind(stream);
        taken = waits ? 0 : take_burst(stream, now_us);
        next_us = oc_outputs_advance(stream, now_us);
    }
    if (stream->cut)
        drain(stream);
    int64_t loss_us = oc_stream_loss_advance(stream, stream->step != OC_STREAM_STEP_OPEN, now_us);
    next_us = loss_us < next_us ? loss_us : next_us;
    if (stream->step == OC_STREAM_STEP_OUTPUTS && !oc_outputs_any(stream)) {
        end(stream, now_us);
        return INT64_MAX;
    }
    next_us = window_us < next_us ? window_us : next_us;
    if (oc_plane_is_sub(stream->slot))
        return taken == BURST ? now_us : next_us;
    int64_t sub_us = oc_channel_sub_advance(stream->channel, now_us);
    next_us = sub_us < next_us ? sub_us : next_us;
    return taken == BURST ? now_us : next_us;
}

void oc_stream_close(oc_stream_t *stream, int64_t now_us) {
    if (stream->step != OC_STREAM_STEP_OPEN)
        return;
    if (stream->state == OC_STREAM_OPENING) {
        const oc_plane_env_t *env = &stream->plane->env;
        stream->step = OC_STREAM_STEP_ANSWER;
        if (env->capture_interrupt)
            env->capture_interrupt(env->captures, stream->slot);
        oc_stream_set_state(stream, OC_STREAM_CLOSING, now_us);
        return;
    }
    take_burst(stream, now_us); /* what has come until now still belongs to the recording */
    stream->step = OC_STREAM_STEP_OUTPUTS;
    oc_outputs_close(stream, now_us); /* a recording may take its time, the others end now */
    oc_stream_set_state(stream, OC_STREAM_CLOSING, now_us);
    oc_stream_advance(stream, now_us);
}

void oc_stream_cut(oc_stream_t *stream, int64_t now_us) {
    const oc_plane_env_t *env = &stream->plane->env;
    oc_stream_close(stream, now_us);
    if (stream->step != OC_STREAM_STEP_OUTPUTS || stream->cut)
        return;
    stream->cut = true;
    oc_plane_mark(stream->plane, stream->slot); /* what is in the handoff goes */
    env->capture_close(env->captures, stream->slot);
}

bool oc_stream_captures(const oc_stream_t *stream) {
    return !stream->captured && stream->state != OC_STREAM_ENDED;
}

void oc_stream_captured(oc_stream_t *stream, int64_t now_us) {
    const oc_plane_env_t *env = &stream->plane->env;
    oc_channel_t *channel = stream->channel;
    oc_stream_kind_t kind = oc_plane_is_sub(stream->slot) ? OC_STREAM_SUB : OC_STREAM_MAIN;
    int failure = stream->failure;
    char why[OC_PLANE_WHY_MAX];
    memcpy(why, stream->why, sizeof why);
    if (stream->ring)
        free_ring(stream, now_us);
    if (stream->handoff_memory)
        env->loop.release(env->loop.context, stream->handoff_memory);
    channel->stream[kind] = NULL;
    env->loop.release(env->loop.context, stream);
    oc_channel_stream_gone(channel, kind, failure, why, now_us);
}
