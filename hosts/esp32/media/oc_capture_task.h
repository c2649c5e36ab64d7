/* oc_capture_task - one FreeRTOS task for one source, as hosts/posix/media/oc_capture_thread is one
 * thread: opens its driver, pumps it, starts it again after a loss (oc_capture_pause: when) with
 * LOST and RESUMED in the handoff. All calls are the media task's; none waits. */
#ifndef OC_CAPTURE_TASK_H
#define OC_CAPTURE_TASK_H

#include "oc_capture.h"

/* One source and its task; opaque. */
typedef struct oc_capture_task oc_capture_task_t;

/* How far it has come. The media task looks after each wake-up. */
typedef enum oc_capture_phase {
    OC_CAPTURE_OPENING,
    OC_CAPTURE_OPENED, /* run or close it */
    OC_CAPTURE_FAILED, /* its open failed: delete it */
    OC_CAPTURE_RUNNING,
    OC_CAPTURE_CLOSED, /* after oc_capture_task_close: delete it */
} oc_capture_phase_t;

/* Starts the task and opens the driver on it. config: copied; handoff: borrowed until deleted;
 * wake(context): called on the task when the phase has changed, must not block.
 * OC_OK | OC_ERR_NOMEM. */
int oc_capture_task_start(oc_capture_task_t **out, const oc_capture_driver_t *driver,
                          const oc_capture_config_t *config, oc_handoff_t *handoff,
                          void (*wake)(void *context), void *context);

/* Any task. */
oc_capture_phase_t oc_capture_task_phase(const oc_capture_task_t *capture);
/* What open gave: result, and the config as the driver left it (borrowed until run or delete). */
int oc_capture_task_opened(const oc_capture_task_t *capture, const oc_capture_config_t **config);

void oc_capture_task_run(oc_capture_task_t *capture);   /* after OC_CAPTURE_OPENED */
void oc_capture_task_close(oc_capture_task_t *capture); /* OC_CAPTURE_CLOSED follows */
/* Wakes a task that sleeps for room in the handoff, when there is some. */
void oc_capture_task_room(oc_capture_task_t *capture);
/* OC_OK | OC_ERR_NOTSUP. */
int oc_capture_task_request_key(oc_capture_task_t *capture);
int oc_capture_task_set_bitrate(oc_capture_task_t *capture, uint32_t bps);

/* Ends the task and frees it: after OC_CAPTURE_FAILED or OC_CAPTURE_CLOSED. */
void oc_capture_task_delete(oc_capture_task_t *capture);

#endif
