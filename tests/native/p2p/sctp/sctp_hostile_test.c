/* What a peer may send once it is connected, and how little that may cost. [B12] */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "oc_sctp_impl.h"
#include "sctp_rig.h"

static rig_t rig;
static oc_sctp_config_t config;
static uint8_t packet[70000];
static size_t len;
static uint32_t tsn; /* the next one of the hostile end 1 */

static int set_up(void **state) {
    (void)state;
    config = oc_sctp_camera_config(NULL);
    config.rtt_us = 40000;
    sctp_rig_init(&rig, &config, 128, 11);
    sctp_rig_connect(&rig);
    sctp_rig_up(&rig);
    sctp_rig_run(&rig, rig.now_us + 1000000);
    tsn = rig.end[1].sctp->assoc.local.tsn;
    return 0;
}
static int tear_down(void **state) {
    (void)state;
    sctp_rig_end(&rig);
    return 0;
}

static void begin(void) {
    memset(packet, 0, OC_SCTP_HEADER_LEN);
    oc_sctp_put16(packet, OC_SCTP_PORT);
    oc_sctp_put16(packet + 2, OC_SCTP_PORT);
    oc_sctp_put32(packet + 4, rig.end[0].sctp->assoc.local.tag);
    len = OC_SCTP_HEADER_LEN;
}
static void add(const void *chunk, size_t n) {
    memcpy(packet + len, chunk, n);
    len += n;
    while (len % 4)
        packet[len++] = 0;
}
static void add_data(uint32_t number, uint16_t sid, uint16_t ssn, uint8_t flags, uint32_t n) {
    static uint8_t payload[2000];
    oc_sctp_data_t data = {.tsn = number, .sid = sid, .ssn = ssn, .flags = flags};
    uint8_t head[OC_SCTP_DATA_HEADER];
    oc_sctp_data_head(head, &data, n);
    add(head, sizeof head);
    add(payload, n);
}
static void send(void) {
    sctp_rig_inject(&rig, 1, packet, len);
}
static void data(uint32_t number, uint16_t sid, uint16_t ssn, uint8_t flags, uint32_t n) {
    begin();
    add_data(number, sid, ssn, flags, n);
    send();
}
static oc_sctp_stats_t stats(void) {
    oc_sctp_stats_t out;
    oc_sctp_stats(rig.end[0].sctp, &out);
    return out;
}
#define WHOLE (OC_SCTP_DATA_BEGIN | OC_SCTP_DATA_END)

/* All TSNs there are, in steps: nothing far ahead is kept. */
static void a_tsn_flood_keeps_nothing(void **state) {
    (void)state;
    for (uint32_t i = 1; i < 20000; i++)
        data(tsn + i * 214748, 20, 0, WHOLE, 100);
    assert_int_equal(rig.end[0].pool.used, 0);
    assert_true(stats().drop_span + stats().duplicates >= 19999);
    data(tsn, 20, 0, WHOLE, 100); /* and the right one is taken */
    assert_int_equal(stats().messages, 1);
}

static void every_second_tsn_is_bounded(void **state) {
    (void)state;
    for (uint32_t i = 1; i < config.span; i += 2)
        data(tsn + i, 20, (uint16_t)i, 0, 1);
    assert_true(rig.end[0].pool.used <= oc_sctp_blocks(&config));
    assert_true(stats().a_rwnd == 0);
    assert_true(stats().drop_room > 400);
}

static void never_finished_messages_are_bounded(void **state) {
    (void)state;
    for (uint32_t i = 0; i < 5000; i++) /* beginnings alone */
        data(tsn + i, (uint16_t)(20 + i % 4), (uint16_t)(i / 4), OC_SCTP_DATA_BEGIN, 900);
    assert_true(rig.end[0].pool.used <= oc_sctp_blocks(&config));
    assert_false(rig.end[0].down);
    assert_int_equal(stats().messages, 0);
}

/* However long it becomes: no more than message_max of it is stored, and it ends nothing else. */
static void a_message_without_an_end_is_bounded(void **state) {
    (void)state;
    data(tsn, 20, 0, OC_SCTP_DATA_BEGIN, 1100);
    for (uint32_t i = 1; i < 2000; i++)
        data(tsn + i, 20, 0, 0, 1100);
    assert_false(rig.end[0].down);
    assert_in_range(rig.end[0].pool.used, 1, config.message_max / OC_POOL_BLOCK + 2);
    data(tsn + 2000, 20, 0, OC_SCTP_DATA_END, 1100);
    data(tsn + 2001, 21, 0, WHOLE, 100);
    assert_int_equal(stats().messages, 2);
    assert_int_equal(rig.end[0].pool.used, 0);
}

