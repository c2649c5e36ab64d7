#include "oc_ff_encode.h"

#include <libavutil/channel_layout.h>
#include <libavutil/opt.h>
#include <stdio.h>
#include <string.h>

#include "oc_err.h"

#define SINGLE_PIXELS  (1280 * 720) /* up to here one thread encodes in time */
#define GOP_FRAMES_MAX 100000       /* we place key pictures, by time */
#define AUDIO_BPS      64000        /* a channel */
#define STEP_MS        100          /* a hole in the sound that is not filled up by counting */

/* libavcodec's encoder; NULL: OpenH264 by itself, or none. */
static const AVCodec *find_encoder(oc_ff_encoder_t expected) {
    const AVCodec *x264 = avcodec_find_encoder_by_name("libx264");
    const AVCodec *open = avcodec_find_encoder_by_name("libopenh264");
    if (expected == OC_FF_ENCODER_X264)
        return x264;
    return expected == OC_FF_ENCODER_OPENH264 || !x264 ? open : x264;
}

static void tune(AVCodecContext *c) {
    if (strcmp(c->codec->name, "libx264") != 0) {
        av_opt_set(c->priv_data, "profile", "constrained_baseline", 0);
        return;
    }
    av_opt_set(c->priv_data, "preset", "superfast", 0);
    av_opt_set(c->priv_data, "tune", "zerolatency", 0);
    av_opt_set(c->priv_data, "forced-idr", "1", 0);
    av_opt_set(c->priv_data, "x264-params", "scenecut=0:open-gop=0", 0);
    av_opt_set(c->priv_data, "profile", "main", 0);
}

static int open_avcodec(oc_ff_video_encoder_t *e, const AVCodec *codec, AVRational rate,
                        uint32_t bps) {
    AVCodecContext *c = e->context = avcodec_alloc_context3(codec);
    if (!c)
        return AVERROR(ENOMEM);
    c->width = e->width;
    c->height = e->height;
    c->pix_fmt = AV_PIX_FMT_YUV420P;
    c->time_base = e->base;
    c->framerate = rate;
    c->bit_rate = c->rc_max_rate = bps;
    c->rc_buffer_size = (int)bps;
    c->gop_size = GOP_FRAMES_MAX;
    c->max_b_frames = 0;
    c->thread_count = e->width * e->height <= SINGLE_PIXELS ? 1 : 0;
    c->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    tune(c);
    e->name = codec->name;
    return avcodec_open2(c, codec, NULL);
}

static int open_wels(oc_ff_video_encoder_t *e, AVRational rate, uint32_t bps, char *why,
                     size_t size) {
    int64_t milli = rate.num > 0 && rate.den > 0 ? av_rescale(rate.num, 1000, rate.den) : 0;
    e->made = av_packet_alloc();
    if (!e->made)
        return OC_ERR_NOMEM;
    e->wels = oc_ff_openh264_open(
        e->width, e->height, milli > 0 && milli < 1000000 ? (uint32_t)milli : 0, bps, why, size);
    e->name = "openh264";
    return e->wels ? OC_OK : OC_ERR_NOTSUP;
}

int oc_ff_video_open(oc_ff_video_encoder_t *e, const oc_ff_input_t *in, int width, int height,
                     AVRational base, AVRational rate, char *why, size_t size) {
    const AVCodec *codec = find_encoder(in->encoder);
    memset(e, 0, sizeof(*e));
    e->width = width;
    e->height = height;
    e->base = base;
    e->gop_units = av_rescale_q(in->gop_ms, (AVRational){1, 1000}, base);
    e->slack = rate.num > 0 && rate.den > 0 ? av_rescale_q(1, av_inv_q(rate), base) / 2 : 0;
    int rc = OC_ERR_NOTSUP;
    if (codec) {
        int error = open_avcodec(e, codec, rate, in->bitrate_bps);
        rc = error < 0 ? oc_ff_error(error) : OC_OK;
        if (error < 0)
            snprintf(why, size, "%.60s: %s cannot encode %dx%d", in->shown, codec->name, width,
                     height);
    } else if (in->encoder == OC_FF_ENCODER_X264) {
        snprintf(why, size, "%.60s: this FFmpeg has no x264", in->shown);
    } else {
        rc = open_wels(e, rate, in->bitrate_bps, why, size);
    }
    if (rc != OC_OK)
        oc_ff_video_close(e);
    return rc;
}

