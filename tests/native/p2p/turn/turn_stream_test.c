/* oc_turn over TCP and TLS: the stream is the host's, its pieces are any. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "oc_err.h"
#include "oc_random_seeded.h"
#include "oc_stun.h"
#include "oc_turn_impl.h"
#include "turn_rig.h"

static rig_t rig;

static int set_up(void **state) {
    oc_random_seed(3);
    turn_rig_init(&rig, 3, NULL);
    return 0;
}

static int tear_down(void **state) {
    return turn_rig_close(&rig);
}

static void bytes_go_both_ways(void **state) {
    oc_addr_t peer = turn_rig_peer(1, 7000);
    turn_rig_turn(&rig, 0, OC_TURN_TLS);
    turn_rig_run(&rig, 1 * RIG_S);
    const oc_gather_event_t *connect = turn_rig_last(&rig, OC_GATHER_CONNECT);
    assert_true(connect->tls);
    assert_string_equal(connect->domain, "turn.example");
    assert_int_equal(turn_rig_last(&rig, OC_GATHER_CANDIDATE)->candidate.kind, OC_GATHER_RELAYED);
    assert_int_equal(rig.model[0].requests[OC_STUN_BINDING], 0); /* a mapping of TCP is of no use */
    char text[RIG_DATA];
    for (unsigned len = 1; len < 200; len++) { /* every padding, by indication and by channel */
        memset(text, 'a' + (int)(len % 26), len);
        text[len] = 0;
        assert_true(turn_rig_send(&rig, 1, &peer, text) > 0);
        turn_rig_run(&rig, 50 * RIG_MS);
        assert_string_equal(rig.at_client.text, text);
        assert_int_equal(rig.at_client.via, 1);
    }
    assert_true(rig.model[0].channel_data > 100);
    assert_int_equal(rig.connections, 1);
}

static void a_stream_that_ends_is_made_again(void **state) {
    turn_rig_turn(&rig, 0, OC_TURN_TCP);
    turn_rig_run(&rig, 1 * RIG_S);
    turn_model_restart(&rig.model[0], rig.now_us);
    rig.up[0] = false;
    rig.stream[0].open = false;
    oc_gather_stream(&rig.gather, OC_GATHER_STREAM | 1, false, rig.now_us);
    turn_rig_run(&rig, 1 * RIG_S);
    assert_int_equal(turn_rig_last(&rig, OC_GATHER_LOST)->reason, OC_TURN_NO_STREAM);
    turn_rig_run(&rig, 60 * RIG_S); /* it waits longer each time */
    assert_in_range(turn_rig_count(&rig, OC_GATHER_CONNECT), 4, 8);
    assert_int_equal(turn_rig_last(&rig, OC_GATHER_FAILED)->reason, OC_TURN_NO_STREAM);
    rig.up[0] = true;
    turn_rig_run(&rig, 65 * RIG_S);
    assert_true(oc_turn_is_up(&rig.gather.relay[0].turn));
    assert_int_equal(turn_rig_count(&rig, OC_GATHER_CANDIDATE), 2);
}

static void a_connection_that_hangs_is_given_up(void **state) {
    rig.silent[0] = true;
    turn_rig_turn(&rig, 0, OC_TURN_TCP);
    turn_rig_run(&rig, 11 * RIG_S);
    assert_int_equal(turn_rig_count(&rig, OC_GATHER_DISCONNECT), 1);
    assert_int_equal(turn_rig_last(&rig, OC_GATHER_FAILED)->reason, OC_TURN_NO_STREAM);
    rig.silent[0] = false;
    turn_rig_run(&rig, 10 * RIG_S);
    assert_true(oc_turn_is_up(&rig.gather.relay[0].turn));
}

static void a_server_that_says_nothing_is_given_up(void **state) {
    rig.model[0].ignores = true;
    turn_rig_turn(&rig, 0, OC_TURN_TCP);
    turn_rig_run(&rig, 11 * RIG_S);
    assert_int_equal(turn_rig_last(&rig, OC_GATHER_FAILED)->reason, OC_TURN_NO_ANSWER);
    assert_int_equal(turn_rig_count(&rig, OC_GATHER_DISCONNECT), 1);
}

static void a_server_of_something_else_is_noticed(void **state) {
    static const char http[] = "HTTP/1.1 400 Bad Request\r\n\r\n";
    oc_gather_data_t out;
    oc_path_t from = {.via = OC_GATHER_STREAM | 1};
    rig.model[0].ignores = true;
    turn_rig_turn(&rig, 0, OC_TURN_TCP);
    turn_rig_run(&rig, 1 * RIG_S);
    rig.model[0].malformed = 0;
    oc_span_t bytes = oc_span(http, sizeof http - 1);
    assert_int_equal(oc_gather_input(&rig.gather, &from, &bytes, rig.now_us, &out), OC_ERR_FORMAT);
    turn_rig_run(&rig, 1);
    assert_int_equal(turn_rig_last(&rig, OC_GATHER_FAILED)->reason, OC_TURN_BAD_STREAM);
    assert_int_equal(turn_rig_count(&rig, OC_GATHER_DISCONNECT), 1);
}

