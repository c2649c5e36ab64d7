/* The ring against a naive model: an array of packets, one owner and one pin count per payload
 * byte, everything found by walking. Random sizes, readers, pins, clears and descriptions; every
 * answer of the ring is predicted and every byte it lends is compared. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "oc_err.h"
#include "oc_ring.h"

#define HISTORY         4096 /* packets the model remembers; more than any ring here holds */
#define BYTE_MAX        8192
#define ROUNDS          (OC_TEST_DIVISOR > 1 ? 6000 : 25000) /* fewer do not meet all cases */
#define UNIT            64                                   /* bytes; of what a ring gives back */
#define CHECK_ALL_EVERY 64 /* operations between walks over everything held */

typedef struct packet {
    uint64_t seq, gop; /* gop: a piece of one, where that takes more than half of the ring */
    uint64_t start;    /* the first packet of its GOP */
    oc_packet_t p;     /* p.data unused: bytes follow from seed */
    uint32_t seed, offset;
} packet_t;

typedef struct reader {
    int number;
    uint64_t pos;
    bool used, waiting, gap;
    oc_ring_policy_t policy;
} reader_t;

typedef struct pin {
    int number;
    uint64_t first, last;
    bool used, lent;
    uint32_t age; /* of a loan: the lowest is taken back first */
} pin_t;

typedef struct model {
    oc_ring_t *ring;
    oc_ring_size_t size;
    uint32_t max_gop, state;
    int64_t keep_ms; /* GOPs leave when those behind them last so long; 0 = never by time */
    uint64_t discarded_bytes;
    packet_t history[HISTORY];
    uint64_t next, oldest; /* numbers; oldest == next: empty */
    uint64_t gop;          /* number of the newest piece */
    uint64_t start;        /* of the newest GOP */
    uint32_t head;         /* offset behind the newest packet */
    bool accepting, video;
    uint64_t owner[BYTE_MAX]; /* GOP number + 1 of each payload byte, 0 = nobody */
    uint8_t pinned[BYTE_MAX]; /* pins that cover each payload byte */
    pin_t pin[OC_RING_PINS];
    int reclaimed[OC_RING_LOANS]; /* pins that the ring shall take back next */
    uint32_t reclaims, loans, ages, taken_back;
    reader_t reader[OC_RING_READERS];
    int64_t dts[OC_TRACKS_MAX];
    bool has_dts[OC_TRACKS_MAX];
    uint16_t config[OC_TRACKS_MAX];
    uint64_t packets, bytes;
    uint32_t empty, waited, oversize, busy, gaps, refused;
} model_t;

static uint32_t random_u32(model_t *m) { /* xorshift32 */
    m->state ^= m->state << 13;
    m->state ^= m->state >> 17;
    m->state ^= m->state << 5;
    return m->state;
}
static uint32_t below(model_t *m, uint32_t n) {
    return random_u32(m) % n;
}

static void fill(uint8_t *out, uint32_t len, uint32_t seed) {
    for (uint32_t i = 0; i < len; i++)
        out[i] = (uint8_t)((seed + i * 2654435761u) >> 11);
}

static void same_bytes(const uint8_t *data, uint32_t len, uint32_t seed) {
    uint8_t want[BYTE_MAX];
    fill(want, len, seed);
    assert_memory_equal(data, want, len);
}

/* The payload is the last part of the ring's memory. */
static uint8_t *payload(const model_t *m) {
    return (uint8_t *)m->ring + m->size.total_bytes - m->size.payload_bytes;
}

static packet_t *at(model_t *m, uint64_t seq) {
    return &m->history[seq % HISTORY];
}

static void same_packet(model_t *m, uint64_t seq, const oc_packet_t *p) {
    const packet_t *want = at(m, seq);
    assert_int_equal(p->len_bytes, want->p.len_bytes);
    assert_int_equal(p->dts, want->p.dts);
    assert_int_equal(p->cts, want->p.cts);
    assert_int_equal(p->duration, want->p.duration);
    assert_int_equal(p->capture_us, want->p.capture_us);
    assert_int_equal(p->config_id, want->p.config_id);
    assert_int_equal(p->track, want->p.track);
    assert_int_equal(p->key, want->p.key);
    assert_int_equal(p->jump, want->p.jump);
    same_bytes(p->data, p->len_bytes, want->seed);
}

