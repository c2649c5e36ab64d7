/* What a view costs beside its peer (docs/memory.md): one block of memory and nothing else while it
 * is idle; no more while it stalls and the ring wraps; everything is given back. [B12] */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>
#include "oc_err.h"
#include "oc_viewers_impl.h"
#include "view_rig.h"

#define MUST_VIEW   1024 /* bytes */
#define MUST_STREAM 3072
#define VIEWS       8

static const rig_options_t usual = {.link = {.delay_us = 10000, .mtu = 1472},
                                    .ring_bytes = 256 * 1024};

static bool is_up(void) {
    return rig.ups > 0;
}

static void begin(void) {
    rig_begin(&usual);
    assert_true(rig_connect("") > 0);
    assert_true(rig_until(is_up, 5 * SECOND));
    rig_expect("session");
}

static void idle(void **state) {
    begin();
    size_t before = rig.bytes_out;
    (void)rig_live(NULL);
    size_t first = rig.bytes_out - before;
    for (unsigned i = 1; i < VIEWS; i++)
        (void)(i % 2 ? rig_commands(NULL) : rig_live(NULL));
    rig_run(SECOND);
    rig.stream[0].silent = true;
    rig_run(5 * SECOND);
    size_t all = rig.bytes_out - before;
    print_message("a view: %zu bytes, a stream that is watched: %zu, oc_viewers without blocks: "
                  "%zu\n",
                  oc_viewers_view_bytes(), oc_viewers_stream_bytes(), sizeof(oc_viewers_t));
    assert_int_equal(first, oc_viewers_view_bytes() + oc_viewers_stream_bytes());
    assert_int_equal(all, VIEWS * oc_viewers_view_bytes() + oc_viewers_stream_bytes());
    assert_in_range(oc_viewers_view_bytes(), 1, MUST_VIEW);
    assert_in_range(oc_viewers_stream_bytes(), 1, MUST_STREAM);
    assert_int_equal(rig.v->pool.used, 0);
    rig_end();
}

/* Views that hear nothing while the ring wraps many times. */
static void stalled(void **state) {
    begin();
    for (unsigned i = 0; i < 4; i++)
        (void)rig_live(NULL);
    rig_run(3 * SECOND);
    size_t bytes = rig.bytes_out;
    unsigned allocations = rig.allocations;
    rig_freeze(true);
    rig_run(14 * SECOND);
    assert_int_equal(rig.bytes_out, bytes);
    assert_int_equal(rig.allocations, allocations);
    assert_int_equal(rig.v->pool.used, 0);
    rig_freeze(false);
    rig_run(5 * SECOND);
    assert_int_equal(rig.bytes_out, bytes);
    rig_end();
}

/* Nothing is allocated while media flows, and an idle camera wants no time. */
static void no_work(void **state) {
    begin();
    (void)rig_live(NULL);
    page_t *command = rig_commands(NULL);
    rig_run(SECOND);
    unsigned allocations = rig.allocations;
    rig_run(10 * SECOND);
    assert_int_equal(rig.allocations, allocations);
    rig.stream[0].silent = true;
    rig_run(10 * SECOND);
    assert_true(oc_viewers_advance(rig.v, rig.world->now_us) == INT64_MAX);
    assert_false(command->closed);
    rig_end();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(idle),
        cmocka_unit_test(stalled),
        cmocka_unit_test(no_work),
    };
    return cmocka_run_group_tests_name("view_memory", tests, NULL, NULL);
}
