/* oc_hub_heap - which of some numbered members is due next: a binary heap, so that moving one costs
 * the logarithm of those that wait, and those that do not wait cost nothing. Internal to oc_hub. */
#ifndef OC_HUB_HEAP_H
#define OC_HUB_HEAP_H

#include <stddef.h>
#include <stdint.h>

typedef struct oc_hub_heap {
    int64_t *time;   /* of each member; INT64_MAX: not in the heap */
    uint16_t *place; /* of each member in the heap */
    uint16_t *heap;  /* members, the first is due first */
    unsigned len;
} oc_hub_heap_t;

/* Bytes for members 0 .. members - 1, at most 65,535; a multiple of 8. */
size_t oc_hub_heap_bytes(unsigned members);
/* Nobody waits. memory: aligned to 8, borrowed for the heap's life. */
void oc_hub_heap_init(oc_hub_heap_t *heap, void *memory, unsigned members);
/* Member is due at time_us; INT64_MAX: never. */
void oc_hub_heap_set(oc_hub_heap_t *heap, unsigned member, int64_t time_us);
/* When the first is due, INT64_MAX never; and who that is. */
int64_t oc_hub_heap_due(const oc_hub_heap_t *heap);
unsigned oc_hub_heap_first(const oc_hub_heap_t *heap);

#endif
