/* oc_demux: the table of RFC 7983, every first byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "oc_demux.h"
#include "oc_stun.h"

static void every_first_byte(void **state) {
    (void)state;
    uint8_t data[20] = {0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42};
    for (unsigned first = 0; first < 256; first++) {
        data[0] = (uint8_t)first;
        enum oc_demux expected = first <= 3                  ? OC_DEMUX_STUN
                                 : first >= 20 && first < 64 ? OC_DEMUX_DTLS
                                 : first >= 64 && first < 80 ? OC_DEMUX_CHANNEL_DATA
                                                             : OC_DEMUX_OTHER;
        assert_int_equal(oc_demux(oc_span(data, 20)), expected);
    }
    assert_int_equal(oc_demux(oc_span(NULL, 0)), OC_DEMUX_OTHER);
}

static void stun_needs_cookie_and_length(void **state) {
    (void)state;
    uint8_t data[24] = {0, 1, 0, 4, 0x21, 0x12, 0xA4, 0x42};
    assert_true(oc_stun_is(oc_span(data, 24)));
    for (size_t len = 0; len < 20; len++)
        assert_int_equal(oc_demux(oc_span(data, len)), OC_DEMUX_OTHER);
    data[7] ^= 1;
    assert_false(oc_stun_is(oc_span(data, 24)));
    data[7] ^= 1;
    data[3] = 5;
    assert_false(oc_stun_is(oc_span(data, 24)));
    data[3] = 4;
    data[0] = 0x40;
    assert_false(oc_stun_is(oc_span(data, 24)));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_first_byte),
        cmocka_unit_test(stun_needs_cookie_and_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
