/* Test declarations: what hosts/esp32 uses of ESP-IDF's esp_ota_ops.h. Not the real header. */
#ifndef ESP_OTA_OPS_H
#define ESP_OTA_OPS_H
#include "esp_err.h"
esp_err_t esp_ota_mark_app_valid_cancel_rollback(void);
#endif
