/* oc_ring_impl - what the files of the ring share; not for users of oc_ring.h.
 * The payload memory is circular. Positions are 64-bit byte counts that never go back; a position's
 * place in memory is its remainder by the payload size. The writer stands at `head`; a packet whose
 * position lies more than one payload size behind the end of what is written next is overwritten,
 * so its GOP leaves the index first. A pin is an interval of positions; a writer that reaches one
 * jumps over it and the pin's interval moves on by one payload size. */
#ifndef OC_RING_IMPL_H
#define OC_RING_IMPL_H

#include "oc_ring.h"

#define OC_RING_ALIGN        16u   /* alignment of every part of the ring's memory */
#define OC_RING_PAYLOAD_MIN  4096u /* bytes; smaller rings hold no picture */
#define OC_RING_PACKETS_MIN  16    /* index entries */
#define OC_RING_PIN_SHARE    2     /* at most 1/2 of the payload may be pinned */
#define OC_RING_NUMBER_SLOTS 32    /* low bits of a reader or pin number: its slot */
#define OC_RING_TRACK_NONE   OC_TRACKS_MAX

/* One packet of the index. 48 bytes. */
typedef struct oc_ring_entry {
    uint64_t position; /* of the first payload byte */
    int64_t dts, capture_us;
    uint32_t offset; /* of the first payload byte in the payload memory */
    uint32_t len_bytes;
    int32_t cts;
    uint32_t duration;
    uint32_t
        gop_back; /* packets back to the first one of its GOP, which may have left; 0 = is it */
    uint16_t config_id;
    uint8_t track;
    bool key : 1, jump : 1;
} oc_ring_entry_t;

/* One GOP of the index, or a piece of one that takes more than half of the ring: pieces leave one
 * by one, and readers that stand behind them miss nothing. 32 bytes. */
typedef struct oc_ring_gop {
    uint64_t first_seq;
    uint64_t position; /* of its first packet */
    int64_t start_us;  /* dts of its first packet, rounded to microseconds */
    uint32_t bytes;
    uint32_t packets : 31;
    uint32_t starts : 1; /* with the first packet of the GOP: a reader may begin here */
} oc_ring_gop_t;

/* Descriptions of one track; the oldest is overwritten. */
typedef struct oc_ring_track {
    oc_track_t config[OC_RING_CONFIGS];
    uint16_t id[OC_RING_CONFIGS]; /* 0 = unused */
    uint8_t newest;               /* index of the current one */
    uint16_t last_id;             /* the current id; 0 = track never set */
    bool has_dts;
    bool had_packets; /* ever */
    int64_t last_dts; /* of the last packet taken, in the current timescale */
} oc_ring_track_t;

typedef struct oc_ring_reader {
    uint64_t seq; /* next packet to read */
    uint32_t generation;
    uint8_t policy; /* oc_ring_policy_t */
    bool used;
    bool waiting; /* stands before a GOP that is still to come */
    bool gap;     /* tell OC_GAP at the next peek that finds a packet */
} oc_ring_reader_t;

typedef struct oc_ring_pinned {
    uint64_t start, end; /* positions, end not included */
    uint32_t generation;
    bool used;
    bool lent; /* may be taken back */
} oc_ring_pinned_t;

struct oc_ring {
    uint8_t *payload;
    oc_ring_entry_t *packets;
    oc_ring_gop_t *gops;
    uint32_t payload_bytes, packets_max, gops_max;
    uint32_t max_gop_bytes, preroll_ms; /* 0 = no limit */
    void (*discard)(void *context, void *memory, size_t bytes);
    void *discard_context;
    uint32_t discard_unit;
    int64_t keep_us;    /* GOPs leave when those behind them last so long; 0 = by bytes alone */
    uint64_t discarded; /* memory of positions below this was given back, or is in use again */

    uint64_t head;                       /* position behind the newest packet */
    uint64_t lap_start;                  /* largest multiple of payload_bytes <= head */
    uint64_t next_seq;                   /* number of the next packet */
    uint32_t packet_first, packets_held; /* slot of the oldest packet; count */
    uint32_t gop_first, gops_held;       /* slot of the oldest GOP; count */
    uint64_t held_bytes;
    uint64_t start_seq;   /* the first packet of the GOP under way, ... */
    uint64_t start_bytes; /* ... and what was taken of it */
    bool accepting;       /* false: packets are skipped until the next GOP start */
    uint8_t base_track;   /* its key packets start GOPs; OC_RING_TRACK_NONE = none set yet */
    bool base_is_video;

    bool gop_seen;             /* a GOP of the source is being measured */
    uint64_t gop_seen_bytes;   /* of it, with what was given up */
    int64_t gop_seen_start_us; /* dts of its first packet */