static void evict_gop(model_t *m) {
    uint64_t gop = at(m, m->oldest)->gop;
    while (m->oldest < m->next && at(m, m->oldest)->gop == gop)
        m->oldest++;
}

/* The oldest packet held that a reader may begin at; 0 = none. */
static uint64_t oldest_start(model_t *m) {
    for (uint64_t seq = m->oldest; seq < m->next; seq++)
        if (at(m, seq)->start == seq)
            return seq;
    return 0;
}

/* That of the GOP of this packet, if it is held, else the oldest. */
static uint64_t gop_start(model_t *m, uint64_t seq) {
    uint64_t start = at(m, seq)->start;
    return start >= m->oldest ? start : oldest_start(m);
}

static uint64_t piece_start(model_t *m, uint64_t seq) {
    while (seq > m->oldest && at(m, seq - 1)->gop == at(m, seq)->gop)
        seq--;
    return seq;
}

/* The packet begins another piece of the GOP under way. */
static bool splits(model_t *m, uint32_t len) {
    uint32_t bytes = len;
    uint64_t first = piece_start(m, m->next - 1);
    for (uint64_t s = first; s < m->next; s++)
        bytes += at(m, s)->p.len_bytes;
    return bytes > m->size.payload_bytes / 2 || m->next - first >= m->size.packets / 2;
}

static uint32_t gops_held(model_t *m) {
    uint32_t n = 0;
    for (uint64_t seq = m->oldest; seq < m->next; seq++)
        n += seq == m->oldest || at(m, seq)->gop != at(m, seq - 1)->gop;
    return n;
}

/* First place behind head where len bytes hit no pin; distance from head, or UINT32_MAX. */
static uint32_t find_place(model_t *m, uint32_t len) {
    uint32_t size = m->size.payload_bytes;
    for (uint32_t d = 0; d <= size;) {
        uint32_t o = (m->head + d) % size, hit = 0;
        if (o + len > size) {
            d += size - o;
            continue;
        }
        for (uint32_t i = 0; i < len; i++)
            if (m->pinned[o + i])
                hit = i + 1;
        if (!hit)
            return d;
        d += hit;
    }
    return UINT32_MAX;
}

/* Adds `add` to the pin count of every byte from the first packet to the end of the last. */
static void mark(model_t *m, const pin_t *pin, uint32_t first, uint32_t end, int add) {
    uint32_t o = first;
    do {
        m->pinned[o] = (uint8_t)(m->pinned[o] + add);
        o = (o + 1) % m->size.payload_bytes;
    } while (o != end % m->size.payload_bytes);
}

static void mark_pin(model_t *m, const pin_t *pin, int add) {
    const packet_t *last = at(m, pin->last);
    mark(m, pin, at(m, pin->first)->offset, last->offset + last->p.len_bytes, add);
}

static void let_go(model_t *m, pin_t *pin) {
    mark_pin(m, pin, -1);
    m->loans -= pin->lent;
    pin->used = false;
}

/* The oldest loan goes; the ring is to ask for just that. */
static bool predict_reclaim(model_t *m) {
    pin_t *oldest = NULL;
    for (unsigned i = 0; i < OC_RING_PINS; i++) {
        pin_t *pin = &m->pin[i];
        if (pin->used && pin->lent && (!oldest || pin->age < oldest->age))
            oldest = pin;
    }
    if (!oldest)
        return false;
    m->reclaimed[m->reclaims++] = oldest->number;
    let_go(m, oldest);
    m->taken_back++;
    return true;
}

static void reclaim(void *context, oc_ring_t *ring) {
    model_t *m = context;
    assert_true(m->reclaims > 0);
    oc_ring_unpin(ring, m->reclaimed[0]);
    memmove(m->reclaimed, m->reclaimed + 1, --m->reclaims * sizeof m->reclaimed[0]);
}

