/* oc_motion_blob - part of oc_motion: coherent areas of marked cells. */
#ifndef OC_MOTION_BLOB_H
#define OC_MOTION_BLOB_H

#include <stdint.h>

/* Bits of a cell's mark. */
#define OC_MOTION_STRONG 1  /* differs clearly */
#define OC_MOTION_WEAK   2  /* differs somewhat: counts beside a strong one */
#define OC_MOTION_MOVES  4  /* differs from a second ago */
#define OC_MOTION_TAKEN  8  /* belongs to an area already; of oc_motion_blob_next */
#define OC_MOTION_QUIET  16 /* does not count: outside of the zones, or restless */

typedef struct oc_motion_blob {
    unsigned cells, moving;            /* that differ; of those, that move */
    unsigned left, top, right, bottom; /* inclusive */
} oc_motion_blob_t;

/* The next area that has a strong cell, from cell *at on, which goes on behind it; its cells are
 * then TAKEN and listed in `list` (room for width * height). 0: no more; else its cells. */
unsigned oc_motion_blob_next(uint8_t *marks, unsigned width, unsigned height, unsigned *at,
                             uint16_t *list, oc_motion_blob_t *out);

/* The side of a square of so many cells, rounded down. */
unsigned oc_motion_blob_side(unsigned cells);

#endif
