/* oc_capture_thread - one thread for one source: opens its driver, pumps it when it is due, and
 * starts it again after a loss (oc_capture_pause: when) with LOST and RESUMED in the handoff. Life:
 * start -> opened -> run -> close -> closed -> join. */
#ifndef OC_CAPTURE_THREAD_H
#define OC_CAPTURE_THREAD_H

#include "oc_capture.h"

/* One source and its thread; opaque. */
typedef struct oc_capture_thread oc_capture_thread_t;

/* What the thread reports, on itself; both must not block. */
typedef struct oc_capture_thread_env {
    /* Once, after the driver's open: result, and the config as the driver left it (borrowed until
     * oc_capture_thread_run, _close or _join). After an error nothing follows: join it. */
    void (*opened)(void *context, unsigned slot, int result, const oc_capture_config_t *config);
    /* Once, as the last thing: oc_capture_thread_join returns at once from now on. */
    void (*closed)(void *context, unsigned slot);
    void *context;
} oc_capture_thread_env_t;

/* Starts the thread and opens the driver on it. config: copied; handoff: borrowed until closed.
 * OC_OK | OC_ERR_NOMEM. */
int oc_capture_thread_start(oc_capture_thread_t **out, unsigned slot,
                            const oc_capture_driver_t *driver, const oc_capture_config_t *config,
                            oc_handoff_t *handoff, const oc_capture_thread_env_t *env);

/* All from the media thread; none waits. */
void oc_capture_thread_run(oc_capture_thread_t *thread);   /* after opened with OC_OK: begin */
void oc_capture_thread_close(oc_capture_thread_t *thread); /* closed follows */
/* Its driver gives up waiting, also in open: an error follows there. For good; close comes next. */
void oc_capture_thread_interrupt(oc_capture_thread_t *thread);
/* Wakes a thread that sleeps for room in the handoff, when there is some. */
void oc_capture_thread_room(oc_capture_thread_t *thread);
/* OC_OK | OC_ERR_NOTSUP. */
int oc_capture_thread_request_key(oc_capture_thread_t *thread);
int oc_capture_thread_set_bitrate(oc_capture_thread_t *thread, uint32_t bps);

/* Any thread: something came for the driver (a pushed frame). */
void oc_capture_thread_wake(oc_capture_thread_t *thread);

/* Frees it; after closed, or opened with an error. */
void oc_capture_thread_join(oc_capture_thread_t *thread);

#endif
