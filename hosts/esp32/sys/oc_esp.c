/* See oc_esp.h. */
#include "oc_esp.h"

#include <stdatomic.h>
#include <sys/time.h>
#include "esp_heap_caps.h"
#include "esp_log.h"
#include "esp_timer.h"
#include "freertos/FreeRTOS.h"

#define ALIGNMENT 16
#define US_PER_S  1000000
#define US_PER_MS 1000
#define SYNCED_S  (24 * 3600) /* SNTP asks each hour: a day without it is not synced */

/* Monotonic seconds of the last answer of SNTP plus 1; 0 = none. 32 bits: no lock. */
static _Atomic uint32_t synced_s;

void *oc_esp_allocate(size_t bytes) {
    return heap_caps_aligned_alloc(ALIGNMENT, bytes, MALLOC_CAP_SPIRAM | MALLOC_CAP_8BIT);
}

void oc_esp_release(void *memory) {
    heap_caps_free(memory);
}

size_t oc_esp_psram_bytes(void) {
    return heap_caps_get_total_size(MALLOC_CAP_SPIRAM);
}

int64_t oc_esp_now_us(void) {
    return esp_timer_get_time();
}

uint32_t oc_esp_ticks_until(int64_t due_us, uint32_t max_ms) {
    int64_t ms = (int64_t)max_ms;
    int64_t now_us = oc_esp_now_us();
    if (due_us <= now_us)
        ms = 1;
    else if (due_us - now_us < ms * US_PER_MS)
        ms = (due_us - now_us + US_PER_MS - 1) / US_PER_MS;
    uint32_t ticks = pdMS_TO_TICKS((uint32_t)ms);
    return ticks ? ticks : 1;
}

void oc_esp_clock(oc_clock_t *clock) {
    struct timeval wall = {0};
    gettimeofday(&wall, NULL);
    *clock = (oc_clock_t){.quality = OC_CLOCK_NONE};
    if (wall.tv_sec < OC_CLOCK_FIRST_S)
        return;
    int64_t now_us = oc_esp_now_us(), synced = atomic_load(&synced_s);
    clock->wall_minus_mono_us = (int64_t)wall.tv_sec * US_PER_S + wall.tv_usec - now_us;
    clock->quality =
        synced && now_us / US_PER_S + 1 - synced < SYNCED_S ? OC_CLOCK_NTP : OC_CLOCK_RTC;
}

void oc_esp_clock_synced(struct timeval *time) {
    (void)time;
    atomic_store(&synced_s, (uint32_t)(oc_esp_now_us() / US_PER_S) + 1);
}

static void sink(void *context, oc_log_level_t level, const char *room, const char *line) {
    static const esp_log_level_t levels[] = {ESP_LOG_ERROR, ESP_LOG_WARN, ESP_LOG_INFO,
                                             ESP_LOG_DEBUG};
    (void)context;
    esp_log_write(levels[level], room, "%s: %s\n", room, line);
}

void oc_esp_log(oc_log_level_t threshold) {
    oc_log_set(sink, NULL, threshold);
}

/* ---- as oc_loop_env_t takes them ---- */

static void *allocate(void *context, size_t bytes) {
    (void)context;
    return oc_esp_allocate(bytes);
}

static void release(void *context, void *memory) {
    (void)context;
    oc_esp_release(memory);
}

static int64_t clock_us(void *context) {
    (void)context;
    return oc_esp_now_us();
}

const oc_loop_env_t oc_esp_loop = {.allocate = allocate, .release = release, .now_us = clock_us};
