/* See oc_record.h. */
#include "oc_record.h"

#include <string.h>
#include "oc_err.h"

const char *oc_record_fault(const oc_record_field_t *field, const void *record) {
    for (const uint8_t *at = record; field->bytes != OC_RECORD_END; field++)
        if (field->bytes == 0 ? at[field->at] > 1 : !memchr(at + field->at, 0, field->bytes))
            return field->name;
    return NULL;
}

/* How many items the parcel says that it has; > items_max: it is none. */
static uint32_t items_of(const oc_record_t *record, oc_span_t parcel) {
    uint32_t count = 0;
    if (record->item_fields)
        memcpy(&count, parcel.data + record->count_at, sizeof count);
    return count;
}

int oc_record_read(const oc_record_t *record, oc_span_t parcel, void *out, size_t size) {
    if (parcel.len < record->bytes || parcel.len > size)
        return OC_ERR_INVAL;
    uint32_t items = items_of(record, parcel);
    if (items > record->items_max ||
        parcel.len != record->bytes + (size_t)items * record->item_bytes ||
        oc_record_fault(record->fields, parcel.data))
        return OC_ERR_INVAL;
    for (uint32_t i = 0; i < items; i++)
        if (oc_record_fault(record->item_fields,
                            parcel.data + record->bytes + i * record->item_bytes))
            return OC_ERR_INVAL;
    memcpy(out, parcel.data, parcel.len);
    memset((uint8_t *)out + parcel.len, 0, size - parcel.len);
    return OC_OK;
}
