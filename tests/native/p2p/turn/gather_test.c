/* oc_gather: candidates of several servers, keep-alive, changed addresses, the edges READY and
 * CONNECT_FAIL. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "oc_err.h"
#include "oc_random_seeded.h"
#include "oc_stun.h"
#include "turn_rig.h"

static rig_t rig;

static int set_up(void **state) {
    oc_random_seed(4);
    turn_rig_init(&rig, 4, NULL);
    return 0;
}

static int tear_down(void **state) {
    return turn_rig_close(&rig);
}

static void restart(const oc_gather_config_t *config) {
    turn_rig_close(&rig);
    turn_rig_init(&rig, 4, config);
}

/* [B8] */
static void ready_and_a_candidate_after_one_round_trip(void **state) {
    turn_rig_stun(&rig, 0);
    assert_false(oc_gather_settled(&rig.gather));
    turn_rig_run(&rig, 41 * RIG_MS);
    assert_int_equal(turn_rig_count(&rig, OC_GATHER_READY), 1);
    const oc_gather_event_t *e = turn_rig_last(&rig, OC_GATHER_CANDIDATE);
    assert_int_equal(e->candidate.kind, OC_GATHER_REFLEXIVE);
    assert_int_equal(e->candidate.via, 0);
    assert_true(oc_addr_equal(&e->candidate.addr, &rig.client_addr[0]));
    assert_true(oc_gather_settled(&rig.gather));
    oc_gather_candidate_t known[4];
    assert_int_equal(oc_gather_candidates(&rig.gather, known, 4), 1);
    assert_int_equal(oc_gather_candidates(&rig.gather, known, 0), 0);
}

/* [B8] */
static void ready_without_any_server(void **state) {
    turn_rig_run(&rig, 1 * RIG_MS);
    assert_int_equal(turn_rig_count(&rig, OC_GATHER_READY), 1);
    assert_true(oc_gather_next_deadline(&rig.gather) == INT64_MAX);
}

static void one_address_seen_by_two_servers_is_one_candidate(void **state) {
    turn_rig_stun(&rig, 0);
    turn_rig_stun(&rig, 1);
    turn_rig_turn(&rig, 2, OC_TURN_UDP);
    turn_rig_run(&rig, 1 * RIG_S);
    assert_int_equal(turn_rig_count(&rig, OC_GATHER_CANDIDATE), 2); /* and the relayed one */
    assert_int_equal(oc_gather_set_server(&rig.gather, 0, NULL, rig.now_us), OC_OK);
    turn_rig_run(&rig, 1 * RIG_S);
    assert_int_equal(turn_rig_count(&rig, OC_GATHER_LOST), 0); /* another one still sees it */
    oc_gather_candidate_t known[4];
    assert_int_equal(oc_gather_candidates(&rig.gather, known, 4), 2);
    assert_int_equal(known[0].kind, OC_GATHER_REFLEXIVE);
    assert_int_equal(known[1].kind, OC_GATHER_RELAYED);
}

static void both_families(void **state) {
    oc_gather_server_t server = {.addr4 = turn_rig_server(0, 4), .addr6 = turn_rig_server(0, 6)};
    assert_int_equal(oc_gather_set_server(&rig.gather, 0, &server, rig.now_us), OC_OK);
    turn_rig_run(&rig, 1 * RIG_S);
    assert_int_equal(turn_rig_count(&rig, OC_GATHER_CANDIDATE), 2);
    assert_true(oc_addr_equal(&turn_rig_last(&rig, OC_GATHER_CANDIDATE)->candidate.addr,
                              &rig.client_addr[1]));
}

/* [B11] */
static void probes_keep_to_the_interval(void **state) {
    turn_rig_stun(&rig, 0);
    turn_rig_run(&rig, 100 * RIG_S);
    assert_in_range(rig.model[0].requests[OC_STUN_BINDING], 10, 11);
    oc_gather_config_t config = {5, 3, true};
    assert_int_equal(oc_gather_configure(&rig.gather, &config, rig.now_us), OC_OK);
    turn_rig_run(&rig, 100 * RIG_S);
    assert_in_range(rig.model[0].requests[OC_STUN_BINDING], 29, 32);
}

