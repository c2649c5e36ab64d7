/* oc_ranges against a plain set of numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "oc_err.h"
#include "oc_ranges.h"

#define NUMBERS 200
#define MAX     6

static void assert_range(const oc_ranges_t *r, unsigned at, uint64_t first, uint64_t end) {
    assert_true(at < r->count);
    assert_true(r->list[at].first == first && r->list[at].end == end);
}

static void touching_ranges_become_one(void **state) {
    (void)state;
    oc_range_t memory[MAX];
    oc_ranges_t r;
    oc_ranges_init(&r, memory, MAX);
    assert_int_equal(oc_ranges_add(&r, 10, 20), OC_OK);
    assert_int_equal(oc_ranges_add(&r, 30, 40), OC_OK);
    assert_int_equal(oc_ranges_add(&r, 20, 21), OC_OK);
    assert_int_equal(oc_ranges_add(&r, 29, 30), OC_OK);
    assert_int_equal(r.count, 2);
    assert_range(&r, 0, 10, 21);
    assert_range(&r, 1, 29, 40);
    assert_int_equal(oc_ranges_add(&r, 10, 21), OC_AGAIN);
    assert_int_equal(oc_ranges_add(&r, 35, 36), OC_AGAIN);
    assert_int_equal(oc_ranges_add(&r, 15, 30), OC_OK);
    assert_int_equal(r.count, 1);
    assert_range(&r, 0, 10, 40);
    assert_int_equal(oc_ranges_add(&r, 5, 5), OC_ERR_RANGE);
    assert_int_equal(oc_ranges_add(&r, 6, 5), OC_ERR_RANGE);
    assert_int_equal(oc_ranges_add(&r, 0, UINT64_MAX), OC_OK);
    assert_range(&r, 0, 0, UINT64_MAX);
    assert_true(oc_ranges_total(&r) == UINT64_MAX);
    oc_ranges_clear(&r);
    assert_int_equal(r.count, 0);
}

static void a_full_list_stays_as_it_is(void **state) {
    (void)state;
    oc_range_t memory[2];
    oc_ranges_t r;
    oc_ranges_init(&r, memory, 2);
    assert_int_equal(oc_ranges_add(&r, 10, 11), OC_OK);
    assert_int_equal(oc_ranges_add(&r, 20, 21), OC_OK);
    assert_int_equal(oc_ranges_add(&r, 15, 16), OC_ERR_TOO_BIG);
    assert_int_equal(oc_ranges_add(&r, 1, 2), OC_ERR_TOO_BIG);
    assert_int_equal(oc_ranges_add(&r, 30, 31), OC_ERR_TOO_BIG);
    assert_range(&r, 0, 10, 11);
    assert_range(&r, 1, 20, 21);
    assert_int_equal(oc_ranges_add(&r, 11, 20), OC_OK); /* this one needs no room */
    assert_range(&r, 0, 10, 21);
}

static void assert_same(const oc_ranges_t *r, const bool *set) {
    unsigned runs = 0, total = 0;
    for (unsigned i = 0; i < NUMBERS; i++) {
        assert_int_equal(oc_ranges_contains(r, i), set[i]);
        total += set[i];
        runs += set[i] && (i == 0 || !set[i - 1]);
    }
    assert_int_equal(r->count, runs);
    assert_true(oc_ranges_total(r) == total);
    for (unsigned i = 0; i < r->count; i++) {
        assert_true(r->list[i].first < r->list[i].end);
        assert_true(i == 0 || r->list[i - 1].end < r->list[i].first);
    }
}

static uint32_t random_state = 7;
static unsigned random_below(unsigned n) {
    random_state = random_state * 1664525 + 1013904223;
    return (random_state >> 8) % n;
}

static unsigned runs_with(const bool *set, unsigned first, unsigned end) {
    unsigned runs = 0;
    for (unsigned i = 0; i < NUMBERS; i++) {
        bool here = set[i] || (i >= first && i < end);
        bool before = i > 0 && (set[i - 1] || (i - 1 >= first && i - 1 < end));
        runs += here && !before;
    }
    return runs;
}

static void random_steps_against_a_set(void **state) {
    (void)state;
    oc_range_t memory[MAX];
    oc_ranges_t r;
    bool set[NUMBERS] = {false};
    unsigned refused = 0;
    oc_ranges_init(&r, memory, MAX);
    for (unsigned step = 0; step < 20000 / OC_TEST_DIVISOR; step++) {
        unsigned first = random_below(NUMBERS), end = first + 1 + random_below(12);
        if (end > NUMBERS)
            end = NUMBERS;
        bool all = true;
        for (unsigned i = first; i < end; i++)
            all = all && set[i];
        assert_int_equal(oc_ranges_covers(&r, first, end), all);
        if (step % 40 == 0) {
            oc_ranges_remove_below(&r, end);
            memset(set, 0, end * sizeof(set[0]));
        } else {
            int wanted = all ? OC_AGAIN : runs_with(set, first, end) > MAX ? OC_ERR_TOO_BIG : OC_OK;
            assert_int_equal(oc_ranges_add(&r, first, end), wanted);
            refused += wanted == OC_ERR_TOO_BIG;
            for (unsigned i = first; wanted == OC_OK && i < end; i++)
                set[i] = true;
        }
        assert_same(&r, set);
    }
    assert_true(refused > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(touching_ranges_become_one),
        cmocka_unit_test(a_full_list_stays_as_it_is),
        cmocka_unit_test(random_steps_against_a_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
