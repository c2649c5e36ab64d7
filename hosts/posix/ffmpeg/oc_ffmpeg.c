#include "oc_ffmpeg.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "oc_clock.h"
#include "oc_err.h"
#include "oc_ff_missed.h"

#define US_PER_S    1000000u
#define RETRY_US    1000    /* the handoff is full */
#define SPIN_US     1       /* a source that blocks is asked again at once */
#define PATIENCE_US 500000  /* a consumer may be behind so long before packets are dropped */
#define LATE_US     1000000 /* a file that is later moves its pace: as oc_capture_replay */
#define VARY        5 / 4   /* streams swing around their average */
#define AUDIO_PPS   50

static const char *environment(const char *name) {
    return oc_ff_host.variable ? oc_ff_host.variable(name) : getenv(name);
}

static bool is_open(const oc_ffmpeg_t *f) {
    if (f->sub.tap)
        return true;
    return f->is_test ? f->test.video.name != NULL : f->reader.format != NULL;
}

/* The source was found; that it says nothing more may pass. */
static int prime(oc_ffmpeg_t *f) {
    int rc = oc_ffmpeg_prime(f);
    if (rc != OC_OK)
        f->reader.transient = oc_plugin_far(f->input.kind) || f->input.kind == OC_PLUGIN_S3;
    return rc;
}

static int open_source(oc_ffmpeg_t *f) {
    int rc;
    f->why[0] = '\0';
    oc_ffmpeg_release(f);
    if (f->sub.tap)
        rc = OC_OK;
    else if (f->is_test)
        rc =
            oc_ff_test_open(&f->test, &f->input, f->audio && f->input.tone, f->why, sizeof(f->why));
    else
        rc = oc_ff_reader_open(&f->reader, &f->input, &f->env, f->why, sizeof(f->why));
    if (rc == OC_OK)
        rc = oc_ffmpeg_lanes(f);
    if (rc == OC_OK)
        rc = prime(f);
    if (rc != OC_OK)
        oc_ffmpeg_release(f);
    atomic_store(&f->encodes, f->is_test || f->sub.tap || (f->lane[0].on && !f->lane[0].passes));
    if (rc == OC_OK && f->tap)
        oc_ffmpeg_notify_sub(f);
    if (rc != OC_OK && !f->why[0])
        snprintf(f->why, sizeof(f->why), "%.80s: %s", f->input.shown, oc_err_text(rc));
    return rc;
}

static uint32_t rate_milli(AVRational rate) {
    if (rate.num <= 0 || rate.den <= 0)
        return 0;
    int64_t milli = av_rescale(rate.num, 1000, rate.den);
    return milli > 0 && milli < 1000000 ? (uint32_t)milli : 0;
}

/* bit/s; 0: not known. libavformat divides the bytes of what it opened by the duration: those of a
 * playlist are not the media's. */
static int64_t rate_of(const AVFormatContext *format) {
    bool list = strcmp(format->iformat->name, "hls") == 0;
    return list ? 0 : format->bit_rate;
}

/* What is known of a source that has packets of its own. */
static void notify_reader(const oc_ffmpeg_t *f, oc_capture_config_t *c) {
    AVFormatContext *format = f->reader.format;
    int64_t bps = rate_of(format);
    if (f->lane[0].on) {
        AVStream *s = format->streams[f->reader.stream[0]];
        c->fps_milli = rate_milli(av_guess_frame_rate(format, s, NULL));
        c->width = (uint16_t)s->codecpar->width;
        c->height = (uint16_t)s->codecpar->height;
        if (!f->lane[0].passes)
            bps = f->input.bitrate_bps;
    }
    c->bitrate_bps = bps > 0 && bps < INT32_MAX ? (uint32_t)(bps * VARY) : 0;
}

