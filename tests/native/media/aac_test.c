/* oc_aac: configurations and ADTS headers. */
#include "media_fixture.h"
#include "oc_aac.h"

static void assert_config(const uint8_t *bytes, size_t len, unsigned type, unsigned rate,
                          unsigned output, unsigned channels, unsigned samples) {
    oc_aac_config_t c;
    assert_int_equal(oc_aac_parse_config(oc_span(bytes, len), &c), OC_OK);
    assert_int_equal(c.object_type, type);
    assert_int_equal(c.sample_rate, rate);
    assert_int_equal(c.output_rate, output);
    assert_int_equal(c.channels, channels);
    assert_int_equal(c.frame_samples, samples);
}

static void configurations_are_understood(void **state) {
    assert_config((const uint8_t[]){0x12, 0x10}, 2, 2, 44100, 44100, 2, 1024);
    assert_config((const uint8_t[]){0x11, 0x88}, 2, 2, 48000, 48000, 1, 1024);
    assert_config((const uint8_t[]){0x11, 0x8C}, 2, 2, 48000, 48000, 1, 960);
    assert_config((const uint8_t[]){0x11, 0xB8}, 2, 2, 48000, 48000, 8, 1024); /* "7" */
    assert_config((const uint8_t[]){0x11, 0x80}, 2, 2, 48000, 48000, 0, 1024); /* PCE */
    assert_config((const uint8_t[]){0x2B, 0x92, 0x08, 0x00}, 4, 5, 22050, 44100, 2, 1024);
    assert_config((const uint8_t[]){0x17, 0x80, 0x10, 0x00, 0x08}, 5, 2, 8192, 8192, 1, 1024);
}

static void broken_configurations_are_refused(void **state) {
    oc_aac_config_t c;
    static const uint8_t lc[] = {0x12, 0x10}, reserved_rate[] = {0x16, 0x90};
    static const uint8_t reserved_channels[] = {0x12, 0x48}, usac[] = {0xF9, 0x48, 0x10, 0x00};
    assert_int_equal(oc_aac_parse_config(oc_span(lc, 1), &c), OC_ERR_TRUNC);
    assert_int_equal(oc_aac_parse_config(oc_span(lc, 0), &c), OC_ERR_TRUNC);
    assert_int_equal(oc_aac_parse_config(SPAN(reserved_rate), &c), OC_ERR_FORMAT);
    assert_int_equal(oc_aac_parse_config(SPAN(reserved_channels), &c), OC_ERR_FORMAT);
    assert_int_equal(oc_aac_parse_config(SPAN(usac), &c), OC_ERR_FORMAT);
}

static void adts_headers_are_taken_off(void **state) {
    uint8_t stream[64];
    static const uint8_t header[] = {0xFF, 0xF1, 0x50, 0x80, 0x02, 0x1F, 0xFC}; /* 16 bytes */
    oc_aac_adts_t a;
    memset(stream, 0x21, sizeof stream);
    memcpy(stream, header, sizeof header);
    assert_int_equal(oc_aac_parse_adts(oc_span(stream, 16), &a), OC_OK);
    assert_int_equal(a.frame_bytes, 16);
    assert_ptr_equal(a.payload.data, stream + 7);
    assert_int_equal(a.payload.len, 9);
    assert_int_equal(a.config.sample_rate, 44100);
    assert_int_equal(a.config.channels, 2);
    assert_int_equal(a.config.object_type, 2);
    for (size_t len = 0; len < 16; len++)
        assert_int_equal(oc_aac_parse_adts(oc_span(stream, len), &a), OC_ERR_TRUNC);
    stream[1] = 0xF0; /* a CRC follows the header */
    assert_int_equal(oc_aac_parse_adts(SPAN(stream), &a), OC_OK);
    assert_ptr_equal(a.payload.data, stream + 9);
    stream[6] |= 1; /* two raw_data_blocks */
    assert_int_equal(oc_aac_parse_adts(SPAN(stream), &a), OC_ERR_NOTSUP);
    stream[6] = 0xFC;
    stream[1] = 0xE1;
    assert_int_equal(oc_aac_parse_adts(SPAN(stream), &a), OC_ERR_FORMAT);
    stream[1] = 0xF1;
    stream[4] = 0; /* a length of 0 */
    assert_int_equal(oc_aac_parse_adts(SPAN(stream), &a), OC_ERR_FORMAT);
}

static void a_track_describes_the_same_configuration(void **state) {
    static const uint32_t rates[] = {96000, 44100, 8000, 7350, 12345};
    for (unsigned r = 0; r < 5; r++) {
        for (unsigned channels = 1; channels <= 8; channels++) {
            oc_aac_config_t c = {.object_type = 2, .channels = (uint8_t)channels}, again;
            oc_track_t t = {.codec = OC_CODEC_NONE};
            if (channels == 7)
                continue; /* no channel configuration means seven */
            c.sample_rate = rates[r];
            oc_aac_track(&c, &t);
            assert_int_equal(t.codec, OC_CODEC_AAC);
            assert_int_equal(t.timescale, rates[r]);
            assert_int_equal(t.channels, channels);
            assert_int_equal(oc_aac_parse_config(oc_span(t.config, t.config_len), &again), OC_OK);
            assert_int_equal(again.sample_rate, rates[r]);
            assert_int_equal(again.channels, channels);
            assert_int_equal(again.object_type, 2);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(configurations_are_understood),
        cmocka_unit_test(broken_configurations_are_refused),
        cmocka_unit_test(adts_headers_are_taken_off),
        cmocka_unit_test(a_track_describes_the_same_configuration),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
