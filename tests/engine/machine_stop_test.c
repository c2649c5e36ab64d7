/* Stopping: in at most a second, whatever the script does, and without damage. */
#include "machine_host.h"

#include <pthread.h>
#include <signal.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define STOP_LIMIT_US 1000000 /* of computing: a busy machine is not the engine's fault */
#define LEAST_SLOTS   264     /* what the runtime library and the script need */

#if defined(__SANITIZE_ADDRESS__)
#define RANDOM_STOPS 60
#else
#define RANDOM_STOPS 300
#endif

static const char *const runaways[] = {
    "ends/loop",    "ends/loop_at_start",   "ends/loop_catching", "ends/promises", "ends/regexp",
    "ends/builtin", "ends/builtin_reverse", "ends/sort",          "ends/json",     "ends/numbers",
};

typedef struct {
    machine_host_t host;
    int64_t delay_us;
    clockid_t computing;        /* of the machine's thread */
    _Atomic int64_t stopped_us; /* by that clock */
} stopper_t;

static int64_t read_us(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void *stop_later(void *argument) {
    stopper_t *stopper = argument;
    struct timespec delay = {.tv_sec = stopper->delay_us / 1000000,
                             .tv_nsec = stopper->delay_us % 1000000 * 1000};
    nanosleep(&delay, NULL);
    atomic_store(&stopper->stopped_us, read_us(stopper->computing));
    oc_machine_stop(stopper->host.machine, "by the test");
    return NULL;
}

/* Microseconds that the machine's thread computed from the stop to the end of the loop. */
static int64_t stop_script(const char *name, int64_t delay_us, unsigned stack_slots) {
    stopper_t stopper = {.delay_us = delay_us};
    pthread_t thread;
    machine_host_init(&stopper.host);
    stopper.host.config.stack_slots = stack_slots;
    machine_host_start(&stopper.host);
    assert_int_equal(pthread_getcpuclockid(pthread_self(), &stopper.computing), 0);
    assert_int_equal(pthread_create(&thread, NULL, stop_later, &stopper), 0);
    oc_machine_reason_t reason = machine_host_run(&stopper.host, name);
    int64_t ended_us = read_us(stopper.computing);
    pthread_join(thread, NULL);
    if (reason != OC_MACHINE_STOPPED)
        fail_msg("%s: %s: %s", name, oc_machine_reason_text(reason),
                 oc_machine_end(stopper.host.machine)->text);
    assert_non_null(strstr(oc_machine_end(stopper.host.machine)->text, "by the test"));
    assert_int_equal(oc_machine_busy_us(stopper.host.machine), 0);
    machine_host_stop(&stopper.host);
    machine_host_deinit(&stopper.host);
    return ended_us - atomic_load(&stopper.stopped_us);
}

static void stops_everything_in_a_second(void **state) {
    for (size_t i = 0; i < sizeof runaways / sizeof *runaways; i++) {
        int64_t took_us = stop_script(runaways[i], 50000, 0);
        if (took_us > STOP_LIMIT_US)
            fail_msg("%s: %lld ms", runaways[i], (long long)took_us / 1000);
    }
}

static void stops_a_waiting_loop(void **state) {
    assert_true(stop_script("ends/waits", 20000, 0) < STOP_LIMIT_US);
}

/* Number formatting and expressions use the free stack as scratch memory, and the heap when that is
 * too small: a floor raised at any instant must not make them free a part of the stack. */
static void stops_at_any_instant(void **state) {
    for (int i = 0; i < RANDOM_STOPS; i++) {
        unsigned stack_slots = LEAST_SLOTS + (unsigned)i % 24;
        assert_true(stop_script("ends/numbers", 500 + i * 37 % 1500, stack_slots) < STOP_LIMIT_US);
    }
}

static void the_watch_stops_runaways(void **state) {
    machine_host_t host;
    char text[OC_MACHINE_TEXT_BYTES];
    machine_host_init(&host);
    host.config.runaway_ms = 100;
    for (size_t i = 0; i < sizeof runaways / sizeof *runaways; i++) {
        int64_t started_us = read_us(CLOCK_THREAD_CPUTIME_ID);
        assert_int_equal(machine_host_once(&host, runaways[i], text, sizeof text),
                         OC_MACHINE_STOPPED);
        int64_t took_us = read_us(CLOCK_THREAD_CPUTIME_ID) - started_us;
        assert_true(took_us >= 100000);
        if (took_us > STOP_LIMIT_US + 200000)
            fail_msg("%s: %lld ms", runaways[i], (long long)took_us / 1000);
        assert_non_null(strstr(text, "did not return"));
    }
    machine_host_deinit(&host);
}

static void the_watch_leaves_patient_scripts_alone(void **state) {
    machine_host_t host;
    machine_host_init(&host);
    host.config.runaway_ms = 40;
    assert_int_equal(machine_host_once(&host, "patient", NULL, 0), OC_MACHINE_FINISHED);
    assert_string_equal(host.log, "done\n");
    machine_host_deinit(&host);
}

static void stopping_twice_or_late_is_harmless(void **state) {
    machine_host_t host;
    machine_host_init(&host);
    machine_host_start(&host);
    oc_machine_stop(host.machine, "first");
    oc_machine_stop(host.machine, "second");
    assert_int_equal(machine_host_run(&host, "hello"), OC_MACHINE_STOPPED);
    assert_string_equal(oc_machine_end(host.machine)->text, "first");
    oc_machine_stop(host.machine, "late");
    machine_host_stop(&host);
    machine_host_start(&host);
    assert_int_equal(machine_host_run(&host, "ends/finishes"), OC_MACHINE_FINISHED);
    oc_machine_stop(host.machine, "after the end");
    oc_loop_settle(host.loop);
    assert_int_equal(oc_machine_end(host.machine)->reason, OC_MACHINE_FINISHED);
    machine_host_stop(&host);
    machine_host_deinit(&host);
}

/* Hosts block every signal in the threads they make; stopping a built-in takes one. */
static void stops_a_builtin_on_a_thread_that_blocks_signals(void **state) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int64_t took_us = stop_script("ends/builtin", 50000, 0);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    assert_true(took_us >= 0 && took_us < STOP_LIMIT_US);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stops_everything_in_a_second),
        cmocka_unit_test(stops_a_waiting_loop),
        cmocka_unit_test(stops_at_any_instant),
        cmocka_unit_test(the_watch_stops_runaways),
        cmocka_unit_test(the_watch_leaves_patient_scripts_alone),
        cmocka_unit_test(stopping_twice_or_late_is_harmless),
        cmocka_unit_test(stops_a_builtin_on_a_thread_that_blocks_signals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
