/* oc_object_blocks - which blocks of an object are held, and which are to be read next: first the
 * one that somebody waits for, then those behind it while reading goes forwards. A machine without
 * bytes and without threads: the caller has a room for each slot. */
#ifndef OC_OBJECT_BLOCKS_H
#define OC_OBJECT_BLOCKS_H

#include <stdbool.h>
#include <stdint.h>

#define OC_OBJECT_BLOCK (1024u * 1024u) /* bytes of one: a request each */
#define OC_OBJECT_SLOTS 8u              /* blocks held: 8 MB; a file with its index at the end, and
                                           sound apart from the picture, needs four */
#define OC_OBJECT_AHEAD 3u              /* blocks read before anybody waits for them */

/* A slot. */
typedef enum oc_object_slot_state {
    OC_OBJECT_EMPTY,
    OC_OBJECT_LOADING,
    OC_OBJECT_READY,
} oc_object_slot_state_t;

typedef struct oc_object_blocks {
    int64_t count; /* of the object */
    int64_t at;    /* the block that was required last; -1: none was */
    bool forwards; /* it was the one behind its predecessor */
    struct {
        int64_t block;
        uint64_t used; /* by `tick`: the least was not used for longest */
        oc_object_slot_state_t state;
    } slot[OC_OBJECT_SLOTS];
    uint64_t tick;
} oc_object_blocks_t;

/* Of an object with that many blocks; nothing is held. */
void oc_object_blocks_init(oc_object_blocks_t *blocks, int64_t count);

/* Somebody waits for that block (0 .. count - 1). The slot that has it, or -1: not yet. */
int oc_object_blocks_require(oc_object_blocks_t *blocks, int64_t block);

/* The next block to read: the slot to put it in, which is loading from now on, or -1: nothing is to
 * be read. */
int oc_object_blocks_next(oc_object_blocks_t *blocks, int64_t *block);

/* It is there, or could not be read and is not. */
void oc_object_blocks_done(oc_object_blocks_t *blocks, int slot, bool good);

#endif
