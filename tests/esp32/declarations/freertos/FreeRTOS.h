/* Test declarations: what hosts/esp32 uses of FreeRTOS as ESP-IDF configures it (stack depths in
 * bytes, 1000 ticks per second). Not the real header. */
#ifndef FREERTOS_H
#define FREERTOS_H
#include <stdint.h>
typedef int BaseType_t;
typedef unsigned UBaseType_t;
typedef uint32_t TickType_t;
#define pdTRUE             1
#define pdFALSE            0
#define pdPASS             1
#define portMAX_DELAY      0xffffffffu
#define configTICK_RATE_HZ 1000
#define pdMS_TO_TICKS(ms)  ((TickType_t)(ms))
#endif
