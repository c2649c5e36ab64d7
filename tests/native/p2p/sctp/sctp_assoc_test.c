/* Beginning and end of an association: lost chunks, collisions, tags. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "oc_sctp_impl.h"
#include "sctp_lose.h"

static rig_t rig;
static oc_sctp_config_t config;

static int set_up(void **state) {
    (void)state;
    config = oc_sctp_camera_config(NULL);
    config.rtt_us = 40000;
    sctp_rig_init(&rig, &config, 128, 7);
    return 0;
}
static int tear_down(void **state) {
    (void)state;
    sctp_rig_end(&rig);
    return 0;
}

static void each_lost_chunk_of_the_handshake_comes_again(void **state) {
    static const uint8_t types[] = {OC_SCTP_INIT, OC_SCTP_INIT_ACK, OC_SCTP_COOKIE_ECHO,
                                    OC_SCTP_COOKIE_ACK};
    for (unsigned i = 0; i < 4; i++) {
        for (lose_count = 1; lose_count <= 4; lose_count++) {
            lose_type = types[i];
            rig.drop = lose;
            sctp_rig_connect(&rig);
            assert_int_equal(sctp_rig_open(&rig, 0, 1, 5, 10, 500, false), OC_OK);
            sctp_rig_run(&rig, 20000000);
            assert_true(rig.end[0].up && rig.end[1].up);
            assert_true(rig.end[0].up_us < 1000000 && rig.end[1].up_us < 1000000);
            assert_int_equal(rig.end[1].stream[1].received, 5);
            tear_down(state);
            set_up(state);
        }
    }
}

/* One end alone asks: the ordinary case of RFC 9260 5.1. */
static void one_end_is_enough(void **state) {
    (void)state;
    assert_int_equal(oc_sctp_connect(rig.end[1].sctp, 0), OC_OK);
    assert_int_equal(sctp_rig_open(&rig, 1, 1, 3, 10, 500, false), OC_OK);
    sctp_rig_run(&rig, 1000000);
    assert_true(rig.end[0].up && rig.end[1].up);
    assert_int_equal(rig.end[0].up_us, 60000); /* COOKIE ECHO at 1.5 RTT */
    assert_int_equal(rig.end[0].stream[1].received, 3);
    assert_int_equal(oc_sctp_connect(rig.end[0].sctp, 0), OC_OK);
    assert_false(rig.end[0].down);
}

/* Media leaves with the COOKIE ECHO and the COOKIE ACK, not a round trip later. */
static void data_rides_with_the_cookie(void **state) {
    (void)state;
    assert_int_equal(oc_sctp_connect(rig.end[0].sctp, 0), OC_OK);
    assert_int_equal(sctp_rig_open(&rig, 0, 1, 1, 100, 100, false), OC_OK);
    assert_int_equal(sctp_rig_open(&rig, 1, 2, 1, 100, 100, false), OC_OK);
    sctp_rig_run(&rig, 60000);
    assert_int_equal(rig.end[1].stream[1].received, 1);
    sctp_rig_run(&rig, 80000);
    assert_int_equal(rig.end[0].stream[2].received, 1);
}

static void the_first_time_outs_follow_the_rtt(void **state) {
    (void)state;
    rig.link[0].down = true;
    assert_int_equal(oc_sctp_connect(rig.end[0].sctp, 0), OC_OK);
    sctp_rig_run(&rig, 99000);
    assert_int_equal(rig.link[0].sent, 1);
    sctp_rig_run(&rig, 101000);
    assert_int_equal(rig.link[0].sent, 2);
    sctp_rig_run(&rig, 700000); /* 100, 300, 700 */
    assert_int_equal(rig.link[0].sent, 4);
    sctp_rig_run(&rig, 60000000); /* it goes on for ever, every 3 s */
    assert_in_range(rig.link[0].sent, 20, 30);
    rig.link[0].down = false;
    sctp_rig_up(&rig);
}

/* Known only when the path is, after oc_sctp_init. */
static void the_first_time_outs_follow_the_path(void **state) {
    (void)state;
    rig.link[0].down = true;
    oc_sctp_path_changed(rig.end[0].sctp, 200000, 0, 0);
    assert_int_equal(oc_sctp_connect(rig.end[0].sctp, 0), OC_OK);
    sctp_rig_run(&rig, 399000);
    assert_int_equal(rig.link[0].sent, 1);
    sctp_rig_run(&rig, 401000);
    assert_int_equal(rig.link[0].sent, 2);
    rig.link[0].down = false;
    sctp_rig_up(&rig);
}

