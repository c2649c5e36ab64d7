/* Another plan for a ring that is in use: where it is, or in other memory. */
#include <string.h>
#include "oc_assert.h"
#include "oc_err.h"
#include "oc_ring_impl.h"
#include "oc_thread_check.h"

static bool gop_fits(const oc_ring_t *ring, const oc_ring_plan_t *plan,
                     const oc_ring_size_t *size) {
    const oc_ring_gop_t *gop = ring->gops_held ? oc_ring_newest_gop(ring) : NULL;
    return !gop || (gop->bytes <= size->payload_bytes && gop->packets <= size->packets &&
                    (!plan->max_gop_bytes || gop->bytes <= plan->max_gop_bytes));
}

int oc_ring_replan(oc_ring_t *ring, const oc_ring_plan_t *plan, const oc_ring_size_t *size) {
    OC_ON_MEDIA_THREAD();
    bool gives_back = plan->discard && plan->milliseconds;
    bool fits = size->payload_bytes <= ring->payload_bytes && size->packets <= ring->packets_max;
    bool same = size->payload_bytes == ring->payload_bytes && size->packets == ring->packets_max;
    if (!same && !(fits && gives_back))
        return OC_ERR_RANGE;
    if (!gop_fits(ring, plan, size))
        return OC_ERR_TOO_BIG;
    oc_ring_follow(ring, plan);
    return OC_OK;
}

/* How many of the oldest GOPs stay behind when the newest go into such sizes. */
static uint32_t left_behind(const oc_ring_t *ring, const oc_ring_size_t *size) {
    uint64_t bytes = 0, packets = 0;
    uint32_t first = ring->gops_held;
    while (first > 0 && ring->gops_held - first < size->gops) {
        const oc_ring_gop_t *gop = oc_ring_gop(ring, first - 1);
        bytes += gop->bytes;
        packets += gop->packets;
        if (bytes > size->payload_bytes || packets > size->packets)
            break;
        first--;
    }
    return first;
}

/* A reader that wants least loss is to read a packet before this one, which is still there. */
static bool still_read(const oc_ring_t *ring, uint64_t seq) {
    for (unsigned i = 0; i < OC_RING_READERS; i++) {
        const oc_ring_reader_t *r = &ring->readers[i];
        if (r->used && !r->waiting && !r->gap && r->policy == OC_RING_TO_OLDEST && r->seq < seq &&
            r->seq >= oc_ring_first_seq(ring))
            return true;
    }
    return false;
}

/* Copies packets from `seq` on, GOPs from `gop` on, to the beginning of these parts. Bytes. */
static uint64_t copy(const oc_ring_t *ring, uint64_t seq, uint32_t gop, const oc_ring_parts_t *to) {
    uint64_t first = seq, head = 0;
    for (; seq < ring->next_seq; seq++) {
        oc_ring_entry_t *e = &to->packets[seq - first];
        *e = *oc_ring_entry(ring, seq);
        memcpy(to->payload + head, ring->payload + e->offset, e->len_bytes);
        e->position = head;
        e->offset = (uint32_t)head;
        head += e->len_bytes;
    }
    for (uint32_t i = gop; i < ring->gops_held; i++) {
        oc_ring_gop_t *g = &to->gops[i - gop];
        *g = *oc_ring_gop(ring, i);
        g->position = to->packets[g->first_seq - first].position;
    }
    return head;
}

int oc_ring_move(oc_ring_t *ring, void *memory, const oc_ring_plan_t *plan,
                 const oc_ring_size_t *size) {
    OC_ON_MEDIA_THREAD();
    oc_assert((uintptr_t)memory % 16 == 0);
    if (!gop_fits(ring, plan, size))
        return OC_ERR_TOO_BIG;
    uint32_t gop = left_behind(ring, size);
    uint64_t seq = gop < ring->gops_held ? oc_ring_gop(ring, gop)->first_seq : ring->next_seq;
    if (still_read(ring, seq) || ring->pins_used > ring->loans)
        return OC_ERR_BUSY;
    while (oc_ring_reclaim(ring))
        continue;
    if (ring->pins_used)
        return OC_ERR_BUSY;
    if (!memory)
        return OC_OK;
    oc_ring_parts_t to = oc_ring_lay_out(memory, size);
    uint64_t bytes = copy(ring, seq, gop, &to);
    oc_ring_overwrite(ring);
    oc_ring_use(ring, &to, size);
    oc_ring_follow(ring, plan);
    ring->packets_held = (uint32_t)(ring->next_seq - seq);
    ring->gops_held -= gop;
    ring->packet_first = ring->gop_first = 0;
    ring->head = ring->held_bytes = bytes;
    ring->lap_start = bytes == size->payload_bytes ? bytes : 0;
    ring->discarded = 0;
    return OC_OK;
}
