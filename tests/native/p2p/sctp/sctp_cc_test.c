/* Congestion control: its rules one by one. What it is good for: sctp_goals_test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "sctp_flow.h"

#define MTU 1100u

static int64_t now;
static oc_cc_t cc;

static void begin(oc_cc_kind_t kind) {
    now = 1000000;
    oc_cc_init(&cc, kind, MTU, 40000, now);
}

/* One round trip in which `bytes` arrived and `lost` did not; rtt_us of its samples. */
static void one_round(uint32_t bytes, uint32_t lost, uint32_t rtt_us, bool limited) {
    uint32_t steps = 10;
    cc.ops->sent(&cc, bytes, bytes, now);
    for (uint32_t i = 1; i <= steps; i++) {
        oc_cc_ack_t ack = {.now_us = now += rtt_us / steps,
                           .acked = bytes / steps,
                           .lost = i == steps ? lost : 0,
                           .in_flight = bytes,
                           .rtt_us = rtt_us,
                           .min_rtt_us = 40000,
                           .srtt_us = rtt_us,
                           .round = i == steps,
                           .limited = limited};
        cc.ops->acked(&cc, &ack);
    }
}

static void newreno_halves_once_per_window(void **state) {
    uint32_t before;
    begin(OC_CC_NEWRENO);
    assert_int_equal(cc.window, 10 * MTU);
    for (unsigned i = 0; i < 10; i++) { /* slow start: a packet for each */
        oc_cc_ack_t ack = {.now_us = now, .acked = MTU, .in_flight = cc.window};
        cc.ops->acked(&cc, &ack);
    }
    assert_int_equal(cc.window, 20 * MTU);
    before = cc.window;
    one_round(before, MTU, 40000, false);
    assert_true(cc.reduced);
    assert_in_range(cc.window, before / 2, before / 2 + MTU);
    cc.ops->timeout(&cc, now);
    assert_int_equal(cc.window, MTU);
    assert_int_equal(cc.pace, 0);
}

/* In flight what the window allows, and never faster than twice what arrived the round before. */
static void the_rate_is_never_twice_exceeded(void **state) {
    begin(OC_CC_RATE);
    for (unsigned i = 0; i < 40; i++) {
        uint32_t bytes = cc.window < 50000 ? cc.window : 50000; /* 1.25 MB/s is all there is */
        one_round(bytes, 0, 40000 + bytes / 10, false);
        if (i)
            assert_true(cc.pace <= 2 * cc.delivered);
    }
    assert_in_range(cc.delivered, 1000000, 1400000);
}

static void random_loss_is_no_congestion_below_ten_per_cent(void **state) {
    uint32_t before;
    begin(OC_CC_RATE);
    for (unsigned i = 0; i < 20; i++)
        one_round(200000, i > 5 ? 16000 : 0, 40000, false); /* 7.4 % */
    assert_false(cc.reduced);
    before = cc.window;
    one_round(200000, 40000, 40000, false); /* 17 % */
    assert_true(cc.reduced);
    assert_true(cc.window <= 140000 && cc.window < before);
}

static void loss_with_a_queue_is_congestion(void **state) {
    begin(OC_CC_RATE);
    for (unsigned i = 0; i < 20; i++)
        one_round(200000, 0, 40000, false);
    assert_false(cc.reduced);
    one_round(200000, MTU, 52000, false);
    assert_true(cc.reduced);
    assert_in_range(cc.window, 130000, 145000);
}

/* A queue of 10 ms on a path of 150 ms is full for a part of a round, and drops then. */
static void a_short_queue_on_a_long_path_is_one(void **state) {
    for (unsigned full = 0; full < 2; full++) {
        begin(OC_CC_RATE);
        for (unsigned i = 0; i < 400; i++) {
            bool late = i % 40 >= 20; /* the second half of each round */
            oc_cc_ack_t ack = {.now_us = now += 3750,
                               .acked = 5000,
                               .lost = i == 399 ? MTU : 0,
                               .in_flight = 200000,
                               .rtt_us = late && full ? 156000 : 150000,
                               .min_rtt_us = 150000,
                               .srtt_us = 152000,
                               .round = i % 40 == 0};
            cc.ops->sent(&cc, 5000, 200000, now);
            cc.ops->acked(&cc, &ack);
        }
        assert_int_equal(cc.reduced, full);
    }
}

