#define _GNU_SOURCE
#include "oc_sigv4.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "oc_err.h"
#include "oc_hmac.h"

#define ALGORITHM   "AWS4-HMAC-SHA256"
#define SIGNED      "host;x-amz-content-sha256;x-amz-date" /* in this order */
#define TOKEN       "x-amz-security-token"                 /* behind them, of temporary keys */
#define DAY         8 /* characters of a stamp that are its day */
#define SCOPE_MAX   128
#define SECRET_MAX  256
#define YEAR_9999_S INT64_C(253402300799)

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

/* SHA-256 of the canonical request. */
static int canonical(const oc_sigv4_request_t *request, const char *token, const char *stamp,
                     char hash[OC_SIGV4_HEX]) {
    char room[OC_SIGV4_CANONICAL];
    bool has = token && token[0];
    int len = snprintf(
        room, sizeof(room),
        "%s\n%s\n%s\nhost:%s\nx-amz-content-sha256:%s\nx-amz-date:%s\n%s%s%s\n" SIGNED "%s\n%s",
        request->method, request->path, request->query, request->host, request->payload, stamp,
        has ? TOKEN ":" : "", has ? token : "", has ? "\n" : "", has ? ";" TOKEN : "",
        request->payload);
    if (len < 0 || (size_t)len >= sizeof(room))
        return OC_ERR_TOO_BIG;
    oc_sigv4_hash(oc_span((const uint8_t *)room, (size_t)len), hash);
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
    char hash[OC_SIGV4_HEX], scope[SCOPE_MAX], day[DAY + 1], signature[OC_SIGV4_HEX];
    char text[sizeof(scope) + OC_SIGV4_HEX + 64];
    uint8_t key[OC_CRYPTO_HASH];
    struct tm at;
    time_t seconds = (time_t)utc_s;
    if (utc_s < 0 || utc_s > YEAR_9999_S || !gmtime_r(&seconds, &at))
        return OC_ERR_RANGE;
    strftime(out->stamp, sizeof(out->stamp), "%Y%m%dT%H%M%SZ", &at);
    snprintf(day, sizeof(day), "%.8s", out->stamp);
    int len = snprintf(scope, sizeof(scope), "%s/%s/s3/aws4_request", day, region);
    if (len < 0 || (size_t)len >= sizeof(scope))
        return OC_ERR_TOO_BIG;
    int rc = canonical(request, keys->token, out->stamp, hash);
    if (rc == OC_OK)
        rc = derive(keys->secret, day, region, key);
    if (rc != OC_OK)
        return rc;
    len = snprintf(text, sizeof(text), ALGORITHM "\n%s\n%s\n%s", out->stamp, scope, hash);
    oc_span_t signs = oc_span((const uint8_t *)text, (size_t)len);
    oc_hmac(OC_HASH_SHA256, oc_span(key, sizeof(key)), &signs, 1, key);
    to_hex(key, signature);
    oc_crypto_wipe(key, sizeof(key));
    len = snprintf(out->authorization, sizeof(out->authorization),
                   ALGORITHM " Credential=%s/%s,SignedHeaders=" SIGNED "%s,Signature=%s", keys->id,
                   scope, keys->token && keys->token[0] ? ";" TOKEN : "", signature);
    return len < 0 || (size_t)len >= sizeof(out->authorization) ? OC_ERR_TOO_BIG : OC_OK;
}
