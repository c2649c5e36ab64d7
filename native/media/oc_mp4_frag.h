/* oc_mp4_frag - walks the movie fragments of one track. Inside of the reader. Each track walks on
 * its own, so nothing has to be kept when one of them lies far ahead in the file; a position is a
 * few numbers and can be copied. ISO/IEC 14496-12 8.8.4 - 8.8.12. */
#ifndef OC_MP4_FRAG_H
#define OC_MP4_FRAG_H

#include "oc_mp4_moov.h"

typedef struct oc_mp4_frag {
    uint64_t next;              /* where the next box of the file starts */
    uint64_t moof;              /* start of the fragment in hand */
    uint64_t head;              /* the same, or of the box `free` in front of it */
    uint64_t moof_at, moof_end; /* next box in it, its end; equal: none in hand */
    uint64_t traf_at, traf_end; /* the same for the track fragment */
    uint64_t base, data;        /* base of data offsets, where the next sample's bytes lie */
    uint64_t entry;             /* the next entry of the run */
    uint32_t left;              /* samples left in the run */
    uint32_t run_flags, first_flags;
    uint32_t description, duration, size, flags; /* defaults of this track fragment */
    uint64_t implied;                            /* bytes of samples without an entry, so far */
    int64_t dts, last_dts;                       /* next sample's time; the last one's */
    uint32_t fragments;                          /* boxes moof seen */
    bool run_first;                              /* the next sample is the first of its run */
} oc_mp4_frag_t;

/* Stands at the first fragment behind `end_of_moov`. dts: the track's time there; last_dts: of its
 * last sample in the moov box, INT64_MIN = none. */
void oc_mp4_frag_start(oc_mp4_frag_t *at, uint64_t end_of_moov, int64_t dts, int64_t last_dts);

/* The next sample of the track; *description is the number of the sample description it needs.
 * A decode time that goes back is held at the last one. OC_OK | OC_END, also where the file is torn
 * | OC_ERR_FORMAT | OC_ERR_IO. */
int oc_mp4_frag_next(oc_mp4_frag_t *at, const oc_mp4_track_t *track, const oc_mp4_source_t *source,
                     oc_mp4_window_t *window, oc_mp4_sample_t *out, uint32_t *description);

/* The length up to which the file consists of whole boxes and whole fragments (moof with all of its
 * payload), and how many fragments that are. OC_OK | OC_ERR_IO. */
int oc_mp4_frag_valid(const oc_mp4_source_t *source, oc_mp4_window_t *window, uint64_t end_of_moov,
                      uint64_t *valid_bytes, uint32_t *fragments);

#endif
