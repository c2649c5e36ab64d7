/* Test declarations: what hosts/esp32 uses of ESP-IDF's esp_log.h. Not the real header. */
#ifndef ESP_LOG_H
#define ESP_LOG_H
typedef enum {
    ESP_LOG_NONE,
    ESP_LOG_ERROR,
    ESP_LOG_WARN,
    ESP_LOG_INFO,
    ESP_LOG_DEBUG
} esp_log_level_t;
void esp_log_write(esp_log_level_t level, const char *tag, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
#endif
