/* The writer's side of the ring: descriptions of tracks, pushing, eviction. */
#include <string.h>
#include "oc_assert.h"
#include "oc_clock.h"
#include "oc_err.h"
#include "oc_ring_impl.h"
#include "oc_thread_check.h"

#define US_PER_S  1000000u
#define US_PER_MS 1000

int64_t oc_ring_dts_us(const oc_ring_t *ring, unsigned track, uint16_t config_id, int64_t dts) {
    const oc_track_t *t = oc_ring_track(ring, track, config_id);
    if (!t)
        t = oc_ring_track(ring, track, 0);
    return t ? oc_clock_rescale(dts, t->timescale, US_PER_S) : 0;
}

static bool same_track(const oc_track_t *a, const oc_track_t *b) {
    return a->codec == b->codec && a->timescale == b->timescale && a->width == b->width &&
           a->height == b->height && a->sample_rate == b->sample_rate &&
           a->channels == b->channels && a->in_band == b->in_band &&
           a->config_len == b->config_len && !memcmp(a->config, b->config, a->config_len);
}

/* The track whose packets start GOPs: the video track, or audio when there is no video. */
static void choose_base(oc_ring_t *ring) {
    bool had_video = ring->base_is_video;
    ring->base_track = OC_RING_TRACK_NONE;
    ring->base_is_video = false;
    for (unsigned i = OC_TRACKS_MAX; i-- > 0;) {
        const oc_track_t *t = oc_ring_track(ring, i, 0);
        if (!t || (ring->base_is_video && !oc_codec_is_video(t->codec)))
            continue;
        ring->base_track = (uint8_t)i;
        ring->base_is_video = oc_codec_is_video(t->codec);
    }
    if (ring->base_is_video && !had_video) /* audio alone ends where the first picture is due */
        ring->accepting = ring->gop_seen = false;
}

int oc_ring_set_track(oc_ring_t *ring, unsigned index, const oc_track_t *track) {
    OC_ON_MEDIA_THREAD();
    oc_ring_track_t *t;
    const oc_track_t *now;
    if (index >= OC_TRACKS_MAX || !track || track->codec == OC_CODEC_NONE || !track->timescale ||
        track->timescale > INT32_MAX || track->config_len > OC_TRACK_CONFIG_MAX ||
        !(oc_codec_is_video(track->codec) || oc_codec_is_audio(track->codec)))
        return OC_ERR_INVAL;
    t = &ring->track[index];
    now = &t->config[t->newest];
    if (t->last_id) {
        if (same_track(now, track))
            return t->last_id;
        t->last_dts = oc_clock_rescale(t->last_dts, now->timescale, track->timescale);
        t->newest = (uint8_t)((t->newest + 1) % OC_RING_CONFIGS);
    }
    t->last_id = t->last_id == UINT16_MAX ? 1 : (uint16_t)(t->last_id + 1);
    t->id[t->newest] = t->last_id;
    t->config[t->newest] = *track;
    choose_base(ring);
    return t->last_id;
}

int oc_ring_forget_track(oc_ring_t *ring, unsigned index) {
    OC_ON_MEDIA_THREAD();
    if (index >= OC_TRACKS_MAX || !ring->track[index].last_id || ring->track[index].had_packets)
        return OC_ERR_STATE;
    memset(&ring->track[index], 0, sizeof ring->track[index]);
    choose_base(ring);
    return OC_OK;
}

const oc_track_t *oc_ring_track(const oc_ring_t *ring, unsigned index, uint16_t config_id) {
    OC_ON_MEDIA_THREAD();
    const oc_ring_track_t *t;
    if (index >= OC_TRACKS_MAX || !ring->track[index].last_id)
        return NULL;
    t = &ring->track[index];
    if (!config_id || config_id == t->last_id)
        return &t->config[t->newest];
    for (unsigned i = 0; i < OC_RING_CONFIGS; i++)
        if (t->id[i] == config_id)
            return &t->config[i];
    return NULL;
}

