/* oc_esp - what the ESP32 host takes from ESP-IDF for everyone: big memory, time, the log. Any
 * task. */
#ifndef OC_ESP_H
#define OC_ESP_H

#include <stddef.h>
#include <stdint.h>
#include "oc_clock.h"
#include "oc_log.h"
#include "oc_loop_env.h"

/* Memory in PSRAM, aligned to 16; internal RAM is for stacks, DMA and Wi-Fi. NULL: none left, or
 * the board has no PSRAM. Owned by caller until oc_esp_release (NULL is fine). */
void *oc_esp_allocate(size_t bytes);
void oc_esp_release(void *memory);

/* Memory and the clock, as parts that are the same on every host take them; no wake, no context. */
extern const oc_loop_env_t oc_esp_loop;

/* Bytes of PSRAM the board has; 0 = none, or it did not answer at start. */
size_t oc_esp_psram_bytes(void);

/* Monotonic microseconds since boot. */
int64_t oc_esp_now_us(void);

/* Ticks to wait for due_us (INT64_MAX: no time), at least 1, at most most_ms. */
uint32_t oc_esp_ticks_until(int64_t due_us, uint32_t max_ms);

/* The wall clock against the monotonic one: OC_CLOCK_NONE until something sets the date after
 * 2024, OC_CLOCK_NTP for a day after oc_esp_clock_synced, OC_CLOCK_RTC otherwise. */
void oc_esp_clock(oc_clock_t *clock);

/* SNTP has set the wall clock. For esp_sntp_set_time_sync_notification_cb, hence its shape; time is
 * not used. */
struct timeval;
void oc_esp_clock_synced(struct timeval *time);

/* Sends oc_log to the log of ESP-IDF. Once, before other tasks start. */
void oc_esp_log(oc_log_level_t threshold);

#endif
