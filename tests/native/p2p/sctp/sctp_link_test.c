/* Two associations over a link that loses, doubles, reorders and corrupts, in virtual time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include "oc_sctp_impl.h"
#include "sctp_rig.h"

static rig_t rig;

static void both_ends_connect_at_once(void **state) {
    oc_sctp_config_t config = oc_sctp_camera_config(NULL);
    config.rtt_us = 40000;
    sctp_rig_init(&rig, &config, 128, 1);
    sctp_rig_connect(&rig);
    sctp_rig_run(&rig, 1000000);
    assert_true(rig.end[0].up && rig.end[1].up);
    assert_true(rig.end[0].up_us <= 80000 && rig.end[1].up_us <= 80000);          /* 2 RTT */
    assert_true(oc_sctp_next_deadline(rig.end[0].sctp, rig.now_us) == INT64_MAX); /* no ticking */
    assert_int_equal(rig.end[0].pool.used, 0);
    sctp_rig_end(&rig);
}

static void messages_of_every_size_come_through(void **state) {
    oc_sctp_config_t config = oc_sctp_camera_config(NULL);
    sctp_rig_init(&rig, &config, 128, 2);
    sctp_rig_connect(&rig);
    assert_int_equal(sctp_rig_open(&rig, 0, 0, 50, 1, 100, false), OC_OK);
    assert_int_equal(sctp_rig_open(&rig, 0, 1, 40, 1000, 16384, false), OC_OK);
    assert_int_equal(sctp_rig_open(&rig, 1, 2, 40, 1, 16384, false), OC_OK);
    sctp_rig_run(&rig, 30000000);
    assert_int_equal(rig.end[1].stream[0].received, 50);
    assert_int_equal(rig.end[1].stream[1].received, 40);
    assert_int_equal(rig.end[0].stream[2].received, 40);
    assert_int_equal(rig.end[0].stream[1].done, 40);
    sctp_rig_end(&rig);
}

/* OC_SCTP_SEEDS asks for more links than a few. */
static unsigned seeds_of(unsigned ordinary) {
    const char *seeds = getenv("OC_SCTP_SEEDS");
    return seeds ? (unsigned)atoi(seeds) : ordinary;
}

/* One bad link after the other. */
static void nothing_is_lost_on_a_bad_link(void **state) {
    oc_sctp_config_t config = oc_sctp_camera_config(NULL);
    for (unsigned seed = 1; seed <= seeds_of(12); seed++) {
        config.zero_checksum = seed % 2; /* no checksum: something else finds damaged packets */
        sctp_rig_init(&rig, &config, 128, seed);
        for (unsigned i = 0; i < 2; i++)
            rig.link[i] = (rig_link_t){.delay_us = 1000 + sctp_rig_random(&rig, 40000),
                                       .jitter_us = sctp_rig_random(&rig, 30000),
                                       .loss = sctp_rig_random(&rig, 200),
                                       .twice = sctp_rig_random(&rig, 100),
                                       .corrupt = seed % 2 ? 0 : sctp_rig_random(&rig, 50)};
        sctp_rig_connect(&rig);
        rig.end[0].stream[3].unordered = true;
        assert_int_equal(sctp_rig_open(&rig, 0, 0, 100, 1, 60, false), OC_OK);
        assert_int_equal(sctp_rig_open(&rig, 0, 1, 20, 500, 16384, false), OC_OK);
        assert_int_equal(sctp_rig_open(&rig, 1, 2, 30, 1, 9000, false), OC_OK);
        assert_int_equal(sctp_rig_open(&rig, 0, 3, 60, 1, 3000, false), OC_OK);
        sctp_rig_run(&rig, 600000000);
        assert_int_equal(rig.end[1].stream[0].received, 100);
        assert_int_equal(rig.end[1].stream[1].received, 20);
        assert_int_equal(rig.end[0].stream[2].received, 30);
        assert_int_equal(rig.end[1].stream[3].received, 60);
        assert_false(rig.end[0].down || rig.end[1].down);
        sctp_rig_end(&rig);
    }
}