static void a_stream_flood_meets_a_small_table(void **state) {
    (void)state;
    for (uint32_t i = 0; i < 65536; i++)
        data(tsn + i, (uint16_t)(65535 - i), 0, WHOLE, 8);
    assert_int_equal(stats().streams, config.streams);
    assert_int_equal(stats().messages, config.streams);
    assert_int_equal(stats().drop_stream, 65535 - config.streams);
    assert_int_equal(rig.end[0].pool.used, 1); /* reports that wait; the rest are left out */
    sctp_rig_run(&rig, rig.now_us + 1000000);
    assert_int_equal(rig.end[0].pool.used, 0);
    assert_int_equal(sctp_rig_open(&rig, 0, 3, 1, 10, 10, false), OC_ERR_BUSY);
}

static void forward_tsns_jump_as_they_like(void **state) {
    uint8_t chunk[8] = {OC_SCTP_FORWARD_TSN, 0, 0, 8};
    (void)state;
    for (unsigned i = 0; i < 3000; i++) {
        uint32_t to = tsn + 0x10000001u * i;
        data(to - 3, 20, 1, OC_SCTP_DATA_BEGIN, 50);
        data(to, 20, 1, OC_SCTP_DATA_BEGIN | OC_SCTP_DATA_UNORDERED, 50);
        begin();
        oc_sctp_put32(chunk + 4, to);
        add(chunk, sizeof chunk);
        send();
    }
    assert_true(rig.end[0].pool.used <= oc_sctp_blocks(&config));
    assert_false(rig.end[0].down);
}

/* A SACK of 16,000 gap blocks, forwards, backwards and beside everything. */
static void sacks_of_nonsense_acknowledge_nothing(void **state) {
    (void)state;
    assert_int_equal(sctp_rig_open(&rig, 0, 1, 200, 1000, 9000, false), OC_OK);
    for (unsigned round = 0; round < 200; round++) {
        uint16_t gaps = (uint16_t)sctp_rig_random(&rig, round % 2 ? 16000 : 20);
        uint8_t *p;
        begin();
        p = packet + len;
        p[0] = OC_SCTP_SACK;
        p[1] = 0;
        oc_sctp_put16(p + 2, (uint16_t)(16 + 4 * gaps));
        oc_sctp_put32(p + 4, rig.end[0].sctp->assoc.local.tsn + sctp_rig_random(&rig, 40));
        oc_sctp_put32(p + 8, sctp_rig_random(&rig, 100000));
        oc_sctp_put16(p + 12, gaps);
        oc_sctp_put16(p + 14, 0);
        for (unsigned i = 0; i < gaps; i++)
            oc_sctp_put32(p + 16 + 4 * i, rig.random >> 8 ^ i * 2654435761u);
        len += 16u + 4u * gaps;
        send();
        sctp_rig_run(&rig, rig.now_us + 1000);
    }
}

static void malformed_chunks_are_counted_and_harmless(void **state) {
    static const uint8_t chunks[][12] = {{OC_SCTP_DATA, 3, 0, 8},
                                         {OC_SCTP_SACK, 0, 0, 8},
                                         {OC_SCTP_FORWARD_TSN, 0, 0, 4},
                                         {OC_SCTP_RE_CONFIG, 0, 0, 8, 0, 13, 0, 4},
                                         {OC_SCTP_RE_CONFIG, 0, 0, 12, 0, 16, 0, 3},
                                         {OC_SCTP_INIT, 0, 0, 8},
                                         {OC_SCTP_INIT_ACK, 0, 0, 4},
                                         {OC_SCTP_HEARTBEAT, 0, 0, 4},
                                         {OC_SCTP_HEARTBEAT_ACK, 0, 0, 4},
                                         {OC_SCTP_ERROR, 0, 0, 6},
                                         {OC_SCTP_COOKIE_ECHO, 0, 0, 4},
                                         {OC_SCTP_SHUTDOWN_COMPLETE, 0, 0, 4},
                                         {200, 0, 0, 12},
                                         {90, 0, 0, 12},
                                         {1, 0, 0, 0}};
    (void)state;
    for (unsigned i = 1; i < sizeof chunks / sizeof chunks[0]; i++) {
        begin();
        add(chunks[i], 12);
        send();
        assert_false(rig.end[0].down);
    }
    begin();
    add(chunks[0], 12); /* DATA without data ends it (RFC 9260 6.2) */
    send();
    assert_true(rig.end[0].down);
}

