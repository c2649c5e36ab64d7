#include "oc_ff_view.h"

#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
#include <stdlib.h>
#include <string.h>

#include "oc_err.h"
#include "oc_ff.h"
#include "oc_ff_allow.h"
#include "oc_picture.h"

#define QUALITY 5 /* of a JPEG: 2 best, 31 worst */
#define EVEN(n) ((n) & ~1)

struct oc_ff_view {
    uint8_t *memory;
    AVCodecContext *decoder;  /* NULL: none yet */
    oc_look_request_t opened; /* what it was opened for */
    uint8_t config[OC_TRACK_CONFIG_MAX];
    AVPacket *packet;
    AVFrame *frame;
    struct SwsContext *scaler;
};

static enum AVCodecID codec_of(uint32_t codec) {
    switch (codec) {
    case OC_CODEC_H264:
        return AV_CODEC_ID_H264;
    case OC_CODEC_H265:
        return AV_CODEC_ID_HEVC;
    case OC_CODEC_MJPEG:
        return AV_CODEC_ID_MJPEG;
    case OC_CODEC_AAC:
        return AV_CODEC_ID_AAC;
    case OC_CODEC_OPUS:
        return AV_CODEC_ID_OPUS;
    case OC_CODEC_PCMA:
        return AV_CODEC_ID_PCM_ALAW;
    case OC_CODEC_PCMU:
        return AV_CODEC_ID_PCM_MULAW;
    default:
        return AV_CODEC_ID_NONE;
    }
}

/* ---- the decoder ---- */

static bool fits(const oc_ff_view_t *l, const oc_look_request_t *r) {
    return l->decoder && l->opened.codec == r->codec &&
           (l->opened.wants == OC_LOOK_JPEG) == (r->wants == OC_LOOK_JPEG) &&
           l->opened.config_bytes == r->config_bytes && l->opened.rate == r->rate &&
           memcmp(l->config, l->memory, r->config_bytes) == 0;
}

/* Opus: what libavcodec wants is OpusHead, of which dOps has the fields in the other byte order. */
static bool sound_has_extradata(uint32_t codec) {
    return codec != OC_CODEC_OPUS;
}

static int open_decoder(oc_ff_view_t *l, const oc_look_request_t *r) {
    const AVCodec *codec = avcodec_find_decoder(codec_of(r->codec));
    avcodec_free_context(&l->decoder);
    if (!codec || !oc_ff_allow_decoder(codec->name))
        return OC_ERR_NOTSUP;
    AVCodecContext *d = avcodec_alloc_context3(codec);
    if (!d)
        return OC_ERR_NOMEM;
    if (r->config_bytes > 0 && sound_has_extradata(r->codec)) {
        d->extradata = av_mallocz(r->config_bytes + AV_INPUT_BUFFER_PADDING_SIZE);
        d->extradata_size = d->extradata ? (int)r->config_bytes : 0;
        if (d->extradata)
            memcpy(d->extradata, l->memory, r->config_bytes);
    }
    d->max_pixels = OC_FF_PIXELS_MAX;
    d->thread_count = 1;
    d->flags |= AV_CODEC_FLAG_LOW_DELAY;
    d->sample_rate = (int)r->rate;
    if (r->channels > 0)
        av_channel_layout_default(&d->ch_layout, (int)r->channels);
    if (r->wants != OC_LOOK_JPEG) {
        d->flags2 |= AV_CODEC_FLAG2_FAST;
        d->skip_loop_filter = AVDISCARD_ALL; /* errors of it stay small in 20x20 pixels */
        d->lowres = r->codec == OC_CODEC_MJPEG ? 3 : 0;
    }
    if (avcodec_open2(d, codec, NULL) < 0) {
        avcodec_free_context(&d);
        return OC_ERR_FORMAT;
    }
    l->decoder = d;
    l->opened = *r;
    memcpy(l->config, l->memory, r->config_bytes);
    return OC_OK;
}

