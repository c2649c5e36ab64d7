/* oc_seq: RFC 1982 around the whole circle. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "oc_seq.h"

static void every_distance_of_16_bits(void **state) {
    (void)state;
    static const uint16_t from[] = {0, 1, 0x7FFF, 0x8000, 0xFFFF};
    for (unsigned i = 0; i < 5; i++) {
        for (uint32_t ahead = 0; ahead < 0x10000; ahead++) {
            uint16_t a = from[i], b = (uint16_t)(a + ahead);
            int32_t diff = ahead < 0x8000 ? (int32_t)ahead : (int32_t)ahead - 0x10000;
            if (oc_seq16_before(a, b) != (ahead > 0 && ahead < 0x8000) ||
                oc_seq16_after(a, b) != (ahead > 0x8000) ||
                oc_seq16_upto(a, b) != (ahead < 0x8000) || oc_seq16_diff(b, a) != diff)
                fail_msg("%u steps from %u", (unsigned)ahead, a);
        }
    }
}

static void distances_of_32_bits(void **state) {
    (void)state;
    static const uint32_t ahead[] = {0, 1, 2, 0x7FFFFFFE, 0x7FFFFFFF, 0x80000000, 0x80000001,
                                     0xFFFFFFFE, 0xFFFFFFFF};
    static const int32_t diff[] = {0, 1, 2, 0x7FFFFFFE, INT32_MAX, INT32_MIN, INT32_MIN + 1, -2, -1};
    for (uint32_t a = 0xFFFFFFF0u; a != 0x10; a++) {
        for (unsigned i = 0; i < 9; i++) {
            uint32_t b = a + ahead[i];
            assert_int_equal(oc_seq32_before(a, b), i >= 1 && i <= 4);
            assert_int_equal(oc_seq32_after(a, b), i >= 6);
            assert_int_equal(oc_seq32_upto(a, b), i <= 4);
            assert_int_equal(oc_seq32_diff(b, a), diff[i]);
        }
    }
}

static void unwrapping_finds_the_nearest(void **state) {
    (void)state;
    const uint64_t circle = UINT64_C(1) << 32, near = 5 * circle + 3;
    assert_true(oc_seq32_unwrap(near, 3) == near);
    assert_true(oc_seq32_unwrap(near, 4) == near + 1);
    assert_true(oc_seq32_unwrap(near, 0xFFFFFFFF) == near - 4);
    assert_true(oc_seq32_unwrap(near, 0x80000003) == near + 0x80000000u);
    assert_true(oc_seq32_unwrap(near, 0x80000004) == near - 0x7FFFFFFF);
    assert_true(oc_seq32_unwrap(near - 4, 2) == near - 1);
    for (uint64_t value = 0x18000; value < 0x28000; value++) { /* every number near 2^17 */
        if (oc_seq16_unwrap(0x20000, (uint16_t)value) != (value == 0x18000 ? 0x28000 : value))
            fail_msg("%u", (unsigned)value);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_distance_of_16_bits),
        cmocka_unit_test(distances_of_32_bits),
        cmocka_unit_test(unwrapping_finds_the_nearest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
