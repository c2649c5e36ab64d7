/* oc_stream_row - what is published of a stream: its state and the words of its row. Shared with
 * native/script/command.ts (a check compares them). */
#ifndef OC_STREAM_ROW_H
#define OC_STREAM_ROW_H

#include <stddef.h>
#include <stdint.h>

/* Of a stream; that of the main stream is the channel's. */
typedef enum oc_stream_state {
    OC_STREAM_FREE = 0,
    OC_STREAM_OPENING = 1,
    OC_STREAM_RUNNING = 2,
    OC_STREAM_LOST = 3,  /* source gone, tried again with back-off; outputs wait */
    OC_STREAM_ENDED = 4, /* source at its end, no loop */
    OC_STREAM_CLOSING = 5,
    OC_STREAM_SILENT = 6, /* it should deliver and does not; RUNNING with its next packet */
    OC_STREAM_FAILED = 7, /* it is in the list, and nothing is open: `failure` says why */
} oc_stream_state_t;

/* The published record of one stream: 32-bit words only; 64-bit counters are split lo, hi.
 * Codes are oc_codec_t; times are ms unless named otherwise. What each word counts:
 * docs/design/rows.md. */
#define OC_STREAM_ROW_MAP(X)                                                                       \
    X(state)                                                                                       \
    X(failure)                                                                                     \
    X(revision)                                                                                    \
    X(generation)                                                                                  \
    X(adopted)                                                                                     \
    X(name_hash)                                                                                   \
    X(config_hash)                                                                                 \
    X(video_codec)                                                                                 \
    X(width)                                                                                       \
    X(height)                                                                                      \
    X(fps_milli)                                                                                   \
    X(audio_codec)                                                                                 \
    X(sample_rate)                                                                                 \
    X(audio_channels)                                                                              \
    X(rotation)                                                                                    \
    X(omitted_video)                                                                               \
    X(omitted_audio)                                                                               \
    X(bitrate_bps)                                                                                 \
    X(gop_ms)                                                                                      \
    X(gop_bytes)                                                                                   \
    X(packets_lo)                                                                                  \
    X(packets_hi)                                                                                  \
    X(bytes_lo)                                                                                    \
    X(bytes_hi)                                                                                    \
    X(copied_lo)                                                                                   \
    X(copied_hi)                                                                                   \
    X(empty_packets)                                                                               \
    X(dropped_packets)                                                                             \
    X(lost_gops)                                                                                   \
    X(jumps)                                                                                       \
    X(ring_bytes)                                                                                  \
    X(ring_held_bytes)                                                                             \
    X(ring_held_ms)                                                                                \
    X(ring_readers)                                                                                \
    X(lateness_p50_us)                                                                             \
    X(lateness_p99_us)                                                                             \
    X(lateness_p999_us)                                                                            \
    X(lateness_max_us)                                                                             \
    X(recording)                                                                                   \
    X(record_failing)                                                                              \
    X(record_files)                                                                                \
    X(record_bytes_lo)                                                                             \
    X(record_bytes_hi)                                                                             \
    X(record_lost_packets)                                                                         \
    X(record_synced_age_ms)                                                                        \
    X(live_begun)                                                                                  \
    X(live_first)                                                                                  \
    X(live_last)                                                                                   \
    X(live_requests)                                                                               \
    X(viewers)                                                                                     \
    X(live_part_ms)                                                                                \
    X(source_losses)                                                                               \
    X(unused_packets)                                                                              \
    X(ring_overruns)                                                                               \
    X(lost_queue_full)                                                                             \
    X(lost_buffer_full)                                                                            \
    X(lost_too_large)                                                                              \
    X(lost_gop_rest)                                                                               \
    X(lost_no_track)                                                                               \
    X(lost_time_line)                                                                              \
    X(lost_ring)                                                                                   \
    X(lost_source)                                                                                 \
    X(lost_foreign_ssrc)

/* One row as the words of an oc_table. */
typedef struct oc_stream_row {
#define OC_STREAM_ROW_FIELD(field) uint32_t field;
    OC_STREAM_ROW_MAP(OC_STREAM_ROW_FIELD)
#undef OC_STREAM_ROW_FIELD
} oc_stream_row_t;

/* The word of a cause (oc_loss_t); a check compares their names. */
#define OC_STREAM_ROW_LOST(cause) (offsetof(oc_stream_row_t, lost_queue_full) / 4 + (cause))

#define OC_STREAM_ROW_WORDS (sizeof(oc_stream_row_t) / 4)

#endif
