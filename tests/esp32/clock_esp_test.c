/* The board's clock: its quality follows the answers of SNTP. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "fake_idf.h"
#include "oc_esp.h"

#define HOUR INT64_C(3600000000)

static void expect(int64_t now_us, oc_clock_quality_t quality) {
    oc_clock_t clock;
    fake_now_us = now_us;
    oc_esp_clock(&clock);
    assert_int_equal(clock.quality, quality);
    assert_true(oc_clock_wall_us(&clock, now_us) >= OC_CLOCK_FIRST_S * 1000000);
}

static void sntp_is_good_for_a_day(void **state) {
    expect(HOUR, OC_CLOCK_RTC); /* this machine's date is set */
    oc_esp_clock_synced(NULL);
    expect(HOUR, OC_CLOCK_NTP);
    expect(24 * HOUR, OC_CLOCK_NTP);
    expect(25 * HOUR, OC_CLOCK_RTC);
    oc_esp_clock_synced(NULL);
    expect(26 * HOUR, OC_CLOCK_NTP);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(sntp_is_good_for_a_day)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
