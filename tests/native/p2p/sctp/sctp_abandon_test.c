/* PR-SCTP as the sender's policy (RFC 3758): what the source has overtaken is abandoned by whole
 * messages, and the peer is told until it has understood. */
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
#define RTT_US 40000

static net_t net;
static net_link_t there, back;
static flow_t f;
static oc_send_abandoned_t report;

static flow_config_t plain(void) {
    return (flow_config_t){.send = {.outstanding = 128, .streams = FLOW_STREAMS},
                           .first_tsn = 0xFFFFFFFEu,
                           .window = 1 << 20,
                           .mtu = 1132,
                           .rtt_us = RTT_US};
}

static void make(const flow_config_t *c) {
    net_init(&net, 3);
    there = back = (net_link_t){.net = &net, .delay_us = RTT_US / 2};
    flow_open(&f, &net, &there, &back, c);
}

static void live(void) {
    flow_config_t c = plain();
    make(&c);
    assert_int_equal(flow_stream(&f, 1, OC_SEND_MEDIA, true), OC_OK);
}

static int end(void **state) {
    assert_int_equal(f.rx.wrong, 0);
    flow_free(&f);
    net_free(&net);
    return 0;
}

static oc_send_stats_t stats(void) {
    oc_send_stats_t st;
    oc_send_stats(f.send, &st, net.now);
    return st;
}

/* A chunk is lost; when it is to be sent again the ring has wrapped over its message. */
static void a_message_overtaken_between_cut_and_retransmission_is_abandoned(void **state) {
    live();
    flow_message(&f, 1, 4000, true, 0);
    f.drop_mask = 2;
    flow_message(&f, 1, 5000, true, 0); /* its second fragment is lost */
    f.source[1].overrun = 3;
    flow_message(&f, 1, 2000, false, 0); /* on its way already: stays */
    net_run(&net, 30000);
    flow_message(&f, 1, 2000, true, 0);
    net_run(&net, SECOND);
    assert_int_equal(f.rx.messages, 3);
    assert_int_equal(f.rx.last_ppid[1], 4);
    assert_int_equal(f.rx.next_ssn[1], 4);
    assert_int_equal(f.source[1].done_stale, 1);
    assert_int_equal(oc_send_poll_abandoned(f.send, &report), OC_OK);
    assert_int_equal(report.sid, 1);
    assert_int_equal(report.messages, 1);
    assert_int_equal(report.bytes, 5000);
    assert_int_equal(oc_send_poll_abandoned(f.send, &report), OC_AGAIN);
    assert_true(oc_send_idle(f.send));
    assert_int_equal(oc_send_next_deadline(f.send, net.now), INT64_MAX);
}

/* What stands on it is of no use to the peer: lost as well, it is not sent again, although its
 * bytes are there. The next key message is. */
static void what_depends_on_it_is_not_sent_again(void **state) {
    live();
    flow_message(&f, 1, 4000, true, 0);
    net_run(&net, RTT_US);
    f.drop_mask = 2;
    flow_message(&f, 1, 5000, true, 0); /* its second fragment is lost */
    f.source[1].overrun = 3;
    f.drop_mask = 1;
    flow_message(&f, 1, 1000, false, 0); /* lost */
    f.drop_mask = 1;
    flow_message(&f, 1, 1000, true, 0); /* lost: sent again */
    flow_message(&f, 1, 1000, false, 0);
    net_run(&net, 2 * SECOND);
    assert_int_equal(f.rx.messages, 3);
    assert_int_equal(f.rx.last_ppid[1], 5);
    assert_int_equal(f.source[1].done_ok, 3);
    assert_int_equal(f.source[1].done_stale, 2);
    assert_true(oc_send_idle(f.send));
}

static void a_lost_forward_tsn_is_repeated(void **state) {
    live();
    f.drop_mask = 2;
    flow_message(&f, 1, 5000, true, 0);
    f.source[1].overrun = 2;
    f.drop_forward = 3;
    net_run(&net, 20 * SECOND);
    assert_int_equal(f.drop_forward, 0);
    assert_true(stats().forward_tsn >= 4);
    assert_int_equal(f.rx.messages, 0);
    assert_int_equal(f.rx.next_ssn[1], 1);
    assert_true(oc_send_idle(f.send));
}

