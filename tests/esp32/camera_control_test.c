/* Which frames of a camera are taken, with which time; how quality follows a bit rate. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "fake_idf.h"
#include "oc_camera_control.h"
#include "oc_err.h"

#define FRAME_US 80000
#define START_US 1000000

static uint8_t image[200000];

static oc_camera_control_t begin(const char *text, uint32_t max_bytes) {
    oc_camera_options_t options;
    oc_camera_control_t control;
    assert_int_equal(oc_camera_parse(text, &options, NULL, 0), OC_OK);
    oc_camera_control_init(&control, &options, max_bytes);
    oc_camera_control_start(&control, START_US);
    return control;
}

static int judge(oc_camera_control_t *control, uint32_t bytes, int64_t stamp_us, int64_t now_us,
                 oc_camera_frame_t *frame) {
    static uint32_t n;
    uint32_t len = fake_jpeg(++n, bytes, 640, 480, image);
    return oc_camera_judge(control, oc_span(image, len), stamp_us, now_us, frame);
}

static void bad_frames_are_refused_and_counted(void **state) {
    oc_camera_control_t c = begin("", 5000);
    oc_camera_frame_t f;
    uint32_t len = fake_jpeg(1, 2000, 640, 480, image);
    assert_int_equal(oc_camera_judge(&c, oc_span(image, len), START_US, START_US, &f), OC_OK);
    assert_int_equal(f.len_bytes, len);
    assert_int_equal(f.width, 640);
    assert_int_equal(f.height, 480);
    for (uint32_t cut = 0; cut < len; cut++) { /* every place where the wire can break */
        int result = oc_camera_judge(&c, oc_span(image, cut), START_US + 1, START_US + 2, &f);
        assert_true(result == OC_ERR_TRUNC || result == OC_ERR_FORMAT);
    }
    assert_int_equal(c.stats.truncated + c.stats.malformed, len);
    image[0] = 0;
    assert_int_equal(oc_camera_judge(&c, oc_span(image, len), START_US + 1, START_US + 2, &f),
                     OC_ERR_FORMAT);
    assert_int_equal(judge(&c, 5001, START_US + 3, START_US + 3, &f), OC_ERR_TOO_BIG);
    assert_int_equal(judge(&c, 5000, START_US + 4, START_US + 4, &f), OC_OK);
    assert_int_equal(c.stats.too_big, 1);
    assert_int_equal(c.stats.good, 2);
    uint8_t quality;
    assert_true(oc_camera_control_quality(&c, &quality)); /* too big: coarser from now on */
    assert_int_equal(quality, OC_CAMERA_QUALITY + 4);
    assert_false(oc_camera_control_quality(&c, &quality));
}

static void padding_behind_the_image_is_left_out(void **state) {
    oc_camera_control_t c = begin("", 5000);
    oc_camera_frame_t f;
    uint32_t len = fake_jpeg(1, 2000, 640, 480, image);
    memset(image + len, 0, 100);
    assert_int_equal(oc_camera_judge(&c, oc_span(image, len + 100), START_US, START_US, &f), OC_OK);
    assert_int_equal(f.len_bytes, len);
}

static void times_never_go_back(void **state) {
    oc_camera_control_t c = begin("", 5000);
    oc_camera_frame_t f;
    int64_t now = START_US + 500000;
    judge(&c, 1000, now - 20000, now, &f);
    assert_int_equal(f.stamp_us, now - 20000); /* believed */
    judge(&c, 1000, now - 20000, now, &f);     /* the same again */
    assert_int_equal(f.stamp_us, now);
    judge(&c, 1000, now + 1, now, &f); /* from the future */
    assert_int_equal(f.stamp_us, now + 1);
    now += 10 * 1000000;
    judge(&c, 1000, now - OC_CAMERA_STALE_US, now, &f); /* of another clock */
    assert_int_equal(f.stamp_us, now);
    assert_int_equal(c.stats.stamps, 3);
    oc_camera_control_start(&c, now + 1000000);
    assert_int_equal(judge(&c, 1000, 5, now + 1000000, &f), OC_AGAIN); /* first: of any age */
    assert_int_equal(judge(&c, 1000, now + 999999, now + 1000001, &f), OC_AGAIN);
    assert_int_equal(judge(&c, 1000, now + 1000001, now + 1000001, &f), OC_OK);
    assert_int_equal(c.stats.early, 2);
    oc_camera_control_start(&c, now + 2000000); /* a camera that counts from 0 still delivers */
    judge(&c, 1000, 5, now + 2000000, &f);
    assert_int_equal(judge(&c, 1000, 6, now + 2000001, &f), OC_OK);
    assert_int_equal(f.stamp_us, now + 2000001);
}

