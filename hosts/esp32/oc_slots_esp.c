/* See oc_slots_esp.h. */
#include "oc_slots_esp.h"

#include "esp_partition.h"
#include "oc_app_slot.h"
#include "oc_err.h"

#define BLOCK 4096u /* of flash that is erased at once */

static const esp_partition_t *find(enum oc_slots_place place) {
    static const char *const labels[] = {"slots", "slots", "appA", "appB"};
    return esp_partition_find_first((esp_partition_type_t)OC_APP_SLOT_TYPE,
                                    ESP_PARTITION_SUBTYPE_ANY, labels[place]);
}

/* Where a place begins in its partition, and where it ends. */
static uint32_t begin_of(enum oc_slots_place place) {
    return place == OC_SLOTS_RECORD_1 ? BLOCK : 0;
}

static uint32_t room_of(const esp_partition_t *partition, enum oc_slots_place place) {
    return place <= OC_SLOTS_RECORD_1 ? BLOCK : partition->size;
}

static int read(void *context, enum oc_slots_place place, uint32_t offset, void *to, size_t size) {
    const esp_partition_t *partition = find(place);
    (void)context;
    if (!partition)
        return OC_ERR_IO;
    if (offset > room_of(partition, place) || size > room_of(partition, place) - offset)
        return OC_ERR_TRUNC;
    return esp_partition_read(partition, begin_of(place) + offset, to, size) == ESP_OK ? OC_OK
                                                                                       : OC_ERR_IO;
}

static int erase(void *context, enum oc_slots_place place, uint32_t size) {
    const esp_partition_t *partition = find(place);
    uint32_t blocks = size ? (size - 1) / BLOCK + 1 : 1;
    (void)context;
    if (!partition)
        return OC_ERR_IO;
    if (size > room_of(partition, place))
        return OC_ERR_DISK_FULL;
    return esp_partition_erase_range(partition, begin_of(place), blocks * BLOCK) == ESP_OK
               ? OC_OK
               : OC_ERR_IO;
}

static int write(void *context, enum oc_slots_place place, uint32_t offset, const void *from,
                 size_t size) {
    const esp_partition_t *partition = find(place);
    (void)context;
    if (!partition)
        return OC_ERR_IO;
    if (offset > room_of(partition, place) || size > room_of(partition, place) - offset)
        return OC_ERR_DISK_FULL;
    return esp_partition_write(partition, begin_of(place) + offset, from, size) == ESP_OK
               ? OC_OK
               : OC_ERR_IO;
}

static int flush(void *context, enum oc_slots_place place) {
    (void)context;
    (void)place;
    return OC_OK;
}

int oc_slots_esp_io(oc_slots_io_t *io) {
    for (int place = 0; place < OC_SLOTS_PLACES; place++)
        if (!find((enum oc_slots_place)place))
            return OC_ERR_NOENT;
    *io = (oc_slots_io_t){NULL, read, erase, write, flush};
    return OC_OK;
}
