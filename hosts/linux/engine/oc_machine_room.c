/* Room for garbage. XS 13 enlarges its heap only when a collection frees nothing at all: a script
 * that holds much is collected again for every few objects, each time all of what it holds. So the
 * heap grows here as well, when a collection has left little room beside what lives. */
#include "xsAll.h"

#include "oc_machine_internal.h"

#define ROOM_SHARE 2 /* of what lives: half of it. A collection's cost by object is so bounded */
#define CAP_SHARE  2 /* of the cap: below half of it. What a script holds has the rest */

#ifdef OC_STRESS /* a collection at every allocation, each chunk a block of its own: no room helps */
#define KEEPS_ROOM 0
#else
#define KEEPS_ROOM 1
#endif

void fxGrowSlots(txMachine *the, txSize count); /* of xsMemory.c */

static bool may_take(const oc_machine_t *machine, size_t bytes) {
    return machine->allocated_bytes + bytes <= machine->config.heap_bytes / CAP_SHARE;
}

static void grow_slots(oc_machine_t *machine, txMachine *the) {
    txSize lives = the->currentHeapCount;
    txSize lacks = lives / ROOM_SHARE - (the->maximumHeapCount - lives);
    if (lacks > 0) {
        txSize count = lacks + the->minimumHeapCount;
        if (may_take(machine, (size_t)count * sizeof(txSlot)))
            fxGrowSlots(the, count);
    }
}

/* A block as fxGrowChunks makes it. */
static void grow_chunks(oc_machine_t *machine, txMachine *the) {
    txSize lives = the->currentChunksSize;
    txSize lacks = lives / ROOM_SHARE - (the->maximumChunksSize - lives);
    txSize size = lacks + the->minimumChunksSize;
    if (lacks <= 0 || !may_take(machine, (size_t)size))
        return;
    txByte *bytes = fxAllocateChunks(the, size);
    if (!bytes)
        return;
    txBlock *block = (txBlock *)bytes;
    *block = (txBlock){.nextBlock = the->firstBlock, .limit = bytes + size};
    block->current = bytes + sizeof *block;
    the->firstBlock = block;
    the->maximumChunksSize += size - (txSize)sizeof *block;
}

void oc_machine_keep_room(oc_machine_t *machine) {
    oc_engine_t *engine = oc_engine_of_machine(machine);
    txMachine *the = (txMachine *)machine->xs;
    if (!KEEPS_ROOM || machine->config.fixed_heap)
        return;
    /* less than before: there was a collection, and what is left lives */
    if (the->currentHeapCount < engine->slots_before)
        grow_slots(machine, the);
    if (the->currentChunksSize < engine->chunks_before)
        grow_chunks(machine, the);
    engine->slots_before = the->currentHeapCount;
    engine->chunks_before = the->currentChunksSize;
}