/* A live stream that falls behind: what is overtaken is skipped as whole messages. */
static void overtaken_messages_are_skipped_whole(void **state) {
    oc_sctp_config_t config = oc_sctp_camera_config(NULL);
    for (unsigned seed = 1; seed <= seeds_of(8); seed++) {
        rig_stream_t *from = &rig.end[0].stream[1], *to = &rig.end[1].stream[1];
        sctp_rig_init(&rig, &config, 128, seed);
        rig.link[0].loss = rig.link[1].loss = 50; /* FORWARD-TSNs as well */
        rig.link[0].jitter_us = 10000;
        sctp_rig_connect(&rig);
        rig.end[0].stream[4].unordered = seed % 2;
        assert_int_equal(sctp_rig_open(&rig, 0, 1, 0, 500, 3000, true), OC_OK);
        assert_int_equal(sctp_rig_open(&rig, 0, 4, 40, 10, 3000, false), OC_OK);
        sctp_rig_up(&rig);
        for (unsigned i = 0; i < 100;
             i++) { /* the ring holds 6: a second retransmission is too late */
            sctp_rig_more(&rig, 0, 1, 1);
            from->stale = from->count > 6 ? from->count - 6 : 0;
            sctp_rig_run(&rig, rig.now_us + 10000);
        }
        sctp_rig_run(&rig, rig.now_us + 60000000);
        assert_int_equal(from->done + from->abandoned, 100);
        assert_true(from->abandoned > 0 && from->done > 10);
        assert_true(to->received >= from->done);
        assert_int_equal(to->expect, 100); /* the newest one came */
        assert_int_equal(rig.end[1].stream[4].received, 40);
        assert_int_equal(rig.end[1].pool.used, 0);
        sctp_rig_end(&rig);
    }
}

/* A reader that stops closes the window; when it goes on, so does the stream. */
static void a_closed_window_stops_the_sender_and_opens_again(void **state) {
    oc_sctp_config_t config = oc_sctp_camera_config(NULL);
    oc_sctp_stats_t stats;
    for (unsigned lossy = 0; lossy < 2; lossy++) {
        sctp_rig_init(&rig, &config, 128, 5);
        sctp_rig_connect(&rig);
        rig.link[0].loss = rig.link[1].loss = lossy * 100;
        rig.end[1].hold = true;
        assert_int_equal(sctp_rig_open(&rig, 0, 1, 100, 500, 3000, false), OC_OK);
        sctp_rig_run(&rig, 20000000);
        oc_sctp_stats(rig.end[1].sctp, &stats);
        assert_true(stats.a_rwnd < 3000);
        assert_true(rig.end[1].stream[1].received < 40);
        assert_true(rig.end[1].pool.used <= oc_sctp_blocks(&config));
        for (unsigned i = 0; i < 100 && rig.end[1].stream[1].received < 100; i++) {
            sctp_rig_release(&rig, 1);
            sctp_rig_run(&rig, rig.now_us + 10000000);
        }
        sctp_rig_release(&rig, 1);
        assert_int_equal(rig.end[1].stream[1].received, 100);
        sctp_rig_end(&rig);
    }
}

static void streams_are_reset_and_used_again(void **state) {
    oc_sctp_config_t config = oc_sctp_camera_config(NULL);
    oc_sctp_stats_t stats;
    for (unsigned seed = 1; seed <= seeds_of(6); seed++) {
        sctp_rig_init(&rig, &config, 128, seed);
        rig.link[0].loss = rig.link[1].loss = 30 * (seed % 6);
        rig.link[0].jitter_us = rig.link[1].jitter_us = 20000;
        sctp_rig_connect(&rig);
        for (unsigned round = 0; round < 10; round++) {
            rig_stream_t *a = &rig.end[0].stream[1], *b = &rig.end[1].stream[1];
            *a = *b = (rig_stream_t){0};
            assert_int_equal(sctp_rig_open(&rig, 0, 1, 5, 1, 3000, false), OC_OK);
            assert_int_equal(sctp_rig_open(&rig, 1, 1, 5, 1, 3000, false), OC_OK);
            sctp_rig_run(&rig, rig.now_us + (round % 3 ? 5000000 : 60000)); /* also in mid stream */
            assert_int_equal(oc_sctp_close(rig.end[0].sctp, 1, rig.now_us), OC_OK);
            assert_true(sctp_rig_open(&rig, 0, 1, 5, 1, 3000, false) <
                        0); /* not before both resets */
            if (round % 2)  /* both ends at once */
                assert_int_equal(oc_sctp_close(rig.end[1].sctp, 1, rig.now_us), OC_OK);
            sctp_rig_run(&rig, rig.now_us + 20000000);
            assert_int_equal(b->resets_peer, 1);
            assert_int_equal(a->resets_ours, 1);
            assert_int_equal(b->received, a->next); /* what was taken came before the reset */
            if (!(round % 2)) {
                assert_int_equal(a->resets_peer, 0);
                assert_int_equal(oc_sctp_close(rig.end[1].sctp, 1, rig.now_us), OC_OK);
                sctp_rig_run(&rig, rig.now_us + 20000000);
            }
            assert_int_equal(a->resets_peer, 1);
            assert_int_equal(b->resets_ours, 1);
            oc_sctp_stats(rig.end[0].sctp, &stats);
            assert_int_equal(stats.streams, 0);
            oc_sctp_stats(rig.end[1].sctp, &stats);
            assert_int_equal(stats.streams, 0);
        }
        assert_int_equal(oc_sctp_close(rig.end[0].sctp, 1, 0), OC_ERR_NOENT);
        sctp_rig_end(&rig);
    }
}

