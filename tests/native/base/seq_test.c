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
            if (oc_seq16_before(a, b) != (ahead > 0 && ahead < 0x8000) ||
                oc_seq16_after(a, b) != (ahead > 0x8000) || oc_seq16_upto(a, b) != (ahead < 0x8000))
                fail_msg("%u steps from %u", (unsigned)ahead, a);
        }
    }
}

static void distances_of_32_bits(void **state) {
    (void)state;
    static const uint32_t ahead[] = {0,          1,          2,          0x7FFFFFFE, 0x7FFFFFFF,
                                     0x80000000, 0x80000001, 0xFFFFFFFE, 0xFFFFFFFF};
    for (uint32_t a = 0xFFFFFFF0u; a != 0x10; a++) {
        for (unsigned i = 0; i < 9; i++) {
            uint32_t b = a + ahead[i];
            assert_int_equal(oc_seq32_before(a, b), i >= 1 && i <= 4);
            assert_int_equal(oc_seq32_after(a, b), i >= 6);
            assert_int_equal(oc_seq32_upto(a, b), i <= 4);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_distance_of_16_bits),
        cmocka_unit_test(distances_of_32_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
