/* oc_hub_map - a hash table of numbered entries whose content is the caller's: it keeps chains, the
 * caller compares. Internal to oc_hub. Memory is the caller's; nothing is ever full. */
#ifndef OC_HUB_MAP_H
#define OC_HUB_MAP_H

#include <stddef.h>
#include <stdint.h>

#define OC_HUB_MAP_NONE 0xFFFFu

typedef struct oc_hub_map {
    uint16_t *bucket; /* mask + 1 first entries */
    uint16_t *next;   /* of each entry */
    uint32_t *hash;   /* of each entry */
    uint32_t mask;
} oc_hub_map_t;

/* Bytes for `entries` (1 .. 65,534) entries, a multiple of 8. */
size_t oc_hub_map_bytes(unsigned entries);
/* Empty. memory: aligned to 4, borrowed for the table's life. */
void oc_hub_map_init(oc_hub_map_t *map, void *memory, unsigned entries);
/* Entry must not be in the table. */
void oc_hub_map_add(oc_hub_map_t *map, unsigned entry, uint32_t hash);
/* Entry must be in the table. */
void oc_hub_map_remove(oc_hub_map_t *map, unsigned entry);
/* The entries of a hash, one after the other, until OC_HUB_MAP_NONE. */
unsigned oc_hub_map_first(const oc_hub_map_t *map, uint32_t hash);
unsigned oc_hub_map_after(const oc_hub_map_t *map, unsigned entry);

#endif
