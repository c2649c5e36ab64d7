#define _GNU_SOURCE
#include "oc_data_watch.h"

#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

#include "oc_data_dir.h"
#include "oc_err.h"
#include "oc_log.h"
#include "oc_posix.h"
#include "oc_pulse.h"
#include "oc_privacy_file.h"

void oc_data_watch_init(oc_data_watch_t *watch, oc_media_thread_t *media, const char *path,
                        int lock) {
    memset(watch, 0, sizeof(*watch));
    watch->media = media;
    watch->path = path;
    watch->lock = lock;
}

/* ---- file thread ---- */

static void follow(oc_data_watch_t *watch, oc_file_store_t *store) {
    int result =
        oc_data_dir_follow(watch->path, store->root, watch->lock, watch->why, sizeof(watch->why));
    atomic_store(&watch->gone, result == OC_ERR_NOENT);
    watch->switched = result == OC_AGAIN;
    if (!watch->switched)
        return;
    oc_file_store_moved(store);
    if (watch->privacy) /* before anybody looks what the new folder says */
        (void)oc_privacy_file_write(store->root, true);
}

static void measure(oc_data_watch_t *watch, int root) {
    struct statvfs about;
    if (fstatvfs(root, &about) != 0)
        return;
    atomic_store(&watch->free_bytes, (uint64_t)about.f_bavail * about.f_frsize);
    atomic_store(&watch->total_bytes, (uint64_t)about.f_blocks * about.f_frsize);
}

/* One file of those that were left. */
static void name_one(oc_data_watch_t *watch, oc_file_store_t *store) {
    if (store->left_count == 0)
        return;
    oc_file_store_left_t *left = &store->left[0];
    int result = oc_data_dir_recover_file(store, left->path, watch->named, &watch->named_bytes);
    if (watch->named_bytes == 0)
        watch->named[0] = '\0';
    left->missed += result == OC_ERR_NOENT;
    bool done = result >= 0 || result == OC_ERR_FORMAT;
    oc_file_store_left_next(store, done || left->missed >= OC_DATA_WATCH_MISSED);
}

static int look(oc_file_store_t *store, void *context) {
    oc_data_watch_t *watch = context;
    watch->named[0] = watch->why[0] = '\0';
    watch->switched = false;
    if (store->root < 0)
        return OC_ERR_NOENT; /* a process that keeps nothing: --print-settings */
    if (watch->path)
        follow(watch, store);
    if (!atomic_load(&watch->gone)) {
        measure(watch, store->root);
        name_one(watch, store);
    }
    return OC_OK;
}

/* ---- media thread ---- */

static void report(oc_data_watch_t *watch, int64_t now_us) {
    oc_plane_t *plane = oc_media_thread_plane(watch->media);
    bool gone = atomic_load(&watch->gone);
    char text[48];
    if (strcmp(watch->why, watch->notified) != 0) {
        memcpy(watch->notified, watch->why, sizeof(watch->notified));
        if (watch->why[0])
            oc_log(OC_LOG_WARN, "host", "%s", watch->why);
    }
    if (gone && !watch->gone_notified)
        oc_plane_event(plane, -1, OC_EVENT_DATA_GONE, OC_ERR_NOENT, "",
                       "the data directory is missing: nothing is stored until it is back", now_us);
    watch->gone_notified = gone;
    if (watch->switched)
        oc_plane_event(plane, -1, OC_EVENT_DATA_MOVED, OC_OK, "",
                       "the data directory was replaced: recording continues in the new one",
                       now_us);
    if (watch->named[0]) {
        snprintf(text, sizeof(text), "%llu bytes, named late",
                 (unsigned long long)watch->named_bytes);
        oc_plane_event(plane, -1, OC_EVENT_RECORD_CLOSED, OC_OK, watch->named, text, now_us);
    }
}

static void on_looked(oc_media_thread_t *media, void *context, int result) {
    oc_data_watch_t *watch = context;
    watch->looking = false;
    atomic_store(&watch->requested_us, 0);
    if (result == OC_OK)
        report(watch, oc_posix_now_us());
}

void oc_data_watch_turn(oc_data_watch_t *watch, int64_t now_us) {
    if (watch->looking || now_us < watch->due_us)
        return;
    watch->due_us = now_us + OC_DATA_WATCH_US;
    watch->privacy = oc_plane_privacy(oc_media_thread_plane(watch->media)) & OC_PRIVACY_COMMAND;
    watch->looking = oc_media_thread_work(watch->media, look, on_looked, watch) == OC_OK;
    if (watch->looking)
        atomic_store(&watch->requested_us, oc_pulse_us());
}

bool oc_data_watch_hung(const oc_data_watch_t *watch, int64_t awake_us) {
    int64_t requested_us = atomic_load(&watch->requested_us);
    return requested_us > 0 && awake_us - requested_us > OC_DATA_WATCH_HUNG;
}
