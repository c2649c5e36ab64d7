/* Consent (RFC 7675), outages, network switches, keep-alive probes, restarts, and what an idle
 * agent costs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "ice_net.h"
#include "oc_err.h"
#include "oc_random_seeded.h"

static ice_net_t *net;
static oc_ice_t *a, *b; /* a controls */

/* Two ends that are connected at once; b has a NAT of that kind. */
static void connect_two(uint64_t seed, const oc_ice_config_t *config, nat_kind_t nat) {
    oc_ice_config_t other = *config;
    oc_addr_t home_a = ip4("192.0.2.5", 5000), home_b = ip4("10.0.0.7", 6000);
    if (net)
        ice_net_free(net);
    oc_random_seed(seed);
    net = ice_net_new(seed);
    other.controlling = !config->controlling;
    ice_net_end(net, &other, &home_a, NAT_NONE, NULL);
    ice_net_end(net, config, &home_b, nat, "198.51.100.2");
    a = &net->end[0].ice;
    b = &net->end[1].ice;
    ice_net_gather(net, 0);
    ice_net_gather(net, 1);
    ice_net_signal(net, 0, 1);
    ice_net_signal(net, 1, 0);
    assert_true(ice_net_connect(net, 0, 1, S));
    ice_net_run(net, S);
}

static int setup(void **state) {
    connect_two(3, &(oc_ice_config_t){0}, NAT_PORT_RESTRICTED);
    return 0;
}

static int teardown(void **state) {
    ice_net_free(net);
    net = NULL;
    return 0;
}

/* An hour of nothing: one check each five seconds, and one timer for it. */
static void an_idle_agent_only_asks_for_consent(void **state) {
    unsigned checks = a->stats.checks, woken = net->end[0].woken, sent = net->end[0].sent;
    ice_net_run(net, 3601 * S);
    checks = a->stats.checks - checks;
    woken = net->end[0].woken - woken;
    assert_true(checks > 3600 / 5 - 40 && checks < 3600 / 5 + 40);
    /* its own timer, and the answers to the peer's checks */
    assert_true(woken <= 2 * checks + 80);
    assert_true(net->end[0].sent - sent <= 2 * checks + 80);
    assert_int_equal(net->end[0].count[OC_ICE_SELECTED], 1);
    assert_int_equal(net->end[0].count[OC_ICE_CONSENT_LOST], 0);
    assert_int_equal(b->unconsented, OC_ICE_UNCONSENTED);
}

/* RFC 7675 section 5.1: 5 s times 0.8 to 1.2, never the same. */
static void intervals_are_random(void **state) {
    int64_t least = INT64_MAX, maximum = 0;
    ice_net_run(net, 10 * S); /* what the peer named in vain is given up */
    for (unsigned i = 0; i < 200; i++) {
        unsigned checks = a->stats.checks;
        int64_t from = net->now;
        while (a->stats.checks == checks)
            ice_net_run(net, net->now + 10 * MS);
        if (!i)
            continue;
        least = net->now - from < least ? net->now - from : least;
        maximum = net->now - from > maximum ? net->now - from : maximum;
    }
    assert_true(least >= 4000 * MS && least < 4300 * MS);
    assert_true(maximum <= 6100 * MS && maximum > 5700 * MS);
}

#define PAIRS 10

/* Agents with a common budget ask at the same time, each 4 to 6 s after its last answer; and one
 * that joins late comes into step. */
