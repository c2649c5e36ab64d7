#include "oc_http_watch.h"

#include <stdio.h>

#include "oc_crash.h"
#include "oc_err.h"
#include "oc_event_log.h"
#include "oc_log.h"

static void begin(oc_http_watch_t *watch, const oc_script_watch_t *script, int64_t now_us) {
    char text[OC_EVENT_TEXT_MAX];
    int64_t left_us = script->restart_us - OC_HTTP_STUCK_US;
    int len =
        snprintf(text, sizeof(text),
                 "the thread that answers HTTP does not return; recordings and WebRTC viewers "
                 "go on without it");
    if (script->restart_us > 0)
        snprintf(text + len, sizeof(text) - (size_t)len, "; restarting the program in %lld s",
                 (long long)(left_us > 0 ? left_us / 1000000 : 0));
    watch->stuck = true;
    atomic_fetch_add(&watch->count, 1);
    oc_plane_event(oc_media_thread_plane(script->media), -1, "http-stuck", OC_ERR_TIMEOUT, "", text,
                   now_us);
}

void oc_http_watch_turn(oc_http_watch_t *watch, const oc_script_watch_t *script,
                        const oc_http_counts_t *counts, int64_t now_us) {
    bool excused = !counts || oc_data_watch_hung(oc_media_thread_data(script->media), now_us);
    uint32_t turns = counts ? atomic_load(&counts->turns) : 0;
    if (excused)
        oc_silence_begin(&watch->silence, turns, now_us);
    int64_t silence_us = oc_silence_look(&watch->silence, turns, now_us);
    if (silence_us >= OC_HTTP_STUCK_US && !watch->stuck)
        begin(watch, script, now_us);
    else if (silence_us < OC_HTTP_STUCK_US)
        watch->stuck = false;
    if (!watch->stuck || watch->requested || script->restart_us == 0 ||
        silence_us < script->restart_us)
        return;
    watch->requested = true;
    oc_log(OC_LOG_ERROR, "host", "HTTP is still not answered: restarting the program");
    oc_crash_note("HTTP is not answered: restarting the program");
    script->restart(script->context);
}
