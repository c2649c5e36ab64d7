/* What an offer can make an agent send to somebody who never asked for it: the limits of
 * oc_ice_budget and of oc_ice, counted on the wire. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "ice_net.h"
#include "ice_raw.h"
#include "oc_err.h"
#include "oc_random_seeded.h"

static int setup(void **state) {
    oc_random_seed(17);
    return 0;
}

static oc_candidate_t victim(unsigned n) {
    oc_candidate_t c = {.type = OC_CANDIDATE_SRFLX, .component = 1};
    c.addr = ip4("203.0.113.100", (uint16_t)(2000 + n));
    c.addr.ip[3] = (uint8_t)(c.addr.ip[3] + n);
    c.priority = oc_candidate_priority(c.type, (uint16_t)n, 1);
    return c;
}

static void addresses_that_are_never_sent_to(void **state) {
    static const struct {
        const char *ip;
        uint16_t port;
        bool allowed, with_loopback;
    } rows[] = {
        {"192.0.2.1", 5000, true, true},
        {"192.0.2.1", 0, false, false},
        {"192.0.2.1", 53, false, false},
        {"192.0.2.1", 1023, false, false},
        {"192.0.2.1", 1024, true, true},
        {"192.0.2.1", 443, true, true},
        {"192.0.2.1", 3478, true, true},
        {"127.0.0.1", 5000, false, true},
        {"127.9.9.9", 5000, false, true},
        {"0.0.0.0", 5000, false, false},
        {"0.1.2.3", 5000, false, false},
        {"224.0.0.1", 5000, false, false},
        {"239.255.1.1", 5000, false, false},
        {"255.255.255.255", 5000, false, false},
        {"::1", 5000, false, true},
        {"::", 5000, false, false},
        {"ff02::1", 5000, false, false},
        {"2001:db8::1", 5000, true, true},
        {"::ffff:127.0.0.1", 5000, false, true},
        {"::ffff:224.0.0.1", 5000, false, false},
        {"10.0.0.1", 5000, true, true},
        {"fe80::1", 5000, true, true},
    };
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        oc_addr_t addr = ip4(rows[i].ip, rows[i].port);
        if (oc_ice_address_allowed(&addr, false) != rows[i].allowed ||
            oc_ice_address_allowed(&addr, true) != rows[i].with_loopback)
            fail_msg("%s:%u", rows[i].ip, rows[i].port);
        oc_ice_t ice;
        oc_candidate_t c = victim(0);
        oc_addr_t here = addr.family == 6 ? ip6("2001:db8::9", 5000) : ip4("192.0.2.9", 5000);
        c.addr = addr;
        raw_init(&ice, &(oc_ice_config_t){0}, &here);
        assert_int_equal(oc_ice_add_remote(&ice, &c, 0), rows[i].allowed ? OC_OK : OC_ERR_INVAL);
        /* and not answered either, whoever has the password */
        if (!rows[i].allowed) {
            assert_int_equal(raw_check(&ice, &(raw_check_t){0}, &addr, 0), OC_ERR_NOTSUP);
            assert_int_equal(raw_answer_all(&ice, 0), 0);
        }
    }
    oc_ice_t ice;
    oc_addr_t here = ip4("192.0.2.9", 5000);
    oc_candidate_t c = victim(0);
    raw_init(&ice, &(oc_ice_config_t){0}, &here);
    c.component = 2;
    assert_int_equal(oc_ice_add_remote(&ice, &c, 0), OC_ERR_NOTSUP);
    c.component = 1;
    c.addr.family = 0;
    assert_int_equal(oc_ice_add_remote(&ice, &c, 0), OC_ERR_INVAL);
}

/* The whole of an offer that names strangers: candidates at once, and more for an hour. */
static void an_offer_aims_few_bytes_at_strangers(void **state) {
    for (unsigned locals = 1; locals <= 4; locals++) {
        ice_net_t *net = ice_net_new(locals);
        oc_addr_t home = ip4("192.0.2.5", 5000);
        char ufrag[257];
        unsigned accepted = 0;
        memset(ufrag, 'u', 256);
        ufrag[256] = '\0';
        ice_net_end(net, &(oc_ice_config_t){0}, &home, NAT_NONE, NULL);
        for (unsigned i = 1; i < locals; i++) {
            home.ip[3]++;
            ice_net_interface(net, 0, &home, NAT_NONE, NULL);
        }
        oc_ice_t *ice = &net->end[0].ice;
        ice_net_gather(net, 0);
        oc_ice_set_remote(ice, locals & 1 ? ufrag : RAW_UFRAG, RAW_PWD, false, 0);
        for (unsigned n = 0; n < 100; n++) {
            oc_candidate_t c = victim(n);
            int rc = oc_ice_add_remote(ice, &c, net->now);
            accepted += rc == OC_OK;
            assert_true(rc == OC_OK || rc == OC_ERR_BUSY);
            ice_net_run(net, net->now + (n > 40 ? 30 * S : 100));
        }
        assert_int_equal(accepted, OC_ICE_REMOTE_MAX);
        assert_true(net->void_sent <= OC_ICE_SENDS * OC_ICE_REMOTE_MAX);
        assert_true(net->void_bytes <= OC_ICE_UNCONSENTED);
        assert_true(net->void_bytes > OC_ICE_UNCONSENTED / 4); /* the test means something */
        assert_int_equal(oc_ice_next_deadline(ice), INT64_MAX);
        ice_net_free(net);
    }
}

