/* See oc_capture_task.h. The task never ends itself: it stays asleep until the media task deletes
 * it, so that no notification can reach a task that is gone. */
#include "oc_capture_task.h"

#include <stdatomic.h>
#include <string.h>
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"
#include "oc_capture_pause.h"
#include "oc_err.h"
#include "oc_esp.h"
#include "oc_tasks.h"

#define ROOM_RETRY_MS 10   /* a state item waits for a slot this often */
#define SLEEP_MS      1000 /* flags are looked at this often whatever happens */
#define DRAIN_MS      2000 /* the plane has so long to release the last frames */
#define DRAIN_STEP_MS 5

struct oc_capture_task {
    const oc_capture_driver_t *driver;
    void *state;
    oc_capture_config_t config;
    oc_handoff_t *handoff;
    void (*wake)(void *context);
    void *context;
    TaskHandle_t task;
    int result; /* of open */
    _Atomic int phase;
    _Atomic bool run, close;
    _Atomic bool waits_for_room;     /* sleeping with a full handoff ... */
    _Atomic uint32_t slept_released; /* ... that had released this many items */
};

static int open_file(void *context, const char *path, oc_mp4_source_t *source) {
    (void)context, (void)path, (void)source;
    return OC_ERR_NOTSUP; /* no files on this host so far */
}

static void close_file(void *context, oc_mp4_source_t *source) {
    (void)context, (void)source;
}

static void *allocate(void *context, size_t bytes) {
    (void)context;
    return oc_esp_allocate(bytes);
}

static void release(void *context, void *memory) {
    (void)context;
    oc_esp_release(memory);
}

static void wake_self(void *context) {
    xTaskNotifyGive(((oc_capture_task_t *)context)->task);
}

static void reach(oc_capture_task_t *capture, oc_capture_phase_t phase) {
    void (*wake)(void *) = capture->wake;
    void *context = capture->context;
    atomic_store(&capture->phase, phase);
    wake(context); /* *capture may be gone by now */
}

/* Sleeps until due or a notification. False: it is to close. */
static bool sleep_until(oc_capture_task_t *capture, int64_t due_us) {
    if (!atomic_load(&capture->close) && due_us > oc_esp_now_us())
        ulTaskNotifyTake(pdTRUE, oc_esp_ticks_until(due_us, SLEEP_MS));
    return !atomic_load(&capture->close);
}

/* A state must not get lost: waits for a slot. False: it is to close. */
static bool push_state(oc_capture_task_t *capture, oc_handoff_kind_t kind, int code) {
    while (oc_handoff_push_state(capture->handoff, kind, code) != OC_OK)
        if (!sleep_until(capture, oc_esp_now_us() + ROOM_RETRY_MS * 1000))
            return false;
    return true;
}

/* Pumps a started source until it is lost (its error) or to close (OC_OK). */
static int pump(oc_capture_task_t *capture) {
    for (;;) {
        uint32_t released = oc_handoff_released(capture->handoff);
        int64_t due = capture->driver->pump(capture->state, oc_esp_now_us());
        if (due < 0)
            return (int)due;
        atomic_store(&capture->slept_released, released);
        atomic_store(&capture->waits_for_room,
                     due == INT64_MAX || oc_handoff_pushed(capture->handoff) - released >=
                                             oc_handoff_capacity(capture->handoff));
        bool again = oc_handoff_released(capture->handoff) != released
                         ? !atomic_load(&capture->close)
                         : sleep_until(capture, due);
        atomic_store(&capture->waits_for_room, false);
        if (!again)
            return OC_OK;
    }
}

/* Starts once and pumps. An error, or OC_OK: it is to close. */
static int start_and_pump(oc_capture_task_t *capture, bool *lost) {
    int result = capture->driver->start(capture->state, oc_esp_now_us());
    if (result < 0)
        return result;
    if (*lost && !push_state(capture, OC_HANDOFF_RESUMED, OC_OK)) {
        capture->driver->stop(capture->state);
        return OC_OK;
    }
    *lost = false;
    result = pump(capture);
    capture->driver->stop(capture->state);
    return result;
}

/* Starts the source again and again until it is to close. */
static void run_source(oc_capture_task_t *capture) {
    oc_capture_pause_t pause = {.was_in = capture->config.absent >= 0};
    bool lost = capture->config.absent < 0;
    for (;;) {
        int64_t begun = oc_esp_now_us();
        uint32_t few = oc_handoff_pushed(capture->handoff) + OC_CAPTURE_PAUSE_FEW;
        bool was_lost = lost;
        int result = start_and_pump(capture, &lost);
        if (result == OC_OK)
            return;
        bool delivered = (int32_t)(oc_handoff_pushed(capture->handoff) - few) > 0;
        bool started = delivered || (was_lost && !lost);
        int64_t now = oc_esp_now_us();
        if (!push_state(capture, OC_HANDOFF_LOST, result)) /* with each try: why may change */
            return;
        lost = true;
        int64_t until = now + oc_capture_pause_us(&pause, result, started, delivered, now - begun);
        while (oc_esp_now_us() < until)
            if (!sleep_until(capture, until))
                return;
    }
}

