/* Time awake: what it leaves out, in virtual time; and the pulse, which measures it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <unistd.h>

#include "oc_awake.h"
#include "oc_posix.h"
#include "oc_pulse.h"
#include "test_wait.h"

#define MS   1000
#define S    (1000 * MS)
#define TICK (200 * MS)

static int64_t now_us;

/* Ticks regularly for so long. */
static void run_for(oc_awake_t *awake, int64_t us) {
    for (int64_t end_us = now_us + us; now_us < end_us; now_us += TICK)
        oc_awake_tick(awake, now_us);
}

static void it_is_monotonic_time_without_pauses(void **state) {
    oc_awake_t awake = {0};
    now_us = 77 * (int64_t)S;
    assert_int_equal(oc_awake_us(&awake, now_us), now_us);
    run_for(&awake, 3600 * (int64_t)S);
    assert_int_equal(oc_awake_us(&awake, now_us), now_us);
    assert_int_equal(oc_awake_us(&awake, now_us + 123 * MS), now_us + 123 * MS);
}

/* Whoever looks first behind a pause: before the next tick it is as it is behind it. */
static void a_pause_counts_half_a_second(void **state) {
    static const int64_t pauses[] = {600 * MS, 3 * S, 6 * S, 30 * S, 86400 * (int64_t)S};
    for (unsigned i = 0; i < sizeof pauses / sizeof *pauses; i++) {
        oc_awake_t awake = {0};
        now_us = 5 * S;
        run_for(&awake, 10 * S);
        int64_t before_us = oc_awake_us(&awake, now_us);
        oc_awake_tick(&awake, now_us);
        now_us += pauses[i];
        assert_int_equal(oc_awake_us(&awake, now_us), before_us + OC_AWAKE_STEP_US);
        oc_awake_tick(&awake, now_us);
        assert_int_equal(oc_awake_us(&awake, now_us), before_us + OC_AWAKE_STEP_US);
        run_for(&awake, 4 * S);
        assert_int_equal(oc_awake_us(&awake, now_us), before_us + OC_AWAKE_STEP_US + 4 * S);
    }
}

/* Also for a thread that read the clock before a tick, and looks behind it. */
static void it_never_goes_back(void **state) {
    oc_awake_t awake = {0};
    uint32_t seed = 3;
    int64_t last_us = 0;
    now_us = 1;
    for (int i = 0; i < 100000; i++) {
        seed = seed * 1664525u + 1013904223u;
        int64_t read_us = now_us;
        now_us += seed >> 8 & 0xFFFFF;
        if (seed >> 30 == 0)
            oc_awake_tick(&awake, now_us);
        if (seed >> 30 == 1)
            assert_true(oc_awake_us(&awake, read_us) >= last_us);
        else
            assert_true(oc_awake_us(&awake, now_us) >= last_us);
        last_us = oc_awake_us(&awake, read_us);
        last_us = seed >> 30 == 1 ? last_us : oc_awake_us(&awake, now_us);
    }
}

/* Times of the pulse are monotonic ones until it begins, and behind its end. */
static void the_pulse_has_users(void **state) {
    int64_t before_us = oc_posix_now_us(), us = oc_pulse_us();
    assert_true(before_us <= us && us <= oc_posix_now_us());
    assert_int_equal(oc_pulse_start(), 0);
    assert_int_equal(oc_pulse_start(), 0);
    oc_pulse_stop();
    us = oc_pulse_us();
    for (int64_t last_us = us; us < last_us + 2 * S;) { /* it ticks, or this would not end */
        usleep(20 * MS);
        int64_t next_us = oc_pulse_us();
        assert_true(next_us >= us);
        us = next_us;
    }
    assert_true(oc_pulse_us() <= oc_posix_now_us());
    oc_pulse_stop();
    assert_true(oc_pulse_us() >= us); /* what was left out stays so */
    us = oc_pulse_us();
    usleep(20 * MS);
    assert_true(oc_pulse_us() >= us + 20 * MS);
}

/* Between two runs all time counts, and nothing jumps. */
static void resting_keeps_what_was_left_out(void **state) {
    oc_awake_t awake = {0};
    now_us = S;
    run_for(&awake, 5 * S);
    now_us += 7 * S;
    int64_t us = oc_awake_us(&awake, now_us);
    oc_awake_rest(&awake, now_us);
    assert_int_equal(oc_awake_us(&awake, now_us), us);
    now_us += 60 * S;
    assert_int_equal(oc_awake_us(&awake, now_us), us + 60 * S);
    oc_awake_tick(&awake, now_us);
    assert_int_equal(oc_awake_us(&awake, now_us + TICK), us + 60 * S + TICK);
}

static void timers_are_owed_what_a_pause_took(void **state) {
    int64_t us = oc_pulse_us();
    assert_int_equal(oc_pulse_owed_us(us), 0);
    assert_int_equal(oc_pulse_owed_us(us + OC_AWAKE_STEP_US), 0); /* late readings are no pause */
    int64_t owed_us = oc_pulse_owed_us(oc_pulse_us() + 3600 * (int64_t)S);
    assert_int_equal(owed_us, OC_PULSE_OWED_US);
}

static void waits_end_by_what_is_waited_for(void **state) {
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_false(oc_pulse_readable(ends[0], 1 * MS));
    assert_int_equal(write(ends[1], "x", 1), 1);
    assert_true(oc_pulse_readable(ends[0], TEST_WAIT_US));
    close(ends[0]);
    close(ends[1]);
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t cond;
    oc_posix_cond_init(&cond);
    pthread_mutex_lock(&lock);
    int64_t until_us = oc_pulse_us() + 30 * MS;
    while (oc_pulse_wait(&cond, &lock, until_us))
        continue;
    assert_true(oc_pulse_us() >= until_us);
    pthread_mutex_unlock(&lock);
    pthread_cond_destroy(&cond);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_monotonic_time_without_pauses),
        cmocka_unit_test(a_pause_counts_half_a_second),
        cmocka_unit_test(it_never_goes_back),
        cmocka_unit_test(resting_keeps_what_was_left_out),
        cmocka_unit_test(the_pulse_has_users),
        cmocka_unit_test(timers_are_owed_what_a_pause_took),
        cmocka_unit_test(waits_end_by_what_is_waited_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
