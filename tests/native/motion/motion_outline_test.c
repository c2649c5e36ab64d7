/* oc_motion_outline: a step is an edge, a slope is light, and only more than usual counts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "oc_motion_blob.h"
#include "oc_motion_outline.h"
#include "oc_motion_tone.h"

#define WIDTH 40
#define HIGH  24
#define CELLS (WIDTH * HIGH)

static uint8_t grey[CELLS];
static uint16_t plain[CELLS], ratios[CELLS], usual[CELLS], list[CELLS];
static oc_motion_outline_t outline = {WIDTH, HIGH, ratios, usual};

/* A ground with texture that has been seen at `part` of 256 of its light, in the mean. */
static void ground(unsigned part) {
    memset(usual, 0, sizeof(usual));
    for (unsigned i = 0; i < CELLS; i++) {
        grey[i] = (uint8_t)(90 + i * 7 % 11 * 10);
        plain[i] = (uint16_t)((grey[i] + 8) * part - 8 * OC_MOTION_UNITS);
    }
}

/* From row or column `from` on in the shadow that leaves `part` of 256; its border is `wide`. */
static void shade(int from, int wide, int part, bool down) {
    for (int i = 0; i < CELLS; i++) {
        int deep = (down ? i / WIDTH : i % WIDTH) - from;
        deep = deep < 0 ? 0 : deep > wide ? wide : deep;
        grey[i] = (uint8_t)((grey[i] + 8) * (256 * wide - (256 - part) * deep) / (256 * wide) - 8);
    }
}

static void put_box(int left, int top, int width, int height, int part) {
    for (int y = top; y < top + height; y++) {
        for (int x = left; x < left + width; x++)
            grey[y * WIDTH + x] = (uint8_t)(grey[y * WIDTH + x] * part / 256);
    }
}

static bool soft(int left, int top, int width, int height) {
    unsigned count = 0;
    for (int y = top; y < top + height; y++) {
        for (int x = left; x < left + width; x++)
            list[count++] = (uint16_t)(y * WIDTH + x);
    }
    oc_motion_outline_find(&outline, grey, plain);
    return oc_motion_outline_soft(&outline, list, count);
}

/* Clouds in the mean make what is in the light brighter than it, and the border's steps larger. */
static void the_border_of_a_shadow_is_soft_at_any_mean(void **state) {
    for (unsigned part = 120; part <= 256; part += 34) {
        for (int wide = 6; wide <= 12; wide += 3) {
            ground(part);
            shade(12, wide, 110, false);
            assert_true(soft(8, 4, 16, 10));
            assert_true(soft(8, 14, 20, 10)); /* to the last row */
            ground(part);
            shade(8, wide, 110, true);
            assert_true(soft(0, 2, 12, 16)); /* from the first column */
        }
    }
}

static void an_object_has_an_edge_in_light_and_shadow(void **state) {
    for (unsigned part = 120; part <= 256; part += 34) {
        for (int dark = 128; dark <= 256; dark += 64) {
            ground(part);
            shade(4, 6, dark, false);
            put_box(16, 6, 4, 9, 170);
            assert_false(soft(16, 6, 4, 9));
            ground(part);
            shade(4, 6, dark, false);
            put_box(16, 6, 2, 3, 150); /* far away */
            assert_false(soft(16, 6, 2, 3));
        }
    }
}

/* Leaves step to and fro: their own steps are none after a while, larger ones are. */
static void steps_that_are_there_all_the_time_do_not_count(void **state) {
    static const uint8_t marks[CELLS];
    ground(256);
    put_box(10, 5, 8, 8, 200);
    assert_false(soft(10, 5, 8, 8));
    oc_motion_outline_find(&outline, grey, plain);
    for (int i = 0; i < 100; i++)
        oc_motion_outline_learn(&outline, marks, 0, 12, 2);
    assert_true(soft(10, 5, 8, 8));
    put_box(10, 5, 8, 8, 90);
    assert_false(soft(10, 5, 8, 8));
}

static void what_moves_is_not_learned_from(void **state) {
    static uint8_t marks[CELLS];
    memset(marks, 8, sizeof(marks));
    ground(256);
    put_box(10, 5, 8, 8, 200);
    oc_motion_outline_find(&outline, grey, plain);
    for (int i = 0; i < 20; i++)
        oc_motion_outline_learn(&outline, marks, 8, 12, 2);
    assert_false(soft(10, 5, 8, 8));
}

static void any_picture_is_taken(void **state) {
    static const uint8_t marks[CELLS];
    uint32_t seed = 5;
    memset(usual, 0xFF, sizeof(usual));
    for (int k = 0; k < 50; k++) {
        for (unsigned i = 0; i < CELLS; i++) {
            seed = seed * 1664525u + 1013904223u;
            grey[i] = (uint8_t)(k % 3 == 0 ? 0 : k % 3 == 1 ? 255 : seed >> 24);
            plain[i] = (uint16_t)(k % 2 ? 0 : seed % (255 * OC_MOTION_UNITS));
        }
        (void)soft(0, 0, WIDTH, HIGH);
        oc_motion_outline_learn(&outline, marks, 0, 256, 256);
    }
    assert_int_equal(oc_motion_blob_side(0), 0);
    assert_int_equal(oc_motion_blob_side(35), 5);
    assert_int_equal(oc_motion_blob_side(36), 6);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_border_of_a_shadow_is_soft_at_any_mean),
        cmocka_unit_test(an_object_has_an_edge_in_light_and_shadow),
        cmocka_unit_test(steps_that_are_there_all_the_time_do_not_count),
        cmocka_unit_test(what_moves_is_not_learned_from),
        cmocka_unit_test(any_picture_is_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
