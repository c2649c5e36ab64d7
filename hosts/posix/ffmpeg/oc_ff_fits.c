#include "oc_ff_fits.h"

#include "oc_ff_allow.h"

#define JUMP 16 /* times what a packet lasts: the source went on elsewhere */

void oc_ff_fits_begin(oc_ff_fits_t *fits, const AVCodecParameters *about) {
    const AVCodec *codec = avcodec_find_decoder(about->codec_id);
    oc_ff_fits_end(fits);
    if (!codec || !oc_ff_allow_decoder(codec->name))
        return;
    fits->frame = av_frame_alloc();
    fits->decoder = avcodec_alloc_context3(codec);
    if (!fits->frame || !fits->decoder || avcodec_parameters_to_context(fits->decoder, about) < 0 ||
        avcodec_open2(fits->decoder, codec, NULL) < 0)
        oc_ff_fits_end(fits);
}

/* 0, or what the decoder says. */
static int decode(oc_ff_fits_t *fits, const AVPacket *packet) {
    int error = avcodec_send_packet(fits->decoder, packet);
    if (error >= 0)
        error = avcodec_receive_frame(fits->decoder, fits->frame);
    av_frame_unref(fits->frame);
    return error == AVERROR(EAGAIN) ? 0 : error;
}

/* Most distances are not what a packet lasts: losses and clocks that shake change some of them. */
static bool is_off(oc_ff_fits_t *fits, int64_t at_us, int64_t frame_us) {
    fits->since++;
    if (at_us != AV_NOPTS_VALUE) {
        int64_t step = at_us - fits->last_us, due = frame_us * fits->since;
        if (fits->any && step >= 0 && step < due * JUMP) {
            fits->steps++;
            fits->near += step * 4 < due * 5 && step * 5 > due * 4;
        }
        fits->any = true;
        fits->last_us = at_us;
        fits->since = 0;
    }
    return fits->steps >= OC_FF_FITS_ENOUGH && fits->near * 4 < fits->steps;
}

bool oc_ff_fits(oc_ff_fits_t *fits, const AVPacket *packet, int64_t at_us, int64_t frame_us) {
    if (!fits->decoder)
        return true;
    bool wrong = decode(fits, packet) < 0, off = is_off(fits, at_us, frame_us);
    fits->right = wrong || off ? 0 : fits->right + 1;
    if (fits->right >= OC_FF_FITS_ENOUGH && fits->steps >= OC_FF_FITS_ENOUGH)
        oc_ff_fits_end(fits);
    return !wrong && !off;
}

void oc_ff_fits_end(oc_ff_fits_t *fits) {
    avcodec_free_context(&fits->decoder);
    av_frame_free(&fits->frame);
    *fits = (oc_ff_fits_t){0};
}
