#define _GNU_SOURCE
#include "oc_last_run.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "oc_beneath.h"
#include "oc_log.h"
#include "oc_posix.h"
#include "oc_store.h"

#define LINE_MAX_BYTES 160
#define LOOK_US        (50 * 1000)
#define LOOKS_US       (60 * 1000 * 1000) /* later pictures have other reasons to be late */
#define AGREE_US       (1000 * 1000)      /* two clocks tell the same */

static int64_t clock_us(clockid_t id) {
    struct timespec now;
    clock_gettime(id, &now);
    return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

static void fill_now(oc_last_run_t *now) {
    *now =
        (oc_last_run_t){.wall_us = clock_us(CLOCK_REALTIME), .boot_us = clock_us(CLOCK_BOOTTIME)};
}

void oc_last_run_take(int root, oc_last_run_t *last) {
    char line[LINE_MAX_BYTES] = "";
    *last = (oc_last_run_t){0};
    int fd = root >= 0 ? oc_beneath_open(root, OC_LAST_RUN_FILE, O_RDONLY | O_NONBLOCK, 0) : -1;
    if (fd < 0)
        return;
    ssize_t got = read(fd, line, sizeof(line) - 1);
    close(fd);
    (void)unlinkat(root, OC_LAST_RUN_FILE, 0);
    if (got <= 0 || sscanf(line, "%63s %" SCNd64 " %" SCNd64, last->version, &last->wall_us,
                           &last->boot_us) != 3)
        *last = (oc_last_run_t){0};
}

void oc_last_run_leave(int root, const char *version) {
    char line[LINE_MAX_BYTES];
    oc_last_run_t now;
    fill_now(&now);
    int len = snprintf(line, sizeof(line), "%.63s %" PRId64 " %" PRId64 "\n", version, now.wall_us,
                       now.boot_us);
    if (root >= 0)
        (void)oc_store_replace(root, OC_LAST_RUN_FILE, line, (size_t)len);
}

int64_t oc_last_run_gap(const oc_last_run_t *last, const oc_last_run_t *now) {
    int64_t wall = now->wall_us - last->wall_us, boot = now->boot_us - last->boot_us;
    return boot >= 0 && llabs(wall - boot) <= AGREE_US ? boot : -1;
}

static bool has_pictures(const oc_plane_t *plane, unsigned channel) {
    oc_stream_row_t row;
    const oc_table_t *table = oc_plane_stream_table(plane, channel);
    return table && oc_table_read(table, (uint32_t *)&row) && row.state == OC_STREAM_RUNNING &&
           (row.packets_lo > 0 || row.packets_hi > 0);
}

static void notify(const oc_resumption_t *resumption, oc_plane_t *plane, unsigned channel,
                   int64_t now_us) {
    const oc_last_run_t *last = &resumption->last;
    oc_last_run_t now;
    char name[OC_CHANNEL_NAME_MAX], text[2 * OC_LAST_RUN_VERSION + 64];
    fill_now(&now);
    int64_t gap_us = oc_last_run_gap(last, &now), ms = gap_us < 0 ? 0 : gap_us / 1000;
    int len = snprintf(text, sizeof(text), "%s after %s", resumption->version, last->version);
    if (gap_us >= 0)
        snprintf(text + len, sizeof(text) - (size_t)len,
                 ": without pictures for %" PRId64 ".%" PRId64 " s", ms / 1000, ms % 1000 / 100);
    bool updated = strcmp(resumption->version, last->version) != 0;
    oc_plane_channel_name(plane, channel, name);
    oc_log(OC_LOG_INFO, "host", "%s: %s: %s", name, updated ? "updated" : "started again", text);
    oc_plane_event(plane, (int)channel, updated ? OC_EVENT_HOST_UPDATED : OC_EVENT_HOST_RESTARTED,
                   (int)(ms < INT32_MAX ? ms : 0), "", text, now_us);
}

void oc_resumption_turn(oc_resumption_t *resumption, oc_plane_t *plane, int64_t now_us) {
    if (!resumption->last.version[0])
        return;
    if (resumption->began_us == 0)
        resumption->began_us = now_us;
    if (now_us - resumption->began_us > LOOKS_US)
        resumption->last.version[0] = '\0';
    if (now_us - resumption->looked_us < LOOK_US)
        return;
    resumption->looked_us = now_us;
    for (unsigned i = 0; i < OC_CHANNELS_MAX; i++) {
        if (resumption->notified[i] || !has_pictures(plane, i))
            continue;
        resumption->notified[i] = true;
        notify(resumption, plane, i, now_us);
    }
}
