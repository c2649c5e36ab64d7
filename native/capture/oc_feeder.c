#include <string.h>
#include "oc_err.h"
#include "oc_feeder.h"

void oc_feeder_init(oc_feeder_t *feeder, oc_handoff_t *handoff, void *buffer, uint32_t size) {
    memset(feeder, 0, sizeof *feeder);
    feeder->handoff = handoff;
    feeder->buffer = (uint8_t *)buffer;
    feeder->size = size;
}

/* Forgets payloads the consumer has released. */
static void reclaim(oc_feeder_t *feeder) {
    uint32_t released = oc_handoff_released(feeder->handoff);
    while (feeder->count && (int32_t)(released - feeder->lent[feeder->first].item) > 0) {
        feeder->first = (feeder->first + 1) % OC_HANDOFF_SLOTS;
        feeder->count--;
    }
    if (!feeder->count)
        feeder->head = 0;
}

uint8_t *oc_feeder_reserve(oc_feeder_t *feeder, uint32_t len) {
    uint32_t tail;
    reclaim(feeder);
    if (oc_handoff_pushed(feeder->handoff) - oc_handoff_released(feeder->handoff) >=
        OC_HANDOFF_SLOTS)
        return NULL;
    if (!feeder->count)
        return len <= feeder->size ? feeder->buffer : NULL;
    tail = feeder->lent[feeder->first].start;
    if (feeder->head > tail) {
        if (len <= feeder->size - feeder->head)
            return feeder->buffer + feeder->head;
        return len <= tail ? feeder->buffer : NULL;
    }
    return len <= tail - feeder->head ? feeder->buffer + feeder->head : NULL;
}

uint8_t *oc_feeder_admit(oc_feeder_t *feeder, uint32_t len, bool video, bool key) {
    uint8_t *room = NULL;
    if (!video || key || !feeder->broken)
        room = oc_feeder_reserve(feeder, len);
    feeder->unsized = len > feeder->size;
    if (video)
        feeder->broken = room == NULL;
    if (!room)
        oc_handoff_count_drop(feeder->handoff);
    return room;
}

int oc_feeder_push(oc_feeder_t *feeder, const oc_packet_t *packet) {
    uint32_t item = oc_handoff_pushed(feeder->handoff), slot;
    int rc = oc_handoff_push(feeder->handoff, packet);
    if (rc != OC_OK || !packet->len_bytes)
        return rc;
    slot = (feeder->first + feeder->count++) % OC_HANDOFF_SLOTS;
    feeder->lent[slot].item = item;
    feeder->lent[slot].start = (uint32_t)(packet->data - feeder->buffer);
    feeder->head = feeder->lent[slot].start + packet->len_bytes;
    return OC_OK;
}

bool oc_feeder_idle(oc_feeder_t *feeder) {
    reclaim(feeder);
    return feeder->count == 0;
}
