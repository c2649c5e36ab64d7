/* See oc_json.h. */
#include "oc_json.h"

#include <stdio.h>
#include <string.h>

oc_json_t oc_json(char *buffer, size_t size) {
    return (oc_json_t){buffer, size, 0, false, false};
}

static void put(oc_json_t *json, const char *text, size_t len) {
    if (json->bad || len > json->size - json->len) {
        json->bad = true;
        return;
    }
    memcpy(json->out + json->len, text, len);
    json->len += len;
}

/* Comma between values; a value that follows a key has none (key cleared the flag). */
static void separate(oc_json_t *json) {
    if (json->comma)
        put(json, ",", 1);
    json->comma = true;
}

static void open_with(oc_json_t *json, const char *bracket) {
    separate(json);
    put(json, bracket, 1);
    json->comma = false;
}

static void close_with(oc_json_t *json, const char *bracket) {
    put(json, bracket, 1);
    json->comma = true;
}

void oc_json_begin_object(oc_json_t *json) {
    open_with(json, "{");
}
void oc_json_end_object(oc_json_t *json) {
    close_with(json, "}");
}
void oc_json_begin_array(oc_json_t *json) {
    open_with(json, "[");
}
void oc_json_end_array(oc_json_t *json) {
    close_with(json, "]");
}

void oc_json_key(oc_json_t *json, const char *key) {
    separate(json);
    put(json, "\"", 1);
    put(json, key, strlen(key));
    put(json, "\":", 2);
    json->comma = false;
}

/* Bytes of the UTF-8 character at p, or 0 when there is none (RFC 3629 section 4). */
static size_t utf8_len(const unsigned char *p) {
    size_t len = p[0] < 0x80                   ? 1
                 : p[0] >= 0xc2 && p[0] < 0xe0 ? 2
                 : p[0] >= 0xe0 && p[0] < 0xf0 ? 3
                 : p[0] >= 0xf0 && p[0] < 0xf5 ? 4
                                               : 0;
    for (size_t i = 1; i < len; i++)
        if ((p[i] & 0xc0) != 0x80) /* also ends at the NUL */
            return 0;
    if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
        (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
        return 0; /* overlong, surrogate, or beyond U+10FFFF */
    return len;
}

/* Writes one character of a string and returns where the next one starts. */
static const char *put_character(oc_json_t *json, const char *p) {
    unsigned char c = (unsigned char)*p;
    if (c == '"' || c == '\\') {
        char escaped[2] = {'\\', (char)c};
        put(json, escaped, 2);
        return p + 1;
    }
    if (c < 0x20 || c == 0x7f) {
        char escaped[8];
        int len = snprintf(escaped, sizeof escaped, "\\u%04x", c);
        put(json, escaped, (size_t)len);
        return p + 1;
    }
    size_t len = utf8_len((const unsigned char *)p);
    if (len == 0) {
        put(json, "\xef\xbf\xbd", 3);
        return p + 1;
    }
    put(json, p, len);
    return p + len;
}

void oc_json_string(oc_json_t *json, const char *text) {
    if (!text) {
        oc_json_null(json);
        return;
    }
    separate(json);
    put(json, "\"", 1);
    while (*text)
        text = put_character(json, text);
    put(json, "\"", 1);
}

void oc_json_int(oc_json_t *json, int64_t value) {
    char text[24];
    int len = snprintf(text, sizeof text, "%lld", (long long)value);
    separate(json);
    put(json, text, (size_t)len);
}

void oc_json_milli(oc_json_t *json, int64_t thousandths) {
    char text[32];
    uint64_t size = thousandths < 0 ? 0 - (uint64_t)thousandths : (uint64_t)thousandths;
    int len = snprintf(text, sizeof text, "%s%llu.%03u", thousandths < 0 ? "-" : "",
                       (unsigned long long)(size / 1000), (unsigned)(size % 1000));
    while (text[len - 1] == '0')
        len--;
    if (text[len - 1] == '.')
        len--;
    separate(json);
    put(json, text, (size_t)len);
}

void oc_json_bool(oc_json_t *json, bool value) {
    separate(json);
    put(json, value ? "true" : "false", value ? 4 : 5);
}

void oc_json_null(oc_json_t *json) {
    separate(json);
    put(json, "null", 4);
}

void oc_json_member_string(oc_json_t *json, const char *key, const char *text) {
    oc_json_key(json, key);
    oc_json_string(json, text);
}

void oc_json_member_int(oc_json_t *json, const char *key, int64_t value) {
    oc_json_key(json, key);
    oc_json_int(json, value);
}

void oc_json_member_bool(oc_json_t *json, const char *key, bool value) {
    oc_json_key(json, key);
    oc_json_bool(json, value);
}

void oc_json_member_raw(oc_json_t *json, const char *key, const char *value) {
    oc_json_key(json, key);
    separate(json);
    put(json, value, strlen(value));
}
