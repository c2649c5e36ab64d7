/* Test declarations: what hosts/esp32 uses of ESP-IDF's nvs_flash.h. Not the real header. */
#ifndef NVS_FLASH_H
#define NVS_FLASH_H
#include "esp_err.h"
esp_err_t nvs_flash_init(void);
#endif
