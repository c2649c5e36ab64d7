#define _GNU_SOURCE
#include "oc_file_thread.h"

#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "oc_err.h"
#include "oc_posix.h"
#include "oc_pulse.h"
#include "oc_queue.h"

#define STACK_BYTES (64 * 1024 + 64 * 1024) /* iovecs, paths, and a listing's folders */

struct oc_file_thread {
    oc_file_store_t store;
    oc_queue_t queue;    /* of the submitter */
    oc_queue_t requests; /* of the script thread */
    sem_t jobs;          /* counts both, and the stop; giving work waits for nobody */
    bool request_next;   /* file thread */
    _Atomic bool stop;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool ended;         /* under lock */
    uint32_t under_way; /* submitter only: jobs whose results were not taken */
    void (*done)(void *context, const oc_file_job_t *job);
    void *context;
};

/* Waits for a job. False: stopped and nothing left. */
static bool take(oc_file_thread_t *thread, oc_file_job_t *job) {
    for (;;) {
        while (sem_wait(&thread->jobs) != 0) /* a signal */
            ;
        bool first = thread->request_next; /* the two take turns */
        thread->request_next = !first;
        if (oc_queue_pop(first ? &thread->requests : &thread->queue, job) == OC_OK ||
            oc_queue_pop(first ? &thread->queue : &thread->requests, job) == OC_OK)
            return true;
        if (atomic_load(&thread->stop))
            return false;
    }
}

static void *run(void *context) {
    oc_file_thread_t *thread = context;
    oc_file_job_t job;
    while (take(thread, &job)) {
        if (job.op)
            job.result =
                oc_file_store_run(&thread->store, job.slot << 8 | (job.output & 0xff), job.op);
        else
            job.result = job.work(&thread->store, job.context);
        if (!job.request)
            thread->done(thread->context, &job);
    }
    pthread_mutex_lock(&thread->lock);
    thread->ended = true;
    pthread_cond_broadcast(&thread->wake);
    pthread_mutex_unlock(&thread->lock);
    return NULL;
}

int oc_file_thread_start(oc_file_thread_t **out, int root,
                         void (*done)(void *context, const oc_file_job_t *job), void *context) {
    oc_file_thread_t *thread = calloc(1, sizeof(*thread));
    if (!thread || oc_queue_init(&thread->queue, sizeof(oc_file_job_t), OC_FILE_QUEUE) != OC_OK ||
        oc_queue_init(&thread->requests, sizeof(oc_file_job_t), OC_FILE_REQUESTS) != OC_OK) {
        if (thread)
            oc_queue_deinit(&thread->queue);
        free(thread);
        return OC_ERR_NOMEM;
    }
    sem_init(&thread->jobs, 0, 0);
    oc_file_store_init(&thread->store, root);
    pthread_mutex_init(&thread->lock, NULL);
    oc_posix_cond_init(&thread->wake);
    thread->done = done;
    thread->context = context;
    if (oc_posix_thread(&thread->thread, "file", STACK_BYTES, run, thread) != OC_OK) {
        oc_queue_deinit(&thread->queue);
        oc_queue_deinit(&thread->requests);
        free(thread);
        return OC_ERR_NOMEM;
    }
    *out = thread;
    return OC_OK;
}

void oc_file_thread_watch(oc_file_thread_t *thread,
                          void (*changed)(void *context, const char *path, const char *to),
                          void *context) {
    thread->store.changed = changed;
    thread->store.context = context;
}

int oc_file_thread_submit(oc_file_thread_t *thread, const oc_file_job_t *job) {
    if (thread->under_way == OC_FILE_QUEUE || oc_queue_push(&thread->queue, job) != OC_OK)
        return OC_ERR_BUSY;
    thread->under_way++;
    sem_post(&thread->jobs);
    return OC_OK;
}

int oc_file_thread_request(oc_file_thread_t *thread,
                           int (*work)(oc_file_store_t *store, void *context), void *context) {
    oc_file_job_t job = {.work = work, .context = context, .request = true};
    int result = oc_queue_push(&thread->requests, &job);
    if (result == OC_OK)
        sem_post(&thread->jobs);
    return result;
}

void oc_file_thread_taken(oc_file_thread_t *thread) {
    thread->under_way--;
}

bool oc_file_thread_synced(oc_file_thread_t *thread, const char *path, uint64_t *bytes) {
    return oc_file_store_synced(&thread->store, path, bytes);
}

bool oc_file_thread_stop(oc_file_thread_t *thread, int64_t until_us) {
    atomic_store(&thread->stop, true);
    sem_post(&thread->jobs);
    pthread_mutex_lock(&thread->lock);
    while (!thread->ended && oc_pulse_wait(&thread->wake, &thread->lock, until_us))
        continue;
    bool ended = thread->ended;
    pthread_mutex_unlock(&thread->lock);
    if (!ended)
        return false;
    pthread_join(thread->thread, NULL);
    oc_file_store_deinit(&thread->store);
    oc_queue_deinit(&thread->queue);
    oc_queue_deinit(&thread->requests);
    sem_destroy(&thread->jobs);
    pthread_cond_destroy(&thread->wake);
    pthread_mutex_destroy(&thread->lock);
    free(thread);
    return true;
}