static int predict_room(model_t *m, uint32_t len, bool starts, bool begins, uint32_t *distance) {
    uint32_t size = m->size.payload_bytes, gop_bytes = 0;
    bool over_gop = false;
    if (len > size || (m->max_gop && len > m->max_gop))
        return OC_ERR_TOO_BIG;
    if ((*distance = find_place(m, len)) == UINT32_MAX)
        return OC_ERR_BUSY;
    for (uint32_t d = 0; d < *distance + len && d < size; d++)
        over_gop = over_gop || m->owner[(m->head + d) % size] == m->gop + 1;
    for (uint64_t s = m->start; s < m->next && !starts && m->max_gop; s++)
        gop_bytes += at(m, s)->p.len_bytes;
    if (!starts && m->max_gop && gop_bytes + len > m->max_gop)
        return OC_ERR_TOO_BIG;
    if (!begins && over_gop)
        return OC_ERR_BUSY;
    for (uint32_t d = 0; d < *distance + len && d < size; d++) {
        uint64_t owner = m->owner[(m->head + d) % size];
        while (m->oldest < m->next && at(m, m->oldest)->gop + 1 <= owner)
            evict_gop(m);
        m->owner[(m->head + d) % size] = 0;
    }
    while (m->oldest < m->next &&
           (m->next - m->oldest == m->size.packets || (begins && gops_held(m) == m->size.gops)))
        evict_gop(m);
    return OC_OK;
}

/* The GOP behind the oldest one begins here; m->next: none does. */
static uint64_t second_gop(model_t *m) {
    uint64_t seq = m->oldest + 1;
    while (seq < m->next && at(m, seq)->start != seq)
        seq++;
    return seq;
}

static void predict_age(model_t *m, int64_t now_ms) {
    while (m->keep_ms && m->oldest < m->next && second_gop(m) < m->next &&
           now_ms - at(m, second_gop(m))->p.dts >= m->keep_ms)
        m->oldest = second_gop(m);
}

/* Nothing that is held or pinned may be given back; what was is worth nothing from now on. */
static void discard(void *context, void *memory, size_t bytes) {
    model_t *m = context;
    uint8_t *begin = payload(m);
    size_t offset = (size_t)((uint8_t *)memory - begin);
    uint64_t held = m->oldest < m->next ? at(m, m->oldest)->gop + 1 : m->gop + 2;
    assert_true((uint8_t *)memory >= begin && offset + bytes <= m->size.payload_bytes);
    assert_true(((uintptr_t)memory + bytes) % UNIT == 0 || offset + bytes == m->size.payload_bytes);
    for (size_t i = offset; i < offset + bytes; i++) {
        assert_int_equal(m->pinned[i], 0);
        assert_true(m->owner[i] < held);
    }
    memset(memory, 0xA5, bytes);
    m->discarded_bytes += bytes;
}

static void keep(model_t *m, const oc_packet_t *p, bool starts, bool begins, uint32_t distance,
                 uint32_t seed) {
    uint32_t size = m->size.payload_bytes, offset = (m->head + distance) % size;
    m->gop += begins;
    m->start = starts ? m->next : m->start;
    *at(m, m->next) = (packet_t){m->next, m->gop, m->start, *p, seed, offset};
    for (uint32_t i = 0; i < p->len_bytes; i++)
        m->owner[offset + i] = m->gop + 1;
    m->head = offset + p->len_bytes;
    m->dts[p->track] = p->dts;
    m->has_dts[p->track] = true;
    m->packets++;
    m->bytes += p->len_bytes;
    for (int i = 0; starts && i < OC_RING_READERS; i++)
        if (m->reader[i].used && m->reader[i].waiting) {
            m->reader[i].pos = m->next;
            m->reader[i].waiting = false;
        }
    m->next++;
}