static void agents_of_one_process_ask_together(void **state) {
    oc_ice_budget_t budget;
    int64_t last[PAIRS] = {0}, least = INT64_MAX, maximum = 0;
    unsigned checks[PAIRS], times = 0, all = 0;
    ice_net_free(net);
    net = ice_net_new(9);
    oc_ice_budget_init(&budget, 0);
    for (unsigned i = 0; i < PAIRS; i++) {
        oc_addr_t ours = ip4("192.0.2.5", (uint16_t)(5000 + i));
        oc_addr_t theirs = ip4("198.51.100.7", (uint16_t)(6000 + i));
        ice_net_end(net, &(oc_ice_config_t){.budget = &budget}, &ours, NAT_NONE, NULL);
        ice_net_end(net, &(oc_ice_config_t){.controlling = true}, &theirs, NAT_NONE, NULL);
        ice_net_gather(net, 2 * i);
        ice_net_gather(net, 2 * i + 1);
        ice_net_signal(net, 2 * i, 2 * i + 1);
        ice_net_signal(net, 2 * i + 1, 2 * i);
        assert_true(ice_net_connect(net, 2 * i, 2 * i + 1, net->now + S));
        ice_net_run(net, net->now + 1700 * MS);
    }
    ice_net_run(net, net->now + 200 * S); /* in step */
    for (unsigned i = 0; i < PAIRS; i++)
        checks[i] = net->end[2 * i].ice.stats.checks;
    for (unsigned step = 0; step < 100 * 1000 / 10; step++) {
        bool any = false;
        ice_net_run(net, net->now + 10 * MS);
        for (unsigned i = 0; i < PAIRS; i++) {
            unsigned now = net->end[2 * i].ice.stats.checks;
            if (now == checks[i])
                continue;
            if (last[i] && net->now - last[i] < least)
                least = net->now - last[i];
            if (last[i] && net->now - last[i] > maximum)
                maximum = net->now - last[i];
            last[i] = net->now;
            all += now - checks[i];
            checks[i] = now;
            any = true;
        }
        times += any;
    }
    assert_in_range(all, PAIRS * 100 / 6, PAIRS * 100 / 4);
    assert_true(times <= 100 / 4 + 2); /* not ten times as many */
    assert_true(least >= 4000 * MS && maximum <= 6100 * MS && maximum - least > 500 * MS);
}

/* However it falls: 20 s without a single datagram are survived, without signalling. */
static void twenty_seconds_of_outage_are_survived(void **state) {
    for (unsigned n = 0; n < 60; n++) {
        connect_two(100 + n, &(oc_ice_config_t){.controlling = n & 1}, NAT_PORT_RESTRICTED);
        ice_net_run(net, 20 * S + n * 100 * MS);
        net->down = true;
        ice_net_run(net, net->now + 20 * S);
        net->down = false;
        assert_true(ice_net_works(net, 0, 1)); /* at once: nobody had to wait for a timer */
        ice_net_run(net, net->now + 20 * S);
        for (unsigned e = 0; e < 2; e++)
            assert_int_equal(net->end[e].count[OC_ICE_CONSENT_LOST], 0);
    }
}

/* Consent ends 30 s after the last answer, not before and not later, and then nothing is sent. */
static void consent_ends_after_thirty_seconds(void **state) {
    int64_t answered = a->pair[a->selected].answered_us;
    oc_path_t path;
    net->down = true;
    ice_net_run(net, answered + 30 * S - 1);
    assert_true(oc_ice_selected(a, &path));
    ice_net_run(net, answered + 30 * S);
    assert_false(oc_ice_selected(a, &path));
    assert_int_equal(net->end[0].count[OC_ICE_CONSENT_LOST], 1);
    assert_int_equal(net->end[0].at[OC_ICE_CONSENT_LOST], answered + 30 * S);
    ice_net_run(net, net->now + 10 * S);
    unsigned sent = net->end[0].sent;
    ice_net_run(net, net->now + 600 * S);
    assert_int_equal(net->end[0].sent, sent);
    assert_int_equal(oc_ice_next_deadline(a), INT64_MAX);
}

/* [B11] n probes unanswered is an event; one answer of n is enough to go on. */
static void probes_notify_silence(void **state) {
    connect_two(5, &(oc_ice_config_t){.probe_ms = 2000, .probes = 3}, NAT_NONE);
    unsigned checks = b->stats.checks;
    ice_net_run(net, 101 * S);
    assert_in_range(b->stats.checks - checks, 48, 52);
    int64_t answered = b->pair[b->selected].answered_us;
    net->down = true;
    ice_net_run(net, net->now + 20 * S);
    assert_int_equal(net->end[1].count[OC_ICE_SILENT], 1);
    assert_in_range(net->end[1].at[OC_ICE_SILENT], answered + 6 * S, answered + 7 * S);
    net->down = false;
    ice_net_run(net, net->now + 10 * S);
    answered = b->pair[b->selected].answered_us;
    net->down = true;
    ice_net_run(net, answered + 4 * S);
    net->down = false; /* a later probe gets through */
    ice_net_run(net, net->now + 10 * S);
    assert_int_equal(net->end[1].count[OC_ICE_SILENT], 1);
}

