#include "oc_view_meter.h"

#include <string.h>

#define SECOND_US 1000000

void oc_view_meter_step(oc_view_meter_t *meter, uint64_t sent, uint64_t acked, int64_t now_us) {
    int64_t from = meter->samples ? meter->sample[0].at_us : meter->begun_us;
    int64_t passed = now_us - from;
    meter->acked = acked;
    if (passed < OC_VIEW_METER_US)
        return;
    meter->inst_rate = (uint32_t)((sent - meter->sent) * SECOND_US / (uint64_t)passed);
    meter->sent = sent;
    memmove(&meter->sample[1], &meter->sample[0], sizeof meter->sample - sizeof meter->sample[0]);
    meter->sample[0] = (oc_view_sample_t){now_us, acked};
    meter->samples += meter->samples <= OC_VIEW_METER_STEPS;
}

uint32_t oc_view_meter_acked(const oc_view_meter_t *meter, int64_t now_us) {
    oc_view_sample_t before = {meter->begun_us, 0}, after = before;
    int64_t from = now_us - SECOND_US;
    /* the two samples around the beginning of that second; in between at an even pace */
    for (unsigned i = meter->samples; i-- > 0 && meter->sample[i].at_us <= from;)
        before = meter->sample[i];
    after = (oc_view_sample_t){now_us, meter->acked};
    for (unsigned i = 0; i < meter->samples && meter->sample[i].at_us > from; i++)
        after = meter->sample[i];
    if (before.at_us > from) /* it began later */
        return (uint32_t)meter->acked;
    uint64_t then = before.acked;
    if (after.at_us > before.at_us)
        then += (after.acked - before.acked) * (uint64_t)(from - before.at_us) /
                (uint64_t)(after.at_us - before.at_us);
    return (uint32_t)(meter->acked - then);
}
