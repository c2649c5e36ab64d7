/* Two agents find each other: directly, through NATs of each kind, by relay, with IPv6, trickled,
 * with a lite peer, with both in the same role. */
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

static int setup(void **state) {
    oc_random_seed(11);
    net = ice_net_new(11);
    return 0;
}

static int teardown(void **state) {
    ice_net_free(net);
    return 0;
}

static const oc_ice_config_t offerer = {.controlling = true}, answerer = {.controlling = false};

/* Two ends with a NAT of that kind each. */
static void make_pair(nat_kind_t a, nat_kind_t b) {
    oc_addr_t home_a = ip4("192.168.1.5", 5000), home_b = ip4("10.0.0.7", 6000);
    ice_net_end(net, &offerer, &home_a, a, "198.51.100.1");
    ice_net_end(net, &answerer, &home_b, b, "198.51.100.2");
}

/* Offer, answer after `signalling`; b begins when it writes the answer, a when it comes. */
static void signal_both(int64_t signalling) {
    ice_net_gather(net, 0);
    ice_net_gather(net, 1);
    ice_net_signal(net, 0, 1);
    ice_net_run(net, net->now + signalling);
    ice_net_signal(net, 1, 0);
}

/* The check leaves with the answer; one round trip later data may go. */
static void the_first_check_is_not_paced(void **state) {
    make_pair(NAT_NONE, NAT_NONE);
    ice_net_gather(net, 0);
    ice_net_gather(net, 1);
    ice_net_signal(net, 0, 1);
    ice_net_run(net, 1);
    assert_int_equal(net->end[1].first_sent_us, 0);
    ice_net_signal(net, 1, 0);
    assert_true(ice_net_connect(net, 0, 1, S));
    assert_true(net->end[1].at[OC_ICE_SELECTED] <= 40 * MS);
    assert_true(net->end[0].at[OC_ICE_SELECTED] <= 40 * MS + 1);
    ice_net_run(net, S);
    assert_true(net->end[0].ice.concluded && net->end[1].ice.concluded);
    assert_int_equal(net->end[0].count[OC_ICE_SELECTED], 1);
    assert_int_equal(net->end[0].count[OC_ICE_FAILED], 0);
    assert_int_equal(oc_ice_rtt_us(&net->end[0].ice), 40 * MS);
    assert_true(ice_net_works(net, 0, 1));
    /* one pair, and few checks: the first, the nomination, and what crossed */
    assert_true(net->end[0].ice.stats.checks <= 3 && net->end[1].ice.stats.checks <= 3);
}

static const char *name_of(nat_kind_t kind) {
    static const char *const names[] = {"none", "full cone", "port restricted", "symmetric",
                                        "closed"};
    return names[kind];
}

/* Whether a path without the relay exists. */
static bool direct_works(nat_kind_t a, nat_kind_t b) {
    if (a == NAT_CLOSED || b == NAT_CLOSED)
        return false;
    return !(a == NAT_SYMMETRIC && b >= NAT_PORT_RESTRICTED) &&
           !(b == NAT_SYMMETRIC && a >= NAT_PORT_RESTRICTED);
}

/* Each kind with each, at several delays of signalling, with relays: always connected, and without
 * the relay whenever that can be. */
static void each_kind_of_nat_meets_each(void **state) {
    static const int64_t signalling[] = {0, 150 * MS, 1200 * MS};
    for (unsigned n = 0; n < 5 * 5 * 3; n++) {
        nat_kind_t a = n / 15, b = n / 3 % 5;
        ice_net_free(net);
        net = ice_net_new(n);
        make_pair(a, b);
        ice_net_relay(net, 0);
        ice_net_relay(net, 1);
        signal_both(signalling[n % 3]);
        if (!ice_net_connect(net, 0, 1, net->now + 3 * S))
            fail_msg("%s with %s: no connection", name_of(a), name_of(b));
        ice_net_run(net, net->now + 5 * S);
        if (!ice_net_works(net, 0, 1))
            fail_msg("%s with %s: no data", name_of(a), name_of(b));
        assert_int_equal(net->end[0].data_refused + net->end[1].data_refused, 0);
        for (unsigned e = 0; e < 2; e++) {
            oc_path_t path;
            assert_true(oc_ice_selected(&net->end[e].ice, &path));
            bool relayed = path.via || oc_addr_same_ip(&path.remote, &net->relay_ip);
            if (relayed == direct_works(a, b))
                fail_msg("%s with %s: relayed %d", name_of(a), name_of(b), relayed);
        }
    }
}

