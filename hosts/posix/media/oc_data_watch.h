/* oc_data_watch - looks after the data directory once a second, on the file thread: whether another
 * folder or disk is at its path (recordings then go on there), how much room is left, and whether
 * files that could not be renamed when they were closed can be by now. Media thread, except where
 * noted. */
#ifndef OC_DATA_WATCH_H
#define OC_DATA_WATCH_H

#include <stdatomic.h>

#include "oc_file_store.h"
#include "oc_media_work.h"

#define OC_DATA_WATCH_US     (1000 * 1000)      /* between two looks */
#define OC_DATA_WATCH_HUNG   (10 * 1000 * 1000) /* us: a look that takes longer is told of */
#define OC_DATA_WATCH_MISSED 3600 /* looks for a file that is not there, then no more */

typedef struct oc_data_watch {
    oc_media_thread_t *media;
    const char *path; /* NULL: it is not looked for */
    int lock;         /* -1: none */
    bool looking;     /* a look is under way */
    int64_t due_us;   /* of the next one */
    /* file thread, and the media thread between two looks */
    bool privacy;                 /* it is on by command: another folder has to say so too */
    bool switched;                /* what the look found */
    char named[OC_FILE_PATH_MAX]; /* a file that has its name now; "" = none */
    uint64_t named_bytes;
    char why[160], notified[160];
    bool gone_notified;
    /* any thread */
    _Atomic uint64_t free_bytes, total_bytes; /* of its file system; total 0: not known yet */
    _Atomic bool gone;                        /* it was deleted, and there is no other */
    _Atomic int64_t requested_us; /* time awake: when the look under way began; 0 = none */
} oc_data_watch_t;

/* path: of the data directory, NULL = none is followed; lock: its lock or -1; both borrowed for the
 * watch's life. */
void oc_data_watch_init(oc_data_watch_t *watch, oc_media_thread_t *media, const char *path,
                        int lock);
/* In every turn of the media thread. */
void oc_data_watch_turn(oc_data_watch_t *watch, int64_t now_us);
/* Any thread: the disk has not answered for OC_DATA_WATCH_HUNG. awake_us: of oc_pulse. */
bool oc_data_watch_hung(const oc_data_watch_t *watch, int64_t awake_us);

#endif
