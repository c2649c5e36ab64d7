/* oc_mp4_read on any bytes: opens, walks, seeks and describes without leaving the input, and in a
 * number of steps that the input's size bounds. */
#include <stdlib.h>
#include "oc_err.h"
#include "oc_mp4_read.h"
#include "oc_span.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int read_at(void *context, uint64_t offset, void *buffer, size_t len) {
    oc_span_t part = oc_span_sub(*(const oc_span_t *)context, (size_t)offset, len);
    if (part.len != len || offset > SIZE_MAX)
        return OC_ERR_TRUNC;
    if (len)
        memcpy(buffer, part.data, len);
    return OC_OK;
}

static void must(bool holds) {
    if (!holds)
        abort();
}

static void walk(oc_mp4_read_t *reader, size_t size) {
    oc_mp4_sample_t s;
    int64_t last[OC_TRACKS_MAX] = {INT64_MIN, INT64_MIN};
    /* a sample has at least one byte of the file or four of a table to itself, per track */
    uint64_t left = 2 * (uint64_t)size + 2;
    while (oc_mp4_read_next(reader, &s) == OC_OK) {
        must(left-- > 0);
        must(s.track < OC_TRACKS_MAX && oc_mp4_read_track(reader, s.track));
        must(s.len_bytes > 0 && s.len_bytes <= size && s.offset <= size - s.len_bytes);
        must(s.dts >= last[s.track]);
        last[s.track] = s.dts;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    oc_span_t input = oc_span(data, size);
    oc_mp4_source_t source = {read_at, &input, size};
    void *memory = aligned_alloc(16, OC_MP4_READ_BYTES);
    oc_mp4_read_t *reader;
    oc_mp4_info_t info;
    char why[64];
    if (memory && oc_mp4_read_open(&reader, memory, &source, why, sizeof why) == OC_OK) {
        walk(reader, size);
        if (oc_mp4_read_info(reader, &info) == OC_OK)
            must(info.valid_bytes <= size);
        if (oc_mp4_read_seek(reader, info.duration_us / 2) == OC_OK)
            walk(reader, size);
        (void)oc_mp4_read_seek(reader, INT64_MAX);
        (void)oc_mp4_read_seek(reader, INT64_MIN);
        walk(reader, size);
    }
    free(memory);
    return 0;
}