/* A reference; whoever draws into the frame next gets a buffer of its own. */
static void keep(oc_ff_video_encoder_t *e, const AVFrame *frame) {
    if (!e->shown)
        e->shown = av_frame_alloc();
    if (!e->shown)
        return;
    av_frame_unref(e->shown);
    if (e->keep)
        av_frame_ref(e->shown, frame);
}

int oc_ff_video_send(oc_ff_video_encoder_t *e, AVFrame *frame, bool key) {
    if (e->keep || e->shown)
        keep(e, frame);
    /* half a picture early is nearer than half a picture late */
    bool now = !e->any || key || frame->pts - e->key_pts >= e->gop_units - e->slack;
    frame->pict_type = now ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
    if (now)
        e->key_pts = frame->pts;
    e->any = true;
    if (e->wels) {
        av_packet_unref(e->made);
        int rc = oc_ff_openh264_encode(e->wels, frame, now, e->made);
        return rc == OC_AGAIN ? OC_OK : rc;
    }
    int error = avcodec_send_frame(e->context, frame);
    return error < 0 ? oc_ff_error(error) : OC_OK;
}

int oc_ff_video_take(oc_ff_video_encoder_t *e, AVPacket *packet) {
    if (e->wels) {
        if (e->made->size == 0)
            return OC_AGAIN;
        av_packet_move_ref(packet, e->made);
        return OC_OK;
    }
    return e->context && avcodec_receive_packet(e->context, packet) >= 0 ? OC_OK : OC_AGAIN;
}

static oc_span_t extra_of(const AVCodecContext *c) {
    return oc_span(c->extradata, c->extradata_size > 0 ? (size_t)c->extradata_size : 0);
}

oc_ff_stream_t oc_ff_video_stream(const oc_ff_video_encoder_t *e) {
    return (oc_ff_stream_t){.codec = "h264",
                            .extra = e->wels ? oc_ff_openh264_sets(e->wels) : extra_of(e->context),
                            .num = (uint32_t)e->base.num,
                            .den = (uint32_t)e->base.den,
                            .width = (uint32_t)e->width,
                            .height = (uint32_t)e->height};
}

int oc_ff_video_bitrate(oc_ff_video_encoder_t *e, uint32_t bps) {
    if (e->wels)
        return oc_ff_openh264_bitrate(e->wels, bps);
    if (!e->context || strcmp(e->name, "libx264") != 0)
        return OC_ERR_NOTSUP;
    e->context->bit_rate = e->context->rc_max_rate = bps; /* looked at with every picture */
    e->context->rc_buffer_size = (int)bps;
    return OC_OK;
}

void oc_ff_video_close(oc_ff_video_encoder_t *e) {
    avcodec_free_context(&e->context);
    oc_ff_openh264_close(e->wels);
    av_packet_free(&e->made);
    av_frame_free(&e->shown);
    e->wels = NULL;
    e->name = NULL;
}

