/* oc_hist: every quantile against the sorted values themselves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include "oc_hist.h"

static int by_value(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/* The definition: the smallest value with at least permille / 1000 of all values at or below it. */
static uint32_t exact(const uint32_t *sorted, uint32_t n, unsigned permille) {
    uint64_t rank = ((uint64_t)n * permille + 999) / 1000;
    return sorted[rank ? rank - 1 : 0];
}

static void assert_within_an_eighth(uint32_t got, uint32_t want) {
    assert_true(got >= want);
    assert_true(got - want <= want / 8);
}

static void empty_is_zero_and_small_values_are_exact(void **state) {
    (void)state;
    oc_hist_t hist;
    oc_hist_clear(&hist);
    assert_int_equal(oc_hist_quantile(&hist, 500), 0);
    for (int v = 0; v < 8; v++)
        oc_hist_add(&hist, v);
    for (unsigned v = 0; v < 8; v++)
        assert_int_equal(oc_hist_quantile(&hist, (v + 1) * 125), v);
    assert_int_equal(hist.sum_us, 28);
}

static void ends_of_the_range_are_clamped(void **state) {
    (void)state;
    oc_hist_t hist;
    oc_hist_clear(&hist);
    oc_hist_add(&hist, -5);
    oc_hist_add(&hist, INT64_MAX);
    assert_int_equal(oc_hist_quantile(&hist, 0), 0);
    assert_int_equal(oc_hist_quantile(&hist, 1000), UINT32_MAX);
    assert_int_equal(hist.max_us, UINT32_MAX);
}

/* Each power of two and its neighbours: a single value never comes back wrong, since max bounds. */
static void single_values_come_back(void **state) {
    (void)state;
    for (unsigned bit = 0; bit < 32; bit++)
        for (int64_t near = -1; near <= 1; near++) {
            int64_t value = ((int64_t)1 << bit) + near;
            oc_hist_t hist;
            oc_hist_clear(&hist);
            oc_hist_add(&hist, value);
            oc_hist_add(&hist, UINT32_MAX);
            uint32_t got = oc_hist_quantile(&hist, 500);
            assert_within_an_eighth(got, (uint32_t)value);
        }
}

static void quantiles_of_random_values_stay_in_bounds(void **state) {
    (void)state;
    enum { N = 20000 };
    uint32_t *values = malloc(N * sizeof *values);
    uint32_t seed = 12345;
    for (int round = 0; round < 4; round++) {
        oc_hist_t first, second;
        oc_hist_clear(&first);
        oc_hist_clear(&second);
        for (uint32_t i = 0; i < N; i++) {
            seed = seed * 1664525 + 1013904223;
            values[i] = seed >> (seed >> 28) % 31; /* all magnitudes */
            oc_hist_add(i % 2 ? &first : &second, values[i]);
        }
        oc_hist_merge(&first, &second);
        qsort(values, N, sizeof *values, by_value);
        for (unsigned permille = 0; permille <= 1000; permille++)
            assert_within_an_eighth(oc_hist_quantile(&first, permille), exact(values, N, permille));
        assert_int_equal(first.count, N);
        assert_int_equal(oc_hist_quantile(&first, 1000), values[N - 1]);
    }
    free(values);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty_is_zero_and_small_values_are_exact),
        cmocka_unit_test(ends_of_the_range_are_clamped),
        cmocka_unit_test(single_values_come_back),
        cmocka_unit_test(quantiles_of_random_values_stay_in_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
