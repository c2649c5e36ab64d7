/* oc_motion_tone - part of oc_motion: how the light changed since the background was made. The
 * background's cells are put into classes of equal number by their brightness; the median of
 * (picture - background) of each class is the curve, straight between the classes' middles. Medians
 * stay with the scene while an object covers less than half of a class. */
#ifndef OC_MOTION_TONE_H
#define OC_MOTION_TONE_H

#include <stdint.h>

#define OC_MOTION_TONES 6   /* classes */
#define OC_MOTION_UNITS 256 /* of one grey level in the model */

typedef struct oc_motion_tone {
    int32_t shift[256]; /* by grey level of the background, units */
} oc_motion_tone_t;

/* background: units; picture: grey levels, row by row without gaps; cells: of both, > 0. */
void oc_motion_tone_find(oc_motion_tone_t *tone, const uint16_t *background, const uint8_t *picture,
                         unsigned cells);

/* A value of the model in the light of the picture. */
static inline uint16_t oc_motion_tone_move(const oc_motion_tone_t *tone, uint16_t units) {
    int32_t moved = units + tone->shift[units / OC_MOTION_UNITS];
    return (uint16_t)(moved < 0                       ? 0
                      : moved > 255 * OC_MOTION_UNITS ? 255 * OC_MOTION_UNITS
                                                      : moved);
}

#endif
