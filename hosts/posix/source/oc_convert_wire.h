/* oc_convert_wire - `ocellus transcode` and the process that has the codecs (ADR 21): on one
 * SOCK_STREAM socket the order, then records about the result and its bytes. The input goes over
 * another one (oc_object_wire). The process is hostile to the reader of what it writes. */
#ifndef OC_CONVERT_WIRE_H
#define OC_CONVERT_WIRE_H

#include <stdint.h>

#define OC_CONVERT_BYTES_MAX  65536u /* of one record */
#define OC_CONVERT_WHY_MAX    240    /* bytes with NUL */
#define OC_CONVERT_BITRATE_MIN 32000
#define OC_CONVERT_BITRATE_MAX 200000000

/* What is to be done; the first and only record to the process. */
typedef struct oc_convert_order {
    uint32_t bitrate_bps; /* of pictures that are encoded */
    uint8_t force;        /* 1: H.264 and AAC are encoded again */
    uint8_t encoder;      /* oc_ff_encoder_t */
    uint8_t spare[2];
} oc_convert_order_t;

enum oc_convert_kind {
    OC_CONVERT_BYTES = 1, /* the next `len` bytes of the result follow */
    OC_CONVERT_STATE,     /* oc_convert_state_t follows */
    OC_CONVERT_END,       /* oc_convert_end_t follows; the last */
};

/* Before each record from the process. */
typedef struct oc_convert_head {
    uint32_t kind, len; /* len: of what follows, 1..OC_CONVERT_BYTES_MAX */
} oc_convert_head_t;

/* How far it is; twice a second at most, and first. */
typedef struct oc_convert_state {
    int64_t done_us, duration_us; /* duration_us 0: not known */
    char video[32], audio[32];    /* "copied", or "mpeg2video to h264 by libx264"; "" = none */
} oc_convert_state_t;

typedef struct oc_convert_end {
    int32_t result;              /* OC_OK or OC_ERR_* */
    uint32_t broken;             /* packets that could not be decoded, left out */
    uint32_t cut;                /* 1: the input ends before what its header says */
    char why[OC_CONVERT_WHY_MAX]; /* of a failure: one line without addresses */
} oc_convert_end_t;

#endif