/* The NAT in front of b forgets its mapping; whoever controls, both go on without signalling. */
static void a_new_nat_mapping_is_followed(void **state) {
    for (unsigned n = 0; n < 2; n++) {
        connect_two(20 + n, &(oc_ice_config_t){.controlling = n == 0}, NAT_PORT_RESTRICTED);
        ice_interface_t *in = &net->end[1].interface[0];
        in->mappings = in->allowed = 0;
        in->next_port += 100;
        ice_net_run(net, net->now + 16 * S);
        assert_int_equal(net->end[0].path.remote.port, in->mapping[0].port);
        assert_true(ice_net_works(net, 0, 1));
        assert_int_equal(net->end[0].count[OC_ICE_CONSENT_LOST], 0);
        assert_int_equal(net->end[1].count[OC_ICE_CONSENT_LOST], 0);
        assert_int_equal(net->end[1].count[OC_ICE_MAPPED], 1);
    }
}

/* The controlling one sees a new tuple of its peer: it asks the old one, and is over in 3.5 s. */
static void a_new_tuple_casts_doubt_on_the_old(void **state) {
    for (unsigned n = 0; n < 20; n++) {
        connect_two(60 + n, &(oc_ice_config_t){0}, NAT_PORT_RESTRICTED);
        ice_net_run(net, 10 * S + n * 300 * MS);
        ice_interface_t *in = &net->end[1].interface[0];
        unsigned valid = net->end[0].count[OC_ICE_PAIR_VALID];
        in->mappings = in->allowed = 0;
        in->next_port += 100;
        while (net->end[0].count[OC_ICE_PAIR_VALID] == valid)
            ice_net_run(net, net->now + 10 * MS);
        ice_net_run(net, net->now + 3500 * MS);
        assert_int_equal(net->end[0].path.remote.port, in->mapping[0].port);
    }
}

/* b moves from one network to another, as a phone does; its agent learns the new address. */
static void a_network_switch_needs_no_restart(void **state) {
    for (unsigned n = 0; n < 2; n++) {
        connect_two(30 + n, &(oc_ice_config_t){.controlling = n == 0}, NAT_PORT_RESTRICTED);
        oc_addr_t mobile = ip4("10.64.0.9", 6100);
        unsigned i = ice_net_interface(net, 1, &mobile, NAT_PORT_RESTRICTED, "198.51.100.77");
        ice_net_gather(net, 1);
        net->end[1].interface[0].down = true;
        int64_t left = net->now;
        ice_net_candidates(net, 1, 0);
        ice_net_run(net, left + 12 * S);
        assert_true(oc_addr_same_ip(&net->end[0].path.remote, &net->end[1].interface[i].outside));
        assert_true(ice_net_works(net, 0, 1));
        /* told that the old address is gone, it is there at once */
        net->end[1].interface[0].down = false;
        oc_addr_t old = net->end[1].interface[0].addr;
        ice_net_run(net, net->now + 10 * S);
        oc_ice_remove_local(b, 0, &old, net->now);
        ice_net_run(net, net->now + S);
        assert_true(ice_net_works(net, 0, 1));
    }
}

