/* Scenes for bench/motion.mjs, and the detector over small pictures. Three sets: the thresholds
 * were found with `tuned`; `held-out` has another ground, other seeds, speeds, sizes and weather,
 * and its failures have been looked at since; `fresh` has more kinds of each and judges.
 *   motion_scenes list tuned|held-out|fresh  names, one a line
 *   motion_scenes truth SCENE SECONDS        "from to" in ms, one object a line
 *   motion_scenes render SCENE SECONDS       grey pictures of 576x324 at 5/s
 *   motion_scenes detect [SENSITIVITY]       grey pictures of 96x54 at 5/s in: "begins|ends ms area
 * x y w h" motion_scenes small                      576x324 in, 96x54 out */
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "oc_motion.h"

#define WIDTH       576
#define HEIGHT      324
#define SMALL       6 /* cells of 6x6 */
#define RATE        5
#define EVERY       30 /* seconds between objects */
#define FIRST       15
#define COOLDOWN_MS 3000

typedef struct scene {
    const char *name;
    double light, noise; /* 1 = day; deviation in grey levels */
    double slow;         /* light goes up and down by this part over 4 minutes */
    int lamp_s;          /* a lamp of the room is switched every so many seconds */
    int infrared_s;      /* the camera switches to infrared and back */
    double exposure;     /* the camera's exposure hunts by this part over 7 s */
    int rain;            /* streaks */
    int snow;            /* flakes */
    double sway;         /* leaves: pixels to and fro */
    double shadow;       /* clouds' shadows take this part of the light */
    double flicker;      /* of lamps, between pictures */
    double height;       /* of the object, part of the picture; 0: none */
    double seconds;      /* it takes to cross */
    double contrast;     /* grey levels by day */
    double grow;         /* it comes nearer: height at the end, times */
    double wide;         /* of the object, part of its height; 0: 0.42, a person */
    double jitter;       /* of the camera, pixels: wind, steps */
    double clouds;       /* speed of their shadows; 0: 8 */
    double alias;        /* the flicker is a beat of so many Hz; 0: another phase each picture */
    double flake;        /* of snow, times its usual size; 0: 1 */
    double foot;         /* where the object stands, rows from the top; 0: 235 */
    double beam;         /* headlights go over the scene, so much brighter */
    double ripple;       /* water: grey levels up and down */
    bool room;           /* indoors: another ground */
    unsigned seed;       /* of ground, noise and weather */
} scene_t;

static const scene_t scenes[] = {
    {.name = "noise-low", .light = 1, .noise = 2},
    {.name = "noise-high", .light = 1, .noise = 14},
    {.name = "noise-night", .light = 0.18, .noise = 22},
    {.name = "light-slow", .light = 0.9, .noise = 3, .slow = 0.5},
    {.name = "light-switch", .light = 0.6, .noise = 4, .lamp_s = 23},
    {.name = "infrared-switch", .light = 0.5, .noise = 5, .infrared_s = 41},
    {.name = "exposure", .light = 0.9, .noise = 3, .exposure = 0.25},
    {.name = "clouds", .light = 1, .noise = 3, .shadow = 0.4},
    {.name = "flicker", .light = 0.7, .noise = 4, .flicker = 0.12},
    {.name = "rain", .light = 0.7, .noise = 4, .rain = 250},
    {.name = "rain-night", .light = 0.25, .noise = 12, .rain = 350},
    {.name = "snow", .light = 0.8, .noise = 4, .snow = 300},
    {.name = "leaves", .light = 1, .noise = 3, .sway = 5},
    {.name = "leaves-gusts", .light = 1, .noise = 3, .sway = 11},
    {.name = "near-day", .light = 1, .noise = 3, .height = 0.6, .seconds = 5, .contrast = 45},
    {.name = "near-night", .light = 0.2, .noise = 14, .height = 0.6, .seconds = 5, .contrast = 70},
    {.name = "far-day", .light = 1, .noise = 3, .height = 0.1, .seconds = 12, .contrast = 55},
    {.name = "far-night", .light = 0.3, .noise = 9, .height = 0.12, .seconds = 12, .contrast = 80},
    {.name = "fast", .light = 1, .noise = 3, .height = 0.2, .seconds = 1.6, .contrast = 50},
    {.name = "comes-nearer",
     .light = 1,
     .noise = 3,
     .height = 0.12,
     .seconds = 8,
     .contrast = 45,
     .grow = 5},
    {.name = "person-rain",
     .light = 0.7,
     .noise = 4,
     .rain = 250,
     .height = 0.3,
     .seconds = 7,
     .contrast = 50},
    {.name = "person-leaves",
     .light = 1,
     .noise = 3,
     .sway = 6,
     .height = 0.3,
     .seconds = 7,
     .contrast = 50},
    {.name = "person-light",
     .light = 0.9,
     .noise = 3,
     .slow = 0.5,
     .exposure = 0.15,
     .height = 0.3,
     .seconds = 7,
     .contrast = 50},
    {.name = "person-snow",
     .light = 0.8,
     .noise = 4,
     .snow = 300,
     .height = 0.3,
     .seconds = 7,
     .contrast = 50},
};

