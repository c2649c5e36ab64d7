/* oc_key_read on any bytes: what it finds lies in the file, in order, in the memory it was given,
 * whatever the file says; and the same bytes as a table, which never leads out of 63 bits. */
#include <stdlib.h>
#include <string.h>
#include "oc_err.h"
#include "oc_key_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int read_at(void *context, uint64_t offset, void *buffer, size_t len) {
    const oc_span_t *s = context;
    if (offset > s->len || len > s->len - offset)
        return OC_ERR_TRUNC;
    memcpy(buffer, s->data + offset, len);
    return OC_OK;
}

static void check(oc_span_t keys, uint64_t limit) {
    oc_key_t key = {0}, before = {0};
    while (oc_key_next(&keys, &key) == OC_OK) {
        if (key.ms < before.ms || key.offset < before.offset || key.offset > limit)
            abort();
        before = key;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static oc_key_read_t read;
    uint8_t memory[8 * OC_KEY_ENTRY_MAX]; /* so small that it gets coarser */
    oc_span_t file = oc_span(data, size);
    oc_mp4_source_t source = {read_at, &file, size};
    oc_key_t key;
    check(file, INT64_MAX);
    if (oc_key_find(file, size, &key) == OC_OK && key.offset > INT64_MAX)
        abort();
    if (oc_key_read_open(&read, memory, sizeof memory, &source) != OC_OK)
        return 0;
    int rc;
    for (uint32_t samples = 1; (rc = oc_key_read_more(&read, &source, samples)) == OC_AGAIN;)
        samples = samples * 2 < 4096 ? samples * 2 : 4096;
    if (rc > 0 || read.table.len > sizeof memory || read.read_bytes > size ||
        read.init_bytes > size)
        abort();
    check(oc_key_table_encoded(&read.table), size);
    return 0;
}
