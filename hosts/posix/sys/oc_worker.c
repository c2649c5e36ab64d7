#define _GNU_SOURCE
#include "oc_worker.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "oc_err.h"
#include "oc_posix.h"
#include "oc_pulse.h"

struct oc_worker {
    oc_worker_config_t config;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;    /* a job, or an end */
    bool begun, ending, ended; /* under lock, as the next ones */
    bool drain;
    uint32_t head, count; /* oldest job, the one under way if any */
    void *jobs[];         /* config.jobs */
};

static void *take(oc_worker_t *worker) {
    void *job = worker->jobs[worker->head];
    worker->head = (worker->head + 1) % worker->config.jobs;
    worker->count--;
    return job;
}

static void *run(void *data) {
    oc_worker_t *worker = data;
    id_t self = (id_t)gettid();
    if (worker->config.nice)
        setpriority(PRIO_PROCESS, self, getpriority(PRIO_PROCESS, self) + worker->config.nice);
    pthread_mutex_lock(&worker->lock);
    for (;;) {
        while (worker->count == 0 && !worker->ending)
            oc_posix_cond_wait(&worker->changed, &worker->lock, INT64_MAX);
        if (worker->ending && (!worker->drain || worker->count == 0))
            break;
        void *job = worker->jobs[worker->head];
        pthread_mutex_unlock(&worker->lock);
        worker->config.run(worker->config.context, job);
        pthread_mutex_lock(&worker->lock);
        (void)take(worker);
    }
    worker->ended = true;
    pthread_cond_broadcast(&worker->changed);
    pthread_mutex_unlock(&worker->lock);
    return NULL;
}

int oc_worker_start(oc_worker_t **out, const oc_worker_config_t *config) {
    oc_worker_t *worker = calloc(1, sizeof *worker + config->jobs * sizeof worker->jobs[0]);
    if (!worker)
        return OC_ERR_NOMEM;
    worker->config = *config;
    pthread_mutex_init(&worker->lock, NULL);
    oc_posix_cond_init(&worker->changed);
    *out = worker;
    return OC_OK;
}

int oc_worker_post(oc_worker_t *worker, void *job) {
    int result = OC_OK;
    pthread_mutex_lock(&worker->lock);
    if (worker->ending || worker->count == worker->config.jobs)
        result = OC_ERR_BUSY;
    else if (!worker->begun)
        result = oc_posix_thread(&worker->thread, worker->config.name, worker->config.stack_bytes,
                                 run, worker);
    if (result == OC_OK) {
        worker->begun = true;
        worker->jobs[(worker->head + worker->count++) % worker->config.jobs] = job;
        pthread_cond_broadcast(&worker->changed);
    }
    pthread_mutex_unlock(&worker->lock);
    return result;
}

bool oc_worker_stop(oc_worker_t *worker, bool drain, int64_t until_us,
                    void (*left)(void *context, void *job)) {
    if (!worker)
        return true;
    pthread_mutex_lock(&worker->lock);
    worker->ending = true;
    worker->drain = drain;
    pthread_cond_broadcast(&worker->changed);
    while (worker->begun && !worker->ended &&
           oc_pulse_wait(&worker->changed, &worker->lock, until_us))
        continue;
    bool ended = !worker->begun || worker->ended;
    pthread_mutex_unlock(&worker->lock);
    if (!ended)
        return false;
    if (worker->begun)
        pthread_join(worker->thread, NULL);
    while (worker->count > 0) {
        void *job = take(worker);
        if (left)
            left(worker->config.context, job);
    }
    pthread_cond_destroy(&worker->changed);
    pthread_mutex_destroy(&worker->lock);
    free(worker);
    return true;
}
