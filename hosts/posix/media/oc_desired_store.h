/* oc_desired_store - oc_desired_file for a running program: hands what was kept to the plane before
 * the first script runs, and keeps on the file thread what is in force since, once it has been so
 * for a second. Media thread only, except where noted. */
#ifndef OC_DESIRED_STORE_H
#define OC_DESIRED_STORE_H

#include <stdatomic.h>

#include "oc_desired_file.h"
#include "oc_media_work.h"

#define OC_DESIRED_STORE_US       (1000 * 1000)      /* from a change to its writing */
#define OC_DESIRED_STORE_AGAIN_US (60 * 1000 * 1000) /* from a writing that failed to the next */

typedef struct oc_desired_store {
    oc_media_thread_t *media; /* NULL: nothing is kept */
    uint8_t base[OC_CRYPTO_HASH];
    /* Main thread, then the first call: what was found. NULL: nothing. */
    uint8_t *found;
    size_t found_bytes;
    bool resumed; /* it was taken */
    /* As it was seen last. */
    uint32_t revision;
    unsigned settings;
    oc_plane_hours_t hours;
    int64_t due_us;         /* of the next writing; INT64_MAX: it is as on the disk */
    _Atomic bool moved;     /* any thread: the data directory is another folder */
    uint8_t *file;          /* under way: with the file thread; owned. NULL: nothing is */
    oc_desired_kept_t kept; /* of it */
    bool failed;            /* the last writing did, and that was said */
} oc_desired_store_t;

/* Main thread, before the first turn below: reads the file, and has what it found given to the
 * plane when it was made from the same settings and options: in a call of the media thread, so
 * before those of a script that is started afterwards. media: borrowed for the store's life. root:
 * of the data directory; base: digest of the options. OC_OK | OC_ERR_BUSY. */
int oc_desired_store_start(oc_desired_store_t *store, oc_media_thread_t *media, int root,
                           const uint8_t base[OC_CRYPTO_HASH]);
/* In every turn of the media thread. */
void oc_desired_store_turn(oc_desired_store_t *store, int64_t now_us);
/* The media thread has stopped. */
void oc_desired_store_end(oc_desired_store_t *store);

#endif
