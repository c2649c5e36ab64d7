/* Test declarations: what hosts/esp32 uses of ESP-IDF's esp_system.h. Not the real header. */
#ifndef ESP_SYSTEM_H
#define ESP_SYSTEM_H
_Noreturn void esp_restart(void);
#endif
