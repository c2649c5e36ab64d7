/* oc_http_watch - notices on the media thread that the HTTP thread does not come round any more:
 * says so, and after a while asks for a restart of the process. */
#ifndef OC_HTTP_WATCH_H
#define OC_HTTP_WATCH_H

#include "oc_http.h"
#include "oc_script_watch.h"
#include "oc_silence.h"

/* us without a turn of the HTTP thread, which makes one in 2 s; one read of a slow disk fits. */
#define OC_HTTP_STUCK_US (10 * 1000 * 1000)

/* Start from zeros. */
typedef struct oc_http_watch {
    bool stuck;
    oc_silence_t silence; /* of its turns, and without standstills of this thread */
    _Atomic uint32_t count; /* how often it got stuck */
} oc_http_watch_t;

/* In every turn of the media thread. last: the watch over scripts, which has the last resort and
 * the time until it (restart_us); counts: of the server, NULL: it does not run. A disk that
 * does not answer excuses it: a restart would not help. */
void oc_http_watch_turn(oc_http_watch_t *watch, oc_script_watch_t *last,
                        const oc_http_counts_t *counts, int64_t now_us);

#endif
