/* Playback as a source: order, pace, pause, seek, two chunks and no more. */
#include "cmocka_first.h"

#include "oc_dcep.h"
#include "oc_err.h"
#include "oc_source_play.h"

#define SECOND 1000000LL
#define PER    8u /* messages of a chunk, a second apart */

static oc_play_chunk_t memory[OC_SOURCE_PLAY_CHUNKS];
static oc_source_play_t source;
static const oc_source_ops_t *const ops = &oc_source_play_ops;
static int64_t reader_us; /* where the reader is */
static uint64_t held[64]; /* taken and not done */
static unsigned held_count;

static void begin(int64_t at_us) {
    oc_play_chunk_t *chunks[] = {&memory[0], &memory[1]};
    held_count = 0;
    oc_source_play_init(&source, chunks, 100000, at_us, 0);
}

/* A reader that has a message for each second. */
static void fill(oc_play_chunk_t *chunk, int result, int64_t now_us) {
    if (chunk->seek)
        reader_us = chunk->at_us;
    chunk->count = chunk->len = 0;
    for (unsigned i = 0; i < PER; i++, reader_us += SECOND) {
        chunk->message[chunk->count++] = (oc_play_message_t){
            .at_us = reader_us, .offset = chunk->len, .len = (uint16_t)(100 + i), .text = i == 0};
        memset(chunk->bytes + chunk->len, (int)(reader_us / SECOND), 100 + i);
        chunk->len += 100 + i;
    }
    chunk->result = result;
    oc_source_play_filled(&source, chunk, now_us);
}

static unsigned fill_all(int result, int64_t now_us) {
    unsigned n = 0;
    for (oc_play_chunk_t *chunk; (chunk = oc_source_play_want(&source)) != NULL; n++)
        fill(chunk, result, now_us);
    return n;
}

/* Takes what it gives; the second of the last one, -1: nothing. */
static int64_t take_all(void) {
    oc_msg_t m;
    int64_t last = -1;
    while (ops->next(&source, &m) == OC_OK) {
        oc_span_t part;
        ops->take(&source, m.ref);
        assert_int_equal(ops->bytes(&source, m.ref, 3, m.len - 3, &part, 8), 1);
        assert_int_equal(part.len, m.len - 3);
        assert_true(last < 0 || part.data[0] == last + 1); /* in order, none left out */
        last = part.data[0];
        assert_true(held_count < 64);
        held[held_count++] = m.ref;
    }
    return last;
}

static void finish(unsigned which) {
    ops->done(&source, held[which], OC_OK);
    held[which] = held[--held_count];
}

static void test_it_is_paced_by_media_time(void **state) {
    begin(0);
    oc_play_chunk_t *chunk = oc_source_play_want(&source);
    assert_non_null(chunk);
    assert_true(chunk->seek && chunk->at_us == 0 && chunk->piece_max == OC_PLAY_PIECE);
    assert_null(oc_source_play_want(&source)); /* one at a time */
    assert_true(oc_source_play_reading(&source));
    fill(chunk, OC_OK, 0);
    assert_int_equal(take_all(), 5); /* five seconds ahead */
    assert_int_equal(oc_source_play_deadline(&source) / 1000, 1000);
    oc_source_play_advance(&source, 500000);
    assert_int_equal(take_all(), -1);
    oc_source_play_advance(&source, SECOND);
    assert_int_equal(take_all(), 6);
    oc_source_play_advance(&source, 60 * SECOND); /* late is no reason to leave something out */
    assert_int_equal(take_all(), 7);
    assert_int_equal(oc_source_play_deadline(&source), INT64_MAX);
    assert_int_equal(fill_all(OC_OK, 60 * SECOND), 1); /* the other one; this one is under way */
    assert_false(source.slot[0].state == OC_SOURCE_PLAY_FREE);
    while (held_count)
        finish(held_count / 2); /* acknowledged in any order */
    assert_int_equal(fill_all(OC_OK, 60 * SECOND), 1);
    assert_int_equal(source.done, PER);
    assert_int_equal(oc_source_play_queued(&source), 2 * (PER * 100 + 28));
}

static void test_pause_and_resume(void **state) {
    begin(20 * SECOND);
    fill_all(OC_OK, 0);
    assert_int_equal(take_all(), 25);
    oc_source_play_pause(&source, SECOND); /* one second was played */
    oc_source_play_advance(&source, 100 * SECOND);
    assert_int_equal(take_all(), 26);
    assert_int_equal(oc_source_play_deadline(&source), INT64_MAX);
    oc_source_play_pause(&source, 101 * SECOND); /* twice is once */
    oc_source_play_resume(&source, 200 * SECOND);
    assert_int_equal(take_all(), -1);
    oc_source_play_resume(&source, 200 * SECOND + 500000);
    oc_source_play_advance(&source, 201 * SECOND);
    assert_int_equal(take_all(), 27);
}

