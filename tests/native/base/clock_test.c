/* oc_clock: times as text and between timescales, against the C library's calendar and against
 * long multiplication. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>
#include "oc_clock.h"
#include "oc_err.h"

#define SECOND 1000000LL
#define DAY    (86400 * SECOND)

/* xorshift: the same numbers in every run. */
static uint64_t random64(uint64_t *s) {
    *s ^= *s << 13;
    *s ^= *s >> 7;
    *s ^= *s << 17;
    return *s;
}

static void assert_format(int64_t us, const char *text) {
    char out[OC_CLOCK_TEXT];
    oc_clock_format(us, out);
    assert_string_equal(out, text);
}

static void times_are_written_as_utc(void **state) {
    assert_format(0, "19700101T000000.000Z");
    assert_format(999, "19700101T000000.000Z");
    assert_format(1000, "19700101T000000.001Z");
    assert_format(951782400 * SECOND, "20000229T000000.000Z");
    assert_format(4107542400 * SECOND - 1, "21000228T235959.999Z"); /* 2100 has no leap day */
    assert_format(4107542400 * SECOND, "21000301T000000.000Z");
    assert_format(1795229460123456, "20261121T025100.123Z");
    assert_format(253402300799999999, "99991231T235959.999Z");
}

static void times_out_of_range_are_held_at_its_ends(void **state) {
    assert_format(-1, "19700101T000000.000Z");
    assert_format(INT64_MIN, "19700101T000000.000Z");
    assert_format(253402300800000000, "99991231T235959.999Z");
    assert_format(INT64_MAX, "99991231T235959.999Z");
}

static void every_day_agrees_with_the_c_library(void **state) {
    for (int64_t day = 0; day <= 2932896; day++) {
        time_t t = (time_t)(day * 86400);
        char out[OC_CLOCK_TEXT], expected[64];
        struct tm tm;
        int64_t back;
        if (sizeof t == 4 && day > 24855)
            break;
        gmtime_r(&t, &tm);
        snprintf(expected, sizeof expected, "%04d%02d%02dT000000.000Z", tm.tm_year + 1900,
                 tm.tm_mon + 1, tm.tm_mday);
        oc_clock_format(day * DAY, out);
        if (strcmp(out, expected))
            fail_msg("day %lld: %s, not %s", (long long)day, out, expected);
        assert_int_equal(oc_clock_parse(out, OC_CLOCK_TEXT - 1, &back), OC_OK);
        assert_true(back == day * DAY);
    }
}

static void what_is_written_is_read_to_the_millisecond_and_sorts_by_time(void **state) {
    uint64_t seed = 1;
    for (int i = 0; i < 20000; i++) {
        int64_t a = (int64_t)(random64(&seed) % (2932897ULL * DAY)), back;
        int64_t b = (int64_t)(random64(&seed) % (2932897ULL * DAY));
        char ta[OC_CLOCK_TEXT], tb[OC_CLOCK_TEXT];
        oc_clock_format(a, ta);
        oc_clock_format(b, tb);
        assert_int_equal(oc_clock_parse(ta, OC_CLOCK_TEXT - 1, &back), OC_OK);
        assert_true(back == a - a % 1000);
        if (a / 1000 != b / 1000)
            assert_true((a < b) == (strcmp(ta, tb) < 0));
    }
}

static void dates_that_do_not_exist_are_refused(void **state) {
    static const char *const bad[] = {
        "20230229T000000.000Z", "21000229T000000.000Z", "20240230T000000.000Z",
        "20240431T000000.000Z", "20241301T000000.000Z", "20240001T000000.000Z",
        "20240100T000000.000Z", "20240132T000000.000Z", "20240101T240000.000Z",
        "20240101T006000.000Z", "20240101T000060.000Z", "19691231T235959.999Z",
        "20240101t000000.000Z", "20240101T000000,000Z", "20240101T000000.000z",
        "2024 101T000000.000Z", "20240101T0000-1.000Z", "2024010:T000000.000Z",
    };
    int64_t us;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(oc_clock_parse(bad[i], OC_CLOCK_TEXT - 1, &us), OC_ERR_FORMAT);
    assert_int_equal(oc_clock_parse("20240229T000000.000Z", OC_CLOCK_TEXT - 1, &us), OC_OK);
    assert_int_equal(oc_clock_parse("20240229T000000.000Z", OC_CLOCK_TEXT - 2, &us), OC_ERR_FORMAT);
    assert_int_equal(oc_clock_parse("20240229T000000.000Z", OC_CLOCK_TEXT, &us), OC_ERR_FORMAT);
    assert_int_equal(oc_clock_parse("", 0, &us), OC_ERR_FORMAT);
}

static void rescaling_rounds_to_the_nearest_and_halves_up(void **state) {
    assert_true(oc_clock_rescale(1, 2, 1) == 1);
    assert_true(oc_clock_rescale(-1, 2, 1) == 0);
    assert_true(oc_clock_rescale(-3, 2, 1) == -1);
    assert_true(oc_clock_rescale(1, 3, 1) == 0);
    assert_true(oc_clock_rescale(2, 3, 1) == 1);
    assert_true(oc_clock_rescale(-2, 3, 1) == -1);
    assert_true(oc_clock_rescale(1001, 30000, 1000000) == 33367);
    assert_true(oc_clock_rescale(0, 1, UINT32_MAX) == 0);
    assert_true(oc_clock_rescale(-7, 5, 5) == -7);
}

