#include "oc_desired_store.h"

#include <stdlib.h>
#include <string.h>

#include "oc_err.h"
#include "oc_log.h"
#include "oc_media_thread.h"
#include "oc_posix.h"
#include "oc_settings_file.h"
#include "oc_store.h"

#define NEVER    INT64_MAX
#define AGREE_US (2 * INT64_C(1000000)) /* the same beginning, told twice */

static void wipe(uint8_t **file, size_t bytes) {
    if (*file)
        oc_crypto_wipe(*file, bytes);
    free(*file);
    *file = NULL;
}

/* ---- at the start ---- */

static bool is_of_this_run(const oc_desired_store_t *store, int root,
                           const oc_desired_kept_t *kept) {
    uint8_t causes[OC_CRYPTO_HASH];
    oc_desired_file_causes(root, store->base, causes);
    return memcmp(causes, kept->causes, sizeof(causes)) == 0;
}

/* What lies there and belongs to this run; else NULL. */
static void find(oc_desired_store_t *store, int root) {
    oc_desired_kept_t kept;
    store->found = oc_desired_file_read(root, &store->found_bytes);
    if (!store->found)
        return;
    bool whole = oc_desired_file_parse(store->found, store->found_bytes, &kept) == OC_OK;
    if (!whole)
        oc_log(OC_LOG_WARN, "host",
               OC_DESIRED_FILE ": damaged, or of another version: cameras open with the "
                               "application");
    if (!whole || !is_of_this_run(store, root, &kept))
        wipe(&store->found, store->found_bytes);
}

/* Media thread. */
static void resume(oc_media_thread_t *media, const oc_media_call_t *call) {
    oc_desired_store_t *store = call->context;
    oc_plane_t *plane = oc_media_thread_plane(media);
    int64_t now_us = oc_posix_now_us();
    oc_desired_kept_t kept;
    oc_clock_t clock;
    char why[OC_DESIRED_WHY_MAX];
    (void)oc_desired_file_parse(store->found, store->found_bytes, &kept);
    oc_posix_clock(&clock);
    oc_desired_file_resume(&kept, &clock, now_us);
    int result =
        oc_plane_resume(plane, kept.letter, kept.bytes, &kept.hours, now_us, why, sizeof(why));
    store->resumed = result == OC_OK;
    if (store->resumed)
        oc_log(OC_LOG_INFO, "host", "%u channels as before the start, until the application says",
               ((const oc_desired_head_t *)kept.letter)->count);
    else
        oc_log(OC_LOG_WARN, "host", OC_DESIRED_FILE ": %s", why);
    store->revision = oc_plane_list_revision(plane);
    store->hours = oc_plane_hours(plane);
    wipe(&store->found, store->found_bytes);
}

int oc_desired_store_start(oc_desired_store_t *store, oc_media_thread_t *media, int root,
                           const uint8_t base[OC_CRYPTO_HASH]) {
    *store = (oc_desired_store_t){.media = media,
                                  .settings = oc_settings_changes(),
                                  .hours = {.begins_us = NEVER},
                                  .due_us = NEVER};
    memcpy(store->base, base, sizeof(store->base));
    find(store, root);
    const oc_media_call_t call = {.run = resume, .context = store};
    return store->found ? oc_media_thread_post(media, &call) : OC_OK;
}

/* ---- keeping ---- */

/* File thread. */
static int write_file(oc_file_store_t *files, void *context) {
    oc_desired_store_t *store = context;
    oc_desired_file_causes(files->root, store->base, store->kept.causes);
    size_t bytes = oc_desired_file_pack(&store->kept, store->file);
    return oc_store_replace(files->root, OC_DESIRED_FILE, store->file, bytes);
}

static void report(oc_desired_store_t *store, int result) {
    bool failed = result != OC_OK;
    if (failed && !store->failed)
        oc_log(OC_LOG_WARN, "host",
               OC_DESIRED_FILE ": cannot be written: %s; after a start cameras open with the "
                               "application",
               oc_err_text(result));
    store->failed = failed;
}

static void on_written(oc_media_thread_t *media, void *context, int result) {
    oc_desired_store_t *store = context;
    wipe(&store->file, OC_DESIRED_FILE_HEAD + store->kept.bytes);
    report(store, result);
    int64_t again_us = oc_posix_now_us() + OC_DESIRED_STORE_AGAIN_US;
    if (result != OC_OK && again_us < store->due_us)
        store->due_us = again_us;
}

/* What is in force, with its times from now on. False: nothing is, or no memory for it. */
static bool gather(oc_desired_store_t *store, int64_t now_us) {
    const oc_plane_t *plane = oc_media_thread_plane(store->media);
    oc_plane_hours_t hours = oc_plane_hours(plane);
    oc_clock_t clock;
    size_t bytes = oc_plane_list(plane, NULL, 0);
    store->file = bytes ? malloc(OC_DESIRED_FILE_HEAD + bytes) : NULL;
    if (!store->file)
        return false;
    oc_posix_clock(&clock);
    if (hours.begins_us != NEVER)
        hours.begins_us = hours.begins_us > now_us ? hours.begins_us - now_us : 0;
    bool known = clock.quality != OC_CLOCK_NONE;
    store->kept = (oc_desired_kept_t){.wall_us = known ? oc_clock_wall_us(&clock, now_us) : 0,
                                      .hours = hours,
                                      .letter = store->file + OC_DESIRED_FILE_HEAD,
                                      .bytes = bytes};
    (void)oc_plane_list(plane, store->kept.letter, bytes);
    oc_desired_file_move(store->kept.letter, -now_us / 1000);
    return true;
}

static void keep(oc_desired_store_t *store, int64_t now_us) {
    store->due_us = NEVER;
    if (!gather(store, now_us))
        return;
    if (oc_media_thread_work(store->media, write_file, on_written, store) == OC_OK)
        return;
    wipe(&store->file, OC_DESIRED_FILE_HEAD + store->kept.bytes);
    store->due_us = now_us + OC_DESIRED_STORE_US; /* the queue is full */
}

static bool same_hours(const oc_plane_hours_t *a, const oc_plane_hours_t *b) {
    bool begin = a->begins_us != NEVER && b->begins_us != NEVER;
    int64_t apart_us = begin ? a->begins_us - b->begins_us : 0;
    return a->hold == b->hold && (begin || a->begins_us == b->begins_us) && apart_us < AGREE_US &&
           apart_us > -AGREE_US;
}

/* Whether something is in force that was not when this was asked last. */
static bool has_changed(oc_desired_store_t *store) {
    const oc_plane_t *plane = oc_media_thread_plane(store->media);
    uint32_t revision = oc_plane_list_revision(plane);
    unsigned settings = oc_settings_changes();
    oc_plane_hours_t hours = oc_plane_hours(plane);
    bool changed = atomic_exchange(&store->moved, false) || revision != store->revision ||
                   settings != store->settings || !same_hours(&hours, &store->hours);
    store->revision = revision;
    store->settings = settings;
    store->hours = hours;
    return changed;
}

void oc_desired_store_turn(oc_desired_store_t *store, int64_t now_us) {
    if (!store->media || store->file)
        return;
    if (has_changed(store))
        store->due_us = now_us + OC_DESIRED_STORE_US;
    if (now_us >= store->due_us)
        keep(store, now_us);
}

void oc_desired_store_end(oc_desired_store_t *store) {
    wipe(&store->file, OC_DESIRED_FILE_HEAD + store->kept.bytes);
    wipe(&store->found, store->found_bytes);
}
