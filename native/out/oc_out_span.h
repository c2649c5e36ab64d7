/* oc_out_span - a span of a ring as one whole file, by reference: the init segment and the headers
 * of fragments in memory of the caller's, payloads where they lie in the ring. Its length is known,
 * and it is read by offset. One picture of motion JPEG is that picture, without a file around it.
 * A segment of live HLS, which oc_out_live describes, is read in the same way.
 * Planned and made on the media thread; whoever has made it keeps the packets pinned while others
 * read, on any thread, and two may read at once. No payload byte is looked at. */
#ifndef OC_OUT_SPAN_H
#define OC_OUT_SPAN_H

#include "oc_fmp4.h"
#include "oc_out_tracks.h"

/* Packets of one span. 16,200 of them, two tracks: 36 bytes of memory each, and 0.05 us on the
 * media thread for plan and file (x86-64, 2.8 GHz, warm caches; on a slower core more). */
#define OC_OUT_SPAN_PACKETS_MAX 16384
#define OC_OUT_SPAN_WORK        256 /* packets of one fragment at most */

/* What is wanted. Times count back from the newest packet. */
typedef struct oc_out_span_request {
    uint32_t before_ms; /* begins at the key frame so long ago, or the nearest earlier one */
    uint32_t until_ms;  /* ends so long ago, behind its first GOP at the earliest picture; 0: now */
    bool no_audio;
    bool picture; /* the newest key frame alone; nothing else counts */
} oc_out_span_request_t;

/* Which packets it takes. A change of the pictures' description ends what came before it. */
typedef struct oc_out_span_plan {
    uint64_t first, last; /* of the ring, for a pin */
    size_t memory;        /* bytes that oc_out_span_make needs */
    uint32_t duration_ms; /* from the first to the last packet */
    bool image;           /* one JPEG */
    bool no_audio;
    uint32_t packets, fragments;
    oc_out_tracks_t tracks;
    int64_t base_dts[OC_TRACKS_MAX];
} oc_out_span_plan_t;

/* What is used while it is made. */
typedef struct oc_out_span_work {
    oc_fmp4_t mux;
    oc_packet_t packets[OC_OUT_SPAN_WORK];
    oc_span_t spans[OC_OUT_SPAN_WORK + 1];
} oc_out_span_work_t;

typedef struct oc_out_span oc_out_span_t; /* at the start of the caller's memory */

/* OC_OK | OC_AGAIN no key frame has come yet | OC_ERR_NOENT no such track |
 * OC_ERR_TOO_BIG more than OC_OUT_SPAN_PACKETS_MAX packets. */
int oc_out_span_plan(const oc_ring_t *ring, const oc_out_span_request_t *request,
                     oc_out_span_plan_t *out);
/* Makes it in `memory` (plan->memory bytes, aligned to 16), at once after the plan. *out: borrows
 * memory and pinned packets. OC_OK | as oc_fmp4_init, oc_fmp4_fragment. */
int oc_out_span_make(const oc_ring_t *ring, const oc_out_span_plan_t *plan,
                     oc_out_span_work_t *work, void *memory, oc_out_span_t **out);

/* Bytes of memory that oc_out_span_of needs. */
size_t oc_out_span_of_bytes(const oc_fmp4_fragment_t *fragment);
/* What `fragment` describes: its headers are copied to `memory` (aligned to 16), its payloads stay
 * where they are. type: static. The span borrows memory and pinned packets. */
oc_out_span_t *oc_out_span_of(const oc_fmp4_fragment_t *fragment, const char *type, void *memory);

/* The length of the file. */
uint64_t oc_out_span_bytes(const oc_out_span_t *span);
/* "video/mp4", "audio/mp4", "image/jpeg": static. */
const char *oc_out_span_type(const oc_out_span_t *span);
/* Copies up to `size` bytes from `offset`, which is within it. > 0. */
int64_t oc_out_span_read(const oc_out_span_t *span, uint64_t offset, void *out, size_t size);

#endif
