/* oc_source_pattern - test bytes as a pure function of their offset, lent instead of made: a table
 * of a prime number of bytes, repeated for ever, so that bytes that went astray by any usual size
 * are noticed. byte(o) = table[o % 4093]; table[i] is bits 24..31 of x(i + 1), where x(0) = 1 and
 * x(i + 1) = x(i) * 1664525 + 1013904223 modulo 2^32. */
#ifndef OC_SOURCE_PATTERN_H
#define OC_SOURCE_PATTERN_H

#include "oc_span.h"

#define OC_SOURCE_PATTERN       4093u /* bytes until it repeats */
#define OC_SOURCE_PATTERN_AHEAD 1500u /* more bytes of it, so that a fragment is one part */

/* 5.5 KB; one for all sources. */
typedef struct oc_source_pattern {
    uint8_t byte[OC_SOURCE_PATTERN + OC_SOURCE_PATTERN_AHEAD];
} oc_source_pattern_t;

/* Fills the table. */
void oc_source_pattern_init(oc_source_pattern_t *pattern);

/* The bytes [offset, offset + len) as at most max parts, borrowed for the table's life. Returns the
 * parts, which reach less far than len when max is too small. */
unsigned oc_source_pattern_parts(const oc_source_pattern_t *pattern, uint64_t offset, uint32_t len,
                                 oc_span_t *parts, unsigned max);

#endif