/* We have two addresses, so each of theirs stands in two pairs. */
static void no_address_gets_more_than_three(void **state) {
    oc_ice_t ice;
    oc_addr_t here = ip4("192.0.2.5", 5000);
    oc_candidate_t other = {.type = OC_CANDIDATE_HOST, .component = 1, .priority = 1 << 24};
    oc_path_t to;
    oc_stun_msg_t msg;
    unsigned sent[8] = {0};
    raw_init(&ice, &(oc_ice_config_t){0}, &here);
    other.addr = ip4("192.0.2.6", 5000);
    assert_int_equal(oc_ice_add_local(&ice, &other, 0), OC_OK);
    for (unsigned n = 0; n < 8; n++) {
        oc_candidate_t c = victim(n);
        assert_int_equal(oc_ice_add_remote(&ice, &c, 0), OC_OK);
    }
    for (int64_t now = 0; now != INT64_MAX; now = oc_ice_next_deadline(&ice))
        while (raw_poll(&ice, now, &to, &msg))
            sent[to.remote.port - 2000]++;
    for (unsigned n = 0; n < 8; n++)
        assert_int_equal(sent[n], OC_ICE_SENDS);
    assert_int_equal(raw_events(&ice, OC_ICE_FAILED, NULL), 1);
}

/* All ports of one host share an allowance, and so do what is sent early and checks. */
static void a_host_gets_no_more_for_many_ports(void **state) {
    oc_ice_t ice;
    oc_addr_t here = ip4("192.0.2.5", 5000);
    oc_path_t to;
    oc_stun_msg_t msg;
    unsigned sent = 0, maximum = 0, to_port[OC_ICE_REMOTE_MAX] = {0};
    raw_init(&ice, &(oc_ice_config_t){0}, &here);
    for (unsigned n = 0; n < OC_ICE_REMOTE_MAX; n++) {
        oc_candidate_t c = victim(0);
        c.addr.port = (uint16_t)(2000 + n);
        assert_int_equal(oc_ice_add_remote(&ice, &c, 0), OC_OK);
    }
    for (int64_t now = 0; now != INT64_MAX; now = oc_ice_next_deadline(&ice))
        while (raw_poll(&ice, now, &to, &msg)) {
            sent++;
            to_port[to.remote.port - 2000]++;
            while (oc_ice_first_path(&ice, &to) && oc_ice_spend(&ice, 200) == OC_OK) {
                sent++;
                to_port[to.remote.port - 2000]++;
            }
        }
    for (unsigned n = 0; n < OC_ICE_REMOTE_MAX; n++)
        maximum = to_port[n] > maximum ? to_port[n] : maximum;
    assert_int_equal(sent, OC_ICE_HOST_SENDS);
    assert_in_range(maximum, 2, OC_ICE_SENDS);
}

/* Requests with the source of a victim, signed by who made the offer: answers and checks go to the
 * victim, and end with the bytes of the offer. */
static void forged_sources_are_paid_from_the_same_purse(void **state) {
    oc_ice_t ice;
    oc_addr_t here = ip4("192.0.2.5", 5000);
    oc_path_t to;
    uint64_t bytes = 0;
    uint8_t buffer[OC_ICE_DATAGRAM];
    int64_t now = 0;
    raw_init(&ice, &(oc_ice_config_t){0}, &here);
    for (unsigned n = 0; n < 5000; n++) {
        oc_addr_t from = ip4("203.0.113.200", (uint16_t)(2000 + n % 700));
        int len;
        now += 20 * MS;
        raw_check(&ice, &(raw_check_t){.use = true, .unknown = n % 5 ? 0 : 0x7F00}, &from, now);
        while ((len = oc_ice_poll_output(&ice, now, buffer, sizeof buffer, &to)) > 0)
            bytes += (unsigned)len + OC_ICE_HEADERS;
    }
    assert_true(bytes <= OC_ICE_UNCONSENTED);
    assert_true(bytes > OC_ICE_UNCONSENTED - 400);
    /* a peer that answers is not held up by that for ever: consent earns some of it back */
}

