/* The readers' side of the ring: positions, references, numbers for people. */
#include <string.h>
#include "oc_assert.h"
#include "oc_clock.h"
#include "oc_err.h"
#include "oc_ring_impl.h"
#include "oc_thread_check.h"

#define MS_PER_S  1000u
#define US_PER_MS 1000

static oc_ring_reader_t *find(oc_ring_t *ring, int reader) {
    oc_ring_reader_t *r;
    if (reader < 0)
        return NULL;
    r = &ring->readers[(unsigned)reader % OC_RING_NUMBER_SLOTS];
    return r->used && r->generation == (unsigned)reader / OC_RING_NUMBER_SLOTS ? r : NULL;
}

static void wait_for_key(oc_ring_t *ring, oc_ring_reader_t *r) {
    if (!r->waiting)
        ring->readers_waiting++;
    r->waiting = true;
}

void oc_ring_wake_readers(oc_ring_t *ring, uint64_t seq) {
    for (unsigned i = 0; i < OC_RING_READERS; i++) {
        if (!ring->readers[i].used || !ring->readers[i].waiting)
            continue;
        ring->readers[i].seq = seq;
        ring->readers[i].waiting = false;
    }
    ring->readers_waiting = 0;
}

/* First packet of the last GOP that starts at or before `us`, or of the oldest; one is held. */
static uint64_t gop_at(const oc_ring_t *ring, int64_t us) {
    uint32_t first = oc_ring_start(ring, 0), low = first, high = ring->gops_held;
    while (high - low > 1) {
        uint32_t mid = low + (high - low) / 2;
        if (oc_ring_gop(ring, mid)->start_us <= us)
            low = mid;
        else
            high = mid;
    }
    while (low > first && !oc_ring_gop(ring, low)->starts)
        low--;
    return oc_ring_gop(ring, low)->first_seq;
}

/* dts in microseconds of the newest packet of the track that starts GOPs. The newest GOP held one:
 * its first packet. */
static int64_t newest_us(const oc_ring_t *ring) {
    uint64_t seq = ring->next_seq - 1;
    const oc_ring_entry_t *e = oc_ring_entry(ring, seq);
    while (e->gop_back && e->track != ring->base_track && seq > oc_ring_first_seq(ring))
        e = oc_ring_entry(ring, --seq);
    return oc_ring_dts_us(ring, e->track, e->config_id, e->dts);
}

int oc_ring_open(oc_ring_t *ring, oc_ring_start_t start, uint32_t back_ms,
                 oc_ring_policy_t policy) {
    OC_ON_MEDIA_THREAD();
    unsigned slot = 0;
    oc_ring_reader_t *r;
    oc_assert(start <= OC_RING_OLDEST && policy <= OC_RING_TO_OLDEST);
    while (slot < OC_RING_READERS && ring->readers[slot].used)
        slot++;
    if (slot == OC_RING_READERS)
        return OC_ERR_BUSY;
    r = &ring->readers[slot];
    r->used = true;
    r->waiting = r->gap = false;
    r->policy = (uint8_t)policy;
    r->seq = ring->next_seq;
    if (oc_ring_start_seq(ring, false) == 0 || start == OC_RING_NEXT)
        wait_for_key(ring, r);
    else if (start == OC_RING_BACK)
        r->seq = gop_at(ring, newest_us(ring) - (int64_t)back_ms * US_PER_MS);
    else
        r->seq = oc_ring_start_seq(ring, start == OC_RING_LIVE);
    return (int)(r->generation * OC_RING_NUMBER_SLOTS + slot);
}

void oc_ring_close(oc_ring_t *ring, int reader) {
    OC_ON_MEDIA_THREAD();
    oc_ring_reader_t *r = find(ring, reader);
    if (!r)
        return;
    if (r->waiting)
        ring->readers_waiting--;
    r->used = false;
    r->generation = (r->generation + 1) % (INT32_MAX / OC_RING_NUMBER_SLOTS);
}

static void lend(const oc_ring_t *ring, uint64_t seq, oc_packet_t *out) {
    const oc_ring_entry_t *e = oc_ring_entry(ring, seq);
    *out = (oc_packet_t){.data = ring->payload + e->offset,
                         .len_bytes = e->len_bytes,
                         .dts = e->dts,
                         .cts = e->cts,
                         .duration = e->duration,
                         .capture_us = e->capture_us,
                         .config_id = e->config_id,
                         .track = e->track,
                         .key = e->key,
                         .jump = e->jump};
}

