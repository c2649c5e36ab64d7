/* See oc_stream_fault.h. */
#include <stdio.h>
#include "oc_plane_impl.h"

#define GOPS 3 /* an encoder may be late by so many before its silence is a failure */

void oc_stream_source_lost(oc_stream_t *stream, int code, const char *more, int64_t now_us) {
    oc_event_kind_t kind = stream->fault.absent ? OC_EVENT_SOURCE_ABSENT : OC_EVENT_SOURCE_LOST;
    const char *text =
        code == OC_ERR_STALE ? "the input file was overwritten or replaced" : oc_err_text(code);
    stream->fault.code = code;
    oc_stream_set_state(stream, OC_STREAM_LOST, now_us);
    if (oc_lasting_fail(&stream->fault.lasting, (uint32_t)-code, now_us))
        oc_plane_eventf(stream->plane, (int)stream->slot, kind, code, "", now_us, "%s%s%s", text,
                        more[0] ? ": " : "", more);
}

void oc_stream_resume(oc_stream_t *stream, int64_t now_us) {
    long long tenths = (now_us - stream->lost_us) / 100000;
    uint32_t failures = oc_lasting_end(&stream->fault.lasting);
    bool first = stream->fault.absent;
    char tries[32] = "";
    if (failures > 1)
        snprintf(tries, sizeof tries, ", %u failures", failures);
    stream->fault.absent = false;
    oc_stream_set_state(stream, OC_STREAM_RUNNING, now_us);
    if (first)
        oc_channel_stream_came(stream, "", now_us);
    else
        oc_plane_eventf(stream->plane, (int)stream->slot, OC_EVENT_SOURCE_RESUMED, OC_OK, "",
                        now_us, "after %lld.%lld s%s", tenths / 10, tenths % 10, tries);
}

/* How long nothing may come, of what the stream has shown and its source said of itself. */
static int64_t limit_us(const oc_stream_t *stream) {
    const oc_stream_source_t *source = &stream->source;
    oc_ring_stats_t stats;
    oc_ring_stats(stream->ring, &stats);
    int64_t gop_ms = stats.last_gop_ms ? stats.last_gop_ms : source->max_gop_ms;
    int64_t frame_ms = source->fps_milli ? 1000000 / source->fps_milli : 0;
    int64_t us = GOPS * 1000 * gop_ms;
    us = us < OC_PLANE_SILENT_MAX_US ? us : OC_PLANE_SILENT_MAX_US;
    us = us > GOPS * 1000 * frame_ms ? us : GOPS * 1000 * frame_ms;
    return us > OC_PLANE_SILENT_US ? us : OC_PLANE_SILENT_US;
}

/* True while pictures are expected: sound alone is no sign of life then. */
static bool has_pictures(const oc_stream_t *stream) {
    return stream->config_id[0] != 0;
}

void oc_stream_fault_packet(oc_stream_t *stream, const oc_packet_t *packet, int64_t now_us) {
    if (packet->len_bytes == 0 || (packet->track != 0 && has_pictures(stream)))
        return;
    stream->fault.life++;
    if (stream->state == OC_STREAM_SILENT)
        oc_stream_resume(stream, now_us);
}

/* Should packets come? A stream made of main's pictures is as silent as main. */
static bool is_expected(const oc_stream_t *stream) {
    const oc_channel_t *channel = stream->channel;
    bool made = oc_plane_is_sub(stream->slot) && oc_channel_sub_is_made(channel->config.sub_url);
    return stream->ring && stream->state == OC_STREAM_RUNNING &&
           stream->step == OC_STREAM_STEP_OPEN && !made &&
           (stream->packet_us || !stream->fault.waits);
}

static void look(oc_stream_t *stream, int64_t now_us) {
    /* packets that nobody takes for now are a sign of life, too */
    uint32_t released = oc_handoff_released(&stream->handoff), seen = stream->fault.life;
    if (released == stream->fault.released && released != oc_handoff_pushed(&stream->handoff))
        seen = ~stream->fault.silence.seen;
    stream->fault.released = released;
    if (stream->fault.silence.looked_us == 0)
        oc_silence_begin(&stream->fault.silence, seen, now_us);
    int64_t quiet_us = oc_silence_look(&stream->fault.silence, seen, now_us);
    if (quiet_us < limit_us(stream))
        return;
    stream->lost_us = stream->packet_us ? stream->packet_us : now_us - quiet_us;
    stream->fault.code = OC_ERR_SILENT;
    oc_stream_set_state(stream, OC_STREAM_SILENT, now_us);
    oc_plane_eventf(stream->plane, (int)stream->slot, OC_EVENT_SOURCE_SILENT, OC_ERR_SILENT, "",
                    now_us, "%s: %s came for %lld.%lld s", oc_err_text(OC_ERR_SILENT),
                    has_pictures(stream) && stream->config_id[1] ? "no picture" : "nothing",
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
            stream->fault.silence.looked_us = 0;
        }
    }
    plane->silence_us = any ? now_us + OC_SILENCE_STEP_US : INT64_MAX;
    return plane->silence_us;
}
