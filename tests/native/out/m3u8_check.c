/* m3u8_check - see the header. Section numbers are those of RFC 8216. */
#include "m3u8_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REFUSE(text)                                                                               \
    do {                                                                                           \
        return text;                                                                               \
    } while (0)

static bool number(const char *s, unsigned long *out) {
    char *end;
    if (*s < '0' || *s > '9')
        return false;
    *out = strtoul(s, &end, 10);
    return *end == 0;
}

static const char *after(const char *line, const char *tag) {
    size_t n = strlen(tag);
    return strncmp(line, tag, n) == 0 ? line + n : NULL;
}

/* RFC 3339 with milliseconds and Z, as we write it. */
static bool date(const char *s) {
    unsigned y, mo, d, h, mi, sec, ms;
    int n = 0;
    return sscanf(s, "%4u-%2u-%2uT%2u:%2u:%2u.%3uZ%n", &y, &mo, &d, &h, &mi, &sec, &ms, &n) == 7 &&
           s[n] == 0 && n == 24 && mo >= 1 && mo <= 12 && d >= 1 && d <= 31 && h < 24 && mi < 60 &&
           sec < 61;
}

/* Seconds with up to six digits behind the point. @return what follows it, NULL: not a duration */
static const char *duration(const char *s, unsigned long *us) {
    char *end;
    if (*s < '0' || *s > '9')
        return NULL;
    *us = strtoul(s, &end, 10) * 1000000;
    if (*end != '.')
        return end;
    s = end + 1;
    for (unsigned long digit = 100000; *s >= '0' && *s <= '9' && digit > 0; digit /= 10)
        *us += digit * (unsigned long)(*s++ - '0');
    return s;
}

typedef struct state {
    m3u8_segment_t next;
    char map[64];
    bool has_duration, has_target, has_sequence, has_discontinuity_sequence;
} state_t;

static const char *tag(const char *line, m3u8_t *out, state_t *s) {
    const char *v;
    if ((v = after(line, "#EXT-X-VERSION:")))
        return number(v, &out->version) && out->len == 0 ? NULL : "4.3.1.2 version";
    if ((v = after(line, "#EXT-X-TARGETDURATION:"))) {
        s->has_target = true;
        return number(v, &out->target_s) && out->len == 0 ? NULL : "4.3.3.1 target duration";
    }
    if ((v = after(line, "#EXT-X-MEDIA-SEQUENCE:"))) {
        if (s->has_sequence || out->len)
            REFUSE("4.3.3.2 media sequence must come once, before the first segment");
        s->has_sequence = true;
        return number(v, &out->media_sequence) ? NULL : "4.3.3.2 media sequence";
    }
    if ((v = after(line, "#EXT-X-DISCONTINUITY-SEQUENCE:"))) {
        if (s->has_discontinuity_sequence || out->len || s->next.discontinuity)
            REFUSE("4.3.3.3 must come once, before segments and discontinuities");
        s->has_discontinuity_sequence = true;
        return number(v, &out->discontinuity_sequence) ? NULL : "4.3.3.3 discontinuity sequence";
    }
    if (strcmp(line, "#EXT-X-DISCONTINUITY") == 0) {
        s->next.discontinuity = true;
        return NULL;
    }
    if ((v = after(line, "#EXT-X-MAP:URI=\""))) {
        size_t n = strcspn(v, "\"");
        if (v[n] != '"' || v[n + 1] || n == 0 || n >= sizeof s->map)
            REFUSE("4.3.2.5 map");
        memcpy(s->map, v, n);
        s->map[n] = 0;
        return NULL;
    }
    if ((v = after(line, "#EXT-X-PROGRAM-DATE-TIME:"))) {
        if (!date(v))
            REFUSE("4.3.2.6 date");
        memcpy(s->next.date, v, strlen(v) + 1);
        return NULL;
    }
    if ((v = after(line, "#EXTINF:"))) {
        const char *end = duration(v, &s->next.duration_us);
        if (s->has_duration || !end || *end != ',')
            REFUSE("4.3.2.1 duration");
        s->has_duration = true;
        return NULL;
    }
    return "a tag that is not known";
}

static const char *uri(const char *line, m3u8_t *out, state_t *s) {
    if (!s->has_duration)
        REFUSE("4.3.2.1 each segment needs EXTINF");
    if (!s->map[0])
        REFUSE("3.3 fragmented MP4 needs EXT-X-MAP");
    if (s->next.duration_us == 0)
        REFUSE("a segment without duration");
    if ((s->next.duration_us + 500000) / 1000000 > out->target_s)
        REFUSE("4.3.3.1 a segment is longer than the target duration");
    if (out->len == M3U8_SEGMENTS || strlen(line) >= sizeof s->next.uri)
        REFUSE("too long for this checker");
    m3u8_segment_t *to = &out->segment[out->len];
    *to = s->next;
    memcpy(to->uri, line, strlen(line) + 1);
    memcpy(to->map, s->map, sizeof to->map);
    to->sequence = out->media_sequence + out->len;
    to->discontinuity_sequence = (out->len ? out->segment[out->len - 1].discontinuity_sequence
                                           : out->discontinuity_sequence) +
                                 to->discontinuity;
    out->len++;
    memset(&s->next, 0, sizeof s->next);
    s->has_duration = false;
    return NULL;
}

const char *m3u8_read(const char *text, size_t len, m3u8_t *out) {
    state_t s = {0};
    char line[256];
    size_t at = 0;
    memset(out, 0, sizeof *out);
    for (bool first = true; at < len; first = false) {
        const char *end = memchr(text + at, '\n', len - at);
        if (!end)
            REFUSE("4.1 the last line has no end");
        size_t n = (size_t)(end - text) - at;
        if (n >= sizeof line || memchr(text + at, '\r', n) || memchr(text + at, 0, n))
            REFUSE("4.1 a strange line");
        memcpy(line, text + at, n);
        line[n] = 0;
        at += n + 1;
        const char *why = NULL;
        if (first)
            why = strcmp(line, "#EXTM3U") == 0 ? NULL : "4.3.1.1 EXTM3U must be first";
        else if (line[0] == '#')
            why = tag(line, out, &s);
        else if (line[0])
            why = uri(line, out, &s);
        if (why)
            return why;
    }
    if (!s.has_target || !s.has_sequence || out->version < 6)
        REFUSE("4.3.1.2, 4.3.3: version of at least 6, target duration and media sequence needed");
    if (s.has_duration || s.next.discontinuity || out->len == 0)
        REFUSE("tags without a segment");
    return NULL;
}

const char *m3u8_follows(const m3u8_t *before, const m3u8_t *now) {
    if (now->target_s != before->target_s)
        REFUSE("6.2.1 the target duration changed");
    if (now->media_sequence < before->media_sequence)
        REFUSE("6.2.2 the media sequence went back");
    if (now->media_sequence + now->len < before->media_sequence + before->len)
        REFUSE("6.2.1 segments at the end were taken away");
    for (size_t i = 0; i < now->len; i++)
        for (size_t k = 0; k < before->len; k++) {
            const m3u8_segment_t *a = &now->segment[i], *b = &before->segment[k];
            if (a->sequence != b->sequence)
                continue;
            if (strcmp(a->uri, b->uri) != 0 || strcmp(a->map, b->map) != 0 ||
                a->duration_us != b->duration_us || a->discontinuity != b->discontinuity)
                REFUSE("6.2.1 a listed segment changed");
            if (a->discontinuity_sequence != b->discontinuity_sequence)
                REFUSE("6.2.2 the discontinuity sequence number of a segment changed");
        }
    return NULL;
}
