/* The one timer of a loop: what is set is the earliest of all deadlines, once for each wait, and no
 * deadline is called too early, twice or after it was removed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "oc_deadlines.h"
#include "oc_err.h"

#define MS     1000
#define MINUTE (60 * 1000 * MS)

typedef struct part {
    oc_deadline_t deadline;
    int64_t expected_us;
    unsigned calls, again; /* again: so often it sets itself once more */
    struct part *removes;
} part_t;

static uv_loop_t loop;
static oc_deadlines_t all;

static int64_t now_us(void) {
    return (int64_t)(uv_hrtime() / 1000);
}

static void due(void *context) {
    part_t *part = context;
    assert_true(now_us() >= part->expected_us);
    assert_true(part->deadline.at_us == INT64_MAX);
    part->calls++;
    if (part->removes)
        oc_deadlines_remove(&all, &part->removes->deadline);
    if (part->again) {
        part->again--;
        part->deadline.at_us = 0;
    }
}

static void add(part_t *part, bool exact) {
    *part = (part_t){.deadline = {.due = due, .context = part, .exact = exact}};
    oc_deadlines_add(&all, &part->deadline);
}

static void set(part_t *part, int64_t at_us) {
    part->deadline.at_us = part->expected_us = at_us;
}

static int begin(void **state) {
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(oc_deadlines_open(&all, &loop), OC_OK);
    return 0;
}

static void on_closed(void *context) {
    *(bool *)context = true;
}

static int end(void **state) {
    bool closed = false;
    oc_deadlines_close(&all, on_closed, &closed);
    assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
    assert_true(closed);
    assert_int_equal(uv_loop_close(&loop), 0);
    return 0;
}

/* Each of them in its own way: at once, within less than a millisecond, in some, in many. */
static void each_is_called_once(void **state) {
    static const int64_t wait_us[] = {-5, 300, 1500, 5 * MS, 40 * MS, 260 * MS};
    enum { KINDS = sizeof wait_us / sizeof wait_us[0] };
    part_t part[2 * KINDS];
    int64_t from_us = now_us();
    for (unsigned i = 0; i < 2 * KINDS; i++) {
        add(&part[i], i < KINDS);
        set(&part[i], from_us + wait_us[i % KINDS]);
    }
    for (unsigned called = 0; called < 2 * KINDS;) {
        assert_int_not_equal(uv_run(&loop, UV_RUN_ONCE), 0);
        called = 0;
        for (unsigned i = 0; i < 2 * KINDS; i++)
            called += part[i].calls;
    }
    assert_int_equal(uv_run(&loop, UV_RUN_NOWAIT), 1); /* its own descriptor */
    for (unsigned i = 0; i < 2 * KINDS; i++)
        assert_int_equal(part[i].calls, 1);
}

/* However often deadlines change before the loop waits, one timer is set once. */
static void one_setting_for_each_wait(void **state) {
    part_t part[3];
    for (unsigned i = 0; i < 3; i++)
        add(&part[i], i != 0);
    for (unsigned turn = 0; turn < 20; turn++) {
        uint64_t before = all.settings;
        for (unsigned i = 0; i < 300; i++) /* as datagrams do */
            set(&part[i % 3], now_us() + (20 + i % 7) * MS * 100);
        set(&part[turn % 3], now_us() + (turn % 2 ? 100 : 20000) * MS);
        (void)uv_run(&loop, UV_RUN_NOWAIT);
        assert_in_range(all.settings - before, 0, 2); /* one is set, the other one let go */
    }
}

/* What is due much later and moves on is not set again each time. */
static void a_late_one_that_moves_on_is_not_set(void **state) {
    part_t part;
    add(&part, false);
    set(&part, now_us() + 10 * MINUTE);
    (void)uv_run(&loop, UV_RUN_NOWAIT);
    uint64_t before = all.settings;
    for (unsigned i = 1; i < 200; i++) {
        set(&part, now_us() + 10 * MINUTE + i * MS);
        (void)uv_run(&loop, UV_RUN_NOWAIT);
    }
    assert_int_equal(all.settings, before);
    set(&part, now_us() + 5 * MINUTE); /* but an earlier one is */
    (void)uv_run(&loop, UV_RUN_NOWAIT);
    assert_int_equal(all.settings, before + 1);
}

/* One that sets itself again has its next turn behind everything else. */
static void at_once_leaves_others_their_turn(void **state) {
    part_t busy, other;
    add(&busy, true);
    add(&other, false);
    busy.again = 10;
    set(&busy, 0);
    set(&other, 0);
    while (busy.calls < 11) {
        unsigned before = busy.calls;
        (void)uv_run(&loop, UV_RUN_NOWAIT);
        assert_in_range(busy.calls - before, 0, 2); /* libuv looks at timers before and behind */
        assert_true(other.calls == 1 || busy.calls == 0);
    }
    assert_int_equal(other.calls, 1);
}

/* The one whose turn is next is taken away by the one before. */
static void removed_ones_are_not_called(void **state) {
    part_t part[3];
    for (unsigned i = 0; i < 3; i++)
        add(&part[i], true);
    for (unsigned i = 0; i < 3; i++)
        set(&part[i], 0);
    part[2].removes = &part[1]; /* the latest is looked at first */
    while (!part[0].calls)
        (void)uv_run(&loop, UV_RUN_NOWAIT);
    assert_int_equal(part[2].calls, 1);
    assert_int_equal(part[1].calls, 0);
    oc_deadlines_remove(&all, &part[1].deadline); /* it is not there */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_is_called_once, begin, end),
        cmocka_unit_test_setup_teardown(one_setting_for_each_wait, begin, end),
        cmocka_unit_test_setup_teardown(a_late_one_that_moves_on_is_not_set, begin, end),
        cmocka_unit_test_setup_teardown(at_once_leaves_others_their_turn, begin, end),
        cmocka_unit_test_setup_teardown(removed_ones_are_not_called, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
