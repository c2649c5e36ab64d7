/* oc_push_command - what a script asks of live pushes, and the rows it reads of them; part of
 * oc_command.h. */
#ifndef OC_PUSH_COMMAND_H
#define OC_PUSH_COMMAND_H

#include <stdint.h>

#define OC_PUSH_WHY_MAX 256 /* bytes with NUL: why a push does not run, one line without secrets   \
                             */

/* begin protocol: made by tools/protocol */
/* clang-format off */
/* What a live push carries (PUSHES). */
typedef enum oc_push_format {
    OC_PUSH_FLV = 0, /* FLV tags: RTMP and RTMPS */
    OC_PUSH_TS = 1, /* MPEG-TS packets: SRT */
} oc_push_format_t;
#define OC_PUSH_FORMATS 2

/* What a live push does. */
typedef enum oc_push_phase {
    OC_PUSH_FREE = 0,
    OC_PUSH_WAITS = 1, /* for its channel: `failure` says why it has nothing to send; 0: no picture has come yet */
    OC_PUSH_CONNECTING = 2,
    OC_PUSH_RUNS = 3,
    OC_PUSH_RETRIES = 4, /* the last try failed: `failure`; `due_ms` says when the next one is */
} oc_push_phase_t;

/* The published row of a live push; counters are of its target as it is, from its start on. */
typedef struct oc_push_row {
    uint32_t id;
    uint32_t phase;
    uint32_t failure;
    uint32_t failures;
    uint32_t failures_total, reconnects;
    uint32_t phase_ms_lo, phase_ms_hi, delivered_ms_lo, delivered_ms_hi, due_ms_lo, due_ms_hi;
    uint32_t packets_lo, packets_hi, bytes_lo, bytes_hi;
    uint32_t left_out_gops, left_out_packets_lo, left_out_packets_hi;
    uint32_t connected_ms;
    uint32_t queue_bytes;
} oc_push_row_t;
#define OC_PUSH_ROW_WORDS (sizeof(oc_push_row_t) / 4)
/* clang-format on */
/* end protocol */

#endif
