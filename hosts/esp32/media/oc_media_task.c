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
#include "oc_media_service.h"
#include "oc_plane_clock.h"
#include "oc_tasks.h"
#include "oc_thread_check.h"

#define CLOCK_US     1000000 /* the wall clock is compared this often */
#define WAIT_MS      1000
#define ADVANCES     4 /* in one turn, when the plane is due again at once */
#define STOP_STEP_MS 5
#define HTTP_NONE    "this host has no HTTP server so far"
#define FILES_NONE   "this host has no files so far"
#define STORE_NONE   "this host keeps no settings so far"
#define VIEWERS_NONE "this host was built without WebRTC"

struct oc_media_task {
    oc_media_task_config_t config;
    TaskHandle_t task;
    oc_plane_t *plane;
    oc_mailbox_t *mailbox;
    oc_front_t front;
    void *service; /* config.desk's */
    int64_t clock_due_us;
    oc_capture_task_t *captures[OC_STREAMS_MAX];
    bool notified[OC_STREAMS_MAX]; /* the plane knows that this one is open */
    bool absent[OC_STREAMS_MAX];   /* a close is to be answered though no task is there */
    _Atomic uint32_t generation;   /* wanted; 0 = none */
    _Atomic bool stop, ended;
};

static void *allocate(void *context, size_t bytes) {
    (void)context;
    return oc_esp_allocate(bytes);
}

static void release(void *context, void *memory) {
    (void)context;
    oc_esp_release(memory);
}

static void wake_media(void *context) {
    oc_media_task_wake(context);
}

/* ---- captures ---- */

static int capture_open(void *context, unsigned slot, const oc_capture_driver_t *driver,
                        const oc_capture_config_t *config, oc_handoff_t *handoff) {
    oc_media_task_t *media = context;
    if (media->captures[slot])
        return OC_ERR_STATE;
    media->notified[slot] = false;
    return oc_capture_task_start(&media->captures[slot], driver, config, handoff, wake_media,
                                 media);
}

static void capture_start(void *context, unsigned slot) {
    oc_media_task_t *media = context;
    if (media->captures[slot])
        oc_capture_task_run(media->captures[slot]);
}

static void capture_close(void *context, unsigned slot) {
    oc_media_task_t *media = context;
    if (media->captures[slot])
        oc_capture_task_close(media->captures[slot]);
    else
        media->absent[slot] = true;
}

static void capture_room(void *context, unsigned slot) {
    oc_media_task_t *media = context;
    if (media->captures[slot])
        oc_capture_task_room(media->captures[slot]);
}

int oc_media_task_request_key(oc_media_task_t *media, unsigned slot) {
    oc_capture_task_t *capture = slot < OC_STREAMS_MAX ? media->captures[slot] : NULL;
    return capture && media->notified[slot] ? oc_capture_task_request_key(capture) : OC_ERR_STATE;
}

int oc_media_task_set_bitrate(oc_media_task_t *media, unsigned slot, uint32_t bps) {
    oc_capture_task_t *capture = slot < OC_STREAMS_MAX ? media->captures[slot] : NULL;
    return capture && media->notified[slot] ? oc_capture_task_set_bitrate(capture, bps)
                                            : OC_ERR_STATE;
}

static int capture_request_key(void *context, unsigned slot) {
    return oc_media_task_request_key(context, slot);
}

static int capture_set_bitrate(void *context, unsigned slot, uint32_t bps) {
    return oc_media_task_set_bitrate(context, slot, bps);
}

static void ring_gone(void *context, unsigned slot) {
    oc_media_task_t *media = context;
    if (media->service)
        media->config.service->ring_gone(media->service, slot, oc_esp_now_us());
}

static void forget_capture(oc_media_task_t *media, unsigned slot) {
    oc_capture_task_t *capture = media->captures[slot];
    media->captures[slot] = NULL;
    oc_capture_task_delete(capture);
}

/* Tells the plane how far a capture task has come. */
static void look_at_capture(oc_media_task_t *media, unsigned slot) {
    oc_capture_task_t *capture = media->captures[slot];
    oc_capture_phase_t phase = capture ? oc_capture_task_phase(capture) : OC_CAPTURE_CLOSED;
    const oc_capture_config_t *config;
    if (capture && phase != OC_CAPTURE_OPENING && !media->notified[slot]) {
        int result = oc_capture_task_opened(capture, &config);
        media->notified[slot] = true;
        oc_plane_capture_opened(media->plane, slot, result, config, oc_esp_now_us());
        if (result < 0)
            forget_capture(media, slot);
    } else if (capture && phase == OC_CAPTURE_CLOSED) {
        forget_capture(media, slot);
        oc_plane_capture_closed(media->plane, slot, oc_esp_now_us());
    } else if (!capture && media->absent[slot]) {
        media->absent[slot] = false;
        oc_plane_capture_closed(media->plane, slot, oc_esp_now_us());
    }
}

