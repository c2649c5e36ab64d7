#include "oc_channel_watch.h"

#include <string.h>

/* The row of a stream. False: it is being written, each time. */
static bool read_stream(const oc_plane_t *plane, unsigned slot, oc_stream_row_t *row) {
    const oc_table_t *table = oc_plane_stream_table(plane, slot);
    return table && oc_table_read(table, (uint32_t *)row);
}

/* The row of the main stream, and the name. */
static bool read(const oc_plane_t *plane, unsigned channel, oc_stream_row_t *row, char *name) {
    if (!read_stream(plane, channel, row))
        return false;
    oc_plane_channel_name(plane, channel, name);
    return true;
}

static bool is_open(const oc_stream_row_t *row) {
    return row->state != OC_STREAM_FREE && row->state != OC_STREAM_CLOSING &&
           row->state != OC_STREAM_FAILED;
}

static uint64_t packets(const oc_stream_row_t *row) {
    return (uint64_t)row->packets_hi << 32 | row->packets_lo;
}

/* The slot of the stream of a channel that is recorded; OC_STREAMS_MAX: none is. */
static unsigned recorded_stream(const oc_plane_t *plane, unsigned channel) {
    oc_stream_row_t row;
    for (unsigned slot = channel; slot < OC_STREAMS_MAX; slot += OC_CHANNELS_MAX)
        if (read_stream(plane, slot, &row) && row.recording)
            return slot;
    return OC_STREAMS_MAX;
}

void oc_channel_watch_begin(oc_channel_watch_t *watch, const oc_plane_t *plane,
                            oc_desired_keep_t *desired) {
    oc_stream_row_t row;
    memset(watch, 0, sizeof(*watch));
    for (unsigned i = 0; i < OC_CHANNELS_MAX; i++) {
        oc_channel_seen_t *seen = &watch->channels[i];
        if (!read(plane, i, &row, seen->name) || !is_open(&row) || row.state == OC_STREAM_OPENING)
            continue;
        seen->runs = true;
        seen->packets = packets(&row);
        seen->recorded = recorded_stream(plane, i);
        seen->always = seen->recorded < OC_STREAMS_MAX && oc_desired_always(desired, seen->name);
    }
}

void oc_channel_watch_follow(oc_channel_watch_t *watch, oc_desired_keep_t *desired) {
    for (unsigned i = 0; i < OC_CHANNELS_MAX; i++)
        watch->channels[i].always = watch->channels[i].recorded < OC_STREAMS_MAX &&
                                    oc_desired_always(desired, watch->channels[i].name);
}

/* A source that is lost, silent or at its end gives nothing to record. */
static bool is_unrecorded(const oc_channel_seen_t *seen, const oc_plane_t *plane,
                          unsigned channel) {
    oc_stream_row_t row;
    return seen->always && recorded_stream(plane, channel) == OC_STREAMS_MAX &&
           read_stream(plane, seen->recorded, &row) && row.state == OC_STREAM_RUNNING;
}

static void look(oc_channel_seen_t *seen, const oc_plane_t *plane, oc_desired_keep_t *desired,
                 unsigned channel, uint32_t generation) {
    oc_stream_row_t row;
    char name[OC_CHANNEL_NAME_MAX];
    if (!read(plane, channel, &row, name))
        return; /* next time */
    /* Counters begin anew with a source that is opened. */
    seen->lost |= !is_open(&row) || strcmp(name, seen->name) != 0 || packets(&row) < seen->packets;
    seen->listed = oc_desired_lists(desired, generation, seen->name);
    seen->packets = packets(&row);
    seen->unrecorded = is_unrecorded(seen, plane, channel);
}

oc_channel_watched_t oc_channel_watch_look(oc_channel_watch_t *watch, const oc_plane_t *plane,
                                           oc_desired_keep_t *desired, uint32_t generation) {
    oc_channel_watched_t all = {0};
    for (unsigned i = 0; i < OC_CHANNELS_MAX; i++) {
        oc_channel_seen_t *seen = &watch->channels[i];
        if (!seen->runs)
            continue;
        look(seen, plane, desired, i, generation);
        all.lost += seen->lost;
        all.open += !seen->lost && !seen->listed;
        all.unrecorded += !seen->lost && seen->unrecorded;
    }
    return all;
}
