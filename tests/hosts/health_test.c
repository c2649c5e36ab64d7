/* What the facts about the program add up to, and what /healthz says of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "oc_health.h"

static void expect(oc_health_t health, oc_health_level_t level, const char *text) {
    char out[OC_HEALTH_TEXT_MAX];
    size_t first, len = oc_health_write(&health, out, &first);
    assert_int_equal(oc_health_level(&health), level);
    assert_int_equal(len, strlen(text));
    assert_memory_equal(out, text, len);
    assert_int_equal(first, strcspn(text, "\n") + 1);
}

static void test_levels(void **state) {
    expect((oc_health_t){.channels = 2}, OC_HEALTH_OK, "ok\nscript: running\n");
    expect((oc_health_t){.script = OC_HEALTH_SCRIPT_RESTARTING}, OC_HEALTH_OK,
           "ok\nscript: restarting\n");
    expect((oc_health_t){.script = OC_HEALTH_SCRIPT_STUCK}, OC_HEALTH_FAILING,
           "failing\nscript: stuck\n");
    expect((oc_health_t){.media_late = true}, OC_HEALTH_FAILING,
           "failing\nscript: running\nmedia: stopped\n");
    expect((oc_health_t){.channels = 3, .failing = 1, .disk_full = true, .free_bytes = 5 << 20},
           OC_HEALTH_DEGRADED,
           "degraded\nscript: running\nrecording: failing, 1 of 3 channels\n"
           "disk: full, 5 MB are left\n");
    expect((oc_health_t){.channels = 3, .down = 2}, OC_HEALTH_DEGRADED,
           "degraded\nscript: running\nchannels: 2 of 3 do not run\n");
    expect((oc_health_t){.data_gone = true}, OC_HEALTH_DEGRADED,
           "degraded\nscript: running\ndisk: the data directory is missing\n");
    expect((oc_health_t){.disk_hung = true}, OC_HEALTH_DEGRADED,
           "degraded\nscript: running\ndisk: does not answer\n");
}

static bool is_full(oc_health_t health, bool blocked, uint64_t low_bytes) {
    oc_health_room(&health, blocked, low_bytes);
    return health.disk_full;
}

/* A small disk that is recorded on and deleted from in turns works: little room alone is not full.
 */
static void test_full_is_when_nothing_can_be_written(void **state) {
    const uint64_t mb = UINT64_C(1) << 20;
    oc_health_t health = {.total_bytes = 60 * mb, .free_bytes = 6 * mb};
    assert_false(is_full(health, false, 3 * mb));
    health.failing = 1; /* of another cause: there is room */
    assert_false(is_full(health, false, 3 * mb));
    health.free_bytes = 2 * mb;
    assert_true(is_full(health, false, 3 * mb));
    health.failing = 0;
    assert_false(is_full(health, false, 3 * mb));
    assert_true(is_full(health, true, 3 * mb)); /* nothing may be deleted */
    health = (oc_health_t){.total_bytes = 64000 * mb, .free_bytes = 33 * mb, .failing = 1};
    assert_false(is_full(health, true, 2500 * mb));
    health.free_bytes = 31 * mb;
    assert_true(is_full(health, false, 2500 * mb));
    assert_true(is_full(health, false, 0)); /* no index */
    health.total_bytes = 0;                 /* not known */
    assert_false(is_full(health, true, 0));
}

static void test_everything_at_once_fits(void **state) {
    char out[OC_HEALTH_TEXT_MAX];
    size_t first;
    oc_health_t all = {.script = OC_HEALTH_SCRIPT_RESTARTING,
                       .media_late = true,
                       .disk_hung = true,
                       .data_gone = true,
                       .disk_full = true,
                       .free_bytes = UINT64_MAX,
                       .channels = UINT32_MAX,
                       .down = UINT32_MAX,
                       .failing = UINT32_MAX};
    assert_true(oc_health_write(&all, out, &first) < sizeof(out));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_levels),
        cmocka_unit_test(test_full_is_when_nothing_can_be_written),
        cmocka_unit_test(test_everything_at_once_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
