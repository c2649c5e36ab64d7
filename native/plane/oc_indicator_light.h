/* oc_indicator_light - how one light tells both: dark, no source is open; steady, one is or may be;
 * blinking, somebody watches. Pure. */
#ifndef OC_INDICATOR_LIGHT_H
#define OC_INDICATOR_LIGHT_H

#include <stdbool.h>
#include <stdint.h>
#include "oc_command.h"

#define OC_INDICATOR_LIGHT_BLINK_US                                                                \
    (250 * 1000) /* bright, then dark for so long; look this often */

/* indicator: oc_plane_indicator. True: bright at now_us (monotonic). */
static inline bool oc_indicator_light(uint32_t indicator, int64_t now_us) {
    if (indicator & OC_INDICATOR_WATCHING)
        return now_us / OC_INDICATOR_LIGHT_BLINK_US % 2 == 0;
    return indicator & OC_INDICATOR_SENSOR;
}

#endif
