/* oc_turn: how an allocation is had, kept and lost, against a model server over lossy links in
 * virtual time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "oc_err.h"
#include "oc_random_seeded.h"
#include "oc_stun.h"
#include "turn_rig.h"

static rig_t rig;

static oc_turn_t *turn(unsigned via) {
    return &rig.gather.relay[via - 1].turn;
}

static int set_up(void **state) {
    oc_random_seed(1);
    turn_rig_init(&rig, 1, NULL);
    return 0;
}

static int tear_down(void **state) {
    return turn_rig_close(&rig);
}

/* Candidates of kind RELAYED so far. */
static unsigned relays(void) {
    unsigned n = 0;
    for (unsigned i = 0; i < rig.events; i++)
        n += rig.event[i].kind == OC_GATHER_CANDIDATE &&
             rig.event[i].candidate.kind == OC_GATHER_RELAYED;
    return n;
}

static void allocates_after_a_challenge(void **state) {
    turn_rig_turn(&rig, 0, OC_TURN_UDP);
    turn_rig_run(&rig, 81 * RIG_MS);
    assert_int_equal(relays(), 1); /* two round trips of 40 ms */
    assert_true(oc_turn_is_up(turn(1)));
    assert_int_equal(rig.model[0].challenges, 1);
    assert_int_equal(rig.model[0].requests[OC_STUN_ALLOCATE], 2);
    const oc_gather_event_t *e = turn_rig_last(&rig, OC_GATHER_CANDIDATE);
    assert_int_equal(e->candidate.via, 1);
    assert_int_equal(e->candidate.addr.port, 50000);
    assert_true(oc_addr_equal(&e->candidate.related, &rig.client_addr[0]));
}

static void sha256_and_hashed_user_names_where_offered(void **state) {
    rig.model[0].algorithms = true; /* the model refuses anything weaker */
    turn_rig_turn(&rig, 0, OC_TURN_UDP);
    turn_rig_run(&rig, 1 * RIG_S);
    assert_int_equal(relays(), 1);
    rig.model[0].nonce_us = 30 * RIG_S;
    turn_rig_run(&rig, 200 * RIG_S);
    assert_true(oc_turn_is_up(turn(1)));
    assert_int_equal(turn_rig_count(&rig, OC_GATHER_LOST), 0);
    assert_true(rig.model[0].challenges > 2);
}

static void algorithms_that_were_taken_out_are_noticed(void **state) {
    rig.model[0].algorithms = rig.model[0].cut_algorithms = true;
    turn_rig_turn(&rig, 0, OC_TURN_UDP);
    turn_rig_run(&rig, 1 * RIG_S);
    assert_int_equal(relays(), 0);
    assert_int_equal(turn_rig_last(&rig, OC_GATHER_FAILED)->reason, OC_TURN_BAD_ANSWER);
}

static void a_server_without_passwords_does(void **state) {
    rig.model[0].open = true;
    turn_rig_turn(&rig, 0, OC_TURN_UDP);
    turn_rig_run(&rig, 1 * RIG_S);
    assert_int_equal(relays(), 1);
    assert_int_equal(rig.model[0].requests[OC_STUN_ALLOCATE], 1);
}

static void a_wrong_password_is_told_and_not_repeated(void **state) {
    rig.model[0].password = "other";
    oc_gather_server_t server = {
        .turn = true, .addr4 = turn_rig_server(0, 4), .username = "camera", .password = "secret"};
    assert_int_equal(oc_gather_set_server(&rig.gather, 0, &server, rig.now_us), OC_OK);
    turn_rig_run(&rig, 50 * RIG_S);
    const oc_gather_event_t *e = turn_rig_last(&rig, OC_GATHER_FAILED);
    assert_int_equal(e->reason, OC_TURN_UNAUTHORIZED);
    assert_int_equal(e->code, 401);
    assert_int_equal(turn_rig_count(&rig, OC_GATHER_FAILED), 1);
    assert_true(rig.model[0].requests[OC_STUN_ALLOCATE] <= 3);
    /* the right one is tried at once */
    server.password = "other";
    assert_int_equal(oc_gather_set_server(&rig.gather, 0, &server, rig.now_us), OC_OK);
    turn_rig_run(&rig, 1 * RIG_S);
    assert_int_equal(relays(), 1);
}

