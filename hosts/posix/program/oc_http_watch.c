#include "oc_http_watch.h"

#include "oc_pulse.h"

void oc_http_watch_turn(oc_http_watch_t *watch, oc_script_watch_t *last,
                        const oc_http_counts_t *counts, int64_t now_us) {
    int64_t awake_us = oc_pulse_us();
    bool excused = !counts || oc_data_watch_hung(oc_media_thread_data(last->media), awake_us);
    uint32_t turns = counts ? atomic_load(&counts->turns) : 0;
    if (excused)
        oc_silence_begin(&watch->silence, turns, awake_us);
    int64_t silence_us = oc_silence_look(&watch->silence, turns, awake_us);
    bool stuck = silence_us >= OC_HTTP_STUCK_US;
    if (stuck && !watch->stuck) {
        atomic_fetch_add(&watch->count, 1);
        oc_script_watch_report(last, OC_EVENT_HTTP_STUCK,
                               "the thread that answers HTTP does not return; recordings and "
                               "WebRTC viewers go on without it",
                               OC_HTTP_STUCK_US, now_us);
    }
    watch->stuck = stuck;
    if (stuck)
        oc_script_watch_resort(last, "HTTP is not answered", silence_us);
}
