/* oc_clock_watch: set, drift, steps, a clock that is lost and found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "oc_clock_watch.h"

#define UTC    INT64_C(1795229460000000)
#define HOUR   INT64_C(3600000000)
#define SECOND INT64_C(1000000)

static oc_clock_watch_t watch;

static oc_clock_change_t take(int64_t offset_us, oc_clock_quality_t quality) {
    oc_clock_t reading = {offset_us, quality};
    return oc_clock_watch_take(&watch, &reading);
}

static void begin(int64_t offset_us, oc_clock_quality_t quality) {
    oc_clock_t reading = {offset_us, quality};
    watch = oc_clock_watch(&reading);
}

static void expect(int64_t offset_us, oc_clock_quality_t quality) {
    assert_int_equal(watch.clock.wall_minus_mono_us, offset_us);
    assert_int_equal(watch.clock.quality, quality);
}

static void set_once(void **state) {
    begin(0, OC_CLOCK_NONE);
    assert_int_equal(take(0, OC_CLOCK_NONE), OC_CLOCK_SAME);
    assert_int_equal(take(UTC, OC_CLOCK_RTC), OC_CLOCK_SET);
    assert_int_equal(take(UTC, OC_CLOCK_NTP), OC_CLOCK_SAME); /* quality is followed */
    expect(UTC, OC_CLOCK_NTP);
    assert_int_equal(take(UTC, OC_CLOCK_RTC), OC_CLOCK_SAME);
    expect(UTC, OC_CLOCK_RTC);
}

static void drift_is_followed_without_a_word(void **state) {
    begin(UTC, OC_CLOCK_NTP);
    for (int i = 1; i <= 100; i++)
        assert_int_equal(take(UTC + i * SECOND, OC_CLOCK_NTP), OC_CLOCK_SAME);
    expect(UTC + 100 * SECOND, OC_CLOCK_NTP);
    assert_int_equal(take(UTC + 102 * SECOND, OC_CLOCK_NTP), OC_CLOCK_SAME);
    assert_int_equal(take(UTC + 104 * SECOND + 1, OC_CLOCK_NTP), OC_CLOCK_STEPPED);
    assert_int_equal(watch.step_us, 2 * SECOND + 1);
    assert_int_equal(take(UTC + 102 * SECOND, OC_CLOCK_NTP), OC_CLOCK_STEPPED);
    assert_int_equal(watch.step_us, -2 * SECOND - 1);
}

static void steps_of_an_hour(void **state) {
    begin(UTC, OC_CLOCK_RTC);
    assert_int_equal(take(UTC + HOUR, OC_CLOCK_NTP), OC_CLOCK_STEPPED);
    assert_int_equal(watch.step_us, HOUR);
    expect(UTC + HOUR, OC_CLOCK_NTP);
    assert_int_equal(take(UTC, OC_CLOCK_NTP), OC_CLOCK_STEPPED);
    assert_int_equal(watch.step_us, -HOUR);
    assert_int_equal(take(UTC, OC_CLOCK_NTP), OC_CLOCK_SAME);
}

static void lost_keeps_the_time_from_before(void **state) {
    begin(UTC, OC_CLOCK_NTP);
    assert_int_equal(take(0, OC_CLOCK_NONE), OC_CLOCK_LOST);
    expect(UTC, OC_CLOCK_RTC);
    assert_int_equal(take(0, OC_CLOCK_NONE), OC_CLOCK_SAME); /* said once */
    expect(UTC, OC_CLOCK_RTC);
    assert_int_equal(take(UTC + SECOND, OC_CLOCK_NTP), OC_CLOCK_SAME);
    expect(UTC + SECOND, OC_CLOCK_NTP);
    assert_int_equal(take(0, OC_CLOCK_NONE), OC_CLOCK_LOST);
    assert_int_equal(take(UTC + HOUR, OC_CLOCK_RTC), OC_CLOCK_STEPPED);
    assert_int_equal(watch.step_us, HOUR - SECOND);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(set_once),
        cmocka_unit_test(drift_is_followed_without_a_word),
        cmocka_unit_test(steps_of_an_hour),
        cmocka_unit_test(lost_keeps_the_time_from_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
