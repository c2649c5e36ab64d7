/* oc_jpeg: size and wholeness of images. */
#include "media_fixture.h"
#include "oc_jpeg.h"

/* SOI, a segment, a frame header of 640x360, a scan with escaped and restart markers, EOI. */
static const uint8_t image[] = {
    0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 0xFF, 0xD9, 0xFF, 0xFF, 0xC0, 0,    17,   8,    1,    0x68,
    2,    0x80, 3,    1,    0, 0, 2,    0,    0,    3,    0,    0,    0xFF, 0xDA, 0,    8,
    1,    1,    0,    0,    0, 0, 0x12, 0xFF, 0x00, 0xD9, 0xFF, 0xD0, 0x34, 0xFF, 0xFF, 0xD9};

static void size_and_end_are_found(void **state) {
    oc_jpeg_t j;
    oc_track_t t = {.timescale = 1000};
    assert_int_equal(oc_jpeg_parse(SPAN(image), &j), OC_OK);
    assert_int_equal(j.width, 640);
    assert_int_equal(j.height, 360);
    assert_int_equal(j.components, 3);
    assert_false(j.progressive);
    assert_int_equal(j.len_bytes, sizeof image);
    oc_jpeg_track(&j, &t);
    assert_int_equal(t.codec, OC_CODEC_MJPEG);
    assert_int_equal(t.width, 640);
    assert_int_equal(t.height, 360);
    assert_int_equal(t.config_len, 0);
    assert_int_equal(t.timescale, 1000);
}

static void what_lies_behind_the_end_does_not_count(void **state) {
    uint8_t padded[sizeof image + 40] = {0};
    oc_jpeg_t j;
    memcpy(padded, image, sizeof image);
    memcpy(padded + sizeof image + 10, image + 30, 18); /* the end of an older image */
    assert_int_equal(oc_jpeg_parse(SPAN(padded), &j), OC_OK);
    assert_int_equal(j.len_bytes, sizeof image);
}

static void an_image_cut_anywhere_is_not_whole(void **state) {
    oc_jpeg_t j;
    for (size_t len = 0; len < sizeof image; len++) {
        uint8_t *cut = malloc(len + 1);
        memcpy(cut, image, len);
        int rc = oc_jpeg_parse(oc_span(cut, len), &j);
        assert_true(rc == OC_ERR_TRUNC || (len < 2 && rc == OC_ERR_FORMAT));
        free(cut);
    }
}

static void what_is_no_image_is_refused(void **state) {
    oc_jpeg_t j;
    uint8_t bad[sizeof image];
    static const struct {
        size_t at;
        uint8_t value;
    } damage[] = {{1, 0xD9}, {2, 0x00}, {5, 1}, {15, 0}, {18, 0}};
    for (size_t i = 0; i < sizeof damage / sizeof damage[0]; i++) {
        memcpy(bad, image, sizeof image);
        bad[damage[i].at] = damage[i].value;
        if (damage[i].at == 15)
            bad[14] = 0; /* a height of 0 */
        assert_int_equal(oc_jpeg_parse(SPAN(bad), &j), OC_ERR_FORMAT);
    }
    memcpy(bad, image, sizeof image);
    bad[10] = 0xC4; /* tables instead of a frame header */
    assert_int_equal(oc_jpeg_parse(SPAN(bad), &j), OC_ERR_FORMAT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(size_and_end_are_found),
        cmocka_unit_test(what_lies_behind_the_end_does_not_count),
        cmocka_unit_test(an_image_cut_anywhere_is_not_whole),
        cmocka_unit_test(what_is_no_image_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
