/* What is lost is found and sent again, and hardly anything else: bursts, tails, reordering, full
 * SACKs, reneging, outages, a path that carries less than it did. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "oc_err.h"
#include "sctp_flow.h"

#define SECOND INT64_C(1000000)
#define RTT_US 40000

static net_t net;
static net_link_t there, back;
static flow_t f;

static void make(uint32_t mtu) {
    flow_config_t c = {.send = {.outstanding = 1024, .streams = FLOW_STREAMS},
                       .first_tsn = 0xFFFFFFF0u,
                       .window = 4 << 20,
                       .mtu = mtu,
                       .rtt_us = RTT_US};
    net_init(&net, 11);
    there = back = (net_link_t){.net = &net, .delay_us = RTT_US / 2};
    flow_open(&f, &net, &there, &back, &c);
    flow_stream(&f, 0, OC_SEND_MEDIA, false);
}

static int end(void **state) {
    assert_int_equal(f.rx.wrong, 0);
    flow_free(&f);
    net_free(&net);
    return 0;
}

static oc_send_stats_t stats(void) {
    oc_send_stats_t st;
    oc_send_stats(f.send, &st, net.now);
    return st;
}

static int64_t arrival;
static void note(void *ctx, uint16_t sid, uint32_t ppid, int64_t made_us, uint32_t len) {
    arrival = net.now - made_us;
}

static void a_hole_is_filled_within_one_and_a_half_round_trips(void **state) {
    make(1132);
    f.delivered = note;
    f.drop_mask = 4; /* the third of eight */
    flow_message(&f, 0, 8192, true, 0);
    net_run(&net, SECOND);
    assert_in_range(arrival, RTT_US * 3 / 2, RTT_US * 3 / 2 + 15000);
    assert_int_equal(stats().retransmitted, 1);
    assert_int_equal(stats().timeouts, 0);
}

/* Nobody tells of a lost tail: the probe does, a quarter of a round trip later. */
static void a_lost_tail_is_probed(void **state) {
    make(1132);
    f.delivered = note;
    flow_message(&f, 0, 8192, true, 0);
    net_run(&net, SECOND);
    f.drop_mask = 0x80; /* the last of eight */
    flow_message(&f, 0, 8192, true, 0);
    net_run(&net, 2 * SECOND);
    assert_in_range(arrival, RTT_US * 7 / 4 - 100, RTT_US * 7 / 4 + 5000);
    assert_int_equal(stats().probes, 1);
    assert_int_equal(stats().retransmitted, 1);
    f.drop_mask = 0xF0; /* the last four: the probe finds the other three */
    flow_message(&f, 0, 8192, true, 0);
    net_run(&net, 3 * SECOND);
    assert_in_range(arrival, 0, RTT_US * 3);
    assert_int_equal(stats().retransmitted, 5);
    assert_int_equal(stats().timeouts, 0);
}

static void a_burst_lost_whole_comes_back_without_a_timeout(void **state) {
    make(1132);
    f.delivered = note;
    flow_message(&f, 0, 8192, true, 0);
    net_run(&net, SECOND);
    f.drop_mask = 0xFF;
    flow_message(&f, 0, 8192, true, 0);
    net_run(&net, 2 * SECOND);
    assert_in_range(arrival, 0, RTT_US * 4);
    assert_int_equal(stats().timeouts, 0);
}

/* Only the last chunk of a burst asks for a SACK at once, and only first transmissions are timed.
 */
static void round_trips_come_from_first_transmissions(void **state) {
    make(1132);
    for (unsigned i = 0; i < 200; i++) {
        f.drop_mask = i % 3 ? 0 : 0x2;
        flow_message(&f, 0, 5000, true, 0);
        net_run(&net, net.now + SECOND / 10);
    }
    assert_in_range(stats().srtt_us, RTT_US - 100, RTT_US + 6000);
    assert_int_equal(stats().min_rtt_us, RTT_US);
    assert_int_equal(stats().timeouts, 0);
}

static void a_path_that_reorders_costs_few_retransmissions(void **state) {
    make(1132);
    there.reorder_ppm = 50000;
    there.reorder_us = 8000;
    for (unsigned i = 0; i < 600; i++) {
        flow_message(&f, 0, 8192, true, 0);
        net_run(&net, net.now + SECOND / 30);
    }
    net_run(&net, net.now + SECOND);
    assert_int_equal(f.rx.messages, 600);
    assert_true(stats().retransmitted <= 30); /* of 4,800 chunks, 240 out of order */
    assert_int_equal(stats().timeouts, 0);
}

