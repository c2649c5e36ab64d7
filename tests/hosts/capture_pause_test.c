/* When a source that was lost is tried again: soon when it delivers, seldom when it refuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "oc_capture_pause.h"
#include "oc_err.h"

#define S        INT64_C(1000000)
#define MINUTE   (60 * S)
#define HOUR     (60 * MINUTE)
#define LOCKS_AT 5             /* wrong logins within ... */
#define LOCKS_IN (30 * MINUTE) /* ... lock an account of usual cameras */

static void nothing_there_waits_longer_and_longer(void **state) {
    static const int64_t waits[] = {S / 2, S, 2 * S, 4 * S, 8 * S, 16 * S, 30 * S, 30 * S};
    oc_capture_pause_t pause = {0};
    for (size_t i = 0; i < sizeof waits / sizeof *waits; i++)
        assert_int_equal(oc_capture_pause_us(&pause, OC_ERR_REFUSED, false, false, 0), waits[i]);
    assert_int_equal(oc_capture_pause_us(&pause, OC_ERR_IO, true, true, 11 * S), S / 2);
}

/* Minutes of nothing, then it delivers for a moment: the next try is soon. */
static void what_delivered_is_tried_soon(void **state) {
    oc_capture_pause_t pause = {0};
    for (int i = 0; i < 50; i++)
        (void)oc_capture_pause_us(&pause, OC_ERR_UNREACHABLE, false, false, 3 * S);
    assert_int_equal(oc_capture_pause_us(&pause, OC_ERR_IO, true, true, S), 2 * S);
    for (int i = 0; i < 50; i++)
        assert_in_range(oc_capture_pause_us(&pause, OC_ERR_IO, true, true, S / 10), S / 2, 2 * S);
}

/* It lets us in and says nothing: that is no delivery. */
static void an_open_door_alone_is_no_delivery(void **state) {
    oc_capture_pause_t pause = {0};
    int64_t last = 0;
    for (int i = 0; i < 10; i++)
        last = oc_capture_pause_us(&pause, OC_ERR_IO, true, false, S);
    assert_int_equal(last, 30 * S);
}

/* A radio link: there for up_us, away for down_us, and again; each connection is made in 1 s.
 * Parts of a thousand of the reachable time in which packets came. */
static int64_t share(int64_t up_us, int64_t down_us) {
    oc_capture_pause_t pause = {0};
    int64_t now = 0, reachable = 0, recorded = 0;
    while (now < 2 * HOUR) {
        int64_t phase = now % (up_us + down_us), left = up_us - phase - S;
        if (left > 0) {
            now += S + left;
            recorded += left;
            now += oc_capture_pause_us(&pause, OC_ERR_IO, true, true, S + left);
        } else {
            now += S;
            now += oc_capture_pause_us(&pause, OC_ERR_TIMEOUT, false, false, S);
        }
    }
    reachable = now / (up_us + down_us) * up_us;
    return recorded * 1000 / reachable;
}

static void a_camera_that_comes_and_goes_is_recorded(void **state) {
    for (int64_t up = 4; up <= 60; up++) {
        int64_t sum = 0;
        for (int64_t down = 1; down <= 10; down++)
            sum += share(up * S, down * S) / 10;
        if (sum < (up < 8 ? 400 : up < 16 ? 600 : 800))
            fail_msg("%d s there: %d", (int)up, (int)sum);
    }
}

/* The most wrong logins within LOCKS_IN over two days. */
static unsigned crowd(oc_capture_pause_t pause) {
    int64_t at[1000], now = 0;
    unsigned count = 0, most = 0;
    while (now < 48 * HOUR && count < 1000) {
        at[count++] = now;
        unsigned near = 0;
        for (unsigned i = 0; i < count; i++)
            near += now - at[i] < LOCKS_IN;
        most = near > most ? near : most;
        int64_t wait = oc_capture_pause_us(&pause, OC_ERR_PASSWORD, false, false, S);
        assert_in_range(wait, 30 * S, 4 * HOUR);
        now += S + wait;
    }
    assert_in_range(count, 12, 20);
    return most;
}

static void a_wrong_password_locks_no_account(void **state) {
    oc_capture_pause_t never = {0}, before = {.was_in = true};
    assert_in_range(crowd(never), 1, LOCKS_AT - 3);
    assert_in_range(crowd(before), 1, LOCKS_AT - 1);
}

/* 401 while a camera starts, or its clock is wrong: it let us in before, and does again. */
static void a_refusal_after_success_is_not_for_long(void **state) {
    oc_capture_pause_t pause = {0};
    (void)oc_capture_pause_us(&pause, OC_ERR_IO, true, true, HOUR);
    for (int day = 0; day < 30; day++) {
        assert_int_equal(oc_capture_pause_us(&pause, OC_ERR_PASSWORD, false, false, S), 30 * S);
        assert_int_equal(oc_capture_pause_us(&pause, OC_ERR_IO, true, true, HOUR), S / 2);
    }
    /* also when it is the connection itself that ends with a refusal */
    assert_int_equal(oc_capture_pause_us(&pause, OC_ERR_PASSWORD, true, true, HOUR), 30 * S);
}

/* Between two refusals the camera was away: the next is still the next. */
static void other_failures_do_not_shorten_a_refusal(void **state) {
    oc_capture_pause_t pause = {0};
    assert_int_equal(oc_capture_pause_us(&pause, OC_ERR_PASSWORD, false, false, S), 8 * MINUTE);
    assert_int_equal(oc_capture_pause_us(&pause, OC_ERR_TIMEOUT, false, false, S), S / 2);
    assert_int_equal(oc_capture_pause_us(&pause, OC_ERR_IO, true, false, S), S);
    assert_int_equal(oc_capture_pause_us(&pause, OC_ERR_PASSWORD, false, false, S), 32 * MINUTE);
    assert_int_equal(oc_capture_pause_us(&pause, OC_ERR_PASSWORD, false, false, S), 128 * MINUTE);
    assert_int_equal(oc_capture_pause_us(&pause, OC_ERR_PASSWORD, false, false, S), 4 * HOUR);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_there_waits_longer_and_longer),
        cmocka_unit_test(what_delivered_is_tried_soon),
        cmocka_unit_test(an_open_door_alone_is_no_delivery),
        cmocka_unit_test(a_camera_that_comes_and_goes_is_recorded),
        cmocka_unit_test(a_wrong_password_locks_no_account),
        cmocka_unit_test(a_refusal_after_success_is_not_for_long),
        cmocka_unit_test(other_failures_do_not_shorten_a_refusal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
