#include "oc_ff_decode.h"

#include <libavutil/imgutils.h>
#include <libavutil/opt.h>
#include <stdio.h>
#include <string.h>

#include "oc_err.h"
#include "oc_ff_allow.h"
#include "oc_picture.h"

#define RATE_COMMON 48000 /* for rates that AAC does not have */
#define EVEN(n)     ((n) & ~1)
#define SIDE_LEAST  32
#define MILLI       1000

static int open_decoder(oc_ff_decode_t *d, const AVCodecParameters *par) {
    const AVCodec *codec = avcodec_find_decoder(par->codec_id);
    if (!codec || !oc_ff_allow_decoder(codec->name))
        return AVERROR_DECODER_NOT_FOUND;
    d->decoder = avcodec_alloc_context3(codec);
    if (!d->decoder)
        return AVERROR(ENOMEM);
    int error = avcodec_parameters_to_context(d->decoder, par);
    d->decoder->pkt_timebase = d->base;
    d->decoder->max_pixels = OC_FF_PIXELS_MAX;
    d->decoder->thread_count = 0;
    d->decoder->thread_type = FF_THREAD_SLICE; /* threads by picture would add delay */
    return error < 0 ? error : avcodec_open2(d->decoder, codec, NULL);
}

/* A rate that AAC has, near the source's. */
static int aac_rate(int rate) {
    static const int rates[] = {8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000};
    for (size_t i = 0; i < sizeof(rates) / sizeof(*rates); i++) {
        if (rates[i] == rate)
            return rate;
    }
    return RATE_COMMON;
}

int oc_ff_decode_open(oc_ff_decode_t *d, const oc_ff_input_t *input, const AVCodecParameters *par,
                      AVRational base, AVRational rate, char *why, size_t size) {
    memset(d, 0, sizeof(*d));
    d->input = input;
    d->rotate = input->rotate;
    d->base = base;
    d->rate = rate;
    d->raw = av_frame_alloc();
    if (d->raw && !par)
        return OC_OK;
    int error = d->raw ? open_decoder(d, par) : AVERROR(ENOMEM);
    if (error < 0) {
        snprintf(why, size, "%.60s: %s cannot be decoded", input->shown,
                 avcodec_get_name(par->codec_id));
        oc_ff_decode_close(d);
        return error == AVERROR(ENOMEM) ? OC_ERR_NOMEM : OC_ERR_NOTSUP;
    }
    if (par->codec_type == AVMEDIA_TYPE_VIDEO)
        return OC_OK; /* the encoder comes with the first picture: only that tells the format */
    int channels = par->ch_layout.nb_channels > 1 ? 2 : 1;
    int rc = oc_ff_audio_open(&d->audio, aac_rate(par->sample_rate), channels, why, size);
    if (rc != OC_OK)
        oc_ff_decode_close(d);
    return rc;
}

void oc_ff_decode_turn(oc_ff_decode_t *d, uint16_t degrees) {
    d->rotate = (uint16_t)((d->input->rotate + degrees) % 360);
}

AVRational oc_ff_decode_base(const oc_ff_decode_t *d) {
    return d->audio.context ? d->audio.context->time_base : d->base;
}

bool oc_ff_decode_stream(const oc_ff_decode_t *d, oc_ff_stream_t *stream) {
    if (d->audio.context)
        *stream = oc_ff_audio_stream(&d->audio);
    else if (d->video.name)
        *stream = oc_ff_video_stream(&d->video);
    return d->audio.context || d->video.name;
}

int oc_ff_decode_put(oc_ff_decode_t *d, const AVPacket *packet) {
    int error = avcodec_send_packet(d->decoder, packet);
    if (error < 0 && error != AVERROR_EOF && error != AVERROR(EAGAIN))
        d->broken++;
    return error == AVERROR(ENOMEM) ? OC_ERR_NOMEM : OC_OK;
}

static AVFrame *new_picture(int width, int height) {
    AVFrame *frame = av_frame_alloc();
    if (!frame)
        return NULL;
    frame->format = AV_PIX_FMT_YUV420P;
    frame->width = width;
    frame->height = height;
    if (av_frame_get_buffer(frame, 0) < 0)
        av_frame_free(&frame);
    return frame;
}