/* More holes than dcSCTP's twenty blocks tell of: what is above the last block is not lost. */
static void a_full_sack_condemns_nothing_above_its_last_block(void **state) {
    uint64_t lost;
    make(1132);
    for (unsigned i = 0; i < 40; i++) /* opens the window */
        flow_message(&f, 0, 65536, true, 0);
    net_run(&net, 3 * SECOND);
    lost = there.lost;
    f.drop_mask = 0xAAAAAAAAAAAAAAAAull; /* 32 holes, every other packet */
    for (unsigned i = 0; i < 4; i++)
        flow_message(&f, 0, 65536, true, 0);
    net_run(&net, 6 * SECOND);
    assert_int_equal(f.rx.messages, 44);
    assert_int_equal(there.lost - lost, 32);
    assert_in_range(stats().retransmitted, 32, 40);
    assert_in_range(f.rx.duplicate_chunks, 0, 8);
}

/* Hundreds of holes, twenty told of at a time: what nobody speaks of neither keeps the window
 * closed nor makes round trips look long. */
static void hundreds_of_holes_are_filled_without_a_timeout(void **state) {
    make(1132);
    for (unsigned i = 0; i < 60; i++) {
        flow_message(&f, 0, 65536, true, 0);
        net_run(&net, net.now + 20000);
    }
    net_run(&net, net.now + SECOND);
    there.loss_ppm = 700000;
    for (unsigned i = 0; i < 10; i++)
        flow_message(&f, 0, 65536, true, 0);
    net_run(&net, net.now + RTT_US);
    there.loss_ppm = 0;
    assert_true(there.lost > 100);
    net_run(&net, net.now + SECOND);
    assert_int_equal(f.rx.messages, 70);
    assert_int_equal(stats().timeouts, 0);
    assert_in_range(stats().srtt_us, RTT_US - 100, RTT_US * 3 / 2);
    assert_true(stats().retransmitted <= there.lost * 5 / 4);
}

static void a_peer_that_reneges_gets_everything_again(void **state) {
    make(1132);
    f.drop_mask = 4;
    f.rx.renege = true;
    flow_message(&f, 0, 30000, true, 0);
    net_run(&net, 5 * SECOND);
    assert_int_equal(f.rx.messages, 1);
    assert_true(oc_send_idle(f.send));
    f.drop_mask = 4;
    flow_message(&f, 0, 30000, true, 0);
    net_run(&net, net.now + RTT_US + 5000);
    f.rx.renege = true;
    flow_message(&f, 0, 30000, true, 0);
    net_run(&net, net.now + 5 * SECOND);
    assert_int_equal(f.rx.messages, 3);
    assert_true(stats().reneged > 0);
}

static void an_outage_ends_within_three_seconds_of_its_end(void **state) {
    make(1132);
    f.delivered = note;
    for (unsigned i = 0; i < 30; i++) {
        flow_message(&f, 0, 8192, true, 0);
        net_run(&net, net.now + SECOND / 30);
    }
    there.down_from = back.down_from = net.now;
    there.down_to = back.down_to = net.now + 20 * SECOND;
    for (unsigned i = 0; i < 600; i++) {
        flow_message(&f, 0, 8192, true, 0);
        net_run(&net, net.now + SECOND / 30);
    }
    assert_in_range(stats().timeouts, 6, 14); /* 0.2, 0.4 … 3 s, never given up */
    net_run(&net, there.down_to + 3 * SECOND + 8 * RTT_US);
    assert_int_equal(f.rx.messages, 630);
    net_run(&net, net.now + SECOND);
    assert_int_equal(oc_send_timeouts(f.send), 0);
}

/* The ICE pair changed: no waiting for a timer that backed off. */
static void another_path_is_used_at_once(void **state) {
    int64_t from;
    make(1132);
    flow_message(&f, 0, 8192, true, 0);
    net_run(&net, SECOND);
    there.down_from = back.down_from = net.now;
    there.down_to = back.down_to = net.now + 60 * SECOND;
    flow_message(&f, 0, 8192, true, 0);
    net_run(&net, there.down_to + 1);
    from = net.now;
    oc_send_path_changed(f.send, 1132, RTT_US, net.now);
    flow_run(&f);
    net_run(&net, from + RTT_US);
    assert_int_equal(f.rx.messages, 2);
}

