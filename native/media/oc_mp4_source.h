/* oc_mp4_source - the bytes that an MP4 reader reads, and a sample in them. */
#ifndef OC_MP4_SOURCE_H
#define OC_MP4_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OC_MP4_SAMPLE_MAX (8 * 1024 * 1024) /* larger samples are malformed */

/* Where the bytes come from; a file, memory, or ranged requests. */
typedef struct oc_mp4_source {
    /* Reads exactly len bytes at offset into buffer (borrowed until return).
     * OC_OK | OC_ERR_TRUNC beyond the end | OC_ERR_IO. */
    int (*read_at)(void *context, uint64_t offset, void *buffer, size_t len);
    void *context;
    uint64_t size; /* bytes */
} oc_mp4_source_t;

/* One sample, or up to 1024 one-byte samples of G.711 together; its payload lies at [offset, offset
 * + len_bytes) of the source. */
typedef struct oc_mp4_sample {
    uint64_t offset;
    uint32_t len_bytes;
    int64_t dts;       /* ticks of the track, edit list applied; may start below 0, never goes back
                          (a fragment that starts before the last sample is moved there) */
    int32_t cts;       /* composition offset, ticks */
    uint32_t duration; /* ticks */
    uint8_t track;     /* 0 = video, 1 = audio (as in oc_packet_t) */
    bool key;
    bool new_config; /* the track's description changed before this sample: see oc_mp4_read_track */
} oc_mp4_sample_t;

#endif
