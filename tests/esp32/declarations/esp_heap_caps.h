/* Test declarations: what hosts/esp32 uses of ESP-IDF's esp_heap_caps.h. Not the real header. */
#ifndef ESP_HEAP_CAPS_H
#define ESP_HEAP_CAPS_H
#include <stddef.h>
#include <stdint.h>
#define MALLOC_CAP_8BIT     (1 << 2)
#define MALLOC_CAP_SPIRAM   (1 << 10)
#define MALLOC_CAP_INTERNAL (1 << 11)
void *heap_caps_aligned_alloc(size_t alignment, size_t size, uint32_t caps);
void heap_caps_free(void *memory);
size_t heap_caps_get_total_size(uint32_t caps);
#endif
