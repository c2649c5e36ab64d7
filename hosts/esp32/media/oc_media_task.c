/* See oc_media_task.h. What other tasks ask for are flags, not queue entries: none gets lost. */
#include "oc_media_task.h"

#include <stdatomic.h>
#include <string.h>
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"
#include "oc_capture_task.h"
#include "oc_err.h"
#include "oc_front.h"
#include "oc_esp.h"
#include "oc_log.h"
#include "oc_media_loop.h"
#include "oc_media_service.h"
#include "oc_motion_task.h"
#include "oc_tasks.h"
#include "oc_thread_check.h"

#define WAIT_MS      1000
#define STOP_STEP_MS 5
#define HTTP_NONE    "this host has no HTTP server so far"
#define FILES_NONE   "this host has no files so far"
#define STORE_NONE   "this host keeps no settings so far"
#define SOUND_NONE   "no board has a microphone so far"
#define VIEWERS_NONE "this host was built without WebRTC"
#define PUSHES_NONE  "a board pushes no live streams"

struct oc_media_task {
    oc_media_task_config_t config;
    TaskHandle_t task;
    oc_media_loop_t core;
    oc_front_t front;
    oc_motion_task_t *motion;
    struct oc_p2p_service *service; /* config.service's, as its transport; NULL: there is none */
    void *transport;
    _Atomic uint32_t generation; /* wanted; 0 = none */
    _Atomic bool stop, ended;
};

static void wake_media(void *context) {
    oc_media_task_wake(context);
}

static void ring_gone(void *context, unsigned slot) {
    oc_media_task_t *media = context;
    if (media->service)
        media->config.service->ring_gone(media->service, slot, oc_esp_now_us());
    oc_motion_task_ring_gone(media->motion, slot, oc_esp_now_us());
}

/* ---- commands of the host ---- */

static void detect(void *context, unsigned channel, const oc_desired_detect_t *detect) {
    oc_media_task_t *media = context;
    int code = oc_motion_task_detect(media->motion, channel, detect);
    if (code < 0)
        oc_log(OC_LOG_WARN, "motion", "channel %u: nothing is looked for: %s", channel,
               code == OC_ERR_NOTSUP ? SOUND_NONE : oc_err_text(code));
}

static void host_command(void *context, const oc_command_t *command) {
    oc_media_task_t *media = context;
    oc_parcel_t parcel = command->parcel;
    const char *why = "";
    int code = OC_ERR_NOTSUP;
    if (media->service && media->config.service->command(media->service, command, oc_esp_now_us()))
        return;
    switch (command->kind) {
    case OC_COMMAND_READY:
        code = OC_OK;
        oc_plane_event(media->core.plane, -1, OC_EVENT_SCRIPT_READY, OC_OK, "", "",
                       oc_esp_now_us());
        if (media->config.ready)
            media->config.ready(media->config.context);
        break;
    case OC_COMMAND_HTTP_TAKE:
        code = OC_AGAIN; /* no request ever comes */
        break;
    case OC_COMMAND_HTTP_LISTEN:
    case OC_COMMAND_HTTP_CHECK:
    case OC_COMMAND_HTTP_REPLY:
        why = HTTP_NONE;
        break;
    case OC_COMMAND_RECORDINGS_LIST:
        why = FILES_NONE;
        break;
    case OC_COMMAND_STORE_READ:
    case OC_COMMAND_STORE_WRITE:
        why = STORE_NONE;
        break;
    case OC_COMMAND_EXIT:
        oc_log(OC_LOG_ERROR, "script", "asks to end: %.*s", (int)parcel.len,
               parcel.data ? (const char *)parcel.data : "");
        why = "a camera does not end";
        break;
    case OC_COMMAND_P2P_OPEN:
        why = VIEWERS_NONE;
        break;
    case OC_COMMAND_PUSHES:
        why = PUSHES_NONE;
        break;
    default:
        why = "unknown command";
    }
    oc_mailbox_parcel_free(media->core.mailbox, &parcel);
    oc_mailbox_reply_text(media->core.mailbox, command->request, command->generation, code, 0, 0,
                          why, strlen(why));
}

/* ---- the loop ---- */

static void take_requests(oc_media_task_t *media) {
    uint32_t generation = atomic_exchange(&media->generation, 0);
    int64_t now = oc_esp_now_us();
    if (generation) {
        oc_plane_new_script(media->core.plane, generation, now);
        if (media->service)
            media->config.service->new_script(media->service, generation, now);
        oc_plane_event(media->core.plane, -1, OC_EVENT_SCRIPT_STARTED, OC_OK, "", "", now);
    }
    if (atomic_load(&media->stop))
        oc_plane_shutdown(media->core.plane, now);
}

/* Everything that is due. Returns when to be called again. */
static int64_t turn(oc_media_task_t *media) {
    take_requests(media);
    int64_t due = oc_media_loop_turn(&media->core);
    int64_t front_us = oc_front_turn(&media->front, media->core.now_us);
    return front_us < due ? front_us : due;
}

