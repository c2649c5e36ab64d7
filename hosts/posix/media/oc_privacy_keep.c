#include "oc_privacy_keep.h"

#include <string.h>
#include <sys/stat.h>

#include "oc_err.h"
#include "oc_log.h"
#include "oc_posix.h"

void oc_privacy_keep_init(oc_privacy_keep_t *keep, oc_media_thread_t *media, bool on) {
    *keep = (oc_privacy_keep_t){.media = media, .known = on};
}

/* ---- writing ---- */

static int write_file(oc_file_store_t *store, void *context) {
    oc_privacy_keep_t *keep = context;
    return oc_privacy_file_write(store->root, keep->expected);
}

static void on_written(oc_media_thread_t *media, void *context, int result) {
    oc_privacy_keep_t *keep = context;
    keep->writing = keep->posted = false;
    if (result == OC_OK)
        keep->known = keep->expected;
    oc_plane_privacy_stored(oc_media_thread_plane(media), result, oc_posix_now_us());
}

/* A full queue is asked again in the next turn. */
static void post_write(oc_privacy_keep_t *keep) {
    keep->posted = oc_media_thread_work(keep->media, write_file, on_written, keep) == OC_OK;
}

void oc_privacy_keep_store(oc_privacy_keep_t *keep, bool on) {
    keep->writing = true;
    keep->expected = on;
    post_write(keep);
}

/* ---- looking ---- */

static int read_file(oc_file_store_t *store, void *context) {
    oc_privacy_keep_t *keep = context;
    if (store->root < 0)
        return OC_ERR_NOENT; /* a process that keeps nothing: --print-settings */
    struct stat about;
    if (fstat(store->root, &about) != 0 || about.st_nlink == 0)
        return OC_ERR_IO; /* the directory was deleted: nobody has ended it by that */
    keep->found = oc_privacy_file_read(store->root, keep->why, sizeof(keep->why));
    return OC_OK;
}

static void on_read(oc_media_thread_t *media, void *context, int result) {
    oc_privacy_keep_t *keep = context;
    keep->looking = false;
    if (keep->writing || result != OC_OK)
        return; /* it may have been read before */
    if (strcmp(keep->why, keep->notified) != 0) {
        memcpy(keep->notified, keep->why, sizeof(keep->notified));
        if (keep->why[0] && keep->looked)
            oc_log(OC_LOG_WARN, "host", "%s%s", keep->why,
                   keep->found == OC_PRIVACY_FILE_UNKNOWN
                       ? "; privacy mode stays as it is; it is read again every second"
                       : "");
    }
    keep->looked = true;
    bool on = keep->found == OC_PRIVACY_FILE_ON;
    if (keep->found == OC_PRIVACY_FILE_UNKNOWN || on == keep->known)
        return;
    keep->known = on;
    oc_plane_privacy_notified(oc_media_thread_plane(media), on, oc_posix_now_us());
}

void oc_privacy_keep_turn(oc_privacy_keep_t *keep, int64_t now_us) {
    if (keep->writing && !keep->posted)
        post_write(keep);
    if (keep->looking || now_us < keep->due_us)
        return;
    keep->due_us = now_us + OC_PRIVACY_KEEP_US;
    keep->looking = oc_media_thread_work(keep->media, read_file, on_read, keep) == OC_OK;
}
