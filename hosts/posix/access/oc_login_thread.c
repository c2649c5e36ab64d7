#include "oc_login_thread.h"

#include <stdlib.h>

#include "oc_err.h"
#include "oc_worker.h"

#define STACK_BYTES (128 * 1024)
#define NICE        10 /* packets, requests and scripts go before */

struct oc_login_thread {
    void (*done)(void *context, oc_login_job_t *job);
    void *context;
    oc_worker_t *worker;
};

void oc_login_job_free(oc_login_job_t *job) {
    if (job)
        oc_crypto_wipe(job, sizeof(*job));
    free(job);
}

static void run(void *context, void *data) {
    oc_login_thread_t *login = context;
    oc_login_job_t *job = data;
    if (job->edit == OC_ACCESS_EDIT_NONE)
        job->right = oc_access_user_check(job->known ? &job->user : NULL, job->password);
    else
        job->result = oc_access_edit_run(job->root, &(oc_access_edit_t){.kind = job->edit,
                                                                        .name = job->name,
                                                                        .old = job->password,
                                                                        .fresh = job->fresh,
                                                                        .right = job->want,
                                                                        .scope = job->scope,
                                                                        .keeps = job->keeps});
    login->done(login->context, job);
}

int oc_login_thread_start(oc_login_thread_t **out, void (*done)(void *context, oc_login_job_t *job),
                          void *context) {
    oc_login_thread_t *login = calloc(1, sizeof(*login));
    if (!login)
        return OC_ERR_NOMEM;
    login->done = done;
    login->context = context;
    int result = oc_worker_start(
        &login->worker,
        &(oc_worker_config_t){.name = "login",
                              .stack_bytes = STACK_BYTES,
                              .nice = NICE,
                              .jobs = OC_LOGIN_JOBS + 1, /* one whose answer is on its way */
                              .run = run,
                              .context = login});
    if (result == OC_OK)
        *out = login;
    else
        free(login);
    return result;
}

int oc_login_thread_post(oc_login_thread_t *login, oc_login_job_t *job) {
    return oc_worker_post(login->worker, job);
}

static void forget(void *context, void *job) {
    oc_login_job_free(job);
}

void oc_login_thread_stop(oc_login_thread_t *login) {
    if (login)
        (void)oc_worker_stop(login->worker, false, INT64_MAX, forget);
    free(login);
}
