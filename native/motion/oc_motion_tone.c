#include "oc_motion_tone.h"

#include <stdbool.h>
#include <string.h>

#define LEVELS 256
#define TRIM   3 /* grey levels around the median that are averaged */

typedef struct oc_tone_class {
    int32_t middle; /* grey level */
    int32_t shift;  /* units */
} oc_tone_class_t;

/* The first grey level of each class; limits[OC_MOTION_TONES] is behind the last. */
static void split(const uint16_t *background, unsigned cells, uint16_t limits[]) {
    uint16_t counts[LEVELS] = {0};
    unsigned level = 0, before = 0;
    for (unsigned i = 0; i < cells; i++)
        counts[background[i] / OC_MOTION_UNITS]++;
    for (unsigned class = 0; class < OC_MOTION_TONES; class ++) {
        limits[class] = (uint16_t)level;
        while (level < LEVELS && before < cells * (class + 1) / OC_MOTION_TONES)
            before += counts[level++];
    }
    limits[OC_MOTION_TONES] = LEVELS;
}

/* The median of the differences in one class, refined by those near it. False: it has too few
 * cells to say anything. */
static bool measure(const uint16_t *background, const uint8_t *picture, unsigned cells,
                    unsigned from, unsigned to, oc_tone_class_t *out) {
    uint16_t counts[2 * LEVELS] = {0};
    unsigned total = 0, seen = 0, at = 0, near = 0;
    int64_t sum = 0;
    int32_t level_sum = 0;
    for (unsigned i = 0; i < cells; i++) {
        unsigned level = background[i] / OC_MOTION_UNITS;
        if (level < from || level >= to)
            continue;
        counts[picture[i] - (int)level + LEVELS]++;
        level_sum += (int32_t)level;
        total++;
    }
    if (total * 64 < cells || total == 0)
        return false;
    while (at < 2 * LEVELS - 1 && (seen += counts[at]) * 2 < total)
        at++;
    for (unsigned i = 0; i < cells; i++) {
        int32_t units = (int32_t)picture[i] * OC_MOTION_UNITS - background[i];
        unsigned level = background[i] / OC_MOTION_UNITS;
        int32_t off = units / OC_MOTION_UNITS - ((int32_t)at - LEVELS);
        if (level < from || level >= to || off > TRIM || off < -TRIM)
            continue;
        sum += units;
        near++;
    }
    out->middle = level_sum / (int32_t)total;
    out->shift =
        near > 0 ? (int32_t)(sum / (int64_t)near) : ((int32_t)at - LEVELS) * OC_MOTION_UNITS;
    return true;
}

void oc_motion_tone_find(oc_motion_tone_t *tone, const uint16_t *background, const uint8_t *picture,
                         unsigned cells) {
    uint16_t limits[OC_MOTION_TONES + 1];
    oc_tone_class_t classes[OC_MOTION_TONES];
    unsigned count = 0, next = 0;
    split(background, cells, limits);
    for (unsigned i = 0; i < OC_MOTION_TONES; i++) {
        if (limits[i] < limits[i + 1] &&
            measure(background, picture, cells, limits[i], limits[i + 1], &classes[count]))
            count++;
    }
    if (count == 0) {
        memset(tone, 0, sizeof(*tone));
        return;
    }
    for (int32_t level = 0; level < LEVELS; level++) {
        while (next < count && classes[next].middle < level)
            next++;
        const oc_tone_class_t *low = &classes[next > 0 ? next - 1 : 0];
        const oc_tone_class_t *high = &classes[next < count ? next : count - 1];
        int32_t span = high->middle - low->middle;
        int32_t part = span > 0 ? (high->shift - low->shift) * (level - low->middle) / span : 0;
        tone->shift[level] = low->shift + part;
    }
}