static const scene_t held_out[] = {
    {.name = "h-noise", .light = 0.8, .noise = 9, .seed = 11},
    {.name = "h-noise-night", .light = 0.12, .noise = 28, .seed = 12},
    {.name = "h-light-slow", .light = 0.7, .noise = 4, .slow = 0.65, .seed = 13},
    {.name = "h-light-switch", .light = 0.5, .noise = 6, .lamp_s = 31, .seed = 14},
    {.name = "h-infrared-switch", .light = 0.4, .noise = 8, .infrared_s = 53, .seed = 15},
    {.name = "h-exposure", .light = 0.8, .noise = 5, .exposure = 0.35, .seed = 16},
    {.name = "h-clouds", .light = 1, .noise = 4, .shadow = 0.3, .clouds = 4, .seed = 17},
    {.name = "h-clouds-fast", .light = 0.95, .noise = 2, .shadow = 0.5, .clouds = 17, .seed = 18},
    {.name = "h-flicker-alias",
     .light = 0.7,
     .noise = 3,
     .flicker = 0.15,
     .alias = 0.4,
     .seed = 19},
    {.name = "h-rain", .light = 0.8, .noise = 3, .rain = 450, .seed = 20},
    {.name = "h-rain-night", .light = 0.2, .noise = 16, .rain = 200, .seed = 21},
    {.name = "h-snow", .light = 0.9, .noise = 3, .snow = 160, .flake = 1.4, .seed = 22},
    {.name = "h-snow-night", .light = 0.3, .noise = 10, .snow = 420, .seed = 23},
    {.name = "h-leaves", .light = 0.8, .noise = 5, .sway = 8, .seed = 24},
    {.name = "h-leaves-clouds", .light = 1, .noise = 3, .sway = 6, .shadow = 0.35, .seed = 25},
    {.name = "h-jitter", .light = 1, .noise = 3, .jitter = 2, .seed = 26},
    {.name = "h-jitter-gusts", .light = 0.7, .noise = 6, .jitter = 5, .sway = 7, .seed = 27},
    {.name = "h-near",
     .light = 0.8,
     .noise = 6,
     .height = 0.75,
     .seconds = 3.5,
     .contrast = 35,
     .seed = 28},
    {.name = "h-far",
     .light = 0.9,
     .noise = 4,
     .height = 0.09,
     .seconds = 15,
     .contrast = 60,
     .seed = 29},
    {.name = "h-night",
     .light = 0.25,
     .noise = 11,
     .height = 0.3,
     .seconds = 9,
     .contrast = 75,
     .seed = 30},
    {.name = "h-car",
     .light = 1,
     .noise = 4,
     .height = 0.18,
     .wide = 2.2,
     .seconds = 2.4,
     .contrast = 50,
     .seed = 31},
    {.name = "h-slow",
     .light = 0.9,
     .noise = 4,
     .height = 0.25,
     .seconds = 22,
     .contrast = 45,
     .seed = 32},
    {.name = "h-comes-nearer",
     .light = 0.7,
     .noise = 5,
     .height = 0.1,
     .seconds = 10,
     .contrast = 55,
     .grow = 6,
     .seed = 33},
    {.name = "h-person-clouds",
     .light = 1,
     .noise = 3,
     .shadow = 0.4,
     .height = 0.3,
     .seconds = 8,
     .contrast = 50,
     .seed = 34},
    {.name = "h-person-rain-night",
     .light = 0.3,
     .noise = 9,
     .rain = 300,
     .height = 0.35,
     .seconds = 6,
     .contrast = 75,
     .seed = 35},
    {.name = "h-person-snow",
     .light = 0.9,
     .noise = 4,
     .snow = 220,
     .height = 0.25,
     .seconds = 9,
     .contrast = 50,
     .seed = 36},
    {.name = "h-person-jitter",
     .light = 0.9,
     .noise = 4,
     .jitter = 2,
     .height = 0.3,
     .seconds = 6,
     .contrast = 50,
     .seed = 37},
};
static const scene_t fresh[] = {
    {.name = "f-noise-dusk", .light = 0.35, .noise = 16, .seed = 51},
    {.name = "f-light-slow-room", .light = 0.8, .noise = 5, .slow = 0.7, .room = true, .seed = 52},
    {.name = "f-lamp-room", .light = 0.45, .noise = 6, .lamp_s = 17, .room = true, .seed = 53},
    {.name = "f-exposure", .light = 0.8, .noise = 8, .exposure = 0.3, .seed = 54},
    {.name = "f-clouds", .light = 1, .noise = 4, .shadow = 0.45, .clouds = 11, .seed = 55},
    {.name = "f-clouds-fast", .light = 1, .noise = 3, .shadow = 0.55, .clouds = 22, .seed = 56},
    {.name = "f-clouds-wind",
     .light = 0.9,
     .noise = 4,
     .shadow = 0.4,
     .clouds = 14,
     .sway = 7,
     .jitter = 1,
     .seed = 57},
    {.name = "f-flicker-room",
     .light = 0.6,
     .noise = 5,
     .flicker = 0.2,
     .alias = 1.1,
     .room = true,
     .seed = 58},
    {.name = "f-rain", .light = 0.6, .noise = 6, .rain = 320, .seed = 59},
    {.name = "f-rain-gusts", .light = 0.7, .noise = 4, .rain = 380, .sway = 9, .seed = 60},
    {.name = "f-snow-heavy", .light = 0.8, .noise = 5, .snow = 380, .flake = 1.2, .seed = 61},
    {.name = "f-beam-night", .light = 0.2, .noise = 12, .beam = 1.5, .seed = 62},
    {.name = "f-ripple", .light = 0.9, .noise = 4, .ripple = 22, .seed = 63},
    {.name = "f-jitter", .light = 0.9, .noise = 5, .jitter = 3.5, .seed = 64},
    {.name = "f-near-room",
     .light = 0.7,
     .noise = 5,
     .height = 0.8,
     .seconds = 4,
     .contrast = 40,
     .room = true,
     .seed = 65},
    {.name = "f-far",
     .light = 0.9,
     .noise = 5,
     .height = 0.085,
     .seconds = 14,
     .contrast = 60,
     .foot = 180,
     .seed = 66},
    {.name = "f-pet",
     .light = 0.8,
     .noise = 5,
     .height = 0.1,
     .wide = 1.8,
     .seconds = 8,
     .contrast = 45,
     .room = true,
     .seed = 67},
    {.name = "f-car-night",
     .light = 0.3,
     .noise = 10,
     .height = 0.2,
     .wide = 2.4,
     .seconds = 3,
     .contrast = 70,
     .seed = 68},
    {.name = "f-slow",
     .light = 0.9,
     .noise = 4,
     .height = 0.35,
     .seconds = 28,
     .contrast = 35,
     .foot = 200,
     .seed = 69},
    {.name = "f-comes-nearer",
     .light = 0.8,
     .noise = 6,
     .height = 0.11,
     .seconds = 12,
     .contrast = 50,
     .grow = 5,
     .seed = 70},
    {.name = "f-person-clouds-fast",
     .light = 1,
     .noise = 3,
     .shadow = 0.5,
     .clouds = 15,
     .height = 0.28,
     .seconds = 7,
     .contrast = 45,
     .seed = 71},
    {.name = "f-person-clouds-slow",
     .light = 1,
     .noise = 4,
     .shadow = 0.45,
     .clouds = 3,
     .height = 0.25,
     .seconds = 10,
     .contrast = 45,
     .foot = 190,
     .seed = 72},
    {.name = "f-person-rain",
     .light = 0.7,
     .noise = 5,
     .rain = 400,
     .height = 0.25,
     .seconds = 8,
     .contrast = 50,
     .seed = 73},
    {.name = "f-person-snow",
     .light = 0.8,
     .noise = 4,
     .snow = 260,
     .height = 0.28,
     .seconds = 8,
     .contrast = 50,
     .seed = 74},
    {.name = "f-person-gusts",
     .light = 0.9,
     .noise = 4,
     .sway = 9,
     .height = 0.3,
     .seconds = 8,
     .contrast = 45,
     .foot = 190,
     .seed = 75},
    {.name = "f-person-beam-night",
     .light = 0.25,
     .noise = 11,
     .beam = 1.2,
     .height = 0.35,
     .seconds = 8,
     .contrast = 75,
     .seed = 76},
    {.name = "f-person-jitter",
     .light = 0.9,
     .noise = 5,
     .jitter = 3,
     .height = 0.3,
     .seconds = 8,
     .contrast = 50,
     .seed = 77},
    {.name = "f-person-lamp-room",
     .light = 0.5,
     .noise = 6,
     .lamp_s = 19,
     .height = 0.6,
     .seconds = 6,
     .contrast = 45,
     .room = true,
     .seed = 78},
};

