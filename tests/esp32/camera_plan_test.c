/* Options of camera: URLs, choice of frame sizes, figures for the ring. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "oc_camera_plan.h"
#include "oc_err.h"

static void options_are_read(void **state) {
    oc_camera_options_t o;
    char why[OC_CAPTURE_WHY_MAX] = "";
    assert_int_equal(oc_camera_parse("", &o, why, sizeof why), OC_OK);
    assert_int_equal(o.width, 0);
    assert_int_equal(o.quality, OC_CAMERA_QUALITY);
    assert_int_equal(oc_camera_parse("?", &o, why, sizeof why), OC_OK);
    assert_int_equal(
        oc_camera_parse("?width=640&height=480&fps=7.5&quality=20&max=50000", &o, why, sizeof why),
        OC_OK);
    assert_int_equal(o.width, 640);
    assert_int_equal(o.height, 480);
    assert_int_equal(o.fps_milli, 7500);
    assert_int_equal(o.quality, 20);
    assert_int_equal(o.max_bytes, 50000);
    assert_string_equal(why, "");
    assert_int_equal(oc_camera_parse("?fps=60", &o, why, sizeof why), OC_OK);
    assert_int_equal(o.fps_milli, 60000);
}

static void wrong_options_say_what_is_allowed(void **state) {
    static const char *const bad[][2] = {
        {"width=640", "question mark"},
        {"?width=640", "go together"},
        {"?width=", "not a number"},
        {"?width=64x", "not a number"},
        {"?width=50&height=50", "96 .. 4096"},
        {"?fps=0", "0.1 .. 60"},
        {"?fps=61", "0.1 .. 60"},
        {"?fps=.5", "not a number"},
        {"?fps=1.2345", "not a number"},
        {"?fps=1..5", "not a number"},
        {"?quality=3", "4 (fine) .. 63"},
        {"?quality=64", "4 (fine) .. 63"},
        {"?max=1", "4096 .. "},
        {"?zoom=2", "options are"},
        {"?fps", "key=value"},
        {"?=5", "options are"},
        {"?width=99999999999999999999&height=1", "not a number"},
        {"?max=-5000", "not a number"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        oc_camera_options_t o;
        char why[OC_CAPTURE_WHY_MAX] = "";
        assert_int_equal(oc_camera_parse(bad[i][0], &o, why, sizeof why), OC_ERR_FORMAT);
        assert_non_null(strstr(why, bad[i][1]));
        assert_null(strchr(why, '\n'));
    }
    oc_camera_options_t o; /* a long one is cut, not overrun */
    char text[400], why[40];
    memset(text, 'x', sizeof text - 1);
    text[0] = '?';
    text[sizeof text - 1] = 0;
    assert_int_equal(oc_camera_parse(text, &o, why, sizeof why), OC_ERR_FORMAT);
    assert_int_equal(strlen(why), sizeof why - 1);
}

static void the_nearest_size_is_chosen(void **state) {
    static const oc_camera_size_t sizes[] = {
        {160, 120}, {640, 480}, {480, 640}, {1280, 720}, {1600, 1200}};
    assert_int_equal(oc_camera_choose(sizes, 5, 640, 480), 1);
    assert_int_equal(oc_camera_choose(sizes, 5, 480, 640), 2);
    assert_int_equal(oc_camera_choose(sizes, 5, 800, 600), 3); /* the smallest that holds it */
    assert_int_equal(oc_camera_choose(sizes, 5, 96, 96), 0);
    assert_int_equal(oc_camera_choose(sizes, 5, 4096, 4096), 4); /* the largest */
    assert_int_equal(oc_camera_choose(sizes, 1, 4096, 4096), 0);
}

static void the_plan_bounds_frames(void **state) {
    oc_camera_options_t o;
    oc_capture_config_t c;
    oc_camera_parse("", &o, NULL, 0);
    memset(&c, 0xA5, sizeof c);
    oc_camera_plan(&o, (oc_camera_size_t){1280, 720}, &c);
    assert_int_equal(c.max_gop_bytes, 1280 * 720 / 5);
    assert_int_equal(c.bitrate_bps, 1280 * 720 / 16 * 8 * 12);
    assert_int_equal(c.fps_milli, 0);
    assert_int_equal(c.max_gop_ms, 0);
    assert_false(c.audio);
    assert_int_equal(c.track[0].codec, OC_CODEC_MJPEG);
    assert_int_equal(c.track[1].codec, OC_CODEC_NONE);
    assert_string_equal(c.adapted, "");
    oc_camera_parse("?width=640&height=480&fps=2&max=20000", &o, NULL, 0);
    oc_camera_plan(&o, (oc_camera_size_t){800, 600}, &c);
    assert_int_equal(c.max_gop_bytes, 20000);
    assert_int_equal(c.packets_per_s, 2);
    assert_string_equal(c.adapted, "camera: delivers 800x600 instead of 640x480");
    o.max_bytes = 4000000; /* more than the buffers hold */
    oc_camera_plan(&o, (oc_camera_size_t){160, 120}, &c);
    assert_int_equal(c.max_gop_bytes, 160 * 120 / 5);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_are_read),
        cmocka_unit_test(wrong_options_say_what_is_allowed),
        cmocka_unit_test(the_nearest_size_is_chosen),
        cmocka_unit_test(the_plan_bounds_frames),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
