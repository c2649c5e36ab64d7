#include "oc_awake.h"

int64_t oc_awake_us(const oc_awake_t *awake, int64_t now_us) {
    int64_t since_us = now_us - awake->mono_us;
    if (awake->mono_us == 0)
        return now_us + awake->awake_us;
    return awake->awake_us + (since_us < 0                  ? 0
                              : since_us > OC_AWAKE_STEP_US ? OC_AWAKE_STEP_US
                                                            : since_us);
}

void oc_awake_tick(oc_awake_t *awake, int64_t now_us) {
    awake->awake_us = oc_awake_us(awake, now_us);
    awake->mono_us = now_us;
}

void oc_awake_rest(oc_awake_t *awake, int64_t now_us) {
    awake->awake_us = oc_awake_us(awake, now_us) - now_us;
    awake->mono_us = 0;
}
