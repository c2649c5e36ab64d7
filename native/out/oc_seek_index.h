/* oc_seek_index - where the key frames of a recording are, for any player: the box `sidx` (ISO/IEC
 * 14496-12 8.16.3) in a place that was reserved behind `moov`, and `mfra` (8.8.9 - 8.8.11) for the
 * end of the file. The memory holds the place itself, byte for byte, so nothing is built twice:
 * records are written as fragments come; when all are used, each two become one, and from then on
 * every second key frame is passed over. Pure; any thread, one at a time. */
#ifndef OC_SEEK_INDEX_H
#define OC_SEEK_INDEX_H

#include "oc_span.h"

/* Bytes of a place for n records (even, at least 2), whatever else it holds included. */
#define OC_SEEK_PLACE_BYTES(n) (48u + 12u * (n))
/* Bytes of the box that announces a place. */
#define OC_SEEK_MARK_BYTES 20u
/* Bytes of a box without content. */
#define OC_SEEK_HEAD_BYTES 8u

typedef struct oc_seek_index {
    uint8_t *place;
    uint32_t size;               /* of the place */
    uint32_t room, count;        /* records that fit, that are used; the last one is open */
    uint32_t every, passed;      /* as in oc_key_table_t */
    uint64_t start, last;        /* offset of the first fragment, and of the last record */
    int64_t start_pts, last_pts; /* ticks: the same in time */
    uint32_t filler;             /* bytes from the box to the first fragment, once it is written */
    bool unusable;               /* a distance beyond 31 bits: there is no index */
} oc_seek_index_t;

/* An empty index in `size` bytes of memory (OC_SEEK_PLACE_BYTES), borrowed until dropped. */
void oc_seek_index_init(oc_seek_index_t *index, void *memory, uint32_t size);

/* Notes that a fragment with a key frame first begins at `offset`; pts: of that, ticks of its
 * track. What goes back in time or place is passed over. */
void oc_seek_index_add(oc_seek_index_t *index, uint64_t offset, int64_t pts);

/* The place as it is written when the file is whole: `sidx`, then a box `free`, which the first
 * record counts: Chromium does not believe an index whose first_offset is not 0, and reads on to
 * the end of the file. place_at: its offset in the file; end, end_pts: of the last fragment,
 * records behind it go. The index takes no more. Empty: there is none to write. */
oc_span_t oc_seek_index_sidx(oc_seek_index_t *index, uint32_t track_id, uint32_t timescale,
                             uint64_t place_at, uint64_t end, int64_t end_pts);

/* The box `mfra`, in the same memory; after oc_seek_index_sidx, whose bytes are gone then.
 * before_moof: bytes from the start of a fragment to its moof. Empty: there is none, or a number
 * beyond 32 bits. */
oc_span_t oc_seek_index_mfra(oc_seek_index_t *index, uint32_t track_id, uint32_t before_moof);

/* Writes the boxes of an empty place of place_bytes without its zeros: OC_SEEK_MARK_BYTES that
 * announce it, so that it is found whatever a power cut left in it, and its own head. */
void oc_seek_place_write(uint32_t place_bytes,
                         uint8_t out[OC_SEEK_MARK_BYTES + OC_SEEK_HEAD_BYTES]);

/* True: these OC_SEEK_MARK_BYTES announce a place of *place_bytes behind them. */
bool oc_seek_place_read(oc_span_t mark, uint32_t *place_bytes);

#endif
