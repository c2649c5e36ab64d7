#include "oc_clock_watch.h"

oc_clock_change_t oc_clock_watch_take(oc_clock_watch_t *watch, const oc_clock_t *reading) {
    oc_clock_t before = watch->clock;
    if (reading->quality == OC_CLOCK_NONE) {
        bool known = before.quality != OC_CLOCK_NONE, reported = watch->lost;
        watch->lost = known;
        if (known)
            watch->clock.quality = OC_CLOCK_RTC;
        return known && !reported ? OC_CLOCK_LOST : OC_CLOCK_SAME;
    }
    watch->clock = *reading;
    watch->lost = false;
    if (before.quality == OC_CLOCK_NONE)
        return OC_CLOCK_SET;
    int64_t step_us = reading->wall_minus_mono_us - before.wall_minus_mono_us;
    if (step_us <= OC_CLOCK_STEP_US && step_us >= -OC_CLOCK_STEP_US)
        return OC_CLOCK_SAME;
    watch->step_us = step_us;
    return OC_CLOCK_STEPPED;
}