/* Half of a message is sent, and all of that half acknowledged, when the rest is overtaken: one
 * more TSN is used up by an end that is never sent. */
static void
a_half_sent_message_is_abandoned_after_all_its_fragments_were_acknowledged(void **state) {
    flow_config_t c = plain();
    uint32_t tsn;
    make(&c);
    there.rate = 100000; /* 64 KB take their time */
    there.queue = 1 << 20;
    flow_stream(&f, 1, OC_SEND_MEDIA, true);
    flow_message(&f, 1, 300000, true, 0);
    net_run(&net, SECOND);
    f.source[1].overrun = 2;
    f.source[1].end = f.source[1].next; /* nothing follows */
    tsn = oc_send_next_tsn(f.send);
    net_run(&net, 5 * SECOND);
    assert_int_equal(oc_send_next_tsn(f.send), tsn + 1);
    assert_int_equal(f.rx.messages, 0);
    assert_int_equal(f.rx.cut_short, 1);
    assert_int_equal(f.rx.cum, tsn);
    assert_int_equal(f.rx.next_ssn[1], 1);
    assert_true(oc_send_idle(f.send));
    flow_message(&f, 1, 3000, true, 0);
    net_run(&net, 7 * SECOND);
    assert_int_equal(f.rx.messages, 1);
    assert_int_equal(stats().retransmitted, 0);
}

/* The same with nothing under way: the acknowledged half is not even in the records any more. */
static void a_half_sent_message_may_have_no_record_left(void **state) {
    flow_config_t c = plain();
    c.window = 5000;
    make(&c);
    flow_stream(&f, 1, OC_SEND_MEDIA, true);
    f.rx.reading = false;
    flow_message(&f, 1, 20000, true, 0);
    net_run(&net, 10 * SECOND);
    f.source[1].overrun = 2;
    flow_read(&f);
    net_run(&net, 20 * SECOND);
    flow_message(&f, 1, 1000, false, 0); /* no key: cannot start here */
    flow_message(&f, 1, 1000, true, 0);
    net_run(&net, 30 * SECOND);
    assert_int_equal(f.rx.messages, 1);
    assert_int_equal(f.rx.last_ppid[1], 3);
    assert_int_equal(oc_send_poll_abandoned(f.send, &report), OC_OK);
    assert_int_equal(report.messages, 2);
    assert_int_equal(report.bytes, 21000);
}

/* Closing gives up what may be given up, but not what the peer has all of. */
static void a_message_the_peer_has_all_of_is_never_abandoned(void **state) {
    live();
    f.drop_mask = 1;
    flow_message(&f, 1, 1000, true, 0); /* lost */
    flow_message(&f, 1, 3000, true, 0); /* arrives behind the hole */
    flow_message(&f, 1, 500, true, 0);
    there.down_to = 10 * SECOND; /* and so is its retransmission */
    net_run(&net, RTT_US + 1000);
    f.source[1].overrun = 100;
    assert_int_equal(oc_send_stream_close(f.send, 1, true, net.now), OC_OK);
    flow_run(&f);
    net_run(&net, 20 * SECOND);
    assert_int_equal(f.rx.messages, 2);
    assert_int_equal(f.source[1].done_ok, 2);
    assert_int_equal(f.source[1].done_stale, 1);
    assert_true(oc_send_stream_idle(f.send, 1));
}

/* Nothing of it has a TSN: it is just removed, and no SSN is used. */
static void a_message_without_tsn_is_just_removed(void **state) {
    uint32_t tsn;
    live();
    tsn = oc_send_next_tsn(f.send);
    f.source[1].overrun = 2;
    flow_message(&f, 1, 5000, true, 0);
    flow_message(&f, 1, 5000, false, 0);
    assert_int_equal(oc_send_next_tsn(f.send), tsn);
    flow_message(&f, 1, 100, true, 0);
    net_run(&net, SECOND);
    assert_int_equal(oc_send_next_tsn(f.send), tsn + 1);
    assert_int_equal(f.rx.messages, 1);
    assert_int_equal(f.rx.forward, 0);
    assert_int_equal(f.source[1].done_stale, 2);
}

