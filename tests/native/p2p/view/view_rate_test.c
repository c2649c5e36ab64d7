/* Congestion feedback in virtual time: an encoder, viewers with paths of their own, a queue for
 * each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "oc_err.h"
#include "oc_view_rate.h"

#define SECOND   1000000LL
#define FRAME_US 33333
#define VIEWERS  3
#define HIGH     512000 /* bytes: watermark, then on at the next key frame */
#define KEY_GAIN 4      /* a key frame is so many times as large as others */

typedef struct path {
    oc_view_rate_viewer_t viewer;
    bool here, stopped;             /* stopped: waits for a key frame */
    uint32_t bps, rtt_us, grown_us; /* grown: round trip more than at first */
    uint64_t queued, acked, rest;   /* rest: bits that the path may still take */
    uint32_t dropped;
    uint64_t maximum; /* queued, since `mark` */
} path_t;

typedef struct scene {
    oc_view_rate_t rate;
    path_t path[VIEWERS];
    int64_t now_us;
    uint32_t made_bps;      /* what the encoder is set to */
    uint32_t quiet_bps;     /* it makes no more than this; 0: what it is set to */
    uint32_t announced_bps; /* on its way to it */
    int64_t notified_us;
    unsigned frames, changes, keys;
    uint32_t least_bps, max_bps; /* told since `mark` */
} scene_t;

static oc_view_rate_config_t usual(void) {
    return (oc_view_rate_config_t){
        .control = OC_VIEW_RATE_BITRATE, .floor_bps = 500000, .ceiling_bps = 4000000};
}

static scene_t *begin(const oc_view_rate_config_t *config) {
    static scene_t s;
    memset(&s, 0, sizeof s);
    s.now_us = 7 * SECOND;
    s.made_bps = s.announced_bps = s.least_bps = s.max_bps = config->ceiling_bps;
    assert_int_equal(oc_view_rate_init(&s.rate, config), OC_OK);
    return &s;
}

static path_t *join(scene_t *s, unsigned i, uint32_t bps, uint32_t rtt_us) {
    path_t *p = &s->path[i];
    memset(p, 0, sizeof *p);
    p->here = true;
    p->bps = bps;
    p->rtt_us = rtt_us;
    oc_view_rate_join(&s->rate, &p->viewer, s->now_us);
    return p;
}

static void leave(scene_t *s, path_t *p) {
    oc_view_rate_leave(&s->rate, &p->viewer, s->now_us);
    p->here = false;
}

static void mark(scene_t *s) {
    s->least_bps = s->max_bps = s->announced_bps;
    s->changes = s->keys = 0;
    for (unsigned i = 0; i < VIEWERS; i++) {
        s->path[i].maximum = 0;
        s->path[i].dropped = 0;
        s->path[i].viewer.window_dropped = 0;
    }
}

static void decide(scene_t *s) {
    oc_view_rate_decision_t d;
    while (oc_view_rate_poll(&s->rate, s->now_us, &d) == OC_OK) {
        if (d.what & OC_VIEW_RATE_SET_BITRATE) {
            s->announced_bps = d.bitrate_bps;
            s->notified_us = s->now_us;
            s->changes++;
            s->least_bps = d.bitrate_bps < s->least_bps ? d.bitrate_bps : s->least_bps;
            s->max_bps = d.bitrate_bps > s->max_bps ? d.bitrate_bps : s->max_bps;
        }
        s->keys += (d.what & OC_VIEW_RATE_REQUEST_KEY) != 0;
    }
}

/* Bytes of the next frame; a key frame every two seconds. */
static uint32_t frame(scene_t *s, bool *key) {
    unsigned n = s->frames++;
    if (s->now_us - s->notified_us >= 200000) /* the encoder follows a little later */
        s->made_bps = s->announced_bps;
    uint32_t bps = s->quiet_bps && s->quiet_bps < s->made_bps ? s->quiet_bps : s->made_bps;
    *key = n % 60 == 0;
    return bps / 8 / 30 * (*key ? KEY_GAIN : 1) * 60 / (59 + KEY_GAIN);
}