typedef struct set {
    const char *name;
    const scene_t *scenes;
    size_t count;
} set_t;

static const set_t sets[] = {
    {"tuned", scenes, sizeof(scenes) / sizeof(*scenes)},
    {"held-out", held_out, sizeof(held_out) / sizeof(*held_out)},
    {"fresh", fresh, sizeof(fresh) / sizeof(*fresh)},
};
#define SETS (sizeof(sets) / sizeof(*sets))

static uint64_t seed = 88172645463325252ULL;
static uint32_t next(void) {
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (uint32_t)(seed >> 16);
}
static double uniform(void) {
    return next() / 4294967296.0;
}

static unsigned place; /* another one has another texture */
static float ground[HEIGHT][WIDTH], leaves[HEIGHT][WIDTH + 64], bell[65536];
static uint8_t out[HEIGHT * WIDTH];

/* Smooth noise of one size. */
static double patch(int x, int y, int size, int layer) {
    double value[2][2];
    int cx = x / size, cy = y / size;
    layer += (int)place * 1000;
    for (int i = 0; i < 4; i++) {
        uint32_t h =
            (uint32_t)((cx + i % 2) * 73856093 ^ (cy + i / 2) * 19349663 ^ layer * 83492791);
        h = (h ^ h >> 13) * 1274126177u;
        value[i / 2][i % 2] = (h >> 8 & 0xFFFF) / 65536.0;
    }
    double fx = (x % size) / (double)size, fy = (y % size) / (double)size;
    double top = value[0][0] * (1 - fx) + value[0][1] * fx,
           low = value[1][0] * (1 - fx) + value[1][1] * fx;
    return top * (1 - fy) + low * fy;
}

