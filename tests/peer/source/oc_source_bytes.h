/* oc_source_bytes - a source of so many bytes of oc_source_pattern in messages of one size, as fast
 * as they are taken; then it ends. Nothing is stored: retransmissions are cut from the same table.
 */
#ifndef OC_SOURCE_BYTES_H
#define OC_SOURCE_BYTES_H

#include "oc_sctp_source.h"
#include "oc_source_pattern.h"

#define OC_SOURCE_BYTES_MAX (UINT64_C(1) << 53) /* that JavaScript can count */

/* 48 bytes. */
typedef struct oc_source_bytes {
    const oc_source_pattern_t *pattern; /* borrowed for the source's life */
    uint64_t bytes;                     /* in all */
    uint32_t size;                      /* of a message; the last one may be shorter */
    uint64_t next;                      /* number of the next message, from 0 */
    uint64_t done, dropped;             /* messages that the peer has, that were abandoned */
} oc_source_bytes_t;

extern const oc_source_ops_t oc_source_bytes_ops; /* ctx: the source */

/* bytes: 0 .. OC_SOURCE_BYTES_MAX; size > 0. */
void oc_source_bytes_init(oc_source_bytes_t *source, const oc_source_pattern_t *pattern,
                          uint64_t bytes, uint32_t size);

#endif