static void evict_gop(oc_ring_t *ring) {
    const oc_ring_gop_t *gop = oc_ring_gop(ring, 0);
    ring->held_bytes -= gop->bytes;
    ring->packets_held -= gop->packets;
    ring->packet_first += gop->packets;
    if (ring->packet_first >= ring->packets_max)
        ring->packet_first -= ring->packets_max;
    ring->gop_first = ring->gop_first + 1 < ring->gops_max ? ring->gop_first + 1 : 0;
    ring->gops_held--;
}

void oc_ring_clear(oc_ring_t *ring) {
    OC_ON_MEDIA_THREAD();
    while (ring->gops_held)
        evict_gop(ring);
    ring->accepting = false;
    ring->gop_seen = false;
    for (unsigned i = 0; i < OC_TRACKS_MAX; i++)
        ring->track[i].has_dts = false;
    for (unsigned i = 0; i < OC_RING_READERS; i++) {
        oc_ring_reader_t *r = &ring->readers[i];
        if (!r->used || r->waiting)
            continue;
        r->waiting = r->gap = true;
        ring->readers_waiting++;
    }
}

/* The part of the payload memory that positions from .. end take: one piece, or two around its end.
 * Positions whose memory was written again since are left out. */
static void each_piece(const oc_ring_t *ring, uint64_t from, uint64_t end,
                       void (*use)(const oc_ring_t *ring, uint8_t *memory, size_t bytes)) {
    uint64_t size = ring->payload_bytes, begin;
    if (ring->head > size && from < ring->head - size)
        from = ring->head - size;
    if (from >= end)
        return;
    begin = from % size;
    if (begin + (end - from) <= size) {
        use(ring, ring->payload + begin, (size_t)(end - from));
        return;
    }
    use(ring, ring->payload + begin, (size_t)(size - begin));
    use(ring, ring->payload, (size_t)(end - from - (size - begin)));
}

static void give_back(const oc_ring_t *ring, uint8_t *memory, size_t bytes) {
    ring->discard(ring->discard_context, memory, bytes);
}

static void overwrite(const oc_ring_t *ring, uint8_t *memory, size_t bytes) {
    (void)ring;
    memset(memory, 0, bytes);
}

/* Gives back what evicted packets took, up to the last whole unit: what lies behind that is in use
 * or will go with the next. */
static void discard(oc_ring_t *ring) {
    uint64_t end = ring->gops_held ? oc_ring_gop(ring, 0)->position : ring->head;
    uint64_t pinned = oc_ring_first_pinned(ring), offset, past;
    if (pinned < end)
        end = pinned;
    offset = end % ring->payload_bytes;
    past = (uintptr_t)(ring->payload + offset) % ring->discard_unit;
    if (past > offset) /* the unit begins before the payload */
        past = offset;
    if (end < ring->discarded + past + ring->discard_unit)
        return;
    each_piece(ring, ring->discarded, end - past, give_back);
    ring->discarded = end - past;
}

/* GOPs leave that are older than the time asked for. The newest has just begun. */
static void evict_old(oc_ring_t *ring) {
    if (!ring->keep_us)
        return;
    for (;;) {
        uint32_t pieces = oc_ring_start(ring, 1); /* of the oldest */
        if (pieces >= ring->gops_held ||
            ring->gop_seen_start_us - oc_ring_gop(ring, pieces)->start_us < ring->keep_us)
            break;
        while (pieces--)
            evict_gop(ring);
    }
    discard(ring);
}

void oc_ring_overwrite(oc_ring_t *ring) {
    each_piece(ring, ring->discarded, ring->head, overwrite);
    ring->discarded = ring->head;
    /* The memory is given back next: without this the compiler may leave the writing out. */
    __asm__ volatile("" : : "r"(ring->payload) : "memory");
}

void oc_ring_wipe(oc_ring_t *ring) {
    OC_ON_MEDIA_THREAD();
    oc_assert(ring->pins_used == 0);
    oc_ring_clear(ring);
    oc_ring_overwrite(ring);
}

