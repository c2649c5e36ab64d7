#include "oc_script_watch.h"

#include <stdio.h>

#include "oc_crash.h"
#include "oc_err.h"
#include "oc_event_log.h"
#include "oc_log.h"
#include "oc_pulse.h"

static void begin(oc_script_watch_t *watch, int64_t now_us) {
    char text[OC_EVENT_TEXT_MAX];
    int64_t left_us = watch->restart_us - OC_SCRIPT_STUCK_US;
    int len = snprintf(text, sizeof(text),
                       "the script does not return and cannot be stopped; recordings and live go "
                       "on without it");
    if (watch->restart_us > 0)
        snprintf(text + len, sizeof(text) - (size_t)len, "; restarting the program in %lld s",
                 (long long)(left_us > 0 ? left_us / 1000000 : 0));
    atomic_store(&watch->stuck, true);
    atomic_fetch_add(&watch->count, 1);
    oc_plane_event(oc_media_thread_plane(watch->media), -1, "script-stuck", OC_ERR_TIMEOUT, "",
                   text, now_us);
    oc_api_broker_stuck(watch->broker); /* it answers nobody */
}

void oc_script_watch_turn(oc_script_watch_t *watch, int64_t now_us) {
    int64_t beyond_us = oc_script_unstopped_us(watch->script), awake_us = oc_pulse_us();
    bool stuck = atomic_load(&watch->stuck);
    if (beyond_us >= OC_SCRIPT_STUCK_US && !stuck)
        begin(watch, now_us);
    else if (beyond_us >= 0 && beyond_us < OC_SCRIPT_STUCK_US && stuck) /* it has ended */
        atomic_store(&watch->stuck, false);
    if (atomic_load(&watch->broker->ready) || watch->ready_us == 0)
        watch->ready_us = awake_us;
    oc_plane_uncommanded(oc_media_thread_plane(watch->media),
                         atomic_load(&watch->stuck) ||
                             awake_us - watch->ready_us >= OC_SCRIPT_ABSENT_US);
    if (!atomic_load(&watch->stuck) || watch->requested || watch->restart_us == 0 ||
        beyond_us < watch->restart_us)
        return;
    watch->requested = true;
    oc_log(OC_LOG_ERROR, "host", "the script still cannot be stopped: restarting the program");
    oc_crash_note("the script cannot be stopped: restarting the program");
    watch->restart(watch->context);
}

oc_health_script_t oc_script_watch_state(const oc_script_watch_t *watch) {
    if (atomic_load(&watch->stuck))
        return OC_HEALTH_SCRIPT_STUCK;
    return atomic_load(&watch->broker->ready) ? OC_HEALTH_SCRIPT_RUNNING
                                              : OC_HEALTH_SCRIPT_RESTARTING;
}
