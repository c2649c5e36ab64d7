/* oc_ff_encode - pictures to H.264 (x264, else OpenH264) and sound to AAC-LC. One picture in, one
 * packet out: no B-pictures, no delay. Capture thread only. */
#ifndef OC_FF_ENCODE_H
#define OC_FF_ENCODE_H

#include <libavutil/audio_fifo.h>

#include "oc_ff_openh264.h"
#include "oc_ff_track.h"

typedef struct oc_ff_video_encoder {
    const char *name;        /* of the encoder; NULL: not open */
    AVCodecContext *context; /* libavcodec's, or NULL: */
    oc_ff_openh264_t *wels;
    AVPacket *made; /* wels: what it made, not taken yet */
    int width, height;
    AVRational base;   /* of time stamps */
    int64_t gop_units; /* between key pictures */
    int64_t slack;     /* half a picture */
    int64_t key_pts;   /* of the last key picture */
    bool any;
    bool keep;      /* somebody wants the pictures too ... */
    AVFrame *shown; /* ... then the last one sent; NULL or without buffers: none */
} oc_ff_video_encoder_t;

/* Opens for pictures of that size (even) with time stamps in units of `base`. OC_OK | OC_ERR_NOTSUP
 * no encoder | OC_ERR_*; why. */
int oc_ff_video_open(oc_ff_video_encoder_t *e, const oc_ff_input_t *in, int width, int height,
                     AVRational base, AVRational rate, char *why, size_t size);
/* frame: owned by caller; its pts must grow. key: make it a key picture. OC_OK | OC_ERR_*. */
int oc_ff_video_send(oc_ff_video_encoder_t *e, AVFrame *frame, bool key);
/* The next packet. OC_OK: owned by caller | OC_AGAIN a picture is needed first. */
int oc_ff_video_take(oc_ff_video_encoder_t *e, AVPacket *packet);
/* What comes out, for oc_ff_track_init; borrows from *e. */
oc_ff_stream_t oc_ff_video_stream(const oc_ff_video_encoder_t *e);
/* Takes effect soon. OC_OK | OC_ERR_NOTSUP this encoder cannot. */
int oc_ff_video_bitrate(oc_ff_video_encoder_t *e, uint32_t bps);
void oc_ff_video_close(oc_ff_video_encoder_t *e);

typedef struct oc_ff_audio_encoder {
    AVCodecContext *context; /* NULL: not open */
    AVAudioFifo *fifo;
    AVFrame *frame;
    int64_t next_pts; /* samples: of the first one in fifo */
    bool any;
} oc_ff_audio_encoder_t;

/* Sound of float planes at rate Hz, 1 or 2 channels. OC_OK | OC_ERR_*; why. */
int oc_ff_audio_open(oc_ff_audio_encoder_t *e, int rate, int channels, char *why, size_t size);
/* Adds samples whose first is at pts (in samples; AV_NOPTS_VALUE: where the last ended). A step of
 * more than 100 ms is followed. OC_OK | OC_ERR_NOMEM. */
int oc_ff_audio_add(oc_ff_audio_encoder_t *e, uint8_t *const *planes, int samples, int64_t pts);
/* The next packet. OC_OK: packet owned by caller | OC_AGAIN more samples are needed | OC_ERR_*. */
int oc_ff_audio_take(oc_ff_audio_encoder_t *e, AVPacket *packet);
/* No more samples come: the rest of them, less than a frame, and what the encoder holds can be
 * taken. OC_OK | OC_ERR_*. */
int oc_ff_audio_finish(oc_ff_audio_encoder_t *e);
/* What comes out, for oc_ff_track_init; borrows from *e. */
oc_ff_stream_t oc_ff_audio_stream(const oc_ff_audio_encoder_t *e);
void oc_ff_audio_close(oc_ff_audio_encoder_t *e);

#endif
