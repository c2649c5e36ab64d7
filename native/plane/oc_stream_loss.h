/* oc_stream_loss - the packets of one stream that did not reach its ring, by cause (oc_loss.h),
 * and how they are reported: one event `packets-lost` for what was lost in a second, then at most
 * one in OC_STREAM_REPORT_US, each with what was lost since the one before. Inside native/plane
 * only. */
#ifndef OC_STREAM_LOSS_H
#define OC_STREAM_LOSS_H

#include <stdbool.h>
#include <stdint.h>
#include "oc_loss.h"

#define OC_STREAM_LOSS_US (1000 * 1000) /* losses are gathered for so long before the event */

/* Of oc_stream.h. */
struct oc_stream;
struct oc_packet;

/* Counters since the stream was opened. Start from zeros. */
typedef struct oc_stream_loss {
    uint32_t count[OC_LOSS_CAUSES];    /* lost on the media thread */
    uint32_t notified[OC_LOSS_CAUSES]; /* of all, when they were reported last */
    uint32_t unused; /* no loss: before the first key packet or time 0, or of an unwanted track */
    int64_t due_us;  /* the next event; 0 = nothing to report */
    int64_t notified_us; /* the newest event; 0 = none yet */
} oc_stream_loss_t;

/* What was lost so far for that cause, on whatever thread. */
uint32_t oc_stream_lost(const struct oc_stream *stream, unsigned cause);

/* The same for all causes but OC_LOSS_FOREIGN_SSRC, whose packets are missing nowhere. */
uint32_t oc_stream_lost_all(const struct oc_stream *stream);

/* Counts a packet that the ring did not take, as oc_ring_push answered. A GOP that was given up is
 * an event of its own. */
void oc_stream_loss_refused(struct oc_stream *stream, const struct oc_packet *packet, int pushed,
                            int64_t now_us);

/* Reports what is due; `closes`: also what is not. Returns when it wants to be
 * called again (INT64_MAX: not by time). */
int64_t oc_stream_loss_advance(struct oc_stream *stream, bool closes, int64_t now_us);

#endif
