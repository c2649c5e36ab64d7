/* See oc_ffmpeg.h: a stream that is made of another one (oc_ff_tap), from both sides. */
#include <stdio.h>
#include <string.h>

#include "oc_err.h"
#include "oc_ffmpeg.h"

#define LOOK_US 5000   /* between two looks, when nobody wakes us */
#define IDLE_US 500000 /* when somebody does */
#define US      ((AVRational){1, 1000000})

/* ---- main ---- */

void oc_ffmpeg_notify_sub(oc_ffmpeg_t *f) {
    oc_ff_tap_about_t about = {.known = true, .rate = {0, 1}};
    AVCodecParameters *made = NULL; /* of sound that we encode */
    const AVCodecContext *sound =
        f->is_test ? f->test.audio.context : f->lane[1].decode.audio.context;
    for (unsigned i = 0; i < OC_TRACKS_MAX; i++) {
        about.base[i] = f->lane[i].base;
        if (f->lane[i].on && f->lane[i].passes)
            about.par[i] = f->reader.format->streams[f->reader.stream[i]]->codecpar;
    }
    about.pictures = f->lane[0].on && !f->lane[0].passes;
    about.rotation = f->lane[0].on && f->lane[0].passes ? f->lane[0].track.track.rotation : 0;
    if (f->is_test)
        about.rate = (AVRational){(int)f->input.fps_milli, 1000};
    else if (f->lane[0].on)
        about.rate = av_guess_frame_rate(f->reader.format,
                                         f->reader.format->streams[f->reader.stream[0]], NULL);
    if (f->lane[1].on && !f->lane[1].passes && sound) {
        made = avcodec_parameters_alloc();
        if (made && avcodec_parameters_from_context(made, sound) >= 0)
            about.par[1] = made;
    }
    if (oc_ff_tap_describe(f->tap, &about) != OC_OK)
        oc_ff_log(OC_LOG_WARN, "%s: no memory for the sub stream", f->input.shown);
    avcodec_parameters_free(&made);
}

void oc_ffmpeg_give_sub(oc_ffmpeg_t *f, int64_t at_us) {
    unsigned lane = f->queue[f->first].lane;
    if (!oc_ff_tap_requested(f->tap))
        return;
    if (f->queue[f->first].frame)
        oc_ff_tap_picture(f->tap, f->queue[f->first].frame, at_us);
    else if (lane == 1 || f->lane[0].passes)
        oc_ff_tap_packet(f->tap, lane, f->queue[f->first].packet, at_us);
}

/* ---- sub ---- */

int oc_ffmpeg_sub_open(oc_ffmpeg_t *f, unsigned feed) {
    oc_ff_tap_t *tap = feed > 0 ? oc_ff_tap_of(feed - 1) : NULL;
    int rc = tap ? oc_ff_tap_join(tap, f->env.wake, f->env.context) : OC_ERR_NOTSUP;
    if (rc == OC_OK) {
        memset(&f->sub, 0, sizeof(f->sub));
        f->sub.tap = tap;
        return OC_OK;
    }
    snprintf(f->why, sizeof(f->why),
             feed == 0 ? "%.40s: only a sub stream is made of another stream"
             : rc == OC_ERR_NOENT
                 ? "%.40s: the main stream is not read by FFmpeg: write ffmpeg:PATH for a file, or "
                   "an address for sub"
                 : "%.40s: the main stream has a sub stream already",
             f->input.shown);
    return rc;
}

void oc_ffmpeg_sub_close(oc_ffmpeg_t *f) {
    if (f->sub.tap)
        oc_ff_tap_leave(f->sub.tap);
    f->sub.tap = NULL;
}

static int set_sound(oc_ffmpeg_t *f, const oc_ff_tap_about_t *about) {
    oc_ff_lane_t *lane = &f->lane[1];
    if (!f->audio || !about->par[1])
        return OC_OK;
    oc_ff_stream_t stream = oc_ffmpeg_describe(about->par[1], about->base[1]);
    lane->on = lane->passes = lane->ready =
        oc_ff_track_init(&lane->track, &stream) == OC_OK; /* it passed in main as well */
    lane->base = about->base[1];
    return OC_OK;
}

static int set_picture(oc_ffmpeg_t *f, const oc_ff_tap_about_t *about) {
    oc_ff_lane_t *lane = &f->lane[0];
    if (!about->pictures && !about->par[0]) {
        snprintf(f->why, sizeof(f->why), "%.40s: the main stream has no picture", f->input.shown);
        return OC_ERR_NOTSUP;
    }
    int rc = oc_ff_decode_open(&lane->decode, &f->input, about->pictures ? NULL : about->par[0],
                               about->base[0], about->rate, f->why, sizeof(f->why));
    lane->on = rc == OC_OK;
    lane->rotation = about->rotation;
    lane->base = about->base[0];
    lane->last_pts = AV_NOPTS_VALUE;
    return rc;
}

