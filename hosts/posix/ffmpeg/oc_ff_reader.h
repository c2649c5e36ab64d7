/* oc_ff_reader - one input behind libavformat: opening within limits, reading with a time limit.
 * Capture thread only. */
#ifndef OC_FF_READER_H
#define OC_FF_READER_H

#include "oc_awake.h"
#include "oc_ff_object.h"
#include "oc_ff_rtsp.h"

typedef struct oc_ff_reader {
    AVFormatContext *format; /* NULL: not open */
    oc_ff_object_t object;   /* s3: what `format` reads */
    oc_ff_rtsp_t *rtsp;      /* rtsp: what the server says; NULL: another input, or not open */
    const oc_capture_env_t *env;
    const oc_ff_input_t *input;
    char target[OC_FF_TARGET_MAX]; /* where it is: the input's address, or where RTSP led */
    char moved[OC_FF_TARGET_MAX];  /* a redirect that libavformat was about to follow; "" = none */
    bool stripped;                 /* it led elsewhere: the password stayed behind */
    oc_awake_t awake;              /* of this process, while libavformat is at work */
    int64_t deadline_us;           /* in that: the call under way ends by then */
    bool late;                     /* it did not: the last call was cut off by its deadline */
    bool live;                     /* packets come when they come; false: a file that is paced */
    bool transient;                /* after a failed open: it may help to try again */
    int stream[OC_TRACKS_MAX];     /* indices of video and audio; -1 none */
} oc_ff_reader_t;

/* Opens and probes. env, input: borrowed until close. OC_OK | OC_ERR_*, why says what failed, with
 * the address as people may see it. */
int oc_ff_reader_open(oc_ff_reader_t *reader, const oc_ff_input_t *input,
                      const oc_capture_env_t *env, char *why, size_t size);

/* How a stream's pictures are to be turned for display: degrees clockwise, 0, 90, 180, 270. */
uint16_t oc_ff_reader_rotation(const AVStream *stream);

/* The next packet of one of the two streams: *lane is its index in `stream`.
 * OC_OK: packet owned by caller (av_packet_unref) | OC_END | OC_ERR_*. */
int oc_ff_reader_read(oc_ff_reader_t *reader, AVPacket *packet, unsigned *lane);

/* Back to the beginning. OC_OK | OC_ERR_*. */
int oc_ff_reader_rewind(oc_ff_reader_t *reader);

/* Says goodbye for half a second at most. Twice is fine. */
void oc_ff_reader_close(oc_ff_reader_t *reader);

#endif
