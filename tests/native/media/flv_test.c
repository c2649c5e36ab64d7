/* oc_flv against bytes written down from the specifications. */
#include "media_fixture.h"
#include "oc_flv.h"

#define EXPECT(got, len, ...)                                                                      \
    do {                                                                                           \
        static const uint8_t expected[] = {__VA_ARGS__};                                           \
        assert_int_equal(len, sizeof expected);                                                    \
        assert_memory_equal(got, expected, sizeof expected);                                       \
    } while (0)

static oc_track_t track_of(oc_codec_t codec, const char *config) {
    oc_track_t track = {.codec = codec, .timescale = 90000, .width = 640, .height = 360};
    track.config_len = (uint16_t)strlen(config);
    memcpy(track.config, config, track.config_len);
    return track;
}

static void test_header(void **state) {
    uint8_t out[OC_FLV_HEADER_BYTES];
    oc_flv_header(out, true, true);
    EXPECT(out, sizeof out, 'F', 'L', 'V', 1, 5, 0, 0, 0, 9, 0, 0, 0, 0);
    oc_flv_header(out, false, true);
    assert_int_equal(out[4], 1);
    oc_flv_header(out, true, false);
    assert_int_equal(out[4], 4);
}

/* 24 bits last 4 h 39 min, so TimestampExtended is what a camera lives on. */
static void test_timestamps(void **state) {
    uint8_t out[OC_FLV_TAG_BYTES];
    oc_flv_tag(out, OC_FLV_VIDEO, 0x123456, 0);
    EXPECT(out, sizeof out, 9, 0x12, 0x34, 0x56, 0, 0, 0, 0, 0, 0, 0);
    oc_flv_tag(out, OC_FLV_AUDIO, 7, 0xFFFFFF);
    EXPECT(out, sizeof out, 8, 0, 0, 7, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0);
    oc_flv_tag(out, OC_FLV_AUDIO, 7, 0x1000000);
    EXPECT(out, sizeof out, 8, 0, 0, 7, 0, 0, 0, 1, 0, 0, 0);
    oc_flv_tag(out, OC_FLV_SCRIPT, 1, 25 * 3600 * 1000); /* 25 h: 0x055D4A80 ms */
    EXPECT(out, sizeof out, 18, 0, 0, 1, 0x5D, 0x4A, 0x80, 0x05, 0, 0, 0);
    oc_flv_tag(out, OC_FLV_VIDEO, 1, INT64_C(0xFFFFFFFF));
    EXPECT(out, sizeof out, 9, 0, 0, 1, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0);
    oc_flv_tag(out, OC_FLV_VIDEO, 1, INT64_C(0x100000000) + 40); /* after 49 days */
    EXPECT(out, sizeof out, 9, 0, 0, 1, 0, 0, 40, 0, 0, 0, 0);
    oc_flv_size(out, 5);
    EXPECT(out, OC_FLV_SIZE_BYTES, 0, 0, 0, 16);
    oc_flv_size(out, OC_FLV_BODY_MAX);
    EXPECT(out, OC_FLV_SIZE_BYTES, 1, 0, 0, 10);
}

static void test_prefixes(void **state) {
    uint8_t out[OC_FLV_PREFIX_MAX];
    oc_track_t h264 = track_of(OC_CODEC_H264, "x"), h265 = track_of(OC_CODEC_H265, "x");
    oc_track_t aac = track_of(OC_CODEC_AAC, "x");
    EXPECT(out, oc_flv_prefix(out, &h264, true, 0), 0x17, 1, 0, 0, 0);
    EXPECT(out, oc_flv_prefix(out, &h264, false, 0x012345), 0x27, 1, 1, 0x23, 0x45);
    EXPECT(out, oc_flv_prefix(out, &h264, false, -33), 0x27, 1, 0xFF, 0xFF, 0xDF);
    EXPECT(out, oc_flv_prefix(out, &h265, true, 0), 0x93, 'h', 'v', 'c', '1');
    EXPECT(out, oc_flv_prefix(out, &h265, false, 40), 0xA1, 'h', 'v', 'c', '1', 0, 0, 40);
    EXPECT(out, oc_flv_prefix(out, &aac, true, 0), 0xAF, 1);
}

static void test_sequence_headers(void **state) {
    uint8_t out[OC_FLV_CONFIG_MAX];
    oc_track_t h264 = track_of(OC_CODEC_H264, "avcC"), h265 = track_of(OC_CODEC_H265, "hvcC");
    oc_track_t aac = track_of(OC_CODEC_AAC, "as");
    EXPECT(out, oc_flv_config(&h264, out, sizeof out), 0x17, 0, 0, 0, 0, 'a', 'v', 'c', 'C');
    EXPECT(out, oc_flv_config(&h265, out, sizeof out), 0x90, 'h', 'v', 'c', '1', 'h', 'v', 'c',
           'C');
    EXPECT(out, oc_flv_config(&aac, out, sizeof out), 0xAF, 0, 'a', 's');
    assert_int_equal(oc_flv_config(&h264, out, 8), OC_ERR_NOMEM);
    h265.config_len = OC_TRACK_CONFIG_MAX;
    assert_int_equal(oc_flv_config(&h265, out, sizeof out), 5 + OC_TRACK_CONFIG_MAX);
}