/* A restart by either side, while data goes on over the old pair. */
static void a_restart_keeps_the_old_pair_until_the_new_one(void **state) {
    for (unsigned n = 0; n < 4; n++) {
        connect_two(40 + n, &(oc_ice_config_t){.controlling = n & 1}, NAT_PORT_RESTRICTED);
        unsigned first = n / 2, second = !first;
        char before[16];
        strcpy(before, oc_ice_ufrag(a));
        oc_ice_restart(&net->end[first].ice, net->now);
        assert_true(ice_net_works(net, 0, 1));
        ice_net_run(net, net->now + 12 * S); /* slow signalling: consent goes on meanwhile */
        assert_true(ice_net_works(net, 0, 1));
        oc_ice_restart(&net->end[second].ice, net->now);
        assert_string_not_equal(before, oc_ice_ufrag(a));
        ice_net_gather(net, 0);
        ice_net_gather(net, 1);
        ice_net_signal(net, first, second);
        ice_net_run(net, net->now + 200 * MS);
        ice_net_signal(net, second, first);
        assert_true(ice_net_works(net, 0, 1));
        for (unsigned e = 0; e < 2; e++) {
            const oc_ice_t *ice = &net->end[e].ice;
            assert_int_equal(ice->remote[ice->pair[ice->selected].remote].generation,
                             ice->generation);
            assert_true(ice->concluded);
            assert_int_equal(net->end[e].count[OC_ICE_CONSENT_LOST], 0);
            assert_int_equal(oc_ice_is_controlling(ice), e == (n & 1));
        }
        ice_net_run(net, net->now + 60 * S);
        assert_int_equal(net->end[0].data_refused + net->end[1].data_refused, 0);
        assert_string_equal(a->gen[!a->generation].ufrag, ""); /* the old password is forgotten */
        assert_int_equal(net->end[0].count[OC_ICE_PAIR_GONE], 0); /* the tuple stayed valid */
        assert_true(ice_net_works(net, 0, 1));
    }
}

/* 60 s of outage end consent; a restart brings the connection back within two round trips. */
static void a_minute_of_outage_is_over_with_a_restart(void **state) {
    net->down = true;
    ice_net_run(net, 61 * S);
    assert_int_equal(net->end[0].count[OC_ICE_CONSENT_LOST], 1);
    net->down = false;
    oc_ice_restart(a, net->now);
    oc_ice_restart(b, net->now);
    ice_net_signal(net, 0, 1);
    ice_net_signal(net, 1, 0);
    int64_t from = net->now;
    assert_true(ice_net_connect(net, 0, 1, net->now + S));
    assert_true(net->now - from <= 2 * 40 * MS);
    assert_true(ice_net_works(net, 0, 1));
    assert_int_equal(net->end[0].count[OC_ICE_SELECTED], 2);
}

/* Restarts without end, with and without an answer: nothing piles up. */
static void many_restarts_leave_nothing_behind(void **state) {
    for (unsigned n = 0; n < 200; n++) {
        oc_ice_restart(a, net->now);
        if (n % 3 == 0)
            continue;
        if (n % 3 == 1)
            ice_net_run(net, net->now + 100 * MS);
        oc_ice_restart(b, net->now);
        ice_net_signal(net, 0, 1);
        ice_net_signal(net, 1, 0);
        ice_net_run(net, net->now + (n % 5 ? 300 * MS : 40 * S));
        assert_true(ice_net_works(net, 0, 1));
    }
    ice_net_run(net, net->now + 60 * S);
    unsigned pairs = 0, remotes = 0;
    for (unsigned i = 0; i < OC_ICE_PAIRS_MAX; i++)
        pairs += a->pair[i].state != 0;
    for (unsigned i = 0; i < OC_ICE_REMOTE_MAX; i++)
        remotes += a->remote[i].addr.family != 0;
    assert_true(pairs <= 3 && remotes <= 3);
}

int main(void) {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(an_idle_agent_only_asks_for_consent),
        T(agents_of_one_process_ask_together),
        T(intervals_are_random),
        T(twenty_seconds_of_outage_are_survived),
        T(consent_ends_after_thirty_seconds),
        T(probes_notify_silence),
        T(a_new_nat_mapping_is_followed),
        T(a_new_tuple_casts_doubt_on_the_old),
        T(a_network_switch_needs_no_restart),
        T(a_restart_keeps_the_old_pair_until_the_new_one),
        T(a_minute_of_outage_is_over_with_a_restart),
        T(many_restarts_leave_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
