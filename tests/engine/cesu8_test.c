/* oc_cesu8: both directions, and the bounds at the end of a buffer. */
#include "oc_cesu8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* From UTF-8 in a buffer of exactly that size, and back. */
static void round_trip(const char *utf8, size_t size, const char *cesu8) {
    bool malformed = true;
    char text[64];
    uint8_t back[64], *exact = malloc(size ? size : 1);
    assert_non_null(exact);
    memcpy(exact, utf8, size);
    size_t length = oc_cesu8_from_utf8(NULL, exact, size, &malformed);
    assert_int_equal(length, strlen(cesu8));
    assert_int_equal(oc_cesu8_from_utf8(text, exact, size, &malformed), length);
    assert_false(malformed);
    assert_memory_equal(text, cesu8, length);
    assert_int_equal(oc_cesu8_to_utf8(NULL, cesu8), size);
    assert_int_equal(oc_cesu8_to_utf8(back, cesu8), size);
    assert_memory_equal(back, utf8, size);
    free(exact);
}

static void both_ways(void **state) {
    round_trip("", 0, "");
    round_trip("a\xC3\xA9\xE2\x82\xAC", 6, "a\xC3\xA9\xE2\x82\xAC");
    round_trip("x\0y", 3, "x\xC0\x80y");
    round_trip("\xF0\x9F\x98\x80", 4, "\xED\xA0\xBD\xED\xB8\x80");
    round_trip("\xF4\x8F\xBF\xBF", 4, "\xED\xAF\xBF\xED\xBF\xBF");
}

/* All buffers of up to three bytes from a set of interesting ones: never read outside, and the
 * result is as long as was said. */
static void any_bytes(void **state) {
    static const uint8_t set[] = {0x00, 0x41, 0x7F, 0x80, 0xA0, 0xBF, 0xC0, 0xC2, 0xDF,
                                  0xE0, 0xE1, 0xED, 0xEF, 0xF0, 0xF1, 0xF4, 0xF5, 0xFF};
    const size_t n = sizeof set;
    for (size_t size = 1; size <= 3; size++) {
        for (size_t i = 0; i < (size == 1 ? n : size == 2 ? n * n : n * n * n); i++) {
            uint8_t *bytes = malloc(size);
            char text[16];
            bool malformed;
            assert_non_null(bytes);
            bytes[0] = set[i % n];
            if (size > 1)
                bytes[1] = set[i / n % n];
            if (size > 2)
                bytes[2] = set[i / n / n];
            size_t length = oc_cesu8_from_utf8(NULL, bytes, size, &malformed);
            assert_true(length <= 3 * size);
            assert_int_equal(oc_cesu8_from_utf8(text, bytes, size, &malformed), length);
            assert_true(oc_cesu8_tail(bytes, size) <= size);
            free(bytes);
        }
    }
}

static void tails(void **state) {
    assert_int_equal(oc_cesu8_tail((const uint8_t *)"", 0), 0);
    assert_int_equal(oc_cesu8_tail((const uint8_t *)"a\xE2\x82", 3), 2);
    assert_int_equal(oc_cesu8_tail((const uint8_t *)"\xF0\x9F\x98", 3), 3);
    assert_int_equal(oc_cesu8_tail((const uint8_t *)"\xE2\x82\xAC", 3), 0);
    assert_int_equal(oc_cesu8_tail((const uint8_t *)"\xE0\x80", 2), 0); /* never becomes valid */
    assert_int_equal(oc_cesu8_tail((const uint8_t *)"\x80\x80\x80\x80", 4), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ways),
        cmocka_unit_test(any_bytes),
        cmocka_unit_test(tails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
