/* oc_export_impl - what the files of oc_export share; nobody else includes it. */
#ifndef OC_EXPORT_IMPL_H
#define OC_EXPORT_IMPL_H

#include "oc_export.h"

/* Ticks of a track in a step. */
static inline int64_t oc_export_ticks(const oc_export_t *plan, unsigned track) {
    return plan->track[track].track.timescale / plan->steps;
}

/* Adds a piece of len bytes behind the others; its `out` is set here. */
static inline void oc_export_put(oc_export_t *plan, const oc_export_piece_t *piece, uint64_t len) {
    plan->piece[plan->pieces] = *piece;
    plan->piece[plan->pieces++].out = plan->bytes;
    plan->bytes += len;
}

/* Leaves `before` samples of the leading track out of the first fragment, and the sound before the
 * next one: plan->skip, and the times in *first. */
void oc_export_cut(oc_export_t *plan, oc_vod_file_t *file, oc_vod_fragment_t *first,
                   uint32_t before);
/* Puts what is left of it: a head of its own, and the payloads as they lie.
 * OC_OK | OC_ERR_FORMAT | OC_ERR_TOO_BIG | OC_ERR_IO. */
int oc_export_cut_put(oc_export_t *plan, oc_vod_file_t *file, const oc_vod_fragment_t *first,
                      int64_t shift);

/* The head of a plain MP4 into the spool, as the first piece; its others have their places. file:
 * scratch. OC_OK | OC_ERR_*. */
int oc_export_plain(oc_export_t *plan, oc_vod_file_t *file);

#endif