/* ---- commands of the host ---- */

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
    default:
        why = "unknown command";
    }
    oc_mailbox_parcel_free(media->mailbox, &parcel);
    oc_mailbox_reply_text(media->mailbox, command->request, command->generation, code, 0, 0, why,
                          strlen(why));
}

/* ---- the loop ---- */

static void take_requests(oc_media_task_t *media) {
    uint32_t generation = atomic_exchange(&media->generation, 0);
    int64_t now = oc_esp_now_us();
    if (generation) {
        oc_plane_new_script(media->plane, generation, now);
        if (media->service)
            media->config.service->new_script(media->service, generation, now);
        oc_plane_event(media->plane, -1, "script-started", OC_OK, "", "", now);
    }
    if (atomic_load(&media->stop))
        oc_plane_shutdown(media->plane, now);
}

/* Everything that is due. Returns when to be called again. */
static int64_t turn(oc_media_task_t *media) {
    take_requests(media);
    for (unsigned i = 0; i < OC_STREAMS_MAX; i++)
        look_at_capture(media, i);
    int64_t now = oc_esp_now_us(), due = now;
    if (now >= media->clock_due_us) {
        oc_clock_t clock;
        oc_esp_clock(&clock);
        oc_plane_clock(media->plane, &clock, now);
        media->clock_due_us = now + CLOCK_US;
    }
    for (unsigned i = 0; i < ADVANCES && due <= now; i++) {
        now = oc_esp_now_us();
        due = oc_plane_advance(media->plane, now);
    }
    int64_t service_us =
        media->service ? media->config.service->turn(media->service, now) : INT64_MAX;
    int64_t front_us = oc_front_turn(&media->front, now);
    due = service_us < due ? service_us : due;
    return front_us < due ? front_us : due;
}

/* True: there was none, or it has ended. */
static bool service_gone(oc_media_task_t *media) {
    return !media->service || media->config.service->stop(media->service, oc_esp_now_us());
}

static bool captures_gone(const oc_media_task_t *media) {
    for (unsigned i = 0; i < OC_STREAMS_MAX; i++)
        if (media->captures[i])
            return false;
    return true;
}

static uintptr_t task_token(void) {
    return (uintptr_t)xTaskGetCurrentTaskHandle();
}

static void run(void *context) {
    oc_media_task_t *media = context;
    oc_thread_check_own(task_token);
    oc_front_begin(&media->front, media->plane, oc_esp_now_us()); /* before anything is opened */
    for (;;) {
        int64_t due = turn(media);
        if (atomic_load(&media->stop) && service_gone(media) && oc_plane_idle(media->plane) &&
            captures_gone(media))
            break;
        ulTaskNotifyTake(pdTRUE, oc_esp_ticks_until(due, WAIT_MS));
    }
    oc_front_end(&media->front);
    oc_thread_check_own(NULL);
    atomic_store(&media->ended, true);
    for (;;)
        ulTaskNotifyTake(pdTRUE, portMAX_DELAY); /* deleted here */
}

static void wake_script(void *context) {
    oc_media_task_t *media = context;
    if (media->config.wake_script)
        media->config.wake_script(media->config.context);
}

static void privacy_store(void *context, bool on) {
    oc_media_task_t *media = context;
    oc_front_store(&media->front, on);
}

static int make_plane(oc_media_task_t *media) {
    oc_mailbox_env_t mailbox_env = {wake_media, wake_script, allocate, release, media, NULL};
    oc_plane_env_t env = {.allocate = allocate,
                          .release = release,
                          .capture_open = capture_open,
                          .capture_start = capture_start,
                          .capture_close = capture_close,
                          .capture_room = capture_room,
                          .wake = wake_media,
                          .capture_request_key = capture_request_key,
                          .capture_set_bitrate = capture_set_bitrate,
                          .file_submit = NULL,
                          .host_command = host_command,
                          .privacy_store = privacy_store,
                          .ring_gone = ring_gone,
                          .context = media};
    void *mailbox = oc_esp_allocate(oc_mailbox_bytes());
    void *plane = oc_esp_allocate(oc_plane_bytes());
    if (!mailbox || !plane) {
        oc_esp_release(mailbox);
        oc_esp_release(plane);
        return OC_ERR_NOMEM;
    }
    oc_clock_t clock;
    oc_esp_clock(&clock);
    media->mailbox = oc_mailbox_init(mailbox, &mailbox_env);
    media->plane = oc_plane_init(plane, &env, media->mailbox, &clock);
    return OC_OK;
}

static void free_all(oc_media_task_t *media) {
    oc_reply_t reply;
    if (media->service)
        media->config.service->release(media->service);
    while (media->mailbox && oc_mailbox_take_reply(media->mailbox, &reply) == OC_OK)
        oc_mailbox_parcel_free(media->mailbox, &reply.parcel);
    oc_esp_release(media->plane);
    oc_esp_release(media->mailbox);
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
    if (config->service && !(media->service = config->service->create(media))) {
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
    return media->plane;
}

oc_mailbox_t *oc_media_task_mailbox(oc_media_task_t *media) {
    return media->mailbox;
}

void *oc_media_task_service(oc_media_task_t *media) {
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
