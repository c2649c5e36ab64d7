/* oc_ff_url - what an input of ocellus-ffmpeg asks for: its address and its options. Pure.
 * ADDRESS or ADDRESS#key=value&key=value; the test picture also test:?key=value&... Secrets come as
 * ${OCELLUS_NAME} from the environment; lines of errors and `shown` hold none. docs/design/cli.md.
 */
#ifndef OC_FF_URL_H
#define OC_FF_URL_H

#include <stddef.h>
#include <stdint.h>

#include "oc_plugin_rule.h"

#define OC_FF_TARGET_MAX   1024 /* bytes with NUL of an address with its variables filled in */
#define OC_FF_SHOWN_MAX    100  /* bytes with NUL of an address as people see it */
#define OC_FF_TEXT_MAX     32   /* bytes with NUL of an overlay's text */
#define OC_FF_FINGERPRINT  32   /* bytes of a SHA-256 */
#define OC_FF_ENDPOINT_MAX 100  /* bytes with NUL of a store's address */
#define OC_FF_REGION_MAX   65   /* bytes with NUL of a store's region */

/* Which encoder turns pictures into H.264. */
typedef enum oc_ff_encoder {
    OC_FF_ENCODER_AUTO, /* x264 when FFmpeg has it, else OpenH264 */
    OC_FF_ENCODER_X264,
    OC_FF_ENCODER_OPENH264,
} oc_ff_encoder_t;

/* Where an object of a store is. */
typedef struct oc_ff_object_place {
    char target[OC_FF_TARGET_MAX];     /* "s3://bucket/key" */
    char endpoint[OC_FF_ENDPOINT_MAX]; /* "https://s3.example.org"; "" = Amazon's of the region */
    char region[OC_FF_REGION_MAX];     /* "" = us-east-1 */
    int path_style;                    /* 1 | 0 | -1 as usual */
} oc_ff_object_place_t;

typedef struct oc_ff_input {
    oc_plugin_kind_t kind;
    char target[OC_FF_TARGET_MAX]; /* what FFmpeg opens; may hold a password */
    char shown[OC_FF_SHOWN_MAX];   /* the same without user, password and query */
    char format[16];               /* v4l2: "mjpeg", "h264", "yuyv422"; "" = the device's */
    char overlay[OC_FF_TEXT_MAX];  /* text in the picture, "" = none */
    bool overlay_time;             /* UTC in the picture */
    uint16_t width, height;        /* 0 = the source's own; test: 1280x720; scale: a box */
    uint32_t fps_milli;            /* pictures per 1000 s; 0 = the source's own; test: 30000;
                                      scale: at most */
    uint32_t bitrate_bps;          /* of encoded pictures; 2,000,000 when not said */
    uint32_t gop_ms;               /* between key pictures that we encode; 1000 */
    uint16_t rotate;               /* clockwise: 0, 90, 180, 270 */
    bool flip_h, flip_v;           /* left for right, top for bottom; after rotate */
    bool tone;                     /* test: with sound */
    uint16_t object_s;             /* test: a plain scene that something crosses so often; 0: no */
    bool transcode;                /* decode and encode also what could pass through */
    bool aac;                      /* encode also sound that could pass through, to AAC */
    bool udp;                      /* rtsp: media by UDP; false: inside the TCP connection */
    bool tls;     /* https, rtsps: the other end is verified, and nothing leaves without TLS */
    bool tls_off; /* its certificate is not looked at */
    bool pinned;  /* its certificate is the one with `fingerprint`, whoever signed it */
    uint8_t fingerprint[OC_FF_FINGERPRINT]; /* SHA-256 of the certificate (DER) */
    bool basic; /* the password may leave in the clear (HTTP Basic, RFC 7617, without TLS) */
    bool exposure_given, night_given, night;
    int32_t exposure; /* v4l2: 0 = automatic, else in 100 us */
    oc_ff_encoder_t encoder;
    char endpoint[OC_FF_ENDPOINT_MAX], region[OC_FF_REGION_MAX]; /* s3, as in a place */
    int path_style;
} oc_ff_input_t;

/* True when some control needs decoded pictures. */
static inline bool oc_ff_wants_pixels(const oc_ff_input_t *in) {
    return in->rotate || in->flip_h || in->flip_v || in->overlay[0] || in->overlay_time;
}

/* Reads an input. lookup: value of an environment variable or NULL.
 * OC_OK | OC_ERR_FORMAT | OC_ERR_RANGE | OC_ERR_NOENT a variable is not set | OC_ERR_TOO_BIG; why
 * (at least 160 bytes) says which key, and what is allowed. */
int oc_ff_url_parse(const char *url, const char *(*lookup)(const char *name), oc_ff_input_t *out,
                    char *why, size_t size);

/* Reads 64 hexadecimal digits, with or without colons between bytes. False: they are none. */
bool oc_ff_url_fingerprint(const char *text, uint8_t out[OC_FF_FINGERPRINT]);

/* The address without options, user, password and query, at most size - 1 bytes of it. */
void oc_ff_url_show(const char *url, char *out, size_t size);

#endif
