/* oc_sample_entry - the box that describes a track's coding, written and read.
 * ISO/IEC 14496-12 8.5.2 and 12; avc1/avc3/hvc1/hev1: 14496-15; mp4a, mp4v: 14496-14 with the
 * descriptors of 14496-1 7.2.6; Opus: "Opus in ISOBMFF" 4.3; alaw, ulaw: mp4ra.org. */
#ifndef OC_SAMPLE_ENTRY_H
#define OC_SAMPLE_ENTRY_H

#include "oc_packet.h"
#include "oc_span.h"

/* Bytes of the largest sample entry written: esds with its descriptor heads. */
#define OC_SAMPLE_ENTRY_MAX (86u + 64u + OC_TRACK_CONFIG_MAX)

/* Writes the sample entry of a track; the writer's `bad` tells about a small buffer. */
void oc_sample_entry_write(oc_wr_t *w, const oc_track_t *track);

/* Reads a sample entry (the whole box with its header; bytes behind the parts that are needed may
 * be missing). Sets everything in *track but timescale
 * and rotation.
 * OC_OK | OC_ERR_NOTSUP another coding | OC_ERR_FORMAT | OC_ERR_TOO_BIG configuration beyond
 * OC_TRACK_CONFIG_MAX. */
int oc_sample_entry_read(oc_span_t box, oc_track_t *track);

/* Which coding a sample entry that cannot be read is of, as in oc_track_t.omitted: its type, for
 * MPEG-4 audio "mp3 " when it says so. 0: no sample entry. */
uint32_t oc_sample_entry_coding(oc_span_t box);

#endif
