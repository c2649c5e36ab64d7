/* oc_source_ring - see the header. The name of a message: bit 62, the packet's number, the piece.
 */
#include "oc_source_ring.h"

#include "oc_dcep.h"
#include "oc_err.h"

#define REF_RING   OC_SOURCE_RING_REF
#define PIECE_BITS 12
#define PIECE_MASK (OC_SOURCE_RING_PIECES - 1)
#define LOOKED_MAX 256 /* packets of no use that one call passes over */
_Static_assert(OC_SOURCE_RING_PIECES == 1u << PIECE_BITS, "a piece's number fits its bits");

void oc_source_ring_init(oc_source_ring_t *source, oc_source_feed_t *feed, const oc_source_t *head,
                         uint32_t piece_max) {
    *source = (oc_source_ring_t){.feed = feed, .piece_max = piece_max};
    if (head)
        source->head = *head;
}

int oc_source_ring_begin(oc_source_ring_t *source) {
    if (oc_source_feed_update(source->feed) != OC_OK)
        return OC_AGAIN;
    source->generation = source->feed->generation;
    return OC_OK;
}

static uint32_t message_len(const oc_packet_t *packet) {
    return OC_SOURCE_FEED_HEAD + packet->len_bytes;
}

/* Puts the place at packet `seq`, forwards only. */
static void move(oc_source_ring_t *s, uint64_t seq) {
    if (s->seq) {
        s->skipped += seq - s->seq - (s->piece > 0);
        s->jumps++;
    }
    s->seq = seq;
    s->piece = s->len = 0;
    s->counted = seq - 1;
    s->waiting = 0;
}

/* The number of the last packet that may be taken. */
static uint64_t last_of(const oc_source_ring_t *s) {
    uint64_t newest = oc_ring_newest(s->feed->ring);
    return s->until && s->until < newest ? s->until : newest;
}

/* Counts what has come since. */
static void count(oc_source_ring_t *s) {
    oc_packet_t packet;
    while (s->seq && !s->paused && s->counted < last_of(s) &&
           oc_ring_get(s->feed->ring, s->counted + 1, &packet) == OC_OK) {
        s->waiting += packet.len_bytes;
        s->counted++;
    }
}

/* To the newest key packet, when that is ahead; not in the middle of a packet. */
static void leap(oc_source_ring_t *s) {
    uint64_t newest = oc_ring_newest(s->feed->ring);
    s->leap = s->piece > 0;
    if (s->leap || s->seq == 0 || newest == 0)
        return;
    uint64_t key = oc_ring_gop_of(s->feed->ring, newest);
    if (key > s->seq)
        move(s, key);
}

/* The place is behind one packet more. */
static void pass(oc_source_ring_t *s, const oc_packet_t *packet) {
    if (s->counted >= s->seq)
        s->waiting -= packet->len_bytes;
    else
        s->counted = s->seq;
    s->seq++;
    s->piece = s->len = 0;
    if (s->leap)
        leap(s);
}

static bool is_start(const oc_source_ring_t *s, const oc_packet_t *packet) {
    return packet->key && packet->track == s->feed->lead;
}

/* Whether a packet can be a message; false with *changed: it has other tracks than the viewer
 * knows. */
static bool is_good(oc_source_ring_t *s, const oc_packet_t *packet, bool *changed) {
    if (!oc_source_feed_has(s->feed, packet)) {
        (void)oc_source_feed_update(s->feed);
        if (!oc_source_feed_has(s->feed, packet))
            return false; /* of tracks that are gone, or not carried */
    }
    *changed = s->feed->generation != s->generation;
    return !*changed && packet->dts >= 0 &&
           (message_len(packet) - 1) / s->piece_max < OC_SOURCE_RING_PIECES;
}

/* Puts the place where a packet can be sent. OC_OK and *packet | OC_AGAIN. */
static int place(oc_source_ring_t *s, oc_packet_t *packet, bool *changed) {
    const oc_ring_t *ring = s->feed->ring;
    uint64_t newest = oc_ring_newest(ring);
    *changed = false;
    if (newest == 0 || s->seq > last_of(s))
        return OC_AGAIN;
    if (s->seq == 0 || oc_ring_get(ring, s->seq, packet) != OC_OK) {
        uint64_t before = s->skipped;
        s->torn = s->torn || s->piece > 1 || (s->piece == 1 && s->headless != s->seq);
        if (s->torn)
            return OC_AGAIN;
        uint64_t key = oc_ring_gop_of(ring, newest);
        if (key == 0) /* it waits for the next one */
            return OC_AGAIN;
        move(s, key);
        s->overrun += s->skipped - before;
    }
    for (unsigned i = 0;
         i < LOOKED_MAX && s->seq <= last_of(s) && oc_ring_get(ring, s->seq, packet) == OC_OK;
         i++) {
        s->looks++;
        if (s->pausing && s->piece == 0 && is_start(s, packet)) {
            s->paused = true;
            s->pausing = false;
            return OC_AGAIN;
        }
        if (is_good(s, packet, changed))
            return OC_OK;
        if (*changed)
            return OC_AGAIN;
        s->skipped++;
        s->useless++;
        pass(s, packet);
    }
    return OC_AGAIN;
}

/* What `head` has goes between two packets. */
static int next_of_head(oc_source_ring_t *s, oc_msg_t *out) {
    return s->head.ops && s->piece == 0 ? s->head.ops->next(s->head.ctx, out) : OC_AGAIN;
}

/* What was found at the place still holds: neither the ring nor the tracks have moved on. */
static bool known(const oc_source_ring_t *s) {
    return s->len && s->generation == s->feed->generation &&
           s->seq >= oc_ring_oldest(s->feed->ring) && s->seq <= last_of(s);
}