/* Fills what open answers. */
static void notify(const oc_ffmpeg_t *f, oc_capture_config_t *c) {
    bool expected = c->audio;
    const char *encoder = f->is_test ? f->test.video.name : NULL;
    memset(c->track, 0, sizeof(c->track));
    c->max_gop_bytes = c->max_gop_ms = c->packets_per_s = c->bitrate_bps = c->fps_milli = 0;
    c->encoder_bps = 0;
    c->audio = f->lane[1].on;
    for (unsigned i = 0; i < OC_TRACKS_MAX; i++) {
        if (f->lane[i].on && f->lane[i].ready && f->lane[i].track.known)
            c->track[i] = f->lane[i].track.track;
    }
    c->track[1].omitted = f->lane[1].on ? 0 : f->omitted;
    if (f->is_test) {
        c->fps_milli = f->input.fps_milli;
        c->bitrate_bps = f->input.bitrate_bps * VARY;
        c->max_gop_ms = f->input.gop_ms;
        c->width = (uint16_t)f->test.video.width;
        c->height = (uint16_t)f->test.video.height;
    } else if (f->sub.tap) {
        c->fps_milli = f->input.fps_milli ? f->input.fps_milli : rate_milli(f->lane[0].decode.rate);
        c->bitrate_bps = f->input.bitrate_bps * VARY;
        c->max_gop_ms = f->input.gop_ms;
    } else {
        notify_reader(f, c);
    }
    if (c->fps_milli)
        c->packets_per_s = c->fps_milli / 1000 + 1 + (c->audio ? AUDIO_PPS : 0);
    bool over = !f->is_test && !f->sub.tap && f->lane[0].on && !f->lane[0].passes;
    if (f->is_test || f->sub.tap || over)
        c->encoder_bps = f->input.bitrate_bps;
    snprintf(c->adapted, sizeof(c->adapted), "%.80s%s%s%s%s", f->input.shown,
             encoder ? ": made with " : "", encoder ? encoder : "",
             over ? ": the picture is transcoded to H.264" : "",
             expected && !c->audio ? ": without sound" : "");
    if (!encoder && !over && !(expected && !c->audio))
        c->adapted[0] = '\0';
}

/* A camera that is not there yet may come: its channel begins without it. */
static int open_later(oc_ffmpeg_t *f, oc_capture_config_t *c, int rc) {
    if (!f->reader.transient || rc == OC_ERR_CLOSED)
        return rc;
    c->audio = f->audio;
    memset(c->track, 0, sizeof(c->track));
    c->width = c->height = 0;
    c->fps_milli = c->bitrate_bps = c->packets_per_s = c->max_gop_bytes = c->max_gop_ms = 0;
    c->absent = rc;
    if (rc == OC_ERR_IO) /* FFmpeg knows more */
        snprintf(c->adapted, sizeof(c->adapted), "%s", f->why);
    return OC_OK;
}

static void ff_close(void *state);

static int ff_open(void *state, const oc_capture_env_t *env, oc_capture_config_t *config) {
    oc_ffmpeg_t *f = state;
    memset(f, 0, sizeof(*f));
    f->env = *env;
    f->fast = config->as_fast_as_possible;
    f->loop = config->loop;
    f->audio = config->audio;
    config->why[0] = config->adapted[0] = '\0';
    f->buffer = env->allocate(env->context, OC_FF_BUFFER);
    f->incoming = av_packet_alloc();
    int rc = f->buffer && f->incoming ? OC_OK : OC_ERR_NOMEM;
    if (rc != OC_OK)
        snprintf(config->why, sizeof(config->why), "ffmpeg: no memory for %d bytes", OC_FF_BUFFER);
    if (rc == OC_OK)
        rc = oc_ff_url_parse(config->url, environment, &f->input, config->why, sizeof(config->why));
    if (rc == OC_OK) {
        oc_feeder_init(&f->feeder, env->handoff, f->buffer, OC_FF_BUFFER);
        f->is_test = f->input.kind == OC_PLUGIN_TEST;
        if (f->input.kind == OC_PLUGIN_SCALE)
            rc = oc_ffmpeg_sub_open(f, config->feed);
        else
            f->tap = oc_ff_tap_of(config->slot);
        if (f->tap)
            oc_ff_tap_begin(f->tap);
        if (rc == OC_OK)
            rc = open_source(f);
        if (rc == OC_OK)
            notify(f, config);
        else
            rc = open_later(f, config, rc);
        if (rc != OC_OK)
            snprintf(config->why, sizeof(config->why), "%s", f->why);
    }
    if (rc != OC_OK)
        ff_close(f);
    return rc;
}

