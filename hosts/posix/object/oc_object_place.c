#include "oc_object_place.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "oc_err.h"
#include "oc_redact.h"
#include "oc_sigv4.h"

#define BUCKET_MIN 3
#define BUCKET_MAX 63
#define REGION_MAX 64

static int refuse(char *why, size_t size, const char *text) {
    snprintf(why, size, "%s", text);
    return OC_ERR_FORMAT;
}

static bool begins(const char *text, const char *with) {
    return strncmp(text, with, strlen(with)) == 0;
}

static bool printable(const char *text) {
    for (; *text; text++) {
        if (*text <= ' ' || *text >= 0x7F)
            return false;
    }
    return true;
}

static bool is_bucket(const char *name, size_t len) {
    if (len < BUCKET_MIN || len > BUCKET_MAX)
        return false;
    for (size_t i = 0; i < len; i++) {
        bool inner = i > 0 && i + 1 < len && strchr(".-", name[i]);
        if (!islower((unsigned char)name[i]) && !isdigit((unsigned char)name[i]) && !inner)
            return false;
    }
    return true;
}

static bool is_region(const char *name) {
    size_t len = strlen(name);
    if (len == 0 || len > REGION_MAX)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (!isalnum((unsigned char)name[i]) && name[i] != '-')
            return false;
    }
    return true;
}

/* Nothing empty, "." or ".." between slashes: a key is the same for everybody on the way. */
static bool is_key(const char *key) {
    if (!key[0] || strlen(key) > OC_OBJECT_KEY_MAX)
        return false;
    for (const char *at = key;; at++) {
        size_t len = strcspn(at, "/");
        if (len == 0 || (len == 1 && at[0] == '.') || (len == 2 && at[0] == '.' && at[1] == '.'))
            return false;
        at += len;
        if (!*at)
            return true;
    }
}

/* The name and port of an endpoint, without the port that is usual. */
static bool read_endpoint(const char *text, bool *secure, char *host, size_t size) {
    *secure = begins(text, "https://");
    if (!*secure && !begins(text, "http://"))
        return false;
    text += *secure ? 8 : 7;
    size_t len = strcspn(text, "/");
    const char *usual = *secure ? ":443" : ":80";
    size_t port = strlen(usual);
    if (len == 0 || len >= size || (text[len] && text[len + 1]) || !printable(text) ||
        strcspn(text, "@?#\\") < len)
        return false;
    if (len > port && memcmp(text + len - port, usual, port) == 0)
        len -= port;
    snprintf(host, size, "%.*s", (int)len, text);
    return true;
}

static int parse_s3(const char *text, const oc_object_store_t *store, oc_object_place_t *out,
                    char *why, size_t size) {
    const char *name = text + 5, *key = strchr(name, '/');
    size_t len = key ? (size_t)(key - name) : strlen(name);
    char amazon[REGION_MAX + 40], host[OC_OBJECT_HOST_MAX / 2], encoded[OC_OBJECT_PATH_MAX - 80];
    bool path_style = store->path_style == 1 || (store->path_style < 0 && store->endpoint);
    if (!is_bucket(name, len))
        return refuse(why, size, "a bucket has 3 to 63 small letters, digits, dots and hyphens");
    if (!key || !is_key(key + 1))
        return refuse(why, size,
                      "the key of an object has 1 to 1024 bytes, and nothing empty, \".\" or "
                      "\"..\" between its slashes: s3://bucket/key");
    if (!is_region(store->region))
        return refuse(why, size, "a region has letters, digits and hyphens, like us-east-1");
    snprintf(amazon, sizeof(amazon), "https://s3.%.64s.amazonaws.com", store->region);
    if (!read_endpoint(store->endpoint ? store->endpoint : amazon, &out->secure, host,
                       sizeof(host)))
        return refuse(why, size, "an endpoint is an address without a path: https://s3.example.org");
    if (oc_sigv4_encode(key + 1, true, encoded, sizeof(encoded)) != OC_OK)
        return refuse(why, size, "the key is too long");
    if (path_style) {
        snprintf(out->host, sizeof(out->host), "%s", host);
        snprintf(out->path, sizeof(out->path), "/%.*s/%s", (int)len, name, encoded);
    } else {
        snprintf(out->host, sizeof(out->host), "%.*s.%s", (int)len, name, host);
        snprintf(out->path, sizeof(out->path), "/%s", encoded);
    }
    snprintf(out->url, sizeof(out->url), "%s://%s", out->secure ? "https" : "http", out->host);
    snprintf(out->shown, sizeof(out->shown), "s3://%.*s/%.80s", (int)len, name, encoded);
    return OC_OK;
}

int oc_object_place_parse(const char *text, const oc_object_store_t *store, oc_object_place_t *out,
                          char *why, size_t size) {
    memset(out, 0, sizeof(*out));
    if (strlen(text) >= sizeof(out->url))
        return refuse(why, size, "the address is too long");
    if (begins(text, "s3://")) {
        out->kind = OC_OBJECT_S3;
        return parse_s3(text, store, out, why, size);
    }
    snprintf(out->url, sizeof(out->url), "%s", text);
    if (begins(text, "https://") || begins(text, "http://")) {
        out->kind = OC_OBJECT_HTTP;
        out->secure = begins(text, "https://");
        oc_redact_url(text, out->shown, sizeof(out->shown));
        return printable(text) && !strchr(text, '#')
                   ? OC_OK
                   : refuse(why, size, "an address has printable characters, and no #");
    }
    out->kind = OC_OBJECT_FILE;
    snprintf(out->shown, sizeof(out->shown), "%.*s", (int)sizeof(out->shown) - 1, text);
    return text[0] ? OC_OK : refuse(why, size, "it is empty");
}
