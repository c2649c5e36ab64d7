/* See oc_table.h. The words are stored with release and loaded with acquire order instead of fences
 * around relaxed ones: the guarantee is the same (a reader that saw one new word also sees the odd
 * sequence number), thread sanitizers understand it, and tables are written a few times a second.
 */
#include "oc_table.h"

#define TRIES 8

void oc_table_init(oc_table_t *table, _Atomic uint32_t *memory, uint32_t words) {
    table->words = words;
    table->memory = memory;
    for (uint32_t i = 1; i < OC_TABLE_WORDS(words); i++)
        atomic_store_explicit(&memory[i], 0, memory_order_relaxed);
    atomic_store_explicit(&memory[0], 0, memory_order_release);
}

void oc_table_write(oc_table_t *table, const uint32_t *record) {
    _Atomic uint32_t *memory = table->memory;
    uint32_t sequence = atomic_load_explicit(&memory[0], memory_order_relaxed);
    atomic_store_explicit(&memory[0], sequence + 1, memory_order_relaxed);
    for (uint32_t i = 0; i < table->words; i++)
        atomic_store_explicit(&memory[1 + i], record[i], memory_order_release);
    atomic_store_explicit(&memory[0], sequence + 2, memory_order_release);
}

bool oc_table_read(const oc_table_t *table, uint32_t *record) {
    const _Atomic uint32_t *memory = table->memory;
    for (unsigned i = 0; i < TRIES; i++) {
        uint32_t before = atomic_load_explicit(&memory[0], memory_order_acquire);
        if (before & 1)
            continue;
        for (uint32_t w = 0; w < table->words; w++)
            record[w] = atomic_load_explicit(&memory[1 + w], memory_order_acquire);
        if (atomic_load_explicit(&memory[0], memory_order_relaxed) == before)
            return true;
    }
    return false;
}
