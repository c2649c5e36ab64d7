/* oc_jpeg_dc against the eighth picture of a whole decoder, and with JPEGs that mean harm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "oc_err.h"
#include "oc_jpeg_dc.h"

#include "jpeg_dc_fixture.h"

#define WIDTH 9
#define HIGH  6

typedef struct picture {
    const uint8_t *jpeg;
    size_t len;
    const uint8_t *small;
} picture_t;

static const picture_t pictures[] = {
    {jpeg_420, sizeof(jpeg_420), jpeg_420_small},
    {jpeg_422_restart, sizeof(jpeg_422_restart), jpeg_422_restart_small},
    {jpeg_grey, sizeof(jpeg_grey), jpeg_grey_small},
};
#define PICTURES (sizeof(pictures) / sizeof(*pictures))

static oc_jpeg_dc_work_t work;

/* A copy of exactly its size, so that a sanitizer sees what is read behind it. */
static int decode(const uint8_t *jpeg, size_t len, uint8_t *out) {
    uint8_t *copy = malloc(len > 0 ? len : 1);
    memcpy(copy, jpeg, len);
    int rc = oc_jpeg_dc(copy, len, out, WIDTH, HIGH, &work);
    free(copy);
    return rc;
}

/* Blocks at the right and lower edge have pixels that are not shown, which djpeg's do not. */
static void each_block_is_the_mean_of_its_pixels(void **state) {
    for (size_t i = 0; i < PICTURES; i++) {
        uint8_t out[WIDTH * HIGH];
        assert_int_equal(decode(pictures[i].jpeg, pictures[i].len, out), OC_OK);
        for (unsigned cell = 0; cell < WIDTH * HIGH; cell++) {
            int off = out[cell] - pictures[i].small[cell];
            if (off > 1 || off < -1)
                fail_msg("picture %zu, cell %u: %d in place of %d", i, cell, out[cell],
                         pictures[i].small[cell]);
        }
    }
}

static void fewer_cells_are_means_of_blocks(void **state) {
    uint8_t out[3 * 3];
    assert_int_equal(oc_jpeg_dc(jpeg_grey, sizeof(jpeg_grey), out, 3, 3, &work), OC_OK);
    for (unsigned cell = 0; cell < 9; cell++) {
        int sum = 0;
        for (unsigned k = 0; k < 6; k++)
            sum += jpeg_grey_small[(cell / 3 * 2 + k / 3) * WIDTH + cell % 3 * 3 + k % 3];
        assert_in_range(out[cell] + 2, sum / 6, sum / 6 + 4);
    }
}

static void what_cannot_be_is_refused(void **state) {
    uint8_t out[WIDTH * HIGH];
    const size_t len = sizeof(jpeg_420);
    assert_int_equal(oc_jpeg_dc(jpeg_420, len, out, WIDTH + 1, HIGH, &work), OC_ERR_INVAL);
    assert_int_equal(oc_jpeg_dc(jpeg_420, len, out, WIDTH, HIGH + 1, &work), OC_ERR_INVAL);
    assert_int_equal(oc_jpeg_dc(jpeg_420, len, out, 0, 0, &work), OC_ERR_INVAL);
    assert_int_equal(decode(jpeg_progressive, sizeof(jpeg_progressive), out), OC_ERR_NOTSUP);
    for (size_t cut = 0; cut + 8 < len; cut++)
        assert_int_not_equal(decode(jpeg_420, cut, out), OC_OK);
}

static void damage_has_an_answer(void **state) {
    uint8_t copy[sizeof(jpeg_422_restart)], out[WIDTH * HIGH];
    uint32_t seed = 1;
    for (unsigned n = 0; n < 20000; n++) {
        memcpy(copy, jpeg_422_restart, sizeof(copy));
        for (unsigned k = 0; k < 1 + n % 6; k++) {
            seed = seed * 1664525u + 1013904223u;
            copy[(seed >> 8) % (n % 2 ? sizeof(copy) : 600)] = (uint8_t)(seed >> 24);
        }
        int rc = decode(copy, sizeof(copy), out);
        assert_true(rc == OC_OK || rc == OC_ERR_FORMAT || rc == OC_ERR_NOTSUP ||
                    rc == OC_ERR_INVAL);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_block_is_the_mean_of_its_pixels),
        cmocka_unit_test(fewer_cells_are_means_of_blocks),
        cmocka_unit_test(what_cannot_be_is_refused),
        cmocka_unit_test(damage_has_an_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
