/* oc_span: nothing is read or written outside the bounds, and what went wrong stays known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "oc_span.h"

static const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};

static void a_part_is_inside_or_empty(void **state) {
    oc_span_t s = oc_span(bytes, sizeof bytes);
    assert_ptr_equal(oc_span_sub(s, 2, 8).data, bytes + 2);
    assert_int_equal(oc_span_sub(s, 10, 0).len, 0);
    assert_null(oc_span_sub(s, 2, 9).data);
    assert_null(oc_span_sub(s, 11, 0).data);
    assert_null(oc_span_sub(s, 1, SIZE_MAX).data);
    assert_null(oc_span_sub(s, SIZE_MAX, 1).data);
}

static void numbers_are_big_endian(void **state) {
    oc_rd_t r = oc_rd(oc_span(bytes, sizeof bytes));
    assert_int_equal(oc_rd_u8(&r), 0x01);
    assert_int_equal(oc_rd_u16(&r), 0x0203);
    assert_int_equal(oc_rd_u24(&r), 0x040506);
    assert_int_equal(oc_rd_u32(&r), 0x0708090A);
    assert_false(r.bad);
    assert_int_equal(oc_rd_left(&r), 0);
    r = oc_rd(oc_span(bytes, sizeof bytes));
    assert_true(oc_rd_u64(&r) == 0x0102030405060708u);
}

static void a_reader_stays_bad_behind_its_end(void **state) {
    for (size_t len = 0; len < 4; len++) {
        oc_rd_t r = oc_rd(oc_span(bytes, len));
        assert_int_equal(oc_rd_u32(&r), 0);
        assert_true(r.bad);
        assert_int_equal(oc_rd_u8(&r), 0); /* also what would still fit */
        assert_null(oc_rd_bytes(&r, 1));
        assert_int_equal(oc_rd_span(&r, 1).len, 0);
    }
    oc_rd_t r = oc_rd(oc_span(bytes, 4));
    oc_rd_skip(&r, SIZE_MAX);
    assert_true(r.bad);
}

static void an_empty_span_may_be_null(void **state) {
    oc_rd_t r = oc_rd(oc_span(NULL, 0));
    assert_int_equal(oc_rd_left(&r), 0);
    assert_int_equal(oc_rd_span(&r, 0).len, 0);
    assert_false(r.bad);
}

static void what_is_written_can_be_read(void **state) {
    uint8_t buffer[32];
    oc_wr_t w = oc_wr(buffer, sizeof buffer);
    oc_wr_u8(&w, 0xA1);
    oc_wr_u16(&w, 0xB1B2);
    oc_wr_u24(&w, 0xC1C2C3);
    oc_wr_u32(&w, 0);
    oc_wr_u64(&w, 0xE1E2E3E4E5E6E7E8u);
    oc_wr_zero(&w, 2);
    oc_wr_bytes(&w, bytes, 3);
    oc_wr_patch_u32(&w, 6, 0xD1D2D3D4);
    assert_false(w.bad);
    assert_int_equal(oc_wr_len(&w), 23);
    oc_rd_t r = oc_rd(oc_span(buffer, oc_wr_len(&w)));
    assert_int_equal(oc_rd_u8(&r), 0xA1);
    assert_int_equal(oc_rd_u16(&r), 0xB1B2);
    assert_int_equal(oc_rd_u24(&r), 0xC1C2C3);
    assert_true(oc_rd_u32(&r) == 0xD1D2D3D4);
    assert_true(oc_rd_u64(&r) == 0xE1E2E3E4E5E6E7E8u);
    assert_int_equal(oc_rd_u16(&r), 0);
    assert_memory_equal(oc_rd_bytes(&r, 3), bytes, 3);
}

static void a_writer_never_leaves_its_buffer(void **state) {
    uint8_t buffer[8];
    for (size_t size = 0; size < 4; size++) {
        memset(buffer, 0x55, sizeof buffer);
        oc_wr_t w = oc_wr(buffer, size);
        oc_wr_u32(&w, 0xFFFFFFFF);
        assert_true(w.bad);
        for (size_t i = size; i < sizeof buffer; i++)
            assert_int_equal(buffer[i], 0x55);
    }
    oc_wr_t w = oc_wr(buffer, 8);
    oc_wr_zero(&w, 9);
    assert_true(w.bad);
    w = oc_wr(buffer, 8);
    oc_wr_u16(&w, 1);
    oc_wr_patch_u32(&w, 0, 1); /* only two bytes are there to be patched */
    assert_true(w.bad);
    w = oc_wr(buffer, 8);
    oc_wr_u64(&w, 1);
    oc_wr_patch_u32(&w, 5, 1);
    assert_true(w.bad);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_part_is_inside_or_empty),
        cmocka_unit_test(numbers_are_big_endian),
        cmocka_unit_test(a_reader_stays_bad_behind_its_end),
        cmocka_unit_test(an_empty_span_may_be_null),
        cmocka_unit_test(what_is_written_can_be_read),
        cmocka_unit_test(a_writer_never_leaves_its_buffer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
