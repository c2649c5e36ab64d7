/* See oc_ffmpeg.h: from the source to the queue of packets. */
#include <libavutil/common.h>
#include <stdio.h>
#include <string.h>

#include "oc_clock.h"
#include "oc_err.h"
#include "oc_ffmpeg.h"

#define SKIPS_MAX    1000 /* packets read in one go without anything to deliver */
#define WHOLE_ENOUGH 3    /* key pictures that came whole: then none is waited for any more */
#define ROUND_MAX_S  (366 * 86400) /* of a file that is looped, as of oc_capture_replay */
#define HOLD_MAX     40            /* packets looked at to learn what the first ones do not tell */
_Static_assert(HOLD_MAX < OC_FF_QUEUE, "the queue holds them");

oc_ff_stream_t oc_ffmpeg_describe(const AVCodecParameters *par, AVRational base) {
    return (oc_ff_stream_t){
        .codec = avcodec_get_name(par->codec_id),
        .extra = oc_span(par->extradata, par->extradata_size > 0 ? (size_t)par->extradata_size : 0),
        .num = (uint32_t)base.num,
        .den = (uint32_t)base.den,
        .width = (uint32_t)par->width,
        .height = (uint32_t)par->height,
        .rate = (uint32_t)par->sample_rate,
        .channels = (uint32_t)par->ch_layout.nb_channels};
}

/* The track of what an encoder makes, once that is open. */
static int init_encoded(oc_ff_lane_t *lane, const oc_ff_stream_t *stream) {
    lane->ready = true;
    int rc = oc_ff_track_init(&lane->track, stream);
    lane->track.track.rotation = lane->rotation;
    return rc;
}

static int refuse_pixels(oc_ffmpeg_t *f, const char *codec) {
    snprintf(
        f->why, sizeof(f->why),
        "%.60s: rotate, flip, name and clock need pixels; %.12s passes through: add transcode=1",
        f->input.shown, codec);
    return OC_ERR_NOTSUP;
}

static int init_lane(oc_ffmpeg_t *f, unsigned index) {
    oc_ff_lane_t *lane = &f->lane[index];
    AVStream *stream = f->reader.format->streams[f->reader.stream[index]];
    oc_ff_stream_t about = oc_ffmpeg_describe(stream->codecpar, stream->time_base);
    uint16_t rotation = index == 0 ? oc_ff_reader_rotation(stream) : 0;
    about.rotation = rotation;
    lane->base = stream->time_base;
    lane->splits = f->input.kind == OC_PLUGIN_RTSP; /* until whole key pictures were seen */
    lane->last_pts = AV_NOPTS_VALUE;
    bool bare = stream->codecpar->video_delay > 0 && /* nobody tells the order of pictures */
                f->reader.format->iformat->flags & AVFMT_NOTIMESTAMPS;
    bool aac = stream->codecpar->codec_id == AV_CODEC_ID_AAC;
    bool keep = index == 1 ? aac || !f->input.aac : !(f->input.transcode || bare);
    lane->passes = keep && oc_ff_track_init(&lane->track, &about) == OC_OK;
    lane->on = true;
    lane->ready = lane->passes;
    if (lane->passes && index == 0 && oc_ff_wants_pixels(&f->input))
        return refuse_pixels(f, about.codec);
    if (lane->passes && aac && index == 1 && about.extra.len)
        oc_ff_fits_begin(&lane->fits, stream->codecpar);
    if (lane->passes)
        return OC_OK;
    if (keep && lane->track.oversize && !oc_ff_pass_only)
        oc_ff_log(OC_LOG_WARN, "%s: " OC_FF_OVERSIZE "; encoded anew", f->input.shown,
                  lane->track.oversize, OC_TRACK_CONFIG_MAX);
    oc_ff_needs_own = oc_ff_pass_only;
    if (oc_ff_needs_own)
        return OC_ERR_NOTSUP;
    AVRational rate = av_guess_frame_rate(f->reader.format, stream, NULL);
    int rc = oc_ff_decode_open(&lane->decode, &f->input, stream->codecpar, stream->time_base, rate,
                               f->why, sizeof(f->why));
    if (rc != OC_OK)
        return rc;
    oc_ff_decode_turn(&lane->decode, rotation);
    lane->base = oc_ff_decode_base(&lane->decode);
    return oc_ff_decode_stream(&lane->decode, &about) ? init_encoded(lane, &about) : OC_OK;
}

