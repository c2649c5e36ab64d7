#include "oc_view_watermark.h"

bool oc_view_watermark_valid(int64_t low, int64_t warn, int64_t high) {
    if (low == 0 && warn == 0 && high == 0)
        return true;
    return low > 0 && low < warn && warn < high && high <= INT32_MAX;
}

void oc_view_watermark_set(oc_view_watermark_t *mark, uint32_t low, uint32_t warn, uint32_t high) {
    mark->low = low;
    mark->warn = warn;
    mark->high = high;
    if (high == 0)
        mark->above = mark->armed = mark->held = false;
}

void oc_view_watermark_follow(uint32_t level[3], uint32_t gop_bytes) {
    uint64_t high = (uint64_t)gop_bytes * 3 / 2;
    high = high <= INT32_MAX ? high : INT32_MAX;
    if (level[2] == 0 || level[2] >= high)
        return;
    level[0] = (uint32_t)(high * 2 / 5);
    level[1] = (uint32_t)(high * 4 / 5);
    level[2] = (uint32_t)high;
}

unsigned oc_view_watermark_update(oc_view_watermark_t *mark, uint64_t queued) {
    unsigned notified = 0;
    if (mark->high == 0)
        return 0;
    if (queued > mark->warn && !mark->above)
        notified |= OC_VIEW_LEVEL_WARN;
    mark->above = queued > mark->warn;
    if (queued > mark->high && !mark->held) {
        notified |= OC_VIEW_LEVEL_HIGH;
        mark->held = true;
    }
    mark->armed = mark->armed || notified != 0;
    if (queued < mark->low && mark->armed) {
        notified |= OC_VIEW_LEVEL_LOW;
        mark->armed = mark->held = false;
    }
    return notified;
}
