/* oc_span - bounds-checked views for parsing and writing bytes; no allocation.
 * A reader and a writer are sticky: after the first access past the end every further read gives 0
 * and `bad` stays set, so a parser checks once at its end instead of at every field. */
#ifndef OC_SPAN_H
#define OC_SPAN_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include "oc_assert.h"

typedef struct oc_span {
    const uint8_t *data; /* borrowed; may be NULL when len is 0 */
    size_t len;          /* bytes */
} oc_span_t;

/* A view of len bytes at data. */
static inline oc_span_t oc_span(const void *data, size_t len) {
    oc_assert(data || len == 0);
    return (oc_span_t){(const uint8_t *)data, len};
}

/* The part [offset, offset + len) of s, or an empty span when that is not wholly inside. */
static inline oc_span_t oc_span_sub(oc_span_t s, size_t offset, size_t len) {
    if (offset > s.len || len > s.len - offset)
        return (oc_span_t){NULL, 0};
    return (oc_span_t){offset > 0 ? s.data + offset : s.data, len}; /* NULL + 0 is undefined */
}

typedef struct oc_rd {
    const uint8_t *p, *end;
    bool bad; /* true: something was read past the end */
} oc_rd_t;

/* A reader at the start of s. */
static inline oc_rd_t oc_rd(oc_span_t s) {
    oc_assert(s.data || s.len == 0);
    return (oc_rd_t){s.data, s.len > 0 ? s.data + s.len : s.data, false};
}
static inline size_t oc_rd_left(const oc_rd_t *r) {
    return (size_t)(r->end - r->p);
}

/* n bytes, or NULL (and bad) when fewer are left. */
static inline const uint8_t *oc_rd_bytes(oc_rd_t *r, size_t n) {
    const uint8_t *p = r->p;
    if (n > oc_rd_left(r)) {
        r->bad = true;
        r->p = r->end;
        return NULL;
    }
    r->p += n;
    return p;
}
static inline void oc_rd_skip(oc_rd_t *r, size_t n) {
    (void)oc_rd_bytes(r, n);
}
/* Big-endian unsigned number of n (1..8) bytes. */
static inline uint64_t oc_rd_be(oc_rd_t *r, unsigned n) {
    const uint8_t *p = oc_rd_bytes(r, n);
    uint64_t v = 0;
    if (!p)
        return 0;
    while (n--)
        v = v << 8 | *p++;
    return v;
}
static inline uint8_t oc_rd_u8(oc_rd_t *r) {
    return (uint8_t)oc_rd_be(r, 1);
}
static inline uint16_t oc_rd_u16(oc_rd_t *r) {
    return (uint16_t)oc_rd_be(r, 2);
}
static inline uint32_t oc_rd_u24(oc_rd_t *r) {
    return (uint32_t)oc_rd_be(r, 3);
}
static inline uint32_t oc_rd_u32(oc_rd_t *r) {
    return (uint32_t)oc_rd_be(r, 4);
}
static inline uint64_t oc_rd_u64(oc_rd_t *r) {
    return oc_rd_be(r, 8);
}
/* The next n bytes as a span of their own (empty and bad when fewer are left). */
static inline oc_span_t oc_rd_span(oc_rd_t *r, size_t n) {
    const uint8_t *p = oc_rd_bytes(r, n);
    return (oc_span_t){p, p ? n : 0};
}

typedef struct oc_wr {
    uint8_t *base, *p, *end;
    bool bad; /* true: the buffer was too small; its content is not to be used */
} oc_wr_t;

/* A writer at the start of a buffer of size bytes, borrowed until the last write. */
static inline oc_wr_t oc_wr(void *buffer, size_t size) {
    oc_assert(buffer || size == 0);
    return (oc_wr_t){buffer, buffer, (uint8_t *)buffer + size, false};
}
static inline size_t oc_wr_len(const oc_wr_t *w) {
    return (size_t)(w->p - w->base);
}
static inline void oc_wr_bytes(oc_wr_t *w, const void *data, size_t n) {
    if (n > (size_t)(w->end - w->p)) {
        w->bad = true;
        return;
    }
    if (n)
        memcpy(w->p, data, n);
    w->p += n;
}
/* Big-endian number of n (1..8) bytes. */
static inline void oc_wr_be(oc_wr_t *w, uint64_t v, unsigned n) {
    if (n > (size_t)(w->end - w->p)) {
        w->bad = true;
        return;
    }
    for (unsigned i = 0; i < n; i++)
        w->p[i] = (uint8_t)(v >> 8 * (n - 1 - i));
    w->p += n;
}
static inline void oc_wr_u8(oc_wr_t *w, uint32_t v) {
    oc_wr_be(w, v, 1);
}
static inline void oc_wr_u16(oc_wr_t *w, uint32_t v) {
    oc_wr_be(w, v, 2);
}
static inline void oc_wr_u24(oc_wr_t *w, uint32_t v) {
    oc_wr_be(w, v, 3);
}
static inline void oc_wr_u32(oc_wr_t *w, uint32_t v) {
    oc_wr_be(w, v, 4);
}
static inline void oc_wr_u64(oc_wr_t *w, uint64_t v) {
    oc_wr_be(w, v, 8);
}
static inline void oc_wr_zero(oc_wr_t *w, size_t n) {
    if (n > (size_t)(w->end - w->p)) {
        w->bad = true;
        return;
    }
    memset(w->p, 0, n);
    w->p += n;
}
/* Overwrites 4 bytes at an earlier offset (a box size, a data offset). */
static inline void oc_wr_patch_u32(oc_wr_t *w, size_t offset, uint32_t v) {
    if (w->bad || oc_wr_len(w) < 4 || offset > oc_wr_len(w) - 4) {
        w->bad = true;
        return;
    }
    for (unsigned i = 0; i < 4; i++)
        w->base[offset + i] = (uint8_t)(v >> 8 * (3 - i));
}

#endif
