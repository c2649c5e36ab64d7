/* Pinned ranges, and how the writer finds its way around them. */
#include <string.h>
#include "oc_err.h"
#include "oc_ring_impl.h"
#include "oc_thread_check.h"

/* The next position at or after `position` where len bytes do not cross the end of the memory. */
static uint64_t whole(const oc_ring_t *ring, uint64_t position, uint32_t len) {
    uint64_t lap = ring->lap_start, size = ring->payload_bytes;
    while (position - lap >= size) /* at most two laps ahead of head */
        lap += size;
    return position - lap + len > size ? lap + size : position;
}

int oc_ring_place(const oc_ring_t *ring, uint32_t len, uint64_t *position, uint32_t *passed) {
    uint64_t at = whole(ring, ring->head, len);
    uint32_t n = 0;
    /* Pins are sorted and lie within one lap behind head: each is met once per lap, in order. */
    while (ring->pins_used) {
        const oc_ring_pinned_t *pin = &ring->pins[ring->pin_order[n % ring->pins_used]];
        uint64_t shift = (uint64_t)ring->payload_bytes * (n < ring->pins_used ? 1 : 2);
        if (pin->start + shift >= at + len)
            break;
        if (n == ring->pins_used)
            return OC_ERR_BUSY; /* every gap between pins was tried */
        if (pin->end + shift > at)
            at = whole(ring, pin->end + shift, len);
        n++;
    }
    *position = at;
    *passed = n;
    return OC_OK;
}

void oc_ring_pass_pins(oc_ring_t *ring, uint32_t passed) {
    while (passed--) {
        uint8_t slot = ring->pin_order[0];
        ring->pins[slot].start += ring->payload_bytes;
        ring->pins[slot].end += ring->payload_bytes;
        memmove(ring->pin_order, ring->pin_order + 1, ring->pins_used - 1);
        ring->pin_order[ring->pins_used - 1] = slot;
    }
}

uint64_t oc_ring_first_pinned(const oc_ring_t *ring) {
    return ring->pins_used ? ring->pins[ring->pin_order[0]].start : UINT64_MAX;
}

uint32_t oc_ring_pinned_bytes(const oc_ring_t *ring) {
    uint64_t covered = 0, sum = 0;
    for (uint32_t i = 0; i < ring->pins_used; i++) {
        const oc_ring_pinned_t *pin = &ring->pins[ring->pin_order[i]];
        uint64_t start = i && pin->start < covered ? covered : pin->start;
        if (!i || pin->end > covered) {
            sum += pin->end - start;
            covered = pin->end;
        }
    }
    return (uint32_t)sum;
}

/* Enters a pin into the order; returns its place there. */
static void enter(oc_ring_t *ring, uint8_t slot) {
    uint32_t i = ring->pins_used++;
    while (i && ring->pins[ring->pin_order[i - 1]].start > ring->pins[slot].start) {
        ring->pin_order[i] = ring->pin_order[i - 1];
        i--;
    }
    ring->pin_order[i] = slot;
}

static void leave(oc_ring_t *ring, uint8_t slot) {
    uint32_t i = 0;
    while (ring->pin_order[i] != slot)
        i++;
    ring->pins_used--;
    memmove(ring->pin_order + i, ring->pin_order + i + 1, ring->pins_used - i);
    ring->loans -= ring->pins[slot].lent;
    ring->pins[slot].used = ring->pins[slot].lent = false;
}

bool oc_ring_reclaim(oc_ring_t *ring) {
    uint32_t before = ring->loans;
    if (before && ring->reclaim)
        ring->reclaim(ring->reclaim_context, ring);
    return ring->loans < before;
}

void oc_ring_on_need(oc_ring_t *ring, void (*reclaim)(void *context, oc_ring_t *ring),
                     void *context) {
    OC_ON_MEDIA_THREAD();
    ring->reclaim = reclaim;
    ring->reclaim_context = context;
}

static uint8_t free_slot(const oc_ring_t *ring) {
    uint8_t slot = 0;
    while (slot < OC_RING_PINS && ring->pins[slot].used)
        slot++;
    return slot;
}

static bool is_too_much(const oc_ring_t *ring) {
    return oc_ring_pinned_bytes(ring) > ring->payload_bytes / OC_RING_PIN_SHARE;
}

/* >= 0 pin number | OC_ERR_*. Room that loans take is taken back, but not for a loan. */
static int pin(oc_ring_t *ring, uint64_t first, uint64_t last, bool lent) {
    const oc_ring_entry_t *end;
    uint8_t slot;
    if (!first || first > last || last >= ring->next_seq)
        return OC_ERR_INVAL;
    if (first < oc_ring_first_seq(ring))
        return OC_ERR_STALE;
    while ((slot = free_slot(ring)) == OC_RING_PINS)
        if (lent || !oc_ring_reclaim(ring))
            return OC_ERR_BUSY;
    end = oc_ring_entry(ring, last);
    ring->pins[slot].start = oc_ring_entry(ring, first)->position;
    ring->pins[slot].end = end->position + end->len_bytes;
    ring->pins[slot].used = true;
    enter(ring, slot);
    while (is_too_much(ring)) {
        if (!lent && oc_ring_reclaim(ring))
            continue;
        bool never =
            ring->pins[slot].end - ring->pins[slot].start > ring->payload_bytes / OC_RING_PIN_SHARE;
        leave(ring, slot);
        return lent && never ? OC_ERR_TOO_BIG : OC_ERR_BUSY;
    }
    ring->pins[slot].lent = lent;
    ring->loans += lent;
    return (int)(ring->pins[slot].generation * OC_RING_NUMBER_SLOTS + slot);
}

int oc_ring_pin(oc_ring_t *ring, uint64_t first, uint64_t last) {
    OC_ON_MEDIA_THREAD();
    return pin(ring, first, last, false);
}

int oc_ring_lend(oc_ring_t *ring, uint64_t first, uint64_t last) {
    OC_ON_MEDIA_THREAD();
    return ring->loans < OC_RING_LOANS ? pin(ring, first, last, true) : OC_ERR_BUSY;
}

void oc_ring_unpin(oc_ring_t *ring, int pin) {
    OC_ON_MEDIA_THREAD();
    uint8_t slot = (uint8_t)((unsigned)pin % OC_RING_NUMBER_SLOTS);
    oc_ring_pinned_t *p = &ring->pins[slot];
    if (pin < 0 || !p->used || p->generation != (unsigned)pin / OC_RING_NUMBER_SLOTS)
        return;
    p->generation = (p->generation + 1) % (INT32_MAX / OC_RING_NUMBER_SLOTS);
    leave(ring, slot);
}
