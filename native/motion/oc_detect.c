#include "oc_detect.h"

#include <stdio.h>
#include <string.h>

#include "oc_err.h"

#define LEAST_PERMILLE   2  /* of the picture, when settings leave it open */
#define SENSITIVITY_MAX  100
#define THRESHOLD_DB_MAX 96

int oc_detect_read(oc_detect_t *out, const int32_t arg[3], const void *zones, size_t len) {
    unsigned sensitivity = (unsigned)arg[0] & 0xFF, threshold = (unsigned)arg[0] >> 8;
    unsigned least = (unsigned)arg[1];
    if (len >= sizeof(out->zones) || sensitivity > SENSITIVITY_MAX ||
        threshold > THRESHOLD_DB_MAX || least > 1000 || arg[2] < 0)
        return OC_ERR_INVAL;
    memset(out, 0, sizeof(*out));
    if (len > 0)
        memcpy(out->zones, zones, len);
    if (oc_zone_mask(out->zones, 1, 1, NULL) != OC_OK)
        return OC_ERR_FORMAT;
    out->motion = sensitivity > 0;
    out->sound = threshold > 0;
    out->sensitivity = (uint8_t)sensitivity;
    out->threshold_db = (uint16_t)threshold;
    out->minimum = (uint16_t)(least > 0 ? least : LEAST_PERMILLE);
    out->cooldown_ms = (uint32_t)arg[2];
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
