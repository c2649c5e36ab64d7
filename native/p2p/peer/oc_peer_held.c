#include "oc_peer_held.h"

#include <string.h>

typedef struct early {
    struct early *next;
    uint32_t len;
    oc_path_t from;
    uint8_t data[OC_PEER_HELD_BYTES];
} early_t;
_Static_assert(sizeof(early_t) <= OC_POOL_EACH, "fits a block");

void oc_peer_held_add(oc_peer_held_t *held, oc_pool_t *pool, const oc_path_t *from,
                      const uint8_t *data, size_t len) {
    early_t *e, **last = (early_t **)&held->first;
    if (len > OC_PEER_HELD_BYTES)
        return;
    if (held->count == OC_PEER_HELD_MAX) { /* the other end has repeated itself */
        e = held->first;
        held->first = e->next;
        held->count--;
    } else
        e = oc_pool_take(pool);
    if (!e)
        return;
    e->next = NULL;
    e->len = (uint32_t)len;
    e->from = *from;
    memcpy(e->data, data, len);
    while (*last)
        last = &(*last)->next;
    *last = e;
    held->count++;
}

void *oc_peer_held_take(oc_peer_held_t *held, oc_path_t *path, uint8_t **data, size_t *len) {
    early_t *e = held->first;
    if (!e)
        return NULL;
    held->first = e->next;
    held->count--;
    *path = e->from;
    *data = e->data;
    *len = e->len;
    return e;
}

void oc_peer_held_drop(oc_peer_held_t *held, oc_pool_t *pool) {
    oc_path_t path;
    uint8_t *data;
    size_t len;
    void *block;
    while ((block = oc_peer_held_take(held, &path, &data, &len)) != NULL)
        oc_pool_give(pool, block);
}
