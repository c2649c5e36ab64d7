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
        cmocka_unit_test(test_everything_at_once_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
