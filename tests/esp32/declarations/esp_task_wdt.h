/* Test declarations: what hosts/esp32 uses of ESP-IDF's esp_task_wdt.h. Not the real header. */
#ifndef ESP_TASK_WDT_H
#define ESP_TASK_WDT_H
#include "esp_err.h"
esp_err_t esp_task_wdt_reset(void);
#endif
