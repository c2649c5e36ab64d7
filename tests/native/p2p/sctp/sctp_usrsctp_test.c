/* Against usrsctp 0.9.5, the stack of libdatachannel and of browsers before 2021: its packets
 * through AF_CONN, its timers in the same virtual time. Both directions, losses, PR-SCTP, resets,
 * the end. */
#include "sctp_usrsctp_rig.h"

static void messages_both_ways(void **state) {
    oc_sctp_stats_t stats;
    (void)state;
    connect_both();
    our_open(1, 100, 60000, false);
    our_open(3, 200, 90, false);
    in[2] = (flow_t){.count = 100, .longest = 30000};
    for (unsigned i = 0; i < 300; i++) {
        their_send(2, false);
        run(50000);
    }
    assert_int_equal(out[1].received, 100);
    assert_int_equal(out[1].done, 100);
    assert_int_equal(out[3].received, 200);
    assert_int_equal(in[2].received, 100);
    oc_sctp_stats(ours, &stats);
    assert_int_equal(stats.mtu, 1472); /* it answers our probes */
}

static void messages_both_ways_with_losses(void **state) {
    (void)state;
    loss = 50;
    connect_both();
    our_open(1, 60, 30000, false);
    our_open(3, 200, 90, false);
    in[2] = (flow_t){.count = 60, .longest = 20000};
    for (unsigned i = 0; i < 1200 && in[2].received < 60; i++) {
        their_send(2, false);
        run(100000);
    }
    assert_int_equal(out[1].received, 60);
    assert_int_equal(out[3].received, 200);
    assert_int_equal(in[2].received, 60);
}

/* One end alone begins: usrsctp's INIT, then ours. */
static void either_end_may_begin(void **state) {
    for (unsigned i = 0; i < 2; i++) {
        if (i == 0) {
            connect_theirs();
        } else {
            assert_int_equal(usrsctp_listen(theirs, 1), 0);
            assert_int_equal(oc_sctp_connect(ours, now_us), OC_OK);
        }
        run(1000000);
        assert_true(up);
        assert_int_equal(oc_sctp_state(ours), OC_SCTP_ESTABLISHED);
        if (i == 0) {
            tear_down(state);
            set_up(state);
        }
    }
}

/* Our INIT comes before its application has opened its end: usrsctp aborts it. */
static void a_peer_that_is_not_ready_is_asked_again(void **state) {
    (void)state;
    usrsctp_sysctl_set_sctp_blackhole(0);
    assert_int_equal(oc_sctp_connect(ours, now_us), OC_OK);
    run(250000);
    assert_int_equal(oc_sctp_state(ours), OC_SCTP_COOKIE_WAIT);
    connect_theirs();
    run(1000000);
    assert_true(up && their_up);
    usrsctp_sysctl_set_sctp_blackhole(2);
}

static void what_usrsctp_gives_up_is_skipped(void **state) {
    (void)state;
    connect_both();
    in[2] = (flow_t){.count = 300, .longest = 3000, .gaps = true};
    loss = 100;
    for (unsigned i = 0; i < 400 && in[2].next < 299; i++) {
        uint32_t all = in[2].count;
        in[2].count = in[2].next + 1; /* one at a time */
        their_send(2, true);
        in[2].count = all;
        run(50000);
    }
    loss = 0;
    run(10000000);
    their_send(2, false); /* the last one is reliable */
    run(10000000);
    assert_int_equal(in[2].expect, 300);
    assert_true(in[2].received < 300 && in[2].received > 150);
    assert_int_equal(pool.used, 0);
}

static void usrsctp_skips_what_we_give_up(void **state) {
    (void)state;
    connect_both();
    our_open(1, 0, 6000, true);
    our_open(3, 50, 2000, false);
    loss = 100;
    for (unsigned i = 0; i < 200; i++) {
        out[1].count++;
        assert_int_equal(oc_sctp_kick(ours, 1), OC_OK);
        out[1].stale = out[1].next > 4 ? out[1].next - 4 : 0;
        run(20000);
    }
    loss = 0;
    run(20000000);
    assert_int_equal(out[1].expect, 200);
    assert_true(out[1].received < 200 && out[1].received > 50);
    assert_int_equal(out[3].received, 50);
}

/* Half of a message is sent, and every fragment of that half acknowledged, when the rest is
 * overtaken: one TSN more is used up by an end that is never sent, and usrsctp goes on with the
 * next message. With a small buffer it has given away the beginning by then, and takes that back.
 */
