/* Test declarations: what hosts/esp32 uses of ESP-IDF's esp_rom_md5.h. Not the real header. */
#ifndef ESP_ROM_MD5_H
#define ESP_ROM_MD5_H
#include <stdint.h>
typedef struct {
    uint32_t state[4], bits[2];
    uint8_t in[64];
} md5_context_t;
void esp_rom_md5_init(md5_context_t *context);
void esp_rom_md5_update(md5_context_t *context, const void *data, uint32_t size);
void esp_rom_md5_final(uint8_t *digest, md5_context_t *context);
#endif