static double texture(int x, int y, int layer) {
    return patch(x, y, 96, layer) * 0.4 + patch(x, y, 32, layer + 1) * 0.3 +
           patch(x, y, 9, layer + 2) * 0.2 + patch(x, y, 3, layer + 3) * 0.1;
}

/* A wall with a window, pictures and a shelf, a floor of boards, a sofa. */
static double room_at(int x, int y) {
    double v = y < 200 ? 140 + (texture(x, y, 7) - 0.5) * 14
                       : 95 + (y / 12 % 2 ? 8 : -8) + (texture(x, y, 31) - 0.5) * 24;
    if (x > 380 && x < 500 && y > 40 && y < 150)
        v = x % 60 < 5 ? 90 : 205;
    if (x > 250 && x < 330 && y > 50 && y < 110)
        v = 60 + texture(x, y, 51) * 140;
    if (x > 40 && x < 150 && y > 60 && y < 230)
        v = (y - 60) % 42 < 5 ? 150 : 50 + patch(x, 0, 9, 71) * 130;
    if (x > 200 && x < 370 && y > 150 && y < 265)
        v = 65 + (texture(x, y, 91) - 0.5) * 30;
    return v;
}

static void paint_ground(bool room) {
    for (int y = 0; y < HEIGHT; y++) {
        for (int x = 0; x < WIDTH; x++) {
            double v = y < 110 ? 150 + 50 * (110 - y) / 110.0 : 70 + 60 * (y - 110) / 214.0;
            v += (texture(x, y, 7) - 0.5) * (y < 110 ? 20 : 90);
            if (x > 60 && x < 220 && y > 40 && y < 190) /* a house with windows */
                v = 120 + (texture(x, y, 31) - 0.5) * 40 -
                    ((x - 60) / 27 % 2 && (y - 40) / 30 % 2 ? 60 : 0);
            if (y > 200 && y < 290 && abs(x - 300 - (y - 200)) < 60) /* a path */
                v = 165 + (texture(x, y, 51) - 0.5) * 16;
            ground[y][x] = (float)(room ? room_at(x, y) : v);
        }
        for (int x = 0; x < WIDTH + 64; x++)
            leaves[y][x] = (float)(40 + texture(x * 2, y * 2, 71) * 120);
    }
    for (int i = 0; i < 65536; i++) {
        double sum = 0;
        for (int k = 0; k < 12; k++)
            sum += uniform();
        bell[i] = (float)(sum - 6);
    }
}

