/* oc_crypto_worker - one thread for the handshakes of viewers, so that some 10 ms of computing
 * never stand in the way of packets. Jobs wait in a bounded queue, first come first served; what is
 * done wakes the owner's libuv loop. Everything on that loop's thread, except where noted. */
#ifndef OC_CRYPTO_WORKER_H
#define OC_CRYPTO_WORKER_H

#include <uv.h>

#include "oc_handshake.h"

#define OC_CRYPTO_WORKER_JOBS 16 /* posted and not yet handed back; 8 bytes each */

/* The thread; opaque. */
typedef struct oc_crypto_worker oc_crypto_worker_t;

typedef struct oc_crypto_worker_config {
    uv_loop_t *loop; /* of the calling thread; borrowed until oc_crypto_worker_stop's `stopped` */
    /* On the loop, for each job, in the order of posting. May post. */
    void (*done)(void *context, oc_hs_job_t *job);
    void *context;
    /* What is done with a job, on the thread; NULL: oc_handshake_run. For tests. */
    void (*run)(oc_hs_job_t *job);
} oc_crypto_worker_config_t;

/* Starts it. OC_OK | OC_ERR_NOMEM | OC_ERR_IO the loop takes no more handles. */
int oc_crypto_worker_start(oc_crypto_worker_t **out, const oc_crypto_worker_config_t *config);

/* Gives a job (borrowed until `done`). OC_OK | OC_ERR_BUSY: OC_CRYPTO_WORKER_JOBS are there; the
 * job waits with its owner, who posts it again from a later `done`. */
int oc_crypto_worker_post(oc_crypto_worker_t *worker, oc_hs_job_t *job);

/* Waits for the job under way (some 10 ms), hands back every job that was posted, also those that
 * were not run (they changed nothing), and closes its handle; stopped: called from a later turn of
 * the loop, when all is freed; may be NULL. NULL as worker is allowed: `stopped` is called at once.
 */
void oc_crypto_worker_stop(oc_crypto_worker_t *worker, void (*stopped)(void *context),
                           void *context);

#endif
