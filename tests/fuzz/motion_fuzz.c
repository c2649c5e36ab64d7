/* oc_motion on any pictures at any times: no access outside, and edges that take turns. */
#include <stdlib.h>
#include <string.h>
#include "oc_motion.h"

#define WIDTH OC_MOTION_WIDTH_MIN
#define HIGH  OC_MOTION_HEIGHT_MIN

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    uint8_t picture[WIDTH * HIGH] = {0};
    oc_motion_config_t config = {.sensitivity = 1, .minimum = 1, .cooldown_ms = 1000};
    if (size < 4)
        return 0;
    config.sensitivity = (uint8_t)(1 + data[0] % 100);
    config.minimum = (uint16_t)(1 + data[1]);
    void *memory = malloc(oc_motion_bytes(WIDTH, HIGH));
    oc_motion_t *motion = memory ? oc_motion_init(memory, WIDTH, HIGH, &config) : NULL;
    int64_t at_us = 0;
    bool active = false;
    for (size_t at = 2; motion && at + 1 < size; at += 1 + data[at] % 64) {
        size_t len = size - at < sizeof(picture) ? size - at : sizeof(picture);
        oc_motion_area_t area;
        memcpy(picture, data + at, len);
        at_us += data[at] * 10000;
        oc_motion_edge_t edge = oc_motion_put(motion, picture, WIDTH, at_us, &area);
        if ((edge == OC_MOTION_BEGINS && active) || (edge == OC_MOTION_ENDS && !active))
            abort();
        active = edge == OC_MOTION_NONE ? active : edge == OC_MOTION_BEGINS;
        if (active != oc_motion_active(motion) ||
            (edge != OC_MOTION_NONE && (area.area > 1000 || area.x + area.width > 1001)))
            abort();
    }
    free(memory);
    return 0;
}
