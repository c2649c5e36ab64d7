/* oc_push_wire - the messages of the push socket, docs/push-protocol.md: parser and writers.
 * Message: u32 length of what follows, u8 type, body; numbers big-endian.
 * The parser takes bytes as they come, in any pieces, keeps at most OC_PUSH_WIRE_HEAD bytes, and
 * hands payloads through without copying. Nothing in the bytes is trusted: after the first
 * violation it stays in error. */
#ifndef OC_PUSH_WIRE_H
#define OC_PUSH_WIRE_H

#include "oc_capture_push.h"
#include "oc_span.h"

/* docs/push-protocol.md, "Messages".
 *   0                   1                   2                   3
 *   |                 length of all that follows                    |
 *   |     type      |                    body                       |
 *
 * HELLO
 *   |                   magic = 0x4F435055, "OCPU"                  |
 *   |          version = 1          |       n       |    name, n    |
 * TRACK; flags: 1 = parameter sets in band
 *   |     index     |     codec     |     flags     |   channels    |
 *   |                          timescale                            |
 *   |             width             |            height             |
 *   |                         sample rate                           |
 *   |               n               |       configuration, n        |
 * PACKET; flags: 1 = key frame
 *   |     track     |     flags     |      composition offset,      |
 *   |            signed             |         decode time,          |
 *   |                            signed                             |
 *   |                               |           duration            |
 *   |                               |            payload            |
 * BYE, KEY: no body
 * WELCOME
 *   |          version = 1          |   largest payload, 32 bits    |
 * REFUSED
 *   |                      code OC_ERR_*, signed                    |
 *   |                          text, UTF-8                          |
 * BITRATE
 *   |                       bits per second                         |
 */
#define OC_PUSH_WIRE_VERSION 1
#define OC_PUSH_WIRE_MAGIC   0x4F435055u /* "OCPU" */

enum oc_push_wire_type {
    /* sender to device */
    OC_PUSH_WIRE_HELLO = 1, /* u32 magic, u16 version, u8 n, n bytes name; must come first */
    OC_PUSH_WIRE_TRACK = 2, /* u8 index, u8 codec, u8 flags (1 in-band), u8 channels, u32 timescale,
                               u16 width, u16 height, u32 sample_rate, u16 n, n bytes config */
    OC_PUSH_WIRE_PACKET =
        3,                /* u8 track, u8 flags (1 key), i32 cts, i64 dts, u32 duration, payload */
    OC_PUSH_WIRE_BYE = 4, /* nothing */
    /* device to sender */
    OC_PUSH_WIRE_WELCOME = 129, /* u16 version, u32 largest payload */
    OC_PUSH_WIRE_REFUSED = 130, /* i32 code, text; the socket is closed next */
    OC_PUSH_WIRE_KEY = 131,     /* nothing: make a key picture now */
    OC_PUSH_WIRE_BITRATE = 132, /* u32 bits per second wanted */
};

#define OC_PUSH_WIRE_FRAME     5  /* length and type */
#define OC_PUSH_WIRE_HELLO_N   7  /* bytes of the body without the name */
#define OC_PUSH_WIRE_TRACK_N   18 /* without the config */
#define OC_PUSH_WIRE_PACKET_N  18 /* without the payload */
#define OC_PUSH_WIRE_HEAD      (OC_PUSH_WIRE_FRAME + OC_PUSH_WIRE_TRACK_N + OC_TRACK_CONFIG_MAX)
#define OC_PUSH_WIRE_TEXT_MAX  160 /* bytes of the text of REFUSED */
#define OC_PUSH_WIRE_REPLY_MAX (OC_PUSH_WIRE_FRAME + 4 + OC_PUSH_WIRE_TEXT_MAX)

typedef enum oc_push_wire_event_kind {
    OC_PUSH_WIRE_ON_HELLO,
    OC_PUSH_WIRE_ON_TRACK,
    OC_PUSH_WIRE_ON_PACKET, /* its head; len_bytes of payload follow as ON_DATA, then ON_END */
    OC_PUSH_WIRE_ON_DATA,
    OC_PUSH_WIRE_ON_END,
    OC_PUSH_WIRE_ON_BYE,
} oc_push_wire_event_kind_t;

typedef struct oc_push_wire_event {
    oc_push_wire_event_kind_t kind;
    uint16_t version;            /* HELLO */
    char name[OC_PUSH_NAME_MAX]; /* HELLO */
    unsigned index;              /* TRACK */
    const oc_track_t *track;     /* TRACK: borrowed until the next input */
    oc_packet_t packet;          /* PACKET: data NULL */
    oc_span_t data;              /* DATA: part of the input, borrowed like it */
} oc_push_wire_event_t;

typedef struct oc_push_wire {
    uint8_t head[OC_PUSH_WIRE_HEAD]; /* of the message under way */
    uint32_t have, need;             /* bytes of head; needed before it can be read on */
    uint32_t payload_left;           /* of a packet */
    bool framed;                     /* length and type are known */
    bool greeted, in_packet, failed;
    oc_track_t track;
    const char *why; /* after an error: static text */
} oc_push_wire_t;

/* At the start of a connection: HELLO is expected. */
void oc_push_wire_init(oc_push_wire_t *wire);

/* Takes bytes of *data (borrowed until return), moves it past what was used, and stops at the first
 * event. OC_OK and *event: call again | OC_AGAIN everything was taken | OC_ERR_FORMAT (why). */
int oc_push_wire_input(oc_push_wire_t *wire, oc_span_t *data, oc_push_wire_event_t *event);

/* Writes an answer. type WELCOME: a = version, b = largest payload; REFUSED: b = code, text;
 * BITRATE: b; KEY. > 0 bytes | OC_ERR_NOMEM. */
int oc_push_wire_reply(unsigned type, uint32_t a, uint32_t b, const char *text, uint8_t *out,
                       size_t size);

#endif
