/* m3u8_check - an independent reader of HLS media playlists for tests: it knows RFC 8216 and
 * draft-pantos-hls-rfc8216bis, and nothing of oc_playlist. */
#ifndef M3U8_CHECK_H
#define M3U8_CHECK_H

#include <stdbool.h>
#include <stddef.h>

#define M3U8_SEGMENTS 64
#define M3U8_PARTS    256

typedef struct m3u8_part {
    char uri[64];
    unsigned long duration_us;
    bool independent;
} m3u8_part_t;

typedef struct m3u8_segment {
    char uri[64], map[64];
    unsigned long duration_us;
    char date[40]; /* "" = none */
    bool discontinuity;
    unsigned long sequence, discontinuity_sequence; /* of this segment */
    size_t first_part, parts;                       /* in m3u8_t.part */
} m3u8_segment_t;

typedef struct m3u8 {
    unsigned long version, target_s, media_sequence, discontinuity_sequence;
    unsigned long part_target_us, part_hold_back_us, hold_back_us, skip_until_us; /* 0 = none */
    bool can_block;
    unsigned long skipped; /* of EXT-X-SKIP; 0 = none */
    char hint[64];         /* "" = none */
    char report[64];       /* URI of EXT-X-RENDITION-REPORT; "" = none */
    unsigned long report_msn, report_part;
    size_t len;
    m3u8_segment_t segment[M3U8_SEGMENTS];
    m3u8_segment_t open; /* the segment being made: parts, no URI */
    size_t parts;
    m3u8_part_t part[M3U8_PARTS];
} m3u8_t;

/* Reads a live media playlist. NULL = it obeys the rules; else which one it breaks (static). */
const char *m3u8_read(const char *text, size_t len, m3u8_t *out);

/* Puts the segments that a delta update left out in front of it, from the playlist before. NULL =
 * *now is whole, else the rule of section 6.2.5.1 broken. */
const char *m3u8_merge(const m3u8_t *before, m3u8_t *now);

/* `after` was fetched later than `before`: NULL = allowed, else the rule of section 6.2 broken. */
const char *m3u8_follows(const m3u8_t *before, const m3u8_t *after);

#endif