static oc_picture_t view(const AVFrame *frame) {
    return (oc_picture_t){.plane = {frame->data[0], frame->data[1], frame->data[2]},
                          .stride = {frame->linesize[0], frame->linesize[1], frame->linesize[2]},
                          .width = frame->width,
                          .height = frame->height};
}

/* The largest even size of the picture's shape in a box; never larger than the picture. */
static void fit_inside(int box_width, int box_height, int *width, int *height) {
    int64_t w = *width, h = *height;
    if (w <= box_width && h <= box_height)
        return;
    if (w * box_height > h * box_width) {
        *width = box_width;
        *height = EVEN((int)((h * box_width + w / 2) / w));
    } else {
        *height = box_height;
        *width = EVEN((int)((w * box_height + h / 2) / h));
    }
}

/* With the first picture: its size is the track's from now on. */
static int open_video(oc_ff_decode_t *d, const AVFrame *raw) {
    const oc_ff_input_t *in = d->input;
    char why[OC_CAPTURE_WHY_MAX];
    int width = EVEN(raw->width), height = EVEN(raw->height);
    if (in->kind == OC_PLUGIN_SCALE)
        fit_inside(in->width, in->height, &width, &height);
    if (width < SIDE_LEAST || height < SIDE_LEAST)
        return OC_ERR_FORMAT;
    bool side = d->rotate == 90 || d->rotate == 270;
    bool turn = d->rotate || in->flip_h || in->flip_v;
    d->fit = new_picture(width, height);
    if (turn)
        d->turned = new_picture(side ? height : width, side ? width : height);
    if (!d->fit || (turn && !d->turned))
        return OC_ERR_NOMEM;
    int rc = oc_ff_video_open(&d->video, in, side ? height : width, side ? width : height, d->base,
                              d->rate, why, sizeof(why));
    if (rc != OC_OK)
        oc_ff_log(OC_LOG_ERROR, "%s", why);
    return rc;
}

/* A sub stream may have fewer pictures than its main stream: this one is left out. */
static bool too_soon(const oc_ff_decode_t *d, int64_t pts) {
    const oc_ff_input_t *in = d->input;
    if (in->kind != OC_PLUGIN_SCALE || in->fps_milli == 0 || !d->any || pts == AV_NOPTS_VALUE)
        return false;
    int64_t step = av_rescale_q(1, (AVRational){MILLI, (int)in->fps_milli}, d->base);
    return pts - d->last_pts < step - d->video.slack;
}

/* The decoded picture into the encoder. */
static int send_picture(oc_ff_decode_t *d, const AVFrame *raw, bool key) {
    const oc_ff_input_t *in = d->input;
    int rc = d->video.name ? OC_OK : open_video(d, raw);
    if (rc != OC_OK)
        return rc;
    AVFrame *out = d->turned ? d->turned : d->fit;
    int64_t pts = raw->best_effort_timestamp;
    if (too_soon(d, pts))
        return OC_OK;
    if (pts == AV_NOPTS_VALUE && !d->any && !d->untimed) {
        d->untimed = true; /* of some RTSP servers the first picture: it would meet the second */
        return OC_OK;
    }
    if (pts == AV_NOPTS_VALUE || (d->any && pts <= d->last_pts))
        pts = d->any ? d->last_pts + 1 : 0;
    d->scaler =
        sws_getCachedContext(d->scaler, raw->width, raw->height, raw->format, d->fit->width,
                             d->fit->height, AV_PIX_FMT_YUV420P, SWS_BILINEAR, NULL, NULL, NULL);
    if (!d->scaler || av_frame_make_writable(d->fit) < 0 || av_frame_make_writable(out) < 0)
        return OC_ERR_NOMEM;
    sws_scale(d->scaler, (const uint8_t *const *)raw->data, raw->linesize, 0, raw->height,
              d->fit->data, d->fit->linesize);
    oc_picture_t picture = view(d->fit);
    if (d->turned) {
        oc_picture_t to = view(d->turned);
        oc_picture_turn(&picture, &to, d->rotate, in->flip_h, in->flip_v);
        picture = to;
    }
    if (in->overlay[0] || in->overlay_time)
        oc_picture_overlay(&picture, in->overlay, in->overlay_time ? oc_ff_utc_ms() : -1);
    out->pts = d->last_pts = pts;
    d->any = true;
    return oc_ff_video_send(&d->video, out, key);
}