static void other_credentials_wait_for_the_next_allocation(void **state) {
    turn_rig_turn(&rig, 0, OC_TURN_UDP);
    turn_rig_run(&rig, 1 * RIG_S);
    oc_gather_server_t server = {
        .turn = true, .addr4 = turn_rig_server(0, 4), .username = "later", .password = "key"};
    assert_int_equal(oc_gather_set_server(&rig.gather, 0, &server, rig.now_us), OC_OK);
    turn_rig_run(&rig, 130 * RIG_S);
    assert_int_equal(turn_rig_count(&rig, OC_GATHER_LOST), 0); /* refreshed as the old user */
    rig.model[0].user = "later";
    rig.model[0].password = "key";
    turn_model_restart(&rig.model[0], rig.now_us);
    turn_rig_run(&rig, 130 * RIG_S);
    assert_int_equal(relays(), 2);
    assert_true(oc_turn_is_up(turn(1)));
}

static void a_stale_nonce_costs_a_round_trip(void **state) {
    rig.model[0].nonce_us = 45 * RIG_S;
    turn_rig_turn(&rig, 0, OC_TURN_UDP);
    turn_rig_run(&rig, 3600 * (int64_t)RIG_S);
    assert_int_equal(relays(), 1);
    assert_int_equal(turn_rig_count(&rig, OC_GATHER_LOST), 0);
    assert_true(rig.model[0].challenges >= 60);
}

static void wrongly_signed_answers_are_ignored(void **state) {
    rig.model[0].bad_signature = true;
    turn_rig_turn(&rig, 0, OC_TURN_UDP);
    turn_rig_run(&rig, 5 * RIG_S);
    assert_int_equal(relays(), 0);
    oc_turn_stats_t stats;
    oc_turn_stats(turn(1), &stats);
    assert_true(stats.dropped > 0);
    rig.model[0].bad_signature =
        false; /* the next repetition finds an allocation: it is given back first */
    turn_rig_run(&rig, 10 * RIG_S);
    assert_int_equal(relays(), 1);
}

static void an_old_allocation_of_our_socket_is_given_back(void **state) {
    turn_rig_turn(&rig, 0, OC_TURN_UDP);
    turn_rig_run(&rig, 1 * RIG_S);
    oc_gather_deinit(&rig.gather); /* as a program that was killed */
    oc_gather_config_t config = {OC_GATHER_INTERVAL_S, OC_GATHER_ATTEMPTS, true};
    assert_int_equal(oc_gather_init(&rig.gather, &config), OC_OK);
    turn_rig_turn(&rig, 0, OC_TURN_UDP);
    turn_rig_run(&rig, 1 * RIG_S);
    assert_int_equal(relays(), 2);
    assert_int_equal(turn_rig_last(&rig, OC_GATHER_CANDIDATE)->candidate.addr.port, 50001);
}

static void a_restarted_server_is_noticed_within_a_minute(void **state) {
    turn_rig_turn(&rig, 0, OC_TURN_UDP);
    turn_rig_run(&rig, 1 * RIG_S);
    turn_model_restart(&rig.model[0], rig.now_us);
    turn_rig_run(&rig, 61 * RIG_S);
    assert_int_equal(turn_rig_last(&rig, OC_GATHER_LOST)->reason, OC_TURN_MISMATCH);
    assert_int_equal(turn_rig_last(&rig, OC_GATHER_LOST)->code, 437);
    assert_int_equal(relays(), 2);
}

static void a_restarted_server_is_noticed_at_once_when_used(void **state) {
    oc_addr_t peer = turn_rig_peer(1, 7000);
    turn_rig_turn(&rig, 0, OC_TURN_UDP);
    turn_rig_run(&rig, 1 * RIG_S);
    turn_rig_send(&rig, 1, &peer, "before");
    turn_rig_run(&rig, 1 * RIG_S);
    assert_string_equal(rig.at_client.text, "before");
    turn_model_restart(&rig.model[0], rig.now_us);
    int64_t begun = rig.now_us;
    while (relays() < 2 && rig.now_us < begun + 20 * RIG_S) { /* a stream of packets goes on */
        turn_rig_send(&rig, 1, &peer, "into nothing");
        turn_rig_run(&rig, 33 * RIG_MS);
    }
    assert_int_equal(relays(), 2);
    assert_true(rig.now_us - begun < 6 * RIG_S);
    turn_rig_send(&rig, 1, &peer, "after");
    turn_rig_run(&rig, 1 * RIG_S);
    assert_string_equal(rig.at_client.text, "after");
}

