/* oc_out_live - HLS (RFC 8216, low latency by draft-pantos-hls-rfc8216bis) from the ring: lists of
 * CMAF segments and of their parts as references into the ring. Nothing is stored but numbers: a
 * segment is a range of packets that starts at a key packet, a part a piece of it; bytes are made
 * when somebody asks and the ring still holds them. Media thread only.
 * A segment is listed while it will stay in the ring for its own length and that of the list (RFC
 * 8216 section 6.2.2); when the ring is too small for that, the newest three are listed as long as
 * they will stay for one more target duration. EXT-X-TARGETDURATION and PART-TARGET are fixed with
 * the first segment, which is not split; a later GOP that is longer is cut in the middle. A change
 * of parameter sets or a loss of the source starts a new segment with EXT-X-DISCONTINUITY and a
 * new init segment (EXT-X-MAP). PART-TARGET is a whole number of frames plus at most half of one; a
 * single frame that lasts longer makes a longer part. */
#ifndef OC_OUT_LIVE_H
#define OC_OUT_LIVE_H

#include "oc_clock.h"
#include "oc_fmp4.h"
#include "oc_limits.h" /* OC_OUT_LIVE_SEGMENTS, OC_OUT_LIVE_PACKETS_MAX, OC_OUT_LIVE_PARTS */
#include "oc_ring.h"

#define OC_OUT_LIVE_INITS         4   /* init segments kept; 1.2 KB each */
#define OC_OUT_LIVE_TARGET_MS_MIN 200 /* of target_ms */
/* Bytes that are always enough for a playlist. */
#define OC_OUT_LIVE_PLAYLIST_MAX (1024 + 192 * OC_OUT_LIVE_SEGMENTS + 96 * OC_OUT_LIVE_PARTS)

typedef struct oc_out_live oc_out_live_t; /* opaque, oc_out_live_bytes() of caller's memory */
size_t oc_out_live_bytes(void);

/* The number of the first segment of an output that begins at now_us, of a clock that never goes
 * back, > 0. Segments are seldom shorter than OC_OUT_LIVE_TARGET_MS_MIN, so numbers under one
 * address go on when a stream is opened again, also by another process (RFC 8216 section 6.2.1:
 * they never go back); in 27 years they wrap. */
uint32_t oc_out_live_number(int64_t now_us);

/* target_ms: a segment is closed at the first key packet at or after this length (200 .. 10,000;
 * 0 = 1000). part_ms: length of a part (100 .. 2000; 0 = no parts: every playlist is plain). first:
 * number of the first segment, of the first init segment, and of the discontinuities before them;
 * > 0. ring: borrowed for its life. OC_OK | OC_ERR_RANGE. */
int oc_out_live_init(oc_out_live_t *live, oc_ring_t *ring, uint32_t target_ms, uint32_t part_ms,
                     uint32_t first);
/* Other lengths while it runs, as of oc_out_live_init. Segments go on where EXT-X-TARGETDURATION
 * and PART-TARGET allow it; otherwise the playlist begins anew behind a discontinuity, with numbers
 * that go on (RFC 8216 section 6.2.1: the target of a playlist never changes). OC_OK |
 * OC_ERR_RANGE, and nothing has changed. */
int oc_out_live_change(oc_out_live_t *live, uint32_t target_ms, uint32_t part_ms);
/* The same, only tried. */
int oc_out_live_check(uint32_t target_ms, uint32_t part_ms);

/* The next packet of the ring, number seq. True: a segment or part was made, playlists have
 * changed.
 */
bool oc_out_live_packet(oc_out_live_t *live, uint64_t seq, const oc_packet_t *packet);
/* Packets are missing before the next one. */
void oc_out_live_gap(oc_out_live_t *live);

/* Another playlist of the same channel, for EXT-X-RENDITION-REPORT. */
typedef struct oc_out_live_report {
    const oc_out_live_t *live; /* NULL = there is none */
    const char *uri;           /* relative to the playlist that is written */
} oc_out_live_report_t;

typedef struct oc_out_live_request {
    const oc_clock_t *clock; /* EXT-X-PROGRAM-DATE-TIME unless its quality is OC_CLOCK_NONE */
    bool plain;              /* without parts, for players that do not know them */
    bool skip;               /* _HLS_skip=YES: a delta update when that leaves something out */
    oc_out_live_report_t report;
} oc_out_live_request_t;

/* Writes a media playlist. URIs: segments "s<number>.m4s", parts "p<number>.<index>.m4s", init
 * segments "i<number>.mp4". > 0 bytes | OC_AGAIN no whole segment yet | OC_ERR_NOMEM. */
int oc_out_live_playlist(const oc_out_live_t *live, const oc_out_live_request_t *req, char *out,
                         size_t out_size);

/* Whether the playlist holds what a blocking reload waits for (section 6.2.5.2): _HLS_msn, and
 * _HLS_part (< 0 = not given). OC_OK | OC_AGAIN not yet | OC_ERR_RANGE too far ahead: 400. */
int oc_out_live_has(const oc_out_live_t *live, uint64_t msn, int64_t part);

/* What a multivariant playlist says about the stream. */
typedef struct oc_out_live_variant {
    uint32_t peak_bps, average_bps; /* of the segments so far, of those listed */
    uint32_t width, height;         /* 0 = no picture */
    uint32_t fps_milli;             /* 0 = not known */
    char codecs[64];
} oc_out_live_variant_t;
/* OC_OK | OC_AGAIN no whole segment yet. */
int oc_out_live_variant(const oc_out_live_t *live, oc_out_live_variant_t *out);

/* Writes init segment `number`. > 0 bytes (at most OC_FMP4_INIT_MAX) | OC_ERR_NOENT. */
int oc_out_live_init_segment(const oc_out_live_t *live, uint32_t number, uint8_t *out,
                             size_t out_size);

/* Describes segment `number` as spans: out's buffers as in oc_fmp4_fragment (OC_FMP4_PACKETS_MAX
 * packets). Spans are borrowed until the next oc_ring_push.
 * OC_OK | OC_ERR_NOENT not listed yet or never | OC_ERR_STALE left the ring. */
int oc_out_live_segment(oc_out_live_t *live, uint32_t number, oc_fmp4_fragment_t *out);
/* The packets of the ring that segment `number` lies between, for a loan. As oc_out_live_segment.
 */
int oc_out_live_packets(const oc_out_live_t *live, uint32_t number, uint64_t *first,
                        uint64_t *last);
/* The same for part `index` (from 0) of a segment.
 * OC_OK | OC_AGAIN it is the next one to be made | OC_ERR_NOENT | OC_ERR_STALE. */
int oc_out_live_part(oc_out_live_t *live, uint32_t number, uint32_t index, oc_fmp4_fragment_t *out);

typedef struct oc_out_live_stats {
    uint32_t first, last; /* numbers of the listed segments; last < first: none */
    uint32_t begun;       /* as given to oc_out_live_init */
    uint32_t target_ms;   /* EXT-X-TARGETDURATION * 1000 */
    uint32_t parts;       /* made so far */
    uint32_t part_ms;     /* PART-TARGET, rounded up; 0 = no segment yet, or no parts wanted */
    uint32_t gaps;        /* times the live output fell behind the ring */
} oc_out_live_stats_t;
void oc_out_live_stats(const oc_out_live_t *live, oc_out_live_stats_t *stats);

#endif
