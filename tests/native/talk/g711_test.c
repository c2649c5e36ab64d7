/* oc_g711: every byte against the tables of ITU-T G.711, as they are defined there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "oc_g711.h"

/* Table 1a: segments 0 and 1 have steps of 2, each later one twice as much; values of 13 bits, a
 * sample is in the middle of its step. */
static int alaw_value(unsigned character) {
    unsigned number = character ^ 0x55, segment = number >> 4 & 7, step = number & 15;
    int base = segment == 0 ? 0 : 32 << (segment - 1), width = segment < 2 ? 2 : 2 << (segment - 1);
    int middle = base + (int)step * width + width / 2;
    return 8 * (number & 0x80 ? middle : -middle);
}

/* Table 2a: values of 14 bits. */
static int ulaw_value(unsigned character) {
    unsigned number = ~character & 0xff, segment = number >> 4 & 7, step = number & 15;
    int value = (int)((2 * step + 33) << segment) - 33;
    return 4 * (number & 0x80 ? -value : value);
}

static void every_byte_is_that_of_the_tables(void **state) {
    for (unsigned byte = 0; byte < 256; byte++) {
        assert_int_equal(oc_g711_alaw((uint8_t)byte), alaw_value(byte));
        assert_int_equal(oc_g711_ulaw((uint8_t)byte), ulaw_value(byte));
    }
}

/* Known by heart: silence, and the ends of the scale. */
static void silence_and_the_loudest_are_known(void **state) {
    assert_int_equal(oc_g711_alaw(0xd5), 8);
    assert_int_equal(oc_g711_alaw(0x55), -8);
    assert_int_equal(oc_g711_alaw(0xaa), 32256);
    assert_int_equal(oc_g711_alaw(0x2a), -32256);
    assert_int_equal(oc_g711_ulaw(0xff), 0);
    assert_int_equal(oc_g711_ulaw(0x7f), 0);
    assert_int_equal(oc_g711_ulaw(0x80), 32124);
    assert_int_equal(oc_g711_ulaw(0x00), -32124);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_byte_is_that_of_the_tables),
        cmocka_unit_test(silence_and_the_loudest_are_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
