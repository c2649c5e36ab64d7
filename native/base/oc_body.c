#include "oc_body.h"

oc_body_ref_t oc_body_init(oc_body_t *body, const oc_body_source_t *source, uint64_t bytes,
                           const char *type) {
    atomic_init(&body->keepers, 1);
    body->source = source;
    body->bytes = bytes;
    body->type = type;
    return (oc_body_ref_t){.body = body, .bytes = bytes};
}

oc_body_ref_t oc_body_keep(oc_body_ref_t ref, uint64_t from, uint64_t to) {
    uint64_t end = to < ref.bytes ? to : ref.bytes;
    uint64_t begin = from < end ? from : end;
    atomic_fetch_add_explicit(&ref.body->keepers, 1, memory_order_relaxed);
    return (oc_body_ref_t){.body = ref.body, .from = ref.from + begin, .bytes = end - begin};
}

void oc_body_drop(oc_body_ref_t *ref) {
    oc_body_t *body = ref->body;
    *ref = (oc_body_ref_t){0};
    if (body && atomic_fetch_sub_explicit(&body->keepers, 1, memory_order_acq_rel) == 1)
        body->source->release(body);
}

int64_t oc_body_read(const oc_body_ref_t *ref, uint64_t offset, void *out, size_t size) {
    if (offset >= ref->bytes || size == 0)
        return 0;
    uint64_t left = ref->bytes - offset;
    return ref->body->source->read(ref->body, ref->from + offset, out,
                                   size < left ? size : (size_t)left);
}