/* 8 KB thirty times a second: a key frame leaves at eight times the rate, until a queue shows. */
static void media_may_burst_until_round_trips_grow(void **state) {
    begin(OC_CC_RATE);
    for (unsigned i = 0; i < 200; i++)
        one_round(10000, 0, 40000, true); /* 250 KB/s */
    assert_in_range(cc.pace, 8 * 240000, 8 * 260000);
    assert_true(cc.window >= 49152);
    one_round(10000, 0, 60000, true);
    assert_true(cc.pace <= 2 * cc.delivered);
    for (unsigned i = 0; i < 300; i++) /* ten seconds later it is tried again */
        one_round(10000, 0, 40000, true);
    assert_true(cc.pace >= 8 * 240000);
}

static void no_sack_means_backing_off_exponentially(void **state) {
    uint64_t before;
    begin(OC_CC_RATE);
    for (unsigned i = 0; i < 20; i++)
        one_round(200000, 0, 40000, false);
    for (unsigned i = 0; i < 5; i++) {
        before = cc.delivered;
        cc.ops->timeout(&cc, now += 200000);
        assert_true(cc.delivered <= before / 2 + 1);
    }
    assert_true(cc.window <= 200000 / 16);
}

/* The guarantee of the header, for a fast and a slow path. */
static void the_pacer_keeps_its_promise(void **state) {
    static const uint64_t rates[] = {50000, 1250000, 60000000};
    for (unsigned r = 0; r < 3; r++) {
        oc_pacer_t pacer = {INT64_MIN / 2};
        uint64_t sent = 0, burst = 0;
        begin(OC_CC_RATE);
        cc.pace = rates[r];
        for (int64_t t = 0; t < 2000000; t += 250) {
            uint64_t at_once = 0;
            for (; oc_pacer_ready_us(&pacer, &cc, t) <= t; at_once += MTU) {
                oc_pacer_sent(&pacer, &cc, MTU, t);
                sent += MTU;
            }
            burst = at_once > burst ? at_once : burst;
            uint64_t ahead = rates[r] / 500 + MTU > 10 * MTU ? rates[r] / 500 + MTU : 10 * MTU;
            assert_true(sent <= rates[r] * (uint64_t)t / 1000000 + ahead);
        }
        assert_true(burst >= 10 * MTU);
        assert_true(sent >= rates[r] * 2 * 97 / 100);
    }
}

/* A tenth of a millisecond, a socket's buffer as the only queue: its overflow must not stall. */
static void a_local_path_is_filled(void **state) {
    static net_t net;
    static net_link_t there, back;
    static flow_t f;
    oc_send_stats_t st;
    flow_config_t c = {.send = {.outstanding = 8192, .streams = 1},
                       .first_tsn = 1,
                       .window = 4 << 20,
                       .mtu = 1132,
                       .rtt_us = 100};
    net_init(&net, 1);
    there = back = (net_link_t){.net = &net, .delay_us = 50};
    there.rate = 300000000;
    there.queue = 200000;
    flow_open(&f, &net, &there, &back, &c);
    f.source[0].bulk = 65536;
    flow_stream(&f, 0, OC_SEND_MEDIA, false);
    flow_run(&f);
    net_run(&net, 50000);
    oc_send_stats(f.send, &st, net.now);
    assert_int_equal(st.timeouts, 0);
    assert_int_equal(f.rx.wrong, 0);
    assert_true(f.rx.bytes >= 240 * 50000);
    flow_free(&f);
    net_free(&net);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(newreno_halves_once_per_window),
        cmocka_unit_test(the_rate_is_never_twice_exceeded),
        cmocka_unit_test(random_loss_is_no_congestion_below_ten_per_cent),
        cmocka_unit_test(loss_with_a_queue_is_congestion),
        cmocka_unit_test(a_short_queue_on_a_long_path_is_one),
        cmocka_unit_test(media_may_burst_until_round_trips_grow),
        cmocka_unit_test(no_sack_means_backing_off_exponentially),
        cmocka_unit_test(the_pacer_keeps_its_promise),
        cmocka_unit_test(a_local_path_is_filled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