/* However long an outage was, a reset is asked for again soon after it. */
static void a_reset_outlives_an_outage(void **state) {
    oc_sctp_config_t config = oc_sctp_camera_config(NULL);
    sctp_rig_init(&rig, &config, 128, 5);
    sctp_rig_connect(&rig);
    assert_int_equal(sctp_rig_open(&rig, 0, 1, 5, 1, 3000, false), OC_OK);
    sctp_rig_run(&rig, 1000000);
    rig.link[1].down = true;
    assert_int_equal(oc_sctp_close(rig.end[0].sctp, 1, rig.now_us), OC_OK);
    sctp_rig_run(&rig, rig.now_us + 60000000);
    assert_int_equal(rig.end[0].stream[1].resets_ours, 0);
    rig.link[1].down = false;
    sctp_rig_run(&rig, rig.now_us + OC_SCTP_RESET_LAST_US + 50000);
    assert_int_equal(rig.end[0].stream[1].resets_ours, 1);
    assert_int_equal(rig.end[1].stream[1].resets_peer, 1);
    sctp_rig_end(&rig);
}

/* TSNs, SSNs and the numbers of reset requests all go over their end. */
static void numbers_wrap(void **state) {
    oc_sctp_config_t config = oc_sctp_camera_config(NULL);
    sctp_rig_init(&rig, &config, 128, 6);
    for (unsigned i = 0; i < 2; i++) {
        rig.link[i] = (rig_link_t){.delay_us = 5000, .jitter_us = 3000, .loss = 10};
        rig.end[i].sctp->assoc.local.tsn = 0xFFFFFFFF - 40 * i;
        rig.end[i].sctp->reconf.our_seq = rig.end[i].sctp->assoc.local.tsn;
    }
    sctp_rig_connect(&rig);
    assert_int_equal(sctp_rig_open(&rig, 0, 1, 70000, 1, 4, false), OC_OK);
    assert_int_equal(sctp_rig_open(&rig, 1, 2, 60, 1000, 3000, false), OC_OK);
    sctp_rig_run(&rig, 600000000);
    assert_int_equal(rig.end[1].stream[1].received, 70000);
    assert_int_equal(rig.end[0].stream[2].received, 60);
    for (unsigned i = 0; i < 2; i++) {
        rig.end[0].stream[1] = rig.end[1].stream[1] = (rig_stream_t){0};
        assert_int_equal(oc_sctp_close(rig.end[0].sctp, 1, rig.now_us), OC_OK);
        assert_int_equal(oc_sctp_close(rig.end[1].sctp, 1, rig.now_us), OC_OK);
        sctp_rig_run(&rig, rig.now_us + 5000000);
        assert_int_equal(sctp_rig_open(&rig, 0, 1, 20, 1, 400, false), OC_OK);
        assert_int_equal(sctp_rig_open(&rig, 1, 1, 20, 1, 400, false), OC_OK);
        sctp_rig_run(&rig, rig.now_us + 5000000);
        assert_int_equal(rig.end[1].stream[1].received, 20);
    }
    sctp_rig_end(&rig);
}