static void packets_with_another_tag_or_port_are_not_ours(void **state) {
    oc_sctp_stats_t stats;
    uint8_t packet[16] = {0x13, 0x88, 0x13, 0x88};
    (void)state;
    sctp_rig_connect(&rig);
    sctp_rig_run(&rig, 1000000);
    packet[12] = OC_SCTP_ABORT;
    packet[15] = 4;
    oc_sctp_put32(packet + 4, rig.end[0].sctp->assoc.local.tag + 1);
    sctp_rig_inject(&rig, 1, packet, sizeof packet);
    oc_sctp_put32(packet + 4, 0);
    sctp_rig_inject(&rig, 1, packet, sizeof packet);
    packet[13] = OC_SCTP_FLAG_T; /* reflected: it has to be the peer's tag */
    oc_sctp_put32(packet + 4, rig.end[0].sctp->assoc.local.tag);
    sctp_rig_inject(&rig, 1, packet, sizeof packet);
    packet[13] = 0;
    packet[1] ^= 1;
    sctp_rig_inject(&rig, 1, packet, sizeof packet);
    packet[1] ^= 1;
    oc_sctp_stats(rig.end[0].sctp, &stats);
    assert_int_equal(stats.drop_tag, 3);
    assert_int_equal(stats.drop_port, 1);
    assert_false(rig.end[0].down);
    sctp_rig_inject(&rig, 1, packet, sizeof packet);
    assert_true(rig.end[0].down);
    assert_int_equal(rig.end[0].reason, OC_SCTP_DOWN_ABORTED);
}

static void checksums_are_left_out_only_when_both_know(void **state) {
    uint8_t packet[16] = {0x13, 0x88, 0x13, 0x88};
    oc_sctp_config_t plain = oc_sctp_camera_config(NULL);
    (void)state;
    sctp_rig_connect(&rig);
    sctp_rig_run(&rig, 1000000);
    packet[12] = OC_SCTP_ABORT;
    packet[15] = 4;
    oc_sctp_put32(packet + 4, rig.end[0].sctp->assoc.local.tag);
    packet[8] = 1; /* neither right nor zero */
    (void)oc_sctp_input(rig.end[0].sctp, oc_span(packet, 16), rig.now_us);
    assert_int_equal(oc_sctp_state(rig.end[0].sctp), OC_SCTP_ESTABLISHED);
    packet[8] = 0;
    (void)oc_sctp_input(rig.end[0].sctp, oc_span(packet, 16), rig.now_us);
    assert_int_equal(oc_sctp_state(rig.end[0].sctp), OC_SCTP_ENDED);
    sctp_rig_end(&rig);
    plain.zero_checksum = false;
    sctp_rig_init_ends(&rig, &plain, &config, 128, 8);
    sctp_rig_connect(&rig);
    assert_int_equal(sctp_rig_open(&rig, 1, 1, 3, 10, 500, false), OC_OK);
    sctp_rig_run(&rig, 1000000);
    assert_int_equal(rig.end[0].stream[1].received, 3); /* with checksums */
    oc_sctp_put32(packet + 4, rig.end[0].sctp->assoc.local.tag);
    (void)oc_sctp_input(rig.end[0].sctp, oc_span(packet, 16), rig.now_us);
    assert_int_equal(oc_sctp_state(rig.end[0].sctp), OC_SCTP_ESTABLISHED);
}

static void a_shutdown_waits_for_the_last_byte(void **state) {
    for (lose_count = 0; lose_count < 4; lose_count++) {
        static const uint8_t types[] = {OC_SCTP_SHUTDOWN, OC_SCTP_SHUTDOWN_ACK,
                                        OC_SCTP_SHUTDOWN_COMPLETE};
        for (unsigned i = 0; i < 3; i++) {
            rig.drop = lose;
            lose_type = types[i];
            rig.link[0].loss = rig.link[1].loss = 50;
            sctp_rig_connect(&rig);
            assert_int_equal(sctp_rig_open(&rig, 0, 1, 20, 1000, 3000, false), OC_OK);
            sctp_rig_up(&rig);
            sctp_rig_run(&rig, rig.now_us + 10000);
            assert_int_equal(oc_sctp_shutdown(rig.end[0].sctp), OC_OK);
            sctp_rig_run(&rig, rig.now_us + 100000000);
            assert_int_equal(rig.end[1].stream[1].received, 20);
            assert_true(rig.end[0].down && rig.end[1].down);
            assert_int_equal(rig.end[0].reason, OC_SCTP_DOWN_SHUTDOWN);
            assert_int_equal(rig.end[1].reason, OC_SCTP_DOWN_SHUTDOWN);
            tear_down(state);
            set_up(state);
        }
    }
}

