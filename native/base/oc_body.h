/* oc_body - bytes outside of a script's heap that a request or an answer sends: a range of a file,
 * a span of a ring, a picture. Whoever has them embeds an oc_body_t in a record of its own;
 * everybody else holds references, which are counted. Reading is by offset, so that a body can be
 * sent twice and in ranges. Any thread; two may read at once. No allocation. */
#ifndef OC_BODY_H
#define OC_BODY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* To be embedded, below. */
typedef struct oc_body oc_body_t;

/* What a kind of body does. */
typedef struct oc_body_source {
    /* Up to `size` bytes from `offset`; offset + size is within the body. > 0 bytes copied |
     * OC_ERR_IO | OC_ERR_CLOSED: they are gone. */
    int64_t (*read)(oc_body_t *body, uint64_t offset, void *out, size_t size);
    /* Once, when no reference is left: frees what the body is embedded in. Must not block. */
    void (*release)(oc_body_t *body);
} oc_body_source_t;

/* To be embedded. */
struct oc_body {
    _Atomic uint32_t keepers;
    const oc_body_source_t *source; /* static */
    uint64_t bytes;
    const char *type; /* media type, "" = not known; lives as long as the body */
};

/* A reference to a range of a body; body NULL: none. Copied by value, counted by keep and drop. */
typedef struct oc_body_ref {
    oc_body_t *body;
    uint64_t from, bytes; /* within it */
} oc_body_ref_t;

/* Begins a body with one reference, to all of it, which is returned. */
oc_body_ref_t oc_body_init(oc_body_t *body, const oc_body_source_t *source, uint64_t bytes,
                           const char *type);
/* One more reference, to [from, to) of this one; cut to its length. */
oc_body_ref_t oc_body_keep(oc_body_ref_t ref, uint64_t from, uint64_t to);
/* Gives a reference back and empties it; an empty one is fine. */
void oc_body_drop(oc_body_ref_t *ref);
/* > 0 bytes copied | 0 at or behind the end | OC_ERR_*. offset: within the range. */
int64_t oc_body_read(const oc_body_ref_t *ref, uint64_t offset, void *out, size_t size);

#endif
