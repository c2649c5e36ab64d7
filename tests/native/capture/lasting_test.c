/* oc_lasting: the first time, a new way, the hour. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "oc_lasting.h"

#define MINUTE INT64_C(60000000)

static void a_day_of_failures_is_a_line_an_hour(void **state) {
    oc_lasting_t lasting = {0};
    unsigned reported = 0;
    for (int64_t i = 0; i < 24 * 60; i++)
        reported += oc_lasting_fail(&lasting, 13, i * MINUTE);
    assert_int_equal(reported, 24);
    assert_int_equal(oc_lasting_end(&lasting), 24 * 60);
    assert_int_equal(oc_lasting_end(&lasting), 0);
    assert_true(oc_lasting_fail(&lasting, 13, 24 * 60 * MINUTE)); /* it begins anew */
}

static void every_way_is_reported_once(void **state) {
    oc_lasting_t lasting = {0};
    unsigned reported = 0;
    for (int i = 0; i < 50; i++)
        reported += oc_lasting_fail(&lasting, 1 + (uint32_t)i % OC_LASTING_WAYS, MINUTE);
    assert_int_equal(reported, OC_LASTING_WAYS);
    assert_true(oc_lasting_fail(&lasting, 99, MINUTE)); /* one way more: the oldest is forgotten */
    assert_false(oc_lasting_fail(&lasting, 99, MINUTE));
    assert_true(oc_lasting_fail(&lasting, 1, MINUTE));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_day_of_failures_is_a_line_an_hour),
        cmocka_unit_test(every_way_is_reported_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