    oc_ring_track_t track[OC_TRACKS_MAX];
    oc_ring_reader_t readers[OC_RING_READERS];
    uint32_t readers_waiting; /* readers with waiting set */
    oc_ring_pinned_t pins[OC_RING_PINS];
    uint8_t pin_order[OC_RING_PINS]; /* slots of used pins by rising start */
    uint32_t pins_used, loans;       /* loans: those of them that are lent */
    void (*reclaim)(void *context, oc_ring_t *ring);
    void *reclaim_context;
    oc_ring_stats_t stats; /* the counters; the rest is filled in on request */
};

/* Slot of a packet that is held. */
static inline oc_ring_entry_t *oc_ring_entry(const oc_ring_t *ring, uint64_t seq) {
    uint32_t back = (uint32_t)(ring->next_seq - seq); /* 1 .. packets_held */
    uint32_t slot = ring->packet_first + (ring->packets_held - back);
    return &ring->packets[slot < ring->packets_max ? slot : slot - ring->packets_max];
}
/* GOP `index` of those held, 0 = oldest. */
static inline oc_ring_gop_t *oc_ring_gop(const oc_ring_t *ring, uint32_t index) {
    uint32_t slot = ring->gop_first + index;
    return &ring->gops[slot < ring->gops_max ? slot : slot - ring->gops_max];
}
static inline oc_ring_gop_t *oc_ring_newest_gop(const oc_ring_t *ring) {
    return oc_ring_gop(ring, ring->gops_held - 1);
}
/* Index of the first GOP held from `index` on that a reader may begin at; gops_held = none. */
static inline uint32_t oc_ring_start(const oc_ring_t *ring, uint32_t index) {
    while (index < ring->gops_held && !oc_ring_gop(ring, index)->starts)
        index++;
    return index;
}
/* Number of the first packet that a reader may begin at, the oldest or the newest; 0 = none. */
static inline uint64_t oc_ring_start_seq(const oc_ring_t *ring, bool newest) {
    uint32_t index = ring->gops_held;
    if (!newest)
        index = oc_ring_start(ring, 0);
    else
        while (index > 0 && !oc_ring_gop(ring, --index)->starts)
            continue;
    bool found = index < ring->gops_held && oc_ring_gop(ring, index)->starts;
    return found ? oc_ring_gop(ring, index)->first_seq : 0;
}
/* Number of the oldest packet held; next_seq when none is. */
static inline uint64_t oc_ring_first_seq(const oc_ring_t *ring) {
    return ring->next_seq - ring->packets_held;
}

/* Where `len` bytes (1 .. payload_bytes) can be written: *position and, in *passed, how many pins
 * of pin_order the writer jumps over. Changes nothing. OC_OK | OC_ERR_BUSY no room between pins. */
int oc_ring_place(const oc_ring_t *ring, uint32_t len, uint64_t *position, uint32_t *passed);
/* Moves the first `passed` pins of pin_order on by one payload size. */
void oc_ring_pass_pins(oc_ring_t *ring, uint32_t passed);
/* The lowest position that is pinned; UINT64_MAX = none is. */
uint64_t oc_ring_first_pinned(const oc_ring_t *ring);
/* Takes a loan back. False: there is none. */
bool oc_ring_reclaim(oc_ring_t *ring);
/* Bytes covered by pins, each byte counted once. */
uint32_t oc_ring_pinned_bytes(const oc_ring_t *ring);

/* What depends on the sizes, in one piece of memory. */
typedef struct oc_ring_parts {
    oc_ring_entry_t *packets;
    oc_ring_gop_t *gops;
    uint8_t *payload;
} oc_ring_parts_t;
/* Where they are in memory of these sizes. */
oc_ring_parts_t oc_ring_lay_out(void *memory, const oc_ring_size_t *size);
/* The ring has them from now on; what is held is not touched. */
void oc_ring_use(oc_ring_t *ring, const oc_ring_parts_t *parts, const oc_ring_size_t *size);
/* Limits and times of a plan. */
void oc_ring_follow(oc_ring_t *ring, const oc_ring_plan_t *plan);
/* Overwrites every payload byte that was written and not given back since. */
void oc_ring_overwrite(oc_ring_t *ring);

/* Readers that wait for a GOP start stand at `seq` from now on. */
void oc_ring_wake_readers(oc_ring_t *ring, uint64_t seq);

/* dts of a track in microseconds, by the timescale of description config_id. */
int64_t oc_ring_dts_us(const oc_ring_t *ring, unsigned track, uint16_t config_id, int64_t dts);

#endif