/* [B11] */
static void one_answer_of_n_probes_is_enough(void **state) {
    turn_rig_stun(&rig, 0);
    turn_rig_run(&rig, 1 * RIG_S);
    for (unsigned i = 0; i < 10; i++) {
        rig.model[0].ignores = true; /* two probes in a row are lost, the third is answered */
        turn_rig_run(&rig, 20 * RIG_S);
        rig.model[0].ignores = false;
        turn_rig_run(&rig, 10 * RIG_S);
    }
    assert_int_equal(turn_rig_count(&rig, OC_GATHER_CONNECT_FAIL), 0);
    assert_int_equal(turn_rig_count(&rig, OC_GATHER_LOST), 0);
}

/* [B11] [B8] */
static void no_answer_to_all_of_them_is_told_once(void **state) {
    turn_rig_stun(&rig, 0);
    turn_rig_run(&rig, 1 * RIG_S);
    rig.model[0].ignores = true;
    turn_rig_run(&rig, 40 * RIG_S);
    assert_int_equal(turn_rig_count(&rig, OC_GATHER_CONNECT_FAIL), 1);
    assert_int_equal(turn_rig_count(&rig, OC_GATHER_LOST), 1);
    turn_rig_run(&rig, 300 * RIG_S);
    assert_int_equal(turn_rig_count(&rig, OC_GATHER_CONNECT_FAIL), 1);
    rig.model[0].ignores = false;
    turn_rig_run(&rig, 11 * RIG_S);
    assert_int_equal(turn_rig_count(&rig, OC_GATHER_READY), 2);
    assert_int_equal(turn_rig_count(&rig, OC_GATHER_CANDIDATE), 2);
}

static void one_server_of_two_is_enough(void **state) {
    rig.model[0].ignores = true;
    turn_rig_stun(&rig, 0);
    turn_rig_stun(&rig, 1);
    turn_rig_run(&rig, 200 * RIG_S);
    assert_int_equal(turn_rig_count(&rig, OC_GATHER_READY), 1);
    assert_int_equal(turn_rig_count(&rig, OC_GATHER_CONNECT_FAIL), 0);
    assert_true(oc_gather_settled(&rig.gather));
}

/* [B11] Off. */
static void without_keep_alive_it_asks_once(void **state) {
    const oc_gather_config_t off[2] = {{0, 3, true}, {10, 0, true}};
    for (unsigned i = 0; i < 2; i++) {
        restart(&off[i]);
        turn_rig_stun(&rig, 0);
        turn_rig_run(&rig, 3600 * (int64_t)RIG_S);
        assert_int_equal(rig.model[0].requests[OC_STUN_BINDING], 1);
        assert_true(oc_gather_next_deadline(&rig.gather) == INT64_MAX); /* nothing ticks */
        oc_gather_again(&rig.gather, rig.now_us);
        turn_rig_run(&rig, 1 * RIG_S);
        assert_int_equal(rig.model[0].requests[OC_STUN_BINDING], 2);
        rig.model[0].ignores = true;
        oc_gather_again(&rig.gather, rig.now_us);
        turn_rig_run(&rig, 60 * RIG_S);
        assert_int_equal(turn_rig_count(&rig, OC_GATHER_CONNECT_FAIL), 1);
        rig.model[0].ignores = false;
        turn_rig_run(&rig, 61 * RIG_S);
        assert_int_equal(turn_rig_count(&rig, OC_GATHER_READY), 2);
    }
}

/* [B11] */
static void ranges_of_keep_alive(void **state) {
    static oc_gather_t g;
    const oc_gather_config_t bad[] = {{256, 3, true}, {10, 11, true}},
                             good[] = {{255, 10, true}, {0, 0, false}};
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(oc_gather_init(&g, &bad[i]), OC_ERR_RANGE);
        assert_int_equal(oc_gather_init(&g, &good[i]), OC_OK);
        assert_int_equal(oc_gather_configure(&g, &bad[i], 0), OC_ERR_RANGE);
        assert_int_equal(g.config.interval_s, good[i].interval_s);
    }
}

