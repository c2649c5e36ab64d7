/* Test declarations: what hosts/esp32 uses of ESP-IDF's esp_attr.h. Not the real header. */
#ifndef ESP_ATTR_H
#define ESP_ATTR_H
#define RTC_NOINIT_ATTR
#endif