/* The NAT of the peer opens for us late, so our last check to it waits. */
static void without_relay_a_late_peer_is_still_found(void **state) {
    static const nat_kind_t kinds[][2] = {{NAT_PORT_RESTRICTED, NAT_PORT_RESTRICTED},
                                          {NAT_FULL_CONE, NAT_SYMMETRIC},
                                          {NAT_NONE, NAT_SYMMETRIC},
                                          {NAT_SYMMETRIC, NAT_FULL_CONE}};
    for (unsigned n = 0; n < 4 * 2; n++) {
        ice_net_free(net);
        net = ice_net_new(n);
        make_pair(kinds[n / 2][0], kinds[n / 2][1]);
        signal_both(n % 2 ? 6 * S : 0);
        assert_true(ice_net_connect(net, 0, 1, net->now + 3 * S));
        assert_true(ice_net_works(net, 0, 1));
    }
}

/* Nothing gets through for the first one and a half seconds: the last check of each comes later. */
static void a_deaf_start_is_survived(void **state) {
    make_pair(NAT_PORT_RESTRICTED, NAT_PORT_RESTRICTED);
    net->down = true;
    signal_both(0);
    ice_net_run(net, 1500 * MS);
    net->down = false;
    assert_true(ice_net_connect(net, 0, 1, 3 * S));
}

/* Only the relay works when they meet; a second later the direct path does, and is used. */
static void a_direct_path_replaces_a_relayed_one(void **state) {
    make_pair(NAT_PORT_RESTRICTED, NAT_PORT_RESTRICTED);
    ice_net_relay(net, 0);
    ice_net_relay(net, 1);
    net->end[1].interface[0].down = true;
    signal_both(0);
    assert_true(ice_net_connect(net, 0, 1, S));
    ice_net_run(net, S);
    assert_true(net->end[0].ice.concluded && net->end[0].path.remote.port >= 50000);
    net->end[1].interface[0].down = false;
    ice_net_run(net, 4 * S);
    assert_true(net->end[0].ice.concluded && net->end[1].ice.concluded);
    for (unsigned e = 0; e < 2; e++) {
        assert_int_equal(net->end[e].path.via, 0);
        assert_true(net->end[e].path.remote.port < 50000);
    }
    assert_true(ice_net_works(net, 0, 1));
}

/* What stands behind the nominated pair is not checked any more. */
static void worse_pairs_are_not_checked_after_the_nomination(void **state) {
    make_pair(NAT_NONE, NAT_NONE);
    ice_net_gather(net, 0);
    ice_net_gather(net, 1);
    for (uint16_t n = 0; n < 30; n++) {
        oc_candidate_t c = {.type = OC_CANDIDATE_SRFLX, .component = 1, .priority = 1000u + n};
        c.addr = ip4("203.0.113.200", (uint16_t)(2000 + n));
        oc_ice_add_remote(&net->end[0].ice, &c, 0);
        oc_ice_add_remote(&net->end[1].ice, &c, 0);
    }
    ice_net_signal(net, 0, 1);
    ice_net_signal(net, 1, 0);
    ice_net_run(net, 20 * S);
    /* a round trip and a half until the nomination, at OC_ICE_TA_US each; then none */
    assert_in_range(net->void_sent, 1, 2 * 120 * MS / OC_ICE_TA_US);
    assert_true(net->void_sent < 2 * 30);
}

static void ipv6_and_ipv4_side_by_side(void **state) {
    oc_addr_t a6 = ip6("2001:db8::1", 5000), b6 = ip6("2001:db8:1::1", 6000);
    oc_addr_t local = ip6("fe80::1", 5000);
    make_pair(NAT_NONE, NAT_NONE);
    ice_net_interface(net, 0, &a6, NAT_NONE, NULL);
    ice_net_interface(net, 1, &b6, NAT_NONE, NULL);
    ice_net_interface(net, 0, &local, NAT_NONE, NULL);
    signal_both(0);
    assert_true(ice_net_connect(net, 0, 1, S));
    net->end[0].interface[0].down = true; /* IPv4 is gone: IPv6 takes over, without signalling */
    ice_net_run(net, 20 * S);
    assert_true(ice_net_works(net, 0, 1));
    assert_int_equal(net->end[0].path.remote.family, 6);
    assert_int_equal(net->end[0].count[OC_ICE_CONSENT_LOST], 0);
}

