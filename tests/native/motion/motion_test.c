/* oc_motion on pictures made here: what is an object, and what is only light, noise or weather. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "oc_motion.h"

#define WIDTH  96
#define HIGH   54
#define CELLS  (WIDTH * HIGH)
#define STEP   200000 /* us between pictures */
#define SECOND 5      /* pictures */

typedef struct scene {
    oc_motion_t *motion;
    uint8_t ground[CELLS], picture[CELLS];
    uint32_t seed;
    int64_t at_us, step_us;
    unsigned begins, ends;
    oc_motion_area_t area;
} scene_t;

static unsigned draw(scene_t *s) {
    s->seed = s->seed * 1664525u + 1013904223u;
    return s->seed >> 16;
}

static scene_t *begin(const oc_motion_config_t *config) {
    scene_t *s = calloc(1, sizeof(*s));
    s->seed = 7;
    s->step_us = STEP;
    s->motion = oc_motion_init(malloc(oc_motion_bytes(WIDTH, HIGH)), WIDTH, HIGH, config);
    for (unsigned i = 0; i < CELLS; i++)
        s->ground[i] = (uint8_t)(80 + (i / 7 + i / WIDTH / 5 * 13) % 9 * 10);
    return s;
}

static void finish(scene_t *s) {
    free(s->motion);
    free(s);
}

