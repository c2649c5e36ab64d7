/* Chunks into messages: any order, hostile fragments, and what the peer gives up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "oc_sctp_reassembly.h"

#define WINDOW  32768
#define MESSAGE 16384
#define BLOCKS  64
#define B       OC_SCTP_DATA_BEGIN
#define E       OC_SCTP_DATA_END
#define U       OC_SCTP_DATA_UNORDERED

static _Alignas(16) uint8_t memory[BLOCKS * OC_POOL_EACH];
static oc_pool_t pool;
static oc_sctp_stream_t entries[8];
static oc_sctp_streams_t streams;
static oc_sctp_reassembly_t store;
static uint8_t bytes[70000];

static int set_up(void **state) {
    (void)state;
    oc_pool_init(&pool, memory, BLOCKS);
    oc_sctp_streams_init(&streams, entries, 8);
    oc_sctp_reassembly_init(&store, &pool, &streams, WINDOW, MESSAGE);
    for (unsigned i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 31 >> 3);
    return 0;
}
static int tear_down(void **state) {
    (void)state;
    oc_sctp_reassembly_clear(&store);
    return pool.used != 0 || store.bytes != 0 || store.blocks != 0;
}

/* A chunk of the message whose bytes start at `bytes`. */
static int put(uint32_t tsn, uint16_t sid, uint16_t ssn, uint8_t flags, uint32_t offset,
               uint32_t len, bool in_order, bool after_known) {
    oc_sctp_data_t data = {.tsn = tsn,
                           .ppid = 51,
                           .sid = sid,
                           .ssn = ssn,
                           .flags = flags,
                           .payload = oc_span(bytes + offset, len)};
    return oc_sctp_reassembly_data(&store, &data, in_order, after_known);
}

/* The next message is longer than is taken, and so many bytes of it are stored. */
static void expect_cut(uint16_t sid, uint16_t ssn, uint32_t len) {
    oc_sctp_run_t *run = oc_sctp_reassembly_poll(&store, store.number);
    assert_non_null(run);
    assert_int_equal(run->sid, sid);
    assert_int_equal(run->ssn, ssn);
    assert_int_equal(run->bytes, len);
    assert_true(run->flags & OC_SCTP_RUN_CUT);
    oc_sctp_reassembly_release(&store, run);
}

/* The next message has this stream, SSN and length. */
static void expect(uint16_t sid, uint16_t ssn, uint32_t len) {
    static uint8_t copy[MESSAGE + 1];
    oc_sctp_run_t *run = oc_sctp_reassembly_poll(&store, store.number);
    assert_non_null(run);
    assert_int_equal(run->sid, sid);
    assert_int_equal(run->ssn, ssn);
    assert_int_equal(run->bytes, len);
    assert_false(run->flags & OC_SCTP_RUN_CUT);
    assert_int_equal(oc_sctp_reassembly_copy(run, 0, copy, sizeof copy), len);
    assert_memory_equal(copy, bytes, len);
    oc_sctp_reassembly_release(&store, run);
}
static void expect_none(void) {
    assert_null(oc_sctp_reassembly_poll(&store, store.number));
}

static void fragments_in_any_order_make_the_message(void **state) {
    static const unsigned orders[][4] = {{0, 1, 2, 3}, {3, 2, 1, 0}, {0, 2, 1, 3},
                                         {1, 3, 0, 2}, {2, 0, 3, 1}, {3, 0, 1, 2}};
    (void)state;
    for (unsigned o = 0; o < 6; o++) {
        bool seen[5] = {false};
        for (unsigned i = 0; i < 4; i++) {
            unsigned at = orders[o][i];
            uint8_t flags = (uint8_t)((at == 0 ? B : 0) | (at == 3 ? E : 0));
            expect_none();
            assert_int_equal(put(0xFFFFFFFE + o * 4 + at, 1, (uint16_t)o, flags, at * 1100, 1100,
                                 false, at > 0 && seen[at - 1]),
                             OC_OK);
            seen[at] = true;
        }
        expect(1, (uint16_t)o, 4400);
        assert_int_equal(pool.used, 0);
    }
}

