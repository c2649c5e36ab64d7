/* The time line: shifts by constants, goes on over every kind of break, never back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "oc_clock.h"
#include "oc_err.h"
#include "oc_timeline.h"

#define V 90000
#define A 44100

static oc_timeline_t line;

static int setup(void **state) {
    oc_timeline_init(&line);
    oc_timeline_track(&line, 0, V);
    oc_timeline_track(&line, 1, A);
    return 0;
}

/* Maps; returns the place on the line, or INT64_MIN when the packet is left out. */
static int64_t map(unsigned track, int64_t dts, int64_t capture_us, bool *jump) {
    oc_packet_t p = {.track = (uint8_t)track,
                     .dts = dts,
                     .cts = 100,
                     .duration = track ? 1024 : 3003,
                     .capture_us = capture_us};
    int rc = oc_timeline_map(&line, &p);
    if (jump)
        *jump = p.jump;
    assert_true(rc == OC_OK || rc == OC_AGAIN);
    return rc == OC_OK ? p.dts : INT64_MIN;
}

static void test_first_packet_is_zero(void **state) {
    bool jump;
    assert_int_equal(map(0, 123456789, 5000000, &jump), 0);
    assert_false(jump);
    /* audio lies where the source put it beside the picture, to half a tick */
    assert_int_equal(map(1, 60493827 + 500, 5000000, &jump),
                     60493827 + 500 - oc_clock_rescale(123456789, V, A));
    assert_false(jump);
    assert_int_equal(map(0, 123456789 + 3003, 5033000, &jump), 3003);
    assert_int_equal(line.jumps, 0);
}

static void test_before_zero_is_left_out(void **state) {
    assert_int_equal(map(0, 90000, 0, NULL), 0);
    assert_int_equal(map(1, 44100 - 1024, 0, NULL), INT64_MIN);
    assert_int_equal(map(1, 44100, 0, NULL), 0);
    assert_int_equal(line.early, 1);
}

static void test_24_hours_without_drift(void **state) { /* 30000/1001 pictures, 44.1 kHz */
    int64_t pictures = 24LL * 3600 / OC_TEST_DIVISOR * 30000 / 1001, audio = 0, video_first = 77777,
            audio_first = 38120;
    int64_t audio_zero = audio_first - oc_clock_rescale(video_first, V, A);
    for (int64_t i = 0; i < pictures; i++) {
        int64_t us = i * 1001 * 1000000 / 30000;
        assert_int_equal(map(0, video_first + i * 3003, us, NULL), i * 3003);
        while (audio * 1024 * 1000000 / A < us) {
            assert_int_equal(map(1, audio_first + audio * 1024, us, NULL),
                             audio_zero + audio * 1024);
            audio++;
        }
    }
    assert_int_equal(line.jumps + line.clamped, 0);
}

/* Restarts at 0: goes on after the time that passed, both tracks by the same amount. */
static void test_source_restarts(void **state) {
    bool jump;
    map(0, 900000, 0, NULL);
    map(1, 441000, 0, NULL);
    map(0, 990000, 1000000, NULL);
    map(1, 485100, 1000000, NULL);
    assert_int_equal(map(0, 0, 3000000, &jump), 3 * V); /* 2 s of wall time later */
    assert_true(jump);
    assert_int_equal(map(1, 4410, 3000000, &jump), 3 * A + 4410); /* 100 ms after the picture */
    assert_false(jump);                                           /* one break, told once */
    assert_int_equal(map(0, 3003, 3033000, &jump), 3 * V + 3003);
    assert_int_equal(map(1, 4410 + 1024, 3033000, &jump), 3 * A + 4410 + 1024);
    assert_int_equal(line.jumps, 1);
}

static void test_no_overlap_when_no_time_passed(void **state) {
    bool jump;
    map(0, 900000, 0, NULL);
    assert_int_equal(map(0, 0, 0, &jump), 3003); /* behind the end of the packet before */
    assert_true(jump);
}

