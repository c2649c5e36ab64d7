/* The time origin of a file: exact in both tracks, never after the first packet. */
#include "cmocka_first.h"

#include <stdlib.h>
#include "oc_clock.h"
#include "oc_out_tracks.h"

static void check(uint32_t video, uint32_t audio, int64_t video_dts, int64_t audio_dts,
                  bool exact) {
    oc_out_tracks_t tracks = {.track = {{.codec = OC_CODEC_H264, .timescale = video},
                                        {.codec = OC_CODEC_AAC, .timescale = audio}}};
    int64_t base[OC_TRACKS_MAX];
    oc_out_tracks_base(&tracks, (int64_t[]){video_dts, audio_dts}, (bool[]){true, true}, base);
    assert_true(base[0] <= video_dts && base[1] <= audio_dts);
    if (exact)
        assert_int_equal(oc_clock_compare(base[0], video, base[1], audio), 0);
    int64_t late_video_us = oc_clock_rescale(video_dts - base[0], video, 1000000);
    int64_t late_audio_us = oc_clock_rescale(audio_dts - base[1], audio, 1000000);
    assert_in_range(late_video_us < late_audio_us ? late_video_us : late_audio_us, 0, 40100);
}

static void test_pairs(void **state) {
    static const uint32_t video[] = {90000, 30000, 24000, 15360, 12800, 1000, 1000000, 600, 90, 25};
    static const uint32_t audio[] = {48000, 44100, 8000, 16000, 32000, 22050, 11025, 96000};
    uint64_t random = 7;
    for (size_t v = 0; v < sizeof video / sizeof video[0]; v++)
        for (size_t a = 0; a < sizeof audio / sizeof audio[0]; a++)
            for (int i = 0; i < 200; i++) {
                random = random * 6364136223846793005u + 1442695040888963407u;
                int64_t seconds = (int64_t)(random >> 34) % 400000;
                int64_t video_dts = seconds * video[v] + (int64_t)(random >> 20) % video[v];
                int64_t audio_dts = seconds * audio[a] + (int64_t)(random >> 11) % audio[a];
                uint32_t x = video[v], y = audio[a];
                while (y) {
                    uint32_t rest = x % y;
                    x = y;
                    y = rest;
                }
                check(video[v], audio[a], video_dts, audio_dts, x >= 25);
            }
}

static void test_edges(void **state) {
    check(90000, 48000, 0, 0, true);
    check(90000, 48000, -3000, -1, true);
    check(90000, 48000, INT64_C(1) << 50, INT64_C(1) << 50, true);
    /* one track: exactly its first packet */
    oc_out_tracks_t one = {.track = {{.codec = OC_CODEC_H264, .timescale = 7}}};
    int64_t base[OC_TRACKS_MAX];
    oc_out_tracks_base(&one, (int64_t[]){12345, 99}, (bool[]){true, true}, base);
    assert_int_equal(base[0], 12345);
    assert_int_equal(base[1], 0);
    oc_out_tracks_base(&one, (int64_t[]){12345, 99}, (bool[]){false, false}, base);
    assert_int_equal(base[0], 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_pairs), cmocka_unit_test(test_edges)};
    return cmocka_run_group_tests_name("out_tracks", tests, NULL, NULL);
}
