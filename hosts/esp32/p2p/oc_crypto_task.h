/* oc_crypto_task - a task for the handshakes of viewers on the core that has no packets: one takes
 * some 100 ms of computing there. As hosts/posix/p2p/oc_crypto_worker is a thread. Jobs wait in a
 * ring, first come first served. All calls on one task, the media task. */
#ifndef OC_CRYPTO_TASK_H
#define OC_CRYPTO_TASK_H

#include "oc_handshake.h"

#define OC_CRYPTO_TASK_JOBS 8 /* posted and not yet taken back; power of two; 4 bytes each */

typedef struct oc_crypto_task oc_crypto_task_t; /* opaque */

typedef struct oc_crypto_task_config {
    void (*wake)(void *context); /* on this task, after each job and at its end; must not block */
    void *context;
    void (*begin)(void *context);  /* on this task, before the first job; NULL: nothing */
    void (*run)(oc_hs_job_t *job); /* what is done with a job; NULL: oc_handshake_run. For tests */
} oc_crypto_task_config_t;

/* OC_OK | OC_ERR_NOMEM. */
int oc_crypto_task_start(oc_crypto_task_t **out, const oc_crypto_task_config_t *config);
/* Gives a job, borrowed until it is taken back. OC_OK | OC_ERR_BUSY OC_CRYPTO_TASK_JOBS are there,
 * or it is to end. */
int oc_crypto_task_post(oc_crypto_task_t *crypto, oc_hs_job_t *job);
/* The oldest job when it is done; after the end also those that were not run, which changed
 * nothing. NULL: none. */
oc_hs_job_t *oc_crypto_task_take(oc_crypto_task_t *crypto);
/* It is to end with the job under way; oc_crypto_task_ended says when. */
void oc_crypto_task_stop(oc_crypto_task_t *crypto);
bool oc_crypto_task_ended(oc_crypto_task_t *crypto);
/* After it has ended and all jobs are taken back; NULL is allowed. */
void oc_crypto_task_delete(oc_crypto_task_t *crypto);

#endif
