/* oc_file_thread - everything that may wait for a disk, on a thread of its own: file operations of
 * outputs in the order they were given, and other work. Results come back by a callback on this
 * thread, which hands them to the media thread. What a script asks for (oc_file_thread_request)
 * waits in a queue of its own and takes turns with that: the two threads that give work share no
 * lock. */
#ifndef OC_FILE_THREAD_H
#define OC_FILE_THREAD_H

#include "oc_file_store.h"

#define OC_FILE_QUEUE 256 /* jobs under way, results not yet taken included; 40 bytes each */

#define OC_FILE_REQUESTS 64 /* of the script, not yet begun; as many as it can post */

/* One job. Exactly one of op and work is set. */
typedef struct oc_file_job {
    unsigned slot, output;  /* of the stream, and which of its outputs */
    const oc_file_op_t *op; /* borrowed until done */
    uint32_t id;            /* op->id, kept because the op is gone after its answer */
    int (*work)(oc_file_store_t *store, void *context); /* anything else that may wait */
    void *context;                                      /* of work */
    int result;                                         /* set when done */
    bool request;                                       /* nobody is told of its end */
} oc_file_job_t;

/* The thread with its queue and store; opaque. */
typedef struct oc_file_thread oc_file_thread_t;

/* Starts the thread. root: as oc_file_store_init. done: called on the file thread after each job
 * (job borrowed until return); must not block. OC_OK | OC_ERR_NOMEM. */
int oc_file_thread_start(oc_file_thread_t **thread, int root,
                         void (*done)(void *context, const oc_file_job_t *job), void *context);

/* Who is called when a file has changed (oc_file_store_t.changed); before the first job. */
void oc_file_thread_watch(oc_file_thread_t *thread,
                          void (*changed)(void *context, const char *path, const char *to),
                          void *context);

/* One thread (the media thread) submits. OC_OK (job copied) | OC_ERR_BUSY. */
int oc_file_thread_submit(oc_file_thread_t *thread, const oc_file_job_t *job);
/* One other thread (the script thread) asks for work, which tells its result itself.
 * OC_OK | OC_ERR_BUSY. */
int oc_file_thread_request(oc_file_thread_t *thread,
                           int (*work)(oc_file_store_t *store, void *context), void *context);
/* The submitter has taken one result: room for another job. */
void oc_file_thread_taken(oc_file_thread_t *thread);

/* As oc_file_store_synced. Any thread. */
bool oc_file_thread_synced(oc_file_thread_t *thread, const char *path, uint64_t *bytes);

/* Does the jobs still queued, then ends the thread. until_us: of oc_pulse; a disk that hangs longer
 * is left behind. True: ended and freed; false: still hanging, must never be freed. */
bool oc_file_thread_stop(oc_file_thread_t *thread, int64_t until_us);

#endif