/* The pieces of one fragment live and die together. */
static void a_group_is_given_up_as_a_whole(void **state) {
    flow_config_t c = plain();
    make(&c);
    there.rate = 100000;
    there.queue = 1 << 20;
    flow_stream(&f, 1, OC_SEND_MEDIA, true);
    flow_message(&f, 1, 300000, true, 7);
    flow_message(&f, 1, 1000, true, 7);
    flow_message(&f, 1, 1000, true, 8);
    net_run(&net, SECOND);
    f.source[1].overrun = 2;
    net_run(&net, 10 * SECOND);
    assert_int_equal(f.rx.messages, 1);
    assert_int_equal(f.rx.last_ppid[1], 3);
    assert_int_equal(f.source[1].done_stale, 2);
    assert_int_equal(oc_send_poll_abandoned(f.send, &report), OC_OK);
    assert_int_equal(report.torn, 0);
}

/* Too late for that: the first piece is with the peer. The rest goes, and the caller is told. */
static void a_group_overtaken_in_its_middle_is_told_as_torn(void **state) {
    flow_config_t c = plain();
    make(&c);
    there.rate = 100000;
    there.queue = 1 << 20;
    flow_stream(&f, 1, OC_SEND_MEDIA, true);
    flow_message(&f, 1, 1000, true, 7);
    flow_message(&f, 1, 300000, true, 7);
    flow_message(&f, 1, 1000, true, 8);
    net_run(&net, SECOND);
    f.source[1].overrun = 3;
    net_run(&net, 10 * SECOND);
    assert_int_equal(f.rx.messages, 2);
    assert_int_equal(oc_send_poll_abandoned(f.send, &report), OC_OK);
    assert_int_equal(report.messages, 1);
    assert_int_equal(report.torn, 1);
}

static void peers_without_forward_tsn_are_refused(void **state) {
    flow_config_t c = plain();
    oc_send_peer_t peer = {.first_tsn = 1, .a_rwnd = 1 << 16, .mtu = 1132};
    c.no_forward_tsn = true;
    make(&c);
    assert_int_equal(flow_stream(&f, 1, OC_SEND_MEDIA, true), OC_ERR_NOTSUP);
    assert_int_equal(flow_stream(&f, 1, OC_SEND_MEDIA, false), OC_OK);
    flow_message(&f, 1, 100, true, 0);
    net_run(&net, SECOND);
    assert_int_equal(f.rx.messages, 1);
    oc_send_stop(f.send); /* opened before the handshake told */
    f.source[1].next = f.source[1].end;
    assert_int_equal(flow_stream(&f, 2, OC_SEND_MEDIA, true), OC_OK);
    assert_int_equal(oc_send_start(f.send, &peer, net.now), OC_ERR_NOTSUP);
    assert_false(oc_send_can_send(f.send, net.now));
}

/* A source that promised to keep its bytes and did not: the association cannot go on, and says so.
 */
static void a_reliable_stream_that_breaks_its_promise_is_a_fault(void **state) {
    flow_config_t c = plain();
    uint16_t sid = 0;
    make(&c);
    flow_stream(&f, 4, OC_SEND_MEDIA, false);
    f.drop_mask = 1;
    flow_message(&f, 4, 3000, true, 0);
    assert_false(oc_send_poll_fault(f.send, &sid));
    f.source[4].overrun = 2;
    net_run(&net, SECOND);
    assert_true(oc_send_poll_fault(f.send, &sid));
    assert_int_equal(sid, 4);
    assert_false(oc_send_poll_fault(f.send, &sid));
    assert_int_equal(oc_send_next_deadline(f.send, net.now), INT64_MAX);
    oc_send_stop(f.send);
    assert_int_equal(f.source[4].done_closed, 1);
}

/* A viewer stalls for a minute while the ring wraps again and again; then it reads. */
static void a_stalled_viewer_resumes_at_a_key_message(void **state) {
    flow_config_t c = plain();
    c.window = 32768;
    c.send.outstanding = 64;
    make(&c);
    flow_stream(&f, 1, OC_SEND_MEDIA, true);
    f.rx.reading = false;
    for (unsigned i = 0; i < 1800; i++) {
        flow_source_t *s = &f.source[1];
        flow_message(&f, 1, 8192, i % 60 == 0, 0);
        s->overrun = s->end > 90 ? s->end - 90 : 0; /* three seconds of ring */
        if (s->next < s->overrun) /* what a ring reader does: on to a key packet */
            s->next = (s->end - 2) / 60 * 60 + 1;
        net_run(&net, net.now + SECOND / 30);
    }
    assert_true(stats().outstanding < 64);
    flow_read(&f);
    for (unsigned i = 1800; i < 2100; i++) {
        flow_message(&f, 1, 8192, i % 60 == 0, 0);
        f.source[1].overrun = f.source[1].end - 90;
        net_run(&net, net.now + SECOND / 30);
    }
    assert_true(f.rx.messages > 300);
    assert_int_equal(f.rx.last_ppid[1], 2100);
    assert_true(f.source[1].done_stale > 0);
}

