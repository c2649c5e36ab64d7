/* oc_random of the host: the whole of it is filled, and not twice with the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "oc_random.h"

static void all_is_filled_and_differs(void **state) {
    (void)state;
    static uint8_t bytes[3][1000];
    for (size_t len = 0; len < 1000; len += 37) {
        memset(bytes, 0, sizeof(bytes));
        oc_random(bytes[0], len);
        oc_random(bytes[1], len);
        for (size_t i = len; i < 1000; i++) /* and nothing behind it */
            assert_int_equal(bytes[0][i], 0);
        for (size_t at = 0; at + 16 <= len; at++) { /* no run stays zero: by chance 1 in 2^128 */
            assert_memory_not_equal(bytes[0] + at, bytes[2], 16);
            assert_memory_not_equal(bytes[0] + at, bytes[1] + at, 16);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(all_is_filled_and_differs)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