static int prepare_resampler(oc_ff_decode_t *d) {
    const AVFrame *raw = d->raw;
    if (d->resampler && d->rate_in == raw->sample_rate && d->format_in == raw->format &&
        d->channels_in == raw->ch_layout.nb_channels)
        return OC_OK;
    swr_free(&d->resampler);
    AVChannelLayout layout = raw->ch_layout;
    if (layout.order == AV_CHANNEL_ORDER_UNSPEC)
        av_channel_layout_default(&layout, raw->ch_layout.nb_channels);
    if (swr_alloc_set_opts2(&d->resampler, &d->audio.context->ch_layout, AV_SAMPLE_FMT_FLTP,
                            d->audio.context->sample_rate, &layout, raw->format, raw->sample_rate,
                            0, NULL) < 0 ||
        swr_init(d->resampler) < 0)
        return OC_ERR_NOTSUP;
    d->rate_in = raw->sample_rate;
    d->format_in = raw->format;
    d->channels_in = raw->ch_layout.nb_channels;
    return OC_OK;
}

/* The decoded sound into the encoder's queue. */
static int send_sound(oc_ff_decode_t *d) {
    AVCodecContext *to = d->audio.context;
    if (d->raw->sample_rate <= 0 || d->raw->sample_rate > OC_FF_RATE_MAX)
        return OC_ERR_FORMAT;
    int rc = prepare_resampler(d);
    if (rc != OC_OK)
        return rc;
    int64_t pts = d->raw->best_effort_timestamp;
    if (pts != AV_NOPTS_VALUE)
        pts = av_rescale_q(pts, d->base, to->time_base) -
              swr_get_delay(d->resampler, to->sample_rate);
    uint8_t *planes[OC_FF_CHANNELS] = {NULL};
    int maximum = swr_get_out_samples(d->resampler, d->raw->nb_samples);
    if (av_samples_alloc(planes, NULL, to->ch_layout.nb_channels, maximum, AV_SAMPLE_FMT_FLTP, 0) <
        0)
        return OC_ERR_NOMEM;
    int got = swr_convert(d->resampler, planes, maximum, (const uint8_t **)d->raw->extended_data,
                          d->raw->nb_samples);
    if (got > 0)
        rc = oc_ff_audio_add(&d->audio, planes, got, pts);
    av_freep(&planes[0]);
    return got < 0 ? OC_ERR_FORMAT : rc;
}

int oc_ff_decode_take(oc_ff_decode_t *d, AVPacket *packet, bool key) {
    for (;;) {
        int rc = OC_AGAIN;
        if (d->audio.context)
            rc = oc_ff_audio_take(&d->audio, packet);
        else
            rc = oc_ff_video_take(&d->video, packet);
        if (rc != OC_AGAIN)
            return rc;
        if (!d->decoder)
            return OC_AGAIN;
        int error = avcodec_receive_frame(d->decoder, d->raw);
        if (error == AVERROR(EAGAIN) || error == AVERROR_EOF)
            return OC_AGAIN;
        if (error < 0) {
            d->broken++;
            return OC_AGAIN;
        }
        rc = d->audio.context ? send_sound(d) : send_picture(d, d->raw, key);
        av_frame_unref(d->raw);
        if (rc != OC_OK)
            return rc;
    }
}

int oc_ff_decode_picture(oc_ff_decode_t *d, const AVFrame *picture, bool key) {
    return send_picture(d, picture, key);
}

void oc_ff_decode_close(oc_ff_decode_t *d) {
    avcodec_free_context(&d->decoder);
    av_frame_free(&d->raw);
    av_frame_free(&d->fit);
    av_frame_free(&d->turned);
    sws_freeContext(d->scaler);
    d->scaler = NULL;
    swr_free(&d->resampler);
    oc_ff_video_close(&d->video);
    oc_ff_audio_close(&d->audio);
}