/* Measures the source's GOPs, also those that do not fit. */
static void measure(oc_ring_t *ring, const oc_packet_t *packet, bool starts_gop) {
    oc_ring_stats_t *s = &ring->stats;
    int64_t us;
    if (!starts_gop) {
        if (ring->gop_seen)
            ring->gop_seen_bytes += packet->len_bytes;
        return;
    }
    us = oc_ring_dts_us(ring, packet->track, packet->config_id, packet->dts);
    if (ring->gop_seen) {
        int64_t long_us = us > ring->gop_seen_start_us ? us - ring->gop_seen_start_us : 0;
        uint64_t ms = (uint64_t)(long_us + US_PER_MS / 2) / US_PER_MS;
        s->last_gop_bytes =
            ring->gop_seen_bytes > UINT32_MAX ? UINT32_MAX : (uint32_t)ring->gop_seen_bytes;
        s->last_gop_ms = ms > UINT32_MAX ? UINT32_MAX : (uint32_t)ms;
        if (s->last_gop_bytes > s->largest_gop_bytes)
            s->largest_gop_bytes = s->last_gop_bytes;
        if (s->last_gop_ms > s->longest_gop_ms)
            s->longest_gop_ms = s->last_gop_ms;
        if (ring->preroll_ms && s->last_gop_ms > ring->preroll_ms)
            s->long_gops++;
    }
    ring->gop_seen = true;
    ring->gop_seen_bytes = packet->len_bytes;
    ring->gop_seen_start_us = us;
}

/* What must hold before a packet is looked at. OC_OK | OC_AGAIN empty | OC_ERR_INVAL. */
static int check(oc_ring_t *ring, const oc_packet_t *packet) {
    const oc_ring_track_t *t;
    if (!packet->len_bytes) {
        ring->stats.empty_packets++;
        return OC_AGAIN;
    }
    if (packet->track >= OC_TRACKS_MAX)
        goto refuse;
    t = &ring->track[packet->track];
    if (!t->last_id || !packet->config_id || !packet->data ||
        !oc_ring_track(ring, packet->track, packet->config_id))
        goto refuse;
    if (t->has_dts && packet->dts < t->last_dts)
        goto refuse;
    return OC_OK;
refuse:
    ring->stats.refused_packets++;
    return OC_ERR_INVAL;
}

/* The GOP under way gets another piece: this one takes half of the ring. */
static bool begins_piece(const oc_ring_t *ring, uint32_t len) {
    const oc_ring_gop_t *gop = oc_ring_newest_gop(ring);
    return (uint64_t)gop->bytes + len > ring->payload_bytes / 2 ||
           gop->packets >= ring->packets_max / 2;
}

/* Finds room for the packet and evicts what is in the way, never the piece being written.
 * OC_OK and *position | OC_ERR_TOO_BIG | OC_ERR_BUSY; nothing has changed then. */
static int make_room(oc_ring_t *ring, uint32_t len, bool starts_gop, bool begins,
                     uint64_t *position) {
    uint64_t oldest_kept;
    uint32_t passed;
    if (len > ring->payload_bytes || (ring->max_gop_bytes && len > ring->max_gop_bytes))
        return OC_ERR_TOO_BIG;
    if (oc_ring_place(ring, len, position, &passed) != OC_OK)
        return OC_ERR_BUSY;
    oldest_kept = *position + len > ring->payload_bytes
                      ? *position + len - ring->payload_bytes
                      : 0; /* packets that begin before this are overwritten */
    if (!starts_gop && ring->max_gop_bytes && ring->start_bytes + len > ring->max_gop_bytes)
        return OC_ERR_TOO_BIG;
    if (!begins && oc_ring_newest_gop(ring)->position < oldest_kept)
        return OC_ERR_BUSY; /* behind pins */
    oc_ring_pass_pins(ring, passed);
    while (ring->gops_held && (oc_ring_gop(ring, 0)->position < oldest_kept ||
                               ring->packets_held == ring->packets_max ||
                               (begins && ring->gops_held == ring->gops_max)))
        evict_gop(ring);
    return OC_OK;
}

