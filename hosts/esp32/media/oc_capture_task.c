/* See oc_capture_task.h. A task never ends itself: it stays asleep until the media task deletes it,
 * so that no notification can reach a task that is gone. */
#include "oc_capture_task.h"

#include "freertos/FreeRTOS.h"
#include "freertos/task.h"
#include "oc_err.h"
#include "oc_esp.h"
#include "oc_tasks.h"

#define SLEEP_MS 1000 /* flags are looked at this often whatever happens */
#define DRAIN_MS 2000 /* the plane has so long to release the last frames */

static int open_file(void *context, const char *path, oc_mp4_source_t *source) {
    (void)context, (void)path, (void)source;
    return OC_ERR_NOTSUP; /* no files on this host so far */
}

static void close_file(void *context, oc_mp4_source_t *source) {
    (void)context, (void)source;
}

static void run(void *context) {
    oc_capture_run_live(context);
    for (;;)
        ulTaskNotifyTake(pdTRUE, portMAX_DELAY); /* deleted here */
}

static int start(void *context, oc_capture_run_t *capture, void **task) {
    (void)context;
    /* FreeRTOS stores the handle before the task can run. */
    return OC_TASK_START(CAPTURE, run, capture, (TaskHandle_t *)task) == pdPASS ? OC_OK
                                                                                : OC_ERR_NOMEM;
}

static void join(void *task) {
    vTaskDelete(task);
}

static void sleep_until(void *task, int64_t due_us) {
    (void)task;
    ulTaskNotifyTake(pdTRUE, oc_esp_ticks_until(due_us, SLEEP_MS));
}

static void wake(void *task) {
    xTaskNotifyGive(task);
}

const oc_capture_run_env_t oc_capture_task = {.start = start,
                                              .join = join,
                                              .sleep = sleep_until,
                                              .wake = wake,
                                              .open_file = open_file,
                                              .close_file = close_file,
                                              .drain_ms = DRAIN_MS};
