/* oc_sample_entry: what is written is read; what others write is read; the rest is refused. */
#include "media_fixture.h"
#include "oc_box.h"
#include "oc_sample_entry.h"

static oc_span_t entry_of(const oc_track_t *t, uint8_t *out) {
    oc_wr_t w = oc_wr(out, OC_SAMPLE_ENTRY_MAX);
    oc_sample_entry_write(&w, t);
    assert_false(w.bad);
    return oc_span(out, oc_wr_len(&w));
}

static void every_codec_survives(void **state) {
    uint8_t out[OC_SAMPLE_ENTRY_MAX];
    for (unsigned codec = OC_CODEC_H264; codec <= OC_CODEC_PCMU; codec++) {
        oc_track_t t = fixture_track((oc_codec_t)codec), read = {.timescale = t.timescale};
        for (unsigned in_band = 0; in_band < (codec <= OC_CODEC_H265 ? 2u : 1u); in_band++) {
            t.in_band = in_band;
            assert_int_equal(oc_sample_entry_read(entry_of(&t, out), &read), OC_OK);
            assert_memory_equal(&read, &t, sizeof t);
        }
    }
}

static void the_largest_configuration_fits(void **state) {
    uint8_t out[OC_SAMPLE_ENTRY_MAX];
    oc_track_t t = fixture_track(OC_CODEC_AAC), read = {.timescale = 1};
    t.config_len = OC_TRACK_CONFIG_MAX;
    assert_int_equal(oc_sample_entry_read(entry_of(&t, out), &read), OC_OK);
    assert_int_equal(read.config_len, OC_TRACK_CONFIG_MAX);
    t = fixture_track(OC_CODEC_H265);
    t.config_len = OC_TRACK_CONFIG_MAX;
    (void)entry_of(&t, out);
}

static void cut_off_entries_are_refused_or_complete(void **state) {
    uint8_t out[OC_SAMPLE_ENTRY_MAX];
    for (unsigned codec = OC_CODEC_H264; codec <= OC_CODEC_PCMU; codec++) {
        oc_track_t t = fixture_track((oc_codec_t)codec), read = {.timescale = t.timescale};
        oc_span_t entry = entry_of(&t, out);
        for (size_t len = 0; len < entry.len; len++) {
            uint8_t *cut = malloc(len + 1);
            memcpy(cut, entry.data, len);
            int rc = oc_sample_entry_read(oc_span(cut, len), &read);
            assert_int_equal(rc, OC_ERR_FORMAT);
            assert_int_equal(read.codec, OC_CODEC_NONE);
            free(cut);
        }
    }
}

static void codings_of_others_are_refused(void **state) {
    uint8_t out[OC_SAMPLE_ENTRY_MAX];
    oc_track_t t = fixture_track(OC_CODEC_PCMA), read = {.timescale = 1};
    static const char *const types[] = {"sowt", "twos", "vp09", "av01", "ac-3", "text"};
    for (unsigned i = 0; i < 6; i++) {
        oc_span_t entry = entry_of(&t, out);
        memcpy(out + 4, types[i], 4);
        assert_int_equal(oc_sample_entry_read(entry, &read), OC_ERR_NOTSUP);
        assert_int_equal(read.codec, OC_CODEC_NONE);
    }
    t = fixture_track(OC_CODEC_H264);
    t.config[4] = 0xFD; /* 2-byte NAL unit lengths */
    assert_int_equal(oc_sample_entry_read(entry_of(&t, out), &read), OC_ERR_NOTSUP);
    t = fixture_track(OC_CODEC_MJPEG);
    oc_span_t entry = entry_of(&t, out);
    for (size_t i = 0; i < entry.len; i++)
        out[i] = out[i] == 0x6C ? 0x20 : out[i]; /* MPEG-4 Visual */
    assert_int_equal(oc_sample_entry_read(entry, &read), OC_ERR_NOTSUP);
}

static void sound_descriptions_of_quicktime_are_longer(void **state) {
    static const uint8_t version1[] = {
        0, 0,  0, 52, 'a', 'l', 'a',  'w',  0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2,
        0, 16, 0, 0,  0,   0,   0x1F, 0x40, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 2};
    oc_track_t read = {.timescale = 8000};
    assert_int_equal(oc_sample_entry_read(SPAN(version1), &read), OC_OK);
    assert_int_equal(read.codec, OC_CODEC_PCMA);
    assert_int_equal(read.channels, 2);
    assert_int_equal(read.sample_rate, 8000);
}

static void quicktime_has_names_of_its_own_for_jpeg(void **state) {
    uint8_t out[OC_SAMPLE_ENTRY_MAX];
    oc_track_t t = fixture_track(OC_CODEC_MJPEG), read = {.timescale = 30000};
    static const char *const types[] = {"jpeg", "mjpg"};
    for (unsigned i = 0; i < 2; i++) {
        oc_span_t entry = entry_of(&t, out);
        memcpy(out + 4, types[i], 4);
        memset(out + 90, 'x', 4); /* without esds */
        assert_int_equal(oc_sample_entry_read(entry, &read), OC_OK);
        assert_memory_equal(&read, &t, sizeof t);
    }
}

static void rates_beyond_16_bits_come_from_the_configuration(void **state) {
    uint8_t out[OC_SAMPLE_ENTRY_MAX];
    oc_track_t t = fixture_track(OC_CODEC_AAC), read = {.timescale = 96000};
    t.config[0] = 0x10; /* AAC-LC, 96 kHz, 2 channels */
    t.sample_rate = t.timescale = 96000;
    assert_int_equal(oc_sample_entry_read(entry_of(&t, out), &read), OC_OK);
    assert_int_equal(read.sample_rate, 96000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_codec_survives),
        cmocka_unit_test(the_largest_configuration_fits),
        cmocka_unit_test(cut_off_entries_are_refused_or_complete),
        cmocka_unit_test(codings_of_others_are_refused),
        cmocka_unit_test(sound_descriptions_of_quicktime_are_longer),
        cmocka_unit_test(quicktime_has_names_of_its_own_for_jpeg),
        cmocka_unit_test(rates_beyond_16_bits_come_from_the_configuration),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
