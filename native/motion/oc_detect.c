#include "oc_detect.h"

#include <stdio.h>
#include <string.h>

#include "oc_err.h"

#define LEAST_PERMILLE   2 /* of the picture, when settings leave it open */
#define SENSITIVITY_MAX  100
#define THRESHOLD_DB_MAX 96

int oc_detect_read(oc_detect_t *out, const oc_desired_detect_t *desired) {
    if (desired->sensitivity > SENSITIVITY_MAX || desired->sound_db > THRESHOLD_DB_MAX ||
        desired->least_permille > 1000 || desired->cooldown_ms > INT32_MAX)
        return OC_ERR_INVAL;
    if (oc_zone_mask(desired->zones, 1, 1, NULL) != OC_OK)
        return OC_ERR_FORMAT;
    memset(out, 0, sizeof(*out));
    memcpy(out->zones, desired->zones, sizeof(out->zones));
    out->motion = desired->sensitivity > 0;
    out->sound = desired->sound_db > 0;
    out->sensitivity = (uint8_t)desired->sensitivity;
    out->threshold_db = (uint16_t)desired->sound_db;
    out->minimum =
        (uint16_t)(desired->least_permille > 0 ? desired->least_permille : LEAST_PERMILLE);
    out->cooldown_ms = desired->cooldown_ms;
    return OC_OK;
}

oc_motion_config_t oc_detect_motion(const oc_detect_t *detect) {
    return (oc_motion_config_t){.sensitivity = detect->sensitivity,
                                .minimum = detect->minimum,
                                .cooldown_ms = detect->cooldown_ms};
}

int oc_detect_text(const oc_motion_area_t *area, char *out, size_t size) {
    return snprintf(out, size, "{\"area\":%u,\"box\":[%u,%u,%u,%u]}", area->area, area->x, area->y,
                    area->width, area->height);
}
