/* See oc_stream_loss.h. */
#include <stdio.h>
#include <string.h>
#include "oc_stream.h"
#include "oc_plane_impl.h"

uint32_t oc_stream_lost(const oc_stream_t *stream, unsigned cause) {
    return stream->loss.count[cause] +
           atomic_load_explicit(&stream->handoff.lost[cause], memory_order_relaxed);
}

uint32_t oc_stream_lost_all(const oc_stream_t *stream) {
    uint32_t lost = 0;
    for (unsigned i = 0; i < OC_LOSS_CAUSES; i++)
        lost += i == OC_LOSS_FOREIGN_SSRC ? 0 : oc_stream_lost(stream, i);
    return lost;
}

/* "352 packets lost: queue-full 3, gop-rest 349", and what that is of all. */
static void report(oc_stream_t *stream, int64_t now_us) {
    oc_stream_loss_t *loss = &stream->loss;
    char causes[OC_EVENT_TEXT_MAX] = "";
    uint32_t fresh = 0, total = 0;
    size_t len = 0;
    for (unsigned i = 0; i < OC_LOSS_CAUSES; i++) {
        uint32_t count = oc_stream_lost(stream, i), more = count - loss->notified[i];
        loss->notified[i] = count;
        fresh += more;
        total += count;
        if (more > 0 && len < sizeof causes)
            len += (size_t)snprintf(causes + len, sizeof causes - len, "%s%s %u", len ? ", " : "",
                                    oc_loss_name(i), more);
    }
    oc_plane_eventf(stream->plane, (int)stream->slot, OC_EVENT_PACKETS_LOST, OC_ERR_BUSY, "",
                    now_us, "%u packets lost: %s (%u so far)", fresh, causes, total);
    loss->due_us = 0;
    loss->notified_us = now_us;
}

int64_t oc_stream_loss_advance(oc_stream_t *stream, bool closes, int64_t now_us) {
    oc_stream_loss_t *loss = &stream->loss;
    if (loss->due_us == 0) {
        unsigned i = 0;
        while (i < OC_LOSS_CAUSES && oc_stream_lost(stream, i) == loss->notified[i])
            i++;
        if (i == OC_LOSS_CAUSES)
            return INT64_MAX;
        loss->due_us = now_us + OC_STREAM_LOSS_US;
        if (loss->notified_us && loss->notified_us + OC_STREAM_REPORT_US > loss->due_us)
            loss->due_us = loss->notified_us + OC_STREAM_REPORT_US;
    }
    if (closes || now_us >= loss->due_us)
        report(stream, now_us);
    return loss->due_us ? loss->due_us : INT64_MAX;
}

/* A GOP was given up: reported at once, then at most every 10 s with the total. */
static void report_gop(oc_stream_t *stream, int code, int64_t now_us) {
    oc_ring_stats_t stats;
    if (now_us < stream->report_us)
        return;
    stream->report_us = now_us + OC_STREAM_REPORT_US;
    oc_ring_stats(stream->ring, &stats);
    if (code == OC_ERR_TOO_BIG)
        oc_plane_eventf(stream->plane, (int)stream->slot, OC_EVENT_GOP_TOO_BIG, code, "", now_us,
                        "a GOP is larger than maxGopSize or the ring: its rest is left out "
                        "(%u so far)",
                        stats.oversize_gops);
    else
        oc_plane_eventf(stream->plane, (int)stream->slot, OC_EVENT_GOP_LEFT_OUT, code, "", now_us,
                        "the disk holds too much of the ring: the rest of a GOP is left out "
                        "(%u so far)",
                        stats.pinned_gops);
}

void oc_stream_loss_refused(oc_stream_t *stream, const oc_packet_t *packet, int pushed,
                            int64_t now_us) {
    oc_stream_loss_t *loss = &stream->loss;
    if (pushed == OC_ERR_TOO_BIG || pushed == OC_ERR_BUSY) {
        loss->count[OC_LOSS_RING]++;
        report_gop(stream, pushed, now_us);
    } else if (pushed == OC_ERR_FORMAT)
        loss->count[OC_LOSS_SOURCE]++;
    else if (pushed < 0)
        loss->count[OC_LOSS_TIME_LINE]++;
    else if (pushed == OC_AGAIN && packet->len_bytes > 0 && stream->started)
        loss->count[OC_LOSS_GOP_REST]++;
    else if (pushed == OC_AGAIN && packet->len_bytes > 0)
        loss->unused++; /* before the first key packet ever: nothing of the stream is missing */
}
