/* Test declarations: what hosts/esp32 uses of ESP-IDF's esp_event.h. Not the real header. */
#ifndef ESP_EVENT_H
#define ESP_EVENT_H
#include <stdint.h>
#include "esp_err.h"
typedef const char *esp_event_base_t;
typedef void (*esp_event_handler_t)(void *context, esp_event_base_t base, int32_t id, void *data);
typedef void *esp_event_handler_instance_t;
#define ESP_EVENT_ANY_ID           (-1)
#define ESP_EVENT_DECLARE_BASE(id) extern esp_event_base_t const id
esp_err_t esp_event_loop_create_default(void);
esp_err_t esp_event_handler_instance_register(esp_event_base_t base, int32_t id,
                                              esp_event_handler_t handler, void *context,
                                              esp_event_handler_instance_t *instance);
esp_err_t esp_event_handler_instance_unregister(esp_event_base_t base, int32_t id,
                                                esp_event_handler_instance_t instance);
#endif