static void usrsctp_skips_half_a_message_it_has_acknowledged(void **state) {
    oc_send_stats_t sent;
    unsigned large = 0;
    for (unsigned n = 0; n < 60; n++) {
        flow_t one = {.longest = LONGEST};
        if (length_of(&one, n) < 40000)
            continue;
        tear_down(state);
        set_up(state);
        connect_both();
        our_open(1, n, LONGEST, true);
        out[1].next = n;
        out[1].count = n + 1;
        assert_int_equal(oc_sctp_kick(ours, 1), OC_OK);
        run((large % 2 ? 5 : 1) * TICK_US);
        mute = true; /* what is under way is acknowledged, and nothing follows it */
        run(400000);
        oc_send_stats(oc_sctp_sender(ours), &sent, now_us);
        assert_int_equal(sent.in_flight + out[1].received, 0);
        assert_true(sent.acked_bytes > 10000 && sent.acked_bytes < length_of(&out[1], n));
        out[1].stale = n + 1;
        mute = false;
        run(2000000);
        oc_send_stats(oc_sctp_sender(ours), &sent, now_us);
        assert_int_equal(out[1].received, 0);
        assert_int_equal(sent.abandoned, 1);
        assert_int_equal(sent.forward_tsn, 1);
        assert_int_equal(sent.outstanding, 0); /* which was acknowledged */
        out[1].count = n + 3;
        assert_int_equal(oc_sctp_kick(ours, 1), OC_OK);
        run(3000000);
        assert_int_equal(out[1].received, 2);
        assert_false(down || their_down);
        large++;
    }
    assert_true(large > 10);
}

static void their_reset(uint16_t sid) {
    size_t len = sizeof(struct sctp_reset_streams) + sizeof(uint16_t);
    struct sctp_reset_streams *reset = calloc(1, len);
    reset->srs_flags = SCTP_STREAM_RESET_OUTGOING;
    reset->srs_number_streams = 1;
    reset->srs_stream_list[0] = sid;
    assert_int_equal(
        usrsctp_setsockopt(theirs, IPPROTO_SCTP, SCTP_RESET_STREAMS, reset, (socklen_t)len), 0);
    free(reset);
}

static void streams_are_reset_by_both_and_used_again(void **state) {
    (void)state;
    loss = 30;
    connect_both();
    for (unsigned round = 1; round <= 6; round++) {
        our_open(1, 10, 3000, false);
        in[1] = (flow_t){.count = 10, .longest = 3000};
        their_send(1, false);
        run(5000000);
        assert_int_equal(oc_sctp_close(ours, 1, now_us), OC_OK);
        if (round % 2)
            run(5000000);
        their_reset(1);
        run(15000000);
        assert_int_equal(out[1].received, 10);
        assert_int_equal(in[1].received, 10);
        assert_int_equal(resets_ours, round);
        assert_int_equal(resets_by_peer, round);
        assert_int_equal(their_resets, round);
    }
}

static void both_can_end_it(void **state) {
    (void)state;
    connect_both();
    our_open(1, 20, 30000, false);
    run(10000);
    assert_int_equal(oc_sctp_shutdown(ours), OC_OK);
    run(10000000);
    assert_int_equal(out[1].received, 20);
    assert_true(down && their_down);
    assert_int_equal(reason, OC_SCTP_DOWN_SHUTDOWN);
    tear_down(state);
    set_up(state);
    connect_both();
    assert_int_equal(usrsctp_shutdown(theirs, SHUT_WR), 0);
    run(10000000);
    assert_true(down);
    assert_int_equal(reason, OC_SCTP_DOWN_SHUTDOWN);
}

static int start(void **state) {
    (void)state;
    usrsctp_init_nothreads(0, their_output, NULL);
    usrsctp_sysctl_set_sctp_blackhole(2);
    usrsctp_sysctl_set_sctp_ecn_enable(0);
    return 0;
}
static int finish(void **state) {
    (void)state;
    for (unsigned i = 0; i < 1000 && usrsctp_finish() != 0; i++)
        usrsctp_handle_timers(100);
    return 0;
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(messages_both_ways),
        CASE(messages_both_ways_with_losses),
        CASE(either_end_may_begin),
        CASE(a_peer_that_is_not_ready_is_asked_again),
        CASE(what_usrsctp_gives_up_is_skipped),
        CASE(usrsctp_skips_what_we_give_up),
        CASE(usrsctp_skips_half_a_message_it_has_acknowledged),
        CASE(streams_are_reset_by_both_and_used_again),
        CASE(both_can_end_it),
    };
    return cmocka_run_group_tests(tests, start, finish);
}
