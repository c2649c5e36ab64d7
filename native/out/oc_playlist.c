/* oc_playlist - see the header. */
#include "oc_playlist.h"

#include <stdarg.h>
#include <stdio.h>

#include "oc_clock.h"
#include "oc_err.h"

#define VERSION 7 /* EXT-X-MAP without I-frames only: >= 6; fractional EXTINF: >= 3 (section 7) */

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

void oc_playlist_begin(oc_playlist_t *list, char *out, size_t size, uint32_t target_s,
                       uint32_t media_sequence, uint32_t discontinuity_sequence) {
    *list = (oc_playlist_t){.out = out, .size = size, .bad = size == 0, .init = -1};
    put(list, "#EXTM3U\n#EXT-X-VERSION:%d\n#EXT-X-TARGETDURATION:%u\n", VERSION,
        (unsigned)target_s);
    put(list, "#EXT-X-MEDIA-SEQUENCE:%u\n#EXT-X-DISCONTINUITY-SEQUENCE:%u\n",
        (unsigned)media_sequence, (unsigned)discontinuity_sequence);
}

void oc_playlist_add(oc_playlist_t *list, const oc_playlist_segment_t *segment) {
    if (segment->discontinuity)
        put(list, "#EXT-X-DISCONTINUITY\n");
    if (segment->discontinuity || list->init != (int64_t)segment->init)
        put(list, "#EXT-X-MAP:URI=\"i%u.mp4\"\n", (unsigned)segment->init);
    list->init = segment->init;
    if (segment->wall_us >= 0)
        put_time(list, segment->wall_us);
    put(list, "#EXTINF:%lld.%06u,\ns%u.m4s\n", (long long)(segment->duration_us / 1000000),
        (unsigned)(segment->duration_us % 1000000), (unsigned)segment->number);
}

int oc_playlist_end(oc_playlist_t *list) {
    return list->bad ? OC_ERR_NOMEM : (int)list->len;
}
