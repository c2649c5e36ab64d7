/* A switch that bounces: never missed, never flickering. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "oc_contact.h"

#define STEP_US 5000

static void raised_at_the_first_sign(void **state) {
    oc_contact_t contact = {0};
    assert_false(oc_contact_read(&contact, false, 0));
    assert_true(oc_contact_read(&contact, true, 1));
    assert_true(oc_contact_read(&contact, false, 2)); /* it bounces */
    oc_contact_t fresh = {0};
    assert_true(oc_contact_read(&fresh, true, 0)); /* at the start of the device */
}

static void bounces_in_both_directions_are_one_change(void **state) {
    oc_contact_t contact = {0};
    int64_t now = 0;
    unsigned changes = 0;
    bool before = false;
    for (int step = 0; step < 400; step++, now += STEP_US) {
        bool steady = step >= 100 && step < 300;
        bool bounces = (step >= 100 && step < 120) || (step >= 300 && step < 320);
        bool level = oc_contact_read(&contact, bounces ? step % 3 != 0 : steady, now);
        changes += level != before;
        before = level;
    }
    assert_int_equal(changes, 2);
    assert_false(before);
}

static void lowered_after_its_time_and_not_before(void **state) {
    oc_contact_t contact = {0};
    assert_true(oc_contact_read(&contact, true, 0));
    assert_true(oc_contact_read(&contact, false, 1000));
    assert_true(oc_contact_read(&contact, false, 1000 + OC_CONTACT_US - 1));
    assert_false(oc_contact_read(&contact, false, 1000 + OC_CONTACT_US));
    assert_true(oc_contact_read(&contact, true, 2000 + OC_CONTACT_US));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(raised_at_the_first_sign),
        cmocka_unit_test(bounces_in_both_directions_are_one_change),
        cmocka_unit_test(lowered_after_its_time_and_not_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
