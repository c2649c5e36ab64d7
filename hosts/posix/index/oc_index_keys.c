#include "oc_index_keys.h"

#include <stdlib.h>
#include <unistd.h>

#include "oc_err.h"
#include "oc_posix.h"

#define SAMPLES 100000 /* looked at in one go */

struct oc_index_keys {
    bool begun; /* the head is read */
    oc_key_read_t read;
    uint8_t memory[OC_KEY_TABLE_BYTES];
};

oc_index_keys_t *oc_index_keys_make(void) {
    return calloc(1, sizeof(oc_index_keys_t));
}

void oc_index_keys_free(oc_index_keys_t *keys) {
    free(keys);
}

static int read_at(void *context, uint64_t offset, void *buffer, size_t len) {
    return oc_posix_read_at(*(const int *)context, offset, buffer, len);
}

int oc_index_keys_read(oc_index_keys_t *keys, int fd, uint64_t bytes) {
    oc_mp4_source_t source = {read_at, &fd, bytes};
    int result = OC_OK;
    if (!keys->begun)
        result = oc_key_read_open(&keys->read, keys->memory, sizeof(keys->memory), &source);
    keys->begun |= result == OC_OK;
    do
        result = result < 0 ? result : oc_key_read_more(&keys->read, &source, SAMPLES);
    while (result == OC_AGAIN);
    return result == OC_OK || result == OC_ERR_IO ? result : OC_ERR_FORMAT;
}

oc_span_t oc_index_keys_table(const oc_index_keys_t *keys) {
    return keys->begun ? oc_key_table_encoded(&keys->read.table) : oc_span(NULL, 0);
}

int64_t oc_index_keys_duration(const oc_index_keys_t *keys) {
    return keys->begun ? keys->read.end_ms : 0;
}