static void carry(scene_t *s, path_t *p, uint32_t bytes, bool key) {
    if (p->stopped && key) {
        p->stopped = false;
        p->queued = 0;
    }
    if (p->stopped)
        p->dropped++;
    else
        p->queued += bytes;
    if (p->queued > HIGH)
        p->stopped = true;
    p->rest += (uint64_t)p->bps * FRAME_US / SECOND;
    uint64_t sent = p->rest / 8 < p->queued ? p->rest / 8 : p->queued;
    p->queued -= sent;
    p->acked += sent;
    p->rest = p->queued ? p->rest % 8 : 0;
    p->maximum = p->queued > p->maximum ? p->queued : p->maximum;
    oc_view_rate_sample_t sample = {.acked_bytes = p->acked,
                                    .queued_bytes = p->queued,
                                    .rtt_us = p->rtt_us + p->grown_us,
                                    .dropped = p->dropped};
    if (s->frames % 6 == 0)
        oc_view_rate_report(&s->rate, &p->viewer, &sample, s->now_us);
}

static void run(scene_t *s, int64_t us) {
    for (int64_t end = s->now_us + us; s->now_us < end; s->now_us += FRAME_US) {
        bool key;
        uint32_t bytes = frame(s, &key);
        if (key)
            oc_view_rate_key_packet(&s->rate, s->now_us);
        for (unsigned i = 0; i < VIEWERS; i++)
            if (s->path[i].here)
                carry(s, &s->path[i], bytes, key);
        decide(s);
    }
}

static void ranges_are_kept(void **state) {
    oc_view_rate_t rate;
    const oc_view_rate_config_t good = usual();
    oc_view_rate_config_t bad[3];
    for (unsigned i = 0; i < 3; i++)
        bad[i] = good;
    bad[0].floor_bps = 0;
    bad[1].ceiling_bps = good.floor_bps - 1;
    bad[2].control = (oc_view_rate_control_t)(OC_VIEW_RATE_FIXED + 1);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(oc_view_rate_init(&rate, &bad[i]), OC_ERR_RANGE);
    assert_int_equal(oc_view_rate_init(&rate, &good), OC_OK);
}

/* Key frames alone, and a path with little to spare, change nothing. */
static void a_path_that_bears_it_changes_nothing(void **state) {
    oc_view_rate_config_t config = usual();
    for (uint32_t rtt = 2000; rtt <= 402000; rtt += 100000) {
        scene_t *s = begin(&config);
        join(s, 0, config.ceiling_bps * 5 / 4, rtt);
        run(s, 60 * SECOND);
        assert_int_equal(s->changes, 0);
        assert_int_equal(s->keys, 0);
    }
}

static void quick_fall_and_slow_rise(void **state) {
    oc_view_rate_config_t config = usual();
    scene_t *s = begin(&config);
    path_t *p = join(s, 0, 8000000, 40000);
    run(s, 10 * SECOND);
    p->bps = 1000000;
    run(s, 2 * SECOND);
    assert_in_range(s->announced_bps, config.floor_bps, 1000000);
    run(s, 10 * SECOND);
    mark(s);
    run(s, 60 * SECOND); /* about the path, without much ado */
    assert_in_range(s->least_bps, 500000, 900000);
    assert_in_range(s->max_bps, 700000, 1200000);
    assert_in_range(s->changes, 0, 30);
    assert_int_equal(p->dropped, 0);
    assert_false(p->viewer.below_floor);
    p->bps = 8000000;
    uint32_t before = s->announced_bps;
    run(s, 4 * SECOND);
    assert_in_range(s->announced_bps, 0, before * 3 / 2);
    run(s, 36 * SECOND);
    assert_int_equal(s->announced_bps, config.ceiling_bps);
}