static void ordered_messages_wait_for_each_other(void **state) {
    (void)state;
    assert_int_equal(put(12, 1, 2, B | E, 0, 10, false, false), OC_OK);
    assert_int_equal(put(11, 1, 1, B | E, 0, 11, false, false), OC_OK);
    assert_int_equal(put(13, 2, 0, B | E, 0, 12, false, true), OC_OK);
    assert_int_equal(put(14, 1, 7, B | E | U, 0, 13, false, true), OC_OK);
    expect(2, 0, 12); /* other streams and unordered ones do not wait */
    expect(1, 7, 13);
    expect_none();
    assert_int_equal(put(10, 1, 0, B | E, 0, 14, true, true), OC_OK);
    expect(1, 0, 14);
    expect(1, 1, 11);
    expect(1, 2, 10);
    expect_none();
}

static void ssns_wrap(void **state) {
    uint32_t tsn = 1;
    (void)state;
    for (uint32_t ssn = 0; ssn < 0x10005; ssn += 2) { /* each second one comes early */
        assert_int_equal(put(tsn + 1, 1, (uint16_t)(ssn + 1), B | E, 0, 9, false, false), OC_OK);
        expect_none();
        assert_int_equal(put(tsn, 1, (uint16_t)ssn, B | E, 0, 8, true, true), OC_OK);
        expect(1, (uint16_t)ssn, 8);
        expect(1, (uint16_t)(ssn + 1), 9);
        tsn += 2;
    }
    assert_int_equal(put(tsn, 1, 0xFFFF, B | E, 0, 8, true, true), OC_OK); /* long ago */
    expect_none();
    assert_int_equal(store.late, 1);
}

static void tiny_fragments_share_blocks_and_are_bounded(void **state) {
    (void)state;
    assert_int_equal(put(1, 1, 0, B, 0, 1, true, true), OC_OK);
    for (uint32_t i = 1; i < MESSAGE; i++)
        assert_int_equal(put(1 + i, 1, 0, 0, i, 1, true, true), OC_OK);
    assert_true(pool.used <= MESSAGE / OC_POOL_BLOCK + 1); /* not one each */
    assert_int_equal(put(1 + MESSAGE, 1, 0, E, 0, 1, true, true), OC_OK);
    expect_cut(1, 0, MESSAGE);
}

/* What is too much of a message is dropped as it comes; those behind it are not touched. */
static void too_long_is_cut_and_keeps_its_place(void **state) {
    (void)state;
    uint32_t tsn = 1, last = 4 * MESSAGE / 1024;
    assert_int_equal(put(last + 2, 1, 1, B | E, 0, 7, false, false), OC_OK); /* the next message */
    assert_int_equal(put(last + 1, 1, 0, E, 0, 1024, false, false), OC_OK);  /* early */
    assert_int_equal(put(tsn, 1, 0, B, 0, 1024, true, true), OC_OK);
    while (++tsn <= last)
        assert_int_equal(put(tsn, 1, 0, 0, (tsn - 1) * 1024, 1024, true, true), OC_OK);
    assert_in_range(store.bytes, MESSAGE, MESSAGE + 1024 + 7);
    expect_cut(1, 0, MESSAGE + 1024);
    expect(1, 1, 7);
    expect_none();
}

static void scattered_fragments_stop_at_the_blocks_of_the_association(void **state) {
    unsigned taken = 0;
    (void)state;
    for (uint32_t i = 0; i < 10000; i++) { /* each second TSN: nothing ever joins */
        int rc = put(10 + 2 * i, 1, (uint16_t)i, 0, 0, 1, false, false);
        assert_true(rc == OC_OK || rc == OC_AGAIN);
        taken += rc == OC_OK;
    }
    assert_int_equal(taken, WINDOW / 1024);
    assert_int_equal(oc_sctp_reassembly_rwnd(&store), 0);
    /* What the cumulative TSN waits for has its room still: a whole message of it. */
    for (uint32_t i = 0; i < MESSAGE / 1024; i++)
        assert_int_equal(put(100000 + i, 2, 0,
                             (uint8_t)(i == 0    ? B
                                       : i == 15 ? E
                                                 : 0),
                             i * 1024, 1024, true, true),
                         OC_OK);
    expect(2, 0, MESSAGE);
}

