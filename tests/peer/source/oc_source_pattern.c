/* oc_source_pattern - see the header. */
#include "oc_source_pattern.h"

void oc_source_pattern_init(oc_source_pattern_t *pattern) {
    uint32_t x = 1;
    for (unsigned i = 0; i < OC_SOURCE_PATTERN; i++) {
        x = x * 1664525u + 1013904223u;
        pattern->byte[i] = (uint8_t)(x >> 24);
    }
    memcpy(pattern->byte + OC_SOURCE_PATTERN, pattern->byte, OC_SOURCE_PATTERN_AHEAD);
}

unsigned oc_source_pattern_parts(const oc_source_pattern_t *pattern, uint64_t offset, uint32_t len,
                                 oc_span_t *parts, unsigned max) {
    unsigned count = 0;
    uint32_t at = (uint32_t)(offset % OC_SOURCE_PATTERN);
    while (len > 0 && count < max) {
        uint32_t room = (uint32_t)sizeof pattern->byte - at, n = len < room ? len : room;
        parts[count++] = oc_span(pattern->byte + at, n);
        len -= n;
        at = (at + n) % OC_SOURCE_PATTERN;
    }
    return count;
}
