/* oc_look_wire - what this program and a helper ocellus-ffmpeg of class LOOK say to each other
 * (ADR 61): one packet goes in, a small grey picture, a JPEG or samples come out. One request at a
 * time for each view, by a SOCK_SEQPACKET socket; bytes lie in the view's memory. The helper is
 * hostile to the reader of its answers. */
#ifndef OC_LOOK_WIRE_H
#define OC_LOOK_WIRE_H

#include <stdbool.h>

#include "oc_packet.h"

#define OC_LOOK_IN       (8u * 1024 * 1024) /* bytes of a packet with its configuration */
#define OC_LOOK_OUT      (4u * 1024 * 1024) /* bytes of an answer */
#define OC_LOOK_BYTES    (OC_LOOK_IN + OC_LOOK_OUT)
#define OC_LOOK_CHANNELS 64           /* of sound, of a packet */
#define OC_LOOK_SAMPLES  (192 * 1024) /* of one answer: one channel, 16 bits */

typedef enum oc_look_wants {
    OC_LOOK_NOTHING, /* it is decoded, for those after it */
    OC_LOOK_GREY,    /* width x height bytes, row by row */
    OC_LOOK_JPEG,    /* at most `width` wide; 0: as it is */
    OC_LOOK_SOUND,   /* samples of one channel: int16_t */
} oc_look_wants_t;

typedef struct oc_look_request {
    uint32_t codec;               /* oc_codec_t */
    uint32_t wants;               /* oc_look_wants_t */
    uint32_t fresh;               /* 1: the packet is the first of a stream, or follows a gap */
    uint32_t config_bytes, bytes; /* the configuration lies before the packet */
    uint32_t rate, channels;      /* of sound */
    uint16_t width, height;       /* of what is wanted */
} oc_look_request_t;

typedef struct oc_look_answer {
    int32_t result; /* OC_OK | OC_AGAIN no picture yet | OC_ERR_* */
    uint32_t bytes;
    uint32_t cpu_us; /* of the thread that decoded */
    uint32_t rate;   /* of samples */
    uint16_t width, height;
} oc_look_answer_t;

/* True when a helper may take it: sizes fit the memory. wants and codec may be any number. */
bool oc_look_request_fits(const oc_look_request_t *request);
/* True when the answer fits the memory and what was asked for, so its bytes can be read. */
bool oc_look_answer_fits(const oc_look_request_t *request, const oc_look_answer_t *answer);

#endif
