#include "oc_machine_side.h"

#include "oc_machine_impl.h"
#include <stdlib.h>
#include <string.h>

/* In front of each block. Blocks made outside of a machine have no owner and no neighbours. */
typedef union oc_machine_side {
    struct {
        union oc_machine_side *next, *prev;
        oc_machine_t *owner;
        size_t size;
    } head;
    max_align_t align;
} side_t;

void oc_machine_charge(oc_machine_t *machine, size_t more_bytes, size_t less_bytes) {
    machine->allocated_bytes += more_bytes - less_bytes;
    if (machine->peak_bytes < machine->allocated_bytes)
        machine->peak_bytes = machine->allocated_bytes;
}

static void link_in(side_t *side) {
    oc_machine_t *owner = side->head.owner;
    if (!owner)
        return;
    side->head.prev = NULL;
    side->head.next = owner->sides;
    if (owner->sides)
        owner->sides->head.prev = side;
    owner->sides = side;
}

static void link_out(side_t *side) {
    oc_machine_t *owner = side->head.owner;
    if (!owner)
        return;
    if (side->head.next)
        side->head.next->head.prev = side->head.prev;
    if (side->head.prev)
        side->head.prev->head.next = side->head.next;
    else
        owner->sides = side->head.next;
}

void *oc_machine_side_realloc(void *data, size_t size) {
    side_t *old = data ? (side_t *)data - 1 : NULL;
    oc_machine_t *owner = old ? old->head.owner : oc_machine_running();
    size_t before = old ? old->head.size : 0, total = size + sizeof(side_t);
    if (total < size ||
        (owner && total > before + owner->config.heap_bytes - owner->allocated_bytes))
        return NULL;
    if (old)
        link_out(old);
    side_t *side = realloc(old, total);
    if (!side) {
        if (old)
            link_in(old);
        return NULL;
    }
    side->head.owner = owner;
    side->head.size = total;
    link_in(side);
    if (owner)
        oc_machine_charge(owner, total, before);
    return side + 1;
}

void *oc_machine_side_alloc(size_t size) {
    return oc_machine_side_realloc(NULL, size);
}

void *oc_machine_side_realloc_or_end(void *data, size_t size) {
    void *block = oc_machine_side_realloc(data, size);
    oc_machine_t *machine = block ? NULL : oc_machine_running();
    if (machine) {
        oc_machine_report_abort(machine, OC_MACHINE_HEAP, 0);
        oc_machine_unwind(machine);
    }
    return block;
}

void *oc_machine_side_alloc_or_end(size_t size) {
    return oc_machine_side_realloc_or_end(NULL, size);
}

void *oc_machine_side_calloc_or_end(size_t count, size_t size) {
    size_t total = size && count > SIZE_MAX / size ? SIZE_MAX : count * size;
    void *data = oc_machine_side_alloc_or_end(total);
    return data ? memset(data, 0, total) : NULL;
}

void oc_machine_side_free(void *data) {
    if (!data)
        return;
    side_t *side = (side_t *)data - 1;
    link_out(side);
    if (side->head.owner)
        oc_machine_charge(side->head.owner, 0, side->head.size);
    free(side);
}

void oc_machine_side_clear(oc_machine_t *machine) {
    while (machine->sides)
        oc_machine_side_free(machine->sides + 1);
}
