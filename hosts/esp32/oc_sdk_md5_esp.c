/* MD5 (hosts/sdk/oc_sdk_md5.h) out of the chip's ROM. */
#include "oc_sdk_md5.h"

#include "esp_rom_md5.h"

void oc_sdk_md5(uint8_t digest[16], oc_sdk_md5_part_t (*next)(void *data), void *data) {
    md5_context_t context;
    esp_rom_md5_init(&context);
    for (oc_sdk_md5_part_t part = next(data); part.size > 0; part = next(data))
        esp_rom_md5_update(&context, part.data, (uint32_t)part.size);
    esp_rom_md5_final(digest, &context);
}
