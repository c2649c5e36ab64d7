/* oc_h265: parameter sets of x265, access units. */
#include "media_fixture.h"
#include "oc_h265.h"

/* x265: 130x98, 4:2:2, 10 bits, two temporal layers */
static const uint8_t sps_422[] = {
    0x42, 0x01, 0x01, 0x04, 0x08, 0x00, 0x00, 0x03, 0x00, 0x9d, 0x08, 0x00, 0x00, 0x03, 0x00, 0x00,
    0x1e, 0xb0, 0x11, 0x20, 0x69, 0xc9, 0x3b, 0x65, 0x95, 0x9a, 0x49, 0x32, 0xbf, 0xfc, 0x00, 0xc4,
    0x01, 0x05, 0xa0, 0x20, 0x00, 0x00, 0x03, 0x00, 0x20, 0x00, 0x00, 0x03, 0x03, 0x21};

static void sizes_are_those_of_the_conformance_window(void **state) {
    oc_h265_sps_t s;
    assert_int_equal(oc_h265_parse_sps(SPAN(fixture_hevc_sps), &s), OC_OK);
    assert_int_equal(s.width, 1920);
    assert_int_equal(s.height, 1080);
    assert_int_equal(s.chroma, 1);
    assert_int_equal(s.luma_depth, 8);
    assert_int_equal(s.profile[11], 120); /* level 4 */
    assert_int_equal(oc_h265_parse_sps(SPAN(sps_422), &s), OC_OK);
    assert_int_equal(s.width, 130);
    assert_int_equal(s.height, 98);
    assert_int_equal(s.chroma, 2);
    assert_int_equal(s.luma_depth, 10);
    assert_int_equal(s.chroma_depth, 10);
}

static void cut_off_parameter_sets_are_refused_until_the_depth_is_there(void **state) {
    oc_h265_sps_t s;
    unsigned refused = 0;
    for (size_t len = 0; len < sizeof fixture_hevc_sps; len++) {
        int rc = oc_h265_parse_sps(oc_span(fixture_hevc_sps, len), &s);
        if (rc)
            assert_int_equal(rc, OC_ERR_TRUNC);
        else
            assert_int_equal(s.height, 1080);
        refused += rc != 0;
    }
    assert_true(refused >= 20);
    assert_int_equal(oc_h265_parse_sps(SPAN(fixture_hevc_vps), &s), OC_ERR_FORMAT);
}

static void hvcc_holds_the_three_sets(void **state) {
    oc_track_t t = {.timescale = 90000};
    assert_int_equal(
        oc_h265_track(SPAN(fixture_hevc_vps), SPAN(fixture_hevc_sps), SPAN(fixture_hevc_pps), &t),
        OC_OK);
    assert_int_equal(t.codec, OC_CODEC_H265);
    assert_int_equal(t.width, 1920);
    assert_int_equal(t.height, 1080);
    assert_int_equal(t.config_len, 23 + 15 + sizeof fixture_hevc_vps + sizeof fixture_hevc_sps +
                                       sizeof fixture_hevc_pps);
    static const uint8_t fixed[] = {1,   1,    0x60, 0,    0,    0,    0x90, 0, 0, 0,    0, 0,
                                    120, 0xF0, 0,    0xFC, 0xFD, 0xF8, 0xF8, 0, 0, 0x0F, 3};
    assert_memory_equal(t.config, fixed, sizeof fixed);
    assert_int_equal(t.config[23], 0x80 | OC_H265_VPS); /* complete: none in the stream */
    t.in_band = true;
    assert_int_equal(
        oc_h265_track(SPAN(fixture_hevc_vps), SPAN(fixture_hevc_sps), SPAN(fixture_hevc_pps), &t),
        OC_OK);
    assert_int_equal(t.config[23], OC_H265_VPS);
    assert_int_equal(
        oc_h265_track(SPAN(fixture_hevc_pps), SPAN(fixture_hevc_sps), SPAN(fixture_hevc_pps), &t),
        OC_ERR_FORMAT);
    uint8_t large[OC_TRACK_CONFIG_MAX] = {0x44};
    assert_int_equal(oc_h265_track(SPAN(fixture_hevc_vps), SPAN(fixture_hevc_sps), SPAN(large), &t),
                     OC_ERR_TOO_BIG);
}

static void sei_is_taken_out_of_hvcc(void **state) {
    oc_track_t t = {.timescale = 90000};
    uint8_t fat[4096], out[OC_TRACK_CONFIG_MAX];
    assert_int_equal(
        oc_h265_track(SPAN(fixture_hevc_vps), SPAN(fixture_hevc_sps), SPAN(fixture_hevc_pps), &t),
        OC_OK);
    oc_wr_t w = oc_wr(fat, sizeof fat);
    oc_wr_bytes(&w, t.config, 22);
    oc_wr_u8(&w, 4);
    oc_wr_u8(&w, OC_H265_SEI);
    oc_wr_u16(&w, 2);
    oc_wr_u16(&w, 1500);
    oc_wr_zero(&w, 1500);
    oc_wr_u16(&w, 3);
    oc_wr_zero(&w, 3);
    oc_wr_bytes(&w, t.config + 23, t.config_len - 23u);
    oc_span_t config = oc_span(fat, oc_wr_len(&w));
    assert_int_equal(oc_h265_trim_config(config, out, sizeof out), t.config_len);
    assert_memory_equal(out, t.config, t.config_len);
    assert_int_equal(oc_h265_trim_config(config, out, t.config_len - 1u), OC_ERR_TOO_BIG);
    config.len -= 1;
    assert_int_equal(oc_h265_trim_config(config, out, sizeof out), OC_ERR_FORMAT);
    config.len = 22;
    assert_int_equal(oc_h265_trim_config(config, out, sizeof out), OC_ERR_FORMAT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_are_those_of_the_conformance_window),
        cmocka_unit_test(cut_off_parameter_sets_are_refused_until_the_depth_is_there),
        cmocka_unit_test(hvcc_holds_the_three_sets),
        cmocka_unit_test(sei_is_taken_out_of_hvcc),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
