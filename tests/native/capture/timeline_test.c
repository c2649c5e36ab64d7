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

/* Sound comes first, the first key picture was captured before it: it is there. */
static void test_a_picture_before_zero_is_kept(void **state) {
    map(1, 44100, 1000000, NULL);
    oc_packet_t p = {
        .track = 0, .dts = 90000 - 18000, .cts = 0, .key = true, .capture_us = 1001000};
    for (int i = 0; i < 8; i++, p.capture_us += 40000) { /* from 200 ms before the sound on */
        int64_t shown = i * 3600 - 18000;
        p.dts = 90000 + shown;
        p.cts = 0;
        assert_int_equal(oc_timeline_map(&line, &p), OC_OK);
        assert_int_equal(p.dts, shown > i ? shown : i); /* those before 0 a tick apart */
        assert_int_equal(p.dts + p.cts, shown);
    }
    assert_int_equal(line.early, 0);
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
    assert_int_equal(map(0, 0, 3000000, &jump), 3 * V);           /* 2 s of wall time later */
    assert_false(jump);                                           /* nothing was lost */
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
    assert_false(jump);
}

static void test_jump_ahead(void **state) {
    bool jump;
    int64_t hour = 3600LL * V;
    map(0, 0, 0, NULL);
    map(1, 0, 0, NULL);
    assert_int_equal(map(0, 3003 + 9 * V, 33367, &jump), 3003 + 9 * V); /* 9 s: a sparse source */
    assert_false(jump);
    assert_int_equal(map(0, 2 * 3003 + 9 * V + hour, 66733, &jump), 6006 + 9 * V);
    assert_false(jump);
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
    assert_int_equal(map(0, 5, 33000, &jump), 3003); /* the picture's clock starts over */
    assert_false(jump);
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
    assert_int_equal(p.dts, last + 1);
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
    assert_true(line.outliers > 90);
    assert_int_equal(line.jumps, 0);
}

/* A camera of 15 pictures a second with AAC, its stamps moved by `moved` ticks of 90 kHz at each
 * picture, delivered with up to 30 ms of delay: how far the line is from the instants. */
typedef struct drive {
    int64_t worst_us;  /* place on the line less instant, the farthest */
    uint32_t pictures; /* mapped */
    bool rising;       /* each one behind the one before */
} drive_t;

static drive_t drive(unsigned pictures, int64_t (*moved)(unsigned i), bool sound_too) {
    drive_t found = {.rising = true};
    int64_t last = -1, sound = 0;
    setup(NULL);
    for (unsigned i = 0; i < pictures; i++) {
        int64_t us = i * INT64_C(1000000) / 15, shift = moved(i);
        bool jump;
        int64_t at = map(0, 1000000 + i * 6000 + shift, us + i * 7919 % 30 * 1000, &jump);
        int64_t off = oc_timeline_us(&line, 0, at) - us;
        assert_false(jump);
        off = off < 0 ? -off : off;
        found.worst_us = off > found.worst_us ? off : found.worst_us;
        found.rising &= at > last;
        found.pictures++;
        last = at;
        for (; sound * 1024 * 1000000 / A < us; sound++) {
            int64_t dts = 490000 + sound * 1024;
            dts += sound_too ? oc_clock_rescale(shift, V, A) : 0;
            map(1, dts, us + i * 7919 % 30 * 1000, &jump);
            assert_false(jump);
        }
    }
    return found;
}

static int64_t one_far_away(unsigned i) {
    return i % 30 == 23 ? 37600LL * V : 0;
}
static int64_t one_long_ago(unsigned i) {
    return i % 30 == 23 ? -37600LL * V : 0;
}
static int64_t pairs_far_away(unsigned i) {
    return i % 40 >= 30 ? (i % 2 ? 1000LL : -4000LL) * V * (i % 40) : 0;
}
static int64_t back_now_and_then(unsigned i) {
    return -(int64_t)(i / 60) * 36 * V / 10;
}
static int64_t ahead_now_and_then(unsigned i) {
    return (int64_t)(i / 200) * 36 * V / 10;
}
static int64_t clock_set(unsigned i) {
    return i < 100 ? 0 : i < 400 ? 1700000000LL * V : 5LL * V;
}
static int64_t no_sense(unsigned i) {
    return (int64_t)(i * 2654435761u) * 1000003 % 4000000000LL * (i % 3 ? 1 : -1);
}
static int64_t ends_of_numbers(unsigned i) {
    return i % 9 == 4 ? INT64_MAX - 100000000 : i % 9 == 7 ? INT64_MIN + 100 : 0;
}

/* The stamps of a camera lead anywhere, its pictures come all the same: each is on the line, none
 * is farther from its instant than its delay and half a second, and where the stamps are right but
 * for single ones or steps, no farther than 50 ms. */
static void test_stamps_are_not_pictures(void **state) {
    static const struct {
        int64_t (*moved)(unsigned i);
        int64_t worst_us;
    } kinds[] = {{one_far_away, 50000},       {one_long_ago, 50000}, {back_now_and_then, 50000},
                 {ahead_now_and_then, 50000}, {clock_set, 50000},    {pairs_far_away, 80000},
                 {ends_of_numbers, 50000},    {no_sense, 550000}};
    for (unsigned sound = 0; sound < 2; sound++)
        for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
            drive_t found = drive(1500, kinds[k].moved, sound);
            if (found.worst_us > kinds[k].worst_us || !found.rising)
                fail_msg("kind %zu, sound %u: %lld us off", k, sound, (long long)found.worst_us);
        }
}

/* An outlier moves nothing: what comes behind it lies where it would lie without. */
static void test_an_outlier_moves_nothing(void **state) {
    setup(NULL);
    for (int64_t i = 0; i < 300; i++) {
        int64_t shift = i % 30 == 20 ? 3600LL * V : 0, us = i * 1000000 / 30;
        assert_int_equal(map(0, i * 3000 + shift, us, NULL), i * 3000);
    }
    assert_int_equal(line.jumps, 0);
    assert_int_equal(line.outliers, 10);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_follows_the_least_late),
        cmocka_unit_test(test_follows_by_the_same_track),
        cmocka_unit_test(test_follows_nothing_before_it_begins),
        cmocka_unit_test(test_follows_through_breaks),
        cmocka_unit_test(test_stamps_are_not_pictures),
        cmocka_unit_test(test_an_outlier_moves_nothing),
        cmocka_unit_test_setup(test_first_packet_is_zero, setup),
        cmocka_unit_test_setup(test_before_zero_is_left_out, setup),
        cmocka_unit_test_setup(test_a_picture_before_zero_is_kept, setup),
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
