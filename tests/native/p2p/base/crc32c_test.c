/* oc_crc32c: the vectors of RFC 3720 B.4, parts in any cut, the instruction against the tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "oc_crc32c.h"

typedef uint32_t crc_fn(uint32_t crc, const void *data, size_t len);
static crc_fn *const both[] = {oc_crc32c, oc_crc32c_table};

static void vectors_of_rfc_3720(void **state) {
    (void)state;
    uint8_t data[32];
    static const uint8_t read_pdu[48] = {[0] = 0x01,  [1] = 0xC0,  [16] = 0x14, [22] = 0x04,
                                         [27] = 0x14, [31] = 0x18, [32] = 0x28, [40] = 0x02};
    for (unsigned i = 0; i < 2; i++) {
        memset(data, 0, 32);
        assert_int_equal(both[i](0, data, 32), 0x8A9136AA);
        memset(data, 0xFF, 32);
        assert_int_equal(both[i](0, data, 32), 0x62A8AB43);
        for (unsigned k = 0; k < 32; k++)
            data[k] = (uint8_t)k;
        assert_int_equal(both[i](0, data, 32), 0x46DD794E);
        for (unsigned k = 0; k < 32; k++)
            data[k] = (uint8_t)(31 - k);
        assert_int_equal(both[i](0, data, 32), 0x113FDB5C);
        assert_int_equal(both[i](0, read_pdu, 48), 0xD9963A56);
        assert_int_equal(both[i](0, "123456789", 9), 0xE3069283);
        assert_int_equal(both[i](0, NULL, 0), 0);
    }
}

static void parts_at_any_place_give_the_whole(void **state) {
    (void)state;
    uint8_t data[300];
    uint32_t random = 1;
    for (unsigned i = 0; i < sizeof(data); i++)
        data[i] = (uint8_t)((random = random * 1664525 + 1013904223) >> 24);
    uint32_t whole = oc_crc32c_table(0, data, sizeof(data));
    assert_int_equal(oc_crc32c(0, data, sizeof(data)), whole);
    for (unsigned cut = 0; cut <= sizeof(data); cut++) {
        for (unsigned i = 0; i < 4; i++) {
            uint32_t crc = both[i % 2](0, data, cut);
            assert_int_equal(both[i / 2](crc, data + cut, sizeof(data) - cut), whole);
        }
    }
    for (unsigned at = 0; at < 17; at++) { /* any alignment, any length */
        for (unsigned len = 0; len < 40; len++)
            assert_int_equal(oc_crc32c(0, data + at, len), oc_crc32c_table(0, data + at, len));
    }
}

/* Where the host has a say, both answers give the same. */
static void allowed_or_not(void **state) {
    for (unsigned i = 0; i < 2; i++) {
        oc_crc32c_allow(i == 0);
        vectors_of_rfc_3720(state);
        parts_at_any_place_give_the_whole(state);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_of_rfc_3720),
        cmocka_unit_test(parts_at_any_place_give_the_whole),
        cmocka_unit_test(allowed_or_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