static void a_mismatch_stays_on_its_stream(void **state) {
    turn_rig_turn(&rig, 0, OC_TURN_TCP);
    turn_rig_run(&rig, 5 * RIG_S);
    turn_model_restart(&rig.model[0], rig.now_us); /* forgets, but keeps the connection */
    turn_rig_run(&rig, 600 * RIG_S);
    assert_int_equal(turn_rig_last(&rig, OC_GATHER_LOST)->reason, OC_TURN_MISMATCH);
    assert_int_equal(turn_rig_count(&rig, OC_GATHER_CANDIDATE), 2);
    assert_int_equal(rig.connections, 1);
}

static void stopping_gives_back_and_closes(void **state) {
    turn_rig_turn(&rig, 0, OC_TURN_TCP);
    turn_rig_run(&rig, 1 * RIG_S);
    assert_int_equal(oc_gather_set_server(&rig.gather, 0, NULL, rig.now_us), OC_OK);
    turn_rig_run(&rig, 1 * RIG_S);
    assert_int_equal(rig.model[0].allocation[0].client.family, 0);
    assert_int_equal(turn_rig_count(&rig, OC_GATHER_DISCONNECT), 1);
    assert_false(rig.gather.relay[0].used);
}

static void redirected_over_a_stream(void **state) {
    rig.model[0].alternate = turn_rig_server(1, 4);
    rig.model[1].stream = true;
    turn_rig_turn(&rig, 0, OC_TURN_TCP);
    turn_rig_run(&rig, 1 * RIG_S);
    assert_int_equal(rig.connections, 2);
    assert_int_equal(turn_rig_count(&rig, OC_GATHER_DISCONNECT), 1);
    assert_true(oc_turn_is_up(&rig.gather.relay[0].turn));
    assert_int_equal(rig.model[1].malformed, 0);
}

/* Messages cut at every place and joined come out the same. */
static void frames_are_cut_anywhere(void **state) {
    static oc_turn_frame_t frame;
    uint8_t stream[512] = {0};
    size_t len = 0, whole[3] = {20, 8, 12}, net[3] = {20, 5, 12};
    stream[3] = 0, len = 20;                                /* STUN without attributes */
    memcpy(stream + len, "\x40\x01\x00\x01x", 5), len += 8; /* ChannelData, padded */
    memcpy(stream + len, "\x4f\xff\x00\x08yyyyyyyy", 12), len += 12;
    for (size_t cut = 0; cut <= len; cut++) {
        oc_turn_frame_reset(&frame);
        size_t at = 0;
        unsigned n = 0;
        for (unsigned part = 0; part < 2; part++) {
            oc_span_t bytes = part ? oc_span(stream + cut, len - cut) : oc_span(stream, cut),
                      message;
            while (oc_turn_frame_next(&frame, &bytes, &message) == OC_OK) {
                assert_int_equal(message.len, net[n]);
                assert_memory_equal(message.data, stream + at, net[n]);
                at += whole[n++];
            }
            assert_int_equal(bytes.len, 0);
        }
        assert_int_equal(n, 3);
    }
}

static void a_frame_that_is_too_long_is_skipped(void **state) {
    static oc_turn_frame_t frame;
    static uint8_t stream[8000];
    oc_turn_frame_reset(&frame);
    memcpy(stream, "\x40\x00\x17\x70", 4); /* 6,000 bytes */
    memcpy(stream + 6004, "\x40\x01\x00\x04next", 8);
    oc_span_t message;
    unsigned gaps = 0, found = 0;
    for (size_t at = 0; at < 6012; at += 100) {
        oc_span_t bytes = oc_span(stream + at, 6012 - at < 100 ? 6012 - at : 100);
        for (int got; (got = oc_turn_frame_next(&frame, &bytes, &message)) != OC_AGAIN;) {
            gaps += got == OC_GAP;
            if (got == OC_OK) {
                found++;
                assert_memory_equal(message.data, "\x40\x01\x00\x04next", 8);
            }
        }
    }
    assert_int_equal(gaps, 1);
    assert_int_equal(found, 1);
    uint8_t odd[4] = {0, 1, 0, 3}, high[4] = {0x50, 0, 0, 0};
    oc_span_t bytes = oc_span(odd, 4);
    assert_int_equal(oc_turn_frame_next(&frame, &bytes, &message), OC_ERR_FORMAT);
    oc_turn_frame_reset(&frame);
    bytes = oc_span(high, 4);
    assert_int_equal(oc_turn_frame_next(&frame, &bytes, &message), OC_ERR_FORMAT);
}

#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
int main(void) {
    const struct CMUnitTest tests[] = {
        T(bytes_go_both_ways),
        T(a_stream_that_ends_is_made_again),
        T(a_connection_that_hangs_is_given_up),
        T(a_server_that_says_nothing_is_given_up),
        T(a_server_of_something_else_is_noticed),
        T(a_mismatch_stays_on_its_stream),
        T(stopping_gives_back_and_closes),
        T(redirected_over_a_stream),
        cmocka_unit_test(frames_are_cut_anywhere),
        cmocka_unit_test(a_frame_that_is_too_long_is_skipped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
