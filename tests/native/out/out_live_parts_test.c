/* Low latency: parts, what a reload waits for, delta updates; by the rules of the draft. */
#include "live_watch.h"

#include <stdio.h>
#include <stdlib.h>
#include "oc_err.h"

static int read_span(void *context, uint64_t offset, void *buffer, size_t len) {
    const oc_span_t *s = context;
    if (offset > s->len || len > s->len - offset)
        return OC_ERR_TRUNC;
    memcpy(buffer, s->data + offset, len);
    return OC_OK;
}

/* Decode times of one track in a segment, or in a part of it. */
static size_t samples(watch_t *w, uint32_t number, int64_t index, unsigned track, int64_t *dts,
                      size_t room) {
    static uint8_t file[4 * 1024 * 1024];
    static _Alignas(16) uint8_t memory[OC_MP4_READ_BYTES];
    oc_fmp4_fragment_t fragment;
    oc_mp4_read_t *reader;
    oc_mp4_sample_t sample;
    size_t found = 0;
    int len = oc_out_live_init_segment(w->live, 1, file, OC_FMP4_INIT_MAX);
    assert_true(len > 0);
    assert_int_equal(watch_segment(w, number, index, &fragment), OC_OK);
    size_t at = (size_t)len;
    for (size_t i = 0; i < fragment.spans_len; i++) {
        memcpy(file + at, fragment.spans[i].data, fragment.spans[i].len);
        at += fragment.spans[i].len;
    }
    oc_span_t span = oc_span(file, at);
    oc_mp4_source_t source = {read_span, &span, at};
    assert_int_equal(oc_mp4_read_open(&reader, memory, &source, NULL, 0), OC_OK);
    while (oc_mp4_read_next(reader, &sample) == OC_OK)
        if (sample.track == track) {
            assert_true(found < room);
            dts[found++] = sample.dts;
        }
    return found;
}

static void open_low(watch_t *w, const rig_source_t *source) {
    watch_part_ms = 200;
    watch_open(w, source, 12000, 1000);
    w->step_us = 33333;
}

/* The parts of a segment are the segment: the same samples of both tracks, in order. */
static void test_parts_are_the_segment(void **state) {
    watch_t w;
    open_low(&w, &rig_default_source);
    watch_run(&w, 8 * SECOND);
    const m3u8_segment_t *last = &w.list.segment[w.list.len - 1];
    uint32_t number = (uint32_t)last->sequence;
    assert_int_equal(last->parts, 5);
    assert_true(w.list.part[last->first_part].independent);
    assert_false(w.list.part[last->first_part + 1].independent);
    for (unsigned track = 0; track < 2; track++) {
        int64_t whole[128], parts[128];
        size_t n = samples(&w, number, -1, track, whole, 128), m = 0;
        for (size_t i = 0; i < last->parts; i++)
            m += samples(&w, number, (int64_t)i, track, parts + m, 128 - m);
        assert_true(n == m && n >= 30);
        assert_memory_equal(whole, parts, n * sizeof whole[0]);
    }
    watch_close(&w);
}

/* Frame rates from 1 to 120, GOPs that parts fit and do not fit: every list obeys the rules
 * (watch_reload checks), and there are as many parts as PART-TARGET allows. */