static void unknown_chunks_are_reported_as_they_ask(void **state) {
    static const uint8_t types[] = {0x3F, 0x7F, 0xBF, 0xFE};
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        uint8_t chunk[8] = {types[i], 0, 0, 8, 1, 2, 3, 4};
        uint64_t before = stats().messages;
        begin();
        add(chunk, sizeof chunk);
        add_data(tsn, 20, 0, WHOLE | OC_SCTP_DATA_UNORDERED, 4);
        send();
        assert_int_equal(stats().messages - before, types[i] >= 0x80); /* what follows it */
        tsn += types[i] >= 0x80;
        assert_int_equal(rig.end[0].sctp->assoc.control.len > 0, types[i] >> 6 & 1);
        sctp_rig_run(&rig, rig.now_us + 1000000);
    }
    assert_int_equal(stats().unknown, 4);
    assert_int_equal(rig.end[0].pool.used, 0);
}

static void a_heartbeat_flood_is_answered_as_far_as_there_is_room(void **state) {
    static uint8_t chunk[400] = {OC_SCTP_HEARTBEAT, 0, 400 >> 8, 400 & 255};
    uint64_t sent = rig.link[0].sent;
    (void)state;
    for (unsigned i = 0; i < 10000; i++) {
        begin();
        add(chunk, sizeof chunk);
        send();
    }
    assert_int_equal(rig.end[0].pool.used, 1);
    sctp_rig_run(&rig, rig.now_us + 1000000);
    assert_int_equal(rig.link[0].sent - sent, 1);
    assert_int_equal(rig.end[0].pool.used, 0);
}

static void reset_requests_are_answered_in_their_order(void **state) {
    uint8_t chunk[24] = {OC_SCTP_RE_CONFIG, 0, 0, 22, 0, OC_SCTP_RESET_OUT, 0, 18};
    (void)state;
    data(tsn, 20, 0, WHOLE, 4);
    oc_sctp_put32(chunk + 8, tsn + 77); /* not the next number */
    oc_sctp_put32(chunk + 16, tsn);
    oc_sctp_put16(chunk + 20, 20);
    begin();
    add(chunk, 22);
    send();
    assert_int_equal(rig.end[0].sctp->reconf.response, OC_SCTP_RESET_BAD_SEQUENCE);
    oc_sctp_put32(chunk + 8, tsn); /* first TSN = first number */
    oc_sctp_put32(chunk + 16, tsn + 1);
    begin();
    add(chunk, 22);
    send();
    assert_int_equal(rig.end[0].sctp->reconf.response, OC_SCTP_RESET_IN_PROGRESS);
    data(tsn + 1, 20, 1, WHOLE, 4);
    assert_int_equal(rig.end[0].sctp->reconf.response, OC_SCTP_RESET_DONE);
    for (unsigned i = 0; i < 3; i++) {
        begin();
        add(chunk, 22);
        send();
        assert_int_equal(rig.end[0].sctp->reconf.response, OC_SCTP_RESET_DONE); /* remembered */
    }
    oc_sctp_put32(chunk + 8, tsn + 1); /* the same wish under a new number, as dcSCTP sends it */
    begin();
    add(chunk, 22);
    send();
    assert_int_equal(rig.end[0].sctp->reconf.response, OC_SCTP_RESET_DONE);
    chunk[5] = OC_SCTP_RESET_TSN;
    oc_sctp_put32(chunk + 8, tsn + 2);
    begin();
    add(chunk, 22);
    send();
    assert_int_equal(rig.end[0].sctp->reconf.response, OC_SCTP_RESET_DENIED);
    chunk[5] = OC_SCTP_RESET_OUT; /* another stream, and no data in between: not the same wish */
    oc_sctp_put32(chunk + 8, tsn + 3);
    oc_sctp_put16(chunk + 20, 3);
    assert_int_equal(sctp_rig_open(&rig, 0, 3, 0, 10, 10, false), OC_OK);
    begin();
    add(chunk, 22);
    send();
    assert_int_equal(rig.end[0].stream[3].resets_peer, 1);
}

