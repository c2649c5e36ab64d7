/* oc_playlist - see the header. */
#include "oc_playlist.h"

#include <stdarg.h>
#include <stdio.h>

#include "oc_clock.h"
#include "oc_err.h"

#define VERSION     7 /* EXT-X-MAP without I-frames only: >= 6; fractional EXTINF: >= 3 (section 8) */
#define VERSION_LOW 9 /* EXT-X-SKIP */

#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
static void
put(oc_playlist_t *list, const char *format, ...) {
    va_list args;
    if (list->bad)
        return;
    va_start(args, format);
    int n = vsnprintf(list->out + list->len, list->size - list->len, format, args);
    va_end(args);
    if (n < 0 || (size_t)n >= list->size - list->len)
        list->bad = true;
    else
        list->len += (size_t)n;
}

/* 2026-11-21T02:51:00.123Z out of 20261121T025100.123Z (RFC 3339 wants the long form). */
static void put_time(oc_playlist_t *list, int64_t wall_us) {
    char t[OC_CLOCK_TEXT];
    oc_clock_format(wall_us, t);
    put(list, "#EXT-X-PROGRAM-DATE-TIME:%.4s-%.2s-%.5s:%.2s:%s\n", t, t + 4, t + 6, t + 11, t + 13);
}

/* Microseconds as seconds. */
static void put_seconds(oc_playlist_t *list, const char *before, int64_t us) {
    put(list, "%s%lld.%06u", before, (long long)(us / 1000000), (unsigned)(us % 1000000));
}

void oc_playlist_begin(oc_playlist_t *list, char *out, size_t size,
                       const oc_playlist_head_t *head) {
    bool low = head->part_target_us > 0;
    *list = (oc_playlist_t){.out = out, .size = size, .bad = size == 0, .init = -1};
    put(list, "#EXTM3U\n#EXT-X-VERSION:%d\n#EXT-X-TARGETDURATION:%u\n", low ? VERSION_LOW : VERSION,
        (unsigned)head->target_s);
    if (low) {
        put_seconds(list, "#EXT-X-PART-INF:PART-TARGET=", head->part_target_us);
        put_seconds(list, "\n#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=",
                    head->part_hold_back_us);
        put(list, ",HOLD-BACK=%u,CAN-SKIP-UNTIL=%u\n", (unsigned)head->hold_back_s,
            (unsigned)head->skip_until_s);
    }
    put(list, "#EXT-X-MEDIA-SEQUENCE:%u\n#EXT-X-DISCONTINUITY-SEQUENCE:%u\n",
        (unsigned)head->media_sequence, (unsigned)head->discontinuities);
    if (head->skipped > 0)
        put(list, "#EXT-X-SKIP:SKIPPED-SEGMENTS=%u\n", (unsigned)head->skipped);
}

void oc_playlist_segment(oc_playlist_t *list, const oc_playlist_segment_t *segment) {
    if (segment->discontinuity)
        put(list, "#EXT-X-DISCONTINUITY\n");
    if (segment->discontinuity || list->init != (int64_t)segment->init)
        put(list, "#EXT-X-MAP:URI=\"i%u.mp4\"\n", (unsigned)segment->init);
    list->init = segment->init;
    if (segment->wall_us >= 0)
        put_time(list, segment->wall_us);
}

void oc_playlist_part(oc_playlist_t *list, uint32_t number, uint32_t index, uint32_t duration_us,
                      bool independent) {
    put_seconds(list, "#EXT-X-PART:DURATION=", duration_us);
    put(list, ",URI=\"p%u.%u.m4s\"%s\n", (unsigned)number, (unsigned)index,
        independent ? ",INDEPENDENT=YES" : "");
}

void oc_playlist_uri(oc_playlist_t *list, const oc_playlist_segment_t *segment) {
    put_seconds(list, "#EXTINF:", segment->duration_us);
    put(list, ",\ns%u.m4s\n", (unsigned)segment->number);
}

void oc_playlist_hint(oc_playlist_t *list, uint32_t number, uint32_t index) {
    put(list, "#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"p%u.%u.m4s\"\n", (unsigned)number,
        (unsigned)index);
}

void oc_playlist_report(oc_playlist_t *list, const char *uri, uint32_t msn, int part) {
    put(list, "#EXT-X-RENDITION-REPORT:URI=\"%s\",LAST-MSN=%u", uri, (unsigned)msn);
    if (part >= 0)
        put(list, ",LAST-PART=%d", part);
    put(list, "\n");
}

void oc_playlist_variants(oc_playlist_t *list, char *out, size_t size) {
    *list = (oc_playlist_t){.out = out, .size = size, .bad = size == 0};
    put(list, "#EXTM3U\n");
}

void oc_playlist_variant(oc_playlist_t *list, const oc_playlist_variant_t *variant) {
    put(list, "#EXT-X-STREAM-INF:BANDWIDTH=%u,AVERAGE-BANDWIDTH=%u,CODECS=\"%s\"",
        (unsigned)variant->peak_bps, (unsigned)variant->average_bps, variant->codecs);
    if (variant->width > 0)
        put(list, ",RESOLUTION=%ux%u", (unsigned)variant->width, (unsigned)variant->height);
    if (variant->fps_milli > 0)
        put(list, ",FRAME-RATE=%u.%03u", (unsigned)(variant->fps_milli / 1000),
            (unsigned)(variant->fps_milli % 1000));
    put(list, "\n%s\n", variant->uri);
}

int oc_playlist_end(oc_playlist_t *list) {
    return list->bad ? OC_ERR_NOMEM : (int)list->len;
}
