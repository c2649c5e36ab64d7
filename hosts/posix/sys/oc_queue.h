/* oc_queue - a bounded queue between threads: a fixed array under a mutex that is held for a copy.
 * Any number of producers and consumers. Nobody waits in it: full and empty are answers. */
#ifndef OC_QUEUE_H
#define OC_QUEUE_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

typedef struct oc_queue {
    pthread_mutex_t lock;
    uint8_t *items;    /* capacity * item_bytes, owned */
    size_t item_bytes; /* bytes of one item */
    uint32_t capacity, head, count;
} oc_queue_t;

/* Makes an empty queue of `capacity` items of item_bytes each. OC_OK | OC_ERR_NOMEM. */
int oc_queue_init(oc_queue_t *queue, size_t item_bytes, uint32_t capacity);
/* Frees it; items still inside are forgotten. */
void oc_queue_deinit(oc_queue_t *queue);
/* Copies item in (borrowed until return). OC_OK | OC_ERR_BUSY full. */
int oc_queue_push(oc_queue_t *queue, const void *item);
/* As oc_queue_push, and also BUSY when that would leave less than `spare` places free: what may
 * wait leaves them to what may not. */
int oc_queue_push_sparing(oc_queue_t *queue, const void *item, uint32_t spare);
/* Copies the oldest item out. OC_OK | OC_AGAIN empty. */
int oc_queue_pop(oc_queue_t *queue, void *item);

#endif