/* Candidates come one by one, before and after the credentials, twice, and from a check first. */
static void candidates_trickle(void **state) {
    make_pair(NAT_PORT_RESTRICTED, NAT_NONE);
    ice_net_gather(net, 1);
    ice_net_candidates(net, 1, 0); /* nothing is known of its credentials */
    ice_net_run(net, 100 * MS);
    assert_int_equal(net->end[0].sent, 0);
    oc_ice_t *a = &net->end[0].ice, *b = &net->end[1].ice;
    assert_int_equal(oc_ice_set_remote(a, oc_ice_ufrag(b), oc_ice_pwd(b), false, net->now), OC_OK);
    assert_int_equal(oc_ice_set_remote(b, oc_ice_ufrag(a), oc_ice_pwd(a), false, net->now), OC_OK);
    ice_net_run(net, 200 * MS);
    assert_int_equal(net->end[0].sent, 0); /* no address of ours */
    ice_net_gather(net, 0);
    assert_true(ice_net_connect(net, 0, 1, S)); /* b knows a from its checks alone */
    ice_net_candidates(net, 0, 1);
    ice_net_candidates(net, 0, 1);
    ice_net_run(net, 2 * S);
    assert_true(ice_net_works(net, 0, 1));
    oc_candidate_t name = {.component = 1, .mdns = "8d28ad41-1a72-41b1-aa98-d3aa98e7a7b6.local"};
    assert_int_equal(oc_ice_add_remote(a, &name, net->now), OC_AGAIN);
}

/* A lite peer answers checks and sends none. */
static void a_lite_peer_is_controlled(void **state) {
    make_pair(NAT_PORT_RESTRICTED, NAT_NONE);
    oc_ice_t *a = &net->end[0].ice, *b = &net->end[1].ice;
    a->controlling = false; /* its offer came to us */
    ice_net_gather(net, 0);
    ice_net_gather(net, 1);
    assert_int_equal(oc_ice_set_remote(a, oc_ice_ufrag(b), oc_ice_pwd(b), true, net->now), OC_OK);
    ice_net_candidates(net, 1, 0);
    assert_true(oc_ice_is_controlling(a));
    ice_net_run(net, S);
    assert_true(a->concluded);
    assert_int_equal(net->end[0].count[OC_ICE_SELECTED], 1);
    assert_int_equal(b->stats.checks, 0);
    uint8_t nominated = 0;
    for (unsigned i = 0; i < OC_ICE_PAIRS_MAX; i++)
        nominated |= b->pair[i].nominated != 0;
    assert_true(nominated);
    ice_net_run(net, 120 * S);
    assert_int_equal(net->end[0].count[OC_ICE_CONSENT_LOST], 0);
}

/* Both think the same of their role (RFC 8445 section 7.3.1.1). */
static void equal_roles_are_settled(void **state) {
    for (unsigned n = 0; n < 16; n++) {
        ice_net_free(net);
        net = ice_net_new(n);
        make_pair(NAT_PORT_RESTRICTED, n & 2 ? NAT_NONE : NAT_PORT_RESTRICTED);
        net->end[0].ice.controlling = net->end[1].ice.controlling = n & 1;
        net->end[0].ice.tie_breaker = n & 4;
        net->end[1].ice.tie_breaker = 2;
        signal_both(n & 8 ? 300 * MS : 0);
        assert_true(ice_net_connect(net, 0, 1, S));
        ice_net_run(net, net->now + 2 * S);
        assert_int_equal(oc_ice_is_controlling(&net->end[0].ice), (n & 4) != 0);
        assert_int_equal(oc_ice_is_controlling(&net->end[1].ice), (n & 4) == 0);
        assert_true(net->end[0].ice.concluded && net->end[1].ice.concluded);
        assert_true(ice_net_works(net, 0, 1));
    }
}