static void an_outage_keeps_the_allocation(void **state) {
    turn_rig_turn(&rig, 0, OC_TURN_UDP);
    turn_rig_run(&rig, 1 * RIG_S);
    rig.model[0].ignores = true;
    turn_rig_run(&rig, 120 * RIG_S);
    assert_int_equal(turn_rig_count(&rig, OC_GATHER_FAILED), 0);
    rig.model[0].ignores = false;
    turn_rig_run(&rig, 30 * RIG_S);
    assert_int_equal(relays(), 1);
    assert_true(oc_turn_is_up(turn(1)));
}

static void a_server_that_is_gone_is_given_up_at_the_end_of_the_lifetime(void **state) {
    turn_rig_turn(&rig, 0, OC_TURN_UDP);
    turn_rig_run(&rig, 1 * RIG_S);
    rig.model[0].ignores = true;
    turn_rig_run(&rig, 660 * RIG_S);
    assert_int_equal(turn_rig_last(&rig, OC_GATHER_LOST)->reason, OC_TURN_NO_ANSWER);
    assert_false(oc_turn_is_up(turn(1)));
    unsigned sent = rig.model[0].requests[OC_STUN_ALLOCATE];
    turn_rig_run(&rig, 600 * RIG_S);
    oc_turn_stats_t stats;
    oc_turn_stats(turn(1), &stats);
    assert_true(turn_rig_last(&rig, OC_GATHER_FAILED)->retry_us <=
                rig.now_us + OC_TURN_RETRY_MAX_US);
    assert_true(stats.requests < 400); /* it waits longer each time */
    rig.model[0].ignores = false;
    turn_rig_run(&rig, 90 * RIG_S);
    assert_int_equal(relays(), 2);
    assert_true(rig.model[0].requests[OC_STUN_ALLOCATE] > sent);
}

static void allocates_through_loss_and_reordering(void **state) {
    const char *more = getenv("OC_TURN_SEEDS"); /* soak runs set it */
    uint64_t seeds = more ? strtoull(more, NULL, 10) : 50 / OC_TEST_DIVISOR;
    for (uint64_t seed = 1; seed <= seeds; seed++) {
        turn_rig_close(&rig);
        oc_random_seed(seed);
        turn_rig_init(&rig, seed, NULL);
        *oc_sim_net_default(rig.net) = (oc_sim_link_t){.loss_ppm = 300000,
                                                       .duplicate_ppm = 100000,
                                                       .reorder_ppm = 200000,
                                                       .reorder_us = 100 * RIG_MS,
                                                       .corrupt_ppm = 20000,
                                                       .delay_us = 20 * RIG_MS};
        turn_rig_turn(&rig, 0, OC_TURN_UDP);
        turn_rig_run(&rig, 60 * RIG_S);
        rig.model[0].malformed = 0; /* bits were flipped on the way */
        assert_true(relays() >= 1);
        assert_true(oc_turn_is_up(turn(1)));
    }
}

static void follows_a_redirection_that_is_signed(void **state) {
    oc_addr_t there = turn_rig_server(1, 4);
    rig.model[0].alternate = there;
    turn_rig_turn(&rig, 0, OC_TURN_UDP);
    turn_rig_run(&rig, 1 * RIG_S);
    assert_int_equal(relays(), 1);
    assert_true(oc_addr_equal(&turn(1)->server, &there));
    oc_addr_t peer = turn_rig_peer(1, 7000);
    assert_true(turn_rig_send(&rig, 1, &peer, "hop") > 0);
    turn_rig_run(&rig, 1 * RIG_S);
    assert_string_equal(rig.at_client.text, "hop");
    assert_int_equal(rig.model[0].send_indications, 0);
    /* gone there: the next try begins at the configured one */
    rig.model[0].alternate.family = 0;
    turn_model_restart(&rig.model[1], rig.now_us);
    turn_rig_run(&rig, 61 * RIG_S);
    there = turn_rig_server(0, 4);
    assert_true(oc_addr_equal(&turn(1)->server, &there));
    assert_true(oc_turn_is_up(turn(1)));
}