static int predict_push(model_t *m, const oc_packet_t *p, uint32_t seed) {
    bool starts = !m->video || (p->track == 0 && p->key);
    uint32_t distance = 0;
    int rc;
    if (!p->len_bytes)
        return m->empty++, OC_AGAIN;
    if (m->has_dts[p->track] && p->dts < m->dts[p->track])
        return m->refused++, OC_ERR_INVAL;
    if (!starts && !m->accepting)
        return m->waited++, OC_AGAIN;
    bool begins = starts || splits(m, p->len_bytes);
    do
        rc = predict_room(m, p->len_bytes, starts, begins, &distance);
    while (rc == OC_ERR_BUSY && predict_reclaim(m));
    m->accepting = rc == OC_OK;
    if (rc == OC_OK)
        keep(m, p, starts, begins, distance, seed);
    if (rc == OC_OK && starts)
        predict_age(m, p->dts);
    m->oversize += rc == OC_ERR_TOO_BIG;
    m->busy += rc == OC_ERR_BUSY;
    return rc;
}

static void do_push(model_t *m, uint32_t max_len) {
    static uint8_t bytes[2 * BYTE_MAX];
    uint32_t seed = random_u32(m);
    uint8_t track = m->video ? below(m, 3) == 0 : 1;
    oc_packet_t p = {.data = bytes,
                     .len_bytes = below(m, 50) ? 1 + below(m, max_len) : 0,
                     .dts = m->dts[track] + below(m, 100),
                     .cts = (int32_t)below(m, 1000) - 500,
                     .duration = below(m, 3000),
                     .capture_us = random_u32(m),
                     .config_id = m->config[track],
                     .track = track,
                     .key = track == 1 || below(m, 12) == 0,
                     .jump = below(m, 20) == 0};
    if (below(m, 200) == 0)
        p.len_bytes = BYTE_MAX / 2 + below(m, BYTE_MAX);
    if (below(m, 300) == 0)
        p.dts = m->dts[track] - 1 - below(m, 50);
    fill(bytes, p.len_bytes, seed);
    int want = predict_push(m, &p, seed);
    assert_int_equal(oc_ring_push(m->ring, &p), want);
}

static void do_open(model_t *m) {
    unsigned slot = 0, start = below(m, 4);
    reader_t r = {.used = true, .policy = (oc_ring_policy_t)below(m, 2), .pos = m->next};
    uint32_t back_ms = below(m, 3000);
    while (slot < OC_RING_READERS && m->reader[slot].used)
        slot++;
    r.number = oc_ring_open(m->ring, (oc_ring_start_t)start, back_ms, r.policy);
    if (slot == OC_RING_READERS) {
        assert_int_equal(r.number, OC_ERR_BUSY);
        return;
    }
    assert_true(r.number >= 0);
    if (m->oldest == m->next || start == OC_RING_NEXT || !oldest_start(m)) {
        r.waiting = true;
    } else if (start == OC_RING_LIVE) {
        r.pos = gop_start(m, m->next - 1);
    } else {
        r.pos = oldest_start(m);
        for (uint64_t s = m->next; start == OC_RING_BACK && s-- > m->oldest;) {
            uint64_t newest = m->next - 1, first = piece_start(m, s);
            uint8_t base = m->video ? 0 : 1;
            while (at(m, newest)->start != newest && at(m, newest)->p.track != base &&
                   newest > m->oldest)
                newest--;
            if (at(m, s)->start < m->oldest)
                continue;
            first = at(m, s)->start;
            /* both tracks count milliseconds in this test */
            if (at(m, first)->p.dts <= at(m, newest)->p.dts - (int64_t)back_ms) {
                r.pos = first;
                break;
            }
        }
    }
    m->reader[slot] = r;
}

