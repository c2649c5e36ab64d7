/* See oc_script_esp.h. */
#include "oc_script_esp.h"

#include <stdio.h>
#include "esp_attr.h"
#include "esp_ota_ops.h"
#include "esp_system.h"
#include "esp_task_wdt.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"
#include "oc_capture_esp.h"
#include "oc_edge.h"
#include "oc_err.h"
#include "oc_esp.h"
#include "oc_media_service.h"
#include "oc_media_task.h"

#ifndef OC_VERSION
#define OC_VERSION "0.1.0"
#endif
#define RESTART_MIN_MS  1000     /* the log must get out */
#define RESTART_MAX_MS  60000    /* a loop of restarts stays slow */
#define RESTART_CALM_US 60000000 /* a script that ran so long has the shortest pause again */
#define PAUSE_STEP_MS   1000     /* below the limit of the tasks' watchdog */
#define KEPT_MAGIC      0x6f637265

/* No files: no recordings. 2 MB of ring are about 3 s of 720p at quality 12. */
static const char settings[] = "{\"channels\":[{\"name\":\"cam1\",\"input\":\"camera:\","
                               "\"audio\":false,\"ring\":{\"bytes\":2000000}}],"
                               "\"record\":{\"enabled\":false}}";

static struct {
    oc_media_task_t *media;
    oc_edge_t *edge;
    const oc_media_service_t *service; /* NULL: none */
    oc_script_context_t context;
} script;

/* Stays over a restart, but not without power: then it is anything. */
static RTC_NOINIT_ATTR struct { uint32_t magic, pause_ms; } kept;

static bool read_row(void *host, unsigned channel, oc_stream_row_t *row) {
    const oc_table_t *table = oc_plane_stream_table(oc_media_task_plane(script.media), channel);
    return table && oc_table_read(table, (uint32_t *)row);
}

static void read_name(void *host, unsigned channel, char name[OC_CHANNEL_NAME_MAX]) {
    oc_plane_channel_name(oc_media_task_plane(script.media), channel, name);
}

static void read_why(void *host, unsigned channel, char why[OC_DESIRED_WHY_MAX]) {
    oc_plane_why(oc_media_task_plane(script.media), channel, why);
}

static bool read_session(void *host, unsigned index, oc_session_row_t *row) {
    return script.service->read_session(oc_media_task_service(script.media), index, row);
}

static bool read_view(void *host, unsigned index, oc_view_row_t *row) {
    return script.service->read_view(oc_media_task_service(script.media), index, row);
}

static int64_t now_us(void *host) {
    return oc_esp_now_us();
}

static void read_clock(void *host, oc_clock_t *clock) {
    oc_esp_clock(clock);
}

static void print(void *host, const char *text, size_t bytes) {
    oc_log(OC_LOG_INFO, "script", "%.*s", (int)bytes, text);
}

static void set_log_level(void *host, oc_log_level_t level) {
    oc_esp_log(level);
}

static void wake_script(void *context) {
    if (script.edge)
        oc_edge_raise(script.edge);
}

static oc_script_context_t make_context(uint32_t generation) {
    return (oc_script_context_t){
        .mailbox = oc_media_task_mailbox(script.media),
        .facts = {.version = OC_VERSION,
                  .default_input = "camera:",
                  .settings_path = "board",
                  .settings_text = settings,
                  .data_path = "",
                  .started_us = 0,
                  .generation = generation},
        .read_row = read_row,
        .read_name = read_name,
        .read_why = read_why,
        .read_session = script.service ? read_session : NULL,
        .read_view = script.service ? read_view : NULL,
        .now_us = now_us,
        .read_clock = read_clock,
        .print = print,
        .set_log_level = set_log_level,
    };
}

int oc_script_esp_start(int (*post)(void *context), const oc_media_service_t *service, char *why,
                        size_t why_size) {
    oc_media_task_config_t media = {.wake_script = wake_script, .service = service};
    oc_edge_config_t edge = {post, NULL};
    if (script.media)
        return OC_OK;
    oc_esp_log(OC_LOG_INFO);
    if (oc_esp_psram_bytes() == 0) {
        snprintf(why, why_size, "this board has no PSRAM, or it did not answer at start");
        return OC_ERR_NOMEM;
    }
    script.service = service;
    int result = oc_edge_start(&script.edge, &edge);
    if (result == OC_OK && (result = oc_media_task_start(&script.media, &media)) < 0) {
        oc_edge_stop(script.edge);
        script.edge = NULL;
    }
    if (result < 0) {
        snprintf(why, why_size, "no memory for the media plane");
        return result;
    }
    oc_capture_add("camera", &oc_capture_esp); /* the first and only one */
    uint32_t generation = oc_mailbox_new_generation(oc_media_task_mailbox(script.media));
    oc_media_task_new_script(script.media, generation);
    script.context = make_context(generation);
    return OC_OK;
}

oc_script_context_t *oc_script_esp_context(void) {
    return script.media ? &script.context : NULL;
}

void oc_script_esp_pump(void) {
    oc_edge_taken(script.edge);
    if (script.context.pump)
        script.context.pump(script.context.pump_data);
}

void oc_script_esp_healthy(void) {
    esp_err_t err = esp_ota_mark_app_valid_cancel_rollback();
    if (err != ESP_OK)
        oc_log(OC_LOG_WARN, "host", "this firmware stays on trial: %s", esp_err_to_name(err));
}

/* The pause of this restart; that of the next one in a row is twice as long. */
static uint32_t take_pause_ms(void) {
    if (kept.magic != KEPT_MAGIC || kept.pause_ms > RESTART_MAX_MS ||
        oc_esp_now_us() >= RESTART_CALM_US)
        kept.pause_ms = RESTART_MIN_MS;
    kept.magic = KEPT_MAGIC;
    uint32_t pause_ms = kept.pause_ms;
    kept.pause_ms = pause_ms < RESTART_MAX_MS / 2 ? pause_ms * 2 : RESTART_MAX_MS;
    return pause_ms;
}

_Noreturn void oc_script_esp_ended(const char *why) {
    uint32_t pause_ms = take_pause_ms();
    oc_log(OC_LOG_ERROR, "script", "ended: %s; the board restarts in %u s", why,
           (unsigned)(pause_ms / 1000));
    for (uint32_t left_ms = pause_ms; left_ms > 0;) {
        uint32_t step_ms = left_ms < PAUSE_STEP_MS ? left_ms : PAUSE_STEP_MS;
        (void)esp_task_wdt_reset(); /* an error where this task is not watched */
        vTaskDelay(pdMS_TO_TICKS(step_ms));
        left_ms -= step_ms;
    }
    esp_restart();
}
