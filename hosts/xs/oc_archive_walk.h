/* oc_archive_walk - takes atoms and texts off the bytes of an archive, which may be anything:
 * nothing outside of the view is read. For oc_archive*.c alone. */
#ifndef OC_ARCHIVE_WALK_H
#define OC_ARCHIVE_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define OC_ARCHIVE_ATOM_BYTES 8 /* of an atom without a payload */

/* Bytes that are left to read. */
typedef struct {
    const uint8_t *at, *end;
} view_t;

static inline uint32_t read32be(const uint8_t *p) {
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline size_t left(const view_t *view) {
    return (size_t)(view->end - view->at);
}

/* Takes the next atom off `in` when it has that type and fits. */
static inline bool take_atom(view_t *in, const char *type, view_t *payload) {
    if (left(in) < 8 || memcmp(in->at + 4, type, 4) != 0)
        return false;
    uint32_t size = read32be(in->at);
    if (size < 8 || size > left(in))
        return false;
    payload->at = in->at + 8;
    payload->end = in->at + size;
    in->at += size;
    return true;
}

/* Takes a NUL-ended text of at least one character. */
static inline const char *take_text(view_t *in) {
    const uint8_t *nul = left(in) ? memchr(in->at, 0, left(in)) : NULL;
    const char *text = (const char *)in->at;
    if (!nul || nul == in->at)
        return NULL;
    in->at = nul + 1;
    return text;
}

#endif
