/* oc_crypto_worker with jobs that only count: order, a full queue, jobs posted from a completion,
 * an end in the middle. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>

#include "oc_crypto_worker.h"
#include "oc_err.h"

#define JOBS 200

static uv_loop_t loop;
static oc_crypto_worker_t *worker;
static oc_hs_job_t jobs[JOBS];
static unsigned posted, done, run_count, stopped;
static pthread_t own_thread;
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

/* On the worker: out_len counts how often, detail says in which order. */
static void run(oc_hs_job_t *job) {
    pthread_mutex_lock(&gate);
    job->out_len++;
    job->detail = (int)run_count++;
    job->matched = !pthread_equal(pthread_self(), own_thread);
    pthread_mutex_unlock(&gate);
}

static void on_stopped(void *context) {
    stopped++;
}

/* Keeps the queue full until all were posted, then ends it. */
static void on_done(void *context, oc_hs_job_t *job) {
    assert_ptr_equal(job, &jobs[done]);
    assert_int_equal(job->out_len, 1);
    assert_int_equal(job->detail, done);
    assert_true(job->matched);
    done++;
    while (posted < JOBS && oc_crypto_worker_post(worker, &jobs[posted]) == OC_OK)
        posted++;
    if (done == JOBS)
        oc_crypto_worker_stop(worker, on_stopped, NULL);
}

static int set_up(void **state) {
    memset(jobs, 0, sizeof jobs);
    posted = done = run_count = stopped = 0;
    own_thread = pthread_self();
    return uv_loop_init(&loop);
}

static int tear_down(void **state) {
    return uv_loop_close(&loop); /* not closed: a handle is left */
}

static void start(void (*on)(void *context, oc_hs_job_t *job)) {
    oc_crypto_worker_config_t config = {.loop = &loop, .done = on, .run = run};
    assert_int_equal(oc_crypto_worker_start(&worker, &config), OC_OK);
}

static void jobs_come_back_in_order(void **state) {
    start(on_done);
    pthread_mutex_lock(&gate); /* the worker gets no further than the first */
    while (oc_crypto_worker_post(worker, &jobs[posted]) == OC_OK)
        posted++;
    assert_int_equal(posted, OC_CRYPTO_WORKER_JOBS);
    assert_int_equal(oc_crypto_worker_post(worker, &jobs[posted]), OC_ERR_BUSY);
    pthread_mutex_unlock(&gate);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(done, JOBS);
    assert_int_equal(stopped, 1);
}

static void on_done_at_end(void *context, oc_hs_job_t *job) {
    assert_ptr_equal(job, &jobs[done]);
    done++;
    assert_int_equal(oc_crypto_worker_post(worker, &jobs[posted]), OC_ERR_BUSY); /* it ends */
}

static void an_end_hands_everything_back(void **state) {
    start(on_done_at_end);
    pthread_mutex_lock(&gate);
    for (; posted < 5; posted++)
        assert_int_equal(oc_crypto_worker_post(worker, &jobs[posted]), OC_OK);
    pthread_mutex_unlock(&gate);
    oc_crypto_worker_stop(worker, on_stopped, NULL);
    assert_int_equal(done, 5);
    unsigned ran = 0;
    for (unsigned i = 0; i < 5; i++)
        ran += jobs[i].out_len;
    assert_int_equal(ran, run_count); /* each at most once */
    assert_int_equal(stopped, 0);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(stopped, 1);
    oc_crypto_worker_stop(NULL, on_stopped, NULL);
    assert_int_equal(stopped, 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(jobs_come_back_in_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_end_hands_everything_back, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
