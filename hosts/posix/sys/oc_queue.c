#include "oc_queue.h"

#include <stdlib.h>
#include <string.h>

#include "oc_err.h"

int oc_queue_init(oc_queue_t *queue, size_t item_bytes, uint32_t capacity) {
    memset(queue, 0, sizeof(*queue));
    queue->items = calloc(capacity, item_bytes);
    if (!queue->items)
        return OC_ERR_NOMEM;
    queue->item_bytes = item_bytes;
    queue->capacity = capacity;
    pthread_mutex_init(&queue->lock, NULL);
    return OC_OK;
}

void oc_queue_deinit(oc_queue_t *queue) {
    if (!queue->items)
        return;
    pthread_mutex_destroy(&queue->lock);
    free(queue->items);
    queue->items = NULL;
}

int oc_queue_push(oc_queue_t *queue, const void *item) {
    return oc_queue_push_sparing(queue, item, 0);
}

int oc_queue_push_sparing(oc_queue_t *queue, const void *item, uint32_t spare) {
    int result = OC_ERR_BUSY;
    pthread_mutex_lock(&queue->lock);
    if (queue->capacity - queue->count > spare) {
        uint32_t at = (queue->head + queue->count) % queue->capacity;
        memcpy(queue->items + at * queue->item_bytes, item, queue->item_bytes);
        queue->count++;
        result = OC_OK;
    }
    pthread_mutex_unlock(&queue->lock);
    return result;
}

int oc_queue_pop(oc_queue_t *queue, void *item) {
    int result = OC_AGAIN;
    pthread_mutex_lock(&queue->lock);
    if (queue->count > 0) {
        memcpy(item, queue->items + queue->head * queue->item_bytes, queue->item_bytes);
        queue->head = (queue->head + 1) % queue->capacity;
        queue->count--;
        result = OC_OK;
    }
    pthread_mutex_unlock(&queue->lock);
    return result;
}