/* A peer that shuts down does not wait for a source that never ends. */
static void a_shutdown_stops_what_the_other_end_sends(void **state) {
    (void)state;
    sctp_rig_connect(&rig);
    assert_int_equal(sctp_rig_open(&rig, 0, 1, 1000000, 1000, 3000, false), OC_OK);
    sctp_rig_up(&rig);
    sctp_rig_run(&rig, rig.now_us + 1000000);
    assert_int_equal(oc_sctp_shutdown(rig.end[1].sctp), OC_OK);
    sctp_rig_run(&rig, rig.now_us + 2000000);
    assert_true(rig.end[0].down && rig.end[1].down);
    assert_int_equal(rig.end[0].reason, OC_SCTP_DOWN_SHUTDOWN);
    assert_int_equal(rig.end[1].stream[1].received, rig.end[0].stream[1].next);
}

static void both_ends_may_shut_down_at_once(void **state) {
    (void)state;
    sctp_rig_connect(&rig);
    sctp_rig_up(&rig);
    assert_int_equal(oc_sctp_shutdown(rig.end[0].sctp), OC_OK);
    assert_int_equal(oc_sctp_shutdown(rig.end[1].sctp), OC_OK);
    sctp_rig_run(&rig, rig.now_us + 10000000);
    assert_true(rig.end[0].down && rig.end[1].down);
    assert_int_equal(rig.end[1].reason, OC_SCTP_DOWN_SHUTDOWN);
}

static void a_shutdown_nobody_answers_ends_all_the_same(void **state) {
    (void)state;
    sctp_rig_connect(&rig);
    sctp_rig_up(&rig);
    rig.link[0].down = true;
    assert_int_equal(oc_sctp_shutdown(rig.end[0].sctp), OC_OK);
    sctp_rig_run(&rig, rig.now_us + 60000000);
    assert_true(rig.end[0].down);
    assert_int_equal(rig.end[0].reason, OC_SCTP_DOWN_TIMEOUT);
}

static void an_abort_tells_its_cause(void **state) {
    (void)state;
    sctp_rig_connect(&rig);
    assert_int_equal(sctp_rig_open(&rig, 0, 1, 20, 1000, 3000, false), OC_OK);
    sctp_rig_up(&rig);
    oc_sctp_abort(rig.end[0].sctp, OC_SCTP_CAUSE_NO_RESOURCE);
    sctp_rig_run(&rig, rig.now_us + 1000000);
    assert_int_equal(rig.end[0].reason, OC_SCTP_DOWN_LOCAL);
    assert_int_equal(rig.end[1].reason, OC_SCTP_DOWN_ABORTED);
    assert_int_equal(rig.end[1].cause, OC_SCTP_CAUSE_NO_RESOURCE);
    assert_int_equal(rig.end[0].stream[1].done + rig.end[0].stream[1].abandoned,
                     rig.end[0].stream[1].next); /* its source was told about each */
    assert_int_equal(oc_sctp_connect(rig.end[0].sctp, rig.now_us), OC_ERR_STATE);
    assert_int_equal(sctp_rig_open(&rig, 0, 2, 20, 1000, 3000, false), OC_ERR_STATE);
}

/* Not every stack has FORWARD-TSN (RFC 3758) or RE-CONFIG (RFC 6525). */
static void a_peer_without_extensions_gets_reliable_streams_only(void **state) {
    (void)state;
    rig.end[1].sctp->assoc.local.forward_tsn = false;
    rig.end[1].sctp->assoc.local.reconfig = false;
    sctp_rig_connect(&rig);
    sctp_rig_up(&rig);
    assert_int_equal(sctp_rig_open(&rig, 0, 1, 5, 10, 500, true), OC_ERR_NOTSUP);
    assert_int_equal(sctp_rig_open(&rig, 0, 1, 5, 10, 500, false), OC_OK);
    sctp_rig_run(&rig, rig.now_us + 1000000);
    assert_int_equal(rig.end[1].stream[1].received, 5);
    assert_int_equal(oc_sctp_close(rig.end[0].sctp, 1, rig.now_us), OC_ERR_NOTSUP);
    tear_down(state);
    set_up(state);
    rig.end[1].sctp->assoc.local.forward_tsn = false;
    assert_int_equal(sctp_rig_open(&rig, 0, 1, 5, 10, 500, true), OC_OK); /* before that is known */
    sctp_rig_connect(&rig);
    sctp_rig_run(&rig, 1000000);
    assert_true(rig.end[0].down);
    assert_int_equal(rig.end[0].reason, OC_SCTP_DOWN_NOTSUP);
    assert_int_equal(rig.end[1].reason, OC_SCTP_DOWN_ABORTED);
}