/* Data, a reset and data of the next use of the stream in one packet: told in that order. */
static void a_reset_is_told_between_its_messages(void **state) {
    uint8_t chunk[24] = {OC_SCTP_RE_CONFIG, 0, 0, 22, 0, OC_SCTP_RESET_OUT, 0, 18};
    static const struct {
        enum oc_sctp_event_kind kind;
        uint32_t len;
    } expected[] = {{OC_SCTP_MESSAGE, 4},
                    {OC_SCTP_MESSAGE, 5},
                    {OC_SCTP_STREAM_RESET, 0},
                    {OC_SCTP_MESSAGE, 6},
                    {OC_SCTP_MESSAGE, 7}};
    oc_sctp_event_t event;
    (void)state;
    oc_sctp_put32(chunk + 8, tsn);
    oc_sctp_put32(chunk + 16, tsn + 1);
    oc_sctp_put16(chunk + 20, 20);
    begin();
    add_data(tsn, 20, 0, WHOLE, 4);
    add_data(tsn + 1, 20, 1, WHOLE, 5);
    add(chunk, 22);
    add_data(tsn + 2, 20, 0, WHOLE, 6);
    add_data(tsn + 3, 21, 0, WHOLE, 7);
    (void)oc_sctp_input(rig.end[0].sctp, oc_span(packet, len), rig.now_us);
    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(oc_sctp_poll_event(rig.end[0].sctp, &event), OC_OK);
        assert_int_equal(event.kind, expected[i].kind);
        assert_int_equal(event.len, expected[i].len);
        if (event.kind == OC_SCTP_MESSAGE)
            oc_sctp_message_release(rig.end[0].sctp, &event);
    }
    assert_int_equal(oc_sctp_poll_event(rig.end[0].sctp, &event), OC_AGAIN);
}

/* Incoming SSN Reset Request (RFC 6525 4.2): our own reset is the answer, once all is acknowledged.
 */
static void a_peer_may_ask_for_our_reset(void **state) {
    uint8_t chunk[16] = {OC_SCTP_RE_CONFIG, 0, 0, 14, 0, OC_SCTP_RESET_IN, 0, 10};
    (void)state;
    assert_int_equal(sctp_rig_open(&rig, 0, 3, 5, 2000, 3000, false), OC_OK);
    sctp_rig_run(&rig, rig.now_us + 10000);
    oc_sctp_put32(chunk + 8, tsn);
    oc_sctp_put16(chunk + 12, 3);
    begin();
    add(chunk, 14);
    send();
    assert_int_equal(rig.end[0].sctp->reconf.response, OC_SCTP_RESET_IN_PROGRESS);
    assert_int_equal(rig.end[0].sctp->reconf.answer_seq, tsn); /* what our request answers */
    sctp_rig_run(&rig, rig.now_us + 2000000);
    assert_int_equal(rig.end[1].stream[3].received, rig.end[0].stream[3].next);
    assert_int_equal(rig.end[1].stream[3].resets_peer, 1);
    assert_int_equal(rig.end[0].stream[3].resets_ours, 1);
    oc_sctp_put32(chunk + 8, tsn + 1);
    begin();
    add(chunk, 14);
    send();
    assert_int_equal(rig.end[0].sctp->reconf.response, OC_SCTP_RESET_NOTHING);
}

