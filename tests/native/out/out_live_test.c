/* Live segments from the ring, and their playlists against an independent reader of RFC 8216. */
#include "live_watch.h"

#include <stdlib.h>
#include "oc_err.h"

static void test_plays_everything(void **state) {
    watch_t w;
    watch_open(&w, &rig_default_source, 12000, 1000);
    watch_run(&w, 30 * SECOND);
    assert_int_equal(w.missing + w.outside + w.heads, 0);
    assert_true(w.fetched >= 28);
    assert_true(w.list.len >= 4 && w.list.len <= OC_OUT_LIVE_SEGMENTS);
    assert_int_equal(w.list.target_s, 1);
    assert_int_equal(w.list.discontinuity_sequence, 0);
    assert_true(w.samples > 28 * (30 + 46));
    watch_close(&w);
}

/* Segments are closed at the first key packet at or after the target. */
static void test_target(void **state) {
    static const struct {
        uint32_t gop_frames, target_ms;
        long duration_us;
        unsigned long target_s;
    } cases[] = {
        {30, 1000, 1000000, 1}, {60, 1000, 2000000, 2}, {15, 1000, 1000000, 1},
        {20, 1000, 1333333, 2}, {30, 4000, 4000000, 4}, {9, 200, 300000, 1},
        {7, 0, 1166667, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        watch_t w;
        rig_source_t source = rig_default_source;
        source.gop_frames = cases[i].gop_frames;
        watch_open(&w, &source, 30000, cases[i].target_ms);
        watch_run(&w, 25 * SECOND);
        assert_int_equal(w.list.target_s, cases[i].target_s);
        for (size_t k = 0; k < w.list.len; k++)
            assert_true(labs((long)w.list.segment[k].duration_us - cases[i].duration_us) < 10);
        assert_int_equal(w.missing + w.heads, 0);
        watch_close(&w);
    }
}

static void test_audio_only(void **state) { /* [E10] */
    watch_t w;
    rig_source_t source = rig_default_source;
    source.video = false;
    watch_open(&w, &source, 12000, 1000);
    watch_run(&w, 20 * SECOND);
    assert_int_equal(w.missing + w.outside, 0);
    assert_true(w.fetched >= 18 && w.list.target_s == 1);
    watch_close(&w);
}

static void test_mjpeg(void **state) {
    watch_t w;
    rig_source_t source = rig_default_source;
    source.mjpeg = true;
    source.key_bytes = source.video_bytes;
    watch_open(&w, &source, 12000, 1000);
    watch_run(&w, 20 * SECOND);
    assert_int_equal(w.missing + w.outside, 0);
    assert_true(w.fetched >= 18 && w.list.target_s == 1);
    watch_close(&w);
}

/* G.711 beside a picture is not in the live stream; alone it is, for players that know it. */
static void test_g711(void **state) {
    watch_t w;
    rig_source_t source = rig_default_source;
    source.alaw = true;
    watch_open(&w, &source, 12000, 1000);
    watch_run(&w, 20 * SECOND);
    assert_int_equal(w.missing + w.outside + w.heads, 0);
    assert_true(w.fetched >= 18 && w.samples >= 18 * 30 && w.samples <= 20 * 30);
    watch_close(&w);
    source.video = false;
    watch_open(&w, &source, 12000, 1000);
    watch_run(&w, 20 * SECOND);
    assert_int_equal(w.missing + w.outside, 0);
    assert_true(w.samples >= 18 * 46);
    watch_close(&w);
}

/* Nothing but whole numbers of ticks, late sound, pictures out of order, no durations given. */
static void test_odd_rates(void **state) {
    watch_t w;
    rig_source_t source = rig_default_source;
    source.video_timescale = 30000;
    source.frame_ticks = 1001;
    source.audio_timescale = 44100;
    source.audio_late_us = 200000;
    source.reordered = source.no_durations = true;
    watch_open(&w, &source, 12000, 2000);
    watch_run(&w, 30 * SECOND);
    assert_int_equal(w.missing + w.outside + w.heads, 0);
    assert_int_equal(w.list.target_s, 2);
    watch_close(&w);
}

/* A change of parameter sets: discontinuity, new init segment; when it has left the list, the
 * discontinuity sequence counts it. */
static void test_parameter_change(void **state) {
    watch_t w;
    watch_open(&w, &rig_default_source, 12000, 1000);
    watch_run(&w, 6 * SECOND);
    record_rig_run(&w.rig, SECOND - 10000);
    record_rig_change_config(&w.rig, 0);
    watch_run(&w, 2 * SECOND);
    size_t marks = 0;
    for (size_t i = 0; i < w.list.len; i++) {
        marks += w.list.segment[i].discontinuity;
        if (w.list.segment[i].discontinuity) {
            assert_string_equal(w.list.segment[i].map, "i2.mp4");
            assert_string_equal(w.list.segment[i - 1].map, "i1.mp4");
        }
    }
    assert_int_equal(marks, 1);
    assert_int_equal(w.list.discontinuity_sequence, 0);
    watch_run(&w, 12 * SECOND);
    assert_int_equal(w.list.discontinuity_sequence, 1);
    assert_int_equal(w.missing + w.heads, 0);
    uint8_t init[OC_FMP4_INIT_MAX];
    assert_true(oc_out_live_init_segment(w.live, 2, init, sizeof init) > 0);
    assert_int_equal(oc_out_live_init_segment(w.live, 3, init, sizeof init), OC_ERR_NOENT);
    assert_int_equal(oc_out_live_init_segment(w.live, 0, init, sizeof init), OC_ERR_NOENT);
    assert_int_equal(oc_out_live_init_segment(w.live, 2, init, 10), OC_ERR_NOMEM);
    watch_close(&w);
}

/* More changes than init segments are kept: what cannot be decoded any more is not listed. */
static void test_many_changes(void **state) {
    watch_t w;
    watch_open(&w, &rig_default_source, 20000, 1000);
    for (int i = 0; i < 12; i++) {
        watch_run(&w, SECOND);
        record_rig_change_config(&w.rig, 0);
    }
    watch_run(&w, 3 * SECOND);
    assert_true(w.list.len >= 3 && w.fetched >= 12);
    assert_int_equal(w.list.segment[w.list.len - 1].discontinuity_sequence, 12);
    watch_close(&w);
}

/* The output is not served for so long that the ring runs over it: a gap, a discontinuity, and it
 * goes on at the newest key packet. Numbers go on by one. */
static void test_overrun(void **state) {
    watch_t w;
    oc_out_live_stats_t stats;
    oc_fmp4_fragment_t fragment;
    watch_open(&w, &rig_default_source, 6000, 1000);
    watch_run(&w, 8 * SECOND + SECOND / 2);
    unsigned long next = w.list.media_sequence + w.list.len;
    record_rig_run(&w.rig, 30 * SECOND);
    char text[OC_OUT_LIVE_PLAYLIST_MAX];
    assert_int_equal(watch_text(&w, false, false, text, sizeof text), OC_AGAIN);
    assert_int_equal(watch_segment(&w, (uint32_t)next - 1, -1, &fragment), OC_ERR_STALE);
    watch_run(&w, 2 * SECOND);
    assert_int_equal(w.list.media_sequence, next + (w.part_ms > 0)); /* its parts were listed */
    assert_true(w.list.segment[0].discontinuity);
    watch_run(&w, 10 * SECOND);
    oc_out_live_stats(w.live, &stats);
    assert_int_equal(stats.gaps, 1);
    assert_int_equal(stats.first, w.list.media_sequence);
    assert_int_equal(stats.last, w.list.media_sequence + w.list.len - 1);
    assert_int_equal(w.list.discontinuity_sequence, 1);
    watch_close(&w);
}

/* A source that stands still for 10 s without saying so: no segment is longer than the target. */
static void test_hole_in_the_time_line(void **state) {
    watch_t w;
    watch_open(&w, &rig_default_source, 12000, 1000);
    watch_run(&w, 5 * SECOND + SECOND / 2);
    w.rig.next_dts[0] += 10 * 90000;
    w.rig.next_dts[1] += 10 * 48000;
    watch_run(&w, 15 * SECOND);
    assert_true(w.missing <= 77); /* the rest of the GOP behind the hole */
    assert_int_equal(w.list.segment[w.list.len - 1].discontinuity_sequence, 1);
    watch_close(&w);
}

/* GOPs that become longer than the target duration are cut: the target must not change. */
static void test_longer_gops(void **state) {
    for (int variant = 0; variant < 2; variant++) {
        watch_t w;
        rig_source_t source = rig_default_source;
        source.no_durations = variant;
        watch_open(&w, &source, 30000, 1000);
        watch_run(&w, 6 * SECOND);
        w.rig.source.gop_frames = 150;
        watch_run(&w, 14 * SECOND);
        assert_int_equal(w.list.target_s, 1);
        assert_int_equal(w.missing + w.outside, 0);
        assert_true(w.heads > 0);
        assert_int_equal(w.list.discontinuity_sequence, 0);
        watch_close(&w);
    }
}

/* The picture stands still while sound comes: no segment grows without end. */
static void test_video_stalls(void **state) {
    watch_t w;
    watch_open(&w, &rig_default_source, 40000, 1000);
    watch_run(&w, 5 * SECOND + SECOND / 2);
    w.rig.source.video = false;
    watch_run(&w, 30 * SECOND);
    w.rig.source.video = true;
    w.rig.next_dts[0] = w.rig.next_dts[1] / 48000 * 90000;
    watch_run(&w, 6 * SECOND);
    assert_int_equal(w.list.target_s, 1);
    assert_true(w.list.segment[w.list.len - 1].discontinuity_sequence >= 1);
    watch_close(&w);
}

/* Rings of any size: what is listed can be fetched at once (watch_run does), and from four target
 * durations on also one target duration after it left the list. */
static void test_small_rings(void **state) {
    uint32_t step = OC_TEST_DIVISOR > 4 ? 2000 : 500;
    for (uint32_t ring_ms = 1500; ring_ms <= 8000; ring_ms += step) {
        watch_t w;
        watch_open(&w, &rig_default_source, ring_ms, 1000);
        w.too_small = ring_ms < 4000;
        watch_run(&w, 20 * SECOND);
        assert_int_equal(w.missing, 0);
        assert_true(w.fetched >= 15);
        if (ring_ms >= 5000)
            assert_true(w.list.len >= 3);
        watch_close(&w);
    }
}

static void test_clock(void **state) {
    watch_t w;
    watch_open(&w, &rig_default_source, 12000, 1000);
    oc_clock_t known = w.rig.clock;
    w.rig.clock = (oc_clock_t){0, OC_CLOCK_NONE};
    watch_run(&w, 3 * SECOND);
    for (size_t i = 0; i < w.list.len; i++)
        assert_string_equal(w.list.segment[i].date, "");
    w.rig.clock = known;
    watch_reload(&w);
    assert_string_equal(w.list.segment[0].date, "2026-11-21T02:51:00.000Z");
    assert_string_equal(w.list.segment[1].date, "2026-11-21T02:51:01.000Z");
    watch_close(&w);
}

/* Output started late has what the ring holds at once. */
static void test_starts_with_what_is_there(void **state) {
    watch_t w;
    memset(&w, 0, sizeof w);
    record_rig_open(&w.rig, &rig_default_source, 12000, 1);
    record_rig_run(&w.rig, 30 * SECOND);
    w.live = malloc(oc_out_live_bytes());
    assert_int_equal(oc_out_live_init(w.live, w.rig.ring, 0, w.part_ms, 1), OC_OK);
    w.reader = oc_ring_open(w.rig.ring, OC_RING_OLDEST, 0, OC_RING_TO_NEWEST);
    watch_take(&w);
    assert_true(watch_reload(&w));
    assert_true(w.list.len >= 3);
    watch_close(&w);
}

static void test_errors(void **state) {
    watch_t w;
    oc_fmp4_fragment_t fragment;
    char text[OC_OUT_LIVE_PLAYLIST_MAX];
    watch_open(&w, &rig_default_source, 12000, 1000);
    assert_int_equal(watch_text(&w, false, false, text, sizeof text), OC_AGAIN);
    assert_int_equal(watch_segment(&w, 1, -1, &fragment), OC_ERR_NOENT);
    watch_run(&w, 40 * SECOND);
    int len = watch_text(&w, false, false, text, sizeof text);
    assert_true(len > 0 && text[len] == 0);
    for (int size = 0; size <= len; size++)
        assert_int_equal(watch_text(&w, false, false, text, (size_t)size), OC_ERR_NOMEM);
    assert_int_equal(watch_text(&w, false, false, text, (size_t)len + 1), len);
    assert_int_equal(watch_segment(&w, 0, -1, &fragment), OC_ERR_NOENT);
    assert_int_equal(watch_segment(&w, 1, -1, &fragment), OC_ERR_STALE);
    assert_int_equal(watch_segment(&w, 4000000000u, -1, &fragment), OC_ERR_NOENT);
    fragment.head_size = 300;
    assert_int_equal(oc_out_live_segment(w.live, w.fetched, &fragment), OC_ERR_NOMEM);
    fragment.head_size = OC_FMP4_HEAD_MAX(OC_FMP4_PACKETS_MAX);
    fragment.spans_size = 3;
    assert_int_equal(oc_out_live_segment(w.live, w.fetched, &fragment), OC_ERR_NOMEM);
    oc_out_live_t *other = malloc(oc_out_live_bytes());
    assert_int_equal(oc_out_live_init(other, w.rig.ring, 199, 0, 1), OC_ERR_RANGE);
    assert_int_equal(oc_out_live_init(other, w.rig.ring, 10001, 0, 1), OC_ERR_RANGE);
    assert_int_equal(oc_out_live_init(other, w.rig.ring, 1000, 99, 1), OC_ERR_RANGE);
    assert_int_equal(oc_out_live_init(other, w.rig.ring, 1000, 2001, 1), OC_ERR_RANGE);
    free(other);
    watch_close(&w);
}

/* A day: numbers, durations and times of the last list are what they must be. */
static void test_a_day(void **state) {
    watch_t w;
    rig_source_t source = rig_default_source;
    source.video_timescale = 30000;
    source.frame_ticks = 6006;
    source.audio_timescale = 44100;
    source.audio_ticks = 22050;
    source.gop_frames = 10; /* 2.002 s */
    source.video_bytes = 24;
    source.key_bytes = 48;
    source.audio_bytes = 16;
    watch_open(&w, &source, 30000, 2000);
    w.step_us = 2 * SECOND;
    watch_run(&w, 86400 / OC_TEST_DIVISOR * SECOND);
    assert_int_equal(w.missing + w.heads, 0);
    assert_int_equal(w.list.target_s, 2);
    unsigned long last = w.list.media_sequence + w.list.len - 1;
    assert_int_equal(last, 86400 / OC_TEST_DIVISOR * 1000 / 2002);
    if (OC_TEST_DIVISOR == 1)
        assert_string_equal(w.list.segment[w.list.len - 1].date, "2026-11-22T02:50:56.310Z");
    watch_close(&w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plays_everything),
        cmocka_unit_test(test_target),
        cmocka_unit_test(test_audio_only),
        cmocka_unit_test(test_mjpeg),
        cmocka_unit_test(test_g711),
        cmocka_unit_test(test_odd_rates),
        cmocka_unit_test(test_parameter_change),
        cmocka_unit_test(test_many_changes),
        cmocka_unit_test(test_overrun),
        cmocka_unit_test(test_hole_in_the_time_line),
        cmocka_unit_test(test_longer_gops),
        cmocka_unit_test(test_video_stalls),
        cmocka_unit_test(test_small_rings),
        cmocka_unit_test(test_clock),
        cmocka_unit_test(test_starts_with_what_is_there),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_a_day),
    };
    int failed = cmocka_run_group_tests_name("out_live", tests, NULL, NULL);
    watch_part_ms = 200;
    return failed + cmocka_run_group_tests_name("out_live with parts", tests, NULL, NULL);
}
