/* Wake-ups of a loop by other threads: none is lost, and many of them are one. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "oc_err.h"
#include "oc_wakeup.h"

#define THREADS 3
#define SENDS   20000 /* of each */

static uv_loop_t loop;
static oc_wakeup_t wakeup;
static unsigned woken;
static _Atomic unsigned written[THREADS];
static unsigned seen[THREADS];

static void take(void *context) {
    bool all = true;
    woken++;
    for (unsigned i = 0; i < THREADS; i++) {
        seen[i] =
            atomic_load_explicit(&written[i], memory_order_relaxed); /* ordered by the wake-up */
        all = all && seen[i] == SENDS;
    }
    if (all)
        uv_stop(&loop);
}

static void count(void *context) {
    woken++;
}

static void *run(void *data) {
    _Atomic unsigned *mine = data;
    for (unsigned i = 1; i <= SENDS; i++) {
        atomic_store_explicit(mine, i, memory_order_relaxed);
        oc_wakeup_send(&wakeup);
    }
    return NULL;
}

static void begin(void (*on_woken)(void *context)) {
    woken = 0;
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(oc_wakeup_open(&wakeup, &loop, on_woken, NULL), OC_OK);
}

static void end(void) {
    assert_false(oc_wakeup_closing(&wakeup));
    oc_wakeup_close(&wakeup);
    assert_true(oc_wakeup_closing(&wakeup));
    assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
    oc_wakeup_send(&wakeup); /* nobody listens */
    oc_wakeup_free(&wakeup);
    assert_int_equal(uv_loop_close(&loop), 0);
}

static void none_is_lost(void **state) {
    pthread_t thread[THREADS];
    begin(take);
    for (unsigned i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, run, &written[i]), 0);
    (void)uv_run(&loop, UV_RUN_DEFAULT); /* ends when it has seen the last of all */
    for (unsigned i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(thread[i], NULL), 0);
        assert_int_equal(seen[i], SENDS);
    }
    assert_true(woken <= atomic_load(&wakeup.writes));
    end();
}

static void many_are_one(void **state) {
    begin(count);
    for (unsigned turn = 1; turn <= 10; turn++) {
        for (unsigned i = 0; i < 100; i++)
            oc_wakeup_send(&wakeup);
        assert_int_equal(atomic_load(&wakeup.writes), turn);
        (void)uv_run(&loop, UV_RUN_NOWAIT);
        assert_int_equal(woken, turn);
    }
    (void)uv_run(&loop, UV_RUN_NOWAIT);
    assert_int_equal(woken, 10);
    end();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(none_is_lost),
        cmocka_unit_test(many_are_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
