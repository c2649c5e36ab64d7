/* oc_recover_plan on any bytes: it never keeps more than there is, and what it keeps needs no
 * second repair. */
#include <stdlib.h>
#include <string.h>
#include "oc_err.h"
#include "oc_recover.h"

#define FILE_NAME "cam1_m0000000000001_open.mp4"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int read_at(void *context, uint64_t offset, void *buffer, size_t len) {
    const oc_span_t *s = context;
    if (offset > s->len || len > s->len - offset)
        return OC_ERR_TRUNC;
    memcpy(buffer, s->data + offset, len);
    return OC_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static _Alignas(16) uint8_t memory[OC_RECOVER_BYTES];
    oc_span_t file = oc_span(data, size);
    oc_mp4_source_t source = {read_at, &file, size};
    oc_recover_t plan, again;
    if (oc_recover_plan(&plan, "r", FILE_NAME, &source, memory) != OC_OK)
        abort();
    if (plan.valid_bytes + plan.lost_bytes != size || plan.ops < 1 || plan.ops > OC_RECOVER_OPS)
        abort();
    source.size = file.len = (size_t)plan.valid_bytes;
    if (oc_recover_plan(&again, "r", FILE_NAME, &source, memory) != OC_OK ||
        again.valid_bytes > plan.valid_bytes)
        abort();
    return 0;
}
