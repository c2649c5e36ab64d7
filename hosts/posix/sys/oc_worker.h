/* oc_worker - a thread that does jobs in the order in which they were given, one at a time. Work
 * that waits for a disk or computes for long has a worker of its own (ADR 38), so that none of it
 * holds another up. The thread begins with the first job. */
#ifndef OC_WORKER_H
#define OC_WORKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct oc_worker_config {
    const char *name;   /* of the thread: at most 15 bytes, static */
    size_t stack_bytes; /* of the thread */
    int nice;           /* 0..19 more than the process has: packets and requests go before */
    uint32_t jobs;      /* at a time, the one under way included; 8 bytes each */
    void (*run)(void *context, void *job); /* on the thread */
    void *context;
} oc_worker_config_t;

typedef struct oc_worker oc_worker_t; /* opaque */

/* Makes it. config: copied. OC_OK | OC_ERR_NOMEM. */
int oc_worker_start(oc_worker_t **out, const oc_worker_config_t *config);

/* Gives a job, borrowed until it has run. Any thread. OC_OK | OC_ERR_BUSY config.jobs are there, or
 * it ends | OC_ERR_NOMEM no thread. */
int oc_worker_post(oc_worker_t *worker, void *job);

/* Ends it after the job under way; drain: after all jobs, else `left` gets those that did not run
 * (may be NULL). until_us: of oc_pulse; INT64_MAX: no time limit. True: ended and freed, NULL is
 * allowed; false: the job hangs, the worker must never be freed. */
bool oc_worker_stop(oc_worker_t *worker, bool drain, int64_t until_us,
                    void (*left)(void *context, void *job));

#endif
