/* oc_playlist - writes an HLS media playlist (RFC 8216 section 4.3) as text, with bounds.
 * The caller gives the header, then each segment in order; nothing is kept between calls. */
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

typedef struct oc_playlist_segment {
    uint32_t number;     /* URI s<number>.m4s */
    uint32_t init;       /* URI i<number>.mp4 of its init segment (EXT-X-MAP, section 4.3.2.5) */
    int64_t duration_us; /* EXTINF (section 4.3.2.1); > 0 */
    int64_t wall_us;     /* UTC of its start (EXT-X-PROGRAM-DATE-TIME, 4.3.2.6); < 0 = not known */
    bool discontinuity;  /* EXT-X-DISCONTINUITY in front (section 4.3.2.3) */
} oc_playlist_segment_t;

/* Starts a playlist: target duration in whole seconds (section 4.3.3.1), media sequence number
 * (4.3.3.2), discontinuity sequence number (4.3.3.3). */
void oc_playlist_begin(oc_playlist_t *list, char *out, size_t size, uint32_t target_s,
                       uint32_t media_sequence, uint32_t discontinuity_sequence);
void oc_playlist_add(oc_playlist_t *list, const oc_playlist_segment_t *segment);

/* > 0 bytes of text (a NUL follows) | OC_ERR_NOMEM. */
int oc_playlist_end(oc_playlist_t *list);

#endif
