/* The machine's memory: counted, and refused above the cap. The engine collects garbage before it
 * asks for more, so a refusal means that the script really holds that much. */
#include "xsAll.h"

#include "oc_machine_internal.h"

/* In front of each block, as large as the strictest alignment. */
typedef union {
    size_t size;
    max_align_t align;
} block_t;

static void *take(txMachine *the, size_t size) {
    oc_machine_t *machine = &the->oc->common;
    size_t total = size + sizeof(block_t);
    if (total < size || total > machine->config.heap_bytes - machine->allocated_bytes)
        return NULL;
    block_t *block = malloc(total);
    if (!block)
        return NULL;
    block->size = total;
    oc_machine_charge(machine, total, 0);
    return block + 1;
}

static void give(txMachine *the, void *data) {
    if (!data)
        return;
    block_t *block = (block_t *)data - 1;
    oc_machine_charge(&the->oc->common, 0, block->size);
    free(block);
}

void *fxAllocateChunks(txMachine *the, txSize size) {
    return take(the, (size_t)size);
}
void fxFreeChunks(txMachine *the, void *chunks) {
    give(the, chunks);
}
void fxFreeSlots(txMachine *the, void *slots) {
    give(the, slots);
}

txSlot *fxAllocateSlots(txMachine *the, txSize count) {
    txSlot *slots = take(the, (size_t)count * sizeof(txSlot));
    if (!the->stackBottom) { /* the first request of a machine is for its stack */
        the->scratch_bottom = slots;
        if (!slots)
            fxAbort(the, XS_NOT_ENOUGH_MEMORY_EXIT);
    }
    return slots;
}

void fxCreateMachinePlatform(txMachine *the) {
    the->oc = the->context;
}
void fxDeleteMachinePlatform(txMachine *the) {}

void oc_machine_memory(const oc_machine_t *machine, oc_machine_memory_t *memory) {
    const txMachine *the = (const txMachine *)machine->xs;
    memory->used_bytes =
        (size_t)the->currentChunksSize + (size_t)the->currentHeapCount * sizeof(txSlot);
    memory->allocated_bytes = machine->allocated_bytes;
    memory->peak_bytes = machine->peak_bytes;
    memory->keys = the->keyIndex;
}

void oc_machine_collect(oc_machine_t *machine) {
    fxCollectGarbage((txMachine *)machine->xs);
}

/* Set from a signal on the script thread: every built-in that pushes to the stack then finds it
 * full. Number formatting and regular expressions keep their scratch memory (scratch_bottom). */
void oc_machine_raise_floor(xsMachine *xs) {
    txMachine *the = (txMachine *)xs;
    the->stackBottom = the->stackTop;
}

void oc_machine_restore_floor(xsMachine *xs) {
    txMachine *the = (txMachine *)xs;
    the->stackBottom = the->scratch_bottom;
}