static void do_read(model_t *m) {
    reader_t *r = &m->reader[below(m, OC_RING_READERS)];
    uint32_t ahead = below(m, 8), count = below(m, 12);
    oc_packet_t p;
    if (!r->used)
        return;
    if (r->waiting) {
        assert_int_equal(oc_ring_peek(m->ring, r->number, ahead, &p), OC_AGAIN);
        return;
    }
    if (r->pos < m->oldest) {
        r->gap = true;
        r->pos = r->policy == OC_RING_TO_OLDEST ? oldest_start(m) : gop_start(m, m->next - 1);
        if (r->pos == 0) {
            r->waiting = true;
            assert_int_equal(oc_ring_peek(m->ring, r->number, ahead, &p), OC_AGAIN);
            return;
        }
    }
    if (r->gap) {
        r->gap = false;
        m->gaps++;
        assert_int_equal(oc_ring_peek(m->ring, r->number, ahead, &p), OC_GAP);
        return;
    }
    if (r->pos + ahead >= m->next) {
        assert_int_equal(oc_ring_peek(m->ring, r->number, ahead, &p), OC_AGAIN);
    } else {
        assert_int_equal(oc_ring_peek(m->ring, r->number, ahead, &p), OC_OK);
        same_packet(m, r->pos + ahead, &p);
    }
    oc_ring_advance(m->ring, r->number, count);
    r->pos = r->pos + count < m->next ? r->pos + count : m->next;
    assert_int_equal(oc_ring_position(m->ring, r->number), r->pos);
}

static void do_close(model_t *m) {
    reader_t *r = &m->reader[below(m, OC_RING_READERS)];
    oc_packet_t p;
    if (!r->used)
        return;
    oc_ring_close(m->ring, r->number);
    oc_ring_close(m->ring, r->number);
    assert_int_equal(oc_ring_peek(m->ring, r->number, 0, &p), OC_ERR_NOENT);
    assert_int_equal(oc_ring_position(m->ring, r->number), 0);
    r->used = false;
}

static uint32_t pinned_bytes(model_t *m) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < m->size.payload_bytes; i++)
        n += m->pinned[i] != 0;
    return n;
}

static pin_t *free_pin(model_t *m) {
    for (unsigned i = 0; i < OC_RING_PINS; i++)
        if (!m->pin[i].used)
            return &m->pin[i];
    return NULL;
}

/* Bytes of a pin alone, around the end of the memory. */
static uint32_t own_bytes(model_t *m, const pin_t *pin) {
    uint32_t from = at(m, pin->first)->offset;
    uint32_t to = at(m, pin->last)->offset + at(m, pin->last)->p.len_bytes;
    return to > from ? to - from : m->size.payload_bytes - from + to;
}

static int predict_pin(model_t *m, const pin_t *pin) {
    if (pin->lent && m->loans == OC_RING_LOANS)
        return OC_ERR_BUSY;
    while (!free_pin(m))
        if (pin->lent || !predict_reclaim(m))
            return OC_ERR_BUSY;
    mark_pin(m, pin, 1);
    while (pinned_bytes(m) > m->size.payload_bytes / 2) {
        if (!pin->lent && predict_reclaim(m))
            continue;
        mark_pin(m, pin, -1);
        return pin->lent && own_bytes(m, pin) > m->size.payload_bytes / 2 ? OC_ERR_TOO_BIG
                                                                          : OC_ERR_BUSY;
    }
    return OC_OK;
}

static void do_pin(model_t *m, bool lent) {
    pin_t pin = {.used = true, .lent = lent, .age = m->ages++};
    if (m->oldest == m->next)
        return;
    pin.first = m->oldest + below(m, (uint32_t)(m->next - m->oldest));
    pin.last = pin.first + below(m, 6);
    if (pin.last >= m->next)
        pin.last = m->next - 1;
    int expected = predict_pin(m, &pin);
    pin.number = lent ? oc_ring_lend(m->ring, pin.first, pin.last)
                      : oc_ring_pin(m->ring, pin.first, pin.last);
    assert_int_equal(m->reclaims, 0);
    if (expected != OC_OK) {
        assert_int_equal(pin.number, expected);
        return;
    }
    assert_true(pin.number >= 0);
    m->loans += lent;
    *free_pin(m) = pin;
}

static void check_pin(model_t *m, const uint8_t *payload, const pin_t *pin) {
    for (uint64_t s = pin->first; s <= pin->last; s++)
        same_bytes(payload + at(m, s)->offset, at(m, s)->p.len_bytes, at(m, s)->seed);
}