static void the_window_is_kept_in_bytes_as_well(void **state) {
    uint32_t taken = 0, tsn = 100;
    (void)state;
    while (put(tsn, 1, (uint16_t)(tsn - 99), B | E, 0, 1200, false, tsn > 100) == OC_OK) {
        taken += 1200;
        tsn++;
    }
    assert_true(taken <= WINDOW && taken > WINDOW - 1200);
    assert_int_equal(oc_sctp_reassembly_rwnd(&store), WINDOW - taken);
}

static void an_empty_pool_is_no_error(void **state) {
    void *block[BLOCKS];
    (void)state;
    for (unsigned i = 0; i < BLOCKS - 1; i++)
        block[i] = oc_pool_take(&pool);
    assert_int_equal(oc_sctp_reassembly_rwnd(&store), OC_POOL_BLOCK);
    assert_int_equal(put(1, 1, 0, B, 0, 1400, true, true), OC_AGAIN); /* needs two */
    assert_int_equal(pool.used, BLOCKS - 1);
    assert_int_equal(put(1, 1, 0, B, 0, 1000, true, true), OC_OK);
    assert_int_equal(put(2, 1, 0, E, 1000, 1000, true, true), OC_AGAIN);
    assert_int_equal(oc_sctp_reassembly_rwnd(&store), 0);
    oc_pool_give(&pool, block[0]);
    assert_int_equal(put(2, 1, 0, E, 1000, 1000, true, true), OC_OK);
    expect(1, 0, 2000);
    for (unsigned i = 1; i < BLOCKS - 1; i++)
        oc_pool_give(&pool, block[i]);
}

static void pieces_nobody_can_use_take_no_memory(void **state) {
    (void)state;
    assert_int_equal(put(5, 1, 0, 0, 0, 100, true, true), OC_OK); /* no beginning */
    assert_int_equal(put(6, 1, 0, E, 0, 100, true, true), OC_OK);
    assert_int_equal(store.orphans, 2);
    assert_int_equal(pool.used, 0);
    assert_int_equal(put(8, 1, 0, E, 0, 100, false, false), OC_OK); /* might have one */
    assert_int_equal(pool.used, 1);
    assert_int_equal(put(7, 1, 0, B | E, 0, 50, true, true), OC_OK); /* it has not */
    expect(1, 0, 50);
    assert_int_equal(pool.used, 0);
    assert_int_equal(store.purged, 1);
    assert_int_equal(put(10, 2, 0, E, 0, 100, false, false), OC_OK); /* another stream's */
    assert_int_equal(put(9, 1, 1, B, 0, 100, true, true), OC_OK);
    expect_none();
    assert_int_equal(store.purged, 2);
}

static void a_stream_flood_finds_a_small_table(void **state) {
    (void)state;
    for (uint32_t sid = 0; sid < 65535; sid++)
        assert_int_equal(put(1 + sid, (uint16_t)sid, 0, B | E, 0, 4, true, true), OC_OK);
    assert_int_equal(store.no_stream, 65535 - 8);
    for (uint16_t sid = 0; sid < 8; sid++)
        expect(sid, 0, 4);
    expect_none();
}

static void forward(uint32_t cumulative, const oc_sctp_skip_t *skips, unsigned count) {
    static uint8_t raw[256];
    oc_sctp_forward_t chunk = {cumulative, (uint16_t)count, oc_span(raw, 4 * count)};
    for (unsigned i = 0; i < count; i++) {
        oc_sctp_put16(raw + 4 * i, skips[i].sid);
        oc_sctp_put16(raw + 4 * i + 2, skips[i].ssn);
    }
    oc_sctp_reassembly_forward(&store, &chunk);
}

static void an_ordered_message_given_up_lets_the_next_one_through(void **state) {
    (void)state;
    /* TSN 1..3 is SSN 0, of which 2 is missing; 4 is SSN 1, 5 is SSN 2 of which 6 is missing. */
    assert_int_equal(put(1, 1, 0, B, 0, 100, true, true), OC_OK);
    assert_int_equal(put(3, 1, 0, E, 200, 100, false, false), OC_OK);
    assert_int_equal(put(4, 1, 1, B | E, 0, 40, false, true), OC_OK);
    assert_int_equal(put(5, 1, 2, B, 0, 50, false, true), OC_OK);
    expect_none();
    forward(3, &(oc_sctp_skip_t){1, 0}, 1);
    expect(1, 1, 40);
    expect_none();
    assert_int_equal(put(6, 1, 2, E, 50, 50, true, true), OC_OK);
    expect(1, 2, 100);
    assert_int_equal(pool.used, 0);
}

