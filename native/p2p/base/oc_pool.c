#include "oc_pool.h"
#include "oc_assert.h"

#include <string.h>

_Static_assert(OC_POOL_EACH % sizeof(uint64_t) == 0, "blocks stay aligned");

void oc_pool_init(oc_pool_t *pool, void *memory, unsigned count) {
    oc_assert((uintptr_t)memory % sizeof(uint64_t) == 0);
    *pool = (oc_pool_t){.memory = memory, .count = count};
}

void *oc_pool_take(oc_pool_t *pool) {
    void *block = pool->free;
    if (block) {
        memcpy(&pool->free, block, sizeof(pool->free));
    } else if (pool->fresh < pool->count) {
        block = pool->memory + (size_t)pool->fresh++ * OC_POOL_EACH;
    } else {
        pool->refused++;
        return NULL;
    }
    if (++pool->used > pool->maximum)
        pool->maximum = pool->used;
    return block;
}

void oc_pool_give(oc_pool_t *pool, void *block) {
    if (!block)
        return;
    oc_assert(pool->used > 0 && (uint8_t *)block >= pool->memory &&
              (size_t)((uint8_t *)block - pool->memory) / OC_POOL_EACH < pool->fresh &&
              (size_t)((uint8_t *)block - pool->memory) % OC_POOL_EACH == 0);
    memcpy(block, &pool->free, sizeof(pool->free));
    pool->free = block;
    pool->used--;
}