static void do_unpin(model_t *m) {
    pin_t *pin = &m->pin[below(m, OC_RING_PINS)];
    if (!pin->used)
        return;
    if (pin->first + HISTORY > m->next)
        check_pin(m, payload(m), pin);
    let_go(m, pin);
    oc_ring_unpin(m->ring, pin->number);
    oc_ring_unpin(m->ring, pin->number); /* twice: must not hit a later pin */
}

static void do_clear(model_t *m) {
    oc_ring_clear(m->ring);
    m->oldest = m->next;
    m->accepting = false;
    for (int i = 0; i < OC_TRACKS_MAX; i++)
        m->has_dts[i] = false;
    for (int i = 0; i < OC_RING_READERS; i++)
        if (m->reader[i].used && !m->reader[i].waiting)
            m->reader[i].waiting = m->reader[i].gap = true;
}

static void do_track(model_t *m) {
    unsigned i = m->video ? below(m, 2) : 1;
    oc_track_t t = {.codec = i ? OC_CODEC_AAC : OC_CODEC_H264, .timescale = 1000, .config_len = 2};
    int id;
    t.config[0] = (uint8_t)below(m, 2);
    id = oc_ring_set_track(m->ring, i, &t);
    assert_true(id > 0);
    assert_int_equal(oc_ring_set_track(m->ring, i, &t), id);
    assert_memory_equal(oc_ring_track(m->ring, i, (uint16_t)id)->config, t.config, 2);
    m->config[i] = (uint16_t)id;
}

static void check_all(model_t *m) {
    oc_ring_stats_t s;
    oc_packet_t p;
    uint32_t bytes = 0;
    oc_ring_stats(m->ring, &s);
    assert_int_equal(oc_ring_oldest(m->ring), m->oldest < m->next ? m->oldest : 0);
    assert_int_equal(oc_ring_newest(m->ring), m->oldest < m->next ? m->next - 1 : 0);
    assert_int_equal(oc_ring_get(m->ring, m->next, &p), OC_AGAIN);
    assert_int_equal(oc_ring_get(m->ring, m->oldest - 1, &p), OC_ERR_STALE);
    for (uint64_t seq = m->oldest; seq < m->next; seq++) {
        assert_int_equal(oc_ring_get(m->ring, seq, &p), OC_OK);
        same_packet(m, seq, &p);
        assert_int_equal(oc_ring_gop_of(m->ring, seq), gop_start(m, seq));
        bytes += p.len_bytes;
    }
    assert_int_equal(s.held_bytes, bytes);
    assert_int_equal(s.held_packets, m->next - m->oldest);
    assert_int_equal(s.held_gops, gops_held(m));
    assert_int_equal(s.pinned_bytes, pinned_bytes(m));
    assert_int_equal(s.loans, m->loans);
    assert_int_equal(m->reclaims, 0); /* the ring has asked for as many as it had to */
    assert_int_equal(s.packets, m->packets);
    assert_int_equal(s.bytes, m->bytes);
    assert_int_equal(s.copied_bytes, m->bytes); /* each byte once */
    assert_int_equal(s.empty_packets, m->empty);
    assert_int_equal(s.waiting_packets, m->waited);
    assert_int_equal(s.oversize_gops, m->oversize);
    assert_int_equal(s.pinned_gops, m->busy);
    assert_int_equal(s.reader_gaps, m->gaps);
    assert_int_equal(s.refused_packets, m->refused);
    for (int i = 0; i < OC_RING_PINS; i++)
        if (m->pin[i].used && m->pin[i].first + HISTORY > m->next)
            check_pin(m, payload(m), &m->pin[i]);
}

