/* oc_h264: parameter sets of x264, access units. */
#include "media_fixture.h"
#include "oc_h264.h"

/* x264: 1918x1080 4:4:4, High 4:4:4 Predictive */
static const uint8_t sps_444[] = {0x67, 0xf4, 0x00, 0x28, 0x91, 0x9b, 0x28, 0x0f, 0x00, 0x44, 0xf7,
                                  0x13, 0xff, 0x81, 0x0e, 0x01, 0xdf, 0x88, 0x00, 0x00, 0x03, 0x00,
                                  0x08, 0x00, 0x00, 0x03, 0x01, 0x90, 0x78, 0xc1, 0x8c, 0xb0};
/* x264: 720x576, interlaced, JVT scaling lists */
static const uint8_t sps_pal[] = {0x67, 0x64, 0x00, 0x1e, 0xac, 0xd9, 0x40, 0xb4, 0x24, 0xdf,
                                  0xf8, 0x00, 0x20, 0x00, 0x28, 0x80, 0x00, 0x00, 0x30, 0x00,
                                  0x80, 0x00, 0x00, 0x19, 0x0f, 0x8a, 0x14, 0xcb};

static void sizes_are_those_after_cropping(void **state) {
    oc_h264_sps_t s;
    assert_int_equal(oc_h264_parse_sps(SPAN(fixture_sps), &s), OC_OK);
    assert_int_equal(s.width, 1920);
    assert_int_equal(s.height, 1080); /* coded as 1088 lines */
    assert_int_equal(s.profile, 100);
    assert_int_equal(s.level, 40);
    assert_int_equal(s.time_scale, 50 * s.num_units_in_tick); /* 25 pictures of two fields */
    assert_int_equal(oc_h264_parse_sps(SPAN(sps_444), &s), OC_OK);
    assert_int_equal(s.width, 1918);
    assert_int_equal(s.height, 1080);
    assert_int_equal(s.profile, 244);
    assert_int_equal(oc_h264_parse_sps(SPAN(sps_pal), &s), OC_OK);
    assert_int_equal(s.width, 720);
    assert_int_equal(s.height, 576);
}

static void cut_off_parameter_sets_are_refused_until_the_size_is_there(void **state) {
    oc_h264_sps_t s;
    unsigned refused = 0;
    for (size_t len = 0; len < sizeof fixture_sps; len++) {
        int rc = oc_h264_parse_sps(oc_span(fixture_sps, len), &s);
        if (rc == OC_OK) {
            assert_int_equal(s.width, 1920);
            assert_int_equal(s.height, 1080);
        } else {
            assert_int_equal(rc, OC_ERR_TRUNC);
            assert_int_equal(refused++, len); /* none was accepted before */
        }
    }
    assert_true(refused >= 11);
    assert_int_equal(oc_h264_parse_sps(SPAN(fixture_pps), &s), OC_ERR_FORMAT);
}

static void avcc_holds_both_sets_and_the_tail_of_high_profiles(void **state) {
    oc_track_t t = {.timescale = 90000, .in_band = true};
    assert_int_equal(oc_h264_track(SPAN(fixture_sps), SPAN(fixture_pps), &t), OC_OK);
    assert_int_equal(t.codec, OC_CODEC_H264);
    assert_int_equal(t.width, 1920);
    assert_int_equal(t.height, 1080);
    assert_int_equal(t.timescale, 90000);
    assert_true(t.in_band);
    oc_rd_t r = oc_rd(oc_span(t.config, t.config_len));
    assert_int_equal(oc_rd_u32(&r), 0x01640028);
    assert_int_equal(oc_rd_u16(&r), 0xFFE1);
    assert_int_equal(oc_rd_u16(&r), sizeof fixture_sps);
    assert_memory_equal(oc_rd_bytes(&r, sizeof fixture_sps), fixture_sps, sizeof fixture_sps);
    assert_int_equal(oc_rd_u8(&r), 1);
    assert_int_equal(oc_rd_u16(&r), sizeof fixture_pps);
    assert_memory_equal(oc_rd_bytes(&r, sizeof fixture_pps), fixture_pps, sizeof fixture_pps);
    assert_int_equal(oc_rd_u32(&r), 0xFDF8F800); /* 4:2:0, 8 bits */
    assert_int_equal(oc_rd_left(&r), 0);
    assert_false(r.bad);
    assert_int_equal(oc_h264_track(SPAN(fixture_sps), SPAN(fixture_sps), &t), OC_ERR_FORMAT);
    uint8_t large[OC_TRACK_CONFIG_MAX] = {0x68};
    assert_int_equal(oc_h264_track(SPAN(fixture_sps), SPAN(large), &t), OC_ERR_TOO_BIG);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_are_those_after_cropping),
        cmocka_unit_test(cut_off_parameter_sets_are_refused_until_the_size_is_there),
        cmocka_unit_test(avcc_holds_both_sets_and_the_tail_of_high_profiles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
