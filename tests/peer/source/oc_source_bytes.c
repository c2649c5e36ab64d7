/* oc_source_bytes - see the header. A message's name is its number. */
#include "oc_source_bytes.h"

#include "oc_dcep.h"
#include "oc_err.h"

void oc_source_bytes_init(oc_source_bytes_t *source, const oc_source_pattern_t *pattern,
                          uint64_t bytes, uint32_t size) {
    *source = (oc_source_bytes_t){.pattern = pattern, .bytes = bytes, .size = size};
}

static int next(void *ctx, oc_msg_t *out) {
    const oc_source_bytes_t *s = ctx;
    uint64_t offset = s->next * s->size;
    if (offset >= s->bytes)
        return OC_END;
    uint64_t left = s->bytes - offset;
    *out = (oc_msg_t){.ref = s->next,
                      .len = left < s->size ? (uint32_t)left : s->size,
                      .ppid = OC_PPID_BINARY,
                      .key = true};
    return OC_OK;
}

static void take(void *ctx, uint64_t ref) {
    oc_source_bytes_t *s = ctx;
    s->next++;
}

static int bytes(void *ctx, uint64_t ref, uint32_t offset, uint32_t len, oc_span_t *parts,
                 unsigned max) {
    const oc_source_bytes_t *s = ctx;
    return (int)oc_source_pattern_parts(s->pattern, ref * s->size + offset, len, parts, max);
}

static void done(void *ctx, uint64_t ref, int how) {
    oc_source_bytes_t *s = ctx;
    if (how == OC_OK)
        s->done++;
    else
        s->dropped++;
}

const oc_source_ops_t oc_source_bytes_ops = {next, take, bytes, done};
