/* oc_worker: order, a full queue, both ways to end, a job that hangs beside workers that go on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>

#include "oc_err.h"
#include "oc_posix.h"
#include "oc_worker.h"

#define JOBS 4

/* Jobs are numbers behind which one waits at the gate. */
typedef struct rig {
    oc_worker_t *worker;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool open;
    unsigned begun, done, left;
    unsigned order[64];
    pthread_t thread;
} rig_t;

static unsigned number_of(const void *job) {
    return (unsigned)(uintptr_t)job;
}

static void *job_of(unsigned number) {
    return (void *)(uintptr_t)number;
}

static void run(void *context, void *job) {
    rig_t *rig = context;
    pthread_mutex_lock(&rig->lock);
    rig->begun++;
    rig->thread = pthread_self();
    pthread_cond_broadcast(&rig->changed);
    while (!rig->open)
        pthread_cond_wait(&rig->changed, &rig->lock);
    rig->order[rig->done++] = number_of(job);
    pthread_cond_broadcast(&rig->changed);
    pthread_mutex_unlock(&rig->lock);
}

static void keep(void *context, void *job) {
    rig_t *rig = context;
    rig->order[rig->done + rig->left++] = number_of(job);
}

static void begin(rig_t *rig) {
    *rig = (rig_t){.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
    oc_worker_config_t config = {
        .name = "tested", .stack_bytes = 128 * 1024, .jobs = JOBS, .run = run, .context = rig};
    assert_int_equal(oc_worker_start(&rig->worker, &config), OC_OK);
}

static void open_gate(rig_t *rig) {
    pthread_mutex_lock(&rig->lock);
    rig->open = true;
    pthread_cond_broadcast(&rig->changed);
    pthread_mutex_unlock(&rig->lock);
}

static void wait_for(rig_t *rig, const unsigned *count, unsigned number) {
    pthread_mutex_lock(&rig->lock);
    while (*count < number)
        pthread_cond_wait(&rig->changed, &rig->lock);
    pthread_mutex_unlock(&rig->lock);
}

static void jobs_run_in_order_and_a_full_queue_refuses(void **state) {
    rig_t rig;
    begin(&rig);
    for (unsigned i = 0; i < JOBS; i++)
        assert_int_equal(oc_worker_post(rig.worker, job_of(i)), OC_OK);
    wait_for(&rig, &rig.begun, 1); /* the one under way counts */
    assert_int_equal(oc_worker_post(rig.worker, job_of(9)), OC_ERR_BUSY);
    open_gate(&rig);
    wait_for(&rig, &rig.done, JOBS);
    for (unsigned i = JOBS; i < 60; i++) {
        wait_for(&rig, &rig.done, i);
        while (oc_worker_post(rig.worker, job_of(i)) != OC_OK)
            ;
    }
    assert_true(oc_worker_stop(rig.worker, true, INT64_MAX, NULL));
    assert_int_equal(rig.done, 60);
    for (unsigned i = 0; i < 60; i++)
        assert_int_equal(rig.order[i], i);
    assert_false(pthread_equal(rig.thread, pthread_self()));
}

/* Nothing comes in any more; without `drain` the others are handed back in their order. */
static void an_end_waits_for_the_job_under_way(void **state) {
    rig_t rig;
    begin(&rig);
    for (unsigned i = 0; i < JOBS; i++)
        assert_int_equal(oc_worker_post(rig.worker, job_of(i)), OC_OK);
    wait_for(&rig, &rig.begun, 1);
    int64_t soon = oc_posix_now_us() + 1000; /* wall time: gives up */
    assert_false(oc_worker_stop(rig.worker, false, soon, keep));
    assert_int_equal(rig.left, 0);
    assert_int_equal(oc_worker_post(rig.worker, job_of(9)), OC_ERR_BUSY);
    open_gate(&rig);
    assert_true(oc_worker_stop(rig.worker, false, INT64_MAX, keep));
    assert_int_equal(rig.done, 1);
    assert_int_equal(rig.left, JOBS - 1);
    for (unsigned i = 0; i < JOBS; i++)
        assert_int_equal(rig.order[i], i);
}

static void one_that_has_had_no_job_has_no_thread(void **state) {
    rig_t rig;
    begin(&rig);
    assert_true(oc_worker_stop(rig.worker, true, 0, NULL)); /* nothing to wait for */
    assert_true(oc_worker_stop(NULL, true, 0, NULL));
}

/* What a disk does that does not come back. */
static void a_job_that_hangs_holds_no_other_worker_up(void **state) {
    rig_t hung, other;
    begin(&hung);
    begin(&other);
    open_gate(&other);
    assert_int_equal(oc_worker_post(hung.worker, job_of(1)), OC_OK);
    wait_for(&hung, &hung.begun, 1);
    for (unsigned i = 0; i < JOBS; i++)
        assert_int_equal(oc_worker_post(other.worker, job_of(i)), OC_OK);
    wait_for(&other, &other.done, JOBS);
    assert_int_equal(hung.done, 0);
    assert_true(oc_worker_stop(other.worker, true, INT64_MAX, NULL));
    open_gate(&hung);
    assert_true(oc_worker_stop(hung.worker, true, INT64_MAX, NULL));
    assert_int_equal(hung.done, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(jobs_run_in_order_and_a_full_queue_refuses),
        cmocka_unit_test(an_end_waits_for_the_job_under_way),
        cmocka_unit_test(one_that_has_had_no_job_has_no_thread),
        cmocka_unit_test(a_job_that_hangs_holds_no_other_worker_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
