/* See oc_plane_streams.h. */
#include "oc_plane_impl.h"
#include "oc_thread_check.h"

void oc_plane_streams_init(oc_plane_streams_t *streams) {
    streams->soonest_us = INT64_MAX;
    for (unsigned i = 0; i < OC_STREAMS_MAX; i++)
        streams->due_us[i] = INT64_MAX;
}

void oc_plane_moved(oc_plane_t *plane, unsigned slot) {
    plane->streams.moved[slot / 32] |= 1u << slot % 32;
    plane->streams.moved_us[slot] = plane->now_us;
}

void oc_plane_mark(oc_plane_t *plane, unsigned slot) {
    atomic_fetch_or(&plane->streams.ready[slot / 32], 1u << slot % 32);
}

void oc_plane_ready(oc_plane_t *plane, unsigned slot) {
    uint32_t bit = 1u << slot % 32;
    /* A mark that is there is looked at by an advance that was asked for when it was made. */
    if ((atomic_fetch_or(&plane->streams.ready[slot / 32], bit) & bit) == 0 && plane->env.loop.wake)
        plane->env.loop.wake(plane->env.loop.context);
}

void oc_plane_on_handoff(void *context) {
    const oc_stream_t *stream = context;
    oc_plane_ready(stream->plane, stream->slot);
}

static void advance_stream(oc_plane_t *plane, unsigned slot, int64_t now_us) {
    oc_plane_streams_t *streams = &plane->streams;
    oc_stream_t *stream = oc_plane_stream(plane, slot);
    streams->due_us[slot] = INT64_MAX;
    if (!stream)
        return;
    uint32_t released = oc_handoff_released(&stream->handoff);
    oc_plane_moved(plane, slot);
    int64_t due_us = oc_stream_advance(stream, now_us);
    if (oc_plane_stream(plane, slot) != stream)
        return; /* it is gone */
    streams->due_us[slot] = due_us;
    if (plane->env.capture_room && oc_handoff_released(&stream->handoff) != released)
        plane->env.capture_room(plane->env.captures, slot);
}

int64_t oc_plane_streams_advance(oc_plane_t *plane, int64_t now_us) {
    oc_plane_streams_t *streams = &plane->streams;
    bool due = streams->soonest_us <= now_us, any = due;
    for (unsigned word = 0; word < OC_PLANE_SLOT_WORDS; word++) {
        uint32_t ready = atomic_exchange(&plane->streams.ready[word], 0);
        for (unsigned i = word * 32; (due || ready) && i < OC_STREAMS_MAX && i / 32 == word; i++) {
            bool marked = ready & 1u << i % 32;
            ready &= ~(1u << i % 32);
            if (marked || streams->due_us[i] <= now_us)
                advance_stream(plane, i, now_us);
            any |= marked;
        }
    }
    for (unsigned i = 0; any && i < OC_STREAMS_MAX; i++)
        streams->soonest_us = i == 0 || streams->due_us[i] < streams->soonest_us
                                  ? streams->due_us[i]
                                  : streams->soonest_us;
    for (unsigned word = 0; word < OC_PLANE_SLOT_WORDS; word++)
        if (atomic_load(&plane->streams.ready[word])) /* one stream's end lets another one go on */
            return now_us;
    return streams->soonest_us;
}
