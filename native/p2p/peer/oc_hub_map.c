#include "oc_hub_map.h"

#include <string.h>

static uint32_t buckets(unsigned entries) {
    uint32_t n = 16;
    while (n < entries)
        n *= 2;
    return n;
}

size_t oc_hub_map_bytes(unsigned entries) {
    size_t n = buckets(entries) * sizeof(uint16_t) + entries * sizeof(uint16_t);
    return (n + 3) / 4 * 4 + (entries * sizeof(uint32_t) + 7) / 8 * 8 + 4;
}

void oc_hub_map_init(oc_hub_map_t *map, void *memory, unsigned entries) {
    map->mask = buckets(entries) - 1;
    map->hash = memory;
    map->bucket = (uint16_t *)(map->hash + entries);
    map->next = map->bucket + map->mask + 1;
    memset(map->bucket, 0xFF, (map->mask + 1) * sizeof(uint16_t));
    memset(map->next, 0xFF, entries * sizeof(uint16_t));
}

void oc_hub_map_add(oc_hub_map_t *map, unsigned entry, uint32_t hash) {
    uint16_t *bucket = &map->bucket[hash & map->mask];
    map->hash[entry] = hash;
    map->next[entry] = *bucket;
    *bucket = (uint16_t)entry;
}

void oc_hub_map_remove(oc_hub_map_t *map, unsigned entry) {
    uint16_t *at = &map->bucket[map->hash[entry] & map->mask];
    while (*at != entry)
        at = &map->next[*at];
    *at = map->next[entry];
    map->next[entry] = OC_HUB_MAP_NONE;
}

static unsigned same_hash(const oc_hub_map_t *map, unsigned entry, uint32_t hash) {
    while (entry != OC_HUB_MAP_NONE && map->hash[entry] != hash)
        entry = map->next[entry];
    return entry;
}

unsigned oc_hub_map_first(const oc_hub_map_t *map, uint32_t hash) {
    return same_hash(map, map->bucket[hash & map->mask], hash);
}

unsigned oc_hub_map_after(const oc_hub_map_t *map, unsigned entry) {
    return same_hash(map, map->next[entry], map->hash[entry]);
}
