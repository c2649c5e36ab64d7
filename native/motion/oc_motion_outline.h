/* oc_motion_outline - part of oc_motion: which areas have an edge of their own. A picture is
 * divided by the mean of what is seen, cell by cell: the texture of the background goes out of it,
 * a shadow stays as a slope over many cells and an object as a step from cell to cell. Where there
 * are steps all the time (leaves, a camera in the wind) only larger ones count. */
#ifndef OC_MOTION_OUTLINE_H
#define OC_MOTION_OUTLINE_H

#include <stdbool.h>
#include <stdint.h>

typedef struct oc_motion_outline {
    unsigned width, height; /* cells */
    uint16_t *ratio;        /* by cell: 256 is as bright as its mean */
    uint16_t *usual;        /* by cell: the mean of its steps, 256 for each of the ratio */
} oc_motion_outline_t;

/* Finds the ratios; first of all in a picture. By cell, grey: levels; plain: the mean in
 * OC_MOTION_UNITS of a level. */
void oc_motion_outline_find(oc_motion_outline_t *outline, const uint8_t *grey,
                            const uint16_t *plain);

/* True when the area has less of an edge than one side of a square of its size. list: its cells,
 * count > 0. */
bool oc_motion_outline_soft(const oc_motion_outline_t *outline, const uint16_t *list,
                            unsigned count);

/* The usual steps go nearer to those of this picture: by `part` of 256, and by `part_held` of 256
 * where the cell's mark has a bit of `held`. */
void oc_motion_outline_learn(oc_motion_outline_t *outline, const uint8_t *marks, uint8_t held,
                             int32_t part, int32_t part_held);

#endif
