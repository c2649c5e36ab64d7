#include "oc_script_ring.h"

#include <string.h>

#define MASK (OC_SCRIPT_RING_BYTES - 1)

static uint32_t whole(uint32_t bytes) {
    return ((uint32_t)sizeof(oc_letter_t) + bytes + 7) & ~7u;
}

static void copy_in(oc_script_ring_t *ring, uint32_t at, const void *from, uint32_t bytes) {
    uint32_t begin = at & MASK, room = OC_SCRIPT_RING_BYTES - begin;
    uint32_t part = bytes < room ? bytes : room;
    if (part > 0)
        memcpy(ring->bytes + begin, from, part);
    if (bytes > part)
        memcpy(ring->bytes, (const uint8_t *)from + part, bytes - part);
}

static void copy_out(const oc_script_ring_t *ring, uint32_t at, void *to, uint32_t bytes) {
    uint32_t begin = at & MASK, room = OC_SCRIPT_RING_BYTES - begin;
    uint32_t part = bytes < room ? bytes : room;
    if (part > 0)
        memcpy(to, ring->bytes + begin, part);
    if (bytes > part)
        memcpy((uint8_t *)to + part, ring->bytes, bytes - part);
}

bool oc_script_ring_put(oc_script_ring_t *ring, const oc_letter_t *letter, const void *first,
                        uint32_t first_bytes, const void *second, uint32_t second_bytes,
                        bool *asleep) {
    oc_letter_t head = *letter;
    uint32_t at = atomic_load_explicit(&ring->head, memory_order_relaxed);
    uint32_t tail = atomic_load_explicit(&ring->tail, memory_order_acquire);
    head.bytes = first_bytes + second_bytes;
    if (at - tail > OC_SCRIPT_RING_BYTES || whole(head.bytes) > OC_SCRIPT_RING_BYTES - (at - tail))
        return false;
    copy_in(ring, at, &head, sizeof(head));
    copy_in(ring, at + (uint32_t)sizeof(head), first, first_bytes);
    copy_in(ring, at + (uint32_t)sizeof(head) + first_bytes, second, second_bytes);
    atomic_store_explicit(&ring->head, at + whole(head.bytes), memory_order_seq_cst);
    if (atomic_load_explicit(&ring->tail, memory_order_seq_cst) == at)
        *asleep = true;
    return true;
}

bool oc_script_ring_peek(const oc_script_ring_t *ring, oc_letter_t *letter, bool *bad) {
    uint32_t at = atomic_load_explicit(&ring->tail, memory_order_relaxed);
    uint32_t head = atomic_load_explicit(&ring->head, memory_order_seq_cst);
    if (head == at)
        return false;
    *bad = head - at > OC_SCRIPT_RING_BYTES || head - at < sizeof(*letter);
    if (*bad)
        return false;
    copy_out(ring, at, letter, sizeof(*letter));
    *bad = letter->bytes > OC_PARCEL_MAX || whole(letter->bytes) > head - at;
    return !*bad;
}

void oc_script_ring_take(oc_script_ring_t *ring, const oc_letter_t *letter, void *bytes) {
    uint32_t at = atomic_load_explicit(&ring->tail, memory_order_relaxed);
    copy_out(ring, at + (uint32_t)sizeof(*letter), bytes, letter->bytes);
    atomic_store_explicit(&ring->tail, at + whole(letter->bytes), memory_order_seq_cst);
}
