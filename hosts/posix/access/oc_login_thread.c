#define _GNU_SOURCE
#include "oc_login_thread.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "oc_err.h"
#include "oc_posix.h"

#define STACK_BYTES (128 * 1024)
#define NICE        10 /* packets, requests and scripts go before */

struct oc_login_thread {
    void (*done)(void *context, oc_login_job_t *job);
    void *context;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t cond;
    oc_login_job_t *jobs[OC_LOGIN_JOBS]; /* under lock, oldest first; the first is under way */
    unsigned count;
    bool stop;
};

void oc_login_job_free(oc_login_job_t *job) {
    if (job)
        oc_crypto_wipe(job, sizeof(*job));
    free(job);
}

static void *run(void *data) {
    oc_login_thread_t *login = data;
    id_t self = (id_t)gettid();
    setpriority(PRIO_PROCESS, self, getpriority(PRIO_PROCESS, self) + NICE);
    pthread_mutex_lock(&login->lock);
    for (;;) {
        while (login->count == 0 && !login->stop)
            oc_posix_cond_wait(&login->cond, &login->lock, INT64_MAX);
        if (login->stop)
            break;
        oc_login_job_t *job = login->jobs[0];
        pthread_mutex_unlock(&login->lock);
        job->right = oc_access_user_check(job->known ? &job->user : NULL, job->password);
        pthread_mutex_lock(&login->lock);
        login->count--;
        for (unsigned i = 0; i < login->count; i++)
            login->jobs[i] = login->jobs[i + 1];
        pthread_mutex_unlock(&login->lock);
        login->done(login->context, job);
        pthread_mutex_lock(&login->lock);
    }
    pthread_mutex_unlock(&login->lock);
    return NULL;
}

int oc_login_thread_start(oc_login_thread_t **out, void (*done)(void *context, oc_login_job_t *job),
                          void *context) {
    oc_login_thread_t *login = calloc(1, sizeof(*login));
    if (!login)
        return OC_ERR_NOMEM;
    login->done = done;
    login->context = context;
    pthread_mutex_init(&login->lock, NULL);
    oc_posix_cond_init(&login->cond);
    if (oc_posix_thread(&login->thread, "login", STACK_BYTES, run, login) != OC_OK) {
        pthread_cond_destroy(&login->cond);
        pthread_mutex_destroy(&login->lock);
        free(login);
        return OC_ERR_NOMEM;
    }
    *out = login;
    return OC_OK;
}

int oc_login_thread_post(oc_login_thread_t *login, oc_login_job_t *job) {
    int result = OC_ERR_BUSY;
    pthread_mutex_lock(&login->lock);
    if (login->count < OC_LOGIN_JOBS) {
        login->jobs[login->count++] = job;
        pthread_cond_signal(&login->cond);
        result = OC_OK;
    }
    pthread_mutex_unlock(&login->lock);
    return result;
}

void oc_login_thread_stop(oc_login_thread_t *login) {
    if (!login)
        return;
    pthread_mutex_lock(&login->lock);
    login->stop = true;
    pthread_cond_signal(&login->cond);
    pthread_mutex_unlock(&login->lock);
    pthread_join(login->thread, NULL);
    for (unsigned i = 0; i < login->count; i++)
        oc_login_job_free(login->jobs[i]);
    pthread_cond_destroy(&login->cond);
    pthread_mutex_destroy(&login->lock);
    free(login);
}