static void run(uint32_t seed, bool video, oc_ring_plan_t plan, uint32_t max_len, uint32_t *busy) {
    const uint32_t rounds = ROUNDS;
    static model_t m;
    void *memory;
    memset(&m, 0, sizeof m);
    m = (model_t){
        .state = seed, .next = 1, .oldest = 1, .video = video, .max_gop = plan.max_gop_bytes};
    if (plan.discard) {
        plan.discard_context = &m;
        plan.discard_unit = UNIT;
        m.keep_ms = plan.milliseconds + plan.milliseconds / 8;
    }
    assert_int_equal(oc_ring_plan(&plan, &m.size, NULL, 0), OC_OK);
    assert_true(m.size.payload_bytes <= BYTE_MAX && m.size.packets < HISTORY / 2);
    memory = aligned_alloc(16, (m.size.total_bytes + 15) / 16 * 16);
    m.ring = oc_ring_init(memory, NULL, &plan, &m.size);
    assert_non_null(m.ring);
    oc_ring_on_need(m.ring, reclaim, &m);
    for (unsigned i = 0; i < 8; i++)
        do_track(&m);
    while (!m.config[1] || (video && !m.config[0]))
        do_track(&m);
    for (uint32_t i = 0; i < rounds; i++) {
        uint32_t what = below(&m, 1000);
        if (what < 500)
            do_push(&m, max_len);
        else if (what < 850)
            do_read(&m);
        else if (what < 875)
            do_open(&m);
        else if (what < 895)
            do_close(&m);
        else if (what < 940)
            do_pin(&m, below(&m, 2));
        else if (what < 996)
            do_unpin(&m);
        else if (what < 999)
            do_track(&m);
        else
            do_clear(&m);
        if (i % CHECK_ALL_EVERY == 0)
            check_all(&m);
        for (int k = 0; k < OC_RING_PINS; k++) /* the model forgets; let go before that */
            if (m.pin[k].used && m.next - m.pin[k].first > HISTORY / 2) {
                let_go(&m, &m.pin[k]);
                oc_ring_unpin(m.ring, m.pin[k].number);
            }
    }
    check_all(&m);
    assert_true(m.packets > rounds / 8 && m.gaps && m.empty && m.refused);
    assert_true(m.discarded_bytes > m.bytes / 16 || !plan.discard);
    assert_true(m.taken_back > 0);
    *busy += m.busy;
    assert_true(m.oversize || !plan.max_gop_bytes);
    free(memory);
}

static void test_bytes_decide(void **state) {
    uint32_t busy = 0;
    oc_ring_plan_t plan = {.bytes = 8000, .bitrate_bps = 8000, .packets_per_s = 100};
    for (uint32_t seed = 1; seed <= 12; seed++)
        run(seed, true, plan, 20 + seed * 60, &busy);
    assert_true(busy > 0); /* pins left no room at times */
}

static void test_index_decides(void **state) {
    uint32_t busy = 0;
    oc_ring_plan_t plan = {.bytes = 8192, .bitrate_bps = 8000, .packets_per_s = 3};
    for (uint32_t seed = 21; seed <= 24; seed++)
        run(seed, true, plan, 60, &busy);
}

static void test_max_gop_decides(void **state) {
    uint32_t busy = 0;
    oc_ring_plan_t plan = {
        .bytes = 8192, .bitrate_bps = 8000, .packets_per_s = 100, .max_gop_bytes = 1500};
    for (uint32_t seed = 31; seed <= 34; seed++)
        run(seed, true, plan, 300, &busy);
}

static void test_audio_only(void **state) { /* [E10] every packet is a GOP */
    uint32_t busy = 0;
    oc_ring_plan_t plan = {.bytes = 4096, .bitrate_bps = 8000, .packets_per_s = 20};
    for (uint32_t seed = 41; seed <= 44; seed++)
        run(seed, false, plan, 200, &busy);
}

static void test_time_decides(void **state) { /* memory goes back, by time and by bytes */
    uint32_t busy = 0;
    oc_ring_plan_t plan = {
        .milliseconds = 3200, .bitrate_bps = 16000, .packets_per_s = 100, .discard = discard};
    for (uint32_t seed = 51; seed <= 62; seed++)
        run(seed, seed % 4 != 0, plan, 20 + (seed - 50) * 20, &busy);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes_decide),    cmocka_unit_test(test_index_decides),
        cmocka_unit_test(test_max_gop_decides), cmocka_unit_test(test_audio_only),
        cmocka_unit_test(test_time_decides),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
