/* oc_silence: time awake only, over with a sign of life. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "oc_silence.h"

#define STEP OC_SILENCE_STEP_US

static void it_grows_until_something_comes(void **state) {
    oc_silence_t silence;
    int64_t now_us = 77;
    oc_silence_begin(&silence, 5, now_us);
    for (int i = 1; i <= 10; i++)
        assert_int_equal(oc_silence_look(&silence, 5, now_us += STEP / 4), i * (STEP / 4));
    assert_int_equal(oc_silence_look(&silence, 6, now_us += STEP / 4), 0);
    assert_int_equal(oc_silence_look(&silence, 6, now_us += STEP / 4), STEP / 4);
    assert_int_equal(oc_silence_look(&silence, 4, now_us += STEP), 0); /* a counter that wrapped */
}

static void a_stall_counts_as_one_step(void **state) {
    oc_silence_t silence;
    int64_t now_us = 77;
    oc_silence_begin(&silence, 0, now_us);
    assert_int_equal(oc_silence_look(&silence, 0, now_us += INT64_C(3600) * STEP), STEP);
    assert_int_equal(oc_silence_look(&silence, 0, now_us += STEP), 2 * STEP);
    assert_int_equal(oc_silence_look(&silence, 0, now_us), 2 * STEP);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_grows_until_something_comes),
        cmocka_unit_test(a_stall_counts_as_one_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