static double until; /* seconds; an object that would not be through by then does not come */

static int object_at(const scene_t *s, double t, double *phase, int *number) {
    double since = t - FIRST;
    if (s->height <= 0 || since < 0)
        return 0;
    *number = (int)(since / EVERY);
    if (FIRST + *number * EVERY + s->seconds >= until)
        return 0;
    *phase = (since - *number * EVERY) / s->seconds;
    return *phase < 1;
}

static void draw_object(const scene_t *s, double t, float *at) {
    double phase;
    int number;
    if (!object_at(s, t, &phase, &number))
        return;
    double tall = s->height * HEIGHT * (s->grow > 0 ? 1 + (s->grow - 1) * phase : 1),
           wide = tall * (s->wide > 0 ? s->wide : 0.42);
    int back = number % 2;
    double x = s->grow > 0 ? WIDTH * (0.55 + 0.1 * phase)
                           : -wide / 2 + (WIDTH + wide) * (back ? 1 - phase : phase);
    double stands = s->foot > 0 ? s->foot : 235;
    double foot =
        s->grow > 0 ? 150 + (HEIGHT - 150) * phase : stands + (number * 37 % 60) + tall * 0.3;
    double sign = number % 3 == 1 ? -1 : 1;
    for (int py = (int)(foot - tall); py < foot && py < HEIGHT; py++) {
        double v = (py - (foot - tall)) / tall; /* 0 head .. 1 foot */
        double half = v < 0.16   ? 0.18
                      : v < 0.55 ? 0.5
                                 : 0.36,
               step = s->wide > 0 ? 0 : sin(t * 9) * 0.22 * (v > 0.55 ? v - 0.5 : 0);
        for (int px = (int)(x - wide); px <= x + wide; px++) {
            double u = (px - x) / wide + step;
            if (px < 0 || px >= WIDTH || py < 0 || fabs(u) > half / 1 * 0.9)
                continue;
            if (v > 0.6 && fabs(u) < 0.06 && s->wide <= 0)
                continue; /* between the legs */
            float before = at[py * WIDTH + px], mean = 120;
            at[py * WIDTH + px] =
                (float)(mean + sign * s->contrast +
                        (before > 120 && sign > 0 ? s->contrast * 0.6 : 0) +
                        (patch(px - (int)x + 900, py - (int)foot + 900, 7, 91) - 0.5) * 40);
        }
    }
}

static void draw_leaves(const scene_t *s, double t, float *at) {
    double gust = 0.5 + 0.5 * sin(t * 0.21) * sin(t * 0.053 + 1);
    for (int y = 30; y < 200 && s->sway > 0; y++) {
        for (int x = 400; x < 560; x++) {
            double r = hypot((x - 480) / 80.0, (y - 115) / 85.0) + (patch(x, y, 12, 5) - 0.5) * 0.5;
            if (r > 1)
                continue;
            double move =
                s->sway * gust * (sin(t * 3.1 + y * 0.05) + 0.6 * sin(t * 7.3 + x * 0.11));
            at[y * WIDTH + x] = leaves[y][x + 30 + (int)lround(move) - 400 + 200];
        }
    }
}

static void draw_water(const scene_t *s, double t, float *at) {
    for (int y = 225; y < 312 && s->ripple > 0; y++)
        for (int x = 20; x < 260; x++)
            at[y * WIDTH + x] +=
                (float)(s->ripple * sin(x * 0.13 + y * 0.05 - t * 2.9) *
                        sin(y * 0.31 - x * 0.04 + t * 2.1 + 2 * sin(t * 0.3 + x * 0.01)));
}

