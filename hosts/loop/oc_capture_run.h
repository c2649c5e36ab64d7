/* oc_capture_run - one source on a thread of its own: opens its driver, pumps it when it is due,
 * and starts it again after a loss (oc_capture_pause: when) with LOST and RESUMED in the handoff.
 * How a thread is made, sleeps and is woken is the host's, behind oc_capture_run_env_t. Life: start
 * -> OPENED -> begin -> close -> CLOSED -> end; or start -> FAILED -> end. */
#ifndef OC_CAPTURE_RUN_H
#define OC_CAPTURE_RUN_H

#include <stdatomic.h>

#include "oc_capture.h"
#include "oc_loop_env.h"

/* How far it has come; the media thread looks when it is told. */
typedef enum oc_capture_phase {
    OC_CAPTURE_OPENING,
    OC_CAPTURE_OPENED, /* begin or close it */
    OC_CAPTURE_FAILED, /* its open failed: end it */
    OC_CAPTURE_RUNNING,
    OC_CAPTURE_CLOSED, /* after oc_capture_run_close: end it */
} oc_capture_phase_t;

/* A source and its thread. */
typedef struct oc_capture_run oc_capture_run_t;

/* What a host does for it; nothing but sleep waits. */
typedef struct oc_capture_run_env {
    /* Starts a thread that calls oc_capture_run_live once, and puts what it is in *thread. OC_OK |
     * OC_ERR_NOMEM. */
    int (*start)(void *context, oc_capture_run_t *capture, void **thread);
    /* Ends and frees it: it is in the last lines of oc_capture_run_live, or behind them. */
    void (*join)(void *thread);
    /* On the thread: until due_us (INT64_MAX: no time) or `wake`, one from before counts; may be
     * early. */
    void (*sleep)(void *thread, int64_t due_us);
    void (*wake)(void *thread); /* any thread */
    /* As in oc_capture_env_t. NULL: file_version. */
    int (*open_file)(void *context, const char *path, oc_mp4_source_t *source);
    void (*close_file)(void *context, oc_mp4_source_t *source);
    uint64_t (*file_version)(void *context, const char *path);
    /* A key frame or a bit rate was asked of a driver. NULL: nobody else needs to know. */
    void (*commanded)(void *context);
    uint32_t drain_ms; /* drivers lend what they push: closed when it is back, or so much later */
    void *context;     /* of start and commanded */
} oc_capture_run_env_t;

/* Private but for driver, config, result. */
struct oc_capture_run {
    const oc_capture_run_env_t *env;
    const oc_loop_env_t *loop;
    const oc_capture_driver_t *driver;
    void *state, *thread;
    oc_capture_config_t config; /* from OPENED on: as the driver left it, until begin or end */
    int result;                 /* of its open, from then on */
    oc_handoff_t *handoff;
    void (*reached)(void *context);
    void *context;
    _Atomic int phase;
    _Atomic bool run, close, interrupted;
    _Atomic bool waits_for_room;     /* sleeping with a full handoff ... */
    _Atomic uint32_t slept_released; /* ... that had released this many items */
};

/* What oc_capture_run_start is given; config: copied, all else borrowed until end. */
typedef struct oc_capture_run_source {
    const oc_capture_driver_t *driver;
    const oc_capture_config_t *config;
    oc_handoff_t *handoff;
    void (*reached)(void *context); /* the phase has changed; on its thread, must not block */
    void *context;
} oc_capture_run_source_t;

/* Makes it and opens the driver on its thread. env, loop: borrowed until end; of loop memory and
 * clock are used, on any thread. OC_OK | OC_ERR_NOMEM. */
int oc_capture_run_start(oc_capture_run_t **out, const oc_capture_run_env_t *env,
                         const oc_loop_env_t *loop, const oc_capture_run_source_t *source);
/* The whole of its thread. */
void oc_capture_run_live(oc_capture_run_t *capture);

/* All from the media thread; none waits. */
void oc_capture_run_begin(oc_capture_run_t *capture); /* after OPENED */
void oc_capture_run_close(oc_capture_run_t *capture); /* CLOSED follows */
/* Its driver gives up waiting, also in open: an error follows there. For good; close comes next. */
void oc_capture_run_interrupt(oc_capture_run_t *capture);
/* Wakes a thread that sleeps for room in the handoff, when there is some. */
void oc_capture_run_room(oc_capture_run_t *capture);
/* OC_OK | OC_ERR_NOTSUP. */
int oc_capture_run_request_key(oc_capture_run_t *capture);
int oc_capture_run_set_bitrate(oc_capture_run_t *capture, uint32_t bps);
/* Frees it, after FAILED or CLOSED. */
void oc_capture_run_end(oc_capture_run_t *capture);

#endif
