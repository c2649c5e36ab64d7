/* Test declarations: what hosts/esp32 uses of ESP-IDF's esp_random.h. Not the real header. */
#ifndef ESP_RANDOM_H
#define ESP_RANDOM_H
#include <stddef.h>
void esp_fill_random(void *out, size_t len);
#endif
