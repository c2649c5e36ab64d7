/* oc_turn: permissions and channels per peer address, and bytes through them. */
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
    oc_random_seed(2);
    turn_rig_init(&rig, 2, NULL);
    turn_rig_turn(&rig, 0, OC_TURN_UDP);
    turn_rig_run(&rig, 1 * RIG_S);
    assert_true(oc_turn_is_up(&rig.gather.relay[0].turn));
    return 0;
}

static int tear_down(void **state) {
    return turn_rig_close(&rig);
}

static void the_first_bytes_find_their_permission(void **state) {
    oc_addr_t peer = turn_rig_peer(1, 7000);
    assert_int_equal(turn_rig_send(&rig, 1, &peer, "first"), 20 + 12 + 4 + 8);
    turn_rig_run(&rig, 21 * RIG_MS);
    assert_string_equal(rig.at_peer.text, "first"); /* the request left before them */
    assert_true(oc_addr_equal(&rig.at_peer.peer, &peer));
    turn_rig_run(&rig, 21 * RIG_MS);
    assert_string_equal(rig.at_client.text, "first");
    assert_true(oc_addr_equal(&rig.at_client.peer, &peer));
    assert_int_equal(rig.at_client.via, 1);
    assert_int_equal(rig.model[0].undelivered, 0);
}

static void who_answers_gets_a_channel(void **state) {
    oc_addr_t peer = turn_rig_peer(1, 7000);
    turn_rig_send(&rig, 1, &peer, "one");
    turn_rig_run(&rig, 200 * RIG_MS);
    assert_int_equal(rig.model[0].binds, 1);
    assert_int_equal(turn_rig_send(&rig, 1, &peer, "two"), 4 + 3); /* no padding on UDP */
    turn_rig_run(&rig, 200 * RIG_MS);
    assert_int_equal(rig.model[0].channel_data, 1);
    assert_string_equal(rig.at_client.text, "two");
    rig.deaf = true;
    oc_addr_t mute = turn_rig_peer(2, 7000);
    turn_rig_send(&rig, 1, &mute, "silence");
    turn_rig_run(&rig, 5 * RIG_S);
    assert_int_equal(rig.model[0].binds, 1);
}

static void used_ones_are_renewed_and_others_run_out(void **state) {
    oc_addr_t used = turn_rig_peer(1, 7000), idle = turn_rig_peer(2, 7000);
    turn_rig_send(&rig, 1, &used, "u");
    turn_rig_send(&rig, 1, &idle, "i");
    for (unsigned s = 0; s < 1500; s += 5) {
        turn_rig_send(&rig, 1, &used, "u");
        turn_rig_run(&rig, 5 * RIG_S);
    }
    assert_int_equal(rig.model[0].undelivered, 0);
    const turn_model_peer_t *p = rig.model[0].allocation[0].peer;
    for (unsigned i = 0; i < MODEL_PEERS; i++) {
        if (oc_addr_equal(&p[i].addr, &used))
            assert_true(p[i].channel_us > rig.now_us && p[i].permit_us > rig.now_us);
        if (oc_addr_equal(&p[i].addr, &idle))
            assert_true(p[i].channel_us < rig.now_us && p[i].permit_us < rig.now_us);
    }
    /* one ChannelBind per 240 s; the permission comes with it */
    assert_in_range(rig.model[0].binds, 7, 10);
    assert_true(rig.model[0].requests[OC_STUN_CREATE_PERMISSION] <= 3);
    /* one that ran out is as a new one */
    turn_rig_send(&rig, 1, &idle, "again");
    turn_rig_run(&rig, 21 * RIG_MS);
    assert_string_equal(rig.at_peer.text, "again");
}

static void many_permissions_are_one_request(void **state) {
    unsigned before = rig.model[0].requests[OC_STUN_CREATE_PERMISSION];
    for (unsigned i = 0; i < 24; i++) {
        oc_addr_t peer = turn_rig_peer(1 + i, 7000);
        assert_int_equal(oc_gather_permit(&rig.gather, 1, &peer, rig.now_us), OC_OK);
    }
    turn_rig_run(&rig, 41 * RIG_MS);
    assert_int_equal(rig.model[0].requests[OC_STUN_CREATE_PERMISSION] - before, 3);
    for (unsigned i = 0; i < 24; i++)
        assert_int_equal(rig.gather.relay[0].turn.peer[i].asking, false);
}

