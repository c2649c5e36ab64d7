#include "oc_health.h"

#include <stdio.h>
#include <string.h>

void oc_health_gather(oc_health_t *health, const oc_plane_t *plane, const oc_data_watch_t *data,
                      int64_t awake_us) {
    bool private = oc_plane_privacy(plane) != 0;
    health->channels = health->down = health->failing = 0;
    for (unsigned i = 0; i < OC_STREAMS_MAX; i++) {
        oc_stream_row_t row;
        const oc_table_t *table = oc_plane_stream_table(plane, i);
        if (!oc_table_read(table, (uint32_t *)&row) || row.state == OC_STREAM_FREE ||
            oc_plane_is_test(plane, i))
            continue;
        bool up = row.state == OC_STREAM_RUNNING || row.state == OC_STREAM_ENDED;
        health->failing += row.record_failing != 0;
        health->channels += i < OC_CHANNELS_MAX;
        health->down += i < OC_CHANNELS_MAX && !up;
    }
    if (private) /* nobody is to miss them */
        health->down = 0;
    health->total_bytes = atomic_load(&data->total_bytes);
    health->free_bytes = atomic_load(&data->free_bytes);
    health->data_gone = atomic_load(&data->gone);
    health->disk_hung = oc_data_watch_hung(data, awake_us);
}

void oc_health_room(oc_health_t *health, bool blocked, uint64_t low_bytes) {
    uint64_t least = low_bytes && low_bytes < OC_HEALTH_FREE_MIN ? low_bytes : OC_HEALTH_FREE_MIN;
    health->disk_full =
        (health->failing > 0 || blocked) && health->total_bytes > 0 && health->free_bytes < least;
}

oc_health_level_t oc_health_level(const oc_health_t *health) {
    if (health->script == OC_HEALTH_SCRIPT_STUCK || health->media_late)
        return OC_HEALTH_FAILING;
    bool whole = !health->disk_hung && !health->data_gone && !health->disk_full &&
                 health->down == 0 && health->failing == 0;
    return whole ? OC_HEALTH_OK : OC_HEALTH_DEGRADED;
}

const char *oc_health_script_text(oc_health_script_t script) {
    static const char *const words[] = {"running", "restarting", "stuck"};
    return words[script];
}

size_t oc_health_write(const oc_health_t *health, char out[OC_HEALTH_TEXT_MAX], size_t *first) {
    static const char *const words[] = {"ok", "degraded", "failing"};
    size_t size = OC_HEALTH_TEXT_MAX;
    size_t len = (size_t)snprintf(out, size, "%s\n", words[oc_health_level(health)]);
    *first = len;
    len += (size_t)snprintf(out + len, size - len, "script: %s\n",
                            oc_health_script_text(health->script));
    if (health->media_late)
        len += (size_t)snprintf(out + len, size - len, "media: stopped\n");
    if (health->failing)
        len += (size_t)snprintf(out + len, size - len, "recording: failing, %u of %u channels\n",
                                health->failing, health->channels);
    if (health->data_gone)
        len += (size_t)snprintf(out + len, size - len, "disk: the data directory is missing\n");
    if (health->disk_hung)
        len += (size_t)snprintf(out + len, size - len, "disk: does not answer\n");
    if (health->disk_full)
        len += (size_t)snprintf(out + len, size - len, "disk: full, %llu MB are left\n",
                                (unsigned long long)(health->free_bytes >> 20));
    if (health->down)
        len += (size_t)snprintf(out + len, size - len, "channels: %u of %u do not run\n",
                                health->down, health->channels);
    return len;
}