static void init_test_lanes(oc_ffmpeg_t *f) {
    oc_ff_stream_t picture = oc_ff_video_stream(&f->test.video);
    f->lane[0].on = true;
    f->lane[0].base = f->test.video.base;
    init_encoded(&f->lane[0], &picture);
    if (!f->test.audio.context)
        return;
    oc_ff_stream_t sound = oc_ff_audio_stream(&f->test.audio);
    f->lane[1].on = true;
    f->lane[1].base = f->test.audio.context->time_base;
    init_encoded(&f->lane[1], &sound);
}

/* The first letters of a codec's name as oc_track_t.omitted. */
static uint32_t coding_of(const char *name) {
    uint32_t coding = 0;
    for (unsigned i = 0; i < 4; i++)
        coding = coding << 8 | (uint8_t)(*name ? *name++ : ' ');
    return coding;
}

int oc_ffmpeg_lanes(oc_ffmpeg_t *f) {
    int sound = OC_OK;
    f->omitted = 0;
    memset(f->lane, 0, sizeof(f->lane));
    if (f->sub.tap) {
        int rc = oc_ffmpeg_sub_lanes(f);
        return rc == OC_AGAIN ? OC_OK : rc;
    }
    if (f->is_test) {
        init_test_lanes(f);
        return OC_OK;
    }
    int rc = f->reader.stream[0] >= 0 ? init_lane(f, 0) : OC_OK;
    if (rc == OC_OK && f->audio && f->reader.stream[1] >= 0)
        sound = init_lane(f, 1);
    if (sound != OC_OK && (!f->lane[0].on || oc_ff_needs_own))
        return sound;
    if (sound != OC_OK) { /* a picture without its sound is better than none */
        const AVStream *stream = f->reader.format->streams[f->reader.stream[1]];
        oc_ff_log(OC_LOG_WARN, "%s; without sound", f->why);
        f->lane[1].on = false;
        f->omitted = coding_of(avcodec_get_name(stream->codecpar->codec_id));
    }
    return rc;
}

/* ---- the queue ---- */

/* The newest packet of a lane in the queue behind the first `skip`; NULL: none. */
static AVPacket *newest(const oc_ffmpeg_t *f, unsigned lane, unsigned skip) {
    for (unsigned i = f->count; i-- > skip;) {
        unsigned slot = (f->first + i) % OC_FF_QUEUE;
        if (f->queue[slot].lane == lane)
            return f->queue[slot].packet;
    }
    return NULL;
}

/* Some RTP senders mark an end inside a picture: packets of one time belong together. True: the
 * packet has gone into the one before it. */
static bool join(oc_ffmpeg_t *f, const AVPacket *packet, unsigned index) {
    oc_ff_lane_t *lane = &f->lane[index];
    AVPacket *before = newest(f, index, 0);
    bool same = packet->pts != AV_NOPTS_VALUE && packet->pts == lane->last_pts;
    lane->last_pts = packet->pts;
    if (index != 0 || !lane->passes || !f->reader.live || lane->track.track.codec == OC_CODEC_MJPEG)
        return false;
    if (before && !same && before->flags & AV_PKT_FLAG_KEY && lane->whole < WHOLE_ENOUGH)
        lane->splits = ++lane->whole < WHOLE_ENOUGH;
    if (same) {
        lane->splits = true;
        lane->whole = WHOLE_ENOUGH; /* for good */
    }
    int at = before ? before->size : 0;
    if (!same || !before)
        return false;
    if (at + packet->size > OC_FF_PACKET_MAX || av_grow_packet(before, packet->size) < 0) {
        oc_handoff_count_lost(f->env.handoff, OC_LOSS_TOO_LARGE); /* the rest of a picture */
        return true;
    }
    memcpy(before->data + at, packet->data, (size_t)packet->size);
    before->flags |= packet->flags;
    return true;
}

