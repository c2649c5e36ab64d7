#include <string.h>
#include "oc_err.h"
#include "oc_handoff.h"

#define TRACK(n) ((n) & (OC_HANDOFF_TRACKS - 1))
_Static_assert((OC_HANDOFF_SLOTS & (OC_HANDOFF_SLOTS - 1)) == 0, "power of two");
_Static_assert((OC_HANDOFF_SLOTS_MAX & (OC_HANDOFF_SLOTS_MAX - 1)) == 0, "power of two");
_Static_assert((OC_HANDOFF_TRACKS & (OC_HANDOFF_TRACKS - 1)) == 0, "power of two");

void oc_handoff_init(oc_handoff_t *handoff, void (*wake)(void *), void *wake_context) {
    memset(handoff, 0, sizeof *handoff);
    atomic_init(&handoff->head, 0);
    atomic_init(&handoff->tail, 0);
    atomic_init(&handoff->dropped, 0);
    atomic_init(&handoff->refused, false);
    for (unsigned i = 0; i < OC_LOSS_CAUSES; i++)
        atomic_init(&handoff->lost[i], 0);
    handoff->slots = OC_HANDOFF_SLOTS;
    handoff->wake = wake;
    handoff->wake_context = wake_context;
}

uint32_t oc_handoff_slots_for(uint32_t packets_per_s) {
    uint64_t rate = packets_per_s ? packets_per_s : OC_HANDOFF_PPS;
    uint64_t want = (rate * OC_HANDOFF_HOLD_MS + 999) / 1000;
    uint32_t slots = OC_HANDOFF_SLOTS;
    while (slots < want && slots < OC_HANDOFF_SLOTS_MAX)
        slots *= 2;
    return slots;
}

void oc_handoff_use(oc_handoff_t *handoff, oc_handoff_item_t *slots, uint32_t count) {
    handoff->more = slots;
    handoff->slots = count;
}

uint32_t oc_handoff_capacity(const oc_handoff_t *handoff) {
    return handoff->slots;
}

static oc_handoff_item_t *slot_of(const oc_handoff_t *handoff, uint32_t item) {
    const oc_handoff_item_t *slots = handoff->more ? handoff->more : handoff->own;
    return (oc_handoff_item_t *)&slots[item & (handoff->slots - 1)];
}

const oc_handoff_item_t *oc_handoff_sent(const oc_handoff_t *handoff, uint32_t item) {
    return slot_of(handoff, item);
}

/* The slot to fill next, or NULL when the queue is full. */
static oc_handoff_item_t *free_slot(oc_handoff_t *handoff) {
    uint32_t head = atomic_load_explicit(&handoff->head, memory_order_relaxed);
    uint32_t tail = atomic_load_explicit(&handoff->tail, memory_order_acquire);
    return head - tail < handoff->slots ? slot_of(handoff, head) : NULL;
}

static int publish(oc_handoff_t *handoff) {
    uint32_t head = atomic_load_explicit(&handoff->head, memory_order_relaxed);
    atomic_store_explicit(&handoff->head, head + 1, memory_order_release);
    if (handoff->wake)
        handoff->wake(handoff->wake_context);
    return OC_OK;
}

int oc_handoff_push(oc_handoff_t *handoff, const oc_packet_t *packet) {
    return oc_handoff_lend(handoff, packet, NULL, 0);
}

int oc_handoff_lend(oc_handoff_t *handoff, const oc_packet_t *packet, _Atomic uint32_t *lender,
                    uint32_t count) {
    oc_handoff_item_t *slot = free_slot(handoff);
    if (!slot)
        return OC_AGAIN;
    *slot = (oc_handoff_item_t){
        .kind = OC_HANDOFF_PACKET, .code = (int)count, .packet = *packet, .lender = lender};
    return publish(handoff);
}

int oc_handoff_push_track(oc_handoff_t *handoff, unsigned index, const oc_track_t *track) {
    oc_handoff_item_t *slot = free_slot(handoff);
    unsigned n = TRACK(handoff->tracks_pushed);
    if (!slot)
        return OC_AGAIN;
    if (handoff->tracks_pushed >= OC_HANDOFF_TRACKS) { /* is the item that used the place out? */
        uint32_t tail = atomic_load_explicit(&handoff->tail, memory_order_acquire);
        if (handoff->track_item[n] - tail < handoff->slots)
            return OC_AGAIN;
    }
    handoff->track_item[n] = atomic_load_explicit(&handoff->head, memory_order_relaxed);
    handoff->tracks[n] = *track;
    handoff->tracks_pushed++;
    *slot = (oc_handoff_item_t){.kind = OC_HANDOFF_TRACK, .track = &handoff->tracks[n]};
    slot->packet.track = (uint8_t)index;
    return publish(handoff);
}

int oc_handoff_push_state(oc_handoff_t *handoff, oc_handoff_kind_t kind, int code) {
    oc_handoff_item_t *slot = free_slot(handoff);
    if (!slot)
        return OC_AGAIN;
    *slot = (oc_handoff_item_t){.kind = kind, .code = code};
    return publish(handoff);
}

void oc_handoff_count_lost(oc_handoff_t *handoff, oc_loss_t cause) {
    atomic_fetch_add_explicit(&handoff->lost[cause], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&handoff->dropped, 1, memory_order_relaxed);
    if (handoff->wake)
        handoff->wake(handoff->wake_context);
}

void oc_handoff_count_drop(oc_handoff_t *handoff) {
    oc_handoff_count_lost(handoff, OC_LOSS_QUEUE_FULL);
}

uint32_t oc_handoff_pushed(const oc_handoff_t *handoff) {
    return atomic_load_explicit(&handoff->head, memory_order_acquire);
}

uint32_t oc_handoff_released(const oc_handoff_t *handoff) {
    return atomic_load_explicit(&handoff->tail, memory_order_acquire);
}

int oc_handoff_peek_at(oc_handoff_t *handoff, uint32_t ahead, oc_handoff_item_t *out) {
    uint32_t tail = atomic_load_explicit(&handoff->tail, memory_order_relaxed);
    uint32_t head = atomic_load_explicit(&handoff->head, memory_order_acquire);
    if (ahead >= head - tail)
        return OC_AGAIN;
    *out = *slot_of(handoff, tail + ahead);
    return OC_OK;
}

int oc_handoff_peek(oc_handoff_t *handoff, oc_handoff_item_t *out) {
    return oc_handoff_peek_at(handoff, 0, out);
}

void oc_handoff_release(oc_handoff_t *handoff) {
    uint32_t tail = atomic_load_explicit(&handoff->tail, memory_order_relaxed);
    if (tail == atomic_load_explicit(&handoff->head, memory_order_acquire))
        return;
    const oc_handoff_item_t *item = slot_of(handoff, tail);
    if (item->kind == OC_HANDOFF_PACKET && item->lender)
        atomic_store(item->lender, (uint32_t)item->code);
    atomic_store_explicit(&handoff->tail, tail + 1, memory_order_release);
}

void oc_handoff_refuse(oc_handoff_t *handoff) {
    atomic_store(&handoff->refused, true);
}

bool oc_handoff_was_refused(oc_handoff_t *handoff) {
    return atomic_exchange(&handoff->refused, false);
}