/* One picture of what is in s->picture, with noise and another light. */
static void show(scene_t *s, unsigned noise, unsigned gain, int offset) {
    for (unsigned i = 0; i < CELLS; i++) {
        int value = (int)(s->picture[i] * gain / 100) + offset;
        value += noise ? (int)(draw(s) % (2 * noise + 1)) - (int)noise : 0;
        s->picture[i] = (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
    }
    oc_motion_edge_t edge = oc_motion_put(s->motion, s->picture, WIDTH, s->at_us, &s->area);
    s->begins += edge == OC_MOTION_BEGINS;
    s->ends += edge == OC_MOTION_ENDS;
    s->at_us += s->step_us;
}

static void ground(scene_t *s) {
    memcpy(s->picture, s->ground, CELLS);
}

static void put_box(scene_t *s, int left, int top, int width, int height, uint8_t value) {
    for (int y = top; y < top + height; y++) {
        for (int x = left; x < left + width; x++) {
            if (x >= 0 && x < WIDTH && y >= 0 && y < HIGH)
                s->picture[y * WIDTH + x] = value;
        }
    }
}

static void rest(scene_t *s, unsigned pictures) {
    for (unsigned i = 0; i < pictures; i++) {
        ground(s);
        show(s, 2, 100, 0);
    }
}

static const oc_motion_config_t usual = {.sensitivity = 50, .minimum = 2, .cooldown_ms = 2000};

static void cross(scene_t *s, int width, int height) {
    for (int x = -width; x < WIDTH; x += 2) {
        ground(s);
        put_box(s, x, 20, width, height, 30);
        show(s, 2, 100, 0);
    }
}

static void an_object_that_crosses_is_one_event(void **state) {
    scene_t *s = begin(&usual);
    rest(s, 8 * SECOND);
    assert_int_equal(s->begins, 0);
    cross(s, 6, 12);
    assert_int_equal(s->begins, 1);
    assert_true(oc_motion_active(s->motion));
    rest(s, 4 * SECOND);
    assert_int_equal(s->ends, 1);
    assert_true(s->area.area >= 8 && s->area.area <= 40);
    assert_true(s->area.width > 700 && s->area.y >= 300 && s->area.height <= 400);
    cross(s, 6, 12);
    assert_int_equal(s->begins, 2);
    finish(s);
}

static void a_small_object_far_away_is_found(void **state) {
    scene_t *s = begin(&usual);
    rest(s, 8 * SECOND);
    for (int step = 0; step < 60; step++) {
        ground(s);
        put_box(s, 10 + step, 30, 3, 6, 200);
        show(s, 2, 100, 0);
    }
    assert_int_equal(s->begins, 1);
    finish(s);
}

static void what_stays_becomes_background(void **state) {
    scene_t *s = begin(&usual);
    rest(s, 8 * SECOND);
    for (int x = -8; x < 40; x += 2) {
        ground(s);
        put_box(s, x, 20, 8, 12, 30);
        show(s, 2, 100, 0);
    }
    for (int i = 0; i < 30 * SECOND; i++) { /* it is parked */
        ground(s);
        put_box(s, 38, 20, 8, 12, 30);
        show(s, 2, 100, 0);
    }
    assert_int_equal(s->begins, 1);
    assert_int_equal(s->ends, 1);
    assert_false(oc_motion_active(s->motion));
    finish(s);
}

static void light_is_no_motion(void **state) {
    scene_t *s = begin(&usual);
    rest(s, 8 * SECOND);
    for (unsigned i = 0; i < 60 * SECOND; i++) { /* slowly, then a lamp, on and off */
        unsigned gain = i < 40 * SECOND ? 100 - i / 4 : i / SECOND % 6 < 3 ? 50 : 90;
        ground(s);
        show(s, 2, gain, i / SECOND % 8 < 4 && i > 50 * SECOND ? 40 : 0);
    }
    assert_int_equal(s->begins, 0);
    cross(s, 6, 12); /* and it still sees */
    assert_int_equal(s->begins, 1);
    finish(s);
}

/* A cloud's shadow, 30 cells wide: its border goes over 8 of them. */
static void shade(scene_t *s, int left) {
    for (int i = 0; i < CELLS; i++) {
        int in = i % WIDTH - left, out = left + 30 - i % WIDTH, deep = in < out ? in : out;
        deep = deep < 0 ? 0 : deep > 8 ? 8 : deep;
        s->picture[i] = (uint8_t)(s->picture[i] * (16 - deep) / 16);
    }
}

static void shadows_of_clouds_are_no_motion(void **state) {
    scene_t *s = begin(&usual);
    rest(s, 8 * SECOND);
    for (int i = 0; i < 120 * SECOND; i++) {
        ground(s);
        shade(s, i * 3 / 2 % 140 - 35);
        show(s, 2, 100, 0);
    }
    assert_int_equal(s->begins, 0);
    for (int x = -6; x < WIDTH; x += 2) {
        ground(s);
        shade(s, (x * 3 / 4 + 40) % 140 - 35);
        put_box(s, x, 20, 6, 12, 30);
        show(s, 2, 100, 0);
    }
    assert_int_equal(s->begins, 1);
    finish(s);
}

/* The sun has shone for long; then a shadow lies on a part, and somebody crosses in it. */
static void an_object_in_the_shadow_of_a_cloud_is_found(void **state) {
    scene_t *s = begin(&usual);
    rest(s, 30 * SECOND);
    for (int i = 0; i < 3 * SECOND; i++) {
        ground(s);
        shade(s, 65 - 2 * i);
        show(s, 2, 100, 0);
    }
    assert_int_equal(s->begins, 0);
    for (int x = 40; x < 62; x++) {
        ground(s);
        put_box(s, x, 20, 6, 12, 58);
        shade(s, 36);
        show(s, 2, 100, 0);
    }
    assert_int_equal(s->begins, 1);
    finish(s);
}

/* Somebody comes up to the camera: the middle stays where it is. What stays as large is none. */
static void what_comes_nearer_is_found(void **state) {
    scene_t *s = begin(&usual);
    rest(s, 8 * SECOND);
    for (int nearer = 0; nearer < 2; nearer++) {
        for (int i = 0; i < 30; i++) {
            int more = nearer * i / 3;
            ground(s);
            put_box(s, 46 - more / 2, 24 - more, 5 + more / 2 * 2, 6 + 2 * more, 20);
            show(s, 2, 100, 0);
        }
        assert_int_equal(s->begins, nearer);
        rest(s, 40 * SECOND);
    }
    finish(s);
}

/* A tree sways, and the shadows of clouds go over it. */
static void leaves_in_the_light_of_clouds_are_no_motion(void **state) {
    scene_t *s = begin(&usual);
    for (int i = 0; i < 240 * SECOND; i++) {
        int to = (int)(draw(s) % 3) - 1;
        ground(s);
        for (int cell = 20 * WIDTH; cell < 40 * WIDTH; cell++) {
            if (cell % WIDTH >= 40 && cell % WIDTH < 70)
                s->picture[cell] = (uint8_t)(60 + (cell + to) * 11 % 7 * 14);
        }
        shade(s, i * 3 / 2 % 140 - 35);
        show(s, 2, 100, 0);
    }
    assert_int_equal(s->begins, 0);
    finish(s);
}

/* Flakes of one to six cells that fall, each with its own speed; some near the lens. */
static void snow_is_no_motion(void **state) {
    scene_t *s = begin(&usual);
    for (unsigned i = 0; i < 120 * SECOND; i++) {
        ground(s);
        for (unsigned flake = 0; flake < 120; flake++) {
            unsigned y = (flake * 37 + i * (2 + flake % 9)) % (2 * HIGH), x = flake * 61 + i / 3;
            bool near = flake % 40 == 0;
            put_box(s, (int)(x % WIDTH), (int)(y / 2), near ? 4 : 1, near ? 3 : 1, 210);
        }
        show(s, 2, 100, 0);
    }
    assert_int_equal(s->begins, 0);
    for (int x = -8; x < WIDTH; x += 2) { /* a person, among them */
        ground(s);
        put_box(s, x, 20, 8, 16, 20);
        show(s, 2, 100, 0);
    }
    assert_int_equal(s->begins, 1);
    finish(s);
}

/* Key frames only, a group of pictures of 10 s: two pictures of an object are enough, one is not.
 */
static void sparse_pictures_are_enough(void **state) {
    scene_t *s = begin(&usual);
    s->step_us = 10 * 1000000;
    rest(s, 30);
    assert_int_equal(s->begins, 0);
    ground(s);
    put_box(s, 20, 20, 8, 16, 20);
    show(s, 2, 100, 0);
    assert_int_equal(s->begins, 0);
    rest(s, 5);
    for (int x = 20; x < 60; x += 20) {
        ground(s);
        put_box(s, x, 20, 8, 16, 20);
        show(s, 2, 100, 0);
    }
    assert_int_equal(s->begins, 1);
    rest(s, 3);
    assert_int_equal(s->ends, 1);
    finish(s);
}

/* What CPU time is left for: the pictures behind each key frame, then none for 8 s. */
static void pictures_in_bursts_are_enough(void **state) {
    scene_t *s = begin(&usual);
    for (unsigned burst = 0; burst < 20; burst++) {
        for (int i = 0; i < 9; i++) {
            ground(s);
            if (burst == 15)
                put_box(s, 20 + 2 * i, 20, 8, 16, 20);
            show(s, 2, 100, 0);
        }
        s->at_us += 8 * 1000000;
        assert_int_equal(s->begins, burst >= 15);
    }
    assert_int_equal(s->ends, 1);
    finish(s);
}

static void noise_and_rain_are_no_motion(void **state) {
    scene_t *s = begin(&usual);
    for (unsigned i = 0; i < 60 * SECOND; i++) {
        ground(s);
        for (unsigned drop = 0; drop < 60; drop++) { /* a streak fills a part of its cells */
            unsigned cell = draw(s) % (CELLS - 2 * WIDTH);
            for (unsigned row = 0; row < 3; row++)
                s->picture[cell + row * WIDTH] = (uint8_t)(s->picture[cell + row * WIDTH] + 30);
        }
        show(s, 8, 100, 0);
    }
    assert_int_equal(s->begins, 0);
    finish(s);
}

static void another_scene_is_learned_and_no_event(void **state) {
    scene_t *s = begin(&usual);
    rest(s, 8 * SECOND);
    for (unsigned i = 0; i < CELLS; i++)
        s->ground[i] = (uint8_t)draw(s);
    rest(s, 10 * SECOND);
    assert_int_equal(s->begins, 0);
    cross(s, 6, 12);
    assert_int_equal(s->begins, 1);
    finish(s);
}

static void zones_and_least_area_hold(void **state) {
    uint8_t cells[CELLS] = {0};
    oc_motion_config_t large = usual;
    scene_t *s = begin(&usual);
    memset(cells, 1, 15 * WIDTH); /* it crosses below */
    oc_motion_mask(s->motion, cells);
    rest(s, 8 * SECOND);
    cross(s, 6, 12);
    assert_int_equal(s->begins, 0);
    oc_motion_mask(s->motion, NULL);
    large.minimum = 100;
    oc_motion_configure(s->motion, &large);
    rest(s, 20 * SECOND);
    cross(s, 6, 12);
    assert_int_equal(s->begins, 0);
    cross(s, 30, 30);
    assert_int_equal(s->begins, 1);
    finish(s);
}

static void an_event_ends_by_time_without_pictures(void **state) {
    scene_t *s = begin(&usual);
    rest(s, 8 * SECOND);
    for (int x = -8; x < 40; x += 2) {
        ground(s);
        put_box(s, x, 20, 8, 12, 30);
        show(s, 2, 100, 0);
    }
    assert_true(oc_motion_active(s->motion));
    assert_int_equal(oc_motion_turn(s->motion, s->at_us, &s->area), OC_MOTION_NONE);
    assert_int_equal(oc_motion_turn(s->motion, s->at_us + 3000000, &s->area), OC_MOTION_ENDS);
    assert_int_equal(oc_motion_turn(s->motion, s->at_us + 9000000, &s->area), OC_MOTION_NONE);
    finish(s);
}

static void sizes_are_bounded_and_any_picture_is_taken(void **state) {
    assert_int_equal(oc_motion_bytes(8, 54), 0);
    assert_int_equal(oc_motion_bytes(96, 4), 0);
    assert_int_equal(oc_motion_bytes(200, 100), 0);
    assert_true(oc_motion_bytes(OC_MOTION_WIDTH_MIN, OC_MOTION_HEIGHT_MIN) > 0);
    scene_t *s = begin(&usual);
    for (unsigned i = 0; i < 200; i++) {
        for (unsigned cell = 0; cell < CELLS; cell++)
            s->picture[cell] = i % 3 == 0 ? 0 : i % 3 == 1 ? 255 : (uint8_t)draw(s);
        show(s, 0, 100, 0);
    }
    finish(s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_object_that_crosses_is_one_event),
        cmocka_unit_test(a_small_object_far_away_is_found),
        cmocka_unit_test(what_stays_becomes_background),
        cmocka_unit_test(light_is_no_motion),
        cmocka_unit_test(shadows_of_clouds_are_no_motion),
        cmocka_unit_test(an_object_in_the_shadow_of_a_cloud_is_found),
        cmocka_unit_test(what_comes_nearer_is_found),
        cmocka_unit_test(leaves_in_the_light_of_clouds_are_no_motion),
        cmocka_unit_test(snow_is_no_motion),
        cmocka_unit_test(sparse_pictures_are_enough),
        cmocka_unit_test(pictures_in_bursts_are_enough),
        cmocka_unit_test(noise_and_rain_are_no_motion),
        cmocka_unit_test(another_scene_is_learned_and_no_event),
        cmocka_unit_test(zones_and_least_area_hold),
        cmocka_unit_test(an_event_ends_by_time_without_pictures),
        cmocka_unit_test(sizes_are_bounded_and_any_picture_is_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
