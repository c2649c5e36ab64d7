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

unsigned oc_view_watermark_update(oc_view_watermark_t *mark, uint64_t queued) {
    unsigned told = 0;
    if (mark->high == 0)
        return 0;
    if (queued > mark->warn && !mark->above)
        told |= OC_VIEW_LEVEL_WARN;
    mark->above = queued > mark->warn;
    if (queued > mark->high && !mark->held) {
        told |= OC_VIEW_LEVEL_HIGH;
        mark->held = true;
    }
    mark->armed = mark->armed || told != 0;
    if (queued < mark->low && mark->armed) {
        told |= OC_VIEW_LEVEL_LOW;
        mark->armed = mark->held = false;
    }
    return told;
}