static void test_jump_ahead(void **state) {
    bool jump;
    int64_t hour = 3600LL * V;
    map(0, 0, 0, NULL);
    map(1, 0, 0, NULL);
    assert_int_equal(map(0, 3003 + 9 * V, 33367, &jump), 3003 + 9 * V); /* 9 s: a sparse source */
    assert_false(jump);
    assert_int_equal(map(0, 2 * 3003 + 9 * V + hour, 66733, &jump), 6006 + 9 * V);
    assert_true(jump);
    /* the audio jumped too, by the same hour, and stays in step */
    assert_int_equal(map(1, 3600LL * A + A / 10, 66733, &jump), A / 10);
    assert_false(jump);
    assert_int_equal(line.jumps, 1);
}

static void test_long_silence_is_no_jump(void **state) {
    bool jump;
    map(0, 0, 0, NULL);
    assert_int_equal(map(0, 600 * V, 600000000, &jump), 600 * V); /* ten minutes passed indeed */
    assert_false(jump);
}

static void test_only_one_track_breaks(void **state) {
    bool jump;
    map(0, 90000000, 0, NULL);
    map(1, 44100000, 0, NULL);
    map(0, 5, 33000, &jump); /* the picture's clock starts over */
    assert_true(jump);
    assert_int_equal(map(1, 44100000 + 1024, 33000, &jump), 1024); /* audio does not notice */
    assert_false(jump);
    assert_int_equal(map(0, 3008, 66000, &jump), 6006);
    assert_false(jump);
}

static void test_loss_keeps_one_line(void **state) {
    bool jump;
    map(0, 0, 0, NULL);
    map(1, 0, 0, NULL);
    map(0, V, 1000000, NULL);
    map(1, A, 1000000, NULL);
    oc_timeline_lost(&line);
    /* back after 20 s of wall time with time stamps that would look like going on */
    assert_int_equal(map(1, A + A / 2, 21000000, &jump), 21 * A);
    assert_true(jump);
    assert_int_equal(map(0, V + V / 2, 21000000, &jump), 21 * V);
    assert_false(jump);
    assert_int_equal(line.jumps, 1);
    oc_timeline_lost(&line);
    oc_timeline_lost(&line);
    assert_int_equal(map(0, 0, 22000000, &jump), 22 * V);
    assert_int_equal(line.jumps, 2);
}

static void test_never_back(void **state) { /* a new epoch may begin later in the other track */
    int64_t last;
    map(0, 900000, 0, NULL);
    map(1, 441000, 0, NULL);
    last = map(0, 903003, 33000, NULL);
    map(1, 0, 34000, NULL); /* restart seen by the audio first */
    oc_packet_t p = {.track = 0, .dts = -9000, .cts = 50, .capture_us = 34000};
    assert_int_equal(oc_timeline_map(&line, &p), OC_OK); /* picture 100 ms before that */
    assert_int_equal(p.dts, last);
    assert_int_equal(line.clamped, 1);
    assert_true(p.cts < 0); /* shown where it belongs */
}

static void test_new_timescale(void **state) {
    bool jump;
    map(0, 0, 0, NULL);
    map(1, 0, 0, NULL);
    map(1, A, 1000000, NULL);
    oc_timeline_track(&line, 1, 48000);
    assert_int_equal(map(1, 48000 + 1024, 1023000, &jump), 48000 + 1024);
    assert_false(jump);
}

static void test_unknown_track(void **state) {
    oc_packet_t p = {.track = 0};
    oc_timeline_init(&line);
    assert_int_equal(oc_timeline_map(&line, &p), OC_ERR_INVAL);
    p.track = 9;
    assert_int_equal(oc_timeline_map(&line, &p), OC_ERR_INVAL);
}

/* A line that is followed: 25 pictures per second, each up to 79 ms late, audio 20 ms later still.
 */
