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

static void an_access_unit_loses_its_start_codes_and_parameter_sets(void **state) {
    uint8_t stream[256], out[256];
    oc_wr_t w = oc_wr(stream, sizeof stream);
    static const uint8_t aud[] = {0x09, 0x10}, filler[] = {0x0C, 0xFF, 0x80};
    static const uint8_t sei[] = {0x06, 5, 1, 9, 0x80}, idr[] = {0x65, 0x88, 0, 0, 3, 1, 7};
    const oc_span_t nals[] = {SPAN(aud), SPAN(fixture_sps), SPAN(fixture_pps),
                              SPAN(sei), SPAN(idr),         SPAN(filler)};
    for (unsigned i = 0; i < 6; i++) {
        oc_wr_be(&w, 1, i % 2 ? 3 : 4);
        oc_wr_bytes(&w, nals[i].data, nals[i].len);
    }
    oc_span_t sps, pps, unit = oc_span(stream, oc_wr_len(&w));
    int len = oc_h264_from_annexb(unit, out, sizeof out, &sps, &pps);
    assert_int_equal(len, 4 + sizeof sei + 4 + sizeof idr);
    assert_memory_equal(sps.data, fixture_sps, sizeof fixture_sps);
    assert_memory_equal(pps.data, fixture_pps, sizeof fixture_pps);
    assert_true(sps.data > stream && pps.data < stream + sizeof stream); /* not copied */
    assert_memory_equal(out + 4, sei, sizeof sei);
    assert_memory_equal(out + 8 + sizeof sei, idr, sizeof idr);
    assert_true(oc_h264_is_key(oc_span(out, (size_t)len)));
    assert_int_equal(oc_h264_from_annexb(unit, out, (size_t)len - 1, &sps, &pps), OC_ERR_NOMEM);
    assert_int_equal(oc_h264_from_annexb(unit, out, (size_t)len, &sps, &pps), len);
    assert_int_equal(oc_h264_from_annexb(SPAN(idr), out, sizeof out, &sps, &pps), OC_ERR_FORMAT);
    oc_span_t sets = oc_span_sub(unit, 0, 6 + 3 + sizeof fixture_sps);
    assert_int_equal(oc_h264_from_annexb(sets, out, sizeof out, &sps, &pps), 0);
}

static void only_idr_slices_make_a_key(void **state) {
    static const uint8_t delta[] = {0, 0, 0, 2, 0x06, 1, 0, 0, 0, 2, 0x41, 0x9A};
    static const uint8_t cut[] = {0, 0, 0, 9, 0x65};
    size_t offset = 0;
    oc_span_t nal;
    assert_false(oc_h264_is_key(SPAN(delta)));
    assert_false(oc_h264_is_key(SPAN(cut)));
    assert_false(oc_h264_is_key(oc_span(NULL, 0)));
    assert_int_equal(oc_h264_next_nal(SPAN(delta), false, &offset, &nal), OC_OK);
    assert_int_equal(nal.data[0], 0x06);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_are_those_after_cropping),
        cmocka_unit_test(cut_off_parameter_sets_are_refused_until_the_size_is_there),
        cmocka_unit_test(avcc_holds_both_sets_and_the_tail_of_high_profiles),
        cmocka_unit_test(an_access_unit_loses_its_start_codes_and_parameter_sets),
        cmocka_unit_test(only_idr_slices_make_a_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
