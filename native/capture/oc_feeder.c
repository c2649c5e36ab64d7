#include <string.h>
#include "oc_err.h"
#include "oc_feeder.h"

void oc_feeder_init(oc_feeder_t *feeder, oc_handoff_t *handoff, void *buffer, uint32_t size) {
    memset(feeder, 0, sizeof *feeder);
    feeder->handoff = handoff;
    feeder->buffer = (uint8_t *)buffer;
    feeder->size = size;
    feeder->oldest = oc_handoff_pushed(handoff);
}

/* Forgets payloads the consumer has released. False: none is lent. */
static bool reclaim(oc_feeder_t *feeder) {
    uint32_t pushed = oc_handoff_pushed(feeder->handoff);
    uint32_t released = oc_handoff_released(feeder->handoff);
    if ((int32_t)(released - feeder->oldest) > 0)
        feeder->oldest = released;
    while (feeder->oldest != pushed) {
        const oc_handoff_item_t *item = oc_handoff_sent(feeder->handoff, feeder->oldest);
        if (item->kind == OC_HANDOFF_PACKET && item->packet.len_bytes)
            return true;
        feeder->oldest++;
    }
    feeder->head = 0;
    return false;
}

static uint8_t *refuse(oc_feeder_t *feeder, oc_loss_t cause) {
    feeder->cause = cause;
    return NULL;
}

uint8_t *oc_feeder_reserve(oc_feeder_t *feeder, uint32_t len) {
    const oc_handoff_t *handoff = feeder->handoff;
    bool lent = reclaim(feeder);
    uint32_t tail;
    if (len > feeder->size)
        return refuse(feeder, OC_LOSS_TOO_LARGE);
    if (oc_handoff_pushed(handoff) - oc_handoff_released(handoff) >= oc_handoff_capacity(handoff))
        return refuse(feeder, OC_LOSS_QUEUE_FULL);
    if (!lent)
        return feeder->buffer;
    tail = (uint32_t)(oc_handoff_sent(handoff, feeder->oldest)->packet.data - feeder->buffer);
    if (feeder->head > tail && len <= feeder->size - feeder->head)
        return feeder->buffer + feeder->head;
    if (feeder->head > tail && len <= tail)
        return feeder->buffer;
    if (feeder->head <= tail && len <= tail - feeder->head)
        return feeder->buffer + feeder->head;
    return refuse(feeder, OC_LOSS_BUFFER_FULL);
}

uint8_t *oc_feeder_admit(oc_feeder_t *feeder, uint32_t len, bool video, bool key) {
    uint8_t *room = NULL;
    if (video && !key && feeder->broken)
        feeder->cause = OC_LOSS_GOP_REST;
    else
        room = oc_feeder_reserve(feeder, len);
    feeder->unsized = len > feeder->size;
    if (video)
        feeder->broken = room == NULL;
    if (!room)
        oc_handoff_count_lost(feeder->handoff, feeder->cause);
    return room;
}

int oc_feeder_push(oc_feeder_t *feeder, const oc_packet_t *packet) {
    int rc = oc_handoff_push(feeder->handoff, packet);
    if (rc == OC_OK && packet->len_bytes)
        feeder->head = (uint32_t)(packet->data - feeder->buffer) + packet->len_bytes;
    return rc;
}

bool oc_feeder_idle(oc_feeder_t *feeder) {
    return !reclaim(feeder);
}
