/* Frames at a fixed rate: when they are due, what they hold, and what live mode lets go. */
#include "cmocka_first.h"

#include "oc_err.h"
#include "oc_source_video.h"

#define START 5000000
#define UNIX  INT64_C(1790000000000000)

static oc_source_pattern_t pattern;
static oc_source_scratch_t scratch;
static oc_source_video_t video;
static const oc_source_ops_t *const ops = &oc_source_video_ops;

static void begin(uint32_t fps, uint64_t frames, bool live) {
    oc_source_video_config_t config = {
        .fps = fps, .size = 8192, .key_size = 49152, .every = 60, .frames = frames, .live = live};
    oc_source_video_init(&video, &config, &pattern, &scratch, START, UNIX);
}

/* A frame's bytes, cut at odd places. */
static void read_frame(uint64_t ref, uint32_t len, uint32_t cut, uint8_t *out) {
    oc_span_t parts[OC_SOURCE_PARTS];
    for (uint32_t at = 0; at < len;) {
        uint32_t n = len - at < cut ? len - at : cut;
        int count = ops->bytes(&video, ref, at, n, parts, OC_SOURCE_PARTS);
        assert_true(count > 0);
        for (int i = 0; i < count; i++) {
            memcpy(out + at, parts[i].data, parts[i].len);
            at += (uint32_t)parts[i].len;
        }
    }
}

static void test_schedule(void **state) {
    oc_msg_t m;
    begin(30, 100, false);
    assert_int_equal(ops->next(&video, &m), OC_OK); /* the first is due at once */
    assert_true(m.len == 49152 && m.key && m.group == 0);
    ops->take(&video, m.ref);
    assert_int_equal(ops->next(&video, &m), OC_AGAIN);
    assert_int_equal(oc_source_video_next_deadline(&video), START + 33333);
    assert_false(oc_source_video_advance(&video, START + 33332));
    assert_true(oc_source_video_advance(&video, START + 33333));
    assert_int_equal(ops->next(&video, &m), OC_OK);
    assert_true(m.ref == 1 && m.len == 8192 && !m.key);
    assert_false(oc_source_video_advance(&video, START)); /* time does not go back */
    assert_true(oc_source_video_advance(&video, START + 1000000));
    assert_int_equal(video.due, 31); /* nothing drifts */
    assert_true(oc_source_video_advance(&video, START + 100000000));
    assert_int_equal(oc_source_video_next_deadline(&video), INT64_MAX);
    for (unsigned i = 1; i < 100; i++) {
        assert_int_equal(ops->next(&video, &m), OC_OK);
        assert_int_equal(m.ref, i);
        ops->take(&video, m.ref);
    }
    assert_int_equal(ops->next(&video, &m), OC_END);
}

static void test_content(void **state) {
    static uint8_t a[49152], b[49152];
    begin(30, 1000, false);
    oc_source_video_advance(&video, START + 10000000);
    read_frame(60, 49152, 1187, a);
    read_frame(60, 49152, 5, b);
    assert_memory_equal(a, b, sizeof a);
    oc_rd_t r = oc_rd(oc_span(a, sizeof a));
    assert_int_equal(oc_rd_u64(&r), 60);
    assert_true(oc_rd_u64(&r) == UNIX + 2000000);
    assert_int_equal(oc_rd_u32(&r), 49152);
    assert_int_equal(oc_rd_u8(&r), 1);
    assert_int_equal(oc_rd_u24(&r), 0);
    for (uint32_t i = OC_SOURCE_VIDEO_HEAD; i < sizeof a; i++)
        assert_int_equal(a[i], pattern.byte[(60 * 61 + i) % OC_SOURCE_PATTERN]);
    read_frame(61, 8192, 1187, a);
    assert_int_equal(a[7], 61);
    assert_int_equal(a[20], 0);
}

/* Several heads of one packet do not overwrite each other. */
static void test_heads_of_one_packet(void **state) {
    oc_span_t parts[24][OC_SOURCE_PARTS];
    begin(1000, 1000, false);
    oc_source_video_advance(&video, START + 1000000);
    for (unsigned i = 0; i < 24; i++)
        assert_int_equal(ops->bytes(&video, i, 0, 24, parts[i], OC_SOURCE_PARTS), 1);
    for (unsigned i = 0; i < 24; i++)
        assert_int_equal(parts[i][0].data[7], i);
}

static void test_live_lets_go(void **state) {
    oc_span_t parts[OC_SOURCE_PARTS];
    oc_msg_t m;
    begin(30, 100000, true);
    assert_int_equal(ops->next(&video, &m), OC_OK);
    ops->take(&video, m.ref);
    oc_source_video_advance(&video, START + OC_SOURCE_VIDEO_KEPT_US);
    assert_true(ops->bytes(&video, 0, 0, 100, parts, OC_SOURCE_PARTS) > 0);
    oc_source_video_advance(&video, START + OC_SOURCE_VIDEO_KEPT_US + 1);
    assert_int_equal(ops->bytes(&video, 0, 0, 100, parts, OC_SOURCE_PARTS), OC_ERR_STALE);
    ops->done(&video, 0, OC_ERR_STALE);
    assert_int_equal(ops->next(&video, &m), OC_OK);
    assert_int_equal(m.ref, 1); /* of 33 ms: still there */
    oc_source_video_advance(&video, START + 10000000);
    assert_int_equal(ops->next(&video, &m), OC_OK);
    assert_int_equal(m.ref, 300); /* the newest key frame of 301 */
    assert_true(m.key);
    assert_int_equal(video.skipped, 299);
    assert_int_equal(video.dropped, 1);
}

/* Without live mode nothing is let go, however late it is. */
static void test_reliable_keeps(void **state) {
    oc_span_t parts[OC_SOURCE_PARTS];
    oc_msg_t m;
    begin(30, 1000, false);
    oc_source_video_advance(&video, START + 30000000);
    assert_int_equal(ops->next(&video, &m), OC_OK);
    assert_int_equal(m.ref, 0);
    assert_true(ops->bytes(&video, 0, 0, 100, parts, OC_SOURCE_PARTS) > 0);
}

/* An hour and more: exact to the microsecond, and no number overflows. */
static void test_long(void **state) {
    begin(1000, UINT64_C(1) << 40, true);
    oc_source_video_advance(&video, START + INT64_C(3600) * 1000000);
    assert_int_equal(video.due, 3600001);
    begin(7, UINT64_C(1) << 40, false);
    oc_source_video_advance(&video, START + 999999);
    assert_int_equal(video.due, 7);
    oc_source_video_advance(&video, START + 1000000);
    assert_int_equal(video.due, 8);
}

static int setup(void **state) {
    oc_source_pattern_init(&pattern);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_schedule),
        cmocka_unit_test(test_content),
        cmocka_unit_test(test_heads_of_one_packet),
        cmocka_unit_test(test_live_lets_go),
        cmocka_unit_test(test_reliable_keeps),
        cmocka_unit_test(test_long),
    };
    return cmocka_run_group_tests_name("source_video", tests, setup, NULL);
}
