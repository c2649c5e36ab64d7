#include "oc_indicator_light.h"

#include "oc_command.h"

bool oc_indicator_light(uint32_t indicator, int64_t now_us) {
    if (indicator & OC_INDICATOR_WATCHING)
        return now_us / OC_INDICATOR_LIGHT_BLINK_US % 2 == 0;
    return indicator & OC_INDICATOR_SENSOR;
}
