/* oc_privacy_keep - oc_privacy_file for a running program: writes what the plane asks for on the
 * file thread, and looks once a second whether somebody else (`ocellus privacy`) has changed it.
 * Media thread only. */
#ifndef OC_PRIVACY_KEEP_H
#define OC_PRIVACY_KEEP_H

#include "oc_file_store.h"
#include "oc_media_work.h"
#include "oc_privacy_file.h"

#define OC_PRIVACY_KEEP_US (1000 * 1000) /* between two looks */

typedef struct oc_privacy_keep {
    oc_media_thread_t *media;
    bool known;              /* what the file said last, or was told to say */
    bool writing;            /* a write is wanted or under way ... */
    bool posted;             /* ... and the file thread has it */
    bool expected;           /* what it is to say */
    bool looking;            /* a look is under way */
    bool looked;             /* at least once: what was wrong at the start has been said there */
    oc_privacy_file_t found; /* file thread: what it said */
    char why[160];           /* file thread: as oc_privacy_file_read */
    char notified[160];
    int64_t due_us; /* of the next look */
} oc_privacy_keep_t;

/* on: what the file said at the start. media: borrowed for the keep's life. */
void oc_privacy_keep_init(oc_privacy_keep_t *keep, oc_media_thread_t *media, bool on);
/* The plane's privacy_store. */
void oc_privacy_keep_store(oc_privacy_keep_t *keep, bool on);
/* In every turn of the media thread. */
void oc_privacy_keep_turn(oc_privacy_keep_t *keep, int64_t now_us);

#endif
