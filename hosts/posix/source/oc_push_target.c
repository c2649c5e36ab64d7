#define _GNU_SOURCE
#include "oc_push_target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "oc_err.h"

#define SECRET_MIN     4 /* bytes: what is shorter may be any word */
#define PASSPHRASE_MIN 10
#define LATENCY_MAX_MS 60000
#define FORM_RTMP      "use rtmp://HOST/APP/KEY"
#define FORM_SRT       "use srt://HOST:PORT?streamid=ID&passphrase=WORDS&pbkeylen=16&latency=MS"

static int refuse(char *why, size_t size, const char *text) {
    snprintf(why, size, "%s", text);
    return OC_ERR_FORMAT;
}

static int hex(char digit) {
    static const char digits[] = "0123456789abcdef";
    const char *at = digit ? strchr(digits, digit >= 'A' && digit <= 'F' ? digit + 32 : digit) : 0;
    return at ? (int)(at - digits) : -1;
}

/* [text, text + len) with its %XX decoded. False: it does not fit, or holds a byte 0. */
static bool decode(const char *text, size_t len, char *out, size_t size) {
    size_t used = 0;
    for (size_t i = 0; i < len && used + 1 < size; i++, used++) {
        bool coded =
            text[i] == '%' && i + 2 < len && hex(text[i + 1]) >= 0 && hex(text[i + 2]) >= 0;
        out[used] = coded ? (char)(hex(text[i + 1]) << 4 | hex(text[i + 2])) : text[i];
        if (!out[used])
            return false;
        i += coded ? 2 : 0;
    }
    out[used] = '\0';
    return used + 1 < size || len < size;
}

/* Whole numbers of srt. */
static bool number(const char *text, size_t len, unsigned long maximum, unsigned long *out) {
    char digits[8];
    if (len == 0 || len >= sizeof(digits) || strspn(text, "0123456789") < len)
        return false;
    snprintf(digits, sizeof(digits), "%.*s", (int)len, text);
    *out = strtoul(digits, NULL, 10);
    return *out <= maximum;
}

static bool is(const char *text, size_t len, const char *word) {
    return strlen(word) == len && memcmp(text, word, len) == 0;
}

/* One key=value of an SRT address. */
static bool take(oc_push_target_t *out, const char *key, size_t key_len, const char *value,
                 size_t len) {
    unsigned long n = 0;
    if (is(key, key_len, "streamid"))
        return decode(value, len, out->stream_id, sizeof(out->stream_id));
    if (is(key, key_len, "passphrase"))
        return decode(value, len, out->passphrase, sizeof(out->passphrase)) &&
               strlen(out->passphrase) >= PASSPHRASE_MIN;
    if (is(key, key_len, "latency") && number(value, len, LATENCY_MAX_MS, &n)) {
        out->latency_ms = (uint32_t)n;
        return true;
    }
    if (is(key, key_len, "pbkeylen") && number(value, len, 32, &n)) {
        out->key_bytes = (uint8_t)n;
        return n == 16 || n == 24 || n == 32;
    }
    return is(key, key_len, "mode") && is(value, len, "caller");
}

static int parse_srt(const char *rest, oc_push_target_t *out, char *why, size_t size) {
    const char *query = rest + strcspn(rest, "?");
    rest += *rest == '/';
    if (rest != query)
        return refuse(why, size, FORM_SRT);
    for (query += *query == '?'; *query;) {
        size_t len = strcspn(query, "&"), key = strcspn(query, "=&");
        size_t value = key < len ? key + 1 : len;
        if (len > 0 && !take(out, query, key, query + value, len - value)) {
            snprintf(why, size, "an option is unknown, or its value is not allowed; " FORM_SRT);
            return OC_ERR_FORMAT;
        }
        query += len + (query[len] == '&');
    }
    return OC_OK;
}

/* The name is what follows the last slash in front of the query, in which there may be more. */
static int parse_rtmp(const char *rest, oc_push_target_t *out, char *why, size_t size) {
    const char *slash = memrchr(rest, '/', strcspn(rest, "?"));
    if (!slash || slash == rest || !slash[1] || slash[1] == '?')
        return refuse(why, size, FORM_RTMP);
    size_t app = (size_t)(slash - rest) - 1;
    if (app >= sizeof(out->app) || strlen(slash + 1) >= sizeof(out->name))
        return refuse(why, size, "the path of the address is too long");
    snprintf(out->app, sizeof(out->app), "%.*s", (int)app, rest + 1);
    snprintf(out->name, sizeof(out->name), "%s", slash + 1);
    return OC_OK;
}

int oc_push_target_parse(const char *url, const char *pin, oc_push_target_t *out, char *why,
                         size_t size) {
    memset(out, 0, sizeof(*out));
    out->srt = strncasecmp(url, "srt://", 6) == 0;
    out->tls = strncasecmp(url, "rtmps://", 8) == 0;
    if (!out->srt && !out->tls && strncasecmp(url, "rtmp://", 7) != 0) {
        snprintf(why, size, "unknown kind of address; use rtmp://, rtmps:// or srt://");
        return OC_ERR_NOTSUP;
    }
    const char *host = strstr(url, "://") + 3, *rest = host + strcspn(host, "/?#");
    for (const char *p = url; *p; p++) {
        if (*p <= ' ' || *p == 0x7F)
            return refuse(why, size, "a space or another character that an address cannot hold");
    }
    if (rest == host || (size_t)(rest - url) >= sizeof(out->url))
        return refuse(why, size, out->srt ? FORM_SRT : FORM_RTMP);
    snprintf(out->url, sizeof(out->url), "%.*s", (int)(rest - url), url);
    for (char *p = out->url; *p != ':'; p++) /* FFmpeg knows no other writing */
        *p = *p >= 'A' && *p <= 'Z' ? (char)(*p + 32) : *p;
    out->pinned = pin[0] != '\0';
    if (out->pinned && (!out->tls || !oc_ff_url_fingerprint(pin, out->pin)))
        return refuse(why, size, "the fingerprint is not 64 hexadecimal digits of an rtmps server");
    return out->srt ? parse_srt(rest, out, why, size) : parse_rtmp(rest, out, why, size);
}

/* Each occurrence of [secret, secret + len). */
static void hide_one(char *line, const char *secret, size_t len) {
    char *at = line;
    while (len >= SECRET_MIN && (at = memmem(at, strlen(at), secret, len)) != NULL) {
        memset(at, '*', 3);
        memmove(at + 3, at + len, strlen(at + len) + 1);
        at += 3;
    }
}

/* The name and each value of its query. */
static void hide_parts(char *line, const char *text) {
    hide_one(line, text, strlen(text));
    while (*text) {
        size_t len = strcspn(text, "?&=");
        hide_one(line, text, len);
        text += len + (text[len] != '\0');
    }
}

void oc_push_target_hide(const oc_push_target_t *target, char *line) {
    const char *user = strstr(target->url, "://");
    for (char *p = line; *p; p++)
        *p = *p < ' ' || *p >= 0x7F ? '?' : *p;
    hide_parts(line, target->name);
    hide_one(line, target->stream_id, strlen(target->stream_id));
    hide_one(line, target->passphrase, strlen(target->passphrase));
    const char *at = user ? strrchr(user, '@') : NULL;
    while (at && user + 3 < at) { /* user and password */
        size_t len = strcspn(user + 3, ":@");
        hide_one(line, user + 3, len);
        user += len + 1;
    }
}
