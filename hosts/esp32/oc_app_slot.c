/* See oc_app_slot.h. */
#include "oc_app_slot.h"

#include <stdio.h>
#include <string.h>
#include "esp_partition.h"
#include "oc_err.h"
#include "oc_esp.h"

#define HEAD_BYTES 8          /* size (big-endian) and name of the outermost box */
#define ERASED     0xffffffff /* flash that nothing was written to */

static int refuse(int code, char *why, size_t why_size, const char *label, const char *what) {
    snprintf(why, why_size, "%s: %s", label, what);
    return code;
}

int oc_app_slot_read(const char *label, uint8_t **data, size_t *size, char *why, size_t why_size) {
    uint8_t head[HEAD_BYTES];
    const esp_partition_t *partition = esp_partition_find_first(
        (esp_partition_type_t)OC_APP_SLOT_TYPE, ESP_PARTITION_SUBTYPE_ANY, label);
    if (!partition)
        return refuse(OC_ERR_NOENT, why, why_size, label, "no such partition of type 0x41");
    if (esp_partition_read(partition, 0, head, sizeof head) != ESP_OK)
        return refuse(OC_ERR_IO, why, why_size, label, "flash cannot be read");
    uint32_t bytes =
        (uint32_t)head[0] << 24 | (uint32_t)head[1] << 16 | (uint32_t)head[2] << 8 | head[3];
    if (bytes == ERASED)
        return refuse(OC_ERR_NOENT, why, why_size, label, "empty");
    if (memcmp(head + 4, "XS_A", 4) != 0 || bytes < HEAD_BYTES)
        return refuse(OC_ERR_FORMAT, why, why_size, label, "not an application archive (.xsa)");
    if (bytes > partition->size || bytes > OC_APP_SLOT_BYTES)
        return refuse(OC_ERR_TOO_BIG, why, why_size, label, "larger than its partition");
    uint8_t *copy = oc_esp_allocate(bytes);
    if (!copy)
        return refuse(OC_ERR_NOMEM, why, why_size, label, "no PSRAM for a copy");
    if (esp_partition_read(partition, 0, copy, bytes) != ESP_OK) {
        oc_esp_release(copy);
        return refuse(OC_ERR_IO, why, why_size, label, "flash cannot be read");
    }
    *data = copy;
    *size = bytes;
    return OC_OK;
}
