/* m3u8_check - an independent reader of HLS media playlists for tests: it knows RFC 8216 and
 * nothing of oc_playlist. */
#ifndef M3U8_CHECK_H
#define M3U8_CHECK_H

#include <stdbool.h>
#include <stddef.h>

#define M3U8_SEGMENTS 64

typedef struct m3u8_segment {
    char uri[64], map[64];
    unsigned long duration_us;
    char date[40]; /* "" = none */
    bool discontinuity;
    unsigned long sequence, discontinuity_sequence; /* of this segment */
} m3u8_segment_t;

typedef struct m3u8 {
    unsigned long version, target_s, media_sequence, discontinuity_sequence;
    size_t len;
    m3u8_segment_t segment[M3U8_SEGMENTS];
} m3u8_t;

/* Reads a live media playlist. NULL = it obeys the rules; else which one it breaks (static). */
const char *m3u8_read(const char *text, size_t len, m3u8_t *out);

/* `after` was fetched later than `before`: NULL = allowed, else the rule of section 6.2 broken. */
const char *m3u8_follows(const m3u8_t *before, const m3u8_t *after);

#endif
