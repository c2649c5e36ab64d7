/* oc_nal and oc_bits: finding NAL units, and reading the bits inside. */
#include "media_fixture.h"
#include "oc_bits.h"
#include "oc_nal.h"

static void start_codes_of_three_and_four_bytes_are_found(void **state) {
    static const uint8_t stream[] = {0, 0,    0, 1, 0x67, 1, 2, 0, 0, 1, 0x68, 3, 0, 0, 0,
                                     1, 0x65, 0, 0, 3,    1, 0, 0, 0, 0, 1,    0, 0, 1, 0x41};
    static const struct { size_t at, len; } expected[] = {{4, 3}, {10, 2}, {16, 5}, {29, 1}};
    size_t offset = 0;
    oc_span_t nal;
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(oc_nal_next(SPAN(stream), true, &offset, &nal), OC_OK);
        assert_ptr_equal(nal.data, stream + expected[i].at);
        assert_int_equal(nal.len, expected[i].len);
    }
    assert_int_equal(oc_nal_next(SPAN(stream), true, &offset, &nal), OC_END);
    assert_int_equal(oc_nal_next(SPAN(stream), true, &offset, &nal), OC_END);
}

static void a_byte_stream_starts_with_a_start_code(void **state) {
    static const uint8_t junk[] = {0, 0, 2, 0, 0};
    size_t offset = 0;
    oc_span_t nal;
    assert_int_equal(oc_nal_next(SPAN(junk), true, &offset, &nal), OC_ERR_FORMAT);
    offset = 0;
    assert_int_equal(oc_nal_next(oc_span(junk, 2), true, &offset, &nal), OC_END);
    offset = 0;
    assert_int_equal(oc_nal_next(oc_span(NULL, 0), true, &offset, &nal), OC_END);
}

static void lengths_beyond_the_data_are_cut_off_data(void **state) {
    static const uint8_t unit[] = {0, 0, 0, 0, 0, 0, 0, 2, 0x65, 7, 0, 0, 0, 3, 0x41, 1};
    size_t offset = 0;
    oc_span_t nal;
    assert_int_equal(oc_nal_next(SPAN(unit), false, &offset, &nal), OC_OK);
    assert_ptr_equal(nal.data, unit + 8); /* the empty one was passed over */
    assert_int_equal(nal.len, 2);
    assert_int_equal(oc_nal_next(SPAN(unit), false, &offset, &nal), OC_ERR_TRUNC);
    offset = 10;
    assert_int_equal(oc_nal_next(oc_span(unit, 13), false, &offset, &nal), OC_ERR_TRUNC);
    static const uint8_t huge[] = {0xFF, 0xFF, 0xFF, 0xFF, 1};
    offset = 0;
    assert_int_equal(oc_nal_next(SPAN(huge), false, &offset, &nal), OC_ERR_TRUNC);
}

static void bits_are_read_from_the_top_without_prevention_bytes(void **state) {
    static const uint8_t data[] = {0xA5, 0x00, 0x00, 0x03, 0x01, 0x00, 0x00, 0x03};
    oc_bits_t b = oc_bits(SPAN(data), true);
    assert_int_equal(oc_bits_u(&b, 3), 5);
    assert_int_equal(oc_bits_u(&b, 13), 0x500);
    assert_int_equal(oc_bits_u(&b, 16), 0x0001);
    assert_int_equal(oc_bits_u(&b, 16), 0);
    assert_false(b.bad);
    assert_int_equal(oc_bits_u(&b, 1), 0); /* the last 03 is no data */
    assert_true(b.bad);
    b = oc_bits(SPAN(data), false);
    assert_int_equal(oc_bits_u(&b, 32), 0xA5000003);
}

static void exp_golomb_codes(void **state) {
    /* 1 010 011 00100 00101 00110 : 0 1 2 3 4 5 */
    static const uint8_t data[] = {0xA6, 0x42, 0x98, 0x00, 0x00, 0x00,
                                   0x01, 0xFF, 0xFF, 0xFF, 0xFF};
    oc_bits_t b = oc_bits(oc_span(data, 3), false);
    for (uint32_t i = 0; i < 6; i++)
        assert_int_equal(oc_bits_ue(&b), i);
    b = oc_bits(oc_span(data, 3), false);
    static const int32_t mapped[] = {0, 1, -1, 2, -2, 3};
    for (unsigned i = 0; i < 6; i++)
        assert_int_equal(oc_bits_se(&b), mapped[i]);
    static const uint8_t longest[] = {0, 0, 0, 1, 0xFF, 0xFF, 0xFF, 0xFF};
    b = oc_bits(SPAN(longest), false); /* 31 zeros, then 32 ones: 2^32 - 2 */
    assert_true(oc_bits_ue(&b) == 0xFFFFFFFE);
    b = oc_bits(SPAN(longest), false);
    assert_true(oc_bits_se(&b) == -2147483647);
    static const uint8_t too_long[8] = {0};
    b = oc_bits(SPAN(too_long), false);
    assert_int_equal(oc_bits_ue(&b), 0);
    assert_true(b.bad);
    b = oc_bits(oc_span(NULL, 0), false);
    assert_int_equal(oc_bits_ue(&b), 0);
    oc_bits_skip(&b, 1000000);
    assert_true(b.bad);
}

static void an_access_unit_is_nal_units_to_its_last_byte(void **state) {
    static const uint8_t unit[] = {0, 0, 0, 2, 0x65, 1, 0, 0, 0, 0, 0, 0, 0, 1, 9};
    for (size_t len = 0; len <= sizeof unit; len++)
        assert_int_equal(oc_nal_fills(unit, len), len == 0 || len == 6 || len == 10 || len == 15);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(start_codes_of_three_and_four_bytes_are_found),
        cmocka_unit_test(a_byte_stream_starts_with_a_start_code),
        cmocka_unit_test(lengths_beyond_the_data_are_cut_off_data),
        cmocka_unit_test(an_access_unit_is_nal_units_to_its_last_byte),
        cmocka_unit_test(bits_are_read_from_the_top_without_prevention_bytes),
        cmocka_unit_test(exp_golomb_codes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