/* Chunks cut for 1,400 bytes meet a path of 1,200: they keep their bounds and leave alone. */
static void large_chunks_survive_a_smaller_path(void **state) {
    make(1400);
    for (unsigned i = 0; i < 30; i++)
        flow_message(&f, 0, 20000, true, 0);
    net_run(&net, 30000);
    there.largest = 1132 + NET_OVERHEAD;
    net_run(&net, net.now + SECOND);
    assert_true(oc_send_timeouts(f.send) >= 1); /* what the black hole detection looks at */
    f.mtu = 1132;
    oc_send_set_mtu(f.send, 1132);
    flow_run(&f);
    net_run(&net, net.now + 20 * SECOND);
    assert_int_equal(f.rx.messages, 30);
    assert_true(f.oversize > 0);
}

static void a_peer_without_the_i_bit_is_served_too(void **state) {
    make(1132);
    f.rx.ignores_immediate = true;
    there.loss_ppm = back.loss_ppm = 20000;
    for (unsigned i = 0; i < 300; i++) {
        flow_message(&f, 0, 3000 + i * 37 % 9000, true, 0);
        net_run(&net, net.now + SECOND / 30);
    }
    net_run(&net, net.now + 5 * SECOND);
    assert_int_equal(f.rx.messages, 300);
}

/* Everything at once, many seeds. OC_SCTP_SEEDS: more of them. */
static void random_networks_deliver_everything(void **state) {
    const char *more = getenv("OC_SCTP_SEEDS");
    unsigned seeds = more ? (unsigned)atoi(more) : 12 / OC_TEST_DIVISOR + 1;
    make(1132);
    for (unsigned seed = 1; seed <= seeds; seed++) {
        flow_config_t c = {.send = {.outstanding = seed % 2 ? 64 : 1024,
                                    .streams = 4,
                                    .cc = seed % 3 ? OC_CC_RATE : OC_CC_NEWRENO},
                           .first_tsn = seed * 0x9E3779B9u,
                           .window = seed % 5 ? 1 << 20 : 20000,
                           .mtu = 548 + seed % 7 * 100,
                           .rtt_us = seed % 4 ? RTT_US : 0};
        end(NULL);
        net_init(&net, seed);
        there = back = (net_link_t){.net = &net,
                                    .delay_us = 1000 + (int64_t)(seed % 5) * 25000,
                                    .loss_ppm = seed % 6 * 30000,
                                    .reorder_ppm = seed % 3 * 50000,
                                    .reorder_us = 15000,
                                    .rate = seed % 4 ? 0 : 100000,
                                    .queue = 30000,
                                    .down_from = 5 * SECOND,
                                    .down_to = seed % 7 ? 0 : 12 * SECOND};
        flow_open(&f, &net, &there, &back, &c);
        for (uint16_t sid = 0; sid < 4; sid++)
            flow_stream(&f, sid, sid ? OC_SEND_MEDIA : OC_SEND_COMMAND, sid & 1);
        for (unsigned i = 0; i < 300; i++) {
            flow_message(&f, i % 4, 1 + (i * 7919 + seed) % 12000, true, 0);
            net_run(&net, net.now + net_random(&net, 40000));
        }
        net_run(&net, net.now + 2000 * SECOND);
        if (f.rx.messages != 300)
            fail_msg("seed %u: %u of 300 messages", seed, (unsigned)f.rx.messages);
        assert_true(oc_send_idle(f.send));
        assert_int_equal(stats().in_flight, 0);
        assert_int_equal(f.rx.wrong, 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_hole_is_filled_within_one_and_a_half_round_trips, end),
        cmocka_unit_test_teardown(a_lost_tail_is_probed, end),
        cmocka_unit_test_teardown(a_burst_lost_whole_comes_back_without_a_timeout, end),
        cmocka_unit_test_teardown(round_trips_come_from_first_transmissions, end),
        cmocka_unit_test_teardown(a_path_that_reorders_costs_few_retransmissions, end),
        cmocka_unit_test_teardown(a_full_sack_condemns_nothing_above_its_last_block, end),
        cmocka_unit_test_teardown(hundreds_of_holes_are_filled_without_a_timeout, end),
        cmocka_unit_test_teardown(a_peer_that_reneges_gets_everything_again, end),
        cmocka_unit_test_teardown(an_outage_ends_within_three_seconds_of_its_end, end),
        cmocka_unit_test_teardown(another_path_is_used_at_once, end),
        cmocka_unit_test_teardown(large_chunks_survive_a_smaller_path, end),
        cmocka_unit_test_teardown(a_peer_without_the_i_bit_is_served_too, end),
        cmocka_unit_test_teardown(random_networks_deliver_everything, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
