/* oc_stream_row - what is published of a stream: its state and the words of its row. */
#ifndef OC_STREAM_ROW_H
#define OC_STREAM_ROW_H

#include <stddef.h>
#include <stdint.h>

/* begin protocol: made by tools/protocol */
/* clang-format off */
/* The streams of a channel, on one time line. A stream has a slot: main of channel n the slot n,
 * sub OC_CHANNELS_MAX + n. Captures, rows and names are numbered by slot. */
typedef enum oc_stream_kind {
    OC_STREAM_MAIN = 0,
    OC_STREAM_SUB = 1,
} oc_stream_kind_t;
#define OC_STREAM_KINDS 2

/* States of a stream; that of its main stream is the channel's. */
typedef enum oc_stream_state {
    OC_STREAM_FREE = 0,
    OC_STREAM_OPENING = 1,
    OC_STREAM_RUNNING = 2,
    OC_STREAM_LOST = 3, /* source gone, tried again with back-off; outputs wait */
    OC_STREAM_ENDED = 4, /* source at its end, no loop */
    OC_STREAM_CLOSING = 5,
    OC_STREAM_SILENT = 6, /* it should deliver and does not; RUNNING with its next packet */
    OC_STREAM_FAILED = 7, /* it is in the list, and nothing is open: `failure` says why */
} oc_stream_state_t;

/* The published row of a stream; what each word says: docs/design/rows.md. */
typedef struct oc_stream_row {
    uint32_t state;
    uint32_t failure;
    uint32_t revision;
    uint32_t name_hash;
    uint32_t video_codec, width, height, fps_milli, audio_codec, sample_rate, audio_channels;
    uint32_t rotation;
    uint32_t omitted_video, omitted_audio;
    uint32_t bitrate_bps;
    uint32_t gop_ms, gop_bytes;
    uint32_t packets_lo, packets_hi, bytes_lo, bytes_hi, copied_lo, copied_hi;
    uint32_t empty_packets;
    uint32_t dropped_packets;
    uint32_t lost_gops;
    uint32_t jumps;
    uint32_t ring_bytes, ring_held_bytes, ring_held_ms, ring_readers;
    uint32_t lateness_p50_us, lateness_p99_us, lateness_p999_us, lateness_max_us;
    uint32_t recording;
    uint32_t record_failing;
    uint32_t record_files, record_bytes_lo, record_bytes_hi, record_lost_packets;
    uint32_t record_synced_age_ms;
    uint32_t live_begun;
    uint32_t live_first, live_last;
    uint32_t live_requests;
    uint32_t viewers;
    uint32_t live_part_ms;
    uint32_t source_losses;
    uint32_t unused_packets;
    uint32_t ring_overruns;
    uint32_t lost_queue_full, lost_buffer_full, lost_too_large, lost_gop_rest, lost_no_track,
        lost_time_line, lost_ring, lost_source, lost_foreign_ssrc;
} oc_stream_row_t;
#define OC_STREAM_ROW_WORDS (sizeof(oc_stream_row_t) / 4)
/* clang-format on */
/* end protocol */

/* The word of a cause (oc_loss_t): they are in its order. */
#define OC_STREAM_ROW_LOST(cause) (offsetof(oc_stream_row_t, lost_queue_full) / 4 + (cause))

#endif
