/* oc_sigv4 - Signature Version 4 of AWS for S3, in headers: the twin of modules/cloud/sigv4.ts, for
 * requests of C. Pure: the time is an argument, nothing is allocated, nothing is sent. Source:
 * "Authenticating Requests (AWS Signature Version 4)" of the Amazon S3 API reference. */
#ifndef OC_SIGV4_H
#define OC_SIGV4_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "oc_crypto.h"

#define OC_SIGV4_STAMP     17   /* bytes with NUL: "20130524T000000Z" */
#define OC_SIGV4_TEXT      768  /* bytes with NUL of an Authorization */
#define OC_SIGV4_CANONICAL 8192 /* bytes of a canonical request, on the stack */
#define OC_SIGV4_HEX       65   /* bytes with NUL of a SHA-256 in hexadecimal */

/* In place of a payload's hash: the signature does not cover the payload. */
#define OC_SIGV4_UNSIGNED "UNSIGNED-PAYLOAD"

/* Keys of an account; texts are borrowed. token: of temporary keys; NULL or "": none. */
typedef struct oc_sigv4_keys {
    const char *id, *secret, *token;
} oc_sigv4_keys_t;

/* A request before it is signed, of which host, payload, date and token are; texts are borrowed
 * until return. */
typedef struct oc_sigv4_request {
    const char *method;
    const char *host;    /* as it is sent: with the port unless that is the usual one */
    const char *path;    /* percent-encoded, as it is sent (oc_sigv4_encode) */
    const char *query;   /* the same, "name=value&name=value" in order of names; "": none */
    const char *payload; /* SHA-256 in hexadecimal, or OC_SIGV4_UNSIGNED */
} oc_sigv4_request_t;

/* Two headers to send beside those of the request: x-amz-date and authorization. */
typedef struct oc_sigv4_signed {
    char stamp[OC_SIGV4_STAMP];
    char authorization[OC_SIGV4_TEXT];
} oc_sigv4_signed_t;

/* Signs for service s3. utc_s: seconds since 1970; a store refuses a time that is 15 minutes off.
 * OC_OK | OC_ERR_TOO_BIG a text is longer than the limits above | OC_ERR_RANGE utc_s. */
int oc_sigv4_sign(const oc_sigv4_request_t *request, const oc_sigv4_keys_t *keys,
                  const char *region, int64_t utc_s, oc_sigv4_signed_t *out);

/* Percent-encodes by RFC 3986 with upper-case digits; slashes: they stay, as in a key. Writes NUL.
 * OC_OK | OC_ERR_TOO_BIG. */
int oc_sigv4_encode(const char *text, bool slashes, char *out, size_t size);

/* Hexadecimal SHA-256 of a payload. */
void oc_sigv4_hash(oc_span_t payload, char out[OC_SIGV4_HEX]);

#endif
