/* oc_voice_jitter in virtual time: loss, reorder, jitter, clocks that differ. [B9] */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include "oc_err.h"
#include "oc_voice_jitter.h"

#define RATE    8000
#define BLOCK   160
#define MS      1000LL
#define FLIGHT  64
#define PACKETS 3000 /* of a run: a minute */

static oc_voice_jitter_t jitter;
static uint8_t sound[BLOCK];

static int push(uint16_t sequence, uint32_t time, int64_t now_us) {
    oc_voice_message_t message = {sequence, time, oc_span(sound, BLOCK)};
    return oc_voice_jitter_push(&jitter, &message, now_us);
}

/* A packet under way. */
typedef struct flight {
    bool used;
    unsigned number;
    int64_t at_us;
} flight_t;

/* What a run brought. */
typedef struct run {
    unsigned played, lost, silent, held, skipped;
    int64_t delay_us; /* of the last packet: from its sending to its turn */
} run_t;

/* Sends a packet each 20 ms of the sender's clock, delays it as `delay_of` says (< 0: lost), plays a
 * block each 20 ms of ours. ppm: how much faster the sender's clock is. */
static run_t simulate(unsigned packets, int64_t (*delay_of)(unsigned number), int ppm) {
    flight_t flight[FLIGHT] = {0};
    run_t run = {0};
    unsigned sent = 0, ahead = 0;
    int64_t period_us = 20000LL * 1000000 / (1000000 + ppm), next_us = 0;
    oc_voice_jitter_init(&jitter, RATE);
    for (int64_t now = 0; sent < packets; now += MS) {
        for (; next_us <= now && sent < packets; next_us += period_us, sent++) {
            int64_t delay = delay_of(sent);
            for (unsigned i = 0; i < FLIGHT && delay >= 0; i++)
                if (!flight[i].used) {
                    flight[i] = (flight_t){true, sent, now + delay};
                    break;
                }
        }
        for (unsigned i = 0; i < FLIGHT; i++)
            if (flight[i].used && flight[i].at_us <= now) {
                flight[i].used = false;
                (void)push((uint16_t)(flight[i].number + 65000),
                           UINT32_MAX - 100000 + flight[i].number * BLOCK, now);
            }
        if (now % (20 * MS) != 0)
            continue;
        oc_voice_steer_t steer = oc_voice_jitter_steer(&jitter, BLOCK, ahead, false, now);
        run.held += steer == OC_VOICE_HOLD;
        run.skipped += steer == OC_VOICE_SKIP;
        for (unsigned have = steer == OC_VOICE_HOLD ? BLOCK : 0; have < BLOCK;) {
            oc_span_t payload;
            uint32_t samples;
            oc_voice_play_t play =
                oc_voice_jitter_next(&jitter, BLOCK - have, now, &payload, &samples);
            if (ahead > 0) { /* the rest of the packet before */
                have += ahead;
                ahead = 0;
            }
            run.played += play == OC_VOICE_PACKET;
            run.lost += play == OC_VOICE_LOST;
            run.silent += play == OC_VOICE_SILENCE;
            ahead = samples > BLOCK - have ? samples - (BLOCK - have) : 0;
            have = samples + have > BLOCK ? BLOCK : have + samples;
        }
    }
    run.delay_us = jitter.target_us;
    return run;
}

static int64_t even(unsigned number) {
    return 30 * MS;
}

static int64_t lossy(unsigned number) { /* each tenth is lost */
    return number % 10 == 9 ? -1 : 30 * MS;
}

static int64_t shaken(unsigned number) { /* up to 80 ms more, in no order */
    static uint32_t state = 1;
    state = state * 1664525 + 1013904223;
    return 30 * MS + (int64_t)(state >> 8) % (80 * MS);
}

static int64_t slow_later(unsigned number) { /* the way becomes longer by 400 ms for good */
    return number < 500 ? 30 * MS : 430 * MS;
}

static int64_t bad_second(unsigned number) { /* one second of 150 ms more, then calm again */
    return number >= 500 && number < 550 ? 30 * MS + (int64_t)(number % 8) * 20 * MS : 30 * MS;
}

static void an_even_network_has_the_least_delay(void **state) {
    run_t run = simulate(PACKETS, even, 0);
    assert_int_equal(run.delay_us, OC_VOICE_DELAY_MIN_US);
    assert_in_range(run.played, PACKETS - 12, PACKETS);
    assert_in_range(run.lost, 0, 2);
    assert_int_equal(jitter.counts.late, 0);
}

static void each_tenth_lost_is_concealed_and_costs_no_other(void **state) {
    run_t run = simulate(PACKETS, lossy, 0);
    assert_in_range(run.played, PACKETS / 10 * 9 - 12, PACKETS / 10 * 9);
    assert_in_range(run.lost, PACKETS / 10 - 4, PACKETS / 10 + 4);
    assert_in_range(jitter.counts.lost, PACKETS / 10 - 4, PACKETS / 10 + 1);
    assert_int_equal(jitter.counts.late, 0);
}