/* What is spent on a tuple that turns out to be the peer is given back. */
static void a_peer_that_answers_costs_nothing(void **state) {
    oc_ice_t ice;
    oc_addr_t here = ip4("192.0.2.5", 5000), there = ip4("198.51.100.7", 6000);
    oc_path_t to;
    raw_init(&ice, &(oc_ice_config_t){0}, &here);
    for (unsigned n = 0; n < 300; n++) {
        there.port++;
        raw_check(&ice, &(raw_check_t){.use = true}, &there, n * 2 * S);
        assert_int_equal(raw_answer_all(&ice, n * 2 * S) > 0, true);
        assert_int_equal(ice.unconsented, OC_ICE_UNCONSENTED);
        while (raw_events(&ice, OC_ICE_SELECTED, NULL))
            ;
    }
    assert_true(oc_ice_selected(&ice, &to));
    assert_int_equal(ice.stats.withheld, 0);
}

/* What goes with the first check, such as a ClientHello, is paid for as well. */
static void early_data_is_counted(void **state) {
    oc_ice_t ice;
    oc_addr_t here = ip4("192.0.2.5", 5000);
    oc_path_t to;
    oc_stun_msg_t msg;
    oc_candidate_t c = victim(1);
    unsigned allowed = 0;
    raw_init(&ice, &(oc_ice_config_t){0}, &here);
    assert_false(oc_ice_first_path(&ice, &to));
    oc_ice_add_remote(&ice, &c, 0);
    assert_true(raw_poll(&ice, 0, &to, &msg));
    assert_true(oc_ice_first_path(&ice, &to));
    assert_int_equal(to.remote.port, 2001);
    while (oc_ice_spend(&ice, 200) == OC_OK)
        allowed++;
    assert_int_equal(ice.stats.withheld, 1);
    assert_int_equal(allowed, OC_ICE_SENDS - 2); /* a check left, and one may be repeated */
    assert_int_equal(raw_answer(&ice, &msg, &to, 0, MS), OC_ICE_RESPONSE);
    assert_false(oc_ice_first_path(&ice, &to)); /* there is a selected pair now */
}

/* The peer's request says better where it is than any candidate. */
static void early_data_follows_the_first_request(void **state) {
    oc_ice_t ice;
    oc_addr_t here = ip4("192.0.2.5", 5000), there = ip4("198.51.100.7", 6000);
    oc_path_t to;
    oc_stun_msg_t msg;
    oc_candidate_t c = victim(1);
    raw_init(&ice, &(oc_ice_config_t){0}, &here);
    oc_ice_add_remote(&ice, &c, 0);
    assert_true(raw_poll(&ice, 0, &to, &msg));
    raw_check(&ice, &(raw_check_t){0}, &there, MS);
    assert_true(oc_ice_first_path(&ice, &to));
    assert_true(oc_addr_equal(&to.remote, &there));
    int32_t before = ice.unconsented;
    assert_int_equal(oc_ice_spend(&ice, 1000), OC_OK);
    assert_int_equal(before - ice.unconsented, 1000 + OC_ICE_HEADERS);
    raw_answer_all(&ice, MS);
    assert_true(ice.unconsented >= before - 200); /* given back: it was the peer */
}

/* Ten viewers at once, each with five addresses that do not work, and one allowance for all. */
static void viewers_are_not_held_up_by_each_other(void **state) {
    oc_ice_budget_t budget;
    ice_net_t *net = ice_net_new(9);
    oc_path_t path;
    oc_ice_budget_init(&budget, 0);
    for (unsigned n = 0; n < 10; n++) {
        oc_addr_t camera = ip4("192.0.2.5", (uint16_t)(5000 + n));
        oc_addr_t viewer = ip4("10.0.0.7", (uint16_t)(6000 + n));
        char outside[32] = "198.51.100.10";
        outside[12] = (char)('0' + n);
        ice_net_end(net, &(oc_ice_config_t){.budget = &budget}, &camera, NAT_NONE, NULL);
        ice_net_end(net, &(oc_ice_config_t){.controlling = true}, &viewer, NAT_PORT_RESTRICTED,
                    outside);
        for (unsigned e = 2 * n; e < 2 * n + 2; e++)
            ice_net_gather(net, e);
        for (unsigned i = 0; i < 5; i++) {
            oc_candidate_t c = victim(10 * n + i);
            c.priority |= 0x70000000;
            oc_ice_add_remote(&net->end[2 * n].ice, &c, 0);
        }
        ice_net_signal(net, 2 * n + 1, 2 * n);
        ice_net_signal(net, 2 * n, 2 * n + 1);
    }
    ice_net_run(net, 150 * MS);
    for (unsigned e = 0; e < 20; e++)
        assert_true(oc_ice_selected(&net->end[e].ice, &path));
    ice_net_free(net);
}