static int64_t advanced(void *context, int64_t now_us) {
    oc_media_task_t *media = context;
    int64_t motion_us = oc_motion_task_turn(media->motion, now_us);
    int64_t service_us =
        media->service ? media->config.service->turn(media->transport, now_us) : INT64_MAX;
    return motion_us < service_us ? motion_us : service_us;
}

/* True: there was none, or it has ended. */
static bool service_gone(oc_media_task_t *media) {
    return !media->service || media->config.service->stop(media->service, oc_esp_now_us());
}

static uintptr_t task_token(void) {
    return (uintptr_t)xTaskGetCurrentTaskHandle();
}

static void run(void *context) {
    oc_media_task_t *media = context;
    oc_thread_check_own(task_token);
    oc_front_begin(&media->front, media->core.plane,
                   oc_esp_now_us()); /* before anything is opened */
    for (;;) {
        int64_t due = turn(media);
        if (atomic_load(&media->stop) && service_gone(media) && oc_plane_idle(media->core.plane) &&
            media->core.captures == 0 && oc_motion_task_stop(media->motion))
            break;
        ulTaskNotifyTake(pdTRUE, oc_esp_ticks_until(due, WAIT_MS));
    }
    oc_front_end(&media->front);
    oc_thread_check_own(NULL);
    atomic_store(&media->ended, true);
    for (;;)
        ulTaskNotifyTake(pdTRUE, portMAX_DELAY); /* deleted here */
}

static void privacy_store(void *context, bool on) {
    oc_media_task_t *media = context;
    oc_front_store(&media->front, on);
}

static int make_plane(oc_media_task_t *media) {
    oc_media_loop_env_t env = {
        .loop = oc_esp_loop,
        .read_clock = oc_esp_clock,
        .captures = oc_capture_task,
        .mailbox = {.wake_script = media->config.wake_script, .context = media->config.context},
        .plane = {.privacy_store = privacy_store,
                  .context = media,
                  .host_command = host_command,
                  .ring_gone = ring_gone,
                  .detect = detect,
                  .owner = media},
        .advanced = advanced,
        .context = media};
    env.loop.wake = wake_media;
    env.loop.context = media;
    return oc_media_loop_init(&media->core, &env);
}

static void free_all(oc_media_task_t *media) {
    if (media->service)
        media->config.service->release(media->transport);
    oc_motion_task_delete(media->motion);
    oc_media_loop_deinit(&media->core);
    oc_esp_release(media);
}

int oc_media_task_start(oc_media_task_t **out, const oc_media_task_config_t *config) {
    oc_media_task_t *media = oc_esp_allocate(sizeof *media);
    if (!media)
        return OC_ERR_NOMEM;
    memset(media, 0, sizeof *media);
    media->config = *config;
    if (make_plane(media) != OC_OK) {
        oc_esp_release(media);
        return OC_ERR_NOMEM;
    }
    const oc_motion_task_config_t motion = {media->core.plane, wake_media, media};
    if (oc_motion_task_create(&media->motion, &motion) != OC_OK) {
        free_all(media);
        return OC_ERR_NOMEM;
    }
    if (config->service && !(media->transport = config->service->create(media, &media->service))) {
        free_all(media);
        return OC_ERR_NOMEM;
    }
    /* FreeRTOS stores the handle before the task can run. */
    if (OC_TASK_START(MEDIA, run, media, &media->task) != pdPASS) {
        free_all(media);
        return OC_ERR_NOMEM;
    }
    *out = media;
    return OC_OK;
}

void oc_media_task_wake(oc_media_task_t *media) {
    xTaskNotifyGive(media->task);
}

void oc_media_task_new_script(oc_media_task_t *media, uint32_t generation) {
    atomic_store(&media->generation, generation);
    oc_media_task_wake(media);
}

oc_plane_t *oc_media_task_plane(oc_media_task_t *media) {
    return media->core.plane;
}

oc_mailbox_t *oc_media_task_mailbox(oc_media_task_t *media) {
    return media->core.mailbox;
}

const oc_loop_env_t *oc_media_task_env(const oc_media_task_t *media) {
    return &media->core.env.loop;
}

struct oc_p2p_service *oc_media_task_service(oc_media_task_t *media) {
    return media->service;
}

bool oc_media_task_stop(oc_media_task_t *media, uint32_t wait_ms) {
    atomic_store(&media->stop, true);
    for (uint32_t ms = 0; !atomic_load(&media->ended); ms += STOP_STEP_MS) {
        if (ms >= wait_ms)
            return false;
        oc_media_task_wake(media);
        vTaskDelay(pdMS_TO_TICKS(STOP_STEP_MS));
    }
    vTaskDelete(media->task);
    free_all(media);
    return true;
}
