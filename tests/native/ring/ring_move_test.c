/* oc_ring_replan, oc_ring_move: another plan for a ring in use loses nothing that fits, and nothing
 * that a recording is to read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "oc_err.h"
#include "oc_ring.h"

#define FPS    30
#define GOP    10
#define PACKET 1000 /* bytes */
#define SCALE  90000

static void *head, *memory;
static oc_ring_t *ring;
static uint16_t config;
static int64_t dts;
static uint32_t pushed, given_back;

static void give_back(void *context, void *at, size_t bytes) {
    memset(at, 0xDB, bytes);
    given_back += (uint32_t)bytes;
}

static oc_ring_plan_t seconds(uint32_t s, bool discards) {
    return (oc_ring_plan_t){.milliseconds = s * 1000,
                            .bitrate_bps = FPS * PACKET * 8,
                            .packets_per_s = FPS,
                            .discard = discards ? give_back : NULL,
                            .discard_unit = 64};
}

static oc_ring_size_t size_of(const oc_ring_plan_t *plan) {
    oc_ring_size_t size;
    char why[160];
    assert_int_equal(oc_ring_plan(plan, &size, why, sizeof why), OC_OK);
    return size;
}

static void *block(size_t bytes) {
    return aligned_alloc(16, (bytes + 15) / 16 * 16);
}

static void make(oc_ring_plan_t plan) {
    oc_ring_size_t size = size_of(&plan);
    oc_track_t track = {.codec = OC_CODEC_H264, .timescale = SCALE, .config_len = 1};
    head = block(oc_ring_bytes());
    memory = block(size.total_bytes - oc_ring_bytes());
    ring = oc_ring_init(head, memory, &plan, &size);
    assert_non_null(ring);
    config = (uint16_t)oc_ring_set_track(ring, 0, &track);
    dts = pushed = given_back = 0;
}

static int teardown(void **state) {
    free(head);
    free(memory);
    head = memory = NULL;
    return 0;
}

/* Each packet says its number in every byte pair. */
static void push(unsigned count) {
    uint8_t bytes[PACKET];
    while (count-- > 0) {
        oc_packet_t packet = {.data = bytes,
                              .len_bytes = PACKET,
                              .dts = dts,
                              .config_id = config,
                              .key = pushed % GOP == 0};
        pushed++;
        for (unsigned i = 0; i < PACKET; i += 2)
            memcpy(bytes + i, &(uint16_t){(uint16_t)pushed}, 2);
        dts += SCALE / FPS;
        assert_int_equal(oc_ring_push(ring, &packet), OC_OK);
    }
}

static void check_held(uint64_t oldest) {
    oc_packet_t packet;
    assert_int_equal(oc_ring_oldest(ring), oldest);
    assert_int_equal(oc_ring_newest(ring), pushed);
    for (uint64_t seq = oldest; seq <= pushed; seq++) {
        assert_int_equal(oc_ring_get(ring, seq, &packet), OC_OK);
        assert_int_equal(packet.len_bytes, PACKET);
        assert_int_equal(packet.key, (seq - 1) % GOP == 0);
        for (unsigned i = 0; i < PACKET; i += 2)
            assert_memory_equal(packet.data + i, &(uint16_t){(uint16_t)seq}, 2);
    }
}

/* Into fresh memory; the old one must have nothing of a packet left. */
static int move(oc_ring_plan_t plan) {
    oc_ring_size_t size = size_of(&plan);
    void *next = block(size.total_bytes - oc_ring_bytes());
    oc_ring_stats_t before, after;
    oc_ring_stats(ring, &before);
    int checked = oc_ring_move(ring, NULL, &plan, &size);
    int code = oc_ring_move(ring, next, &plan, &size);
    assert_int_equal(code, checked);
    if (code != OC_OK) {
        free(next);
        return code;
    }
    free(memory);
    memory = next;
    oc_ring_stats(ring, &after);
    assert_int_equal(after.payload_bytes, size.payload_bytes);
    assert_int_equal(after.packets, before.packets);
    assert_int_equal(after.copied_bytes, before.copied_bytes);
    assert_int_equal(after.held_bytes, after.held_packets * PACKET);
    return OC_OK;
}

static void a_larger_ring_keeps_everything_and_goes_on(void **state) {
    make(seconds(2, false));
    push(35);
    int reader = oc_ring_open(ring, OC_RING_OLDEST, 0, OC_RING_TO_OLDEST);
    oc_ring_advance(ring, reader, 3);
    assert_int_equal(move(seconds(10, false)), OC_OK);
    check_held(1);
    assert_int_equal(oc_ring_position(ring, reader), 4);
    push(400);
    uint64_t oldest = oc_ring_oldest(ring);
    assert_in_range(pushed - oldest, 10 * FPS, 12 * FPS);
    check_held(oldest);
}

static void a_smaller_ring_keeps_the_newest_gops(void **state) {
    make(seconds(10, false));
    push(505); /* goes around */
    int live = oc_ring_open(ring, OC_RING_OLDEST, 0, OC_RING_TO_NEWEST);
    assert_int_equal(move(seconds(2, false)), OC_OK);
    uint64_t oldest = oc_ring_oldest(ring);
    assert_in_range(pushed - oldest, 2 * FPS, 3 * FPS);
    check_held(oldest);
    oc_packet_t packet;
    assert_int_equal(oc_ring_peek(ring, live, 0, &packet), OC_GAP);
    assert_int_equal(oc_ring_position(ring, live), 501);
    push(7);
    check_held(oc_ring_oldest(ring));
    push(1000);
    check_held(oc_ring_oldest(ring));
}

