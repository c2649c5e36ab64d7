#include "oc_ff_time.h"

#include <string.h>

#include "oc_clock.h"

#define SCALE_MAX    2147483647u
#define SCALE_COMMON 90000u /* when the source's own is out of range */
#define UNITS_MAX    (1LL << 45)

void oc_ff_time_init(oc_ff_time_t *time, uint32_t num, uint32_t den, uint32_t rate) {
    memset(time, 0, sizeof(*time));
    time->num = num ? num : 1;
    time->den = den ? den : SCALE_COMMON;
    time->counted = rate != 0;
    time->scale = rate ? rate : time->den > SCALE_MAX ? SCALE_COMMON : time->den;
}

/* Hostile stamps must not overflow what is computed with them. */
static int64_t bounded(int64_t units) {
    return units > UNITS_MAX ? UNITS_MAX : units < -UNITS_MAX ? -UNITS_MAX : units;
}

int64_t oc_ff_time_ticks(const oc_ff_time_t *time, int64_t units) {
    int64_t parts = bounded(units);
    if (time->num <= 1u << 17)
        parts *= time->num;
    return time->scale == time->den ? parts : oc_clock_rescale(parts, time->den, time->scale);
}

/* Ticks by which a source's rounding may move a time stamp. */
static int64_t rounding(const oc_ff_time_t *time) {
    return (int64_t)((uint64_t)time->scale * time->num / time->den) + 1;
}

static int64_t place(const oc_ff_time_t *time, int64_t units) {
    int64_t ticks = oc_ff_time_ticks(time, units), off = ticks - time->next;
    bool near = off <= rounding(time) && -off <= rounding(time);
    return time->counted && time->any && near ? time->next : ticks;
}

void oc_ff_time_map(oc_ff_time_t *time, int64_t dts, int64_t pts, uint32_t duration, int64_t *ticks,
                    int32_t *cts) {
    int64_t offset = 0;
    if (dts == OC_FF_TIME_NONE && (!time->any || time->counted))
        dts = pts;
    *ticks = dts == OC_FF_TIME_NONE ? time->next : place(time, dts);
    if (pts != OC_FF_TIME_NONE && !time->counted)
        offset = oc_ff_time_ticks(time, pts) - *ticks;
    *cts = offset > INT32_MAX || offset < INT32_MIN ? 0 : (int32_t)offset;
    time->next = *ticks + duration;
    time->any = true;
}

int64_t oc_ff_pace_due(oc_ff_pace_t *pace, int64_t at_us, int64_t now_us) {
    int64_t step = at_us - pace->last_us;
    if (!pace->any || step > OC_FF_TIME_JUMP_US || step < -OC_FF_TIME_JUMP_US)
        pace->origin_us = now_us - at_us;
    pace->any = true;
    pace->last_us = at_us;
    return pace->origin_us + at_us;
}
