#include "oc_stall.h"

#include <stdio.h>

#include "oc_err.h"

int64_t oc_stall_begin(oc_stall_t *stall, oc_plane_t *plane, int64_t now_us) {
    char text[120], often[32] = "";
    int64_t late_us = stall->due_us ? now_us - stall->due_us : 0;
    if (late_us > OC_STALL_US) {
        stall->sum_us += late_us;
        stall->count++;
    }
    if (stall->count == 0 ||
        (stall->notified_us && now_us - stall->notified_us < OC_STALL_NOTIFIED_US))
        return now_us;
    if (stall->count > 1)
        snprintf(often, sizeof(often), ", %u times together", stall->count);
    snprintf(text, sizeof(text), "stopped or starved for %lld.%lld s%s",
             (long long)(stall->sum_us / 1000000), (long long)(stall->sum_us / 100000 % 10), often);
    oc_plane_event(plane, -1, OC_EVENT_PROCESS_STALLED, OC_ERR_TIMEOUT, "", text, now_us);
    stall->notified_us = now_us;
    stall->sum_us = stall->count = 0;
    return now_us;
}

void oc_stall_end(oc_stall_t *stall, int64_t due_us) {
    stall->due_us = due_us;
}