static int ff_start(void *state, int64_t now_us) {
    oc_ffmpeg_t *f = state;
    if (!f->buffer)
        return OC_ERR_STATE;
    if (f->running)
        return OC_OK;
    if (!is_open(f)) {
        int rc = open_source(f);
        if (rc != OC_OK) {
            oc_ff_log(OC_LOG_DEBUG, "%s", f->why); /* whoever started it says it once */
            return rc;
        }
        oc_track_t omitted = {.omitted = f->omitted};
        oc_handoff_push_track(f->env.handoff, 1, &omitted); /* the log has it in any case */
    }
    for (unsigned i = 0; i < OC_TRACKS_MAX; i++)
        f->lane[i].track.notified = false;
    f->running = true;
    f->pace.any = false;
    f->capture_us = f->capture_us > now_us ? f->capture_us : now_us;
    if (f->is_test)
        oc_ff_test_start(&f->test, now_us);
    return OC_OK;
}

/* ---- leaving ---- */

static int64_t ticks_us(const oc_ff_track_t *t, int64_t ticks) {
    return oc_clock_rescale(ticks, t->time.scale, US_PER_S);
}

static void forget_first(oc_ffmpeg_t *f) {
    av_packet_unref(f->queue[f->first].packet);
    av_frame_free(&f->queue[f->first].frame);
    f->first = (f->first + 1) % OC_FF_QUEUE;
    f->count--;
}

/* Monotonic time at which the first packet of the queue is due. */
static int64_t due_of(oc_ffmpeg_t *f, const AVPacket *p, const oc_ff_track_t *t, int64_t now_us) {
    int64_t at = p->dts != AV_NOPTS_VALUE ? p->dts : p->pts;
    if (f->sub.tap)
        return f->queue[f->first].at_us;
    if (f->fast || f->is_test || f->reader.live || at == AV_NOPTS_VALUE)
        return now_us;
    int64_t at_us = ticks_us(t, oc_ff_time_ticks(&t->time, at));
    int64_t due_us = oc_ff_pace_due(&f->pace, at_us, now_us);
    if (f->input.kind != OC_PLUGIN_FILE || now_us - due_us <= LATE_US)
        return due_us;
    f->pace.any = false; /* the process was stopped, or starved */
    return oc_ff_pace_due(&f->pace, at_us, now_us);
}

/* Room for a payload. A file waits for it. What probing has gathered comes all at once: the
 * consumer gets time to take it before anything is dropped. OC_OK, *out NULL: dropped | OC_AGAIN no
 * room yet. */
static int make_room(oc_ffmpeg_t *f, uint32_t room, bool video, bool key, int64_t now_us,
                     uint8_t **out) {
    bool skipping = video && f->feeder.broken && !key;
    *out = skipping ? NULL : oc_feeder_reserve(&f->feeder, room);
    if (*out || skipping || room > f->feeder.size) {
        f->stuck_us = 0;
    } else if (f->fast || (f->input.kind == OC_PLUGIN_FILE && !f->reader.live)) {
        return OC_AGAIN;
    } else {
        f->stuck_us = f->stuck_us ? f->stuck_us : now_us;
        if (now_us - f->stuck_us < PATIENCE_US)
            return OC_AGAIN;
    }
    *out = oc_feeder_admit(&f->feeder, room, video, key);
    return OC_OK;
}

/* Sound: whether it is what its description says; the first of the queue, asked once however often
 * it is tried. duration: in ticks. */
static bool fits(oc_ff_lane_t *lane, const AVPacket *p, uint32_t duration) {
    if (lane->judged)
        return !lane->misfit;
    const oc_ff_track_t *t = &lane->track;
    int64_t at =
        p->pts == AV_NOPTS_VALUE ? AV_NOPTS_VALUE : ticks_us(t, oc_ff_time_ticks(&t->time, p->pts));
    lane->judged = true;
    lane->misfit = !oc_ff_fits(&lane->fits, p, at, ticks_us(t, duration));
    return !lane->misfit;
}

