#include "oc_object_blocks.h"

#include <string.h>

void oc_object_blocks_init(oc_object_blocks_t *blocks, int64_t count) {
    memset(blocks, 0, sizeof(*blocks));
    blocks->count = count;
    blocks->at = -1;
}

/* The slot of a block that is there or on its way, or -1. */
static int find(const oc_object_blocks_t *blocks, int64_t block) {
    for (unsigned i = 0; i < OC_OBJECT_SLOTS; i++) {
        if (blocks->slot[i].state != OC_OBJECT_EMPTY && blocks->slot[i].block == block)
            return (int)i;
    }
    return -1;
}

int oc_object_blocks_require(oc_object_blocks_t *blocks, int64_t block) {
    if (block != blocks->at)
        blocks->forwards = block == blocks->at + 1;
    blocks->at = block;
    int slot = find(blocks, block);
    if (slot < 0 || blocks->slot[slot].state != OC_OBJECT_READY)
        return -1;
    blocks->slot[slot].used = ++blocks->tick;
    return slot;
}

/* One that may be reused: empty, or ready, not needed now, and not used for longest. */
static int victim(const oc_object_blocks_t *blocks) {
    int found = -1;
    for (unsigned i = 0; i < OC_OBJECT_SLOTS; i++) {
        int64_t block = blocks->slot[i].block;
        if (blocks->slot[i].state == OC_OBJECT_EMPTY)
            return (int)i;
        bool needed = block >= blocks->at && block <= blocks->at + OC_OBJECT_AHEAD;
        if (blocks->slot[i].state == OC_OBJECT_READY && !needed &&
            (found < 0 || blocks->slot[i].used < blocks->slot[found].used))
            found = (int)i;
    }
    return found;
}

int oc_object_blocks_next(oc_object_blocks_t *blocks, int64_t *block) {
    unsigned ahead = blocks->forwards ? OC_OBJECT_AHEAD : 0;
    for (unsigned i = 0; blocks->at >= 0 && i <= ahead; i++) {
        *block = blocks->at + i;
        if (*block >= blocks->count)
            return -1;
        if (find(blocks, *block) >= 0)
            continue;
        int slot = victim(blocks);
        if (slot < 0)
            return -1;
        blocks->slot[slot].block = *block;
        blocks->slot[slot].used = ++blocks->tick;
        blocks->slot[slot].state = OC_OBJECT_LOADING;
        return slot;
    }
    return -1;
}

void oc_object_blocks_done(oc_object_blocks_t *blocks, int slot, bool good) {
    blocks->slot[slot].state = good ? OC_OBJECT_READY : OC_OBJECT_EMPTY;
}