/* Losses, overtaking and closing at random on several streams: whatever happens, both sides agree.
 */
static void random_abandonment_keeps_both_sides_in_step(void **state) {
    const char *more = getenv("OC_SCTP_SEEDS");
    unsigned seeds = more ? (unsigned)atoi(more) : 30 / OC_TEST_DIVISOR + 1;
    live();
    for (unsigned seed = 1; seed <= seeds; seed++) {
        flow_config_t c = plain();
        uint64_t delivered = 0;
        end(NULL);
        c.first_tsn = seed * 0x01000193u;
        c.send.outstanding = 16u << seed % 4;
        c.window = seed % 3 ? 1 << 20 : 8000;
        make(&c);
        net_free(&net);
        net_init(&net, seed);
        there.loss_ppm = back.loss_ppm = 20000 * (seed % 8);
        there.reorder_ppm = seed % 2 * 100000;
        there.reorder_us = 30000;
        there.rate = seed % 3 ? 200000 : 0;
        there.queue = 50000;
        for (uint16_t sid = 0; sid < 4; sid++)
            flow_stream(&f, sid, OC_SEND_MEDIA, sid != 3);
        f.source[2].unordered = true;
        for (unsigned i = 0; i < 400; i++) {
            uint16_t sid = (uint16_t)net_random(&net, 4);
            flow_source_t *s = &f.source[sid];
            flow_message(&f, sid, 1 + net_random(&net, 9000), i % 5 == 0, 0);
            if (sid != 3 && net_random(&net, 5) == 0)
                s->overrun = s->end - net_random(&net, 3);
            net_run(&net, net.now + net_random(&net, 30000));
        }
        net_run(&net, net.now + 300 * SECOND);
        if (!oc_send_idle(f.send) || stats().in_flight)
            fail_msg("seed %u: %u outstanding", seed, stats().outstanding);
        for (unsigned sid = 0; sid < 4; sid++) {
            flow_source_t *s = &f.source[sid];
            delivered += s->done_ok;
            assert_int_equal(s->done_ok + s->done_stale, s->end - 1);
        }
        /* what arrived while its SACK did not may be abandoned too */
        assert_in_range(f.rx.messages, delivered, delivered + 100);
        assert_int_equal(f.source[3].done_stale, 0);
        assert_int_equal(f.rx.cum + 1, oc_send_next_tsn(f.send));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_message_overtaken_between_cut_and_retransmission_is_abandoned,
                                  end),
        cmocka_unit_test_teardown(what_depends_on_it_is_not_sent_again, end),
        cmocka_unit_test_teardown(a_lost_forward_tsn_is_repeated, end),
        cmocka_unit_test_teardown(
            a_half_sent_message_is_abandoned_after_all_its_fragments_were_acknowledged, end),
        cmocka_unit_test_teardown(a_half_sent_message_may_have_no_record_left, end),
        cmocka_unit_test_teardown(a_message_the_peer_has_all_of_is_never_abandoned, end),
        cmocka_unit_test_teardown(a_message_without_tsn_is_just_removed, end),
        cmocka_unit_test_teardown(a_group_is_given_up_as_a_whole, end),
        cmocka_unit_test_teardown(a_group_overtaken_in_its_middle_is_told_as_torn, end),
        cmocka_unit_test_teardown(peers_without_forward_tsn_are_refused, end),
        cmocka_unit_test_teardown(a_reliable_stream_that_breaks_its_promise_is_a_fault, end),
        cmocka_unit_test_teardown(a_stalled_viewer_resumes_at_a_key_message, end),
        cmocka_unit_test_teardown(random_abandonment_keeps_both_sides_in_step, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