/* The packet to the decoder; drain: nothing follows. */
static int put(oc_ff_view_t *l, const oc_look_request_t *r, bool drain) {
    if (av_new_packet(l->packet, (int)r->bytes) < 0)
        return OC_ERR_NOMEM;
    memcpy(l->packet->data, l->memory + r->config_bytes, r->bytes);
    int error = avcodec_send_packet(l->decoder, l->packet);
    av_packet_unref(l->packet);
    if (error == 0 && drain)
        avcodec_send_packet(l->decoder, NULL);
    return error == AVERROR(ENOMEM) ? OC_ERR_NOMEM : error < 0 ? OC_ERR_FORMAT : OC_OK;
}

/* ---- what comes out ---- */

static bool is_grey_plane(int format) {
    const AVPixFmtDescriptor *about = av_pix_fmt_desc_get(format);
    return about && about->comp[0].depth == 8 && about->comp[0].step == 1 &&
           about->comp[0].plane == 0 &&
           !(about->flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_PAL));
}

static int scale(oc_ff_view_t *l, int width, int height, enum AVPixelFormat format,
                 uint8_t *const to[], const int strides[]) {
    const AVFrame *f = l->frame;
    l->scaler = sws_getCachedContext(l->scaler, f->width, f->height, f->format, width, height,
                                     format, SWS_AREA, NULL, NULL, NULL);
    if (!l->scaler)
        return OC_ERR_NOMEM;
    sws_scale(l->scaler, (const uint8_t *const *)f->data, f->linesize, 0, f->height, to, strides);
    return OC_OK;
}

static int give_grey(oc_ff_view_t *l, const oc_look_request_t *r, oc_look_answer_t *a) {
    const AVFrame *f = l->frame;
    uint8_t *out = l->memory + OC_LOOK_IN;
    int rc = OC_OK;
    if (f->width < r->width || f->height < r->height || !is_grey_plane(f->format)) {
        uint8_t *to[4] = {out};
        rc = scale(l, r->width, r->height, AV_PIX_FMT_GRAY8, to, (int[4]){r->width});
    } else {
        oc_picture_shrink(f->data[0], f->linesize[0], f->width, f->height, out, r->width,
                          r->height);
    }
    if (rc == OC_OK)
        a->bytes = (uint32_t)r->width * r->height;
    return rc;
}

static AVCodecContext *open_jpeg(int width, int height) {
    const AVCodec *codec = avcodec_find_encoder(AV_CODEC_ID_MJPEG);
    AVCodecContext *e = codec ? avcodec_alloc_context3(codec) : NULL;
    if (!e)
        return NULL;
    e->width = width;
    e->height = height;
    e->pix_fmt = AV_PIX_FMT_YUVJ420P;
    e->time_base = (AVRational){1, 25};
    e->thread_count = 1;
    e->flags |= AV_CODEC_FLAG_QSCALE;
    e->global_quality = QUALITY * FF_QP2LAMBDA;
    if (avcodec_open2(e, codec, NULL) < 0)
        avcodec_free_context(&e);
    return e;
}

static int encode_jpeg(oc_ff_view_t *l, AVCodecContext *encoder, AVFrame *picture,
                       oc_look_answer_t *a) {
    int rc = scale(l, picture->width, picture->height, AV_PIX_FMT_YUVJ420P, picture->data,
                   picture->linesize);
    picture->quality = QUALITY * FF_QP2LAMBDA;
    if (rc == OC_OK && (avcodec_send_frame(encoder, picture) < 0 ||
                        avcodec_receive_packet(encoder, l->packet) < 0))
        rc = OC_ERR_FORMAT;
    if (rc == OC_OK && (uint32_t)l->packet->size > OC_LOOK_OUT)
        rc = OC_ERR_TOO_BIG;
    if (rc == OC_OK) {
        memcpy(l->memory + OC_LOOK_IN, l->packet->data, (size_t)l->packet->size);
        a->bytes = (uint32_t)l->packet->size;
    }
    av_packet_unref(l->packet);
    return rc;
}