/* The stream follows the weaker one; when it leaves, the other has its rate again. */
static void two_viewers_of_unequal_paths(void **state) {
    oc_view_rate_config_t config = usual();
    scene_t *s = begin(&config);
    path_t *strong = join(s, 0, 9000000, 20000), *weak = join(s, 1, 1300000, 90000);
    run(s, 15 * SECOND);
    mark(s);
    run(s, 60 * SECOND);
    assert_in_range(s->least_bps, 600000, 1200000);
    assert_in_range(s->max_bps, 900000, 1600000);
    assert_int_equal(strong->dropped + weak->dropped, 0);
    assert_in_range(weak->maximum * 8 * 1000 / weak->bps, 0, 1000); /* milliseconds behind */
    leave(s, weak);
    run(s, 30 * SECOND);
    assert_int_equal(s->announced_bps, config.ceiling_bps);
}

/* One who does not even bear the floor loses frames; the other loses nothing, not even rate. */
static void the_hopeless_one_ruins_nobody(void **state) {
    oc_view_rate_config_t config = usual();
    scene_t *s = begin(&config);
    path_t *strong = join(s, 0, 9000000, 20000);
    run(s, 5 * SECOND);
    path_t *weak = join(s, 1, 200000, 90000);
    run(s, 60 * SECOND);
    assert_true(weak->viewer.below_floor);
    assert_true(weak->dropped > 100);
    assert_true(weak->acked > 500000); /* but it has some */
    assert_int_equal(strong->dropped, 0);
    assert_true(s->least_bps >= config.floor_bps);
    assert_int_equal(s->announced_bps, config.ceiling_bps);
    mark(s);
    run(s, 120 * SECOND);
    assert_int_equal(s->changes, 0); /* and it stays so */
    weak->bps = 9000000;
    run(s, 60 * SECOND);
    assert_false(weak->viewer.below_floor);
    mark(s);
    run(s, 20 * SECOND);
    assert_int_equal(weak->dropped, 0);
    assert_int_equal(s->announced_bps, config.ceiling_bps);
}

/* Alone, it has the floor. */
static void a_hopeless_one_alone_has_the_floor(void **state) {
    oc_view_rate_config_t config = usual();
    scene_t *s = begin(&config);
    path_t *weak = join(s, 0, 200000, 90000);
    run(s, 30 * SECOND);
    assert_true(weak->viewer.below_floor);
    assert_int_equal(s->announced_bps, config.floor_bps);
    leave(s, weak);
    run(s, SECOND);
    assert_int_equal(s->announced_bps, config.ceiling_bps); /* nobody watches */
}

/* A scene where nothing moves says nothing of the path: a round trip that has grown lowers the
 * rate, but makes nobody hopeless. */
static void grown_round_trip_of_a_quiet_scene(void **state) {
    oc_view_rate_config_t config = usual();
    scene_t *s = begin(&config);
    path_t *p = join(s, 0, 9000000, 40000);
    s->quiet_bps = 60000;
    run(s, 10 * SECOND);
    p->grown_us = 60000;
    run(s, 2 * SECOND);
    assert_in_range(s->announced_bps, config.floor_bps, config.ceiling_bps * 3 / 4);
    run(s, 8 * SECOND);
    assert_false(p->viewer.below_floor);
    assert_true(s->least_bps >= config.floor_bps);
    p->grown_us = 0;
    s->quiet_bps = 0;
    run(s, 90 * SECOND);
    assert_int_equal(s->announced_bps, config.ceiling_bps);
}

/* A second without anything, as Wi-Fi has: less for a while, and back. */
static void an_outage_is_survived(void **state) {
    oc_view_rate_config_t config = usual();
    scene_t *s = begin(&config);
    path_t *p = join(s, 0, 6000000, 10000);
    run(s, 10 * SECOND);
    p->bps = 0;
    run(s, SECOND);
    p->bps = 6000000;
    run(s, SECOND);
    assert_true(s->announced_bps < config.ceiling_bps);
    assert_false(p->viewer.below_floor);
    run(s, 30 * SECOND);
    assert_int_equal(s->announced_bps, config.ceiling_bps);
}