int oc_ring_peek(oc_ring_t *ring, int reader, uint32_t ahead, oc_packet_t *out) {
    OC_ON_MEDIA_THREAD();
    oc_ring_reader_t *r = find(ring, reader);
    if (!r)
        return OC_ERR_NOENT;
    if (r->waiting)
        return OC_AGAIN;
    if (r->seq < oc_ring_first_seq(ring)) {
        r->gap = true;
        r->seq = oc_ring_start_seq(ring, r->policy != OC_RING_TO_OLDEST);
        if (r->seq == 0) {
            wait_for_key(ring, r);
            return OC_AGAIN;
        }
    }
    if (r->gap) {
        r->gap = false;
        ring->stats.reader_gaps++;
        return OC_GAP;
    }
    if (ahead >= ring->next_seq - r->seq)
        return OC_AGAIN;
    lend(ring, r->seq + ahead, out);
    return OC_OK;
}

void oc_ring_advance(oc_ring_t *ring, int reader, uint32_t count) {
    OC_ON_MEDIA_THREAD();
    oc_ring_reader_t *r = find(ring, reader);
    if (!r || r->waiting || r->gap)
        return;
    r->seq = count < ring->next_seq - r->seq ? r->seq + count : ring->next_seq;
}

uint64_t oc_ring_position(const oc_ring_t *ring, int reader) {
    OC_ON_MEDIA_THREAD();
    const oc_ring_reader_t *r = find((oc_ring_t *)ring, reader);
    return !r ? 0 : r->waiting ? ring->next_seq : r->seq;
}

int oc_ring_get(const oc_ring_t *ring, uint64_t seq, oc_packet_t *out) {
    OC_ON_MEDIA_THREAD();
    if (seq >= ring->next_seq)
        return OC_AGAIN;
    if (seq < oc_ring_first_seq(ring))
        return OC_ERR_STALE;
    lend(ring, seq, out);
    return OC_OK;
}

uint64_t oc_ring_gop_of(const oc_ring_t *ring, uint64_t seq) {
    OC_ON_MEDIA_THREAD();
    uint64_t first = oc_ring_first_seq(ring);
    if (!ring->gops_held)
        return 0;
    if (seq >= ring->next_seq)
        seq = ring->next_seq - 1;
    uint64_t start = seq < first ? 0 : seq - oc_ring_entry(ring, seq)->gop_back;
    return start < first ? oc_ring_start_seq(ring, false) : start;
}

uint64_t oc_ring_oldest(const oc_ring_t *ring) {
    OC_ON_MEDIA_THREAD();
    return ring->packets_held ? oc_ring_first_seq(ring) : 0;
}

uint64_t oc_ring_newest(const oc_ring_t *ring) {
    OC_ON_MEDIA_THREAD();
    return ring->packets_held ? ring->next_seq - 1 : 0;
}

/* From the first to the newest packet of the track that starts GOPs; exact while the timescale
 * does not change between them. */
static uint32_t held_ms(const oc_ring_t *ring) {
    const oc_ring_entry_t *first = oc_ring_entry(ring, oc_ring_first_seq(ring)), *last;
    const oc_track_t *a, *b;
    uint64_t seq = ring->next_seq - 1;
    last = oc_ring_entry(ring, seq);
    while (last->gop_back && last->track != first->track && seq > oc_ring_first_seq(ring))
        last = oc_ring_entry(ring, --seq);
    a = oc_ring_track(ring, first->track, first->config_id);
    b = oc_ring_track(ring, last->track, last->config_id);
    if (first->track == last->track && a && b && a->timescale == b->timescale)
        return (uint32_t)oc_clock_rescale(last->dts - first->dts, a->timescale, MS_PER_S);
    return (uint32_t)((newest_us(ring) - oc_ring_gop(ring, 0)->start_us) / US_PER_MS);
}

void oc_ring_stats(const oc_ring_t *ring, oc_ring_stats_t *out) {
    OC_ON_MEDIA_THREAD();
    *out = ring->stats;
    out->held_packets = ring->packets_held;
    out->held_gops = ring->gops_held;
    out->held_bytes = (uint32_t)ring->held_bytes;
    out->held_ms = ring->packets_held ? held_ms(ring) : 0;
    out->payload_bytes = ring->payload_bytes;
    out->index_packets = ring->packets_max;
    out->pinned_bytes = oc_ring_pinned_bytes(ring);
    out->loans = ring->loans;
    out->readers = 0;
    for (unsigned i = 0; i < OC_RING_READERS; i++)
        out->readers += ring->readers[i].used;
}