/* [B8] */
static void a_changed_address_is_told_with_both(void **state) {
    const uint8_t ip[4] = {203, 0, 113, 77};
    turn_rig_turn(&rig, 0, OC_TURN_UDP);
    turn_rig_run(&rig, 5 * RIG_S);
    oc_addr_t before = rig.client_addr[0];
    rig.client_addr[0] = oc_addr4(ip, 41000); /* the NAT has another idea */
    turn_rig_run(&rig, 10 * RIG_S);
    const oc_gather_event_t *e = turn_rig_last(&rig, OC_GATHER_CHANGED);
    assert_true(oc_addr_equal(&e->candidate.addr, &rig.client_addr[0]));
    assert_true(oc_addr_equal(&e->candidate.related, &before));
    assert_int_equal(turn_rig_count(&rig, OC_GATHER_CHANGED), 1);
    /* the allocation belonged to the old address */
    bool moved = false;
    for (unsigned i = 0; i < rig.events; i++)
        moved |= rig.event[i].kind == OC_GATHER_LOST && rig.event[i].reason == OC_TURN_MOVED;
    assert_true(moved);
    assert_true(oc_turn_is_up(&rig.gather.relay[0].turn));
    oc_addr_t peer = turn_rig_peer(1, 7000);
    turn_rig_send(&rig, 1, &peer, "over the new one");
    turn_rig_run(&rig, 1 * RIG_S);
    assert_string_equal(rig.at_client.text, "over the new one");
}

static void asked_again_it_hears_of_the_change_at_once(void **state) {
    turn_rig_stun(&rig, 0);
    turn_rig_run(&rig, 5 * RIG_S);
    rig.client_addr[0].port++;
    oc_gather_again(&rig.gather, rig.now_us);
    turn_rig_run(&rig, 41 * RIG_MS);
    assert_int_equal(turn_rig_count(&rig, OC_GATHER_CHANGED), 1);
}

static void cold_it_works_only_for_viewers(void **state) {
    const oc_gather_config_t cold = {10, 3, false};
    restart(&cold);
    turn_rig_turn(&rig, 0, OC_TURN_UDP);
    turn_rig_run(&rig, 60 * RIG_S);
    assert_int_equal(rig.sent, 0);
    oc_gather_use(&rig.gather, true, rig.now_us);
    turn_rig_run(&rig, 81 * RIG_MS);
    assert_int_equal(turn_rig_count(&rig, OC_GATHER_CANDIDATE), 2);
    oc_gather_use(&rig.gather, false, rig.now_us);
    turn_rig_run(&rig, 1 * RIG_S);
    assert_int_equal(turn_rig_count(&rig, OC_GATHER_LOST), 2);
    assert_int_equal(rig.model[0].allocation[0].client.family, 0);
    unsigned sent = rig.sent;
    turn_rig_run(&rig, 600 * RIG_S);
    assert_int_equal(rig.sent, sent);
    oc_gather_candidate_t known[4];
    assert_int_equal(oc_gather_candidates(&rig.gather, known, 4), 0);
}

static void warm_it_survives_a_day(void **state) {
    turn_rig_turn(&rig, 0, OC_TURN_UDP);
    rig.model[0].nonce_us = 600 * RIG_S;
    oc_sim_net_default(rig.net)->loss_ppm = 50000;
    turn_rig_run(&rig, 86400 / OC_TEST_DIVISOR * (int64_t)RIG_S);
    assert_true(oc_turn_is_up(&rig.gather.relay[0].turn));
    assert_int_equal(turn_rig_count(&rig, OC_GATHER_LOST), 0);
    assert_int_equal(turn_rig_count(&rig, OC_GATHER_CONNECT_FAIL), 0);
}

