/* oc_mp4_plain - walks the sample tables of one track. Inside of the reader. A position is a few
 * numbers and can be copied; table bytes come through windows shared by all positions.
 * ISO/IEC 14496-12 8.6.1, 8.6.2, 8.7. */
#ifndef OC_MP4_PLAIN_H
#define OC_MP4_PLAIN_H

#include "oc_mp4_moov.h"

/* Each table has a window of its own, so that a walk reads every table once, front to back. */
enum oc_mp4_plain_window {
    OC_MP4_WIN_STTS,
    OC_MP4_WIN_CTTS,
    OC_MP4_WIN_STSC,
    OC_MP4_WIN_STSZ,
    OC_MP4_WIN_STCO,
    OC_MP4_WIN_STSS,
    OC_MP4_WIN_COUNT
};

typedef struct oc_mp4_plain {
    uint32_t sample;                       /* the next one, from 0 */
    int64_t dts, last_dts;                 /* its time, the last one's; edit list not applied */
    uint32_t stts_next, stts_left, delta;  /* next entry, samples left of this one */
    uint32_t ctts_next, ctts_left;         /* the same for composition offsets */
    int32_t cts;                           /* offset in force */
    uint32_t stsc_next, chunk, chunk_left; /* next entry, next chunk (from 0), samples left */
    uint32_t next_first, per_chunk, description; /* first chunk (from 1) of the next stsc entry */
    uint64_t offset;                             /* of the next sample inside this chunk */
    uint32_t stss_next, sync;                    /* next entry, the sync sample (from 1) ahead */
} oc_mp4_plain_t;

/* Stands before the first sample. */
void oc_mp4_plain_start(oc_mp4_plain_t *at);

/* The next sample of the track; *description is the number of the sample description it needs.
 * One-byte PCM samples come in groups of up to OC_MP4_PCM_GROUP. out->track and new_config are left
 * alone. OC_OK | OC_END | OC_ERR_TRUNC its bytes are not in the source | OC_ERR_FORMAT | OC_ERR_IO.
 */
#define OC_MP4_PCM_GROUP 1024
int oc_mp4_plain_next(oc_mp4_plain_t *at, const oc_mp4_track_t *track,
                      const oc_mp4_source_t *source, oc_mp4_window_t *windows, oc_mp4_sample_t *out,
                      uint32_t *description);

#endif
