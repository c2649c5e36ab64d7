/* What the sender promises on a path that works: order, priorities, wrapping numbers, the peer's
 * window, ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "oc_err.h"
#include "sctp_flow.h"

#define SECOND INT64_C(1000000)

static net_t net;
static net_link_t there, back;
static flow_t f;

static flow_config_t plain(void) {
    return (flow_config_t){.send = {.outstanding = 256, .streams = FLOW_STREAMS},
                           .first_tsn = 1000,
                           .window = 1 << 20,
                           .mtu = 1132,
                           .rtt_us = 40000};
}

static void make(const flow_config_t *c) {
    net_init(&net, 1);
    there = back = (net_link_t){.net = &net, .delay_us = 20000};
    flow_open(&f, &net, &there, &back, c);
}

static int end(void **state) {
    assert_int_equal(f.rx.wrong, 0);
    flow_free(&f);
    net_free(&net);
    return 0;
}

static void every_size_arrives_byte_for_byte(void **state) {
    static const uint32_t sizes[] = {1, 2, 3, 63, 64, 65, 1000, 1103, 1104, 1105, 2208, 70000};
    flow_config_t c = plain();
    make(&c);
    for (unsigned s = 0; s < FLOW_STREAMS; s++)
        assert_int_equal(flow_stream(&f, (uint16_t)s, OC_SEND_MEDIA, s & 1), OC_OK);
    f.source[1].split = 30; /* copied pieces: 8 of them make a fragment of 240 bytes */
    f.source[2].split = 200;
    f.source[3].unordered = true;
    for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        for (unsigned s = 0; s < FLOW_STREAMS; s++)
            flow_message(&f, (uint16_t)s, sizes[i], true, 0);
    net_run(&net, 20 * SECOND);
    assert_int_equal(f.rx.messages, FLOW_STREAMS * sizeof sizes / sizeof sizes[0]);
    assert_true(oc_send_idle(f.send));
    for (unsigned s = 0; s < FLOW_STREAMS; s++)
        assert_int_equal(f.source[s].done_ok, sizeof sizes / sizeof sizes[0]);
    assert_int_equal(oc_send_next_deadline(f.send, net.now), INT64_MAX);
}

static void tsn_and_ssn_wrap(void **state) {
    flow_config_t c = plain();
    oc_send_stats_t st;
    c.first_tsn = 0xFFFFFF00u;
    c.send.outstanding = 2048;
    make(&c);
    there.loss_ppm = 10000;
    flow_stream(&f, 0, OC_SEND_MEDIA, true);
    for (unsigned i = 0; i < 70000; i++) {
        flow_message(&f, 0, 20 + i % 50, true, 0);
        if (i % 32 == 31)
            net_run(&net, net.now + 5000);
    }
    net_run(&net, net.now + 10 * SECOND);
    oc_send_stats(f.send, &st, net.now);
    assert_int_equal(f.rx.messages, 70000);
    assert_true(f.rx.next_ssn[0] == (uint16_t)70000);
    assert_int_equal(oc_send_next_tsn(f.send), 0xFFFFFF00u + 70000);
}

typedef struct log {
    unsigned count;
    uint16_t sid[64];
    int64_t at[64];
} log_t;
static log_t seen;

static void note(void *ctx, uint16_t sid, uint32_t ppid, int64_t made_us, uint32_t len) {
    if (seen.count < 64) {
        seen.sid[seen.count] = sid;
        seen.at[seen.count++] = net.now - made_us;
    }
}

static void commands_go_first_and_media_takes_turns(void **state) {
    flow_config_t c = plain();
    make(&c);
    seen.count = 0;
    f.delivered = note;
    there.rate = 250000;
    there.queue = 1 << 20;
    flow_stream(&f, 1, OC_SEND_MEDIA, false);
    flow_stream(&f, 2, OC_SEND_MEDIA, false);
    flow_stream(&f, 3, OC_SEND_COMMAND, false);
    for (unsigned i = 0; i < 4; i++) /* the first fills the window, the rest waits */
        flow_message(&f, 1, 60000, true, 0);
    for (unsigned i = 0; i < 2; i++)
        flow_message(&f, 2, 60000, true, 0);
    flow_message(&f, 3, 100, true, 0);
    net_run(&net, 20 * SECOND);
    assert_int_equal(seen.count, 7);
    assert_int_equal(seen.sid[0], 1);
    assert_int_equal(seen.sid[1], 3); /* at the first message boundary */
    assert_int_equal(seen.sid[2], 2);
    assert_int_equal(seen.sid[3], 1);
    assert_int_equal(seen.sid[4], 2);
    assert_int_equal(seen.sid[5], 1);
}

