/* A span of two recordings, the second one any bytes: playlist, and exports of both formats. They
 * end, and what is planned is as long as it says. */
#include <stdlib.h>

#include "oc_err.h"
#include "oc_export_read.h"
#include "oc_vod_list.h"

#define FILES 2
#define MAX   (1u << 20) /* bytes of the head of a plain one */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static oc_span_t input;
static uint8_t spool[MAX];
static oc_vod_file_t scratch;
static oc_export_t plan;
static oc_export_reader_t reader;

static int read_at(void *context, uint64_t offset, void *buffer, size_t len) {
    oc_span_t part = oc_span_sub(input, (size_t)offset, len);
    if (part.len != len)
        return OC_ERR_TRUNC;
    if (len)
        memcpy(buffer, part.data, len);
    return OC_OK;
}

static int open_file(void *context, uint32_t index, oc_mp4_source_t *out, oc_span_t *keys) {
    *out = (oc_mp4_source_t){read_at, NULL, input.len};
    if (keys) /* of the second one: any bytes as well */
        *keys = index == 0 ? oc_span(NULL, 0) : oc_span_sub(input, input.len / 2, input.len / 4);
    return OC_OK;
}

static void close_file(void *context, uint32_t index, oc_mp4_source_t *source) {}

static int spool_write(void *context, uint64_t offset, const void *bytes, size_t len) {
    if (offset > MAX || len > MAX - offset)
        return OC_ERR_DISK_FULL;
    memcpy(spool + offset, bytes, len);
    return OC_OK;
}

static int spool_read(void *context, uint64_t offset, void *buffer, size_t len) {
    if (offset > MAX || len > MAX - offset)
        return OC_ERR_IO;
    memcpy(buffer, spool + offset, len);
    return OC_OK;
}

static int add(void *context, const char *text, size_t len) {
    return OC_OK;
}

static void read_all(void) {
    static uint8_t bytes[70000];
    oc_export_reader_init(&reader, &plan);
    for (uint64_t at = 0, len; at < plan.bytes; at += len) {
        len = plan.bytes - at < sizeof bytes ? plan.bytes - at : sizeof bytes;
        if (oc_export_reader_read(&reader, at, bytes, (size_t)len) != OC_OK)
            break;
    }
    oc_export_reader_close(&reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const oc_vod_entry_t entry[FILES] = {
        {.path = "a/1.mp4", .start_ms = 0, .end_ms = 1000000, .bytes = size},
        {.path = "a/2.mp4", .start_ms = 1000, .bytes = size}};
    const oc_vod_span_t span = {entry, FILES, open_file, close_file, NULL};
    int64_t from = size > 8 ? data[size / 3] * 40 : 0;
    oc_vod_list_config_t list = {from, from + 30000, size % 2 == 0, ""};
    input = oc_span(data, size);
    (void)oc_vod_list_write(&list, &span, &scratch, &(oc_vod_text_t){add, NULL});
    void *memory = aligned_alloc(16, (oc_export_bytes(FILES) + 15) / 16 * 16);
    for (unsigned format = 0; memory && format < 2; format++) {
        const oc_export_config_t config = {
            from, INT64_MAX, (oc_export_format_t)format, {spool_write, spool_read, NULL}};
        if (oc_export_plan(&plan, memory, &config, &span, &scratch) == OC_OK)
            read_all();
    }
    free(memory);
    return 0;
}