static void a_circle_of_redirections_ends(void **state) {
    rig.model[0].alternate = turn_rig_server(1, 4);
    rig.model[1].alternate = turn_rig_server(0, 4);
    turn_rig_turn(&rig, 0, OC_TURN_UDP);
    turn_rig_run(&rig, 1 * RIG_S);
    assert_int_equal(turn_rig_last(&rig, OC_GATHER_FAILED)->reason, OC_TURN_BAD_ANSWER);
    assert_int_equal(turn_rig_last(&rig, OC_GATHER_FAILED)->code, 300);
    assert_true(rig.model[0].requests[OC_STUN_ALLOCATE] + rig.model[1].requests[OC_STUN_ALLOCATE] <=
                4);
}

static void an_unsigned_redirection_only_before_the_challenge(void **state) {
    rig.model[0].alternate = turn_rig_server(1, 4);
    rig.model[0].unsigned_errors = true;
    turn_rig_turn(&rig, 0, OC_TURN_UDP);
    turn_rig_run(&rig, 1 * RIG_S);
    assert_int_equal(rig.model[1].requests[OC_STUN_ALLOCATE], 0); /* our request was signed */
    assert_int_equal(turn_rig_last(&rig, OC_GATHER_FAILED)->reason, OC_TURN_BAD_ANSWER);
    turn_rig_close(&rig);
    turn_rig_init(&rig, 1, NULL);
    rig.model[0].alternate = turn_rig_server(1, 4);
    rig.model[0].open = true; /* as coturn does */
    turn_rig_turn(&rig, 0, OC_TURN_UDP);
    turn_rig_run(&rig, 10 * RIG_S);
    assert_int_equal(rig.model[1].requests[OC_STUN_ALLOCATE], 2);
    assert_true(oc_turn_is_up(turn(1)));
}

static void a_quota_is_asked_for_again_after_a_minute(void **state) {
    rig.model[0].refuse = 486;
    rig.model[0].unsigned_errors = true;
    turn_rig_turn(&rig, 0, OC_TURN_UDP);
    turn_rig_run(&rig, 50 * RIG_S);
    assert_int_equal(turn_rig_last(&rig, OC_GATHER_FAILED)->code, 486);
    assert_int_equal(turn_rig_count(&rig, OC_GATHER_FAILED), 1);
    rig.model[0].refuse = 0;
    turn_rig_run(&rig, 20 * RIG_S);
    assert_int_equal(relays(), 1);
}

static void the_other_address_family_when_one_is_not_there(void **state) {
    oc_gather_server_t server = {
        .turn = true, .addr6 = turn_rig_server(0, 6), .username = "camera", .password = "secret"};
    rig.model[0].only_family = 4;
    assert_int_equal(oc_gather_set_server(&rig.gather, 0, &server, rig.now_us), OC_OK);
    turn_rig_run(&rig, 1 * RIG_S);
    assert_int_equal(turn_rig_last(&rig, OC_GATHER_CANDIDATE)->candidate.addr.family, 4);
    rig.model[0].only_family = 0;
    turn_model_restart(&rig.model[0], rig.now_us);
    turn_rig_run(&rig, 61 * RIG_S);
    assert_int_equal(turn_rig_last(&rig, OC_GATHER_CANDIDATE)->candidate.addr.family, 6);
    oc_addr_t peer = turn_rig_peer(1, 7000);
    assert_int_equal(turn_rig_send(&rig, 1, &peer, "x"), OC_ERR_NOTSUP);
}

static void stopping_gives_the_allocation_back(void **state) {
    turn_rig_turn(&rig, 0, OC_TURN_UDP);
    turn_rig_run(&rig, 1 * RIG_S);
    oc_gather_stop(&rig.gather, rig.now_us);
    turn_rig_run(&rig, 1 * RIG_S);
    assert_int_equal(turn_rig_last(&rig, OC_GATHER_LOST)->reason, OC_TURN_STOPPED);
    assert_int_equal(rig.model[0].allocation[0].client.family, 0);
    assert_true(oc_gather_next_deadline(&rig.gather) == INT64_MAX);
    oc_gather_again(&rig.gather, rig.now_us);
    turn_rig_run(&rig, 1 * RIG_S);
    assert_int_equal(relays(), 2);
}