static void test_frame_rates(void **state) {
    static const struct {
        uint32_t timescale, ticks, gop;
        unsigned parts; /* of a segment */
    } cases[] = {
        {90000, 3000, 30, 5}, {90000, 3600, 25, 5},  {30000, 1001, 30, 5}, {90000, 1500, 60, 5},
        {90000, 750, 120, 5}, {90000, 6000, 15, 5},  {90000, 9000, 10, 5}, {90000, 18000, 5, 5},
        {90000, 45000, 2, 2}, {90000, 90000, 1, 1},  {90000, 3000, 45, 8}, {90000, 3000, 50, 9},
        {90000, 3600, 13, 6}, {90000, 3000, 60, 10},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (int variant = 0; variant < 2; variant++) {
            if (OC_TEST_DIVISOR > 4 && variant != (int)(i % 2))
                continue; /* half of them where a machine is emulated */
            watch_t w;
            rig_source_t source = rig_default_source;
            source.video_timescale = cases[i].timescale;
            source.frame_ticks = cases[i].ticks;
            source.gop_frames = cases[i].gop;
            source.no_durations = variant;
            watch_part_ms = 200;
            watch_open(&w, &source, 20000, 1000);
            w.step_us = 20000;
            watch_run(&w, 15 * SECOND);
            unsigned parts = (unsigned)w.list.segment[w.list.len - 1].parts;
            if (parts != cases[i].parts)
                fail_msg("case %zu: %u parts of at most %lu us", i, parts, w.list.part_target_us);
            assert_int_equal(w.missing + w.outside, 0);
            watch_close(&w);
        }
}

/* A frame that is there is in a part at most PART-TARGET after its own time. */
static void test_parts_come_soon(void **state) {
    watch_t w;
    open_low(&w, &rig_default_source);
    watch_run(&w, 5 * SECOND);
    int64_t worst = 0;
    for (int i = 0; i < 300; i++) {
        watch_run(&w, w.step_us);
        int64_t listed = 0;
        for (size_t k = 0; k < w.list.len; k++)
            listed += (int64_t)w.list.segment[k].duration_us;
        for (size_t k = 0; k < w.list.open.parts; k++)
            listed += (int64_t)w.list.part[w.list.open.first_part + k].duration_us;
        listed += ((int64_t)w.list.segment[0].sequence - 1) * SECOND;
        int64_t behind = w.rig.now_us - RIG_START_US - listed;
        worst = behind > worst ? behind : worst;
    }
    assert_true(worst <= (int64_t)w.list.part_target_us + 2 * w.step_us);
    watch_close(&w);
}

/* What the hint names is what comes; GOPs of one length, eager and with the next frame. */
static void test_hints_come_true(void **state) {
    for (int variant = 0; variant < 2; variant++) {
        watch_t w;
        oc_fmp4_fragment_t fragment;
        char hint[64] = "", text[OC_OUT_LIVE_PLAYLIST_MAX];
        unsigned made = 0, number, index;
        rig_source_t source = rig_default_source;
        source.no_durations = variant;
        open_low(&w, &source);
        watch_run(&w, 3 * SECOND);
        for (int i = 0; i < 400; i++) {
            watch_run(&w, w.step_us);
            assert_int_equal(sscanf(w.list.hint, "p%u.%u.m4s", &number, &index), 2);
            assert_int_equal(watch_segment(&w, number, index, &fragment), OC_AGAIN);
            assert_int_equal(watch_segment(&w, number, index + 1, &fragment), OC_ERR_NOENT);
            if (hint[0] && strcmp(hint, w.list.hint) != 0) {
                watch_text(&w, false, false, text, sizeof text);
                assert_non_null(strstr(text, hint));
                assert_int_equal(sscanf(hint, "p%u.%u.m4s", &number, &index), 2);
                assert_int_equal(watch_segment(&w, number, index, &fragment), OC_OK);
                made++;
            }
            strcpy(hint, w.list.hint);
        }
        assert_true(made >= 60);
        watch_close(&w);
    }
}

/* Section 6.2.5.2. */
static void test_what_a_reload_waits_for(void **state) {
    watch_t w;
    open_low(&w, &rig_default_source);
    assert_int_equal(oc_out_live_has(w.live, 1, -1), OC_AGAIN); /* no playlist yet */
    watch_run(&w, 5 * SECOND + SECOND / 2);
    unsigned long last = w.list.media_sequence + w.list.len - 1;
    size_t parts = w.list.open.parts;
    assert_true(parts >= 1 && parts < 5);
    assert_int_equal(oc_out_live_has(w.live, 0, -1), OC_OK);
    assert_int_equal(oc_out_live_has(w.live, last, -1), OC_OK);
    assert_int_equal(oc_out_live_has(w.live, last, 4), OC_OK);
    assert_int_equal(oc_out_live_has(w.live, last, 5), OC_OK); /* = the first of the next */
    assert_int_equal(oc_out_live_has(w.live, last - 1, 4000000000), OC_OK);
    assert_int_equal(oc_out_live_has(w.live, last + 1, -1), OC_AGAIN);
    assert_int_equal(oc_out_live_has(w.live, last + 1, (int64_t)parts - 1), OC_OK);
    assert_int_equal(oc_out_live_has(w.live, last + 1, (int64_t)parts), OC_AGAIN);
    unsigned ahead = (unsigned)((3 * SECOND + (int64_t)w.list.part_target_us - 1) /
                                (int64_t)w.list.part_target_us);
    assert_int_equal(oc_out_live_has(w.live, last + 1, (int64_t)parts + ahead - 1), OC_AGAIN);
    assert_int_equal(oc_out_live_has(w.live, last + 1, (int64_t)parts + ahead), OC_ERR_RANGE);
    assert_int_equal(oc_out_live_has(w.live, last + 2, -1), OC_AGAIN);
    assert_int_equal(oc_out_live_has(w.live, last + 2, 0), OC_AGAIN);
    assert_int_equal(oc_out_live_has(w.live, last + 3, -1), OC_ERR_RANGE);
    assert_int_equal(oc_out_live_has(w.live, UINT64_MAX, INT64_MAX), OC_ERR_RANGE);
    assert_int_equal(oc_out_live_has(w.live, (uint64_t)last + 1, INT64_MAX), OC_ERR_RANGE);
    watch_run(&w, SECOND / 2); /* the segment is whole, the next has no part yet */
    if (w.list.open.parts == 0) {
        assert_int_equal(oc_out_live_has(w.live, last + 1, 4), OC_OK);
        assert_int_equal(oc_out_live_has(w.live, last + 1, 5), OC_AGAIN);
    }
    watch_close(&w);
}

/* A delta update with what the player has is the whole playlist. */
static void test_delta_updates(void **state) {
    watch_t w;
    unsigned skipped = 0;
    watch_part_ms = 200;
    watch_open(&w, &rig_default_source, 40000, 1000);
    watch_run(&w, 20 * SECOND);
    for (int i = 0; i < 60; i++) {
        char text[OC_OUT_LIVE_PLAYLIST_MAX];
        m3u8_t before = w.list, delta;
        if (i == 30)
            record_rig_change_config(&w.rig, 0);
        record_rig_run(&w.rig, SECOND / 5);
        watch_take(&w);
        int len = watch_text(&w, false, true, text, sizeof text);
        assert_true(len > 0);
        const char *why = m3u8_read(text, (size_t)len, &delta);
        skipped += delta.skipped > 0;
        why = why ? why : m3u8_merge(&before, &delta);
        assert_true(watch_reload(&w));
        why = why ? why : m3u8_follows(&before, &delta);
        if (why)
            fail_msg("%s:\n%s", why, text);
        assert_int_equal(delta.len, w.list.len);
        for (size_t k = 0; k < delta.len; k++) {
            assert_string_equal(delta.segment[k].uri, w.list.segment[k].uri);
            assert_string_equal(delta.segment[k].map, w.list.segment[k].map);
            assert_int_equal(delta.segment[k].discontinuity, w.list.segment[k].discontinuity);
        }
    }
    assert_true(skipped >= 40);
    watch_close(&w);
}

/* Packets vanish under parts that were listed: their segment ends with them. */
static void test_overrun_keeps_what_was_listed(void **state) {
    watch_t w;
    oc_fmp4_fragment_t fragment;
    watch_part_ms = 200;
    watch_open(&w, &rig_default_source, 6000, 1000);
    w.step_us = 33333;
    watch_run(&w, 8 * SECOND + SECOND / 2);
    uint32_t number = (uint32_t)(w.list.media_sequence + w.list.len);
    size_t parts = w.list.open.parts;
    assert_true(parts >= 1);
    record_rig_run(&w.rig, 30 * SECOND);
    watch_run(&w, 3 * SECOND);
    assert_true(w.list.media_sequence > number); /* the number is not used again */
    assert_int_equal(watch_segment(&w, number, 0, &fragment), OC_ERR_STALE);
    assert_int_equal(watch_segment(&w, number, (int64_t)parts, &fragment), OC_ERR_NOENT);
    assert_true(w.list.segment[0].discontinuity);
    watch_close(&w);
}

static void test_plain(void **state) {
    watch_t w;
    char text[OC_OUT_LIVE_PLAYLIST_MAX], same[OC_OUT_LIVE_PLAYLIST_MAX];
    oc_out_live_stats_t stats;
    m3u8_t list;
    open_low(&w, &rig_default_source);
    watch_run(&w, 6 * SECOND);
    int len = watch_text(&w, true, true, text, sizeof text);
    assert_null(m3u8_read(text, (size_t)len, &list));
    assert_int_equal(list.parts + list.part_target_us + list.skipped, 0);
    assert_int_equal(list.version, 7);
    assert_int_equal(list.len, w.list.len);
    oc_out_live_stats(w.live, &stats);
    assert_in_range(stats.part_ms, 200, 220);
    watch_close(&w);
    watch_part_ms = 0;
    watch_open(&w, &rig_default_source, 12000, 1000);
    watch_run(&w, 6 * SECOND);
    len = watch_text(&w, true, false, text, sizeof text);
    assert_int_equal(watch_text(&w, false, true, same, sizeof same), len);
    assert_string_equal(text, same);
    oc_fmp4_fragment_t fragment;
    assert_int_equal(watch_segment(&w, 2, 0, &fragment), OC_ERR_NOENT);
    assert_int_equal(oc_out_live_has(w.live, stats.last + 1, 7),
                     OC_AGAIN); /* no parts: a segment */
    watch_close(&w);
}

/* Bytes that are always enough: the longest list there can be. */
static void test_room(void **state) {
    watch_t w;
    char text[OC_OUT_LIVE_PLAYLIST_MAX];
    rig_source_t source = rig_default_source;
    source.video_timescale = 90000;
    source.frame_ticks = 1500;
    source.gop_frames = 600;
    source.video_bytes = 64;
    source.key_bytes = 128;
    source.audio_bytes = 32;
    watch_part_ms = 100;
    watch_open(&w, &source, 200000, 10000);
    w.step_us = SECOND / 4;
    for (int i = 0; i < 600; i++) {
        record_rig_run(&w.rig, w.step_us);
        watch_take(&w);
        if (i % 97 == 0)
            record_rig_change_config(&w.rig, 0);
        int len = watch_text(&w, false, false, text, sizeof text);
        assert_true(len == OC_AGAIN || (len > 0 && len < OC_OUT_LIVE_PLAYLIST_MAX / 4 * 3));
    }
    watch_close(&w);
}

static void test_variant(void **state) {
    watch_t w;
    oc_out_live_variant_t variant;
    open_low(&w, &rig_default_source);
    assert_int_equal(oc_out_live_variant(w.live, &variant), OC_AGAIN);
    watch_run(&w, 8 * SECOND);
    assert_int_equal(oc_out_live_variant(w.live, &variant), OC_OK);
    assert_string_equal(variant.codecs, "avc1.42c01e,mp4a.40.2");
    assert_int_equal(variant.fps_milli, 30000);
    assert_true(variant.width > 0 && variant.height > 0);
    assert_in_range(variant.average_bps, 400000, 620000); /* 60 KB/s */
    assert_in_range(variant.peak_bps, variant.average_bps, 900000);
    watch_close(&w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parts_are_the_segment),
        cmocka_unit_test(test_frame_rates),
        cmocka_unit_test(test_parts_come_soon),
        cmocka_unit_test(test_hints_come_true),
        cmocka_unit_test(test_what_a_reload_waits_for),
        cmocka_unit_test(test_delta_updates),
        cmocka_unit_test(test_overrun_keeps_what_was_listed),
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_room),
        cmocka_unit_test(test_variant),
    };
    return cmocka_run_group_tests_name("out_live_parts", tests, NULL, NULL);
}
