/* oc_record - records of scripts: bytes of anybody become a structure only when they have its
 * length, all texts end and all flags are 0 or 1. Which they are: protocol/records.ts. */
#ifndef OC_RECORD_H
#define OC_RECORD_H

#include <stddef.h>
#include <stdint.h>
#include "oc_span.h"

/* begin protocol: made by tools/protocol */
/* clang-format off */
/* Metrics of one application. */
#define OC_APP_METRICS_MAX 32
/* clang-format on */
/* end protocol */

/* A field that is checked: a text of so many bytes with its NUL; 0: a flag; OC_RECORD_END: no more.
 */
typedef struct oc_record_field {
    uint16_t at, bytes;
    char name[24]; /* no pointer: tables stay in flash */
} oc_record_field_t;

#define OC_RECORD_END UINT16_MAX

/* What a record looks like. */
typedef struct oc_record {
    uint32_t bytes; /* without its items */
    const oc_record_field_t *fields;
    const oc_record_field_t *item_fields; /* NULL: no items follow */
    uint32_t count_at;                    /* of how many there are, a uint32_t */
    uint32_t item_bytes, items_max;
} oc_record_t;

/* The name of the first field that does not hold; NULL: all do. at: the record. */
const char *oc_record_fault(const oc_record_field_t *fields, const void *at);
/* out: `size` bytes, the structure with room for items_max; what the parcel does not have is 0
 * there. OC_OK | OC_ERR_INVAL: out is as it was */
int oc_record_read(const oc_record_t *record, oc_span_t parcel, void *out, size_t size);

/* Defines NAME_read for a record, and for one that is followed by ITEMs: the fields that are
 * checked come last. */
#define OC_RECORD(name, length, ...)                                                               \
    static const oc_record_field_t name##_fields[] = {__VA_ARGS__};                                \
    static inline int name##_read(oc_span_t parcel, name##_t *out) {                               \
        const oc_record_t record = {length, name##_fields, NULL, 0, 0, 0};                         \
        return oc_record_read(&record, parcel, out, sizeof *out);                                  \
    }
#define OC_RECORD_LIST(name, length, count, item, most, ...)                                       \
    static const oc_record_field_t name##_fields[] = {__VA_ARGS__};                                \
    static inline int name##_read(oc_span_t parcel, name##_t *out) {                               \
        const oc_record_t record = {length, name##_fields,    item##_fields,                       \
                                    count,  sizeof(item##_t), most};                               \
        return oc_record_read(&record, parcel, out, sizeof *out);                                  \
    }

#endif
