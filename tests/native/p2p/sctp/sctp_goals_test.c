/* The goals of the design for one sender, in virtual time: throughput, lateness, fairness, queues.
 * Short runs, with what short runs scatter; OC_GOALS=full: 200 s and five seeds, as the goals are
 * stated. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "sctp_scenes.h"

static bool full(void) {
    const char *text = getenv("OC_GOALS");
    return text && strcmp(text, "full") == 0;
}

static void bulk_at_one_per_cent_loss_is_ten_times_what_others_reach(void **state) {
    for (uint64_t seed = 1; seed <= (full() ? 5 : 1); seed++) {
        scene_t s = scene_bulk(OC_CC_RATE, 0.01, 1u << 20, full() ? 200 : 4, seed);
        assert_int_equal(s.wrong, 0);
        assert_true(s.mbytes_per_s >= 6); /* libdatachannel 0.30, TCP cubic 0.45 */
        assert_true(s.again_per_lost <= 1.2);
    }
}

/* Milliseconds one way. */
static void video_goal(double loss, double p50, double p95, double p99, double p999) {
    scene_t s = scene_video(OC_CC_RATE, loss, 1, full() ? 5 : 2, full() ? 200 : 60);
    assert_int_equal(s.wrong, 0);
    assert_int_equal(s.frames, s.made);
    assert_true(s.again_per_lost <= 1.1);
    if (s.p50 > p50 || s.p95 > p95 || s.p99 > p99 || s.p999 > p999)
        fail_msg("loss %.0f %%: p50 %.1f p95 %.1f p99 %.1f p99.9 %.1f", loss * 100, s.p50, s.p95,
                 s.p99, s.p999);
}

static void video_under_loss_is_late_by_round_trips_not_seconds(void **state) {
    video_goal(0.01, 25, 75, 115, 300);
    video_goal(0.03, 28, 90, 140, 300);
}

static void it_shares_a_link(void **state) {
    for (unsigned n = 0; n < 16 * (full() ? 5 : 1); n++) {
        unsigned rival = n / 4 % 4, i = n % 4, seed = 1 + n / 16;
        scene_t s = scene_fair(OC_CC_RATE, (scene_rival_t)rival, i & 1 ? 50 : 10, i & 2,
                               full() ? 200 : 40, seed);
        assert_int_equal(s.wrong, 0);
        if (s.ratio < 0.3 || s.ratio > 2)
            fail_msg("beside rival %u, case %u, seed %u: %.2f x", rival, i, seed, s.ratio);
        assert_true(s.mine_mbit + s.its_mbit > 7.5);
    }
}

/* A queue that is short beside the round trip: 0.2 to 7.7 before losses were judged by what is near
 * them. */
static void it_shares_a_long_path(void **state) {
    for (unsigned n = 0; n < 8 * (full() ? 5 : 1); n++) {
        scene_t s = scene_fair_at(OC_CC_RATE, (scene_rival_t)(n / 2 % 4), 150, 10, n & 1,
                                  full() ? 200 : 60, 1 + n / 8);
        if (s.ratio < 0.3 || s.ratio > 2)
            fail_msg("beside rival %u, seed %u: %.2f x", n / 2 % 4, 1 + n / 8, s.ratio);
    }
}

static void its_own_queue_stays_short(void **state) {
    scene_t s = scene_queue(OC_CC_RATE, false, full() ? 200 : 30);
    assert_true(s.wait_p95 <= 20);
    assert_true(s.mbytes_per_s * 8 >= 2.4);
    s = scene_queue(OC_CC_RATE, true, full() ? 200 : 60);
    assert_true(s.wait_p95 <= 50);
    s = scene_queue(OC_CC_NEWRENO, false, 30); /* the scene can tell them apart */
    assert_true(s.wait_p95 > 100);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bulk_at_one_per_cent_loss_is_ten_times_what_others_reach),
        cmocka_unit_test(video_under_loss_is_late_by_round_trips_not_seconds),
        cmocka_unit_test(it_shares_a_link),
        cmocka_unit_test(it_shares_a_long_path),
        cmocka_unit_test(its_own_queue_stays_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
