/* oc_box - writing ISO base media boxes, and their types as numbers. ISO/IEC 14496-12 4.2. */
#ifndef OC_BOX_H
#define OC_BOX_H

#include "oc_span.h"

#define OC_BOX_TYPE(a, b, c, d)                                                                    \
    ((uint32_t)(uint8_t)(a) << 24 | (uint32_t)(uint8_t)(b) << 16 | (uint32_t)(uint8_t)(c) << 8 |   \
     (uint32_t)(uint8_t)(d))

/* Starts a box of which the size is not known yet; returns its offset for oc_box_end. */
static inline size_t oc_box_begin(oc_wr_t *w, const char type[4]) {
    size_t at = oc_wr_len(w);
    oc_wr_u32(w, 0);
    oc_wr_bytes(w, type, 4);
    return at;
}
/* The same with version and flags. */
static inline size_t oc_box_begin_full(oc_wr_t *w, const char type[4], uint32_t version_flags) {
    size_t at = oc_box_begin(w, type);
    oc_wr_u32(w, version_flags);
    return at;
}
static inline void oc_box_end(oc_wr_t *w, size_t at) {
    oc_wr_patch_u32(w, at, (uint32_t)(oc_wr_len(w) - at));
}

#endif