static void the_allowance_of_a_process_holds_in_every_second(void **state) {
    oc_ice_budget_t budget;
    int64_t taken[4000];
    unsigned count = 0, first = 0, maximum = 0;
    oc_ice_budget_init(&budget, 0);
    for (int64_t now = 0; now < 10 * S; now += MS) {
        while (oc_ice_budget_take(&budget, now % (3 * S) > S, now))
            taken[count++] = now;
        while (taken[first] <= now - S)
            first++;
        maximum = count - first > maximum ? count - first : maximum;
        int64_t when = oc_ice_budget_when(&budget, true, now);
        oc_ice_budget_t copy = budget;
        assert_true(when == now || !oc_ice_budget_take(&copy, true, when - 1));
        copy = budget;
        assert_true(oc_ice_budget_take(&copy, true, when));
    }
    assert_in_range(maximum, OC_ICE_UNANSWERED_PER_S - OC_ICE_BURST, OC_ICE_UNANSWERED_PER_S);
    unsigned before = count;
    while (oc_ice_budget_take(&budget, true, 10 * S))
        count++;
    oc_ice_budget_give(&budget); /* answered: another one may go */
    assert_true(oc_ice_budget_take(&budget, true, 10 * S));
    assert_false(oc_ice_budget_take(&budget, true, 10 * S));
    assert_true(count >= before);
}

/* 20 agents with offers that name strangers, at once: together no more than the allowance, and a
 * viewer that comes meanwhile is not kept out. */
static void offers_of_many_share_one_allowance(void **state) {
    oc_ice_budget_t budget;
    ice_net_t *net = ice_net_new(5);
    unsigned maximum = 0, window[10] = {0}, before = 0;
    oc_ice_config_t config = {.budget = &budget};
    oc_ice_budget_init(&budget, 0);
    for (unsigned n = 0; n < 20; n++) {
        oc_addr_t home = ip4("192.0.2.5", (uint16_t)(5000 + n));
        ice_net_end(net, &config, &home, NAT_NONE, NULL);
        ice_net_gather(net, n);
        oc_ice_set_remote(&net->end[n].ice, RAW_UFRAG, RAW_PWD, false, 0);
        for (unsigned i = 0; i < 32; i++) {
            oc_candidate_t c = victim(i);
            oc_ice_add_remote(&net->end[n].ice, &c, 0);
        }
    }
    for (unsigned n = 0; n < 100; n++) {
        ice_net_run(net, n * 100 * MS);
        window[n % 10] = net->void_sent - before;
        before = net->void_sent;
        unsigned sum = 0;
        for (unsigned i = 0; i < 10; i++)
            sum += window[i];
        maximum = sum > maximum ? sum : maximum;
        if (n != 20)
            continue;
        oc_addr_t camera = ip4("192.0.2.5", 5100), viewer = ip4("198.51.100.7", 6000);
        ice_net_end(net, &config, &camera, NAT_NONE, NULL);
        ice_net_end(net, &(oc_ice_config_t){.controlling = true}, &viewer, NAT_NONE, NULL);
        ice_net_gather(net, 20);
        ice_net_gather(net, 21);
        ice_net_signal(net, 20, 21);
        ice_net_signal(net, 21, 20);
        assert_true(ice_net_connect(net, 20, 21, net->now + 100 * MS));
    }
    assert_in_range(maximum, 150, OC_ICE_UNANSWERED_PER_S);
    ice_net_free(net);
}

int main(void) {
#define T(f) cmocka_unit_test_setup(f, setup)
    const struct CMUnitTest tests[] = {
        T(addresses_that_are_never_sent_to),
        T(an_offer_aims_few_bytes_at_strangers),
        T(no_address_gets_more_than_three),
        T(a_host_gets_no_more_for_many_ports),
        T(forged_sources_are_paid_from_the_same_purse),
        T(a_peer_that_answers_costs_nothing),
        T(early_data_is_counted),
        T(early_data_follows_the_first_request),
        T(viewers_are_not_held_up_by_each_other),
        T(the_allowance_of_a_process_holds_in_every_second),
        T(offers_of_many_share_one_allowance),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