/* A packet of which nothing is delivered, though it holds something: each is counted, and the first
 * of its kind is said. len: oc_ff_track_convert's. */
static void leave_out(oc_ffmpeg_t *f, oc_ff_lane_t *lane, int len) {
    const oc_ff_track_t *t = &lane->track;
    oc_loss_t cause = len == OC_ERR_TOO_BIG || len == OC_ERR_NOMEM ? OC_LOSS_TOO_LARGE
                      : len < 0                                    ? OC_LOSS_SOURCE
                                                                   : OC_LOSS_NO_TRACK;
    oc_handoff_count_lost(f->env.handoff, cause);
    if (lane->said)
        return;
    lane->said = true;
    if (len == OC_ERR_TOO_BIG)
        oc_ff_log(OC_LOG_WARN, "%s: " OC_FF_OVERSIZE ": its pictures are left out", f->input.shown,
                  t->oversize, OC_TRACK_CONFIG_MAX);
    else
        oc_ff_log(OC_LOG_WARN, "%s: %s packets are left out: %s", f->input.shown,
                  oc_codec_name(t->track.codec),
                  len >= 0                     ? "nothing describes them yet"
                  : lane->fits.decoder != NULL ? "they do not fit their description"
                                               : oc_err_text(len));
}

/* Pushes the first packet of the queue. OC_OK | OC_AGAIN no room. */
static int deliver(oc_ffmpeg_t *f, int64_t at_us, int64_t now_us) {
    AVPacket *p = f->queue[f->first].packet;
    oc_ff_lane_t *lane = &f->lane[f->queue[f->first].lane];
    oc_ff_track_t *t = &lane->track;
    oc_span_t data = oc_span(p->data, (size_t)p->size);
    bool video = lane == &f->lane[0];
    bool key = oc_ff_track_key(t, data, p->flags & AV_PKT_FLAG_KEY);
    uint32_t room = oc_ff_track_bound(t, data.len);
    uint8_t *out;
    if (make_room(f, room, video, key, now_us, &out) != OC_OK)
        return OC_AGAIN;
    oc_packet_t packet = {
        .data = out, .capture_us = at_us, .track = (uint8_t)(video ? 0 : 1), .key = key};
    int len = out ? oc_ff_track_convert(t, data, out, room, &packet.duration) : 0;
    if (len > 0 && !fits(lane, p, packet.duration))
        len = OC_ERR_FORMAT;
    if (len > 0 && t->known && !t->notified) {
        if (oc_handoff_push_track(f->env.handoff, packet.track, &t->track) != OC_OK)
            return OC_AGAIN;
        t->notified = true;
    }
    if (len > 0 && t->known) {
        oc_ff_time_t before = t->time;
        if (video && p->duration > 0 && p->duration < INT32_MAX)
            packet.duration = (uint32_t)oc_ff_time_ticks(&t->time, p->duration);
        packet.len_bytes = (uint32_t)len;
        oc_ff_time_map(&t->time, p->dts, p->pts, packet.duration, &packet.dts, &packet.cts);
        if (oc_feeder_push(&f->feeder, &packet) != OC_OK) {
            t->time = before;
            return OC_AGAIN;
        }
    }
    if (out && len != 0 && !(len > 0 && t->known))
        leave_out(f, lane, len);
    if (f->tap)
        oc_ffmpeg_give_sub(f, at_us);
    lane->judged = false;
    forget_first(f);
    return OC_OK;
}

/* The end of a file that is played once. */
static int64_t finish(oc_ffmpeg_t *f, int64_t now_us) {
    f->ended = oc_handoff_push_state(f->env.handoff, OC_HANDOFF_ENDED, 0) == OC_OK;
    if (f->ended && f->tap)
        oc_ff_tap_notify(f->tap, OC_FF_TAP_END);
    return f->ended || f->fast ? INT64_MAX : now_us + RETRY_US;
}

