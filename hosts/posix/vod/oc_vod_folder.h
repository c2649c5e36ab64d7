/* oc_vod_folder - the recordings of a channel that touch a span, found by an index or by their
 * names, and their bytes. Files that are open here are read on after they were deleted or renamed.
 * May wait for the disk. One thread at a time. */
#ifndef OC_VOD_FOLDER_H
#define OC_VOD_FOLDER_H

#include <stdatomic.h>
#include <stdbool.h>

#include "oc_key_cache.h"
#include "oc_vod_file.h"

#define OC_VOD_FOLDER_KEPT 64 /* descriptors that stay open; files beyond are opened when read */

/* What is known of files that grow. */
typedef struct oc_vod_synced {
    /* True: `path` (below the data directory) is being written, *bytes of it may be read. Any
     * thread. NULL: nothing is known, all of a file is read. */
    bool (*get)(void *context, const char *path, uint64_t *bytes);
    void *context;
} oc_vod_synced_t;

/* A recording that a finder knows; borrowed until the callback returns. */
typedef struct oc_vod_found {
    const char *path; /* below the data directory */
    uint64_t bytes;   /* for which `keys` holds */
    oc_span_t keys;   /* its key frames (oc_key_table); empty: not known */
} oc_vod_found_t;

/* What knows recordings without a look at their folder. It may be behind: a file that is gone is
 * passed over, and key frames hold only for the file's length. */
typedef struct oc_vod_finder {
    /* At most `limit` recordings of a channel that touch [from_ms, to_ms), oldest first; take:
     * false ends the search. OC_OK | OC_AGAIN it does not know: the folder is read. May wait. NULL:
     * there is none. */
    int (*find)(void *context, const char *channel, int64_t from_ms, int64_t to_ms, uint32_t limit,
                bool (*take)(void *to, const oc_vod_found_t *found), void *to);
    /* What `path` ("..._open.mp4") is called since it was closed. OC_OK | OC_ERR_NOENT | OC_AGAIN.
     */
    int (*closed)(void *context, const char *path, char *out, size_t size);
    void *context;
} oc_vod_finder_t;

/* Where recordings are. */
typedef struct oc_vod_place {
    int root;               /* descriptor of the data directory, borrowed */
    oc_vod_finder_t finder; /* all zero: folders are read */
} oc_vod_place_t;

typedef struct oc_vod_folder {
    oc_vod_span_t span; /* what was found; its functions need the folder where it is */
    bool grows;         /* the last one is being written */
    /* below: its own */
    oc_vod_place_t place;
    oc_key_cache_t *keys;    /* borrowed; NULL: every file is searched itself */
    const atomic_bool *gone; /* nobody waits any more: reading fails; borrowed, NULL: never */
    oc_vod_entry_t *entry;   /* count of them, and as many of the next two */
    struct oc_vod_folder_file *file;
    uint32_t found; /* of `file`: those that have gone meanwhile are behind */
} oc_vod_folder_t;

/* Finds those of `channel` in [from_ms, to_ms), UTC. place: copied; its descriptor and keys are
 * borrowed until closed. folder: where it stays. OC_OK, also for none | OC_ERR_INVAL no
 * name of a channel | OC_ERR_TOO_BIG more than OC_VOD_FILES_MAX | OC_ERR_NOMEM | OC_ERR_IO. */
int oc_vod_folder_open(oc_vod_folder_t *folder, const oc_vod_place_t *place, const char *channel,
                       int64_t from_ms, int64_t to_ms, const oc_vod_synced_t *synced,
                       oc_key_cache_t *keys);
void oc_vod_folder_close(oc_vod_folder_t *folder);

/* Recordings of the channel that `path` ("recordings/<channel>/...") is of, from the one on that
 * ends behind base_ms + at_ms (UTC): lines "OFFSET_MS PATH\n", OFFSET_MS from base_ms on, as many
 * as fit. Returns bytes, 0: none | OC_ERR_*. */
int oc_vod_folder_list(const oc_vod_place_t *place, const char *path, int64_t base_ms,
                       int64_t at_ms, char *out, size_t size);

/* A recording that was being written when somebody learned its path, and is not any more: its path
 * now, into path (size bytes). OC_OK | OC_ERR_NOENT. */
int oc_vod_folder_closed(const oc_vod_place_t *place, const char *path, char *out, size_t size);

#endif