static void test_seek_throws_away_what_was_not_taken(void **state) {
    begin(0);
    fill_all(OC_OK, 0);
    assert_int_equal(take_all(), 5);
    uint64_t old = held[0];
    oc_span_t part;
    oc_source_play_seek(&source, 90 * SECOND, SECOND);
    assert_int_equal(take_all(), -1);
    assert_int_equal(ops->bytes(&source, old, 0, 10, &part, 8), 1); /* may be asked for again */
    assert_int_equal(oc_source_play_queued(&source), 100 + 101 + 102 + 103 + 104 + 105);
    oc_play_chunk_t *chunk = oc_source_play_want(&source); /* the one that is free */
    assert_true(chunk->seek && chunk->at_us == 90 * SECOND);
    oc_source_play_seek(&source, 120 * SECOND, 2 * SECOND); /* again, while it is read */
    assert_null(oc_source_play_want(&source));
    fill(chunk, OC_OK, 2 * SECOND);
    assert_int_equal(take_all(), -1); /* nobody wants it any more */
    chunk = oc_source_play_want(&source);
    assert_true(chunk->seek && chunk->at_us == 120 * SECOND);
    fill(chunk, OC_OK, 2 * SECOND);
    assert_int_equal(take_all(), 125);
    oc_source_play_pause(&source, 3 * SECOND); /* a picture is wanted while it stands still, too */
    oc_source_play_seek(&source, 10 * SECOND, 3 * SECOND);
    while (held_count)
        finish(0);
    fill_all(OC_OK, 3 * SECOND);
    assert_int_equal(take_all(), 15);
    oc_source_play_seek(&source, -5, 3 * SECOND);
    fill_all(OC_OK, 3 * SECOND);
    assert_int_equal(source.seek_us, 0);
}

static void test_speed(void **state) {
    begin(0);
    fill_all(OC_OK, 0);
    assert_int_equal(take_all(), 5);
    assert_int_equal(oc_source_play_speed(&source, 124, 0), OC_ERR_RANGE);
    assert_int_equal(oc_source_play_speed(&source, 64001, 0), OC_ERR_RANGE);
    assert_int_equal(oc_source_play_speed(&source, 2000, SECOND), OC_OK); /* at second 1 */
    assert_int_equal(take_all(), 6);
    assert_int_equal(oc_source_play_deadline(&source) / 1000, 1500);
    oc_source_play_advance(&source, 3 * SECOND);
    assert_int_equal(take_all(), 10);
    assert_int_equal(oc_source_play_speed(&source, 16000, 3 * SECOND), OC_OK); /* at second 5 */
    while (held_count)
        finish(0);
    oc_play_chunk_t *chunk = oc_source_play_want(&source);
    assert_true(chunk->seek && chunk->keys_only && chunk->at_us == 5 * SECOND);
    fill(chunk, OC_OK, 3 * SECOND);
    assert_int_equal(oc_source_play_speed(&source, 1000, 3 * SECOND), OC_OK);
    chunk = oc_source_play_want(&source);
    assert_true(chunk->seek && !chunk->keys_only);
}

static void test_held_by_a_watermark_it_goes_on_at_the_place(void **state) {
    begin(0);
    fill(oc_source_play_want(&source), OC_OK, 0);
    oc_source_play_hold(&source, true);
    assert_null(oc_source_play_want(&source));
    assert_int_equal(take_all(), 5); /* what was read is sent */
    oc_source_play_advance(&source, 10 * SECOND);
    assert_int_equal(take_all(), 7);
    while (held_count)
        finish(0);
    assert_null(oc_source_play_want(&source));
    oc_source_play_hold(&source, false);
    assert_int_equal(fill_all(OC_OK, 10 * SECOND), 2);
    assert_int_equal(take_all(), 15);
}

static void test_the_end_and_after(void **state) {
    begin(0);
    fill(oc_source_play_want(&source), OC_END, 0);
    assert_null(oc_source_play_want(&source));
    assert_int_equal(take_all(), 5);
    oc_source_play_advance(&source, 9 * SECOND);
    assert_int_equal(take_all(), 7);
    oc_msg_t m;
    assert_int_equal(ops->next(&source, &m), OC_AGAIN); /* never OC_END: a seek may come */
    oc_source_play_seek(&source, 0, 9 * SECOND);
    oc_play_chunk_t *chunk = oc_source_play_want(&source);
    assert_non_null(chunk);
    fill(chunk, OC_ERR_IO, 9 * SECOND);
    assert_null(oc_source_play_want(&source));
    assert_int_equal(take_all(), 5); /* what was read, and the reason */
    unsigned n = held_count;
    while (held_count)
        ops->done(&source, held[--held_count], OC_ERR_CLOSED);
    assert_true(n > 0 && source.done == 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_is_paced_by_media_time),
        cmocka_unit_test(test_pause_and_resume),
        cmocka_unit_test(test_seek_throws_away_what_was_not_taken),
        cmocka_unit_test(test_speed),
        cmocka_unit_test(test_held_by_a_watermark_it_goes_on_at_the_place),
        cmocka_unit_test(test_the_end_and_after),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
