/* oc_picture - pixels: drawing into and turning of planar 4:2:0 pictures. Pure, allocates nothing.
 * Everything is clipped to the picture. */
#ifndef OC_PICTURE_H
#define OC_PICTURE_H

#include <stdint.h>

#define OC_PICTURE_PLANES 3
#define OC_BLOCK_COLUMNS  40 /* cells of the block code in a picture's width, docs/blockcode.md */

/* Y at full size, Cb and Cr at half of it. Memory is the caller's. */
typedef struct oc_picture {
    uint8_t *plane[OC_PICTURE_PLANES];
    int stride[OC_PICTURE_PLANES]; /* bytes from row to row */
    int width, height;             /* even */
} oc_picture_t;

typedef struct oc_colour {
    uint8_t y, cb, cr; /* limited range */
} oc_colour_t;

#define OC_BLACK ((oc_colour_t){16, 128, 128})
#define OC_WHITE ((oc_colour_t){235, 128, 128})

/* A filled rectangle. */
void oc_picture_fill(const oc_picture_t *p, int x, int y, int width, int height,
                     oc_colour_t colour);

/* Text of 5x7 dots, `dot` pixels each, 6 dots apart; other characters than A-Z 0-9 - _ . : are
 * spaces; lower case is drawn as upper. Returns its width in pixels. */
int oc_picture_text(const oc_picture_t *p, int x, int y, int dot, oc_colour_t colour,
                    const char *text);

/* The block code: number modulo 2^24, milliseconds modulo 2^32. docs/blockcode.md. */
void oc_picture_block_code(const oc_picture_t *p, uint32_t number, uint64_t ms);

/* Copies `from` turned clockwise by 0, 90, 180 or 270 degrees, then flipped, into `to`, whose size
 * is that of the result. */
void oc_picture_turn(const oc_picture_t *from, const oc_picture_t *to, int degrees, int flip_h,
                     int flip_v);

/* Name and time in the bottom left corner on a dark strip; NULL or "" and utc_ms < 0: without. */
void oc_picture_overlay(const oc_picture_t *p, const char *name, int64_t utc_ms);

/* "2026-11-21 14:05:09.040" with NUL: 24 bytes. */
void oc_picture_time(char out[24], int64_t utc_ms);

/* The test picture: bars, something that moves, the clock, the block code; flash: a white field for
 * the measurement of sound against picture. */
void oc_picture_test(const oc_picture_t *p, uint32_t number, int64_t utc_ms, int flash);

/* A plain scene; every `period_ms` something dark, a fifth of its height, crosses it from the left
 * in OC_PICTURE_CROSSING_MS. */
#define OC_PICTURE_CROSSING_MS 3000
void oc_picture_scene(const oc_picture_t *picture, int64_t media_ms, int64_t period_ms);

/* A grey plane made small: each cell is the mean of its pixels, every other one of large cells.
 * to_width <= width, to_height <= height; out: to_width * to_height bytes. */
void oc_picture_shrink(const uint8_t *plane, int stride, int width, int height, uint8_t *out,
                       int to_width, int to_height);

#endif