static void one_forbidden_peer_takes_no_other_along(void **state) {
    rig.model[0].forbidden = turn_rig_peer(3, 0);
    for (unsigned i = 0; i < 5; i++) {
        oc_addr_t peer = turn_rig_peer(1 + i, 7000);
        assert_int_equal(oc_gather_permit(&rig.gather, 1, &peer, rig.now_us), OC_OK);
    }
    turn_rig_run(&rig, 1 * RIG_S);
    for (unsigned i = 0; i < 5; i++) {
        oc_addr_t peer = turn_rig_peer(1 + i, 7000);
        if (i == 2)
            assert_int_equal(turn_rig_send(&rig, 1, &peer, "no"), OC_ERR_NOENT);
        else
            assert_true(turn_rig_send(&rig, 1, &peer, "yes") > 0);
    }
    turn_rig_run(&rig, 1 * RIG_S);
    assert_int_equal(rig.at_peer.count, 4);
    unsigned refused = rig.model[0].permits_refused;
    turn_rig_run(&rig, 30 * RIG_S);
    assert_int_equal(rig.model[0].permits_refused, refused);
}

static void without_channels_it_goes_on_with_indications(void **state) {
    oc_addr_t peer = turn_rig_peer(1, 7000);
    rig.model[0].no_channels = true;
    for (unsigned i = 0; i < 400; i++) {
        turn_rig_send(&rig, 1, &peer, "x");
        turn_rig_run(&rig, 1 * RIG_S);
    }
    assert_int_equal(rig.at_client.count, 400);
    assert_int_equal(rig.model[0].requests[OC_STUN_CHANNEL_BIND],
                     1); /* not asked for again at once */
}

static void a_lost_request_is_repeated_by_the_round_trip(void **state) {
    oc_addr_t peer = turn_rig_peer(1, 7000);
    oc_sim_net_link(rig.net, rig.client, rig.end[0])->down = true;
    assert_int_equal(oc_gather_permit(&rig.gather, 1, &peer, rig.now_us), OC_OK);
    turn_rig_run(&rig, 5 * RIG_MS);
    oc_sim_net_link(rig.net, rig.client, rig.end[0])->down = false;
    turn_rig_run(&rig, 220 * RIG_MS); /* RTO is 100 ms here, not 500 */
    assert_true(rig.model[0].allocation[0].peer[0].permit_us > rig.now_us);
}

static void two_viewers_through_one_allocation(void **state) {
    oc_addr_t a = turn_rig_peer(1, 7000), b = turn_rig_peer(1, 7001); /* behind one NAT */
    turn_rig_send(&rig, 1, &a, "for a");
    turn_rig_run(&rig, 100 * RIG_MS);
    unsigned permits = rig.model[0].requests[OC_STUN_CREATE_PERMISSION];
    turn_rig_send(&rig, 1, &b, "for b");
    turn_rig_run(&rig, 100 * RIG_MS);
    assert_true(oc_addr_equal(&rig.at_client.peer, &b));
    assert_int_equal(rig.model[0].requests[OC_STUN_CREATE_PERMISSION],
                     permits); /* it is of the IP */
    for (unsigned i = 0; i < 10; i++) {
        turn_rig_send(&rig, 1, i & 1 ? &a : &b, i & 1 ? "for a" : "for b");
        turn_rig_run(&rig, 100 * RIG_MS);
        assert_string_equal(rig.at_client.text, i & 1 ? "for a" : "for b");
        assert_true(oc_addr_equal(&rig.at_client.peer, i & 1 ? &a : &b));
    }
    assert_int_equal(rig.model[0].binds, 2);
}

static void an_unknown_port_of_a_permitted_ip_is_heard(void **state) {
    oc_addr_t notified = turn_rig_peer(1, 7000), mapped = turn_rig_peer(1, 9999),
              stranger = turn_rig_peer(9, 9);
    rig.deaf = true;
    turn_rig_send(&rig, 1, &notified, "x");
    turn_rig_run(&rig, 100 * RIG_MS);
    oc_addr_t relayed = rig.gather.relay[0].relayed;
    turn_model_from_peer(&rig.model[0], &relayed, &mapped, oc_span("hi", 2), rig.now_us);
    turn_rig_run(&rig, 100 * RIG_MS);
    assert_int_equal(rig.at_client.count, 1);
    assert_true(oc_addr_equal(&rig.at_client.peer, &mapped));
    turn_model_from_peer(&rig.model[0], &relayed, &stranger, oc_span("hi", 2), rig.now_us);
    turn_rig_run(&rig, 100 * RIG_MS);
    assert_int_equal(rig.at_client.count, 1);
}

