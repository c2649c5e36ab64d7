#include "oc_channel_watch.h"

#include <string.h>

/* The row of the main stream, and the name. False: its row is being written, each time. */
static bool read(const oc_plane_t *plane, unsigned channel, oc_stream_row_t *row, char *name) {
    const oc_table_t *table = oc_plane_stream_table(plane, channel);
    if (!table || !oc_table_read(table, (uint32_t *)row))
        return false;
    oc_plane_channel_name(plane, channel, name);
    return true;
}

static bool is_open(const oc_stream_row_t *row) {
    return row->state != OC_STREAM_FREE && row->state != OC_STREAM_CLOSING;
}

static uint64_t packets(const oc_stream_row_t *row) {
    return (uint64_t)row->packets_hi << 32 | row->packets_lo;
}

void oc_channel_watch_begin(oc_channel_watch_t *watch, const oc_plane_t *plane) {
    oc_stream_row_t row;
    memset(watch, 0, sizeof(*watch));
    for (unsigned i = 0; i < OC_CHANNELS_MAX; i++) {
        oc_channel_seen_t *seen = &watch->channels[i];
        if (!read(plane, i, &row, seen->name) || !is_open(&row) || row.state == OC_STREAM_OPENING)
            continue;
        seen->runs = true;
        seen->packets = packets(&row);
    }
}

static void look(oc_channel_seen_t *seen, const oc_plane_t *plane, unsigned channel,
                 uint32_t generation) {
    oc_stream_row_t row;
    char name[OC_CHANNEL_NAME_MAX];
    if (!read(plane, channel, &row, name))
        return; /* next time */
    /* Counters begin anew with a source that is opened. */
    seen->lost |= !is_open(&row) || strcmp(name, seen->name) != 0 || packets(&row) < seen->packets;
    seen->adopted = row.adopted && row.generation == generation;
    seen->packets = packets(&row);
}

void oc_channel_watch_look(oc_channel_watch_t *watch, const oc_plane_t *plane, uint32_t generation,
                           uint32_t *lost, uint32_t *open) {
    *lost = *open = 0;
    for (unsigned i = 0; i < OC_CHANNELS_MAX; i++) {
        oc_channel_seen_t *seen = &watch->channels[i];
        if (!seen->runs)
            continue;
        look(seen, plane, i, generation);
        *lost += seen->lost;
        *open += !seen->lost && !seen->adopted;
    }
}
