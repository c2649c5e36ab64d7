/* oc_script_watch - notices on the media thread that a script neither returns nor can be stopped:
 * says so, takes its requests away from it, and after a while asks for a restart of the process. */
#ifndef OC_SCRIPT_WATCH_H
#define OC_SCRIPT_WATCH_H

#include "oc_api_broker.h"
#include "oc_health.h"
#include "oc_script.h"

/* us after its end was asked for (by the runaway watch: after 1 s of computing), which takes a
 * second at most. What still runs then is beyond any stop. */
#define OC_SCRIPT_STUCK_US (3 * 1000 * 1000)

typedef struct oc_script_watch {
    oc_script_t *script;
    oc_media_thread_t *media;
    oc_api_broker_t *broker;
    int64_t restart_us; /* after the same: the process is started again; 0 = never */
    /* Media thread, once: it is time. */
    void (*restart)(void *context);
    void *context;
    bool requested; /* it was */
    _Atomic bool stuck;
    _Atomic uint32_t count; /* scripts that got stuck */
} oc_script_watch_t;

/* In every turn of the media thread. */
void oc_script_watch_turn(oc_script_watch_t *watch, int64_t now_us);
/* Of a thread that does not return, the script's or another (oc_http_watch): reports an event of
 * that kind, with when the program starts again for it. lasted_us: so far. Media thread. */
void oc_script_watch_report(const oc_script_watch_t *watch, oc_event_kind_t kind, const char *what,
                            int64_t lasted_us, int64_t now_us);
/* Asks for that start, once, when it has lasted for restart_us. Media thread. */
void oc_script_watch_resort(oc_script_watch_t *watch, const char *what, int64_t lasted_us);
/* Any thread. */
oc_health_script_t oc_script_watch_state(const oc_script_watch_t *watch);

#endif