/* coturn 4.6.1 with alternate-server, captured: its answer to an Allocate without credentials. */
static void a_redirection_of_coturn(void **state) {
    static const uint8_t captured[] =
        "\x01\x13\x00\x3c\x21\x12\xa4\x42\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b"
        "\x00\x09\x00\x14\x00\x00\x03\x00Try Alternate\x00\x00\x00"
        "\x80\x23\x00\x08\x00\x01\x87\xef\x7f\x00\x00\x01"
        "\x80\x22\x00\x14"
        "Coturn-4.6.1 'Gorst'";
    static oc_turn_t t;
    const uint8_t here[4] = {127, 0, 0, 1};
    oc_turn_config_t config = {.server = oc_addr4(here, 34790), .username = "u", .password = "p"};
    oc_addr_t there = oc_addr4(here, 34799);
    uint8_t buffer[OC_TURN_REQUEST_MAX];
    oc_turn_data_t out;
    assert_int_equal(oc_turn_init(&t, &config), OC_OK);
    oc_turn_start(&t, 0);
    assert_true(oc_turn_poll_output(&t, 0, buffer, sizeof buffer) > 0);
    memcpy(t.txn[0].id, captured + 8, sizeof t.txn[0].id);
    oc_span_t bytes = oc_span(captured, sizeof captured - 1);
    assert_int_equal(oc_turn_input(&t, &bytes, 1000, &out), OC_AGAIN);
    assert_int_equal(bytes.len, 0);
    assert_true(oc_addr_equal(&t.server, &there));
    assert_true(oc_turn_poll_output(&t, 1000, buffer, sizeof buffer) > 0);
    oc_turn_deinit(&t);
}

static void bad_configurations_are_refused(void **state) {
    static oc_turn_t t;
    char text_long[OC_TURN_USERNAME_MAX + 1];
    memset(text_long, 'x', sizeof text_long - 1);
    text_long[sizeof text_long - 1] = 0;
    oc_turn_config_t good = {.server = turn_rig_server(0, 4), .username = "u", .password = "p"}, c;
    assert_int_equal(oc_turn_init(&t, &good), OC_OK);
    c = good, c.server.port = 0;
    assert_int_equal(oc_turn_init(&t, &c), OC_ERR_INVAL);
    c = good, c.server.family = 0;
    assert_int_equal(oc_turn_init(&t, &c), OC_ERR_INVAL);
    c = good, c.server.ip[0] = 224;
    assert_int_equal(oc_turn_init(&t, &c), OC_ERR_INVAL);
    c = good, c.username = "";
    assert_int_equal(oc_turn_init(&t, &c), OC_ERR_INVAL);
    c = good, c.password = NULL;
    assert_int_equal(oc_turn_init(&t, &c), OC_ERR_INVAL);
    c = good, c.username = text_long;
    assert_int_equal(oc_turn_init(&t, &c), OC_ERR_INVAL);
    c = good, c.family = 5;
    assert_int_equal(oc_turn_init(&t, &c), OC_ERR_INVAL);
}

#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
int main(void) {
    const struct CMUnitTest tests[] = {
        T(allocates_after_a_challenge),
        T(sha256_and_hashed_user_names_where_offered),
        T(algorithms_that_were_taken_out_are_noticed),
        T(a_server_without_passwords_does),
        T(a_wrong_password_is_told_and_not_repeated),
        T(other_credentials_wait_for_the_next_allocation),
        T(a_stale_nonce_costs_a_round_trip),
        T(wrongly_signed_answers_are_ignored),
        T(an_old_allocation_of_our_socket_is_given_back),
        T(a_restarted_server_is_noticed_within_a_minute),
        T(a_restarted_server_is_noticed_at_once_when_used),
        T(an_outage_keeps_the_allocation),
        T(a_server_that_is_gone_is_given_up_at_the_end_of_the_lifetime),
        T(allocates_through_loss_and_reordering),
        T(follows_a_redirection_that_is_signed),
        T(a_circle_of_redirections_ends),
        T(an_unsigned_redirection_only_before_the_challenge),
        T(a_quota_is_asked_for_again_after_a_minute),
        T(the_other_address_family_when_one_is_not_there),
        T(stopping_gives_the_allocation_back),
        T(a_redirection_of_coturn),
        T(bad_configurations_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
