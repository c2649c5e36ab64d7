/* oc_moov - the head of a fragmented file: ftyp and moov without samples. ISO/IEC 14496-12 8.2,
 * 8.8.1 - 8.8.3; brands: ISO/IEC 23000-19 7.2. */
#ifndef OC_MOOV_H
#define OC_MOOV_H

#include "oc_packet.h"
#include "oc_span.h"

/* Sample flags, 14496-12 8.8.3.1: sample_depends_on and sample_is_non_sync_sample. */
#define OC_MOOV_FLAGS_KEY   0x02000000u /* depends on no other sample */
#define OC_MOOV_FLAGS_DELTA 0x01010000u /* depends on others, no sync sample */

/* What trex gives samples of a track that carry no flags of their own. */
static inline uint32_t oc_moov_default_flags(const oc_track_t *track) {
    return track->codec == OC_CODEC_H264 || track->codec == OC_CODEC_H265 ? OC_MOOV_FLAGS_DELTA
                                                                          : OC_MOOV_FLAGS_KEY;
}

/* Writes ftyp and moov. Tracks whose codec is OC_CODEC_NONE are left out; track_ID is the index
 * in `track` (OC_TRACKS_MAX entries) plus 1. The writer's `bad` tells about a small buffer. */
void oc_moov_write(oc_wr_t *w, const oc_track_t *track);

#endif