static void a_recording_that_is_behind_and_pins_are_waited_for(void **state) {
    make(seconds(10, false));
    push(200);
    int reader = oc_ring_open(ring, OC_RING_OLDEST, 0, OC_RING_TO_OLDEST);
    assert_int_equal(move(seconds(2, false)), OC_ERR_BUSY);
    oc_ring_advance(ring, reader, 190);
    int pin = oc_ring_pin(ring, 185, 190);
    assert_true(pin >= 0);
    assert_int_equal(move(seconds(2, false)), OC_ERR_BUSY);
    assert_int_equal(move(seconds(20, false)), OC_ERR_BUSY);
    check_held(1);
    oc_ring_unpin(ring, pin);
    assert_int_equal(move(seconds(2, false)), OC_OK);
    assert_int_equal(oc_ring_position(ring, reader), 191);
    check_held(oc_ring_oldest(ring));
}

static void a_gop_under_way_that_does_not_fit_is_refused(void **state) {
    make(seconds(10, false));
    push(GOP);
    oc_ring_plan_t plan = seconds(0, false);
    plan.bytes = 8 * PACKET;
    assert_int_equal(move(plan), OC_ERR_TOO_BIG);
    plan = seconds(10, false);
    plan.max_gop_bytes = 9 * PACKET;
    oc_ring_size_t size = size_of(&plan);
    assert_int_equal(move(plan), OC_ERR_TOO_BIG);
    plan = seconds(10, false);
    size = size_of(&plan);
    plan.max_gop_bytes = 9 * PACKET;
    assert_int_equal(oc_ring_replan(ring, &plan, &size), OC_ERR_TOO_BIG);
    check_held(1);
}

/* Where memory is given back, a shorter time needs no other memory. */
static void time_changes_in_place_where_memory_is_given_back(void **state) {
    make(seconds(10, true));
    push(300);
    check_held(1);
    oc_ring_plan_t less = seconds(2, true), more = seconds(20, true), plain = seconds(2, false);
    oc_ring_size_t size = size_of(&less);
    assert_int_equal(oc_ring_replan(ring, &less, &size), OC_OK);
    push(1);
    assert_in_range(pushed - oc_ring_oldest(ring), 2 * FPS, 3 * FPS);
    assert_true(given_back > 0);
    check_held(oc_ring_oldest(ring));
    size = size_of(&more);
    assert_int_equal(oc_ring_replan(ring, &more, &size), OC_ERR_RANGE);
    size = size_of(&plain);
    assert_int_equal(oc_ring_replan(ring, &plain, &size), OC_ERR_RANGE);
    assert_int_equal(move(more), OC_OK);
    uint64_t oldest = oc_ring_oldest(ring);
    push(400);
    check_held(oldest); /* nothing has left: 20 s */
}

/* Pre-roll and largest GOP need no memory at all. */
static void limits_change_in_place(void **state) {
    make(seconds(2, false));
    push(25);
    oc_ring_plan_t plan = seconds(2, false);
    plan.preroll_ms = 1000;
    oc_ring_size_t size = size_of(&plan);
    assert_int_equal(oc_ring_replan(ring, &plan, &size), OC_OK);
    check_held(1);
}

static int loan;

static void return_loan(void *context, oc_ring_t *of) {
    oc_ring_unpin(of, loan);
}

static void a_loan_is_taken_back(void **state) {
    make(seconds(2, false));
    push(35);
    oc_ring_on_need(ring, return_loan, NULL);
    loan = oc_ring_lend(ring, 11, 20);
    int pin = oc_ring_pin(ring, 1, 5);
    oc_ring_stats_t stats;
    assert_int_equal(move(seconds(10, false)), OC_ERR_BUSY);
    oc_ring_stats(ring, &stats);
    assert_int_equal(stats.loans, 1); /* it would not have helped */
    oc_ring_unpin(ring, pin);
    assert_int_equal(move(seconds(10, false)), OC_OK);
    oc_ring_stats(ring, &stats);
    assert_int_equal(stats.loans, 0);
    check_held(1);
}

static void an_empty_ring_moves_too(void **state) {
    make(seconds(2, true));
    int reader = oc_ring_open(ring, OC_RING_LIVE, 0, OC_RING_TO_OLDEST);
    assert_int_equal(move(seconds(4, false)), OC_OK);
    assert_int_equal(oc_ring_newest(ring), 0);
    push(15);
    assert_int_equal(oc_ring_position(ring, reader), 1);
    check_held(1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_larger_ring_keeps_everything_and_goes_on, teardown),
        cmocka_unit_test_teardown(a_smaller_ring_keeps_the_newest_gops, teardown),
        cmocka_unit_test_teardown(a_recording_that_is_behind_and_pins_are_waited_for, teardown),
        cmocka_unit_test_teardown(a_gop_under_way_that_does_not_fit_is_refused, teardown),
        cmocka_unit_test_teardown(time_changes_in_place_where_memory_is_given_back, teardown),
        cmocka_unit_test_teardown(limits_change_in_place, teardown),
        cmocka_unit_test_teardown(a_loan_is_taken_back, teardown),
        cmocka_unit_test_teardown(an_empty_ring_moves_too, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