/* Both directions are reset before anybody asks for events: they are told all the same. */
static void resets_are_told_late_as_well(void **state) {
    uint8_t theirs[24] = {OC_SCTP_RE_CONFIG, 0, 0, 22, 0, OC_SCTP_RESET_OUT, 0, 18};
    uint8_t answer[16] = {OC_SCTP_RE_CONFIG, 0, 0, 16, 0, OC_SCTP_RESET_RESPONSE, 0, 12};
    (void)state;
    rig.link[0].down = true;
    assert_int_equal(sctp_rig_open(&rig, 0, 3, 0, 2000, 3000, false), OC_OK);
    assert_int_equal(oc_sctp_close(rig.end[0].sctp, 3, rig.now_us), OC_OK);
    sctp_rig_run(&rig, rig.now_us + 10000);
    oc_sctp_put32(theirs + 8, tsn);
    oc_sctp_put32(theirs + 16, tsn - 1);
    oc_sctp_put16(theirs + 20, 3);
    oc_sctp_put32(answer + 8, rig.end[0].sctp->reconf.our_seq);
    answer[15] = OC_SCTP_RESET_DONE;
    begin();
    add(theirs, 22);
    add(answer, 16);
    (void)oc_sctp_input(rig.end[0].sctp, oc_span(packet, len), rig.now_us);
    (void)oc_sctp_next_deadline(rig.end[0].sctp, rig.now_us);
    assert_int_equal(stats().streams, 1);
    sctp_rig_run(&rig, rig.now_us + 10000);
    assert_int_equal(rig.end[0].stream[3].resets_ours, 1);
    assert_int_equal(rig.end[0].stream[3].resets_peer, 1);
    assert_int_equal(stats().streams, 0);
}

/* The peer has reset stream 3 and we have asked for our reset: `answer` will be the answer. */
static void close_3(uint8_t answer[16]) {
    uint8_t theirs[24] = {OC_SCTP_RE_CONFIG, 0, 0, 22, 0, OC_SCTP_RESET_OUT, 0, 18};
    rig.link[0].down = true;
    assert_int_equal(sctp_rig_open(&rig, 0, 3, 0, 2000, 3000, false), OC_OK);
    oc_sctp_put32(theirs + 8, tsn);
    oc_sctp_put32(theirs + 16, tsn - 1);
    oc_sctp_put16(theirs + 20, 3);
    begin();
    add(theirs, 22);
    send();
    assert_int_equal(rig.end[0].stream[3].resets_peer, 1);
    assert_int_equal(oc_sctp_close(rig.end[0].sctp, 3, rig.now_us), OC_OK);
    sctp_rig_run(&rig, rig.now_us + 10000);
    oc_sctp_put32(answer + 8, rig.end[0].sctp->reconf.our_seq);
    answer[15] = OC_SCTP_RESET_DONE;
}

/* The answer to our reset and the first message of the stream's next use come before anybody asks
 * for events: told in that order, and the stream can be opened again. */
static void a_stream_may_be_used_again_at_once(void **state) {
    uint8_t answer[16] = {OC_SCTP_RE_CONFIG, 0, 0, 16, 0, OC_SCTP_RESET_RESPONSE, 0, 12};
    oc_sctp_event_t event;
    (void)state;
    close_3(answer);
    begin();
    add(answer, 16);
    add_data(tsn, 3, 0, WHOLE, 6);
    (void)oc_sctp_input(rig.end[0].sctp, oc_span(packet, len), rig.now_us);
    assert_int_equal(sctp_rig_open(&rig, 0, 3, 0, 9, 9, false), OC_ERR_BUSY); /* not told yet */
    assert_int_equal(oc_sctp_poll_event(rig.end[0].sctp, &event), OC_OK);
    assert_int_equal(event.kind, OC_SCTP_STREAM_RESET);
    assert_false(event.by_peer);
    assert_int_equal(oc_sctp_poll_event(rig.end[0].sctp, &event), OC_OK);
    assert_int_equal(event.kind, OC_SCTP_MESSAGE);
    assert_int_equal(event.len, 6);
    oc_sctp_message_release(rig.end[0].sctp, &event);
    rig.link[0].down = false;
    memset(&rig.end[0].stream[3], 0, sizeof rig.end[0].stream[3]);
    assert_int_equal(sctp_rig_open(&rig, 0, 3, 5, 2000, 3000, false), OC_OK);
    sctp_rig_run(&rig, rig.now_us + 2000000);
    assert_int_equal(rig.end[0].stream[3].next, 5);
    assert_int_equal(stats().streams, 1);
}

/* The answer to our reset is lost, and the peer uses the stream again: that has to come again,
 * after the answer to the repeated request. */
