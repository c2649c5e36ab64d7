#include "oc_key_table.h"

#include "oc_err.h"

#define NUMBER_MAX 9 /* bytes of a LEB128 number of 63 bits */

void oc_key_table_init(oc_key_table_t *table, void *memory, size_t size) {
    *table = (oc_key_table_t){.bytes = (uint8_t *)memory, .size = size, .every = 1};
}

oc_span_t oc_key_table_encoded(const oc_key_table_t *table) {
    return oc_span(table->bytes, table->len);
}

static size_t put(uint8_t *at, uint64_t value) {
    size_t n = 0;
    for (; value >= 0x80; value >>= 7)
        at[n++] = (uint8_t)(value | 0x80);
    at[n++] = (uint8_t)value;
    return n;
}

/* Writes an entry behind the last one; there is room. */
static void keep(oc_key_table_t *table, const oc_key_t *key) {
    table->len += put(table->bytes + table->len, key->ms - table->last.ms);
    table->len += put(table->bytes + table->len, key->offset - table->last.offset);
    table->last = *key;
    table->count++;
}

/* Every second entry goes. What is written never passes what is read: two distances added take no
 * more bytes than both of them. */
static void thin(oc_key_table_t *table) {
    oc_span_t rest = oc_key_table_encoded(table);
    oc_key_t key = {0};
    uint32_t n = 0;
    table->len = table->count = 0;
    table->last = key;
    for (; oc_key_next(&rest, &key) == OC_OK; n++)
        if (n % 2 == 0)
            keep(table, &key);
    table->every *= 2;
}

int oc_key_table_append(oc_key_table_t *table, uint64_t ms, uint64_t offset) {
    const oc_key_t key = {ms, offset};
    if (ms < table->last.ms || offset < table->last.offset || ms > INT64_MAX ||
        offset > INT64_MAX || (table->count > 0 && offset == table->last.offset))
        return OC_ERR_RANGE;
    if (table->count > 0 && ++table->passed < table->every)
        return OC_AGAIN;
    if (table->size - table->len < OC_KEY_ENTRY_MAX) {
        bool last_stays = table->count % 2 == 1;
        thin(table);
        if (last_stays) /* this one is too near to it now */
            return OC_AGAIN;
    }
    table->passed = 0;
    keep(table, &key);
    return OC_OK;
}

/* One number. False: it does not end, or has more than 63 bits. */
static bool take(oc_span_t *from, uint64_t *value) {
    *value = 0;
    for (unsigned n = 0; n < NUMBER_MAX && n < from->len; n++) {
        *value |= (uint64_t)(from->data[n] & 0x7F) << 7 * n;
        if (from->data[n] < 0x80) {
            *from = oc_span_sub(*from, n + 1, from->len - n - 1);
            return true;
        }
    }
    return false;
}

int oc_key_next(oc_span_t *keys, oc_key_t *key) {
    uint64_t ms, bytes;
    if (keys->len == 0)
        return OC_END;
    if (!take(keys, &ms) || !take(keys, &bytes) || ms > INT64_MAX - key->ms ||
        bytes > INT64_MAX - key->offset)
        return OC_ERR_FORMAT;
    key->ms += ms;
    key->offset += bytes;
    return OC_OK;
}

int oc_key_find(oc_span_t keys, uint64_t ms, oc_key_t *out) {
    oc_key_t key = {0};
    int rc = oc_key_next(&keys, &key);
    *out = key;
    for (int more = rc; more == OC_OK && key.ms <= ms;) {
        *out = key;
        more = oc_key_next(&keys, &key);
        if (more == OC_ERR_FORMAT)
            return more;
    }
    return rc;
}