static oc_ff_video_encoder_t *encoder_of(oc_ffmpeg_t *f) {
    return f->is_test ? &f->test.video : &f->lane[0].decode.video;
}

/* The picture that a packet was made of: the encoders have no delay. NULL: nobody wants it. */
static AVFrame *picture_of(oc_ffmpeg_t *f, const AVPacket *packet, unsigned lane) {
    const AVFrame *shown = encoder_of(f)->shown;
    bool ours = lane == 0 && f->tap && shown && shown->buf[0] && shown->pts == packet->pts;
    return ours ? av_frame_clone(shown) : NULL;
}

int oc_ffmpeg_enqueue(oc_ffmpeg_t *f, AVPacket *packet, unsigned lane) {
    unsigned slot = (f->first + f->count) % OC_FF_QUEUE;
    if (join(f, packet, lane)) {
        av_packet_unref(packet);
        return OC_OK;
    }
    if (f->count == OC_FF_QUEUE) {
        av_packet_unref(packet);
        oc_handoff_count_drop(f->env.handoff);
        return OC_OK;
    }
    if (!f->queue[slot].packet)
        f->queue[slot].packet = av_packet_alloc();
    if (!f->queue[slot].packet)
        return OC_ERR_NOMEM;
    av_packet_move_ref(f->queue[slot].packet, packet);
    f->gave = true;
    f->queue[slot].lane = lane;
    f->queue[slot].frame = picture_of(f, f->queue[slot].packet, lane);
    if (f->sub.tap)
        f->queue[slot].at_us =
            lane == 0 ? oc_ffmpeg_sub_at(f, f->queue[slot].packet->pts) : f->sub.at_us;
    f->count++;
    return OC_OK;
}

void oc_ffmpeg_empty(oc_ffmpeg_t *f) {
    for (unsigned i = 0; i < OC_FF_QUEUE; i++) {
        av_packet_free(&f->queue[i].packet);
        av_frame_free(&f->queue[i].frame);
    }
    f->first = f->count = 0;
}

/* What an encoder of the test has. */
static int take_encoded(oc_ffmpeg_t *f, unsigned lane) {
    for (;;) {
        int rc = lane == 1 ? oc_ff_audio_take(&f->test.audio, f->incoming)
                           : oc_ff_video_take(&f->test.video, f->incoming);
        if (rc == OC_OK)
            rc = oc_ffmpeg_enqueue(f, f->incoming, lane);
        if (rc != OC_OK)
            return rc == OC_AGAIN ? OC_OK : rc;
    }
}

/* What others want of the encoder. */
static void follow(oc_ffmpeg_t *f) {
    uint32_t bps = atomic_exchange(&f->desired_bps, 0);
    oc_ff_video_encoder_t *encoder = encoder_of(f);
    encoder->keep = f->tap && oc_ff_tap_requested(f->tap);
    if (bps && oc_ff_video_bitrate(encoder, bps) != OC_OK)
        oc_ff_log(OC_LOG_WARN, "%s: this encoder keeps its bit rate", f->input.shown);
}

static int fill_test(oc_ffmpeg_t *f, int64_t now_us, int64_t *due_us) {
    unsigned lane;
    *due_us = oc_ff_test_due(&f->test);
    if (!f->fast && *due_us > now_us)
        return OC_AGAIN;
    follow(f);
    bool key = atomic_exchange(&f->key_requested, 0);
    int rc = oc_ff_test_make(&f->test, now_us, f->fast, key, &lane);
    if (key && lane == 1)
        atomic_store(&f->key_requested, 1); /* it was a piece of sound's turn */
    return rc == OC_OK ? take_encoded(f, lane) : rc;
}

/* ---- sources with packets of their own ---- */

