/* oc_sound_level: levels of known signals, and events above a floor that follows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "oc_sound_level.h"

#define RATE 8000

static const oc_sound_config_t usual = {.threshold_db = 15, .cooldown_ms = 1000};

typedef struct counts {
    unsigned begins, ends;
    int32_t level;
} counts_t;

/* A square wave of that height: its level is known exactly. */
static void play(oc_sound_level_t *s, int16_t height, unsigned ms, counts_t *counts) {
    int16_t piece[RATE / 50];
    for (unsigned at = 0; at < ms; at += 20) {
        for (unsigned i = 0; i < RATE / 50; i++)
            piece[i] = (int16_t)(i % 16 < 8 ? height : -height);
        oc_sound_edge_t edge = oc_sound_level_put(s, piece, RATE / 50, &counts->level);
        counts->begins += edge == OC_SOUND_BEGINS;
        counts->ends += edge == OC_SOUND_ENDS;
    }
}

static void levels_are_decibels_of_full_scale(void **state) {
    assert_int_equal(oc_sound_level_of(0, 800), OC_SOUND_SILENCE);
    assert_in_range(oc_sound_level_of((uint64_t)32767 * 32767 * 800, 800) + 1000, 995, 1000);
    assert_in_range(oc_sound_level_of((uint64_t)3277 * 3277 * 800, 800) + 1000, 795, 805);
    assert_in_range(oc_sound_level_of((uint64_t)328 * 328 * 800, 800) + 1000, 595, 605);
    assert_in_range(oc_sound_level_of((uint64_t)33 * 33 * 800, 800) + 1000, 395, 406);
}

static void louder_than_usual_is_an_event(void **state) {
    oc_sound_level_t s;
    counts_t counts = {0};
    oc_sound_level_init(&s, RATE, &usual);
    play(&s, 200, 5000, &counts);
    play(&s, 500, 2000, &counts); /* 8 dB */
    assert_int_equal(counts.begins, 0);
    play(&s, 5000, 100, &counts); /* too short */
    play(&s, 200, 1000, &counts);
    assert_int_equal(counts.begins, 0);
    play(&s, 5000, 1000, &counts);
    assert_int_equal(counts.begins, 1);
    play(&s, 200, 500, &counts);
    assert_int_equal(counts.ends, 0);
    play(&s, 200, 1000, &counts);
    assert_int_equal(counts.ends, 1);
    assert_in_range(counts.level + 1000, 830, 840); /* the loudest: -16.3 dB */
}

static void what_stays_loud_becomes_usual(void **state) {
    oc_sound_level_t s;
    counts_t counts = {0};
    oc_sound_level_init(&s, RATE, &usual);
    play(&s, 200, 5000, &counts);
    play(&s, 3000, 180000, &counts);
    assert_int_equal(counts.begins, 1);
    assert_int_equal(counts.ends, 1);
}

static void silence_is_never_loud(void **state) {
    oc_sound_level_t s;
    counts_t counts = {0};
    oc_sound_level_init(&s, RATE, &usual);
    play(&s, 0, 5000, &counts);
    play(&s, 30, 3000, &counts); /* -61 dB */
    assert_int_equal(counts.begins, 0);
    play(&s, 20000, 1000, &counts);
    assert_int_equal(counts.begins, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(levels_are_decibels_of_full_scale),
        cmocka_unit_test(louder_than_usual_is_an_event),
        cmocka_unit_test(what_stays_loud_becomes_usual),
        cmocka_unit_test(silence_is_never_loud),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
