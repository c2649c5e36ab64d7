/* A domain's file: any bytes, and any entries under a checksum that fits. What is accepted writes
 * the same bytes again, and takes changes. */
#include <stdlib.h>
#include <string.h>

#include "oc_crypto.h"
#include "oc_err.h"
#include "oc_key_values.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t oc_fuzz_seed(unsigned number, uint8_t *out, size_t room);

static oc_key_values_t values;
static uint8_t file[OC_KEY_VALUES_FILE], again[OC_KEY_VALUES_FILE];

static void change(void) {
    oc_key_value_t entry, found;
    for (size_t at = 0; oc_key_values_next(&values, &at, &entry);) {
        uint8_t key[OC_KEY_MAX];
        size_t len = entry.key_len, before = values.size;
        memcpy(key, entry.key, len);
        const oc_key_value_t next = {key, key, len, len, 1};
        int rc = oc_key_values_set(&values, &next);
        if (rc == OC_OK && (!oc_key_values_find(&values, key, len, &found) ||
                            found.value_len != len || memcmp(found.value, key, len) != 0))
            abort();
        if (rc != OC_OK && values.size != before)
            abort();
        if (!oc_key_values_remove(&values, key, len) ||
            oc_key_values_find(&values, key, len, &found))
            abort();
        at = 0;
    }
    if (values.size != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (oc_key_values_parse(&values, data, size) == OC_OK &&
        (oc_key_values_write(&values, again) != size || memcmp(again, data, size) != 0))
        abort();
    if (size > OC_KEY_VALUES_MAX)
        return 0;
    values.size = 0;
    size_t len = oc_key_values_write(&values, file) - OC_KEY_VALUES_SUM;
    memcpy(file + len, data, size);
    const oc_span_t part = oc_span(file, len += size);
    oc_hash(OC_HASH_SHA256, &part, 1, file + len);
    len += OC_KEY_VALUES_SUM;
    if (oc_key_values_parse(&values, file, len) != OC_OK)
        return 0;
    if (oc_key_values_write(&values, again) != len || memcmp(again, file, len) != 0)
        abort();
    change();
    return 0;
}

/* Entries without head and checksum: none, one of each format, the largest value. */
size_t oc_fuzz_seed(unsigned number, uint8_t *out, size_t room) {
    uint8_t value[OC_VALUE_MAX] = {0};
    if (number > 2)
        return 0;
    values.size = 0;
    for (unsigned format = 0; number > 0 && format < OC_KEY_FORMATS; format++) {
        uint8_t key[2] = {'k', (uint8_t)('0' + format)};
        const oc_key_value_t entry = {key, value, 2, number == 1 ? 4 : OC_VALUE_MAX, format};
        (void)oc_key_values_set(&values, &entry);
    }
    if (number == 0) {
        size_t len = oc_key_values_write(&values, file);
        memcpy(out, file, len);
        return len;
    }
    size_t len = values.size < room ? values.size : room;
    memcpy(out, values.entries, len);
    return len;
}