static void a_full_table_makes_room_of_what_is_idle(void **state) {
    int got = OC_OK;
    for (unsigned i = 0; i < OC_TURN_PEERS; i++) {
        oc_addr_t peer = turn_rig_peer(1 + i % 200, 7000 + i);
        assert_true(turn_rig_send(&rig, 1, &peer, "x") > 0);
    }
    oc_addr_t more = turn_rig_peer(222, 1234);
    got = turn_rig_send(&rig, 1, &more, "no room");
    assert_int_equal(got, OC_ERR_BUSY);
    turn_rig_run(&rig, 40 * RIG_S);
    assert_true(turn_rig_send(&rig, 1, &more, "room") > 0);
    turn_rig_run(&rig, 100 * RIG_MS);
    assert_string_equal(rig.at_client.text, "room");
}

/* Places change owners for hours: a number never stands for two peers at the server. */
static void channel_numbers_are_not_mixed_up(void **state) {
    for (unsigned i = 0; i < 3000; i++) {
        oc_addr_t peer = turn_rig_peer(1 + i % 250, 1024 + i % 60000);
        char text[16] = {(char)('a' + i % 26), (char)('a' + i / 26 % 26), 0};
        if (turn_rig_send(&rig, 1, &peer, text) > 0) {
            turn_rig_run(&rig, 90 * RIG_MS);
            assert_string_equal(rig.at_client.text, text);
            assert_true(oc_addr_equal(&rig.at_client.peer, &peer));
        }
        turn_rig_run(&rig, i % 7 ? 1 * RIG_S : 20 * RIG_S);
    }
}

/* A server that gave the allocation up meanwhile is found out by three checks without an answer. */
static void a_forgotten_allocation_is_found_by_sending(void **state) {
    oc_addr_t peer = turn_rig_peer(1, 7000);
    turn_rig_send(&rig, 1, &peer, "before");
    turn_rig_run(&rig, 1 * RIG_S);
    turn_model_restart(&rig.model[0], rig.now_us);
    for (unsigned i = 0; i < 3; i++) {
        turn_rig_send(&rig, 1, &peer, "check");
        turn_rig_run(&rig, 100 * RIG_MS);
    }
    turn_rig_run(&rig, 2 * RIG_S);
    assert_int_equal(turn_rig_last(&rig, OC_GATHER_LOST)->reason, OC_TURN_MISMATCH);
    assert_true(oc_turn_is_up(&rig.gather.relay[0].turn));
    /* no answers, but the server is there: asked now and then, not all the time */
    unsigned refreshes = rig.model[0].requests[OC_STUN_REFRESH];
    rig.deaf = true;
    for (unsigned i = 0; i < 100; i++) {
        turn_rig_send(&rig, 1, &peer, "mute");
        turn_rig_run(&rig, 100 * RIG_MS);
    }
    assert_in_range(rig.model[0].requests[OC_STUN_REFRESH] - refreshes, 3, 6);
}

static void limits_of_what_can_be_sent(void **state) {
    static uint8_t buffer[OC_TURN_HEADROOM + OC_TURN_PAYLOAD_MAX + 8];
    oc_addr_t peer = turn_rig_peer(1, 7000), six = turn_rig_server(1, 6);
    oc_path_t path = {.remote = peer, .via = 1}, wire;
    uint8_t *start;
    assert_int_equal(oc_gather_wrap(&rig.gather, &path, buffer + OC_TURN_HEADROOM,
                                    OC_TURN_PAYLOAD_MAX + 1, rig.now_us, &start, &wire),
                     OC_ERR_TOO_BIG);
    path.via = 2;
    assert_int_equal(
        oc_gather_wrap(&rig.gather, &path, buffer + OC_TURN_HEADROOM, 1, rig.now_us, &start, &wire),
        OC_ERR_INVAL);
    path.via = 1;
    path.remote = six;
    assert_int_equal(
        oc_gather_wrap(&rig.gather, &path, buffer + OC_TURN_HEADROOM, 1, rig.now_us, &start, &wire),
        OC_ERR_NOTSUP);
    assert_int_equal(oc_gather_permit(&rig.gather, 0, &peer, rig.now_us), OC_ERR_INVAL);
    assert_int_equal(oc_gather_permit(&rig.gather, 200, &peer, rig.now_us), OC_ERR_INVAL);
}

#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
int main(void) {
    const struct CMUnitTest tests[] = {
        T(the_first_bytes_find_their_permission),
        T(who_answers_gets_a_channel),
        T(used_ones_are_renewed_and_others_run_out),
        T(many_permissions_are_one_request),
        T(one_forbidden_peer_takes_no_other_along),
        T(without_channels_it_goes_on_with_indications),
        T(a_lost_request_is_repeated_by_the_round_trip),
        T(two_viewers_through_one_allocation),
        T(an_unknown_port_of_a_permitted_ip_is_heard),
        T(a_full_table_makes_room_of_what_is_idle),
        T(channel_numbers_are_not_mixed_up),
        T(a_forgotten_allocation_is_found_by_sending),
        T(limits_of_what_can_be_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