int oc_ffmpeg_transcode(oc_ffmpeg_t *f, unsigned index, const AVPacket *packet,
                        const AVFrame *frame) {
    oc_ff_lane_t *lane = &f->lane[index];
    uint32_t broken = lane->decode.broken;
    int rc = OC_OK;
    follow(f);
    if (frame)
        rc = oc_ff_decode_picture(&lane->decode, frame, atomic_exchange(&f->key_requested, 0));
    else if (lane->decode.decoder)
        rc = oc_ff_decode_put(&lane->decode, packet);
    while (rc == OC_OK) {
        AVPacket *made = av_packet_alloc();
        if (!made)
            return OC_ERR_NOMEM;
        rc = oc_ff_decode_take(&lane->decode, made, atomic_exchange(&f->key_requested, 0));
        oc_ff_stream_t about;
        if (rc == OC_OK && !lane->ready && oc_ff_decode_stream(&lane->decode, &about))
            rc = init_encoded(lane, &about);
        if (rc == OC_OK)
            rc = oc_ffmpeg_enqueue(f, made, index);
        av_packet_free(&made);
    }
    for (; broken != lane->decode.broken; broken++) /* what the decoder does not understand */
        oc_handoff_count_lost(f->env.handoff, OC_LOSS_SOURCE);
    return rc == OC_AGAIN ? OC_OK : rc;
}

/* Time stamps for a source that has none (a bare elementary stream). */
static void make_up(oc_ffmpeg_t *f, oc_ff_lane_t *lane, AVPacket *p) {
    AVStream *stream = f->reader.format->streams[p->stream_index];
    AVRational rate = av_guess_frame_rate(f->reader.format, stream, NULL);
    if (p->duration <= 0 && rate.num > 0 && rate.den > 0)
        p->duration = av_rescale_q(1, av_inv_q(rate), stream->time_base);
    p->dts = lane->next;
    if (lane->passes)
        p->pts = p->dts; /* else the decoder knows the order */
    lane->next = av_sat_add64(lane->next, p->duration > 0 ? p->duration : 1);
}

/* Keeps where a round of a file begins and ends, and moves the packet behind the rounds before. */
static void place_in_round(oc_ffmpeg_t *f, oc_ff_lane_t *lane, AVPacket *p) {
    AVStream *stream = f->reader.format->streams[p->stream_index];
    if (f->reader.live)
        return;
    if (p->dts == AV_NOPTS_VALUE && p->pts == AV_NOPTS_VALUE)
        make_up(f, lane, p);
    int64_t at = p->dts != AV_NOPTS_VALUE ? p->dts : p->pts;
    if (f->rounds == 0) {
        int64_t length = p->duration > 0 ? p->duration
                         : lane->any     ? av_sat_sub64(at, lane->end)
                                         : 0;
        int64_t end = av_sat_add64(at, length > 0 && length < INT32_MAX ? length : 0);
        if (!lane->any || at < lane->first)
            lane->first = at;
        if (!lane->any || end > lane->end)
            lane->end = end;
        lane->any = true;
        return;
    }
    int64_t shift = av_rescale_q(f->rounds * f->round_units, f->round_base, stream->time_base);
    if (p->dts != AV_NOPTS_VALUE)
        p->dts = av_sat_add64(p->dts, shift);
    if (p->pts != AV_NOPTS_VALUE)
        p->pts = av_sat_add64(p->pts, shift);
}

static AVRational stream_base(const oc_ffmpeg_t *f, unsigned lane) {
    return f->reader.format->streams[f->reader.stream[lane]]->time_base;
}

/* How long a round is: its longest track, from the earliest packet of all. */
static void measure_round(oc_ffmpeg_t *f) {
    if (f->rounds > 0)
        return;
    for (unsigned i = 0; i < OC_TRACKS_MAX; i++) {
        const oc_ff_lane_t *lane = &f->lane[i], *other = &f->lane[!i];
        if (!lane->on || !lane->any)
            continue;
        AVRational base = stream_base(f, i);
        int64_t first = lane->first;
        if (other->on && other->any)
            first = FFMIN(first, av_rescale_q(other->first, stream_base(f, !i), base));
        int64_t units = av_sat_sub64(lane->end, first);
        if (units <= 0 || av_compare_ts(units, base, ROUND_MAX_S, (AVRational){1, 1}) > 0 ||
            (f->round_units && av_compare_ts(units, base, f->round_units, f->round_base) <= 0))
            continue;
        f->round_units = units;
        f->round_base = base;
    }
}