static void a_stream_is_used_again_after_the_answer(void **state) {
    uint8_t answer[16] = {OC_SCTP_RE_CONFIG, 0, 0, 16, 0, OC_SCTP_RESET_RESPONSE, 0, 12};
    (void)state;
    close_3(answer);
    begin();
    add_data(tsn, 3, 0, WHOLE, 6);
    (void)oc_sctp_input(rig.end[0].sctp, oc_span(packet, len), rig.now_us);
    assert_int_equal(stats().messages, 0);
    assert_int_equal(stats().drop_stream, 1);
    assert_int_equal(rig.end[0].sctp->recv.cum, tsn - 1); /* not acknowledged */
    begin();
    add(answer, 16);
    send();
    assert_int_equal(rig.end[0].stream[3].resets_ours, 1);
    begin();
    add_data(tsn, 3, 0, WHOLE, 6);
    (void)oc_sctp_input(rig.end[0].sctp, oc_span(packet, len), rig.now_us);
    assert_int_equal(stats().messages, 1);
    assert_int_equal(rig.end[0].sctp->recv.cum, tsn);
}

/* I bit (RFC 7053): no delay. */
static void an_impatient_chunk_is_acknowledged_at_once(void **state) {
    uint64_t sent;
    (void)state;
    data(tsn, 20, 0, WHOLE, 4);
    sctp_rig_run(&rig, rig.now_us + 100000);
    sent = rig.link[0].sent;
    data(tsn + 1, 20, 1, WHOLE, 4);
    sctp_rig_run(&rig, rig.now_us + 19000);
    assert_int_equal(rig.link[0].sent, sent); /* delayed */
    sctp_rig_run(&rig, rig.now_us + 100000);
    assert_int_equal(rig.link[0].sent, sent + 1);
    data(tsn + 2, 20, 2, WHOLE | OC_SCTP_DATA_IMMEDIATE, 4);
    sctp_rig_run(&rig, rig.now_us);
    assert_int_equal(rig.link[0].sent, sent + 2);
}

/* A refused reset is final: the stream is over all the same. */
static void a_peer_may_refuse_our_reset(void **state) {
    static const uint8_t results[] = {OC_SCTP_RESET_DENIED, OC_SCTP_RESET_WRONG_SSN};
    for (unsigned i = 0; i < 2; i++) {
        uint8_t chunk[16] = {OC_SCTP_RE_CONFIG, 0, 0, 16, 0, OC_SCTP_RESET_RESPONSE, 0, 12};
        rig.link[0].down = true;
        assert_int_equal(sctp_rig_open(&rig, 0, 3, 0, 2000, 3000, false), OC_OK);
        assert_int_equal(oc_sctp_close(rig.end[0].sctp, 3, rig.now_us), OC_OK);
        oc_sctp_put32(chunk + 8, rig.end[0].sctp->reconf.our_seq);
        chunk[15] = results[i];
        begin();
        add(chunk, 16);
        send(); /* before it was asked */
        assert_int_equal(rig.end[0].stream[3].resets_ours, 0);
        sctp_rig_run(&rig, rig.now_us + 100000);
        chunk[15] = OC_SCTP_RESET_IN_PROGRESS;
        begin();
        add(chunk, 16);
        send();
        assert_int_equal(rig.end[0].stream[3].resets_ours, 0);
        sctp_rig_run(&rig, rig.now_us + 5000000); /* asked again, under the next number */
        oc_sctp_put32(chunk + 8, rig.end[0].sctp->reconf.our_seq);
        chunk[15] = results[i];
        begin();
        add(chunk, 16);
        send();
        assert_int_equal(rig.end[0].stream[3].resets_ours, 1);
        tear_down(state);
        set_up(state);
    }
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(a_tsn_flood_keeps_nothing),
        CASE(every_second_tsn_is_bounded),
        CASE(never_finished_messages_are_bounded),
        CASE(a_message_without_an_end_is_bounded),
        CASE(a_stream_flood_meets_a_small_table),
        CASE(forward_tsns_jump_as_they_like),
        CASE(sacks_of_nonsense_acknowledge_nothing),
        CASE(malformed_chunks_are_counted_and_harmless),
        CASE(unknown_chunks_are_reported_as_they_ask),
        CASE(a_heartbeat_flood_is_answered_as_far_as_there_is_room),
        CASE(reset_requests_are_answered_in_their_order),
        CASE(a_reset_is_told_between_its_messages),
        CASE(a_peer_may_ask_for_our_reset),
        CASE(resets_are_told_late_as_well),
        CASE(a_stream_may_be_used_again_at_once),
        CASE(a_stream_is_used_again_after_the_answer),
        CASE(an_impatient_chunk_is_acknowledged_at_once),
        CASE(a_peer_may_refuse_our_reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