static void what_is_not_of_a_server_is_not_taken(void **state) {
    turn_rig_turn(&rig, 0, OC_TURN_UDP);
    turn_rig_run(&rig, 1 * RIG_S);
    oc_path_t server = {.remote = turn_rig_server(0, 4)},
              stranger = {.remote = turn_rig_peer(1, 3478)};
    static const uint8_t check[20] = {0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42},
                         dtls[20] = {22, 254, 253};
    oc_gather_data_t out;
    const struct {
        const oc_path_t *from;
        const uint8_t *data;
        int result;
    } cases[] = {{&server, check, OC_ERR_NOENT},
                 {&server, dtls, OC_ERR_NOENT},
                 {&stranger, check, OC_ERR_NOENT}};
    for (unsigned i = 0; i < 3; i++) {
        oc_span_t bytes = oc_span(cases[i].data, 20);
        assert_int_equal(oc_gather_input(&rig.gather, cases[i].from, &bytes, rig.now_us, &out),
                         cases[i].result);
        assert_int_equal(bytes.len, 20);
    }
}

static void servers_are_checked(void **state) {
    oc_gather_server_t s = {.turn = true,
                            .addr4 = turn_rig_server(0, 4),
                            .username = "u",
                            .password = "p"},
                       bad;
    assert_int_equal(oc_gather_set_server(&rig.gather, OC_GATHER_SERVERS, &s, rig.now_us),
                     OC_ERR_RANGE);
    bad = s, bad.addr4.family = 0;
    assert_int_equal(oc_gather_set_server(&rig.gather, 0, &bad, rig.now_us), OC_ERR_INVAL);
    bad = s, bad.addr4.port = 0;
    assert_int_equal(oc_gather_set_server(&rig.gather, 0, &bad, rig.now_us), OC_ERR_INVAL);
    bad = s, bad.addr6 = turn_rig_server(0, 4);
    assert_int_equal(oc_gather_set_server(&rig.gather, 0, &bad, rig.now_us), OC_ERR_INVAL);
    bad = s, bad.password = "";
    assert_int_equal(oc_gather_set_server(&rig.gather, 0, &bad, rig.now_us), OC_ERR_INVAL);
    assert_int_equal(oc_gather_set_server(&rig.gather, 0, &s, rig.now_us), OC_OK);
    assert_int_equal(oc_gather_set_server(&rig.gather, 0, NULL, rig.now_us), OC_OK);
    assert_int_equal(oc_gather_set_server(&rig.gather, 0, NULL, rig.now_us), OC_OK);
}

static void a_server_takes_the_place_of_another(void **state) {
    for (unsigned i = 0; i < 40;
         i++) { /* also while the allocation of the last one is given back */
        turn_rig_turn(&rig, 0, i & 1 ? OC_TURN_TCP : OC_TURN_UDP);
        turn_rig_run(&rig, (i % 5) * 30 * RIG_MS);
    }
    turn_rig_turn(&rig, 0, OC_TURN_UDP);
    rig.model[0].malformed =
        0; /* it was told TCP and UDP in turns, messages of the other were under way */
    turn_rig_run(&rig, 20 * RIG_S);
    oc_gather_candidate_t known[4];
    assert_int_equal(oc_gather_candidates(&rig.gather, known, 4), 2);
    unsigned used = 0;
    for (unsigned i = 0; i < OC_GATHER_RELAYS; i++)
        used += rig.gather.relay[i].used;
    assert_int_equal(used, 1);
}

#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
int main(void) {
    const struct CMUnitTest tests[] = {
        T(ready_and_a_candidate_after_one_round_trip),
        T(ready_without_any_server),
        T(one_address_seen_by_two_servers_is_one_candidate),
        T(both_families),
        T(probes_keep_to_the_interval),
        T(one_answer_of_n_probes_is_enough),
        T(no_answer_to_all_of_them_is_told_once),
        T(one_server_of_two_is_enough),
        T(without_keep_alive_it_asks_once),
        T(ranges_of_keep_alive),
        T(a_changed_address_is_told_with_both),
        T(asked_again_it_hears_of_the_change_at_once),
        T(cold_it_works_only_for_viewers),
        T(warm_it_survives_a_day),
        T(what_is_not_of_a_server_is_not_taken),
        T(servers_are_checked),
        T(a_server_takes_the_place_of_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