/* The end of the source: what is still in the codecs, then once more or over. */
static int turn(oc_ffmpeg_t *f) {
    if (f->reader.live)
        return OC_ERR_CLOSED; /* a camera does not end: it is lost */
    for (unsigned i = 0; i < OC_TRACKS_MAX && !f->draining; i++) {
        if (!f->lane[i].on || f->lane[i].passes)
            continue;
        int rc = oc_ffmpeg_transcode(f, i, NULL, NULL);
        if (rc != OC_OK)
            return rc;
        avcodec_flush_buffers(f->lane[i].decode.decoder);
    }
    f->draining = true;
    if (f->count)
        return OC_OK;
    f->draining = false;
    measure_round(f);
    if (!f->loop)
        return OC_END;
    if (f->round_units <= 0)
        return OC_ERR_TRUNC; /* a round without anything would never end */
    if (!f->gave) {
        snprintf(
            f->why, sizeof(f->why),
            "%.60s: nothing in it can be decoded: it is damaged or larger than 4096x4096 pixels",
            f->input.shown);
        return OC_ERR_FORMAT;
    }
    f->gave = false;
    f->rounds++;
    f->lane[0].next = f->lane[1].next = 0;
    return oc_ff_reader_rewind(&f->reader);
}

/* To the decoder, whole: one packet later. */
static int transcode_joined(oc_ffmpeg_t *f, unsigned index, AVPacket *packet) {
    oc_ff_lane_t *lane = &f->lane[index];
    int rc = OC_OK;
    if (!lane->held)
        lane->held = av_packet_alloc();
    if (!lane->held)
        return OC_ERR_NOMEM;
    int at = lane->held->size;
    if (at && packet->pts != AV_NOPTS_VALUE && packet->pts == lane->held->pts) {
        if (at + packet->size > OC_FF_PACKET_MAX || av_grow_packet(lane->held, packet->size) < 0)
            oc_handoff_count_lost(f->env.handoff, OC_LOSS_TOO_LARGE); /* the rest of a picture */
        else
            memcpy(lane->held->data + at, packet->data, (size_t)packet->size);
        return OC_OK;
    }
    if (at)
        rc = oc_ffmpeg_transcode(f, index, lane->held, NULL);
    av_packet_unref(lane->held);
    av_packet_move_ref(lane->held, packet);
    return rc;
}

static bool may_be_split(const oc_ffmpeg_t *f, unsigned index) {
    enum AVCodecID id = f->reader.format->streams[f->reader.stream[index]]->codecpar->codec_id;
    return f->input.kind == OC_PLUGIN_RTSP && (id == AV_CODEC_ID_H264 || id == AV_CODEC_ID_HEVC);
}

static int fill_from_reader(oc_ffmpeg_t *f) {
    unsigned index = 0;
    int rc = oc_ff_reader_read(&f->reader, f->incoming, &index);
    if (rc == OC_END)
        return turn(f);
    if (rc != OC_OK)
        return rc;
    oc_ff_lane_t *lane = &f->lane[index];
    if (!lane->on || f->incoming->size > OC_FF_PACKET_MAX) {
        if (lane->on)
            oc_handoff_count_lost(f->env.handoff, OC_LOSS_TOO_LARGE);
    } else if (lane->passes) {
        place_in_round(f, lane, f->incoming);
        return oc_ffmpeg_enqueue(f, f->incoming, index);
    } else {
        place_in_round(f, lane, f->incoming);
        rc = may_be_split(f, index) ? transcode_joined(f, index, f->incoming)
                                    : oc_ffmpeg_transcode(f, index, f->incoming, NULL);
    }
    av_packet_unref(f->incoming);
    return rc;
}

