/* The virtual network keeps its promises, or every test upon it means nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "oc_sim_net.h"

#define MANY 20000

static oc_sim_datagram_t got;

static unsigned count(oc_sim_net_t *net, int64_t until_us) {
    unsigned n = 0;
    while (oc_sim_net_receive(net, until_us, &got))
        n++;
    return n;
}

static void delay_and_order(void **state) {
    oc_sim_net_t *net = oc_sim_net_create(1);
    unsigned a = oc_sim_net_end(net, "a"), b = oc_sim_net_end(net, "b");
    *oc_sim_net_link(net, a, b) = (oc_sim_link_t){.delay_us = 1000, .jitter_us = 5000};
    for (uint32_t i = 0; i < 1000; i++)
        oc_sim_net_send(net, a, b, "t", 1, &i, sizeof i, i);
    assert_in_range(oc_sim_net_due(net), 1000, 6000);
    assert_false(oc_sim_net_receive(net, 999, &got));
    for (uint32_t i = 0; i < 1000; i++) {
        assert_true(oc_sim_net_receive(net, 100000, &got));
        assert_int_equal(got.len, sizeof i);
        assert_memory_equal(got.data, &i, sizeof i);
        assert_memory_equal(got.tag, "t", 1);
    }
    assert_int_equal(oc_sim_net_due(net), INT64_MAX);
    oc_sim_net_destroy(net);
}

static void chances_are_as_set(void **state) {
    oc_sim_net_t *net = oc_sim_net_create(2);
    unsigned a = oc_sim_net_end(net, "a"), b = oc_sim_net_end(net, "b");
    *oc_sim_net_link(net, a, b) = (oc_sim_link_t){.loss_ppm = 100000,
                                                  .duplicate_ppm = 50000,
                                                  .corrupt_ppm = 20000,
                                                  .reorder_ppm = 30000,
                                                  .reorder_us = 10};
    for (unsigned i = 0; i < MANY; i++)
        oc_sim_net_send(net, a, b, NULL, 0, "0123456789", 10, i);
    unsigned n = count(net, MANY + 100);
    const oc_sim_link_stats_t *s = oc_sim_net_stats(net, a, b);
    assert_in_range(s->lost, MANY * 9 / 100, MANY * 11 / 100);
    assert_in_range(s->duplicated, MANY * 4 / 100, MANY * 5 / 100);
    assert_in_range(s->corrupted, MANY * 15 / 1000, MANY * 24 / 1000);
    assert_in_range(s->reordered, MANY * 25 / 1000, MANY * 35 / 1000);
    assert_int_equal(n, MANY - s->lost + s->duplicated);
    assert_int_equal(s->delivered, n);
    oc_sim_net_destroy(net);
}

static void rate_queue_mtu_and_outage(void **state) {
    oc_sim_net_t *net = oc_sim_net_create(3);
    uint8_t data[1000] = {0};
    unsigned a = oc_sim_net_end(net, "a"), b = oc_sim_net_end(net, "b");
    oc_sim_link_t *link = oc_sim_net_link(net, a, b);
    *link = (oc_sim_link_t){.rate_bps = 8000000, .queue_bytes = 10000, .mtu = 1000};
    for (unsigned i = 0; i < 20; i++)
        oc_sim_net_send(net, a, b, NULL, 0, data, 1000, 0); /* 1 ms each */
    assert_int_equal(oc_sim_net_due(net), 1000);
    assert_int_equal(count(net, 5000), 5);
    assert_int_equal(count(net, 50000), 5);
    assert_int_equal(oc_sim_net_stats(net, a, b)->over_queue, 10);
    oc_sim_net_send(net, a, b, NULL, 0, data, 999, 60000);
    link->mtu = 998;
    oc_sim_net_send(net, a, b, NULL, 0, data, 999, 60000);
    link->down = true;
    oc_sim_net_send(net, a, b, NULL, 0, data, 998, 60000);
    assert_int_equal(count(net, 100000), 1);
    assert_int_equal(oc_sim_net_stats(net, a, b)->over_mtu, 1);
    assert_int_equal(oc_sim_net_stats(net, a, b)->lost, 1);
    oc_sim_net_destroy(net);
}

static void same_seed_same_fate(void **state) {
    uint64_t sum[2] = {0, 0};
    for (unsigned round = 0; round < 2; round++) {
        oc_sim_net_t *net = oc_sim_net_create(4);
        unsigned a = oc_sim_net_end(net, "a"), b = oc_sim_net_end(net, "b");
        *oc_sim_net_default(net) = (oc_sim_link_t){
            .loss_ppm = 300000, .jitter_us = 900, .corrupt_ppm = 100000, .duplicate_ppm = 100000};
        for (unsigned i = 0; i < 1000; i++)
            oc_sim_net_send(net, a, b, NULL, 0, &i, sizeof i, i);
        while (oc_sim_net_due(net) != INT64_MAX) {
            int64_t at = oc_sim_net_due(net);
            assert_true(oc_sim_net_receive(net, at, &got));
            sum[round] = sum[round] * 31 + (uint64_t)at + got.data[0] + 256 * got.data[1];
        }
        oc_sim_net_destroy(net);
    }
    assert_int_equal(sum[0], sum[1]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(delay_and_order),
        cmocka_unit_test(chances_are_as_set),
        cmocka_unit_test(rate_queue_mtu_and_outage),
        cmocka_unit_test(same_seed_same_fate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
