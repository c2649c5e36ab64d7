/* m3u8_check - see the header. Section numbers are those of RFC 8216; with "bis" in front, of
 * draft-pantos-hls-rfc8216bis-16. */
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

/* The value of an attribute, NULL: absent. Quotes are taken off. */
static const char *attribute(const char *list, const char *name) {
    static char value[64];
    size_t n = strlen(name);
    for (const char *p = list; p; p = strchr(p, ',') ? strchr(p, ',') + 1 : NULL) {
        if (strncmp(p, name, n) != 0 || p[n] != '=')
            continue;
        p += n + 1;
        size_t len = *p == '"' ? strcspn(++p, "\"") : strcspn(p, ",");
        if (len >= sizeof value)
            return NULL;
        memcpy(value, p, len);
        value[len] = 0;
        return value;
    }
    return NULL;
}

/* A duration attribute; 0 when absent. */
static unsigned long seconds(const char *list, const char *name) {
    unsigned long us = 0;
    const char *value = attribute(list, name);
    const char *end = value ? duration(value, &us) : NULL;
    return end && *end == 0 ? us : 0;
}

static const char *part(const char *line, m3u8_t *out, m3u8_segment_t *next) {
    if (out->hint[0])
        REFUSE("bis 4.4.5.3 a part behind the hint");
    if (out->parts == M3U8_PARTS || !attribute(line, "URI"))
        REFUSE("bis 4.4.4.9 a part needs a URI");
    m3u8_part_t *to = &out->part[out->parts];
    strcpy(to->uri, attribute(line, "URI"));
    to->duration_us = seconds(line, "DURATION");
    to->independent = attribute(line, "INDEPENDENT") != NULL;
    if (to->duration_us == 0 || out->part_target_us == 0)
        REFUSE("bis 4.4.4.9 a part needs DURATION, and EXT-X-PART-INF before it");
    if (to->duration_us > out->part_target_us)
        REFUSE("bis 4.4.4.9 a part is longer than PART-TARGET");
    if (next->parts > 0 && out->part[out->parts - 1].duration_us * 100 < out->part_target_us * 85)
        REFUSE("bis 4.4.4.9 a part that is not the last is shorter than 85 % of PART-TARGET");
    for (size_t i = 0; i < out->parts; i++)
        if (strcmp(out->part[i].uri, to->uri) == 0)
            REFUSE("two parts with one URI");
    if (next->parts++ == 0)
        next->first_part = out->parts;
    out->parts++;
    return NULL;
}

static const char *server_control(const char *list, m3u8_t *out) {
    const char *block = attribute(list, "CAN-BLOCK-RELOAD");
    out->can_block = block && strcmp(block, "YES") == 0;
    out->part_hold_back_us = seconds(list, "PART-HOLD-BACK");
    out->hold_back_us = seconds(list, "HOLD-BACK");
    out->skip_until_us = seconds(list, "CAN-SKIP-UNTIL");
    if (out->hold_back_us && out->hold_back_us < 3000000 * out->target_s)
        REFUSE("bis 4.4.3.8 HOLD-BACK is at least three target durations");
    if (out->skip_until_us && out->skip_until_us < 6000000 * out->target_s)
        REFUSE("bis 4.4.3.8 CAN-SKIP-UNTIL is at least six target durations");
    return NULL;
}

static const char *report(const char *list, m3u8_t *out) {
    const char *v = attribute(list, "URI");
    if (!v)
        REFUSE("bis 4.4.5.4 a report needs a URI");
    strcpy(out->report, v);
    v = attribute(list, "LAST-MSN");
    if (!v || !number(v, &out->report_msn))
        REFUSE("bis 4.4.5.4 LAST-MSN");
    v = attribute(list, "LAST-PART");
    out->report_part = ~0UL;
    return !v || number(v, &out->report_part) ? NULL : "bis 4.4.5.4 LAST-PART";
}

/* Tags of low latency. *known: it is one. */
static const char *low_tag(const char *line, m3u8_t *out, m3u8_segment_t *next, bool *known) {
    const char *v;
    *known = true;
    if ((v = after(line, "#EXT-X-PART-INF:"))) {
        out->part_target_us = seconds(v, "PART-TARGET");
        return out->part_target_us && !out->parts ? NULL : "bis 4.4.3.7 part target";
    }
    if ((v = after(line, "#EXT-X-SERVER-CONTROL:")))
        return server_control(v, out);
    if ((v = after(line, "#EXT-X-SKIP:"))) {
        v = attribute(v, "SKIPPED-SEGMENTS");
        if (!v || !number(v, &out->skipped) || out->skipped == 0 || out->len || out->parts)
            REFUSE("bis 4.4.5.2 skip");
        return out->version >= 9 ? NULL : "bis 8 EXT-X-SKIP needs version 9";
    }
    if ((v = after(line, "#EXT-X-PART:")))
        return part(v, out, next);
    if ((v = after(line, "#EXT-X-PRELOAD-HINT:"))) {
        const char *type = attribute(v, "TYPE");
        if (!type || strcmp(type, "PART") != 0 || !(v = attribute(v, "URI")) || out->hint[0])
            REFUSE("bis 4.4.5.3 hint");
        strcpy(out->hint, v);
        return NULL;
    }
    if ((v = after(line, "#EXT-X-RENDITION-REPORT:")))
        return report(v, out);
    *known = false;
    return NULL;
}

typedef struct state {
    m3u8_segment_t next;
    char map[64];
    bool has_duration, has_target, has_sequence, has_discontinuity_sequence;
} state_t;