static int64_t lose(oc_ffmpeg_t *f, int rc) {
    bool requested = f->env.interrupted && f->env.interrupted(f->env.context);
    if (!requested)
        oc_ff_log(OC_LOG_WARN, "%s: lost: %s", f->input.shown, oc_err_text(rc));
    oc_ffmpeg_release(f); /* the next start connects again */
    if (f->tap)
        oc_ff_tap_notify(f->tap, OC_FF_TAP_DOWN);
    f->running = false;
    return rc;
}

/* What the network lost on the way to the reader, and what was none of its source. */
static void count_missed(oc_ffmpeg_t *f) {
    for (uint32_t count = oc_ff_missed_take(); count > 0; count--)
        oc_handoff_count_lost(f->env.handoff, OC_LOSS_SOURCE);
    for (; f->reader.rtsp && f->reader.rtsp->foreign > 0; f->reader.rtsp->foreign--)
        oc_handoff_count_lost(f->env.handoff, OC_LOSS_FOREIGN_SSRC);
}

static int64_t ff_pump(void *state, int64_t now_us) {
    oc_ffmpeg_t *f = state;
    if (!f->running || f->ended)
        return INT64_MAX;
    for (;;) {
        int64_t due_us = now_us;
        int rc = oc_ffmpeg_fill(f, now_us, &due_us);
        count_missed(f);
        if (rc == OC_AGAIN)
            return due_us > now_us ? due_us : now_us + SPIN_US;
        if (rc == OC_END)
            return finish(f, now_us);
        if (rc < 0)
            return lose(f, rc);
        bool arrived = f->is_test || f->reader.live || f->sub.tap;
        int64_t then_us = arrived && f->env.now_us ? f->env.now_us(f->env.context) : now_us;
        while (oc_ffmpeg_settled(f)) {
            unsigned index = f->queue[f->first].lane;
            AVPacket *p = f->queue[f->first].packet;
            due_us = due_of(f, p, &f->lane[index].track, then_us);
            if (due_us > then_us)
                return due_us;
            if (due_us > f->capture_us)
                f->capture_us = due_us;
            rc = deliver(f, f->capture_us, then_us);
            if (rc == OC_AGAIN)
                return f->fast ? INT64_MAX : now_us + RETRY_US;
        }
        if (arrived && !f->fast)
            return now_us + SPIN_US;
    }
}

static void ff_stop(void *state) {
    oc_ffmpeg_t *f = state;
    if (!f->running)
        return;
    f->running = false;
    if (f->is_test)
        oc_ff_test_stop(&f->test);
    else if (f->reader.live)
        oc_ffmpeg_release(f); /* a camera does not wait for us */
}

static int ff_request_key(void *state) {
    oc_ffmpeg_t *f = state;
    if (!atomic_load(&f->encodes))
        return OC_ERR_NOTSUP;
    atomic_store(&f->key_requested, 1);
    return OC_OK;
}

static int ff_set_bitrate(void *state, uint32_t bps) {
    oc_ffmpeg_t *f = state;
    if (!atomic_load(&f->encodes))
        return OC_ERR_NOTSUP;
    if (bps == 0 || bps > INT32_MAX)
        return OC_ERR_RANGE;
    atomic_store(&f->desired_bps, bps);
    return OC_OK;
}

static void ff_close(void *state) {
    oc_ffmpeg_t *f = state;
    f->running = false;
    oc_ffmpeg_release(f);
    oc_ffmpeg_sub_close(f);
    if (f->tap)
        oc_ff_tap_end(f->tap);
    f->tap = NULL;
    av_packet_free(&f->incoming);
    if (f->buffer)
        f->env.release(f->env.context, f->buffer);
    f->buffer = NULL;
}

const oc_capture_driver_t oc_ffmpeg = {
    .name = "ffmpeg",
    .state_bytes = sizeof(oc_ffmpeg_t),
    .may_block = true,
    .open = ff_open,
    .start = ff_start,
    .pump = ff_pump,
    .stop = ff_stop,
    .request_key = ff_request_key,
    .set_bitrate_bps = ff_set_bitrate,
    .close = ff_close,
};