static void jitter_makes_the_delay_longer_until_nothing_is_late(void **state) {
    run_t run = simulate(PACKETS, shaken, 0);
    assert_in_range(run.delay_us, 90 * MS, 110 * MS);
    assert_in_range(jitter.counts.late, 0, PACKETS / 50);
    assert_in_range(run.played, PACKETS - PACKETS / 25, PACKETS);
}

static void the_delay_falls_again_when_the_network_calms_down(void **state) {
    run_t run = simulate(PACKETS, bad_second, 0);
    assert_true(run.held > 0);
    assert_true(run.skipped > 0);
    assert_int_equal(run.delay_us, OC_VOICE_DELAY_MIN_US);
}

static void a_way_that_becomes_long_is_followed_within_a_quarter_of_a_second(void **state) {
    run_t run = simulate(PACKETS, slow_later, 0);
    assert_int_equal(jitter.counts.restarts, 1);
    assert_in_range(jitter.counts.late, 1, OC_VOICE_LATE_RUN);
    assert_in_range(run.played, PACKETS - 60, PACKETS);
}

static void clocks_that_differ_by_200_ppm_lose_no_packet(void **state) {
    run_t fast = simulate(PACKETS, even, 200);
    assert_in_range(fast.played, PACKETS - 15, PACKETS);
    assert_int_equal(jitter.counts.late, 0);
    run_t slow = simulate(PACKETS, even, -200);
    assert_in_range(slow.played, PACKETS - 15, PACKETS);
    assert_in_range(slow.lost + slow.held, 0, 6);
}

static void late_and_double_packets_are_dropped(void **state) {
    oc_span_t payload;
    uint32_t samples;
    oc_voice_jitter_init(&jitter, RATE);
    assert_int_equal(push(1, 1000, 0), OC_GAP);
    assert_int_equal(push(1, 1000, 1 * MS), OC_AGAIN);
    assert_int_equal(push(2, 1160, 20 * MS), OC_OK);
    assert_int_equal(oc_voice_jitter_next(&jitter, BLOCK, 59 * MS, &payload, &samples),
                     OC_VOICE_SILENCE);
    assert_int_equal(oc_voice_jitter_next(&jitter, BLOCK, 60 * MS, &payload, &samples),
                     OC_VOICE_PACKET);
    assert_int_equal(push(1, 1000, 61 * MS), OC_AGAIN);
    assert_int_equal(jitter.counts.late, 1);
    assert_int_equal(jitter.counts.twice, 1);
}

static void what_the_sender_left_out_is_silence_and_no_loss(void **state) {
    oc_span_t payload;
    uint32_t samples;
    oc_voice_jitter_init(&jitter, RATE);
    (void)push(1, 0, 0);
    (void)push(2, 800, 100 * MS); /* the next number, later */
    (void)oc_voice_jitter_next(&jitter, BLOCK, 100 * MS, &payload, &samples);
    assert_int_equal(oc_voice_jitter_next(&jitter, BLOCK, 100 * MS, &payload, &samples),
                     OC_VOICE_SILENCE);
    assert_int_equal(jitter.counts.lost, 0);
}

static void a_flood_keeps_the_newest(void **state) {
    oc_voice_jitter_init(&jitter, RATE);
    for (unsigned i = 0; i < 60; i++)
        assert_true(push((uint16_t)i, i * BLOCK, 0) >= 0);
    assert_int_equal(jitter.counts.packets, 60);
    assert_int_equal(jitter.position, (60 - OC_VOICE_SLOTS) * BLOCK);
}

static void a_message_has_a_head_and_a_bounded_payload(void **state) {
    uint8_t bytes[OC_VOICE_HEAD + OC_VOICE_PAYLOAD + 1] = {0x12, 0x34, 0x01, 0x02, 0x03, 0x04, 0x99};
    oc_voice_message_t message;
    assert_int_equal(oc_voice_message_read(oc_span(bytes, 6), &message), OC_ERR_TRUNC);
    assert_int_equal(oc_voice_message_read(oc_span(NULL, 0), &message), OC_ERR_TRUNC);
    assert_int_equal(oc_voice_message_read(oc_span(bytes, sizeof bytes), &message), OC_ERR_TOO_BIG);
    assert_int_equal(oc_voice_message_read(oc_span(bytes, 7), &message), OC_OK);
    assert_int_equal(message.sequence, 0x1234);
    assert_int_equal(message.time, 0x01020304);
    assert_int_equal(message.payload.len, 1);
    assert_int_equal(message.payload.data[0], 0x99);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_even_network_has_the_least_delay),
        cmocka_unit_test(each_tenth_lost_is_concealed_and_costs_no_other),
        cmocka_unit_test(jitter_makes_the_delay_longer_until_nothing_is_late),
        cmocka_unit_test(the_delay_falls_again_when_the_network_calms_down),
        cmocka_unit_test(a_way_that_becomes_long_is_followed_within_a_quarter_of_a_second),
        cmocka_unit_test(clocks_that_differ_by_200_ppm_lose_no_packet),
        cmocka_unit_test(late_and_double_packets_are_dropped),
        cmocka_unit_test(what_the_sender_left_out_is_silence_and_no_loss),
        cmocka_unit_test(a_flood_keeps_the_newest),
        cmocka_unit_test(a_message_has_a_head_and_a_bounded_payload),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
