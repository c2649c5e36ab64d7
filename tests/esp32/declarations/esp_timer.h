/* Test declarations: what hosts/esp32 uses of ESP-IDF's esp_timer.h. Not the real header. */
#ifndef ESP_TIMER_H
#define ESP_TIMER_H
#include <stdint.h>
int64_t esp_timer_get_time(void); /* us since boot */
#endif