int oc_ffmpeg_sub_lanes(oc_ffmpeg_t *f) {
    oc_ff_tap_about_t about;
    int rc = oc_ff_tap_about(f->sub.tap, &about, &f->sub.epoch);
    if (rc != OC_OK)
        return rc;
    if (!about.known)
        return OC_AGAIN;
    rc = set_picture(f, &about);
    if (rc == OC_OK)
        rc = set_sound(f, &about);
    oc_ff_tap_forget(&about);
    f->sub.set = rc == OC_OK;
    f->sub.stamps = 0;
    return rc;
}

int64_t oc_ffmpeg_sub_at(const oc_ffmpeg_t *f, int64_t pts) {
    unsigned held = f->sub.stamps < OC_FF_STAMPS ? f->sub.stamps : OC_FF_STAMPS;
    for (unsigned i = 0; i < held; i++) {
        if (f->sub.stamp[i].pts == pts)
            return f->sub.stamp[i].at_us;
    }
    return f->sub.at_us;
}

/* A picture is shown `ahead` after it is due to be decoded; its place on the line is that much
 * behind its packet's. */
static void stamp(oc_ffmpeg_t *f, int64_t pts, int64_t ahead) {
    int64_t ahead_us = ahead > 0 ? av_rescale_q(ahead, f->lane[0].base, US) : 0;
    unsigned at = f->sub.stamps++ % OC_FF_STAMPS;
    f->sub.stamp[at].pts = pts;
    f->sub.stamp[at].at_us = f->sub.at_us + ahead_us;
}

static int take_packet(oc_ffmpeg_t *f, const AVPacket *p) {
    bool timed = p->pts != AV_NOPTS_VALUE && p->dts != AV_NOPTS_VALUE;
    stamp(f, p->pts, timed ? p->pts - p->dts : 0);
    return oc_ffmpeg_transcode(f, 0, p, NULL);
}

static int take_picture(oc_ffmpeg_t *f, AVFrame *frame) {
    frame->best_effort_timestamp = frame->pts;
    stamp(f, frame->pts, 0);
    return oc_ffmpeg_transcode(f, 0, NULL, frame);
}

/* Main has lost its source: so have we, and it is main that finds it again. */
static int go_down(oc_ffmpeg_t *f) {
    oc_ffmpeg_release(f);
    f->sub.down = true;
    f->sub.notified =
        oc_handoff_push_state(f->env.handoff, OC_HANDOFF_LOST, OC_ERR_CLOSED) == OC_OK;
    return OC_OK;
}

static int come_up(oc_ffmpeg_t *f) {
    if (f->sub.notified && oc_handoff_push_state(f->env.handoff, OC_HANDOFF_RESUMED, 0) != OC_OK)
        return OC_AGAIN;
    f->sub.down = f->sub.notified = false;
    return OC_OK;
}

static int work(oc_ffmpeg_t *f, const oc_ff_tap_item_t *item) {
    int rc = OC_OK;
    if (item->kind == OC_FF_TAP_DOWN)
        return f->sub.down ? OC_OK : go_down(f);
    if (item->kind == OC_FF_TAP_END) {
        f->draining = true;
        return f->lane[0].decode.decoder ? oc_ffmpeg_transcode(f, 0, NULL, NULL) : OC_OK;
    }
    if (!f->sub.set || item->epoch != f->sub.epoch) {
        oc_ffmpeg_release(f);
        rc = oc_ffmpeg_sub_lanes(f);
        if (rc != OC_OK || item->epoch != f->sub.epoch)
            return rc; /* older than the description: nothing can be made of it */
    }
    if (f->sub.down)
        rc = come_up(f);
    f->sub.at_us = item->at_us;
    if (rc == OC_OK && item->kind == OC_FF_TAP_PICTURE)
        return take_picture(f, item->frame);
    if (rc == OC_OK && item->kind == OC_FF_TAP_PACKET)
        return take_packet(f, item->packet);
    if (rc == OC_OK && f->lane[1].on && f->lane[0].ready) /* a stream begins with its picture */
        return oc_ffmpeg_enqueue(f, item->packet, 1);
    return rc == OC_AGAIN ? OC_OK : rc;
}

int oc_ffmpeg_sub_fill(oc_ffmpeg_t *f, int64_t now_us, int64_t *due_us) {
    oc_ff_tap_item_t item = {0};
    if (oc_ff_tap_take(f->sub.tap, &item) != OC_OK) {
        *due_us = now_us + (f->env.wake ? IDLE_US : LOOK_US);
        return f->draining && f->count == 0 ? OC_END : OC_AGAIN;
    }
    int rc = work(f, &item);
    av_frame_free(&item.frame);
    av_packet_free(&item.packet);
    return rc;
}
