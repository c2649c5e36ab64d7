/* Live segments from the ring, and their playlists against an independent reader of RFC 8216. */
#include "cmocka_first.h"
#include "m3u8_check.h"
#include "record_rig.h"

#include <stdio.h>
#include <stdlib.h>
#include "oc_err.h"
#include "oc_out_live.h"

#define SECOND INT64_C(1000000)

typedef struct watch {
    rig_t rig;
    oc_out_live_t *live;
    m3u8_t list;
    bool has_list;
    uint32_t fetched;  /* number of the newest segment fetched and looked at */
    uint64_t samples;  /* in the segments fetched */
    uint64_t missing;  /* logged packets between them */
    uint64_t next_log; /* where the search in the log goes on */
    uint64_t outside;  /* payload spans that are not in the ring */
    uint64_t heads;    /* segments that did not start with a key packet */
    bool too_small;    /* the ring cannot hold what section 6.2.2 asks for */
    int64_t step_us;
    int64_t listed_at[1024]; /* when segment number % 1024 was last on a list */
} watch_t;

static uint8_t heads[OC_FMP4_HEAD_MAX(OC_FMP4_PACKETS_MAX)];
static oc_span_t spans[OC_FMP4_PACKETS_MAX + 1];

static void watch_open(watch_t *w, const rig_source_t *source, uint32_t ring_ms,
                       uint32_t target_ms) {
    memset(w, 0, sizeof *w);
    w->step_us = 100000;
    rig_open(&w->rig, source, ring_ms, 1);
    w->live = malloc(oc_out_live_bytes());
    assert_non_null(w->live);
    assert_int_equal(oc_out_live_init(w->live, w->rig.ring, target_ms), OC_OK);
}

static void watch_close(watch_t *w) {
    oc_out_live_close(w->live);
    oc_out_live_close(w->live);
    free(w->live);
    rig_close(&w->rig);
}

static int segment(watch_t *w, uint32_t number, oc_fmp4_fragment_t *out) {
    *out = (oc_fmp4_fragment_t){.head = heads,
                                .head_size = sizeof heads,
                                .spans = spans,
                                .spans_size = OC_FMP4_PACKETS_MAX + 1};
    return oc_out_live_segment(w->live, number, out);
}

/* Bytes of init segment and segment, as a player puts them together. */
static oc_span_t assemble(watch_t *w, const m3u8_segment_t *listed) {
    static uint8_t file[4 * 1024 * 1024];
    oc_fmp4_fragment_t fragment;
    unsigned init, number;
    assert_int_equal(sscanf(listed->map, "i%u.mp4", &init), 1);
    assert_int_equal(sscanf(listed->uri, "s%u.m4s", &number), 1);
    assert_int_equal(number, listed->sequence);
    int len = oc_out_live_init_segment(w->live, init, file, OC_FMP4_INIT_MAX);
    assert_true(len > 0);
    assert_int_equal(segment(w, number, &fragment), OC_OK);
    size_t at = (size_t)len;
    const uint8_t *ring = w->rig.ring_memory;
    for (size_t i = 0; i < fragment.spans_len; i++) {
        bool head =
            fragment.spans[i].data >= heads && fragment.spans[i].data < heads + sizeof heads;
        bool inside = fragment.spans[i].data >= ring &&
                      fragment.spans[i].data < ring + w->rig.ring_size.total_bytes;
        w->outside += !head && !inside;
        assert_true(at + fragment.spans[i].len <= sizeof file);
        memcpy(file + at, fragment.spans[i].data, fragment.spans[i].len);
        at += fragment.spans[i].len;
    }
    assert_int_equal(at, (size_t)len + fragment.bytes);
    return oc_span(file, at);
}

static int read_span(void *context, uint64_t offset, void *buffer, size_t len) {
    const oc_span_t *s = context;
    if (offset > s->len || len > s->len - offset)
        return OC_ERR_TRUNC;
    memcpy(buffer, s->data + offset, len);
    return OC_OK;
}

/* Every sample of the segment is the next logged packet of its track, byte for byte. */
static void play(watch_t *w, const m3u8_segment_t *listed) {
    static _Alignas(16) uint8_t memory[OC_MP4_READ_BYTES];
    static uint64_t next[OC_TRACKS_MAX];
    oc_span_t file = assemble(w, listed);
    oc_mp4_source_t source = {read_span, &file, file.len};
    oc_mp4_read_t *reader;
    oc_mp4_sample_t sample;
    char why[200] = "";
    bool first = true;
    if (w->fetched == 0)
        next[0] = next[1] = 0;
    if (oc_mp4_read_open(&reader, memory, &source, why, sizeof why) != OC_OK)
        fail_msg("%s: %s", listed->uri, why);
    while (oc_mp4_read_next(reader, &sample) == OC_OK) {
        unsigned t = sample.track;
        uint64_t at = next[t];
        while (at < w->rig.log_len &&
               (w->rig.log[at].packet.track != t || w->rig.log[at].packet.dts != sample.dts)) {
            w->missing += w->samples > 0 && w->rig.log[at].packet.track == t && at >= next[t];
            at++;
        }
        assert_true(at < w->rig.log_len);
        assert_int_equal(w->rig.log[at].packet.len_bytes, sample.len_bytes);
        uint64_t hash = 0xCBF29CE484222325u;
        for (uint32_t i = 0; i < sample.len_bytes; i++)
            hash = (hash ^ file.data[sample.offset + i]) * 0x100000001B3u;
        assert_true(hash == w->rig.log[at].hash);
        w->heads += first && t == (w->rig.source.video ? 0 : 1) && !sample.key;
        first = false;
        next[t] = at + 1;
        w->samples++;
    }
    w->fetched = (uint32_t)listed->sequence;
}

