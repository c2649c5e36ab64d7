/* Test declarations: what hosts/esp32 uses of ESP-IDF's nvs.h. Not the real header. */
#ifndef NVS_H
#define NVS_H
#include <stddef.h>
#include <stdint.h>
#include "esp_err.h"
typedef uint32_t nvs_handle_t;
typedef enum { NVS_READONLY, NVS_READWRITE } nvs_open_mode_t;
#define ESP_ERR_NVS_NOT_FOUND        0x1102
#define ESP_ERR_NVS_INVALID_LENGTH   0x110c
#define ESP_ERR_NVS_NOT_ENOUGH_SPACE 0x1105
esp_err_t nvs_open(const char *space, nvs_open_mode_t mode, nvs_handle_t *handle);
esp_err_t nvs_get_u8(nvs_handle_t handle, const char *key, uint8_t *value);
esp_err_t nvs_set_u8(nvs_handle_t handle, const char *key, uint8_t value);
esp_err_t nvs_get_blob(nvs_handle_t handle, const char *key, void *value, size_t *len);
esp_err_t nvs_set_blob(nvs_handle_t handle, const char *key, const void *value, size_t len);
esp_err_t nvs_commit(nvs_handle_t handle);
void nvs_close(nvs_handle_t handle);
#endif
