#include "oc_body_memory.h"

#include <stdlib.h>
#include <string.h>

typedef struct memory_body {
    oc_body_t body; /* first */
    oc_body_budget_t *budget;
    uint8_t bytes[];
} memory_body_t;

static int64_t read_memory(oc_body_t *body, uint64_t offset, void *out, size_t size) {
    memcpy(out, ((const memory_body_t *)(void *)body)->bytes + offset, size);
    return (int64_t)size;
}

static void release_memory(oc_body_t *body) {
    memory_body_t *memory = (memory_body_t *)(void *)body;
    atomic_fetch_sub(&memory->budget->used, body->bytes);
    free(memory);
}

static const oc_body_source_t source = {.read = read_memory, .release = release_memory};

uint8_t *oc_body_memory(oc_body_budget_t *budget, uint64_t size, const char *type,
                        oc_body_ref_t *out) {
    if (size > budget->maximum)
        return NULL;
    uint64_t used = atomic_fetch_add(&budget->used, size);
    memory_body_t *memory = used + size <= budget->maximum ? malloc(sizeof(*memory) + size) : NULL;
    if (!memory) {
        atomic_fetch_sub(&budget->used, size);
        return NULL;
    }
    memory->budget = budget;
    *out = oc_body_init(&memory->body, &source, size, type);
    return memory->bytes;
}