/* Fetches the playlist as a player does; false = none yet. */
static bool reload(watch_t *w) {
    char text[OC_OUT_LIVE_PLAYLIST_MAX];
    int len = oc_out_live_playlist(w->live, &w->rig.clock, text, sizeof text);
    if (len == OC_AGAIN)
        return false;
    assert_true(len > 0);
    m3u8_t list;
    const char *why = m3u8_read(text, (size_t)len, &list);
    if (!why && w->has_list)
        why = m3u8_follows(&w->list, &list);
    if (why)
        fail_msg("%s:\n%.*s", why, len, text);
    w->list = list;
    w->has_list = true;
    return true;
}

/* What was on a list at most one target duration ago can be fetched (section 6.2.2). */
static void check_kept(watch_t *w) {
    oc_fmp4_fragment_t fragment;
    uint32_t last = (uint32_t)(w->list.media_sequence + w->list.len - 1);
    for (size_t i = 0; i < w->list.len; i++)
        w->listed_at[w->list.segment[i].sequence % 1024] = w->rig.now_us;
    for (uint32_t n = last > 20 ? last - 20 : 1; n <= last; n++)
        if (w->rig.now_us - w->listed_at[n % 1024] <= (int64_t)w->list.target_s * SECOND)
            assert_int_equal(segment(w, n, &fragment), OC_OK);
}

/* Lets time go by; the player fetches the list and each new segment. */
static void watch_run(watch_t *w, int64_t us) {
    for (int64_t t = 0; t < us; t += w->step_us) {
        rig_run(&w->rig, w->step_us);
        oc_out_live_advance(w->live);
        if (!reload(w))
            continue;
        if (!w->too_small)
            check_kept(w);
        for (size_t i = 0; i < w->list.len; i++)
            if (w->list.segment[i].sequence > w->fetched)
                play(w, &w->list.segment[i]);
    }
}

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
    rig_run(&w.rig, SECOND - 10000);
    rig_change_config(&w.rig, 0);
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
        rig_change_config(&w.rig, 0);
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
    rig_run(&w.rig, 30 * SECOND);
    char text[OC_OUT_LIVE_PLAYLIST_MAX];
    assert_int_equal(oc_out_live_playlist(w.live, &w.rig.clock, text, sizeof text), OC_AGAIN);
    assert_int_equal(segment(&w, (uint32_t)next - 1, &fragment), OC_ERR_STALE);
    watch_run(&w, 2 * SECOND);
    assert_int_equal(w.list.media_sequence, next);
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
    for (uint32_t ring_ms = 1500; ring_ms <= 8000; ring_ms += 500) {
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
    reload(&w);
    assert_string_equal(w.list.segment[0].date, "2026-11-21T02:51:00.000Z");
    assert_string_equal(w.list.segment[1].date, "2026-11-21T02:51:01.000Z");
    watch_close(&w);
}

/* Output started late has what the ring holds at once. */
static void test_starts_with_what_is_there(void **state) {
    watch_t w;
    memset(&w, 0, sizeof w);
    rig_open(&w.rig, &rig_default_source, 12000, 1);
    rig_run(&w.rig, 30 * SECOND);
    w.live = malloc(oc_out_live_bytes());
    assert_int_equal(oc_out_live_init(w.live, w.rig.ring, 0), OC_OK);
    oc_out_live_advance(w.live);
    assert_true(reload(&w));
    assert_true(w.list.len >= 3);
    watch_close(&w);
}

static void test_errors(void **state) {
    watch_t w;
    oc_fmp4_fragment_t fragment;
    char text[OC_OUT_LIVE_PLAYLIST_MAX];
    watch_open(&w, &rig_default_source, 12000, 1000);
    assert_int_equal(oc_out_live_playlist(w.live, &w.rig.clock, text, sizeof text), OC_AGAIN);
    assert_int_equal(segment(&w, 1, &fragment), OC_ERR_NOENT);
    watch_run(&w, 40 * SECOND);
    int len = oc_out_live_playlist(w.live, &w.rig.clock, text, sizeof text);
    assert_true(len > 0 && text[len] == 0);
    for (int size = 0; size <= len; size++)
        assert_int_equal(oc_out_live_playlist(w.live, &w.rig.clock, text, (size_t)size),
                         OC_ERR_NOMEM);
    assert_int_equal(oc_out_live_playlist(w.live, &w.rig.clock, text, (size_t)len + 1), len);
    assert_int_equal(segment(&w, 0, &fragment), OC_ERR_NOENT);
    assert_int_equal(segment(&w, 1, &fragment), OC_ERR_STALE);
    assert_int_equal(segment(&w, 4000000000u, &fragment), OC_ERR_NOENT);
    fragment.head_size = 300;
    assert_int_equal(oc_out_live_segment(w.live, w.fetched, &fragment), OC_ERR_NOMEM);
    fragment.head_size = sizeof heads;
    fragment.spans_size = 3;
    assert_int_equal(oc_out_live_segment(w.live, w.fetched, &fragment), OC_ERR_NOMEM);
    oc_out_live_t *other = malloc(oc_out_live_bytes());
    assert_int_equal(oc_out_live_init(other, w.rig.ring, 199), OC_ERR_RANGE);
    assert_int_equal(oc_out_live_init(other, w.rig.ring, 10001), OC_ERR_RANGE);
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
    watch_run(&w, 86400 * SECOND);
    assert_int_equal(w.missing + w.heads, 0);
    assert_int_equal(w.list.target_s, 2);
    unsigned long last = w.list.media_sequence + w.list.len - 1;
    assert_int_equal(last, 86400 * 1000 / 2002);
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
    return cmocka_run_group_tests_name("out_live", tests, NULL, NULL);
}