static void test_metadata(void **state) {
    uint8_t out[OC_FLV_METADATA_MAX];
    oc_track_t tracks[OC_TRACKS_MAX] = {track_of(OC_CODEC_H264, "x"), track_of(OC_CODEC_AAC, "x")};
    tracks[1].sample_rate = 44100;
    tracks[1].channels = 1;
    EXPECT(out, oc_flv_metadata(tracks, out, sizeof out),                          /* */
           2, 0, 10, 'o', 'n', 'M', 'e', 't', 'a', 'D', 'a', 't', 'a',             /* */
           8, 0, 0, 0, 8,                                                          /* */
           0, 5, 'w', 'i', 'd', 't', 'h', 0, 0x40, 0x84, 0, 0, 0, 0, 0, 0,         /* 640.0 */
           0, 6, 'h', 'e', 'i', 'g', 'h', 't', 0, 0x40, 0x76, 0x80, 0, 0, 0, 0, 0, /* 360.0 */
           0, 12, 'v', 'i', 'd', 'e', 'o', 'c', 'o', 'd', 'e', 'c', 'i', 'd',      /* */
           0, 0x40, 0x1C, 0, 0, 0, 0, 0, 0,                                        /* 7.0 */
           0, 12, 'a', 'u', 'd', 'i', 'o', 'c', 'o', 'd', 'e', 'c', 'i', 'd',      /* */
           0, 0x40, 0x24, 0, 0, 0, 0, 0, 0,                                        /* 10.0 */
           0, 15, 'a', 'u', 'd', 'i', 'o', 's', 'a', 'm', 'p', 'l', 'e', 'r', 'a', 't', 'e', /* */
           0, 0x40, 0xE5, 0x88, 0x80, 0, 0, 0, 0, /* 44100.0 */
           0, 15, 'a', 'u', 'd', 'i', 'o', 's', 'a', 'm', 'p', 'l', 'e', 's', 'i', 'z', 'e', /* */
           0, 0x40, 0x30, 0, 0, 0, 0, 0, 0,          /* 16.0 */
           0, 6, 's', 't', 'e', 'r', 'e', 'o', 1, 0, /* */
           0, 7, 'e', 'n', 'c', 'o', 'd', 'e', 'r', 2, 0, 7, 'O', 'c', 'e', 'l', 'l', 'u',
           's', /* */
           0, 0, 9);
    for (size_t size = 0; size < 181; size++)
        assert_int_equal(oc_flv_metadata(tracks, out, size), OC_ERR_NOMEM);
}

/* What FLV cannot carry is not named; H.265 is named by its FourCC as a number. */
static void test_metadata_leaves_out(void **state) {
    uint8_t out[OC_FLV_METADATA_MAX], zero[8] = {0};
    oc_track_t tracks[OC_TRACKS_MAX] = {track_of(OC_CODEC_H265, "x"), track_of(OC_CODEC_PCMU, "")};
    tracks[0].width = 0;
    int len = oc_flv_metadata(tracks, out, sizeof out);
    assert_int_equal(out[17], 4); /* 3 of the picture, encoder */
    assert_memory_equal(out + 26, zero, 8);
    static const uint8_t hvc1[] = {'i', 'd', 0, 0x41, 0xDA, 0x1D, 0x98, 0xCC, 0x40, 0, 0};
    bool found = false; /* 0x68766331 = 1752589105 */
    for (int i = 0; i + (int)sizeof hvc1 <= len; i++)
        found |= memcmp(out + i, hvc1, sizeof hvc1) == 0;
    assert_true(found);
    assert_true(oc_flv_carries(OC_CODEC_H264) && oc_flv_carries(OC_CODEC_AAC));
    assert_false(oc_flv_carries(OC_CODEC_NONE) || oc_flv_carries(OC_CODEC_MJPEG) ||
                 oc_flv_carries(OC_CODEC_OPUS) || oc_flv_carries(OC_CODEC_PCMA));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_header),   cmocka_unit_test(test_timestamps),
        cmocka_unit_test(test_prefixes), cmocka_unit_test(test_sequence_headers),
        cmocka_unit_test(test_metadata), cmocka_unit_test(test_metadata_leaves_out),
    };
    return cmocka_run_group_tests_name("flv", tests, NULL, NULL);
}
