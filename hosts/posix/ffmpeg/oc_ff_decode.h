/* oc_ff_decode - what cannot pass through: decoded, made fit (size, turning, text, rate), encoded
 * again. One per stream. Capture thread only. */
#ifndef OC_FF_DECODE_H
#define OC_FF_DECODE_H

#include <libswresample/swresample.h>
#include <libswscale/swscale.h>

#include "oc_ff_encode.h"

typedef struct oc_ff_decode {
    const oc_ff_input_t *input;
    AVCodecContext *decoder; /* NULL: not open, or pictures come decoded */
    AVRational base;         /* of the source's time stamps */
    AVRational rate;         /* pictures per second as the source states it */
    AVFrame *raw, *fit, *turned;
    struct SwsContext *scaler;
    struct SwrContext *resampler;
    uint16_t rotate; /* clockwise: of the source and of the input's option together */
    int rate_in, channels_in, format_in; /* what the resampler was made for */
    oc_ff_video_encoder_t video;
    oc_ff_audio_encoder_t audio;
    int64_t last_pts;
    bool any;
    bool untimed;    /* a picture without a time, before all that have one, was left out */
    uint32_t broken; /* packets that could not be decoded */
} oc_ff_decode_t;

/* Turns pictures by so many degrees clockwise (0, 90, 180, 270) beside what the input asks for.
 * Before the first picture. */
void oc_ff_decode_turn(oc_ff_decode_t *d, uint16_t degrees);

/* Packets with time stamps in `base` and what `par` says; NULL: pictures, oc_ff_decode_picture.
 * rate: pictures per second, 0/1 not known. input: borrowed until close. OC_OK | OC_ERR_NOTSUP |
 * OC_ERR_*; why. */
int oc_ff_decode_open(oc_ff_decode_t *d, const oc_ff_input_t *input, const AVCodecParameters *par,
                      AVRational base, AVRational rate, char *why, size_t size);
/* Time base of what comes out. */
AVRational oc_ff_decode_base(const oc_ff_decode_t *d);
/* What comes out, for oc_ff_track_init. False: not before the first picture. */
bool oc_ff_decode_stream(const oc_ff_decode_t *d, oc_ff_stream_t *stream);
/* Feeds one packet (NULL: the source has ended). key: the next picture is a key picture. Then take
 * until OC_AGAIN. OC_OK also for a packet that is broken | OC_ERR_*. */
int oc_ff_decode_put(oc_ff_decode_t *d, const AVPacket *packet);
int oc_ff_decode_take(oc_ff_decode_t *d, AVPacket *packet, bool key);
/* Instead of oc_ff_decode_put: a decoded picture. The same codes. */
int oc_ff_decode_picture(oc_ff_decode_t *d, const AVFrame *picture, bool key);
void oc_ff_decode_close(oc_ff_decode_t *d);

#endif
