/* oc_source_scratch - memory for the headers that sources make while a packet is cut: one for all
 * sources of a thread, so that a viewer costs none of it. What was taken stays as it is while
 * OC_SOURCE_SCRATCH_TAKES - 1 more are taken; a packet of SCTP has fewer parts than that. */
#ifndef OC_SOURCE_SCRATCH_H
#define OC_SOURCE_SCRATCH_H

#include <stdint.h>

#define OC_SOURCE_SCRATCH_TAKES 32 /* power of two */
#define OC_SOURCE_SCRATCH_BYTES                                                                    \
    112 /* of each; the head of a fragment of one packet (oc_fmp4.h)                               \
         */

/* 3.6 KB; zeroed before the first use. */
typedef struct oc_source_scratch {
    uint8_t slot[OC_SOURCE_SCRATCH_TAKES][OC_SOURCE_SCRATCH_BYTES];
    unsigned next;
} oc_source_scratch_t;

/* OC_SOURCE_SCRATCH_BYTES bytes; borrowed as above. */
static inline uint8_t *oc_source_scratch_take(oc_source_scratch_t *scratch) {
    return scratch->slot[scratch->next++ % OC_SOURCE_SCRATCH_TAKES];
}

#endif
