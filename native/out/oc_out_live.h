/* oc_out_live - HLS (RFC 8216) from the ring: a list of CMAF segments as references into the ring.
 * Nothing is stored but numbers: a segment is a range of packets that starts at a key packet; its
 * bytes are made when somebody asks and the ring still holds them. Media thread only.
 * A segment is listed while it will stay in the ring for its own length and that of the list (RFC
 * 8216 section 6.2.2); when the ring is too small for that, the newest three are listed as long as
 * they will stay for one more target duration. EXT-X-TARGETDURATION is fixed with the first segment
 * (section 6.2.1); a later GOP that is longer is cut in the middle. A change of parameter sets or a
 * jump of the time line starts a new segment with EXT-X-DISCONTINUITY and a new init segment
 * (EXT-X-MAP). */
#ifndef OC_OUT_LIVE_H
#define OC_OUT_LIVE_H

#include "oc_clock.h"
#include "oc_fmp4.h"
#include "oc_limits.h" /* OC_OUT_LIVE_SEGMENTS, OC_OUT_LIVE_PACKETS_MAX */
#include "oc_ring.h"

#define OC_OUT_LIVE_INITS        4    /* init segments kept; 1.2 KB each */
#define OC_OUT_LIVE_PLAYLIST_MAX 4096 /* bytes that are always enough for a playlist */

typedef struct oc_out_live oc_out_live_t; /* opaque, oc_out_live_bytes() of caller's memory */
size_t oc_out_live_bytes(void);

/* target_ms: a segment is closed at the first key packet at or after this length (200 .. 10,000;
 * 0 = 1000). ring: borrowed until close. OC_OK | OC_ERR_RANGE | OC_ERR_BUSY no ring reader. */
int oc_out_live_init(oc_out_live_t *live, oc_ring_t *ring, uint32_t target_ms);
void oc_out_live_close(oc_out_live_t *live);

/* Takes what is new in the ring. */
void oc_out_live_advance(oc_out_live_t *live);

/* Writes index.m3u8. Segment URIs are "s<number>.m4s", init segments "i<number>.mp4". `clock` gives
 * EXT-X-PROGRAM-DATE-TIME unless its quality is OC_CLOCK_NONE.
 * > 0 bytes | OC_AGAIN no whole segment yet | OC_ERR_NOMEM. */
int oc_out_live_playlist(const oc_out_live_t *live, const oc_clock_t *clock, char *out,
                         size_t out_size);

/* Writes init segment `number`. > 0 bytes (at most OC_FMP4_INIT_MAX) | OC_ERR_NOENT. */
int oc_out_live_init_segment(const oc_out_live_t *live, uint32_t number, uint8_t *out,
                             size_t out_size);

/* Describes segment `number` as spans: out's buffers as in oc_fmp4_fragment (OC_FMP4_PACKETS_MAX
 * packets). Spans are borrowed until the next oc_ring_push.
 * OC_OK | OC_ERR_NOENT not listed yet or never | OC_ERR_STALE left the ring. */
int oc_out_live_segment(oc_out_live_t *live, uint32_t number, oc_fmp4_fragment_t *out);

typedef struct oc_out_live_stats {
    uint32_t first, last; /* numbers of the listed segments; last < first: none */
    uint32_t target_ms;   /* EXT-X-TARGETDURATION * 1000 */
    uint32_t gaps;        /* times the live output fell behind the ring */
} oc_out_live_stats_t;
void oc_out_live_stats(const oc_out_live_t *live, oc_out_live_stats_t *stats);

#endif
