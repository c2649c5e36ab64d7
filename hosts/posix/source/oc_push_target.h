/* oc_push_target - where a stream is pushed to: an address, cut into what FFmpeg's protocols are
 * told. Pure. */
#ifndef OC_PUSH_TARGET_H
#define OC_PUSH_TARGET_H

#include <stdbool.h>

#include "oc_ff_url.h"

/* Bytes with NUL; FFmpeg and libsrt take no more. */
#define OC_PUSH_APP_MAX        128
#define OC_PUSH_NAME_MAX       512
#define OC_PUSH_STREAM_ID_MAX  513
#define OC_PUSH_PASSPHRASE_MAX 80

typedef struct oc_push_target {
    char url[OC_FF_TARGET_MAX];  /* scheme://[user:password@]host[:port] */
    char app[OC_PUSH_APP_MAX];   /* RTMP: "live", or more folders of the path */
    char name[OC_PUSH_NAME_MAX]; /* RTMP: the last part of the path, with the query: a secret */
    char stream_id[OC_PUSH_STREAM_ID_MAX];   /* SRT, "" = none: a secret */
    char passphrase[OC_PUSH_PASSPHRASE_MAX]; /* SRT, "" = not encrypted */
    uint32_t latency_ms;                     /* SRT, 0 = libsrt's own */
    uint8_t key_bytes;                       /* SRT: 16, 24, 32; 0 = libsrt's own */
    bool srt, tls, pinned;
    uint8_t pin[OC_FF_FINGERPRINT]; /* pinned: SHA-256 of the certificate */
} oc_push_target_t;

/* Cuts an address; its forms are those of oc_push_link_config_t. pin: "" = none. OC_OK |
 * OC_ERR_NOTSUP another scheme | OC_ERR_FORMAT; why says what is wrong, without secrets. */
int oc_push_target_parse(const char *url, const char *pin, oc_push_target_t *out, char *why,
                         size_t size);

/* Makes a line that others wrote fit to be shown: one line of printable characters, in which each
 * secret of the target with 4 bytes or more is three asterisks. */
void oc_push_target_hide(const oc_push_target_t *target, char *line);

#endif