/* A key frame of 48 KB is on its way at 2 Mbit/s: the reply waits for its end, not longer. */
static void a_reply_beside_a_key_frame_takes_less_than_250_ms(void **state) {
    flow_config_t c = plain();
    make(&c);
    seen.count = 0;
    f.delivered = note;
    there.rate = 250000;
    there.queue = 75000;
    flow_stream(&f, 1, OC_SEND_MEDIA, true);
    flow_stream(&f, 2, OC_SEND_COMMAND, false);
    for (unsigned i = 0; i < 90; i++) {
        flow_message(&f, 1, 6000, false, 0);
        net_run(&net, net.now + SECOND / 30);
    }
    seen.count = 0;
    flow_message(&f, 1, 49152, true, 0);
    net_run(&net, net.now + 10000);
    flow_message(&f, 2, 300, true, 0);
    net_run(&net, net.now + SECOND);
    for (unsigned i = 0; i < seen.count; i++)
        if (seen.sid[i] == 2)
            assert_in_range(seen.at[i], 0, 250000);
    assert_int_equal(f.source[2].done_ok, 1);
}

static void a_closed_window_is_probed_until_it_opens(void **state) {
    flow_config_t c = plain();
    oc_send_stats_t st;
    uint64_t before;
    c.window = 32768;
    make(&c);
    flow_stream(&f, 0, OC_SEND_MEDIA, false);
    f.rx.reading = false;
    for (unsigned i = 0; i < 100; i++)
        flow_message(&f, 0, 1000, true, 0);
    net_run(&net, 5 * SECOND);
    before = f.data_packets;
    net_run(&net, 65 * SECOND); /* a minute: a probe each RTO of at most 3 s */
    assert_in_range(f.data_packets - before, 20, 40);
    assert_true(f.rx.held <= 32768);
    oc_send_stats(f.send, &st, net.now);
    assert_true(st.cwnd > 4 * 1104); /* a full peer is no congestion */
    back.down_from = net.now;        /* the SACK that opens the window is lost */
    back.down_to = net.now + 1000;
    flow_read(&f);
    net_run(&net, net.now + 4 * SECOND);
    assert_int_equal(f.rx.messages, 100);
    assert_true(oc_send_idle(f.send));
}

static void a_window_update_is_used_at_once(void **state) {
    flow_config_t c = plain();
    int64_t from;
    c.window = 32768;
    make(&c);
    flow_stream(&f, 0, OC_SEND_MEDIA, false);
    f.rx.reading = false;
    for (unsigned i = 0; i < 60; i++)
        flow_message(&f, 0, 1000, true, 0);
    net_run(&net, 30 * SECOND);
    from = net.now;
    flow_read(&f);
    net_run(&net, from + 200000);
    assert_int_equal(f.rx.messages, 60);
}

static void streams_close_reset_and_open_again(void **state) {
    flow_config_t c = plain();
    oc_send_stream_stats_t st;
    make(&c);
    assert_int_equal(flow_stream(&f, 5, OC_SEND_MEDIA, false), OC_OK);
    assert_int_equal(flow_stream(&f, 5, OC_SEND_MEDIA, false), OC_ERR_EXIST);
    flow_message(&f, 5, 5000, true, 0);
    assert_false(oc_send_stream_idle(f.send, 5));
    assert_int_equal(oc_send_stream_close(f.send, 5, false, net.now), OC_OK);
    assert_int_equal(oc_send_stream_remove(f.send, 5), OC_ERR_BUSY);
    net_run(&net, SECOND);
    assert_true(oc_send_stream_idle(f.send, 5));
    assert_int_equal(oc_send_stream_stats(f.send, 5, &st, net.now), OC_OK);
    assert_int_equal(st.messages, 1);
    assert_int_equal(st.acked_bytes, 5000);
    assert_int_equal(st.unacked_messages, 0);
    assert_int_equal(st.unacked_bytes, 0);
    flow_message(&f, 5, 100, true, 0); /* nobody takes it */
    net_run(&net, 2 * SECOND);
    assert_int_equal(f.rx.messages, 1);
    assert_int_equal(oc_send_stream_remove(f.send, 5), OC_OK);
    assert_int_equal(oc_send_kick(f.send, 5), OC_ERR_NOENT);
    f.rx.next_ssn[5] = 0; /* the peer performed the reset */
    assert_int_equal(flow_stream(&f, 5, OC_SEND_MEDIA, false), OC_OK);
    flow_run(&f);
    net_run(&net, 3 * SECOND);
    assert_int_equal(f.rx.messages, 2);
}

static void the_end_gives_every_message_back(void **state) {
    flow_config_t c = plain();
    make(&c);
    back.down_to = 100 * SECOND;
    flow_stream(&f, 0, OC_SEND_MEDIA, true);
    flow_stream(&f, 1, OC_SEND_COMMAND, false);
    for (unsigned i = 0; i < 10; i++)
        flow_message(&f, 0, 9000, true, 0);
    flow_message(&f, 1, 100, true, 0);
    net_run(&net, SECOND);
    oc_send_stop(f.send);
    for (unsigned s = 0; s < 2; s++)
        for (unsigned i = 0; i < FLOW_MESSAGES; i++)
            assert_false(f.source[s].taken[i]);
    assert_true(f.source[0].done_closed > 0);
    assert_int_equal(oc_send_next_deadline(f.send, net.now), INT64_MAX);
    assert_false(oc_send_can_send(f.send, net.now));
}