static void draw_weather(const scene_t *s, double t, float *at) {
    for (int i = 0; i < s->rain; i++) {
        int x = (int)(uniform() * WIDTH), y = (int)(uniform() * HEIGHT),
            length = 8 + (int)(uniform() * 22);
        for (int k = 0; k < length && y + k < HEIGHT; k++) {
            int px = x + k / 6;
            if (px < WIDTH)
                at[(y + k) * WIDTH + px] += 45;
        }
    }
    for (int i = 0; i < s->snow; i++) { /* some near the lens */
        double speed = 40 + i % 7 * 25, size = 1 + i % 11 / 5.0;
        if (i % 60 == 0)
            size = 7;
        size *= s->flake > 0 ? s->flake : 1;
        double x = fmod(i * 97.3 + t * (10 + i % 5 * 7) + 14 * sin(t + i), WIDTH),
               y = fmod(i * 53.7 + t * speed, HEIGHT);
        for (int py = (int)(y - size); py <= y + size; py++)
            for (int px = (int)(x - size); px <= x + size; px++)
                if (px >= 0 && px < WIDTH && py >= 0 && py < HEIGHT &&
                    hypot(px - x, py - y) <= size)
                    at[py * WIDTH + px] += size > 5 ? 30 : 70;
    }
}

static void light(const scene_t *s, double t, int frame, float *at) {
    double gain =
        s->light * (1 + s->slow * sin(t * 6.283 / 240)) * (1 + s->exposure * sin(t * 6.283 / 7));
    int lamp = s->lamp_s > 0 && (int)t / s->lamp_s % 2,
        infrared = s->infrared_s > 0 && (int)t / s->infrared_s % 2;
    gain *= lamp ? 1.7 : 1;
    double phase = s->alias > 0 ? t * 6.283 * s->alias : frame * 2.399;
    gain *= 1 + s->flicker * sin(phase);
    for (int y = 0; y < HEIGHT; y++) {
        double banding = s->flicker * 20 * sin(y * 0.05 + (s->alias > 0 ? phase : frame * 1.7));
        for (int x = 0; x < WIDTH; x++) {
            double v = at[y * WIDTH + x] * gain + banding;
            if (s->shadow > 0) {
                double cloud = patch((int)(x / 3 + t * (s->clouds > 0 ? s->clouds : 8) + 2000),
                                     y / 3 + 500, 60, 11);
                v *= 1 - s->shadow * (cloud > 0.6 ? 1 : cloud < 0.4 ? 0 : (cloud - 0.4) * 5);
            }
            if (s->beam > 0) { /* 4 s of every 21, from the left */
                double from = x + 150 - fmod(t, 21) * (WIDTH + 300) / 4;
                double away = (from * from + (y - 170.0) * (y - 170)) / 6000;
                v *= 1 + (away < 9 ? s->beam * exp(-away) : 0);
            }
            if (infrared)
                v = 30 + v * 0.6 + 70 * exp(-hypot(x - 288, y - 180) / 170);
            v += bell[next() & 0xFFFF] * s->noise;
            out[y * WIDTH + x] = (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
        }
    }
}

/* The camera has moved: what is seen, by parts of a pixel. */
static void draw_jitter(const scene_t *s, double t, float *at) {
    static float from[HEIGHT * WIDTH];
    double gust = 0.4 + 0.6 * fabs(sin(t * 0.17)), much = s->jitter * gust;
    double dx = much * (0.6 * sin(t * 11.3) + 0.4 * sin(t * 23.1 + 1)) + uniform() * 0.3;
    double dy = much * 0.6 * (sin(t * 13.7 + 2) * 0.7 + sin(t * 29.3) * 0.3) + uniform() * 0.3;
    memcpy(from, at, sizeof(from));
    for (int y = 0; y < HEIGHT; y++) {
        for (int x = 0; x < WIDTH; x++) {
            double fx = fmin(fmax(x + dx, 0), WIDTH - 1.001),
                   fy = fmin(fmax(y + dy, 0), HEIGHT - 1.001);
            const float *p = from + (int)fy * WIDTH + (int)fx;
            double u = fx - (int)fx, v = fy - (int)fy;
            at[y * WIDTH + x] = (float)((p[0] * (1 - u) + p[1] * u) * (1 - v) +
                                        (p[WIDTH] * (1 - u) + p[WIDTH + 1] * u) * v);
        }
    }
}

static int render(const scene_t *s, int seconds) {
    static float at[HEIGHT * WIDTH];
    place = s->seed;
    until = seconds;
    seed += s->seed * 7919;
    paint_ground(s->room);
    for (int frame = 0; frame < seconds * RATE; frame++) {
        double t = frame / (double)RATE;
        memcpy(at, ground, sizeof(at));
        draw_leaves(s, t, at);
        draw_water(s, t, at);
        draw_object(s, t, at);
        if (s->jitter > 0)
            draw_jitter(s, t, at);
        draw_weather(s, t, at);
        light(s, t, frame, at);
        if (fwrite(out, sizeof(out), 1, stdout) != 1)
            return 1;
    }
    return 0;
}

static int truth(const scene_t *s, int seconds) {
    for (double from = FIRST; s->height > 0 && from + s->seconds < seconds; from += EVERY)
        printf("%.0f %.0f\n", from * 1000, (from + s->seconds) * 1000);
    return 0;
}

static int shrink(void) {
    uint8_t small[54 * 96];
    while (fread(out, sizeof(out), 1, stdin) == 1) {
        for (int y = 0; y < 54; y++) {
            for (int x = 0; x < 96; x++) {
                unsigned sum = 0;
                for (int i = 0; i < SMALL * SMALL; i++)
                    sum += out[(y * SMALL + i / SMALL) * WIDTH + x * SMALL + i % SMALL];
                small[y * 96 + x] = (uint8_t)(sum / (SMALL * SMALL));
            }
        }
        if (fwrite(small, sizeof(small), 1, stdout) != 1)
            return 1;
    }
    return 0;
}

static int detect(int sensitivity) {
    oc_motion_config_t config = {
        .sensitivity = (uint8_t)sensitivity, .minimum = 2, .cooldown_ms = COOLDOWN_MS};
    oc_motion_t *motion = oc_motion_init(malloc(oc_motion_bytes(96, 54)), 96, 54, &config);
    uint8_t small[54 * 96];
    oc_motion_area_t area;
    for (int64_t n = 0; fread(small, sizeof(small), 1, stdin) == 1; n++) {
        oc_motion_edge_t edge = oc_motion_put(motion, small, 96, n * 1000000 / RATE, &area);
        if (edge != OC_MOTION_NONE)
            printf("%s %lld %u %u %u %u %u\n", edge == OC_MOTION_BEGINS ? "begins" : "ends",
                   (long long)(n * 1000 / RATE), area.area, area.x, area.y, area.width,
                   area.height);
    }
    free(motion);
    return 0;
}

/* CPU time of one picture in the detector, in microseconds. */
static int cost(int pictures) {
    oc_motion_config_t config = {.sensitivity = 50, .minimum = 2, .cooldown_ms = COOLDOWN_MS};
    oc_motion_t *motion = oc_motion_init(malloc(oc_motion_bytes(96, 54)), 96, 54, &config);
    uint8_t small[54 * 96];
    oc_motion_area_t area;
    clock_t before = clock();
    for (int n = 0; n < pictures; n++) {
        for (unsigned i = 0; i < sizeof(small); i++)
            small[i] = (uint8_t)(100 + i % 50 + next() % 8);
        (void)oc_motion_put(motion, small, 96, n * INT64_C(200000), &area);
    }
    printf("%.1f\n", (double)(clock() - before) * 1e6 / CLOCKS_PER_SEC / pictures);
    free(motion);
    return 0;
}

int main(int argc, char **argv) {
    const scene_t *scene = NULL;
    for (size_t i = 0; i < SETS; i++) {
        for (const scene_t *s = sets[i].scenes; s < sets[i].scenes + sets[i].count; s++) {
            if (argc > 2 && strcmp(argv[1], "list") == 0 && strcmp(argv[2], sets[i].name) == 0)
                puts(s->name);
            if (argc > 2 && strcmp(argv[2], s->name) == 0)
                scene = s;
        }
    }
    if (argc > 1 && strcmp(argv[1], "detect") == 0)
        return detect(argc > 2 ? atoi(argv[2]) : 50);
    if (argc > 2 && strcmp(argv[1], "cost") == 0)
        return cost(atoi(argv[2]));
    if (argc > 1 && strcmp(argv[1], "small") == 0)
        return shrink();
    if (!scene || argc < 4)
        return argc > 1 && strcmp(argv[1], "list") == 0 ? 0 : 2;
    return strcmp(argv[1], "truth") == 0 ? truth(scene, atoi(argv[3]))
                                         : render(scene, atoi(argv[3]));
}