bool oc_ffmpeg_settled(oc_ffmpeg_t *f) {
    if (!f->count)
        return false;
    unsigned index = f->queue[f->first].lane, slot, ahead = 0;
    oc_ff_lane_t *lane = &f->lane[index];
    const AVPacket *head = f->queue[f->first].packet;
    if (lane->splits && head->flags & AV_PKT_FLAG_KEY && !newest(f, index, 1) && f->reader.live &&
        f->count < HOLD_MAX)
        return false;
    if (head->dts != AV_NOPTS_VALUE || lane->no_dts || index == 1)
        return true;
    int64_t dts = AV_NOPTS_VALUE, step = head->duration;
    for (unsigned i = 1; i < f->count && dts == AV_NOPTS_VALUE; i++) {
        slot = (f->first + i) % OC_FF_QUEUE;
        ahead += f->queue[slot].lane == index;
        if (f->queue[slot].lane == index)
            dts = f->queue[slot].packet->dts;
    }
    if (dts == AV_NOPTS_VALUE) {
        lane->no_dts = f->count >= HOLD_MAX || f->draining;
        return lane->no_dts;
    }
    f->queue[f->first].packet->dts = dts - (step > 0 ? step : 1) * ahead;
    return true;
}

int oc_ffmpeg_fill(oc_ffmpeg_t *f, int64_t now_us, int64_t *due_us) {
    for (int i = 0; i < SKIPS_MAX; i++) {
        if (oc_ffmpeg_settled(f))
            return OC_OK;
        int rc = f->is_test   ? fill_test(f, now_us, due_us)
                 : f->sub.tap ? oc_ffmpeg_sub_fill(f, now_us, due_us)
                              : fill_from_reader(f);
        if (rc != OC_OK)
            return rc;
    }
    *due_us = now_us + 1000;
    return OC_AGAIN;
}

/* Sound with its description inside its packets (ADTS) is looked into. */
static void learn(oc_ff_lane_t *lane, const AVPacket *p) {
    uint32_t duration, room = oc_ff_track_bound(&lane->track, (size_t)p->size);
    uint8_t *scratch = lane->track.known ? NULL : av_malloc(room);
    if (scratch)
        oc_ff_track_convert(&lane->track, oc_span(p->data, (size_t)p->size), scratch, room,
                            &duration);
    av_free(scratch);
}

static bool complete(const oc_ffmpeg_t *f) {
    for (unsigned i = 0; i < OC_TRACKS_MAX; i++) {
        if (f->lane[i].on && !(f->lane[i].ready && f->lane[i].track.known))
            return false;
    }
    return true;
}

int oc_ffmpeg_prime(oc_ffmpeg_t *f) {
    while (!f->is_test && !f->sub.tap && !complete(f) && f->count < HOLD_MAX) {
        unsigned before = f->count;
        int rc = fill_from_reader(f);
        if (rc == OC_END || (rc == OC_OK && f->draining))
            return OC_OK;
        if (rc != OC_OK)
            return rc;
        for (unsigned i = before; i < f->count; i++) {
            unsigned slot = (f->first + i) % OC_FF_QUEUE;
            learn(&f->lane[f->queue[slot].lane], f->queue[slot].packet);
        }
    }
    return OC_OK;
}

void oc_ffmpeg_release(oc_ffmpeg_t *f) {
    for (unsigned i = 0; i < OC_TRACKS_MAX; i++) {
        oc_ff_decode_close(&f->lane[i].decode);
        oc_ff_fits_end(&f->lane[i].fits);
        av_packet_free(&f->lane[i].held);
    }
    oc_ff_test_close(&f->test);
    oc_ff_reader_close(&f->reader);
    oc_ffmpeg_empty(f);
    memset(f->lane, 0, sizeof(f->lane));
    f->rounds = 0;
    f->round_units = 0;
    f->draining = f->gave = false;
    f->sub.set = false;
}
