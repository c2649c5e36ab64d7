#include "oc_script_watch.h"

#include <stdio.h>

#include "oc_crash.h"
#include "oc_err.h"
#include "oc_event_log.h"
#include "oc_log.h"

void oc_script_watch_report(const oc_script_watch_t *watch, oc_event_kind_t kind, const char *what,
                            int64_t lasted_us, int64_t now_us) {
    char text[OC_EVENT_TEXT_MAX];
    int64_t left_us = watch->restart_us - lasted_us;
    int len = snprintf(text, sizeof(text), "%s", what);
    if (watch->restart_us > 0)
        snprintf(text + len, sizeof(text) - (size_t)len, "; restarting the program in %lld s",
                 (long long)(left_us > 0 ? left_us / 1000000 : 0));
    oc_plane_event(oc_media_thread_plane(watch->media), -1, kind, OC_ERR_TIMEOUT, "", text, now_us);
}

void oc_script_watch_resort(oc_script_watch_t *watch, const char *what, int64_t lasted_us) {
    char line[128];
    if (watch->requested || watch->restart_us == 0 || lasted_us < watch->restart_us)
        return;
    watch->requested = true;
    snprintf(line, sizeof(line), "%s: restarting the program", what);
    oc_log(OC_LOG_ERROR, "host", "%s", line);
    oc_crash_note(line);
    watch->restart(watch->context);
}

static void begin(oc_script_watch_t *watch, int64_t now_us) {
    atomic_store(&watch->stuck, true);
    atomic_fetch_add(&watch->count, 1);
    oc_script_watch_report(watch, OC_EVENT_SCRIPT_STUCK,
                           "the script does not return and cannot be stopped; recordings and live "
                           "go on without it",
                           OC_SCRIPT_STUCK_US, now_us);
    oc_api_broker_stuck(watch->broker); /* it answers nobody */
}

void oc_script_watch_turn(oc_script_watch_t *watch, int64_t now_us) {
    int64_t beyond_us = oc_script_unstopped_us(watch->script);
    bool stuck = atomic_load(&watch->stuck);
    if (beyond_us >= OC_SCRIPT_STUCK_US && !stuck)
        begin(watch, now_us);
    else if (beyond_us >= 0 && beyond_us < OC_SCRIPT_STUCK_US && stuck) /* it has ended */
        atomic_store(&watch->stuck, false);
    if (atomic_load(&watch->stuck))
        oc_script_watch_resort(watch, "the script cannot be stopped", beyond_us);
}

oc_health_script_t oc_script_watch_state(const oc_script_watch_t *watch) {
    if (atomic_load(&watch->stuck))
        return OC_HEALTH_SCRIPT_STUCK;
    return atomic_load(&watch->broker->ready) ? OC_HEALTH_SCRIPT_RUNNING
                                              : OC_HEALTH_SCRIPT_RESTARTING;
}