static const char *tag(const char *line, m3u8_t *out, state_t *s) {
    const char *v;
    bool known;
    const char *why = low_tag(line, out, &s->next, &known);
    if (known)
        return why;
    if (out->hint[0])
        REFUSE("bis 4.4.5.3 tags of a segment behind the hint");
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
    to->sequence = out->media_sequence + out->skipped + out->len;
    unsigned long sum = 0;
    for (size_t i = 0; i < to->parts; i++)
        sum += out->part[to->first_part + i].duration_us;
    if (to->parts && labs((long)(sum - to->duration_us)) > 5000)
        REFUSE("the parts are not as long as their segment");
    to->discontinuity_sequence = (out->len ? out->segment[out->len - 1].discontinuity_sequence
                                           : out->discontinuity_sequence) +
                                 to->discontinuity;
    out->len++;
    memset(&s->next, 0, sizeof s->next);
    s->has_duration = false;
    return NULL;
}

/* Rules of the whole playlist. */
static const char *parts_near_the_end(const m3u8_t *list) {
    unsigned long behind_us = 0;
    for (size_t i = 0; i < list->open.parts; i++)
        behind_us += list->part[list->open.first_part + i].duration_us;
    for (size_t i = list->len; i-- > 0;) {
        if (list->segment[i].parts && behind_us > 3000000 * list->target_s)
            REFUSE("bis 4.4.4.9 parts further than three target durations from the end");
        behind_us += list->segment[i].duration_us;
    }
    if (list->part_target_us == 0)
        return list->parts || list->hint[0] ? "bis 4.4.3.7 parts without EXT-X-PART-INF" : NULL;
    if (list->part_hold_back_us < 2 * list->part_target_us)
        REFUSE("bis 4.4.3.8 PART-HOLD-BACK is at least twice PART-TARGET");
    if (!list->can_block || !list->hint[0])
        REFUSE("bis B.1 blocking reload and a hint belong to low latency");
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
        const char *wrong = NULL;
        if (first)
            wrong = strcmp(line, "#EXTM3U") == 0 ? NULL : "4.3.1.1 EXTM3U must be first";
        else if (line[0] == '#')
            wrong = tag(line, out, &s);
        else if (line[0])
            wrong = uri(line, out, &s);
        if (wrong)
            return wrong;
    }
    s.next.sequence = out->media_sequence + out->skipped + out->len;
    s.next.discontinuity_sequence =
        s.next.discontinuity + (out->len ? out->segment[out->len - 1].discontinuity_sequence
                                         : out->discontinuity_sequence);
    if (s.next.parts > 0) {
        out->open = s.next;
        memcpy(out->open.map, s.map, sizeof s.map);
        s.next.discontinuity = false;
        if (out->part[out->parts - 1].duration_us * 100 < out->part_target_us * 85)
            REFUSE("bis 4.4.4.9 a part that may not be the last is too short");
    }
    const char *why = parts_near_the_end(out);
    if (why)
        return why;
    if (!s.has_target || !s.has_sequence || out->version < 6)
        REFUSE("4.3.1.2, 4.3.3: version of at least 6, target duration and media sequence needed");
    if (s.has_duration || s.next.discontinuity || out->len == 0)
        REFUSE("tags without a segment");
    return NULL;
}

const char *m3u8_merge(const m3u8_t *before, m3u8_t *now) {
    size_t skipped = now->skipped, from = 0;
    while (from < before->len && before->segment[from].sequence < now->media_sequence)
        from++;
    if (skipped == 0)
        return NULL;
    if (from + skipped > before->len || now->len + skipped > M3U8_SEGMENTS)
        REFUSE("bis 6.2.5.1 a skipped segment is not in the playlist before");
    memmove(now->segment + skipped, now->segment, now->len * sizeof now->segment[0]);
    for (size_t i = 0; i < skipped; i++) {
        now->segment[i] = before->segment[from + i];
        now->segment[i].parts = 0;
    }
    now->len += skipped;
    for (size_t i = skipped; i < now->len; i++)
        now->segment[i].discontinuity_sequence =
            now->segment[i - 1].discontinuity_sequence + now->segment[i].discontinuity;
    now->skipped = 0;
    return NULL;
}

/* The parts of a segment stay as they were; more may have come behind. */
static const char *parts_follow(const m3u8_t *before, const m3u8_segment_t *a, const m3u8_t *now,
                                const m3u8_segment_t *b) {
    if (a->sequence != b->sequence || b->parts == 0)
        return NULL;
    if (b->parts < a->parts)
        REFUSE("bis 6.2.1 parts were taken away from a segment that still lists some");
    for (size_t i = 0; i < a->parts; i++) {
        const m3u8_part_t *x = &before->part[a->first_part + i], *y = &now->part[b->first_part + i];
        if (strcmp(x->uri, y->uri) != 0 || x->duration_us != y->duration_us ||
            x->independent != y->independent)
            REFUSE("bis 6.2.1 a listed part changed");
    }
    return NULL;
}

static const char *all_parts_follow(const m3u8_t *before, const m3u8_t *now) {
    const char *why = NULL;
    if (now->part_target_us != before->part_target_us)
        REFUSE("bis 4.4.3.7 PART-TARGET changed");
    for (size_t k = 0; k <= before->len && !why; k++) {
        const m3u8_segment_t *a = k < before->len ? &before->segment[k] : &before->open;
        for (size_t i = 0; i <= now->len && !why && a->parts; i++)
            why = parts_follow(before, a, now, i < now->len ? &now->segment[i] : &now->open);
    }
    return why;
}

const char *m3u8_follows(const m3u8_t *before, const m3u8_t *now) {
    const char *why = all_parts_follow(before, now);
    if (why)
        return why;
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