static void the_path_is_probed_and_a_black_hole_left(void **state) {
    static const uint32_t mtus[] = {1472, 1440, 1300, 1200};
    oc_sctp_config_t config = oc_sctp_peer_config(NULL);
    oc_sctp_stats_t stats;
    config.overhead = 40;
    for (unsigned i = 0; i < 4; i++) {
        sctp_rig_init(&rig, &config, RIG_BLOCKS, 3);
        rig.link[0].mtu = mtus[i] - config.overhead;
        sctp_rig_connect(&rig);
        assert_int_equal(sctp_rig_open(&rig, 0, 1, 600, 100, 16384, false), OC_OK);
        sctp_rig_run(&rig, 40000000);
        assert_int_equal(rig.end[1].stream[1].received, 600);
        oc_sctp_stats(rig.end[0].sctp, &stats);
        assert_int_equal(stats.mtu, i == 2 ? 1280 : mtus[i]);
        assert_true(oc_sctp_next_deadline(rig.end[0].sctp, rig.now_us) == INT64_MAX);
        /* The path shrinks while large chunks are under way. */
        sctp_rig_more(&rig, 0, 1, 200);
        sctp_rig_run(&rig, rig.now_us + 1000);
        rig.link[0].mtu = i % 2 ? 800 : 1200 - config.overhead;
        sctp_rig_run(&rig, rig.now_us + 120000000);
        assert_int_equal(rig.end[1].stream[1].received, 800);
        oc_sctp_stats(rig.end[0].sctp, &stats);
        assert_int_equal(stats.mtu, i % 2 ? 548 : 1200);
        rig.link[0].mtu = 0;
        oc_sctp_path_changed(rig.end[0].sctp, 40000, config.overhead, rig.now_us);
        oc_sctp_stats(rig.end[0].sctp, &stats);
        assert_int_equal(stats.mtu, 1200);
        sctp_rig_end(&rig);
    }
}

static void an_outage_costs_nothing_but_its_time(void **state) {
    oc_sctp_config_t config = oc_sctp_camera_config(NULL);
    oc_sctp_stats_t stats;
    sctp_rig_init(&rig, &config, 128, 9);
    sctp_rig_connect(&rig);
    assert_int_equal(sctp_rig_open(&rig, 0, 1, 40, 500, 9000, false), OC_OK);
    sctp_rig_run(&rig, 200000);
    rig.link[0].down = rig.link[1].down = true;
    sctp_rig_run(&rig, rig.now_us + 20000000);
    rig.link[0].down = rig.link[1].down = false;
    sctp_rig_run(&rig, rig.now_us + 10000000);
    assert_int_equal(rig.end[1].stream[1].received, 40);
    sctp_rig_more(&rig, 0, 1, 40);
    sctp_rig_run(&rig, rig.now_us + 10000000);
    assert_int_equal(rig.end[1].stream[1].received, 80);
    oc_sctp_stats(rig.end[0].sctp, &stats);
    assert_true(stats.mtu >= 1200); /* it was no black hole */
    sctp_rig_end(&rig);
}

/* Many viewers share a pool: an empty one delays, it breaks nothing. */
static void an_empty_pool_delays_and_loses_nothing(void **state) {
    oc_sctp_config_t config = oc_sctp_camera_config(NULL);
    void *taken[129];
    unsigned count = 0;
    sctp_rig_init(&rig, &config, 128, 4);
    sctp_rig_connect(&rig);
    sctp_rig_up(&rig);
    while ((taken[count] = oc_pool_take(&rig.end[1].pool)))
        count++;
    assert_int_equal(sctp_rig_open(&rig, 0, 1, 10, 5000, 9000, false), OC_OK);
    sctp_rig_run(&rig, rig.now_us + 5000000);
    assert_int_equal(rig.end[1].stream[1].received, 0);
    while (count)
        oc_pool_give(&rig.end[1].pool, taken[--count]);
    sctp_rig_run(&rig, rig.now_us + 30000000);
    assert_int_equal(rig.end[1].stream[1].received, 10);
    sctp_rig_end(&rig);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ends_connect_at_once),
        cmocka_unit_test(messages_of_every_size_come_through),
        cmocka_unit_test(nothing_is_lost_on_a_bad_link),
        cmocka_unit_test(overtaken_messages_are_skipped_whole),
        cmocka_unit_test(a_closed_window_stops_the_sender_and_opens_again),
        cmocka_unit_test(streams_are_reset_and_used_again),
        cmocka_unit_test(a_reset_outlives_an_outage),
        cmocka_unit_test(numbers_wrap),
        cmocka_unit_test(the_path_is_probed_and_a_black_hole_left),
        cmocka_unit_test(an_outage_costs_nothing_but_its_time),
        cmocka_unit_test(an_empty_pool_delays_and_loses_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
