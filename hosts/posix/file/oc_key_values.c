#include "oc_key_values.h"

#include <string.h>

#include "oc_crypto.h"
#include "oc_err.h"

#define ENTRY_HEAD 4u /* format, length of the key, length of the value (little-endian) */

static const uint8_t head[OC_KEY_VALUES_HEAD] = {'O', 'C', 'K', 'V', 1, 0, 0, 0};

bool oc_key_values_next(const oc_key_values_t *values, size_t *at, oc_key_value_t *entry) {
    const uint8_t *from = values->entries + *at;
    if (*at >= values->size)
        return false;
    *entry = (oc_key_value_t){.format = from[0], .key_len = from[1]};
    entry->value_len = (size_t)(from[2] | from[3] << 8);
    entry->key = from + ENTRY_HEAD;
    entry->value = entry->key + entry->key_len;
    *at += ENTRY_HEAD + entry->key_len + entry->value_len;
    return true;
}

bool oc_key_values_find(const oc_key_values_t *values, const uint8_t *key, size_t key_len,
                        oc_key_value_t *entry) {
    for (size_t at = 0; oc_key_values_next(values, &at, entry);)
        if (entry->key_len == key_len && memcmp(entry->key, key, key_len) == 0)
            return true;
    return false;
}

/* Every entry is whole, within its limits, and the only one of its key. */
static bool sound(const oc_key_values_t *values) {
    unsigned count = 0;
    for (size_t at = 0, left; (left = values->size - at) > 0;) {
        oc_key_value_t entry, first;
        if (left < ENTRY_HEAD || !oc_key_values_next(values, &at, &entry) || at > values->size ||
            entry.format >= OC_KEY_FORMATS || entry.key_len == 0 || entry.key_len > OC_KEY_MAX ||
            entry.value_len > OC_VALUE_MAX ||
            !oc_key_values_find(values, entry.key, entry.key_len, &first) ||
            first.key != entry.key || ++count > OC_KEY_VALUES_COUNT)
            return false;
    }
    return true;
}

static void sum(const uint8_t *data, size_t len, uint8_t out[OC_KEY_VALUES_SUM]) {
    const oc_span_t part = oc_span(data, len);
    oc_hash(OC_HASH_SHA256, &part, 1, out);
}

int oc_key_values_parse(oc_key_values_t *values, const uint8_t *file, size_t len) {
    uint8_t found[OC_KEY_VALUES_SUM];
    values->size = 0;
    if (len < sizeof head + sizeof found || len > OC_KEY_VALUES_FILE ||
        memcmp(file, head, sizeof head) != 0)
        return OC_ERR_FORMAT;
    sum(file, len - sizeof found, found);
    if (memcmp(found, file + len - sizeof found, sizeof found) != 0)
        return OC_ERR_FORMAT;
    values->size = len - sizeof head - sizeof found;
    memcpy(values->entries, file + sizeof head, values->size);
    if (sound(values))
        return OC_OK;
    values->size = 0;
    return OC_ERR_FORMAT;
}

size_t oc_key_values_write(const oc_key_values_t *values, uint8_t *out) {
    size_t len = sizeof head + values->size;
    memcpy(out, head, sizeof head);
    memcpy(out + sizeof head, values->entries, values->size);
    sum(out, len, out + len);
    return len + OC_KEY_VALUES_SUM;
}

static unsigned count_of(const oc_key_values_t *values) {
    unsigned count = 0;
    oc_key_value_t entry;
    for (size_t at = 0; oc_key_values_next(values, &at, &entry);)
        count++;
    return count;
}

static size_t bytes_of(const oc_key_value_t *entry) {
    return ENTRY_HEAD + entry->key_len + entry->value_len;
}

static void take_out(oc_key_values_t *values, const oc_key_value_t *entry) {
    size_t at = (size_t)(entry->key - values->entries) - ENTRY_HEAD, len = bytes_of(entry);
    memmove(values->entries + at, values->entries + at + len, values->size - at - len);
    values->size -= len;
}

bool oc_key_values_remove(oc_key_values_t *values, const uint8_t *key, size_t key_len) {
    oc_key_value_t entry;
    if (!oc_key_values_find(values, key, key_len, &entry))
        return false;
    take_out(values, &entry);
    return true;
}

int oc_key_values_set(oc_key_values_t *values, const oc_key_value_t *entry) {
    oc_key_value_t old;
    if (entry->key_len == 0 || entry->key_len > OC_KEY_MAX || entry->format >= OC_KEY_FORMATS)
        return OC_ERR_INVAL;
    bool replaces = oc_key_values_find(values, entry->key, entry->key_len, &old);
    size_t freed = replaces ? bytes_of(&old) : 0;
    if (entry->value_len > OC_VALUE_MAX ||
        values->size - freed + bytes_of(entry) > OC_KEY_VALUES_MAX ||
        (!replaces && count_of(values) >= OC_KEY_VALUES_COUNT))
        return OC_ERR_TOO_BIG;
    if (replaces)
        take_out(values, &old);
    uint8_t *to = values->entries + values->size;
    to[0] = (uint8_t)entry->format;
    to[1] = (uint8_t)entry->key_len;
    to[2] = (uint8_t)entry->value_len;
    to[3] = (uint8_t)(entry->value_len >> 8);
    memcpy(to + ENTRY_HEAD, entry->key, entry->key_len);
    if (entry->value_len)
        memcpy(to + ENTRY_HEAD + entry->key_len, entry->value, entry->value_len);
    values->size += bytes_of(entry);
    return OC_OK;
}
