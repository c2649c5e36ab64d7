#include "oc_crypto_worker.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "oc_err.h"
#include "oc_worker.h"

#define STACK_BYTES (256 * 1024)
#define NICE        5 /* packets and requests go before */

struct oc_crypto_worker {
    oc_crypto_worker_config_t config;
    uv_async_t wake; /* of the loop */
    oc_worker_t *worker;
    oc_hs_job_t *jobs[OC_CRYPTO_WORKER_JOBS]; /* a ring of what was posted; loop only */
    unsigned tail, count;                     /* oldest; posted and not handed back */
    _Atomic unsigned ready;                   /* of them done */
    bool stop;
    void (*stopped)(void *context);
    void *stopped_context;
};

static void run(void *context, void *job) {
    oc_crypto_worker_t *worker = context;
    worker->config.run(job);
    atomic_fetch_add(&worker->ready, 1);
    uv_async_send(&worker->wake);
}

/* The jobs that are done, oldest first; all: also those that are not. */
static void hand_back(oc_crypto_worker_t *worker, bool all) {
    while (worker->count > 0 && (all || atomic_load(&worker->ready) > 0)) {
        oc_hs_job_t *job = worker->jobs[worker->tail];
        worker->tail = (worker->tail + 1) % OC_CRYPTO_WORKER_JOBS;
        worker->count--;
        if (atomic_load(&worker->ready) > 0)
            atomic_fetch_sub(&worker->ready, 1);
        worker->config.done(worker->config.context, job);
    }
}

static void on_wake(uv_async_t *handle) {
    hand_back(handle->data, false);
}

static void run_handshake(oc_hs_job_t *job) {
    oc_handshake_run(job->handshake, job);
}

static void on_closed(uv_handle_t *handle) {
    oc_crypto_worker_t *worker = handle->data;
    void (*stopped)(void *) = worker->stopped;
    void *context = worker->stopped_context;
    free(worker);
    if (stopped)
        stopped(context);
}

int oc_crypto_worker_start(oc_crypto_worker_t **out, const oc_crypto_worker_config_t *config) {
    oc_crypto_worker_t *worker = calloc(1, sizeof *worker);
    *out = NULL;
    if (!worker)
        return OC_ERR_NOMEM;
    worker->config = *config;
    if (!worker->config.run)
        worker->config.run = run_handshake;
    worker->wake.data = worker;
    if (uv_async_init(config->loop, &worker->wake, on_wake) != 0) {
        free(worker);
        return OC_ERR_IO;
    }
    if (oc_worker_start(&worker->worker, &(oc_worker_config_t){.name = "crypto",
                                                               .stack_bytes = STACK_BYTES,
                                                               .nice = NICE,
                                                               .jobs = OC_CRYPTO_WORKER_JOBS +
                                                                       1, /* one was just done */
                                                               .run = run,
                                                               .context = worker}) != OC_OK) {
        uv_close((uv_handle_t *)&worker->wake, on_closed);
        return OC_ERR_NOMEM;
    }
    *out = worker;
    return OC_OK;
}

int oc_crypto_worker_post(oc_crypto_worker_t *worker, oc_hs_job_t *job) {
    if (worker->stop || worker->count == OC_CRYPTO_WORKER_JOBS ||
        oc_worker_post(worker->worker, job) != OC_OK)
        return OC_ERR_BUSY;
    worker->jobs[(worker->tail + worker->count++) % OC_CRYPTO_WORKER_JOBS] = job;
    return OC_OK;
}

void oc_crypto_worker_stop(oc_crypto_worker_t *worker, void (*stopped)(void *context),
                           void *context) {
    if (!worker) {
        if (stopped)
            stopped(context);
        return;
    }
    worker->stop = true;
    (void)oc_worker_stop(worker->worker, false, INT64_MAX, NULL);
    worker->stopped = stopped;
    worker->stopped_context = context;
    hand_back(worker, true);
    uv_close((uv_handle_t *)&worker->wake, on_closed);
}