int oc_ff_audio_open(oc_ff_audio_encoder_t *e, int rate, int channels, char *why, size_t size) {
    memset(e, 0, sizeof(*e));
    const AVCodec *codec = avcodec_find_encoder(AV_CODEC_ID_AAC);
    AVCodecContext *c = e->context = codec ? avcodec_alloc_context3(codec) : NULL;
    int error = AVERROR_ENCODER_NOT_FOUND;
    if (c) {
        c->sample_fmt = AV_SAMPLE_FMT_FLTP;
        c->sample_rate = rate;
        c->bit_rate = (int64_t)AUDIO_BPS * channels;
        c->time_base = (AVRational){1, rate};
        c->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
        av_channel_layout_default(&c->ch_layout, channels);
        error = avcodec_open2(c, codec, NULL);
    }
    if (error >= 0) {
        e->fifo = av_audio_fifo_alloc(AV_SAMPLE_FMT_FLTP, channels, c->frame_size * 4);
        e->frame = av_frame_alloc();
        error = e->fifo && e->frame ? 0 : AVERROR(ENOMEM);
    }
    if (error >= 0) {
        e->frame->nb_samples = c->frame_size;
        e->frame->format = AV_SAMPLE_FMT_FLTP;
        e->frame->sample_rate = rate;
        av_channel_layout_copy(&e->frame->ch_layout, &c->ch_layout);
        error = av_frame_get_buffer(e->frame, 0);
    }
    if (error >= 0)
        return OC_OK;
    snprintf(why, size, "AAC encoder: cannot encode %d Hz, %d channels", rate, channels);
    oc_ff_audio_close(e);
    return oc_ff_error(error);
}

int oc_ff_audio_add(oc_ff_audio_encoder_t *e, uint8_t *const *planes, int samples, int64_t pts) {
    int64_t end = e->next_pts + av_audio_fifo_size(e->fifo);
    int64_t maximum = (int64_t)e->context->sample_rate * STEP_MS / 1000;
    if (pts != AV_NOPTS_VALUE && (!e->any || pts - end > maximum || end - pts > maximum)) {
        av_audio_fifo_reset(e->fifo); /* less than a frame */
        e->next_pts = pts;
    }
    e->any = true;
    return av_audio_fifo_write(e->fifo, (void **)planes, samples) < samples ? OC_ERR_NOMEM : OC_OK;
}

int oc_ff_audio_take(oc_ff_audio_encoder_t *e, AVPacket *packet) {
    int error = avcodec_receive_packet(e->context, packet);
    while (error == AVERROR(EAGAIN)) {
        int samples = e->context->frame_size;
        if (av_audio_fifo_size(e->fifo) < samples)
            return OC_AGAIN;
        if (av_frame_make_writable(e->frame) < 0)
            return OC_ERR_NOMEM;
        av_audio_fifo_read(e->fifo, (void **)e->frame->data, samples);
        e->frame->pts = e->next_pts;
        e->next_pts += samples;
        error = avcodec_send_frame(e->context, e->frame);
        if (error >= 0)
            error = avcodec_receive_packet(e->context, packet);
    }
    if (error == AVERROR_EOF) /* it was finished */
        return OC_AGAIN;
    return error < 0 ? oc_ff_error(error) : OC_OK;
}

int oc_ff_audio_finish(oc_ff_audio_encoder_t *e) {
    int samples = av_audio_fifo_size(e->fifo), error = 0;
    if (samples > 0 && av_frame_make_writable(e->frame) < 0)
        return OC_ERR_NOMEM;
    if (samples > 0) {
        av_audio_fifo_read(e->fifo, (void **)e->frame->data, samples);
        e->frame->nb_samples = samples;
        e->frame->pts = e->next_pts;
        e->next_pts += samples;
        error = avcodec_send_frame(e->context, e->frame);
    }
    if (error >= 0)
        error = avcodec_send_frame(e->context, NULL);
    return error < 0 && error != AVERROR_EOF ? oc_ff_error(error) : OC_OK;
}

oc_ff_stream_t oc_ff_audio_stream(const oc_ff_audio_encoder_t *e) {
    return (oc_ff_stream_t){.codec = "aac",
                            .extra = extra_of(e->context),
                            .num = (uint32_t)e->context->time_base.num,
                            .den = (uint32_t)e->context->time_base.den,
                            .rate = (uint32_t)e->context->sample_rate,
                            .channels = (uint32_t)e->context->ch_layout.nb_channels};
}

void oc_ff_audio_close(oc_ff_audio_encoder_t *e) {
    avcodec_free_context(&e->context);
    av_frame_free(&e->frame);
    if (e->fifo)
        av_audio_fifo_free(e->fifo);
    e->fifo = NULL;
}