static void nobody_there_is_failed_in_time(void **state) {
    make_pair(NAT_NONE, NAT_CLOSED);
    signal_both(0);
    ice_net_run(net, 14 * S);
    assert_int_equal(net->end[0].count[OC_ICE_FAILED], 0);
    ice_net_run(net, 60 * S);
    assert_int_equal(net->end[0].count[OC_ICE_FAILED], 1);
    assert_int_equal(net->end[0].at[OC_ICE_FAILED], 15 * S);
    assert_int_equal(oc_ice_next_deadline(&net->end[0].ice), INT64_MAX);
    assert_int_equal(net->end[0].ice.stats.checks, OC_ICE_SENDS);
}

static void credentials_follow_the_grammar(void **state) {
    oc_ice_t ice;
    char text[300];
    assert_int_equal(oc_ice_init(&ice, &(oc_ice_config_t){.probes = 11}, 0), OC_ERR_RANGE);
    assert_int_equal(oc_ice_init(&ice, &(oc_ice_config_t){.probe_ms = 255001}, 0), OC_ERR_RANGE);
    assert_int_equal(oc_ice_init(&ice, &offerer, 0), OC_OK);
    assert_int_equal(strlen(oc_ice_ufrag(&ice)), OC_ICE_OUR_UFRAG);
    assert_int_equal(strlen(oc_ice_pwd(&ice)), OC_ICE_OUR_PWD);
    memset(text, 'a', sizeof text);
    text[257] = '\0';
    const char *pwd = "aaaaaaaaaaaaaaaaaaaaaa";
    assert_int_equal(oc_ice_set_remote(&ice, "abc", pwd, false, 0), OC_ERR_FORMAT);
    assert_int_equal(oc_ice_set_remote(&ice, "ab:cd", pwd, false, 0), OC_ERR_FORMAT);
    assert_int_equal(oc_ice_set_remote(&ice, "ab d", pwd, false, 0), OC_ERR_FORMAT);
    assert_int_equal(oc_ice_set_remote(&ice, text, pwd, false, 0), OC_ERR_FORMAT);
    assert_int_equal(oc_ice_set_remote(&ice, "abcd", pwd + 1, false, 0), OC_ERR_FORMAT);
    assert_int_equal(oc_ice_set_remote(&ice, "abcd", text, false, 0), OC_ERR_FORMAT);
    text[256] = '\0';
    assert_int_equal(oc_ice_set_remote(&ice, text, text, false, 0), OC_OK);
    assert_int_equal(oc_ice_set_remote(&ice, text, text, false, 0), OC_OK);
    assert_int_equal(oc_ice_set_remote(&ice, "abcd", pwd, false, 0), OC_ERR_STATE);
    oc_ice_deinit(&ice);
    for (unsigned i = 0; i < sizeof ice.gen; i++)
        assert_int_equal(((const uint8_t *)ice.gen)[i], 0);
}

/* The longest credentials that RFC 8839 allows are those of a check, too. */
static void the_longest_credentials_work(void **state) {
    char ufrag[257], pwd[257];
    make_pair(NAT_NONE, NAT_NONE);
    memset(ufrag, 'u', 256);
    memset(pwd, 'p', 256);
    ufrag[256] = pwd[256] = '\0';
    ice_net_gather(net, 1);
    oc_ice_t *b = &net->end[1].ice;
    assert_int_equal(oc_ice_set_remote(b, ufrag, pwd, false, 0), OC_OK);
    ice_net_candidates(net, 0, 1);
    uint8_t buffer[OC_ICE_DATAGRAM];
    oc_path_t to;
    int len = oc_ice_poll_output(b, 0, buffer, sizeof buffer, &to);
    assert_true(len > 20 + 4 + 265 && len < OC_ICE_DATAGRAM);
    assert_int_equal(oc_ice_poll_output(b, 0, buffer, OC_ICE_DATAGRAM - 1, &to), OC_ERR_NOMEM);
}

int main(void) {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(the_first_check_is_not_paced),
        T(each_kind_of_nat_meets_each),
        T(without_relay_a_late_peer_is_still_found),
        T(a_deaf_start_is_survived),
        T(a_direct_path_replaces_a_relayed_one),
        T(worse_pairs_are_not_checked_after_the_nomination),
        T(ipv6_and_ipv4_side_by_side),
        T(candidates_trickle),
        T(a_lite_peer_is_controlled),
        T(equal_roles_are_settled),
        T(nobody_there_is_failed_in_time),
        T(credentials_follow_the_grammar),
        T(the_longest_credentials_work),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
