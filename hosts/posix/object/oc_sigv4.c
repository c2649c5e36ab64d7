#define _GNU_SOURCE
#include "oc_sigv4.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "oc_err.h"
#include "oc_hmac.h"

#define ALGORITHM   "AWS4-HMAC-SHA256"
#define DAY         8 /* characters of a stamp that are its day */
#define SIGNED_MAX  (OC_SIGV4_HEADERS + 4)
#define NAMES_MAX   256
#define SCOPE_MAX   128
#define SECRET_MAX  256
#define YEAR_9999_S INT64_C(253402300799)

/* A text that grows within its bounds. */
typedef struct text {
    char *out;
    size_t size, len;
    bool cut;
} text_t;

__attribute__((format(printf, 2, 3))) static void add(text_t *text, const char *format, ...) {
    va_list list;
    va_start(list, format);
    int n = vsnprintf(text->out + text->len, text->size - text->len, format, list);
    va_end(list);
    if (n < 0 || (size_t)n >= text->size - text->len)
        text->cut = true;
    else
        text->len += (size_t)n;
}

static oc_span_t span_of(const char *text) {
    return oc_span((const uint8_t *)text, strlen(text));
}

static void to_hex(const uint8_t hash[OC_CRYPTO_HASH], char out[OC_SIGV4_HEX]) {
    for (unsigned i = 0; i < OC_CRYPTO_HASH; i++)
        snprintf(out + 2 * i, 3, "%02x", hash[i]);
}

void oc_sigv4_hash(oc_span_t payload, char out[OC_SIGV4_HEX]) {
    uint8_t hash[OC_CRYPTO_HASH];
    oc_hash(OC_HASH_SHA256, &payload, 1, hash);
    to_hex(hash, out);
}

int oc_sigv4_encode(const char *text, bool slashes, char *out, size_t size) {
    static const char digits[] = "0123456789ABCDEF";
    size_t len = 0;
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                     strchr("-._~", c) || (slashes && c == '/');
        if (len + (plain ? 1 : 3) >= size)
            return OC_ERR_TOO_BIG;
        if (plain) {
            out[len++] = (char)c;
        } else {
            out[len++] = '%';
            out[len++] = digits[c >> 4];
            out[len++] = digits[c & 15];
        }
    }
    out[len] = 0;
    return OC_OK;
}

/* All that is signed, in order of names. */
static unsigned collect(const oc_sigv4_request_t *request, const oc_sigv4_keys_t *keys,
                        const char *stamp, oc_sigv4_header_t out[SIGNED_MAX]) {
    unsigned count = 0;
    const oc_sigv4_header_t own[] = {{"host", request->host},
                                     {"x-amz-content-sha256", request->payload},
                                     {"x-amz-date", stamp},
                                     {"x-amz-security-token", keys->token}};
    for (unsigned i = 0; i < 4; i++) {
        if (own[i].value && own[i].value[0])
            out[count++] = own[i];
    }
    for (unsigned i = 0; i < request->headers && i < OC_SIGV4_HEADERS; i++) {
        unsigned at = count++;
        for (; at > 0 && strcmp(out[at - 1].name, request->header[i].name) > 0; at--)
            out[at] = out[at - 1];
        out[at] = request->header[i];
    }
    return count;
}

/* SHA-256 of the canonical request; the names that are signed. */
static int canonical(const oc_sigv4_request_t *request, const oc_sigv4_header_t *headers,
                     unsigned count, char names[NAMES_MAX], char hash[OC_SIGV4_HEX]) {
    char room[OC_SIGV4_CANONICAL];
    text_t all = {.out = room, .size = sizeof(room)};
    text_t list = {.out = names, .size = NAMES_MAX};
    add(&all, "%s\n%s\n%s\n", request->method, request->path, request->query);
    for (unsigned i = 0; i < count; i++) {
        add(&all, "%s:%s\n", headers[i].name, headers[i].value);
        add(&list, "%s%s", i ? ";" : "", headers[i].name);
    }
    add(&all, "\n%s\n%s", names, request->payload);
    if (all.cut || list.cut)
        return OC_ERR_TOO_BIG;
    oc_sigv4_hash(oc_span((const uint8_t *)room, all.len), hash);
    return OC_OK;
}

/* The key of a day and a region. */
static int derive(const char *secret, const char *day, const char *region,
                  uint8_t key[OC_CRYPTO_HASH]) {
    char first[SECRET_MAX];
    const oc_span_t parts[] = {span_of(day), span_of(region), span_of("s3"),
                               span_of("aws4_request")};
    int len = snprintf(first, sizeof(first), "AWS4%s", secret);
    if (len < 0 || (size_t)len >= sizeof(first))
        return OC_ERR_TOO_BIG;
    oc_span_t by = oc_span((const uint8_t *)first, (size_t)len);
    for (unsigned i = 0; i < 4; i++) {
        oc_hmac(OC_HASH_SHA256, by, &parts[i], 1, key);
        by = oc_span(key, OC_CRYPTO_HASH);
    }
    oc_crypto_wipe(first, sizeof(first));
    return OC_OK;
}

int oc_sigv4_sign(const oc_sigv4_request_t *request, const oc_sigv4_keys_t *keys,
                  const char *region, int64_t utc_s, oc_sigv4_signed_t *out) {
    oc_sigv4_header_t headers[SIGNED_MAX];
    char names[NAMES_MAX] = "", hash[OC_SIGV4_HEX], scope[SCOPE_MAX], day[DAY + 1];
    char room[sizeof(scope) + OC_SIGV4_HEX + 64], signature[OC_SIGV4_HEX];
    uint8_t key[OC_CRYPTO_HASH];
    struct tm at;
    time_t seconds = (time_t)utc_s;
    if (utc_s < 0 || utc_s > YEAR_9999_S || !gmtime_r(&seconds, &at))
        return OC_ERR_RANGE;
    strftime(out->stamp, sizeof(out->stamp), "%Y%m%dT%H%M%SZ", &at);
    snprintf(day, sizeof(day), "%.8s", out->stamp);
    text_t whole = {.out = scope, .size = sizeof(scope)};
    add(&whole, "%s/%s/s3/aws4_request", day, region);
    unsigned count = collect(request, keys, out->stamp, headers);
    int rc = whole.cut ? OC_ERR_TOO_BIG : canonical(request, headers, count, names, hash);
    if (rc == OC_OK)
        rc = derive(keys->secret, day, region, key);
    if (rc != OC_OK)
        return rc;
    text_t text = {.out = room, .size = sizeof(room)};
    add(&text, ALGORITHM "\n%s\n%s\n%s", out->stamp, scope, hash);
    oc_span_t signs = oc_span((const uint8_t *)room, text.len);
    oc_hmac(OC_HASH_SHA256, oc_span(key, sizeof(key)), &signs, 1, key);
    to_hex(key, signature);
    oc_crypto_wipe(key, sizeof(key));
    text_t header = {.out = out->authorization, .size = sizeof(out->authorization)};
    add(&header, ALGORITHM " Credential=%s/%s,SignedHeaders=%s,Signature=%s", keys->id, scope, names,
        signature);
    return text.cut || header.cut ? OC_ERR_TOO_BIG : OC_OK;
}