/* Copies the payload, once. Returns its place. */
static const uint8_t *copy(oc_ring_t *ring, const oc_packet_t *packet, uint64_t position) {
    while (position - ring->lap_start >= ring->payload_bytes)
        ring->lap_start += ring->payload_bytes;
    ring->head = position + packet->len_bytes;
    ring->stats.copied_bytes += packet->len_bytes;
    return memcpy(ring->payload + (position - ring->lap_start), packet->data, packet->len_bytes);
}

/* Enters a packet that was copied to `position` into the index. */
static void store(oc_ring_t *ring, const oc_packet_t *packet, bool starts_gop, bool begins,
                  uint64_t position) {
    oc_ring_entry_t *e;
    oc_ring_gop_t *gop;
    uint64_t seq = ring->next_seq++;
    ring->packets_held++;
    if (starts_gop) {
        ring->start_seq = seq;
        ring->start_bytes = 0;
    }
    ring->start_bytes += packet->len_bytes;
    if (begins) {
        int64_t us = oc_ring_dts_us(ring, packet->track, packet->config_id, packet->dts);
        ring->gops_held++;
        *oc_ring_newest_gop(ring) = (oc_ring_gop_t){seq, position, us, 0, 0, starts_gop};
    }
    gop = oc_ring_newest_gop(ring);
    gop->bytes += packet->len_bytes;
    gop->packets++;
    ring->held_bytes += packet->len_bytes;
    e = oc_ring_entry(ring, seq);
    *e = (oc_ring_entry_t){.position = position,
                           .dts = packet->dts,
                           .capture_us = packet->capture_us,
                           .offset = (uint32_t)(position - ring->lap_start),
                           .len_bytes = packet->len_bytes,
                           .cts = packet->cts,
                           .duration = packet->duration,
                           .gop_back = (uint32_t)(seq - ring->start_seq),
                           .config_id = packet->config_id,
                           .track = packet->track,
                           .key = packet->key,
                           .jump = packet->jump};
    ring->stats.bytes += packet->len_bytes;
    ring->stats.packets++;
}

void oc_ring_end_gop(oc_ring_t *ring) {
    OC_ON_MEDIA_THREAD();
    ring->accepting = ring->accepting && !ring->base_is_video;
}

int oc_ring_push(oc_ring_t *ring, const oc_packet_t *packet) {
    return oc_ring_push_checked(ring, packet, NULL);
}

int oc_ring_push_checked(oc_ring_t *ring, const oc_packet_t *packet,
                         bool (*is_valid)(const uint8_t *payload, size_t bytes)) {
    OC_ON_MEDIA_THREAD();
    uint64_t position;
    bool starts_gop;
    oc_assert(packet->data || packet->len_bytes == 0);
    int rc = check(ring, packet);
    if (rc != OC_OK)
        return rc;
    starts_gop = !ring->base_is_video || (packet->track == ring->base_track && packet->key);
    measure(ring, packet, starts_gop);
    if (!starts_gop && !ring->accepting) {
        ring->stats.waiting_packets++;
        return OC_AGAIN;
    }
    bool begins = starts_gop || begins_piece(ring, packet->len_bytes);
    do
        rc = make_room(ring, packet->len_bytes, starts_gop, begins, &position);
    while (rc == OC_ERR_BUSY && oc_ring_reclaim(ring));
    ring->accepting = rc == OC_OK;
    if (rc != OC_OK) {
        if (rc == OC_ERR_BUSY)
            ring->stats.pinned_gops++;
        else
            ring->stats.oversize_gops++;
        return rc;
    }
    const uint8_t *payload = copy(ring, packet, position);
    ring->accepting = !is_valid || is_valid(payload, packet->len_bytes);
    if (!ring->accepting)
        return OC_ERR_FORMAT;
    store(ring, packet, starts_gop, begins, position);
    if (starts_gop)
        evict_old(ring);
    ring->track[packet->track].last_dts = packet->dts;
    ring->track[packet->track].has_dts = ring->track[packet->track].had_packets = true;
    if (starts_gop && ring->readers_waiting)
        oc_ring_wake_readers(ring, ring->next_seq - 1);
    return OC_OK;
}
