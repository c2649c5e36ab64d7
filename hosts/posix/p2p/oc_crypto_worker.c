#define _GNU_SOURCE
#include "oc_crypto_worker.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "oc_err.h"
#include "oc_posix.h"

#define STACK_BYTES (256 * 1024)
#define NICE        5 /* packets and requests go before */

struct oc_crypto_worker {
    oc_crypto_worker_config_t config;
    uv_async_t wake; /* of the loop */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t cond;
    /* Under lock: a ring of what was posted. [tail, next): done, [next, next + waiting): to do. */
    oc_hs_job_t *jobs[OC_CRYPTO_WORKER_JOBS];
    unsigned tail, count; /* oldest; posted and not handed back */
    unsigned ready;       /* of them done */
    bool stop;
    void (*stopped)(void *context);
    void *stopped_context;
};

static oc_hs_job_t *job_at(oc_crypto_worker_t *worker, unsigned n) {
    return worker->jobs[(worker->tail + n) % OC_CRYPTO_WORKER_JOBS];
}

static void *run(void *data) {
    oc_crypto_worker_t *worker = data;
    id_t self = (id_t)gettid();
    setpriority(PRIO_PROCESS, self, getpriority(PRIO_PROCESS, self) + NICE);
    pthread_mutex_lock(&worker->lock);
    for (;;) {
        while (worker->ready == worker->count && !worker->stop)
            oc_posix_cond_wait(&worker->cond, &worker->lock, INT64_MAX);
        if (worker->stop)
            break;
        oc_hs_job_t *job = job_at(worker, worker->ready);
        pthread_mutex_unlock(&worker->lock);
        worker->config.run(job);
        pthread_mutex_lock(&worker->lock);
        worker->ready++;
        uv_async_send(&worker->wake);
    }
    pthread_mutex_unlock(&worker->lock);
    return NULL;
}

/* The oldest job when it is done, or in any case when `all`; NULL: none. */
static oc_hs_job_t *take(oc_crypto_worker_t *worker, bool all) {
    oc_hs_job_t *job = NULL;
    pthread_mutex_lock(&worker->lock);
    if (worker->ready || (all && worker->count)) {
        job = job_at(worker, 0);
        worker->tail = (worker->tail + 1) % OC_CRYPTO_WORKER_JOBS;
        worker->count--;
        worker->ready -= worker->ready ? 1 : 0;
    }
    pthread_mutex_unlock(&worker->lock);
    return job;
}

static void hand_back(oc_crypto_worker_t *worker, bool all) {
    oc_hs_job_t *job;
    while ((job = take(worker, all)) != NULL)
        worker->config.done(worker->config.context, job);
}

static void on_wake(uv_async_t *handle) {
    hand_back(handle->data, false);
}

static void run_handshake(oc_hs_job_t *job) {
    oc_handshake_run(job->handshake, job);
}

static void release(oc_crypto_worker_t *worker) {
    pthread_cond_destroy(&worker->cond);
    pthread_mutex_destroy(&worker->lock);
    free(worker);
}

static void on_closed(uv_handle_t *handle) {
    oc_crypto_worker_t *worker = handle->data;
    void (*stopped)(void *) = worker->stopped;
    void *context = worker->stopped_context;
    release(worker);
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
    pthread_mutex_init(&worker->lock, NULL);
    oc_posix_cond_init(&worker->cond);
    worker->wake.data = worker;
    if (uv_async_init(config->loop, &worker->wake, on_wake) != 0) {
        release(worker);
        return OC_ERR_IO;
    }
    if (oc_posix_thread(&worker->thread, "crypto", STACK_BYTES, run, worker) != OC_OK) {
        uv_close((uv_handle_t *)&worker->wake, on_closed);
        return OC_ERR_NOMEM;
    }
    *out = worker;
    return OC_OK;
}

int oc_crypto_worker_post(oc_crypto_worker_t *worker, oc_hs_job_t *job) {
    int result = OC_ERR_BUSY;
    pthread_mutex_lock(&worker->lock);
    if (worker->count < OC_CRYPTO_WORKER_JOBS && !worker->stop) {
        worker->jobs[(worker->tail + worker->count++) % OC_CRYPTO_WORKER_JOBS] = job;
        pthread_cond_signal(&worker->cond);
        result = OC_OK;
    }
    pthread_mutex_unlock(&worker->lock);
    return result;
}

unsigned oc_crypto_worker_pending(const oc_crypto_worker_t *worker) {
    return worker->count; /* changed by this thread alone */
}

void oc_crypto_worker_stop(oc_crypto_worker_t *worker, void (*stopped)(void *context),
                           void *context) {
    if (!worker) {
        if (stopped)
            stopped(context);
        return;
    }
    pthread_mutex_lock(&worker->lock);
    worker->stop = true;
    pthread_cond_signal(&worker->cond);
    pthread_mutex_unlock(&worker->lock);
    pthread_join(worker->thread, NULL);
    worker->stopped = stopped;
    worker->stopped_context = context;
    hand_back(worker, true);
    uv_close((uv_handle_t *)&worker->wake, on_closed);
}