static int give_jpeg(oc_ff_view_t *l, const oc_look_request_t *r, oc_look_answer_t *a) {
    int width = l->frame->width, height = l->frame->height, rc = OC_ERR_NOMEM;
    if (r->width > 0 && width > r->width) {
        height = (int)((int64_t)height * r->width / width);
        width = r->width;
    }
    width = width > 2 ? EVEN(width) : 2;
    height = height > 2 ? EVEN(height) : 2;
    AVCodecContext *encoder = open_jpeg(width, height);
    AVFrame *picture = av_frame_alloc();
    if (picture) {
        picture->format = AV_PIX_FMT_YUVJ420P;
        picture->width = width;
        picture->height = height;
    }
    if (encoder && picture && av_frame_get_buffer(picture, 0) == 0)
        rc = encode_jpeg(l, encoder, picture, a);
    avcodec_free_context(&encoder);
    av_frame_free(&picture);
    a->width = (uint16_t)width;
    a->height = (uint16_t)height;
    return rc;
}

/* The first channel of what was decoded. */
static int give_sound(oc_ff_view_t *l, oc_look_answer_t *a) {
    const AVFrame *f = l->frame;
    int16_t *out = (int16_t *)(l->memory + OC_LOOK_IN);
    bool apart = av_sample_fmt_is_planar(f->format);
    int step = apart ? 1 : f->ch_layout.nb_channels;
    if (f->nb_samples < 0 || f->nb_samples > OC_LOOK_SAMPLES || step < 1)
        return OC_ERR_TOO_BIG;
    for (int i = 0; i < f->nb_samples; i++) {
        float value = 0;
        if (av_get_packed_sample_fmt(f->format) == AV_SAMPLE_FMT_FLT)
            value = ((const float *)f->data[0])[i * step] * 32767;
        else if (av_get_packed_sample_fmt(f->format) == AV_SAMPLE_FMT_S16)
            value = ((const int16_t *)f->data[0])[i * step];
        out[i] = (int16_t)(value > 32767 ? 32767 : value >= -32768 ? value : -32768); /* not NaN */
    }
    a->bytes = (uint32_t)f->nb_samples * 2;
    a->rate = (uint32_t)f->sample_rate;
    return OC_OK;
}

static int give(oc_ff_view_t *l, const oc_look_request_t *r, oc_look_answer_t *a) {
    switch (r->wants) {
    case OC_LOOK_GREY:
        return give_grey(l, r, a);
    case OC_LOOK_JPEG:
        return give_jpeg(l, r, a);
    case OC_LOOK_SOUND:
        return give_sound(l, a);
    default:
        return OC_OK;
    }
}

/* ---- life ---- */

oc_ff_view_t *oc_ff_view_open(uint8_t *memory) {
    oc_ff_view_t *l = calloc(1, sizeof(*l));
    if (!l)
        return NULL;
    av_max_alloc(OC_FF_ALLOC_MAX); /* of the process: the same each time */
    l->memory = memory;
    l->packet = av_packet_alloc();
    l->frame = av_frame_alloc();
    if (l->packet && l->frame)
        return l;
    oc_ff_view_close(l);
    return NULL;
}

void oc_ff_view_close(oc_ff_view_t *l) {
    avcodec_free_context(&l->decoder);
    av_packet_free(&l->packet);
    av_frame_free(&l->frame);
    sws_freeContext(l->scaler);
    free(l);
}

static int decode(oc_ff_view_t *l, const oc_look_request_t *r, oc_look_answer_t *a) {
    bool single = r->wants == OC_LOOK_JPEG;
    int rc = fits(l, r) ? OC_OK : open_decoder(l, r);
    if (rc != OC_OK)
        return rc;
    if (r->fresh || single)
        avcodec_flush_buffers(l->decoder);
    rc = put(l, r, single);
    if (rc != OC_OK)
        return rc;
    int error = avcodec_receive_frame(l->decoder, l->frame);
    if (error == AVERROR(EAGAIN))
        return OC_AGAIN;
    if (error < 0)
        return error == AVERROR(ENOMEM) ? OC_ERR_NOMEM : OC_ERR_FORMAT;
    rc = give(l, r, a);
    av_frame_unref(l->frame);
    return rc;
}

void oc_ff_view_serve(oc_ff_view_t *l, const oc_look_request_t *r, oc_look_answer_t *a) {
    *a = (oc_look_answer_t){.result = OC_ERR_INVAL};
    if (oc_look_request_fits(r))
        a->result = decode(l, r, a);
    if (a->result != OC_OK)
        a->bytes = 0;
    if (a->result == OC_ERR_NOMEM) /* what it holds is room for the others */
        avcodec_free_context(&l->decoder);
}
