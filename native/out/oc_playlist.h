/* oc_playlist - writes HLS playlists (draft-pantos-hls-rfc8216bis-16, section 4) as text, with
 * bounds. A media playlist: the header, then each segment in order (tags, parts, URI), then the
 * hint; without parts it is one of RFC 8216. Nothing is kept between calls. */
#ifndef OC_PLAYLIST_H
#define OC_PLAYLIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct oc_playlist {
    char *out;    /* borrowed until oc_playlist_end */
    size_t size;  /* bytes of out */
    size_t len;   /* bytes written, without NUL */
    bool bad;     /* it did not fit */
    int64_t init; /* number of the init segment in force; -1 = none yet */
} oc_playlist_t;

typedef struct oc_playlist_head {
    uint32_t target_s;        /* EXT-X-TARGETDURATION, seconds (section 4.4.3.1) */
    uint32_t media_sequence;  /* number of the first segment, skipped ones included (4.4.3.2) */
    uint32_t discontinuities; /* EXT-X-DISCONTINUITY-SEQUENCE (4.4.3.3) */
    uint32_t part_target_us;  /* EXT-X-PART-INF (4.4.3.7); 0 = no parts, the rest is not used */
    uint32_t part_hold_back_us, hold_back_s, skip_until_s; /* EXT-X-SERVER-CONTROL (4.4.3.8) */
    uint32_t skipped;                                      /* EXT-X-SKIP (4.4.5.2); 0 = none */
} oc_playlist_head_t;

typedef struct oc_playlist_segment {
    uint32_t number;     /* URI s<number>.m4s */
    uint32_t init;       /* URI i<number>.mp4 of its init segment (EXT-X-MAP, section 4.4.4.5) */
    int64_t duration_us; /* EXTINF (section 4.4.4.1); > 0 */
    int64_t wall_us;     /* UTC of its start (EXT-X-PROGRAM-DATE-TIME, 4.4.4.6); < 0 = not known */
    bool discontinuity;  /* EXT-X-DISCONTINUITY in front (section 4.4.4.3) */
} oc_playlist_segment_t;

/* Starts a media playlist in `out`. */
void oc_playlist_begin(oc_playlist_t *list, char *out, size_t size, const oc_playlist_head_t *head);
/* The tags in front of a segment's parts. */
void oc_playlist_segment(oc_playlist_t *list, const oc_playlist_segment_t *segment);
/* EXT-X-PART (section 4.4.4.9) with URI p<number>.<index>.m4s. */
void oc_playlist_part(oc_playlist_t *list, uint32_t number, uint32_t index, uint32_t duration_us,
                      bool independent);
/* EXTINF and URI of a whole segment, behind its parts. */
void oc_playlist_uri(oc_playlist_t *list, const oc_playlist_segment_t *segment);
/* EXT-X-PRELOAD-HINT (section 4.4.5.3): the part that comes next. */
void oc_playlist_hint(oc_playlist_t *list, uint32_t number, uint32_t index);
/* EXT-X-RENDITION-REPORT (section 4.4.5.4). part: < 0 = none. */
void oc_playlist_report(oc_playlist_t *list, const char *uri, uint32_t msn, int part);

/* A multivariant playlist (section 4.4.6): the header, then each variant. */
typedef struct oc_playlist_variant {
    const char *uri, *codecs;       /* codecs: RFC 6381 */
    uint32_t peak_bps, average_bps; /* BANDWIDTH, AVERAGE-BANDWIDTH */
    uint32_t width, height;         /* RESOLUTION; 0 = no picture */
    uint32_t fps_milli;             /* FRAME-RATE; 0 = not known */
} oc_playlist_variant_t;
/* Starts it in `out`. */
void oc_playlist_variants(oc_playlist_t *list, char *out, size_t size);
/* Adds a variant. */
void oc_playlist_variant(oc_playlist_t *list, const oc_playlist_variant_t *variant);

/* > 0 bytes of text (a NUL follows) | OC_ERR_NOMEM. */
int oc_playlist_end(oc_playlist_t *list);

#endif