/* A driver may be closed only after the plane has given back what was lent. */
static void drain(oc_capture_task_t *capture) {
    for (unsigned ms = 0; ms < DRAIN_MS; ms += DRAIN_STEP_MS) {
        if (oc_handoff_released(capture->handoff) == oc_handoff_pushed(capture->handoff))
            return;
        capture->wake(capture->context);
        vTaskDelay(pdMS_TO_TICKS(DRAIN_STEP_MS));
    }
}

static void live(oc_capture_task_t *capture) {
    oc_capture_env_t env = {.handoff = capture->handoff,
                            .open_file = open_file,
                            .close_file = close_file,
                            .allocate = allocate,
                            .release = release,
                            .wake = wake_self,
                            .context = capture};
    capture->result = capture->driver->open(capture->state, &env, &capture->config);
    if (capture->result < 0) {
        reach(capture, OC_CAPTURE_FAILED);
        return;
    }
    reach(capture, OC_CAPTURE_OPENED);
    while (!atomic_load(&capture->run) && !atomic_load(&capture->close))
        ulTaskNotifyTake(pdTRUE, pdMS_TO_TICKS(SLEEP_MS));
    if (!atomic_load(&capture->close)) {
        atomic_store(&capture->phase, OC_CAPTURE_RUNNING);
        run_source(capture);
    }
    while (!atomic_load(&capture->close)) /* cannot be: run_source ends with close only */
        ulTaskNotifyTake(pdTRUE, pdMS_TO_TICKS(SLEEP_MS));
    drain(capture);
    capture->driver->close(capture->state);
    reach(capture, OC_CAPTURE_CLOSED);
}

static void run(void *context) {
    live(context);
    for (;;)
        ulTaskNotifyTake(pdTRUE, portMAX_DELAY); /* deleted here */
}

int oc_capture_task_start(oc_capture_task_t **out, const oc_capture_driver_t *driver,
                          const oc_capture_config_t *config, oc_handoff_t *handoff,
                          void (*wake)(void *context), void *context) {
    oc_capture_task_t *capture = oc_esp_allocate(sizeof *capture);
    void *state = oc_esp_allocate(driver->state_bytes);
    if (capture && state) {
        memset(capture, 0, sizeof *capture);
        memset(state, 0, driver->state_bytes);
        *capture = (oc_capture_task_t){.driver = driver,
                                       .state = state,
                                       .config = *config,
                                       .handoff = handoff,
                                       .wake = wake,
                                       .context = context};
        if (OC_TASK_START(CAPTURE, run, capture, &capture->task) == pdPASS) {
            *out = capture;
            return OC_OK;
        }
    }
    oc_esp_release(state);
    oc_esp_release(capture);
    return OC_ERR_NOMEM;
}

oc_capture_phase_t oc_capture_task_phase(const oc_capture_task_t *capture) {
    return (oc_capture_phase_t)atomic_load(&capture->phase);
}

int oc_capture_task_opened(const oc_capture_task_t *capture, const oc_capture_config_t **config) {
    *config = &capture->config;
    return capture->result;
}

static void command(oc_capture_task_t *capture, _Atomic bool *flag) {
    atomic_store(flag, true);
    xTaskNotifyGive(capture->task);
}

void oc_capture_task_run(oc_capture_task_t *capture) {
    command(capture, &capture->run);
}

void oc_capture_task_close(oc_capture_task_t *capture) {
    command(capture, &capture->close);
}

void oc_capture_task_room(oc_capture_task_t *capture) {
    if (atomic_load(&capture->waits_for_room) &&
        oc_handoff_released(capture->handoff) != atomic_load(&capture->slept_released))
        xTaskNotifyGive(capture->task);
}

int oc_capture_task_request_key(oc_capture_task_t *capture) {
    if (!capture->driver->request_key)
        return OC_ERR_NOTSUP;
    int result = capture->driver->request_key(capture->state);
    xTaskNotifyGive(capture->task);
    return result;
}

int oc_capture_task_set_bitrate(oc_capture_task_t *capture, uint32_t bps) {
    if (!capture->driver->set_bitrate_bps)
        return OC_ERR_NOTSUP;
    int result = capture->driver->set_bitrate_bps(capture->state, bps);
    xTaskNotifyGive(capture->task);
    return result;
}

void oc_capture_task_delete(oc_capture_task_t *capture) {
    vTaskDelete(capture->task);
    oc_esp_release(capture->state);
    oc_esp_release(capture);
}