static int next_of_ring(oc_source_ring_t *s, oc_msg_t *out, bool *changed) {
    *changed = false;
    if (s->torn || s->generation == 0 || (s->paused && s->piece == 0))
        return OC_AGAIN;
    if (!known(s)) {
        oc_packet_t packet;
        int rc = place(s, &packet, changed);
        if (rc != OC_OK)
            return rc;
        s->len = message_len(&packet);
        s->start = is_start(s, &packet);
    }
    uint32_t len = s->len, at = s->piece * s->piece_max;
    *out = (oc_msg_t){.ref = REF_RING | s->seq << PIECE_BITS | s->piece,
                      .len = len - at < s->piece_max ? len - at : s->piece_max,
                      .ppid = OC_PPID_BINARY,
                      .group = len > s->piece_max ? s->seq : 0,
                      .key = s->piece == 0 && s->start};
    return OC_OK;
}

static int next(void *ctx, oc_msg_t *out) {
    oc_source_ring_t *s = ctx;
    bool changed;
    if (next_of_head(s, out) == OC_OK)
        return OC_OK;
    return next_of_ring(s, out, &changed);
}

static void take(void *ctx, uint64_t ref) {
    oc_source_ring_t *s = ctx;
    oc_packet_t packet;
    if (!(ref & REF_RING)) {
        s->head.ops->take(s->head.ctx, ref);
        return;
    }
    if (oc_ring_get(s->feed->ring, s->seq, &packet) != OC_OK)
        return;
    s->taken += s->piece == 0;
    s->piece++;
    if ((uint64_t)s->piece * s->piece_max >= message_len(&packet))
        pass(s, &packet);
}

static int bytes(void *ctx, uint64_t ref, uint32_t offset, uint32_t len, oc_span_t *parts,
                 unsigned max) {
    oc_source_ring_t *s = ctx;
    oc_packet_t packet;
    uint64_t seq = (ref & ~REF_RING) >> PIECE_BITS;
    int count_of = 0;
    if (!(ref & REF_RING))
        return s->head.ops->bytes(s->head.ctx, ref, offset, len, parts, max);
    if (oc_ring_get(s->feed->ring, seq, &packet) != OC_OK)
        return OC_ERR_STALE;
    offset += (uint32_t)(ref & PIECE_MASK) * s->piece_max;
    if (offset < OC_SOURCE_FEED_HEAD) {
        const uint8_t *head = oc_source_feed_head(s->feed, seq, &packet);
        uint32_t n = OC_SOURCE_FEED_HEAD - offset < len ? OC_SOURCE_FEED_HEAD - offset : len;
        if (!head)
            return OC_ERR_STALE;
        parts[count_of++] = oc_span(head + offset, n);
        offset += n;
        len -= n;
    }
    if (len)
        parts[count_of++] = oc_span(packet.data + (offset - OC_SOURCE_FEED_HEAD), len);
    return count_of;
}

/* A packet in pieces of which some arrive and some do not. */
static void look_for_tear(oc_source_ring_t *s, uint64_t ref, int how) {
    uint64_t seq = (ref & ~REF_RING) >> PIECE_BITS;
    uint32_t piece = (uint32_t)(ref & PIECE_MASK);
    if (how == OC_OK) {
        s->torn = s->torn || (piece > 0 && seq == s->headless);
    } else if (how == OC_ERR_STALE) {
        s->torn = s->torn || piece > 0 || (seq == s->seq && s->piece > 1);
        s->headless = piece == 0 ? seq : s->headless;
    }
}

static void done(void *ctx, uint64_t ref, int how) {
    oc_source_ring_t *s = ctx;
    if (ref & REF_RING)
        look_for_tear(s, ref, how);
    if (!(ref & REF_RING))
        s->head.ops->done(s->head.ctx, ref, how);
    else if (how == OC_OK)
        s->done++;
    else
        s->dropped++;
}

const oc_source_ops_t oc_source_ring_ops = {next, take, bytes, done};

oc_source_ring_state_t oc_source_ring_look(oc_source_ring_t *source) {
    oc_msg_t message;
    bool changed = false;
    int rc = next_of_head(source, &message);
    if (rc != OC_OK)
        rc = next_of_ring(source, &message, &changed);
    count(source);
    return source->torn  ? OC_SOURCE_RING_TORN
           : changed     ? OC_SOURCE_RING_CHANGED
           : rc == OC_OK ? OC_SOURCE_RING_READY
                         : OC_SOURCE_RING_WAITS;
}

void oc_source_ring_pause(oc_source_ring_t *source, bool at_gop) {
    source->pausing = at_gop;
    source->paused = source->paused || !at_gop;
    source->len = 0; /* the packet at the place may be where it stops */
}

void oc_source_ring_resume(oc_source_ring_t *source) {
    bool stood = source->paused;
    source->paused = source->pausing = false;
    if (stood && !source->until)
        leap(source);
}

void oc_source_ring_hold(oc_source_ring_t *source) {
    uint64_t begun = source->piece ? source->seq : source->seq - 1;
    if (source->until)
        return;
    if (!source->seq) /* nothing waits yet */
        begun = oc_ring_newest(source->feed->ring);
    source->until = source->counted > begun ? source->counted : begun;
    if (!source->until) /* the ring is empty: 0 would be no hold */
        source->until = 1;
}

void oc_source_ring_release(oc_source_ring_t *source) {
    bool stood = source->until != 0;
    source->until = 0;
    if (stood && !source->paused)
        leap(source);
}
