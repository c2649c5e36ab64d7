/* The wall clock of the plane: what is said when it is set, steps or is lost, and the times of
 * events that came before. */
#include "plane_host.h"

#include <string.h>
#include "oc_plane_clock.h"

#define UTC  (HOST_WALL_US - HOST_START_US)
#define HOUR INT64_C(3600000000)

static plane_host_t host;

static void begin(int64_t offset_us, oc_clock_quality_t quality) {
    host_init(&host);
    oc_clock_t reading = {offset_us, quality};
    oc_plane_clock(host.plane, &reading, host.now_us);
}

static void set(int64_t offset_us, oc_clock_quality_t quality) {
    oc_clock_t reading = {offset_us, quality};
    oc_plane_clock(host.plane, &reading, host.now_us);
    host_run(&host, 1000);
}

static void expect_event(const char *kind, unsigned count, const char *text) {
    const char *log;
    assert_int_equal(host_events(&host, kind, &log), count);
    if (count > 0 && !strstr(log, text))
        fail_msg("no %s in %s", text, log);
}

static void steps_are_told(void **state) {
    begin(UTC, OC_CLOCK_NTP);
    expect_event("clock-set", 0, "");
    expect_event("clock-step", 0, "");
    set(UTC + HOUR, OC_CLOCK_NTP);
    expect_event("clock-step", 1, "\"+3600.000 s: it is 20261121T035100");
    set(UTC + HOUR + 1900000, OC_CLOCK_NTP);
    expect_event("clock-step", 1, "");
    set(UTC, OC_CLOCK_RTC);
    expect_event("clock-step", 2, "\"-3601.900 s: it is 20261121T025100");
    set(0, OC_CLOCK_NONE);
    set(0, OC_CLOCK_NONE);
    expect_event("clock-lost", 1, "the time from before is kept: 20261121T025100");
    host_end(&host);
}

/* Events carry monotonic time: what happened before the clock was set is dated by it afterwards,
 * and their order is that of their numbers whatever the clock does. */
static void earlier_events_are_dated_when_the_clock_is_set(void **state) {
    const char *log;
    host_init(&host);

    assert_int_equal(oc_plane_input(host.plane, OC_INPUT_MOTION, true, host.now_us), 0);
    host_run(&host, 1000000);
    host_events(&host, "motion", &log);
    assert_non_null(strstr(log, "\"at\":\"2026-11-21T02:51:00."));
    set(UTC + HOUR, OC_CLOCK_NTP);
    host_events(&host, "motion", &log);
    assert_non_null(strstr(log, "\"at\":\"2026-11-21T03:51:00."));
    char last[32] = "";
    for (const char *at = log; (at = strstr(at, "\"at\":\"")); at += 6) {
        assert_true(strncmp(at + 6, last, 24) >= 0);
        memcpy(last, at + 6, 24);
    }
    host_end(&host);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_are_told),
        cmocka_unit_test(earlier_events_are_dated_when_the_clock_is_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
