/* Sources that should deliver and do not (oc_plane_impl.h): looked at once a second, in time awake
 * (oc_silence.h). A source that is not there, has ended, or waits for whoever sends has a state of
 * its own, and is not missed here again. */
#include "oc_plane_impl.h"

#define GOPS 3 /* an encoder may be late by so many before its silence is a failure */

/* How long nothing may come, of what the stream has shown and its source said of itself. */
static int64_t limit_us(const oc_stream_t *stream) {
    const oc_stream_source_t *source = &stream->source;
    oc_ring_stats_t stats;
    oc_ring_stats(stream->ring, &stats);
    int64_t gop_ms = stats.last_gop_ms ? stats.last_gop_ms : source->max_gop_ms;
    int64_t frame_ms = source->fps_milli ? 1000000 / source->fps_milli : 0;
    int64_t us = GOPS * 1000 * (gop_ms > frame_ms ? gop_ms : frame_ms);
    return us > OC_PLANE_SILENT_US ? us : OC_PLANE_SILENT_US;
}

/* Should packets come? A stream made of main's pictures is as silent as main. */
static bool is_expected(const oc_stream_t *stream) {
    const oc_channel_t *channel = stream->channel;
    bool made = oc_plane_is_sub(stream->slot) && oc_channel_sub_is_made(channel->config.sub_url);
    return stream->ring && stream->state == OC_STREAM_RUNNING &&
           stream->step == OC_STREAM_STEP_OPEN && !made && (stream->packet_us || !stream->waits);
}

static void look(oc_stream_t *stream, int64_t now_us) {
    /* packets that nobody has taken yet are a sign of life, too */
    uint32_t pushed = oc_handoff_pushed(&stream->handoff);
    uint32_t seen = pushed == oc_handoff_released(&stream->handoff) ? pushed : ~stream->silence.seen;
    if (stream->silence.looked_us == 0)
        oc_silence_begin(&stream->silence, seen, now_us);
    int64_t quiet_us = oc_silence_look(&stream->silence, seen, now_us);
    if (quiet_us < limit_us(stream))
        return;
    stream->lost_us = stream->packet_us ? stream->packet_us : now_us - quiet_us;
    stream->fault = OC_ERR_SILENT;
    oc_stream_set_state(stream, OC_STREAM_SILENT, now_us);
    oc_plane_eventf(stream->plane, (int)stream->slot, "source-silent", OC_ERR_SILENT, "", now_us,
                    "%s: nothing came for %lld.%lld s", oc_err_text(OC_ERR_SILENT),
                    (long long)(quiet_us / 1000000), (long long)(quiet_us / 100000 % 10));
}

void oc_plane_silence_expect(oc_plane_t *plane, int64_t now_us) {
    if (plane->silence_us == INT64_MAX)
        plane->silence_us = now_us + OC_SILENCE_STEP_US;
}

int64_t oc_plane_silence_advance(oc_plane_t *plane, int64_t now_us) {
    bool any = false;
    if (now_us < plane->silence_us)
        return plane->silence_us;
    for (unsigned slot = 0; slot < OC_STREAMS_MAX; slot++) {
        oc_stream_t *stream = oc_plane_stream(plane, slot);
        if (stream && is_expected(stream)) {
            look(stream, now_us);
            any = true;
        } else if (stream) {
            stream->silence.looked_us = 0;
        }
    }
    plane->silence_us = any ? now_us + OC_SILENCE_STEP_US : INT64_MAX;
    return plane->silence_us;
}
