/* slots_medium - what a host brings to oc_slots, in memory: a disk or flash of which the power can
 * be cut. Until a flush, operations are only waiting; a cut applies any of them, in any order on a
 * disk, each in part. */
#ifndef SLOTS_MEDIUM_H
#define SLOTS_MEDIUM_H

#include "oc_slots.h"

#define MEDIUM_BYTES   8192 /* of a slot here */
#define MEDIUM_BLOCK   4096 /* of flash that is erased at once */
#define MEDIUM_WAITING 16

/* An operation that no flush has covered yet. */
typedef struct medium_op {
    enum oc_slots_place place;
    bool erase;
    uint32_t offset, size;
    uint8_t bytes[MEDIUM_BYTES];
} medium_op_t;

/* All zero but flash and seed: new. */
typedef struct medium {
    bool flash;    /* writes only clear bits, blocks are erased; operations keep their order */
    uint32_t seed; /* of what a cut does; not 0 */
    uint8_t places[OC_SLOTS_PLACES][MEDIUM_BYTES];
    uint32_t len[OC_SLOTS_PLACES]; /* of a disk's files */
    medium_op_t waiting[MEDIUM_WAITING];
    unsigned count;
    unsigned fuse;       /* operations until the power is cut; 0: never */
    bool off;            /* the power is cut */
    unsigned fail;       /* operations until one fails; 0: none */
    unsigned operations; /* so far */
    bool drop_flush;     /* a flush does nothing: what a test must notice */
} medium_t;

/* A random number below n. */
uint32_t medium_random(medium_t *medium, uint32_t n);
void medium_init(medium_t *medium, bool flash, uint32_t seed);
oc_slots_io_t medium_io(medium_t *medium);
/* The power is cut: some of the queue arrives. Then it is back. */
void medium_cut(medium_t *medium);

#endif
