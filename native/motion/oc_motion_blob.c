#include "oc_motion_blob.h"

#include <stdbool.h>

#define DIFFERS (OC_MOTION_STRONG | OC_MOTION_WEAK)

static bool counts(uint8_t mark) {
    return (mark & DIFFERS) != 0 && (mark & (OC_MOTION_TAKEN | OC_MOTION_QUIET)) == 0;
}

static void widen(oc_motion_blob_t *blob, unsigned x, unsigned y, uint8_t mark) {
    blob->cells++;
    blob->moving += (mark & OC_MOTION_MOVES) != 0;
    blob->left = x < blob->left ? x : blob->left;
    blob->right = x > blob->right ? x : blob->right;
    blob->top = y < blob->top ? y : blob->top;
    blob->bottom = y > blob->bottom ? y : blob->bottom;
}

unsigned oc_motion_blob_next(uint8_t *marks, unsigned width, unsigned height, unsigned *at,
                             uint16_t *list, oc_motion_blob_t *out) {
    unsigned cells = width * height, first = 0, count = 0;
    while (*at < cells && !((marks[*at] & OC_MOTION_STRONG) != 0 && counts(marks[*at])))
        (*at)++;
    if (*at >= cells)
        return 0;
    *out = (oc_motion_blob_t){.left = width, .top = height};
    marks[*at] |= OC_MOTION_TAKEN;
    list[count++] = (uint16_t)*at;
    while (first < count) {
        unsigned cell = list[first++], x = cell % width, y = cell / width;
        widen(out, x, y, marks[cell]);
        for (unsigned row = y > 0 ? y - 1 : 0; row <= y + 1 && row < height; row++) {
            for (unsigned column = x > 0 ? x - 1 : 0; column <= x + 1 && column < width; column++) {
                unsigned other = row * width + column;
                if (!counts(marks[other]))
                    continue;
                marks[other] |= OC_MOTION_TAKEN;
                list[count++] = (uint16_t)other;
            }
        }
    }
    return count;
}

unsigned oc_motion_blob_side(unsigned cells) {
    unsigned side = 0;
    while ((side + 1) * (side + 1) <= cells)
        side++;
    return side;
}
