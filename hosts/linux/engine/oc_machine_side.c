#include "oc_machine_side.h"

#include "oc_machine_internal.h"
#include <stdlib.h>

/* In front of each block. Blocks made outside of a machine have no owner and no neighbours. */
typedef union oc_machine_side {
    struct {
        union oc_machine_side *next, *prev;
        oc_engine_t *owner;
        size_t size;
    } head;
    max_align_t align;
} side_t;

static oc_engine_t *running(void) {
    oc_machine_t *machine = oc_machine_running();
    return machine ? oc_engine_of_machine(machine) : NULL;
}

static void charge(oc_engine_t *engine, size_t more, size_t less) {
    engine->allocated_bytes += more - less;
    if (engine->peak_bytes < engine->allocated_bytes)
        engine->peak_bytes = engine->allocated_bytes;
}

static void link_in(side_t *side) {
    oc_engine_t *engine = side->head.owner;
    if (!engine)
        return;
    side->head.prev = NULL;
    side->head.next = engine->sides;
    if (engine->sides)
        engine->sides->head.prev = side;
    engine->sides = side;
}

static void link_out(side_t *side) {
    oc_engine_t *engine = side->head.owner;
    if (!engine)
        return;
    if (side->head.next)
        side->head.next->head.prev = side->head.prev;
    if (side->head.prev)
        side->head.prev->head.next = side->head.next;
    else
        engine->sides = side->head.next;
}

void *oc_machine_side_realloc(void *data, size_t size) {
    side_t *old = data ? (side_t *)data - 1 : NULL;
    oc_engine_t *engine = old ? old->head.owner : running();
    size_t before = old ? old->head.size : 0, total = size + sizeof(side_t);
    if (total < size ||
        (engine && total > before + engine->common.config.heap_bytes - engine->allocated_bytes))
        return NULL;
    if (old)
        link_out(old);
    side_t *side = realloc(old, total);
    if (!side) {
        if (old)
            link_in(old);
        return NULL;
    }
    side->head.owner = engine;
    side->head.size = total;
    link_in(side);
    if (engine)
        charge(engine, total, before);
    return side + 1;
}

void *oc_machine_side_alloc(size_t size) {
    return oc_machine_side_realloc(NULL, size);
}

void *oc_machine_side_alloc_or_end(size_t size) {
    void *data = oc_machine_side_alloc(size);
    if (!data && running())
        oc_machine_exhausted(running());
    return data;
}

void oc_machine_side_free(void *data) {
    if (!data)
        return;
    side_t *side = (side_t *)data - 1;
    link_out(side);
    if (side->head.owner)
        charge(side->head.owner, 0, side->head.size);
    free(side);
}

void oc_machine_side_clear(oc_engine_t *engine) {
    while (engine->sides)
        oc_machine_side_free(engine->sides + 1);
}
