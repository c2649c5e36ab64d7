/* See fake_idf.h: memory, time, pins, log. */
#include "fake_idf.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "driver/gpio.h"
#include "esp_log.h"
#include "esp_ota_ops.h"
#include "esp_partition.h"
#include "esp_system.h"
#include "esp_task_wdt.h"
#include "esp_timer.h"
#include "nvs.h"
#include "nvs_flash.h"

#define HEAD 16 /* in front of each block: its size */

int64_t fake_now_us = -1;
_Atomic int fake_speed = 1;
_Atomic int fake_memory_left = -1;
bool fake_no_psram;
_Atomic int fake_pin[64], fake_level[64];
fake_nvs_t fake_nvs = {.value = -1};
static _Atomic size_t memory_out;

size_t fake_memory_out(void) {
    return memory_out;
}

void *heap_caps_aligned_alloc(size_t alignment, size_t size, uint32_t caps) {
    if (fake_memory_left == 0 || ((caps & MALLOC_CAP_SPIRAM) && fake_no_psram) || alignment > HEAD)
        return NULL;
    fake_memory_left -= fake_memory_left > 0;
    uint8_t *memory = aligned_alloc(HEAD, (size + HEAD + HEAD - 1) / HEAD * HEAD);
    if (!memory)
        abort();
    *(size_t *)memory = size;
    memory_out += size;
    return memory + HEAD;
}

void heap_caps_free(void *memory) {
    if (!memory)
        return;
    uint8_t *block = (uint8_t *)memory - HEAD;
    memory_out -= *(size_t *)block;
    free(block);
}

size_t heap_caps_get_total_size(uint32_t caps) {
    return (caps & MALLOC_CAP_SPIRAM) && fake_no_psram ? 0 : 8 * 1024 * 1024;
}

int64_t esp_timer_get_time(void) {
    struct timespec now;
    if (fake_now_us >= 0)
        return fake_now_us;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return ((int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000) * fake_speed;
}

const char *esp_err_to_name(esp_err_t code) {
    return code == ESP_FAIL ? "ESP_FAIL" : "ESP_ERR";
}

void esp_log_write(esp_log_level_t level, const char *tag, const char *format, ...) {
    va_list arguments;
    fprintf(stderr, "%d %s: ", (int)level, tag);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
}

esp_err_t gpio_reset_pin(gpio_num_t pin) {
    fake_pin[pin] = -1;
    return ESP_OK;
}

esp_err_t gpio_set_direction(gpio_num_t pin, gpio_mode_t mode) {
    return mode && pin >= 0 ? ESP_OK : ESP_ERR_INVALID_ARG;
}

esp_err_t gpio_set_pull_mode(gpio_num_t pin, gpio_pull_mode_t pull) {
    (void)pull;
    return pin >= 0 ? ESP_OK : ESP_ERR_INVALID_ARG;
}

int gpio_get_level(gpio_num_t pin) {
    return fake_level[pin];
}

esp_err_t nvs_flash_init(void) {
    return ESP_OK;
}

esp_err_t nvs_open(const char *space, nvs_open_mode_t mode, nvs_handle_t *handle) {
    (void)space;
    *handle = 1;
    if (fake_nvs.error)
        return fake_nvs.error;
    return mode == NVS_READONLY && fake_nvs.value < 0 && !fake_nvs.blob_len ? ESP_ERR_NVS_NOT_FOUND
                                                                            : ESP_OK;
}

esp_err_t nvs_get_u8(nvs_handle_t handle, const char *key, uint8_t *value) {
    (void)handle;
    (void)key;
    *value = (uint8_t)fake_nvs.value;
    return fake_nvs.value < 0 ? ESP_ERR_NVS_NOT_FOUND : ESP_OK;
}

esp_err_t nvs_set_u8(nvs_handle_t handle, const char *key, uint8_t value) {
    (void)handle;
    (void)key;
    if (fake_nvs.write_error)
        return fake_nvs.write_error;
    fake_nvs.value = value;
    fake_nvs.writes++;
    return ESP_OK;
}

esp_err_t nvs_get_blob(nvs_handle_t handle, const char *key, void *value, size_t *len) {
    (void)handle;
    (void)key;
    if (!fake_nvs.blob_len)
        return ESP_ERR_NVS_NOT_FOUND;
    if (*len < fake_nvs.blob_len)
        return ESP_ERR_NVS_INVALID_LENGTH;
    memcpy(value, fake_nvs.blob, fake_nvs.blob_len);
    *len = fake_nvs.blob_len;
    return ESP_OK;
}

esp_err_t nvs_set_blob(nvs_handle_t handle, const char *key, const void *value, size_t len) {
    (void)handle;
    (void)key;
    if (fake_nvs.write_error || len > sizeof fake_nvs.blob)
        return fake_nvs.write_error ? fake_nvs.write_error : ESP_ERR_INVALID_SIZE;
    memcpy(fake_nvs.blob, value, len);
    fake_nvs.blob_len = len;
    fake_nvs.writes++;
    return ESP_OK;
}

esp_err_t nvs_commit(nvs_handle_t handle) {
    (void)handle;
    return ESP_OK;
}

void nvs_close(nvs_handle_t handle) {
    (void)handle;
}

esp_err_t gpio_set_level(gpio_num_t pin, uint32_t level) {
    fake_pin[pin] = (int)level;
    return ESP_OK;
}

fake_partition_t fake_partition;

const esp_partition_t *esp_partition_find_first(esp_partition_type_t type,
                                                esp_partition_subtype_t subtype,
                                                const char *label) {
    static esp_partition_t found;
    if (subtype != ESP_PARTITION_SUBTYPE_ANY || !fake_partition.label ||
        (int)type != fake_partition.type || strcmp(label, fake_partition.label) != 0)
        return NULL;
    found = (esp_partition_t){.type = type, .size = (uint32_t)fake_partition.size};
    return &found;
}

esp_err_t esp_partition_read(const esp_partition_t *partition, size_t offset, void *to,
                             size_t size) {
    if (fake_partition.error)
        return fake_partition.error;
    if (offset + size > partition->size)
        return ESP_ERR_INVALID_SIZE;
    memcpy(to, fake_partition.data + offset, size);
    return ESP_OK;
}

unsigned fake_fed, fake_kept;

esp_err_t esp_task_wdt_reset(void) {
    fake_fed++;
    return ESP_OK;
}

esp_err_t esp_ota_mark_app_valid_cancel_rollback(void) {
    fake_kept++;
    return ESP_OK;
}

void (*fake_on_restart)(void);

void esp_restart(void) {
    if (fake_on_restart)
        fake_on_restart();
    abort();
}
