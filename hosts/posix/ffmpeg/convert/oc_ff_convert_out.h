/* oc_ff_convert_out - packets of at most two streams into a fragmented MP4 on a socket
 * (oc_convert_wire). The MP4 begins when all streams are described: encoders are with their first
 * packet. One thread. */
#ifndef OC_FF_CONVERT_OUT_H
#define OC_FF_CONVERT_OUT_H

#include "oc_convert_wire.h"
#include "oc_ff_decode.h"

#define OC_FF_CONVERT_LANES      2                  /* picture, sound */
#define OC_FF_CONVERT_HELD_MAX   4096               /* packets until the first picture is decoded */
#define OC_FF_CONVERT_HELD_BYTES (16 * 1024 * 1024) /* of them */
#define OC_FF_CONVERT_PART_BYTES (4 * 1024 * 1024)  /* of a fragment, held until it is written */
#define OC_FF_CONVERT_PART_US    (1000 * 1000)      /* of a fragment, at least */
#define OC_FF_CONVERT_EXTRA_MAX  64                 /* bytes that describe AAC */
#define OC_FF_CONVERT_STATE_US   (500 * INT64_C(1000)) /* between two reports */

/* One stream of the result. */
typedef struct oc_ff_convert_about {
    const AVStream *from;         /* of the input */
    const oc_ff_decode_t *decode; /* what makes it; NULL: it is copied */
} oc_ff_convert_about_t;

typedef struct oc_ff_convert_out {
    int socket;
    const AVFormatContext *input;
    AVFormatContext *format; /* NULL: not begun */
    AVIOContext *io;
    struct {
        oc_ff_convert_about_t about; /* from NULL: there is none */
        AVStream *stream;
        uint8_t extra[OC_FF_CONVERT_EXTRA_MAX]; /* of packets with ADTS */
        size_t extra_len;
        int64_t next_dts; /* of the result's time base; AV_NOPTS_VALUE: any */
    } lane[OC_FF_CONVERT_LANES];
    struct {
        AVPacket *packet;
        unsigned lane;
    } *held; /* until it begins */
    unsigned held_count;
    size_t held_bytes;
    int64_t done_us, reported_us;
    bool broken; /* the other end of the socket is gone */
    char why[OC_CONVERT_WHY_MAX];
} oc_ff_convert_out_t;

/* socket, input: borrowed until close. */
void oc_ff_convert_out_init(oc_ff_convert_out_t *out, int socket, const AVFormatContext *input);
/* A stream. Before the first packet; about: copied, what it names is borrowed until close. */
void oc_ff_convert_out_add(oc_ff_convert_out_t *out, unsigned lane,
                           const oc_ff_convert_about_t *about);
/* What describes a stream that is copied without a description of its own; before its first packet.
 * One that is too long is none. */
void oc_ff_convert_out_describe(oc_ff_convert_out_t *out, unsigned lane, oc_span_t extra);
/* packet: its content is moved out. OC_OK | OC_ERR_FORMAT no picture can be decoded | OC_ERR_*. */
int oc_ff_convert_out_put(oc_ff_convert_out_t *out, unsigned lane, AVPacket *packet);
/* Everything was put. OC_OK | OC_ERR_FORMAT nothing was | OC_ERR_*. */
int oc_ff_convert_out_end(oc_ff_convert_out_t *out);
/* Twice is fine; also without init, of zeros. */
void oc_ff_convert_out_close(oc_ff_convert_out_t *out);

#endif
