/* oc_mp4_read - bounded reader of plain and fragmented MP4: the only reader for replay, playback,
 * export and index rebuild. It holds a fixed amount of memory however long the file is (sample
 * tables are read through small windows), trusts no number in the file, and survives a torn tail.
 * Reads ISO/IEC 14496-12 files with avc1/avc3, hvc1/hev1, mp4v(JPEG), jpeg/mjpg, mp4a, Opus, alaw,
 * ulaw (twos/sowt are refused). Other tracks are passed over
 * and named. First edit-list entry is honoured
 * (media start offset and empty edit); other edits are ignored. */
#ifndef OC_MP4_READ_H
#define OC_MP4_READ_H

#include "oc_mp4_source.h"
#include "oc_packet.h"

typedef struct oc_mp4_read oc_mp4_read_t; /* opaque; OC_MP4_READ_BYTES of caller's memory */
#define OC_MP4_READ_BYTES (96 * 1024)     /* window caches, one moof, track descriptions */

/* Opens a file. memory: OC_MP4_READ_BYTES, aligned to 16, borrowed until the reader is dropped.
 * OC_OK (*out set) | OC_ERR_FORMAT not an MP4 or nothing playable in it (why says what and at which
 * offset) | OC_ERR_TRUNC | OC_ERR_IO. `why` may be NULL. */
int oc_mp4_read_open(oc_mp4_read_t **out, void *memory, const oc_mp4_source_t *source, char *why,
                     size_t why_size);

/* The description of track 0 (video) or 1 (audio) that decodes the sample returned last, before
 * that the first one: fetch it again when a sample says new_config. NULL = absent. Borrowed until
 * the reader is dropped; the content changes with new_config. */
const oc_track_t *oc_mp4_read_track(const oc_mp4_read_t *reader, unsigned track);

/* Coding of a track that is passed over (oc_track_t.omitted): 0 = video, 1 = audio. 0: the file has
 * no such track, or one that is read. */
uint32_t oc_mp4_read_omitted(const oc_mp4_read_t *reader, unsigned track);

/* The next sample in time order over both tracks (by dts; ties: video first), wherever it lies in
 * the file. OC_OK | OC_END, also where the file is torn: behind the last whole sample |
 * OC_ERR_FORMAT | OC_ERR_IO; errors stay until a seek. */
int oc_mp4_read_next(oc_mp4_read_t *reader, oc_mp4_sample_t *out);

/* The source has more bytes than before: where its end was it may go on. size: not below the one so
 * far. */
void oc_mp4_read_grow(oc_mp4_read_t *reader, uint64_t size);

/* Stands at the last key sample of the video track (audio only: of the audio track) with pts <= the
 * given time, or at the first sample; audio goes on with the first sample not before that dts.
 * Costs a walk over headers and tables from the start of the file. time_us counts from the start of
 * the file's time line. OC_OK | OC_ERR_FORMAT | OC_ERR_IO. */
int oc_mp4_read_seek(oc_mp4_read_t *reader, int64_t time_us);

/* What is known of the whole: a walk over all headers and tables, no payload is read. */
typedef struct oc_mp4_info {
    bool fragmented;
    bool torn;            /* bytes behind valid_bytes do not form a whole fragment */
    uint64_t valid_bytes; /* length up to which the file is whole: truncate here to repair */
    int64_t duration_us;  /* end of the longest track, from time 0 */
    int64_t length_us;    /* from the earliest sample to that end: files need not start at 0 */
    uint32_t fragments;   /* 0 = plain MP4 */
    uint64_t samples[OC_TRACKS_MAX]; /* as oc_mp4_read_next gives them, also of a torn fragment */
    int64_t end_dts[OC_TRACKS_MAX];  /* ticks: end of the last sample of each track */
    uint32_t max_gop_bytes;          /* largest distance key to key, bytes; an upper bound */
    uint32_t max_gop_ms;
    uint32_t bitrate_bps; /* average over length_us */
} oc_mp4_info_t;
/* OC_OK | OC_ERR_FORMAT | OC_ERR_IO. The read position is kept. */
int oc_mp4_read_info(oc_mp4_read_t *reader, oc_mp4_info_t *out);

#endif
