/* Many connections over bad networks: 0 to 30 % loss, round trips of 1 to 600 ms, jitter, NATs,
 * both roles, slow signalling, a network switch or an outage on the way. OC_ICE_SEEDS: how many. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "ice_net.h"
#include "oc_err.h"
#include "oc_random_seeded.h"

static const oc_ice_config_t controlling = {.controlling = true}, controlled = {0};

/* Time until both ends have a pair; -1 never. */
static int64_t connect_time(ice_net_t *net, unsigned signalling_ms) {
    ice_net_gather(net, 0);
    ice_net_gather(net, 1);
    ice_net_signal(net, 0, 1);
    ice_net_run(net, net->now + signalling_ms * MS);
    ice_net_signal(net, 1, 0);
    int64_t from = net->now;
    return ice_net_connect(net, 0, 1, from + 15 * S) ? net->now - from : -1;
}

/* Data both ways within some seconds, whatever is lost. */
static bool data_passes(ice_net_t *net, unsigned seconds) {
    unsigned before[2] = {net->end[0].data, net->end[1].data};
    for (unsigned n = 0; n < seconds * 5; n++) {
        ice_net_data(net, 0);
        ice_net_data(net, 1);
        ice_net_run(net, net->now + 200 * MS);
        if (net->end[0].data > before[0] && net->end[1].data > before[1])
            return true;
    }
    return false;
}

static ice_net_t *make(uint64_t seed) {
    static const nat_kind_t kinds[] = {NAT_NONE, NAT_FULL_CONE, NAT_PORT_RESTRICTED};
    oc_random_seed(seed);
    ice_net_t *net = ice_net_new(seed);
    oc_addr_t home_a = ip4("192.168.1.5", 5000), home_b = ip4("10.0.0.7", 6000);
    net->loss_percent = ice_net_random(net, 31);
    net->delay_us = 500 + ice_net_random(net, 300 * MS);
    net->jitter_us = ice_net_random(net, (uint32_t)(net->delay_us / 4));
    bool swap = ice_net_random(net, 2);
    ice_net_end(net, swap ? &controlled : &controlling, &home_a, kinds[ice_net_random(net, 3)],
                "198.51.100.1");
    ice_net_end(net, swap ? &controlling : &controlled, &home_b, kinds[ice_net_random(net, 3)],
                "198.51.100.2");
    if (ice_net_random(net, 2)) {
        ice_net_relay(net, 0);
        ice_net_relay(net, 1);
    }
    return net;
}

static void bad_networks_connect_and_stay(void **state) {
    const char *many = getenv("OC_ICE_SEEDS");
    unsigned seeds = many ? (unsigned)strtoul(many, NULL, 10) : 400 / OC_TEST_DIVISOR, failed = 0;
    for (unsigned seed = 1; seed <= seeds; seed++) {
        ice_net_t *net = make(seed);
        int64_t time = connect_time(net, ice_net_random(net, 2000));
        /* 3 checks each way, lost at 30 %, and nobody hears of the other: that may happen once */
        if (time < 0) {
            failed++;
            printf("seed %u: loss %u %%, %d ms one way: not connected\n", seed, net->loss_percent,
                   (int)(net->delay_us / MS));
            ice_net_free(net);
            continue;
        }
        ice_net_run(net, net->now + 20 * S);
        if (!data_passes(net, 10))
            fail_msg("seed %u: no data", seed);
        net->down = true; /* an outage of up to 15 s */
        ice_net_run(net, net->now + ice_net_random(net, 15) * S);
        net->down = false;
        if (!data_passes(net, 20))
            fail_msg("seed %u: no data after an outage", seed);
        /* another NAT mapping, where the other NAT lets its packets in */
        ice_interface_t *in = &net->end[1].interface[0];
        if (net->end[0].interface[0].nat == NAT_PORT_RESTRICTED && !net->end[0].relay.family) {
            ice_net_free(net);
            continue;
        }
        in->mappings = in->allowed = 0;
        in->next_port += 50;
        ice_net_run(net, net->now + 30 * S);
        if (!data_passes(net, 30))
            fail_msg("seed %u: loss %u %%, %d ms: no data after a new mapping", seed,
                     net->loss_percent, (int)(net->delay_us / MS));
        ice_net_free(net);
    }
    assert_true(failed * 200 <= seeds);
}

/* Without loss it takes what the round trips take, whatever the delay. */
static void without_loss_it_takes_round_trips(void **state) {
    for (unsigned seed = 1; seed <= 100 / OC_TEST_DIVISOR; seed++) {
        ice_net_t *net = make(seed);
        net->loss_percent = 0;
        int64_t rtt = 2 * (net->delay_us + net->jitter_us);
        int64_t time = connect_time(net, 0);
        if (time < 0 || time > 2 * rtt + 300 * MS)
            fail_msg("seed %u: %d ms at %d ms round trip", seed, (int)(time / MS), (int)(rtt / MS));
        ice_net_free(net);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_networks_connect_and_stay),
        cmocka_unit_test(without_loss_it_takes_round_trips),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