/* value * to as hi:lo, by 32-bit digits. */
static void multiply(uint64_t value, uint32_t to, uint64_t *hi, uint64_t *lo) {
    uint64_t low = (value & 0xFFFFFFFF) * to, high = (value >> 32) * to + (low >> 32);
    *hi = high >> 32;
    *lo = high << 32 | (low & 0xFFFFFFFF);
}

/* 2 * |value * to - result * from| <= from: the result is a nearest one. */
static void rescaling_is_exact_for_any_number(void **state) {
    uint64_t seed = 7;
    unsigned fitted = 0;
    for (int i = 0; i < 200000; i++) {
        uint32_t from = (uint32_t)random64(&seed) >> (i % 31), to = (uint32_t)random64(&seed);
        int64_t value = (int64_t)(random64(&seed) >> (i % 62 + 1));
        to >>= i % 29;
        from += !from;
        to += !to;
        int64_t result = oc_clock_rescale(value, from, to);
        if (result == INT64_MAX)
            continue;
        uint64_t ah, al, bh, bl, dh, dl;
        multiply((uint64_t)value, to, &ah, &al);
        multiply((uint64_t)result, from, &bh, &bl);
        bool up = ah < bh || (ah == bh && al < bl);
        dl = up ? bl - al : al - bl;
        dh = up ? bh - ah - (bl < al) : ah - bh - (al < bl);
        assert_true(dh == 0);
        assert_true(2 * dl < from || (2 * dl == from && up)); /* a half went up */
        if (2 * dl != from)
            assert_true(oc_clock_rescale(-value, from, to) == -result);
        fitted++;
    }
    assert_true(fitted > 100000);
}

static void rescaling_beyond_the_range_is_held_at_its_ends(void **state) {
    assert_true(oc_clock_rescale(INT64_MAX, 1, 2) == INT64_MAX);
    assert_true(oc_clock_rescale(INT64_MIN, 1, 2) == INT64_MIN);
    assert_true(oc_clock_rescale(INT64_MAX, 1, UINT32_MAX) == INT64_MAX);
    assert_true(oc_clock_rescale(INT64_MIN, 1, UINT32_MAX) == INT64_MIN);
    assert_true(oc_clock_rescale(INT64_MAX, 7, 7) == INT64_MAX);
    assert_true(oc_clock_rescale(INT64_MIN, 7, 7) == INT64_MIN);
    assert_true(oc_clock_rescale(INT64_MIN, UINT32_MAX, 1) == -2147483649LL);
    assert_true(oc_clock_add(INT64_MAX, 1) == INT64_MAX);
    assert_true(oc_clock_add(INT64_MIN, -1) == INT64_MIN);
    assert_true(oc_clock_add(INT64_MIN, INT64_MAX) == -1);
}

static void a_day_of_frames_does_not_drift(void **state) {
    const int64_t frames = 24LL * 3600 * 30000 / 1001; /* 30000/1001 per second */
    assert_true(oc_clock_rescale(frames * 1001, 30000, 1000000) ==
                (frames * 1001 * 1000000 + 15000) / 30000);
    const int64_t samples = 24LL * 3600 * 44100;
    assert_true(oc_clock_rescale(samples, 44100, 1000000) == DAY);
    assert_true(oc_clock_rescale(DAY, 1000000, 44100) == samples);
}

static void comparing_is_exact_across_timescales(void **state) {
    assert_int_equal(oc_clock_compare(1, 3, 333333, 1000000), 1);
    assert_int_equal(oc_clock_compare(1, 3, 333334, 1000000), -1);
    assert_int_equal(oc_clock_compare(-1, 3, -333333, 1000000), -1);
    assert_int_equal(oc_clock_compare(44100, 44100, 30000, 30000), 0);
    assert_int_equal(oc_clock_compare(INT64_MAX, 1, INT64_MAX, 2), 1);
    assert_int_equal(oc_clock_compare(INT64_MIN, 1, INT64_MIN, 2), -1);
    assert_int_equal(oc_clock_compare(INT64_MIN, UINT32_MAX, INT64_MAX, UINT32_MAX), -1);
    /* one tick of 1/4294967295 s away, a day into the stream */
    int64_t day = 86400LL * UINT32_MAX;
    assert_int_equal(oc_clock_compare(day + 1, UINT32_MAX, 86400, 1), 1);
    assert_int_equal(oc_clock_compare(day, UINT32_MAX, 86400, 1), 0);
    assert_int_equal(oc_clock_compare(day - 1, UINT32_MAX, 86400, 1), -1);
}

static void wall_time_is_monotonic_time_plus_an_offset(void **state) {
    const oc_clock_t unset = {0, OC_CLOCK_NONE}, set = {5 * SECOND, OC_CLOCK_NTP};
    assert_true(oc_clock_wall_us(&unset, 17) == 17);
    assert_true(oc_clock_wall_us(&set, 17) == 5 * SECOND + 17);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_written_as_utc),
        cmocka_unit_test(times_out_of_range_are_held_at_its_ends),
        cmocka_unit_test(every_day_agrees_with_the_c_library),
        cmocka_unit_test(what_is_written_is_read_to_the_millisecond_and_sorts_by_time),
        cmocka_unit_test(dates_that_do_not_exist_are_refused),
        cmocka_unit_test(rescaling_rounds_to_the_nearest_and_halves_up),
        cmocka_unit_test(rescaling_is_exact_for_any_number),
        cmocka_unit_test(rescaling_beyond_the_range_is_held_at_its_ends),
        cmocka_unit_test(a_day_of_frames_does_not_drift),
        cmocka_unit_test(comparing_is_exact_across_timescales),
        cmocka_unit_test(wall_time_is_monotonic_time_plus_an_offset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