static void frames_are_thinned_to_the_wanted_rate(void **state) {
    static const struct {
        const char *text;
        int64_t frame_us;
        uint32_t least, maximum; /* good of 10 s */
    } cases[] = {
        {"?fps=5", 40000, 49, 51},    {"?fps=10", 80000, 95, 101}, /* 12.5 a second come */
        {"?fps=25", 40000, 249, 251}, {"?fps=0.5", 40000, 5, 6},   {"?fps=30", 80000, 125, 125},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        oc_camera_control_t c = begin(cases[i].text, 5000);
        oc_camera_frame_t f;
        for (int64_t t = 0; t < 10000000; t += cases[i].frame_us)
            judge(&c, 700, START_US + t + t % 3000, START_US + t + 5000, &f);
        assert_in_range(c.stats.good, cases[i].least, cases[i].maximum);
        assert_int_equal(c.stats.good + c.stats.thinned, 10000000 / cases[i].frame_us);
    }
}

/* A sensor whose frames have k / quality bytes: settles near the target, within its range. */
static void quality_follows_the_bit_rate(void **state) {
    static const struct {
        uint32_t k, bps;
        int quality; /* where it ends, -1: by the rate */
    } cases[] = {
        {720000, 3000000, -1},                     /* 60 KB at 12: 6 Mbit/s wanted down to 3 */
        {720000, 1500000, -1},                     /* a quarter */
        {720000, 50000000, OC_CAMERA_QUALITY},     /* never finer than asked */
        {720000, 100000, OC_CAMERA_QUALITY_WORST}, /* out of reach: as coarse as can be */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        oc_camera_control_t c = begin("", 200000);
        oc_camera_frame_t f;
        uint8_t quality = OC_CAMERA_QUALITY, changed;
        uint64_t bytes = 0;
        uint32_t steps = 0;
        oc_camera_control_bitrate(&c, cases[i].bps);
        for (uint32_t n = 0; n < 400; n++) {
            int64_t t = START_US + (int64_t)n * FRAME_US;
            judge(&c, cases[i].k / quality, t, t, &f);
            if (oc_camera_control_quality(&c, &changed))
                quality = changed;
            if (n == 200)
                steps = c.stats.steps;
            bytes += n >= 200 ? f.len_bytes : 0;
        }
        uint64_t bps = bytes * 8 * 1000000 / (200 * FRAME_US);
        if (cases[i].quality < 0) {
            assert_in_range(bps, cases[i].bps / 100 * 75, cases[i].bps / 100 * 115);
            assert_int_equal(c.stats.steps, steps); /* settled, not hunting */
        } else
            assert_int_equal(quality, cases[i].quality);
        /* and back when the rate is given up, one step a window */
        oc_camera_control_bitrate(&c, 0);
        for (uint32_t n = 400; n < 1200; n++) {
            int64_t t = START_US + (int64_t)n * FRAME_US;
            judge(&c, cases[i].k / quality, t, t, &f);
            if (oc_camera_control_quality(&c, &changed))
                quality = changed;
        }
        assert_int_equal(quality, OC_CAMERA_QUALITY);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_frames_are_refused_and_counted),
        cmocka_unit_test(padding_behind_the_image_is_left_out),
        cmocka_unit_test(times_never_go_back),
        cmocka_unit_test(frames_are_thinned_to_the_wanted_rate),
        cmocka_unit_test(quality_follows_the_bit_rate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