static void streams_are_opened_once_and_in_range(void **state) {
    (void)state;
    assert_int_equal(sctp_rig_open(&rig, 0, 1, 5, 10, 500, false), OC_OK);
    assert_int_equal(sctp_rig_open(&rig, 0, 1, 5, 10, 500, false), OC_ERR_EXIST);
    oc_send_stream_config_t stream = {.priority = OC_SEND_MEDIA};
    assert_int_equal(oc_sctp_open(rig.end[0].sctp, UINT16_MAX, &stream), OC_ERR_RANGE);
    assert_int_equal(oc_sctp_open(rig.end[0].sctp, 2, &stream), OC_ERR_INVAL); /* no source */
    assert_int_equal(oc_sctp_kick(rig.end[0].sctp, 2), OC_ERR_NOENT);
    assert_int_equal(oc_sctp_shutdown(rig.end[0].sctp), OC_ERR_STATE);
    assert_int_equal(rig.end[0].sctp->streams.count, 1);
}

/* A reliable source that forgets what the peer does not have yet ends the association, with a
 * reason. */
static void a_source_that_forgets_ends_it(void **state) {
    (void)state;
    sctp_rig_connect(&rig);
    assert_int_equal(sctp_rig_open(&rig, 0, 1, 100, 1000, 3000, false), OC_OK);
    sctp_rig_up(&rig);
    rig.end[0].stream[1].stale = 50;
    sctp_rig_run(&rig, rig.now_us + 5000000);
    assert_int_equal(rig.end[0].reason, OC_SCTP_DOWN_SOURCE);
    assert_int_equal(rig.end[1].reason, OC_SCTP_DOWN_ABORTED);
}

static void a_config_out_of_range_makes_nothing(void **state) {
    static _Alignas(16) uint8_t memory[8192];
    oc_pool_t pool;
    oc_sctp_config_t good = oc_sctp_camera_config(&pool), bad;
    (void)state;
    assert_in_range(oc_sctp_memory(&good), 1, 5 * 1024);
    assert_non_null(oc_sctp_init(memory, &good));
    assert_null(oc_sctp_init(memory + 8, &good));
    bad = good, bad.window = 1499;
    assert_int_equal(oc_sctp_memory(&bad), 0);
    bad = good, bad.message_max = good.window + 1;
    assert_int_equal(oc_sctp_memory(&bad), 0);
    bad = good, bad.span = 1000;
    assert_int_equal(oc_sctp_memory(&bad), 0);
    bad = good, bad.streams = 0;
    assert_int_equal(oc_sctp_memory(&bad), 0);
    bad = good, bad.pool = NULL;
    assert_null(oc_sctp_init(memory, &bad));
    assert_true(sizeof(oc_sctp_stream_t) <= 64);
    print_message("camera profile: %zu bytes of memory, at most %u blocks\n", oc_sctp_memory(&good),
                  oc_sctp_blocks(&good));
    good = oc_sctp_peer_config(&pool);
    print_message("peer profile: %zu bytes of memory, at most %u blocks\n", oc_sctp_memory(&good),
                  oc_sctp_blocks(&good));
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(each_lost_chunk_of_the_handshake_comes_again),
        CASE(one_end_is_enough),
        CASE(data_rides_with_the_cookie),
        CASE(the_first_time_outs_follow_the_rtt),
        CASE(the_first_time_outs_follow_the_path),
        CASE(packets_with_another_tag_or_port_are_not_ours),
        CASE(checksums_are_left_out_only_when_both_know),
        CASE(a_shutdown_waits_for_the_last_byte),
        CASE(a_shutdown_stops_what_the_other_end_sends),
        CASE(both_ends_may_shut_down_at_once),
        CASE(a_shutdown_nobody_answers_ends_all_the_same),
        CASE(an_abort_tells_its_cause),
        CASE(a_peer_without_extensions_gets_reliable_streams_only),
        CASE(streams_are_opened_once_and_in_range),
        CASE(a_source_that_forgets_ends_it),
        CASE(a_config_out_of_range_makes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
