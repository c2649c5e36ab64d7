/* oc_err: names and texts are stable, complete and different. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "oc_err.h"

static const int codes[] = {
#define CODE(name, number, text) number,
    OC_ERR_MAP(CODE)
#undef CODE
};
#define CODES (sizeof codes / sizeof codes[0])

static void every_code_has_a_name_and_a_text_of_its_own(void **state) {
    for (size_t i = 0; i < CODES; i++) {
        assert_true(codes[i] < 0);
        assert_string_not_equal(oc_err_text(codes[i]), "unknown error");
        for (size_t k = 0; k < i; k++) {
            assert_int_not_equal(codes[i], codes[k]);
            assert_string_not_equal(oc_err_name(codes[i]), oc_err_name(codes[k]));
            assert_string_not_equal(oc_err_text(codes[i]), oc_err_text(codes[k]));
        }
    }
}

static void the_names_that_scripts_see_do_not_change(void **state) {
    assert_string_equal(oc_err_name(OC_ERR_RANGE), "RANGE");
    assert_string_equal(oc_err_name(OC_ERR_BUSY), "BUSY");
    assert_string_equal(oc_err_name(OC_ERR_DISK_FULL), "DISK_FULL");
    assert_int_equal(OC_ERR_INVAL, -1);
    assert_int_equal(OC_ERR_GENERATION, -18);
    assert_int_equal(OC_ERR_PRIVATE, -19);
    assert_int_equal(OC_ERR_DENIED, -20);
}

static void outcomes_are_no_errors(void **state) {
    const int outcomes[] = {OC_OK, OC_AGAIN, OC_GAP, OC_END};
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(outcomes[i], (int)i);
        assert_string_equal(oc_err_text(outcomes[i]), "ok");
        assert_string_equal(oc_err_name(outcomes[i]), "OK");
    }
    assert_string_equal(oc_err_name(-1000), "UNKNOWN");
    assert_string_equal(oc_err_text(-1000), "unknown error");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_has_a_name_and_a_text_of_its_own),
        cmocka_unit_test(the_names_that_scripts_see_do_not_change),
        cmocka_unit_test(outcomes_are_no_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
