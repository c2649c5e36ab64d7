/* oc_rate: an even source is measured exactly, a stopped one falls to 0. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "oc_rate.h"

static void fewer_than_two_samples_are_no_rate(void **state) {
    oc_rate_t rate = {0};
    assert_int_equal(oc_rate_bps(&rate), 0);
    assert_int_equal(oc_rate_fps_milli(&rate), 0);
    oc_rate_add(&rate, &(oc_rate_sample_t){.at_us = 5, .bytes = 100, .frames = 1, .frame_us = 5});
    assert_int_equal(oc_rate_bps(&rate), 0);
    assert_int_equal(oc_rate_fps_milli(&rate), 0);
}

/* 30000/1001 frames of 5000 bytes each, looked at every 250 ms for a day of samples. */
static void an_even_source_is_measured_exactly(void **state) {
    oc_rate_t rate = {0};
    for (int64_t n = 0; n < 345600; n++) {
        int64_t at_us = 1000000000 + n * 250000;
        uint64_t frames = (uint64_t)n * 250000 * 30 / 1001 / 1000;
        oc_rate_add(&rate, &(oc_rate_sample_t){
                               .at_us = at_us,
                               .frame_us = frames ? 1000000000 + (int64_t)frames * 1001000 / 30 : 0,
                               .bytes = frames * 5000,
                               .frames = (uint32_t)frames});
        if (n < 4)
            continue;
        assert_in_range(oc_rate_fps_milli(&rate), 29969, 29971);
        if (n > 20)
            assert_in_range(oc_rate_bps(&rate), 1198801 - 9000, 1198801 + 9000);
    }
}

static void a_stopped_source_falls_to_zero(void **state) {
    oc_rate_t rate = {0};
    for (int n = 0; n < 40; n++) {
        uint32_t frames = n < 10 ? (uint32_t)n * 5 : 45;
        oc_rate_add(&rate, &(oc_rate_sample_t){.at_us = n * 250000,
                                               .frame_us = 1 + (int64_t)frames * 50000,
                                               .bytes = frames * 100u,
                                               .frames = frames});
    }
    assert_int_equal(oc_rate_bps(&rate), 0);
    assert_int_equal(oc_rate_fps_milli(&rate), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fewer_than_two_samples_are_no_rate),
        cmocka_unit_test(an_even_source_is_measured_exactly),
        cmocka_unit_test(a_stopped_source_falls_to_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