static void whole_messages_up_to_the_skipped_one_still_count(void **state) {
    (void)state;
    assert_int_equal(put(3, 1, 1, B | E, 0, 30, false, false), OC_OK);
    assert_int_equal(put(5, 1, 3, B | E, 0, 50, false, false), OC_OK);
    assert_int_equal(put(4, 2, 0, B, 0, 40, false, true), OC_OK); /* another stream's stays */
    forward(3, &(oc_sctp_skip_t){1, 2}, 1);
    expect(1, 1, 30);
    expect(1, 3, 50);
    assert_int_equal(put(9, 1, 2, B | E, 0, 10, false, false), OC_OK); /* too late */
    expect_none();
    assert_int_equal(store.late, 1);
    assert_int_equal(pool.used, 1);
}

static void unordered_pieces_go_with_the_cumulative_tsn(void **state) {
    (void)state;
    assert_int_equal(put(1, 1, 0, B | U, 0, 100, true, true), OC_OK);
    assert_int_equal(put(4, 1, 0, B | U, 0, 100, false, false), OC_OK);
    assert_int_equal(put(7, 1, 0, U, 0, 100, false, false), OC_OK);
    forward(2, NULL, 0);
    assert_int_equal(pool.used, 2);
    assert_int_equal(put(5, 1, 0, E | U, 100, 100, false, true), OC_OK);
    expect(1, 0, 200);
    forward(6, NULL, 0); /* 7 lost its beginning */
    assert_int_equal(pool.used, 0);
    assert_int_equal(put(8, 1, 0, E | U, 0, 100, true, true), OC_OK); /* and so did this */
    assert_int_equal(pool.used, 0);
}

/* A peer that gives an ordered message up and does not say of which stream stops that stream; its
 * pieces go all the same. */
static void ordered_pieces_go_with_the_cumulative_tsn(void **state) {
    (void)state;
    assert_int_equal(put(1, 1, 0, B, 0, 100, true, true), OC_OK);
    assert_int_equal(put(3, 1, 1, B | E, 0, 30, false, false), OC_OK);
    forward(2, NULL, 0);
    expect_none();
    assert_int_equal(pool.used, 1);
    forward(3, &(oc_sctp_skip_t){1, 0}, 1); /* and now it says so */
    expect(1, 1, 30);
    assert_int_equal(pool.used, 0);
}

static void a_reset_stream_starts_with_ssn_0(void **state) {
    oc_sctp_stream_t *stream;
    (void)state;
    for (uint16_t i = 0; i < 5; i++)
        assert_int_equal(put(1u + i, 3, i, B | E, 0, 5, true, true), OC_OK);
    assert_int_equal(put(9, 3, 7, B, 0, 5, false, false), OC_OK);
    assert_int_equal(put(12, 4, 0, B, 0, 5, false, false), OC_OK);
    stream = oc_sctp_streams_find(&streams, 3);
    assert_int_equal(stream->ssn, 5);
    oc_sctp_reassembly_reset(&store, stream);
    assert_int_equal(put(10, 3, 0, B | E, 0, 6, true, true), OC_OK);
    for (uint16_t i = 0; i < 5; i++)
        expect(3, i, 5);
    expect(3, 0, 6);
    assert_int_equal(pool.used, 1); /* the other stream's */
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(fragments_in_any_order_make_the_message),
        CASE(ordered_messages_wait_for_each_other),
        CASE(ssns_wrap),
        CASE(tiny_fragments_share_blocks_and_are_bounded),
        CASE(too_long_is_cut_and_keeps_its_place),
        CASE(scattered_fragments_stop_at_the_blocks_of_the_association),
        CASE(the_window_is_kept_in_bytes_as_well),
        CASE(an_empty_pool_is_no_error),
        CASE(pieces_nobody_can_use_take_no_memory),
        CASE(a_stream_flood_finds_a_small_table),
        CASE(an_ordered_message_given_up_lets_the_next_one_through),
        CASE(whole_messages_up_to_the_skipped_one_still_count),
        CASE(unordered_pieces_go_with_the_cumulative_tsn),
        CASE(ordered_pieces_go_with_the_cumulative_tsn),
        CASE(a_reset_stream_starts_with_ssn_0),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
