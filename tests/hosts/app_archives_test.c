/* oc_app_archives: what is offered, taken and settled. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "oc_app_archives.h"
#include "oc_err.h"

static const uint8_t first[] = {1, 2, 3, 4}, second[] = {5, 6, 7}, third[] = {8};

static void is(const oc_app_archives_t *archives, const uint8_t *data, size_t size) {
    assert_int_equal(archives->now.size, size);
    assert_memory_equal(archives->now.data, data, size);
}

static void offered_taken_and_kept(void **state) {
    oc_app_archives_t archives = {.now = {first, sizeof first, false}};
    assert_false(oc_app_archives_take(&archives));
    assert_int_equal(oc_app_archives_offer(&archives, second, sizeof second, false), OC_OK);
    assert_true(archives.waiting);
    assert_true(oc_app_archives_take(&archives));
    assert_false(archives.waiting);
    is(&archives, second, sizeof second);
    assert_true(oc_app_archives_settle(&archives, true));
    assert_null(archives.before.data);
    oc_app_archives_clear(&archives);
}

static void the_newest_offer_counts(void **state) {
    oc_app_archives_t archives = {.now = {first, sizeof first, false}};
    assert_int_equal(oc_app_archives_offer(&archives, second, sizeof second, false), OC_OK);
    assert_int_equal(oc_app_archives_offer(&archives, third, sizeof third, false), OC_OK);
    assert_true(oc_app_archives_take(&archives));
    is(&archives, third, sizeof third);
    oc_app_archives_clear(&archives);
}

static void one_that_cannot_be_used_gives_way_to_the_one_before(void **state) {
    oc_app_archives_t archives = {.now = {first, sizeof first, false}};
    assert_int_equal(oc_app_archives_offer(&archives, second, sizeof second, false), OC_OK);
    assert_true(oc_app_archives_take(&archives));
    assert_true(oc_app_archives_settle(&archives, false));
    is(&archives, first, sizeof first);
    assert_false(oc_app_archives_settle(&archives, false)); /* there is none before */
    is(&archives, first, sizeof first);
    oc_app_archives_clear(&archives);
}

static void the_same_archive_changes_nothing_and_withdraws_what_waits(void **state) {
    oc_app_archives_t archives = {.now = {first, sizeof first, false}};
    assert_int_equal(oc_app_archives_offer(&archives, second, sizeof second, false), OC_OK);
    assert_int_equal(oc_app_archives_offer(&archives, first, sizeof first, false), OC_OK);
    assert_false(archives.waiting);
    assert_false(oc_app_archives_take(&archives));
    oc_app_archives_clear(&archives);
}

static void what_is_no_archive_is_refused_in_words(void **state) {
    char why[120];
    assert_int_equal(oc_app_archives_check(first, sizeof first, why, sizeof why), OC_ERR_FORMAT);
    assert_string_equal(why, "not an application archive (.xsa)");
    assert_int_equal(oc_app_archives_check(first, 0, why, sizeof why), OC_ERR_FORMAT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(offered_taken_and_kept),
        cmocka_unit_test(the_newest_offer_counts),
        cmocka_unit_test(one_that_cannot_be_used_gives_way_to_the_one_before),
        cmocka_unit_test(the_same_archive_changes_nothing_and_withdraws_what_waits),
        cmocka_unit_test(what_is_no_archive_is_refused_in_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