static oc_timeline_t other;
static void deliver_other(int64_t from, int64_t count) {
    for (int64_t i = from; i < from + count; i++) {
        for (unsigned track = 0; track < 2; track++) {
            oc_packet_t p = {.track = (uint8_t)track,
                             .dts = (i + 25) * (track ? A : V) / 25,
                             .duration = 1,
                             .capture_us =
                                 1000000 + i * 40000 + i * 37 % 80 * 1000 + (track ? 20000 : 0)};
            assert_int_equal(oc_timeline_map(&other, &p), OC_OK);
        }
    }
}

static void setup_other(void) {
    oc_timeline_init(&other);
    oc_timeline_track(&other, 0, V);
    oc_timeline_track(&other, 1, A);
    setup(NULL);
}

/* As map, of a line that follows the other one; in microseconds. */
static int64_t follow_us(unsigned track, int64_t dts, int64_t capture_us) {
    oc_timeline_t before = other;
    oc_timeline_follow(&line, &other);
    int64_t at = map(track, dts, capture_us, NULL);
    assert_memory_equal(&before, &other, sizeof other); /* it is not touched */
    return at == INT64_MIN ? at : oc_timeline_us(&line, track, at);
}

static void test_follows_the_least_late(void **state) {
    for (int64_t count = 80; count < 400; count += 7) { /* whichever packet is its newest */
        setup_other();
        deliver_other(0, count);
        int64_t at_us = count * 40000;
        assert_int_equal(follow_us(0, 777, 1000000 + at_us), at_us);
        assert_int_equal(follow_us(0, 777 + V, 2000000 + at_us), at_us + 1000000);
        deliver_other(count, 200);
        oc_timeline_lost(&line); /* and again behind a loss, with other time stamps */
        assert_in_range(follow_us(0, 5, 9000000 + at_us) - at_us, 8000000, 8000011);
    }
}

static void test_follows_by_the_same_track(void **state) {
    setup_other();
    deliver_other(0, 100);
    assert_in_range(follow_us(1, 10, 1000000 + 20000 + 4000000), 3999980, 4000020);
}

static void test_follows_nothing_before_it_begins(void **state) {
    setup_other();
    assert_int_equal(follow_us(0, 777, 5000000), 0); /* the other has no packet: time 0 is here */
    setup_other();
    deliver_other(0, 2);
    assert_int_equal(follow_us(0, 0, 900000), INT64_MIN); /* captured before its time 0 */
    assert_int_equal(follow_us(0, 3600, 940000), INT64_MIN);
    assert_int_equal(follow_us(0, 9000, 1000000), 0);
    assert_int_equal(line.early, 2);
    assert_int_equal(line.jumps, 0);
}

/* Breaks of its own, any number of them, do not move it away from the other. */
static void test_follows_through_breaks(void **state) {
    setup_other();
    deliver_other(0, 100);
    for (int64_t i = 0; i < 200; i++) { /* each second picture breaks; the frame before is long */
        int64_t at_us = 4000000 + i * 40000, dts = i % 2 ? 3600 * i : 900000 * i;
        assert_in_range(follow_us(0, dts, 1000000 + at_us) - at_us, 0, 11);
    }
    assert_true(line.jumps > 90);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_follows_the_least_late),
        cmocka_unit_test(test_follows_by_the_same_track),
        cmocka_unit_test(test_follows_nothing_before_it_begins),
        cmocka_unit_test(test_follows_through_breaks),
        cmocka_unit_test_setup(test_first_packet_is_zero, setup),
        cmocka_unit_test_setup(test_before_zero_is_left_out, setup),
        cmocka_unit_test_setup(test_24_hours_without_drift, setup),
        cmocka_unit_test_setup(test_source_restarts, setup),
        cmocka_unit_test_setup(test_no_overlap_when_no_time_passed, setup),
        cmocka_unit_test_setup(test_jump_ahead, setup),
        cmocka_unit_test_setup(test_long_silence_is_no_jump, setup),
        cmocka_unit_test_setup(test_only_one_track_breaks, setup),
        cmocka_unit_test_setup(test_loss_keeps_one_line, setup),
        cmocka_unit_test_setup(test_never_back, setup),
        cmocka_unit_test_setup(test_new_timescale, setup),
        cmocka_unit_test_setup(test_unknown_track, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
