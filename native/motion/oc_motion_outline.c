#include "oc_motion_outline.h"

#include "oc_motion_blob.h"
#include "oc_motion_tone.h"

#define DARK     8   /* grey levels added to both sides of a ratio: noise in the dark is no step */
#define FAINT    28  /* of 256: a smaller step is none */
#define TIMES    2   /* of the usual step: a smaller one is the cell's own */
#define REACH    4   /* cells to both sides, in which a step is most of the way */
#define STEP_MAX 255 /* as such a larger one is learned */

static unsigned absolute(int32_t value) {
    return (unsigned)(value < 0 ? -value : value);
}

void oc_motion_outline_find(oc_motion_outline_t *e, const uint8_t *grey, const uint16_t *plain) {
    uint32_t dark = DARK * OC_MOTION_UNITS;
    for (unsigned i = 0; i < e->width * e->height; i++)
        e->ratio[i] = (uint16_t)((grey[i] * (uint32_t)OC_MOTION_UNITS + dark) * 256 /
                                 (plain[i] + dark));
}

/* From the cell before to the cell behind; cells of a row or column are `apart` from each other. */
static unsigned step_of(const oc_motion_outline_t *e, unsigned i, unsigned apart) {
    return absolute((int32_t)e->ratio[i + apart] - e->ratio[i - apart]);
}

/* True when that is more than half of the way over REACH cells to both sides, and more than usual.
 * Of a slope over six cells it is a third, over eight a quarter, however deep; of an object all. */
static bool is_step(const oc_motion_outline_t *e, unsigned i, unsigned at, unsigned length,
                    unsigned apart) {
    if (at == 0 || at + 1 >= length)
        return false;
    unsigned back = at < REACH ? at : REACH, on = length - 1 - at < REACH ? length - 1 - at : REACH;
    unsigned near = step_of(e, i, apart);
    unsigned far = absolute((int32_t)e->ratio[i + on * apart] - e->ratio[i - back * apart]);
    unsigned light = e->ratio[i] < 256 ? 256 : e->ratio[i]; /* contrast is a part of it */
    return near > FAINT * light / 256 + (unsigned)e->usual[i] * TIMES / 256 && near * 2 > far;
}

bool oc_motion_outline_soft(const oc_motion_outline_t *e, const uint16_t *list, unsigned count) {
    unsigned steps = 0;
    for (unsigned k = 0; k < count; k++) {
        unsigned i = list[k];
        steps += is_step(e, i, i % e->width, e->width, 1) ||
                 is_step(e, i, i / e->width, e->height, e->width);
    }
    return steps < oc_motion_blob_side(count);
}

void oc_motion_outline_learn(oc_motion_outline_t *e, const uint8_t *marks, uint8_t held,
                             int32_t part, int32_t part_held) {
    for (unsigned y = 1; y + 1 < e->height; y++) {
        for (unsigned x = 1; x + 1 < e->width; x++) {
            unsigned i = y * e->width + x;
            unsigned across = step_of(e, i, 1), down = step_of(e, i, e->width);
            unsigned step = across > down ? across : down;
            int32_t off = (int32_t)(step > STEP_MAX ? STEP_MAX : step) * 256 - e->usual[i];
            int32_t way = off * (marks[i] & held ? part_held : part) / 256;
            e->usual[i] = (uint16_t)(e->usual[i] + way);
        }
    }
}