static void a_paused_view_says_nothing(void **state) {
    oc_view_rate_config_t config = usual();
    scene_t *s = begin(&config);
    path_t *p = join(s, 0, 9000000, 20000);
    run(s, 5 * SECOND);
    p->here = false; /* of the model: it sends nothing */
    oc_view_rate_sample_t sample = {
        .acked_bytes = p->acked, .queued_bytes = 90000, .rtt_us = 900000, .paused = true};
    for (unsigned i = 0; i < 100; i++) {
        s->now_us += 100000;
        sample.paused = i < 99; /* and the first one after it neither */
        sample.dropped = i;
        oc_view_rate_report(&s->rate, &p->viewer, &sample, s->now_us);
    }
    decide(s);
    assert_int_equal(s->changes, 0);
    assert_false(p->viewer.congested);
}

/* Several wishes are one key frame; on a congested path it comes more seldom. */
static void key_frames_are_asked_for_once(void **state) {
    oc_view_rate_config_t config = usual();
    scene_t *s = begin(&config);
    path_t *a = join(s, 0, 9000000, 20000), *b = join(s, 1, 9000000, 20000);
    oc_view_rate_decision_t d;
    int64_t t = s->now_us;
    assert_true(oc_view_rate_next_deadline(&s->rate) == INT64_MAX);
    oc_view_rate_want_key(&s->rate, &a->viewer, t);
    oc_view_rate_want_key(&s->rate, &b->viewer, t);
    assert_true(oc_view_rate_next_deadline(&s->rate) <= t);
    assert_int_equal(oc_view_rate_poll(&s->rate, t, &d), OC_OK);
    assert_int_equal(d.what, OC_VIEW_RATE_REQUEST_KEY);
    assert_int_equal(oc_view_rate_poll(&s->rate, t + 999999, &d), OC_AGAIN);
    assert_true(oc_view_rate_next_deadline(&s->rate) == t + SECOND);
    assert_int_equal(oc_view_rate_poll(&s->rate, t + SECOND, &d), OC_OK); /* none came */
    oc_view_rate_key_packet(&s->rate, t + 2 * SECOND);
    assert_int_equal(oc_view_rate_poll(&s->rate, t + 9 * SECOND, &d), OC_AGAIN);
    b->viewer.congested = true;
    oc_view_rate_want_key(&s->rate, &a->viewer, t + 3 * SECOND);
    assert_true(oc_view_rate_next_deadline(&s->rate) == t + 6 * SECOND);
    leave(s, a);
    assert_true(oc_view_rate_next_deadline(&s->rate) == INT64_MAX);
}

/* What cannot be set is not told. */
static void a_fixed_source_is_left_alone(void **state) {
    oc_view_rate_config_t config = usual();
    config.control = OC_VIEW_RATE_FIXED;
    scene_t *s = begin(&config);
    join(s, 0, 300000, 20000);
    run(s, 30 * SECOND);
    assert_int_equal(s->changes, 0);
    assert_int_equal(s->announced_bps, config.ceiling_bps);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges_are_kept),
        cmocka_unit_test(a_path_that_bears_it_changes_nothing),
        cmocka_unit_test(quick_fall_and_slow_rise),
        cmocka_unit_test(two_viewers_of_unequal_paths),
        cmocka_unit_test(the_hopeless_one_ruins_nobody),
        cmocka_unit_test(a_hopeless_one_alone_has_the_floor),
        cmocka_unit_test(grown_round_trip_of_a_quiet_scene),
        cmocka_unit_test(an_outage_is_survived),
        cmocka_unit_test(a_paused_view_says_nothing),
        cmocka_unit_test(key_frames_are_asked_for_once),
        cmocka_unit_test(a_fixed_source_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