static void wrong_arguments_are_refused(void **state) {
    static _Alignas(16) uint8_t memory[1 << 15];
    oc_send_config_t c = {.outstanding = 128, .streams = 2};
    oc_send_stream_config_t none = {.priority = OC_SEND_MEDIA};
    flow_config_t p = plain();
    assert_non_null(oc_send_init(memory, &c));
    assert_null(oc_send_init(memory + 8, &c));
    c.outstanding = 100;
    assert_int_equal(oc_send_memory(&c), 0);
    assert_null(oc_send_init(memory, &c));
    c = (oc_send_config_t){.outstanding = 128, .streams = 0};
    assert_int_equal(oc_send_memory(&c), 0);
    p.send.streams = 2;
    make(&p);
    assert_int_equal(oc_send_stream_open(f.send, 1, &none), OC_ERR_INVAL);
    assert_int_equal(flow_stream(&f, 0, OC_SEND_MEDIA, false), OC_OK);
    assert_int_equal(flow_stream(&f, 1, OC_SEND_MEDIA, false), OC_OK);
    assert_int_equal(flow_stream(&f, 2, OC_SEND_MEDIA, false), OC_ERR_BUSY);
    assert_int_equal(oc_send_stream_close(f.send, 9, true, 0), OC_ERR_NOENT);
}

/* A SACK is the peer's word: what cannot be true changes nothing. */
static void impossible_sacks_are_ignored(void **state) {
    static const oc_sctp_gap_t beyond = {2, 900}, turned = {5, 4}, adjacent = {1, 1}, fine = {2, 3};
    flow_config_t c = plain();
    oc_sctp_sack_t sack = {.a_rwnd = 1 << 20, .gaps = &beyond, .gap_count = 1};
    oc_send_stats_t st;
    make(&c);
    back.down_to = there.down_to = SECOND;
    flow_stream(&f, 0, OC_SEND_MEDIA, false);
    flow_message(&f, 0, 8000, true, 0);
    sack.cum_tsn = 999;
    assert_int_equal(oc_send_sack(f.send, &sack, net.now), OC_ERR_FORMAT);
    sack.gaps = &turned;
    assert_int_equal(oc_send_sack(f.send, &sack, net.now), OC_ERR_FORMAT);
    sack.gaps = &adjacent;
    assert_int_equal(oc_send_sack(f.send, &sack, net.now), OC_ERR_FORMAT);
    sack.gap_count = 0;
    sack.cum_tsn = 5000;
    assert_int_equal(oc_send_sack(f.send, &sack, net.now), OC_ERR_FORMAT);
    sack.cum_tsn = 990;
    assert_int_equal(oc_send_sack(f.send, &sack, net.now), OC_AGAIN);
    oc_send_stats(f.send, &st, net.now);
    assert_int_equal(st.bad_sacks, 4);
    assert_int_equal(st.in_flight, 8000);
    sack.cum_tsn = 999;
    sack.gaps = &fine;
    sack.gap_count = 1;
    assert_int_equal(oc_send_sack(f.send, &sack, net.now + 1000), OC_OK);
    net_run(&net, 10 * SECOND);
    assert_int_equal(f.rx.messages, 1);
}

/* Bytes waiting in sources cost nothing: memory is what oc_send_memory says, and that is small. */
static void a_stalled_viewer_costs_the_same_for_any_backlog(void **state) {
    flow_config_t c = plain();
    oc_send_stats_t st;
    size_t size;
    c.send.outstanding = 128;
    c.send.streams = 3;
    c.window = 32768;
    size = oc_send_memory(&c.send);
    make(&c);
    f.rx.reading = false;
    for (unsigned s = 0; s < 3; s++) {
        flow_stream(&f, (uint16_t)s, OC_SEND_MEDIA, true);
        for (unsigned i = 0; i < 64; i++) /* 512 KB each */
            flow_message(&f, (uint16_t)s, 8192, true, 0);
    }
    net_run(&net, 30 * SECOND);
    oc_send_stats(f.send, &st, net.now);
    print_message("sender: %zu bytes, %u of 128 records, %u bytes with the peer\n", size,
                  st.outstanding, f.rx.held);
    assert_true(size <= 6000);
    assert_true(st.outstanding <= 128);
    assert_true(f.source[0].next < 10); /* the rest has not even been looked at */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(every_size_arrives_byte_for_byte, end),
        cmocka_unit_test_teardown(tsn_and_ssn_wrap, end),
        cmocka_unit_test_teardown(commands_go_first_and_media_takes_turns, end),
        cmocka_unit_test_teardown(a_reply_beside_a_key_frame_takes_less_than_250_ms, end),
        cmocka_unit_test_teardown(a_closed_window_is_probed_until_it_opens, end),
        cmocka_unit_test_teardown(a_window_update_is_used_at_once, end),
        cmocka_unit_test_teardown(streams_close_reset_and_open_again, end),
        cmocka_unit_test_teardown(the_end_gives_every_message_back, end),
        cmocka_unit_test_teardown(wrong_arguments_are_refused, end),
        cmocka_unit_test_teardown(impossible_sacks_are_ignored, end),
        cmocka_unit_test_teardown(a_stalled_viewer_costs_the_same_for_any_backlog, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
