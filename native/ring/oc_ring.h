/* oc_ring - the last seconds of encoded packets of one stream, in GOPs.
 * One writer, up to OC_RING_READERS readers, all on the media thread; never waits and allocates
 * nothing after init. A GOP starts at a key packet of the video track (audio only: at any packet)
 * and holds every packet pushed until the next one. Eviction removes whole GOPs, oldest first; of a
 * GOP that is longer than the ring, its first pieces: who reads it goes on, nobody starts in it.
 * Invariants: a reader starts at a GOP start and never sees a packet whose GOP start it missed;
 * a packet's bytes are contiguous and are copied exactly once, by oc_ring_push;
 * pinned bytes are never overwritten, eviction works around them.
 * A ring that may discard memory holds the time it was asked for, not what its memory could hold:
 * a bit rate that was guessed too high costs addresses then, and no memory. */
#ifndef OC_RING_H
#define OC_RING_H

#include <stddef.h>
#include "oc_packet.h"

#define OC_RING_READERS 32 /* 32 bytes each */
#define OC_RING_PINS    32 /* 32 bytes each; ranges handed to other threads */
#define OC_RING_LOANS   8  /* pins that the ring may take back: the others are for recordings */
#define OC_RING_CONFIGS 4  /* per track; sizeof(oc_track_t) each: parameter-set changes kept */

typedef struct oc_ring oc_ring_t; /* opaque; lives at the start of the caller's memory */

/* What the ring must hold. Exactly one of bytes and milliseconds is non-zero. */
typedef struct oc_ring_plan {
    uint32_t bytes;         /* payload memory wanted; 0 = derive from milliseconds */
    uint32_t milliseconds;  /* time wanted at bitrate_bps; 0 = derive from bytes */
    uint32_t bitrate_bps;   /* expected sum over the tracks, bits per second; > 0 */
    uint32_t packets_per_s; /* expected sum over the tracks, > 0; sizes the index */
    uint32_t max_gop_bytes; /* largest GOP the owner expects (A1); 0 = not stated */
    uint32_t max_gop_ms;    /* longest GOP the source makes; 0 = not known */
    uint32_t preroll_ms;    /* longest pre-roll a reader may ask for; 0 = none */
    /* Gives memory of evicted packets back: its content is no longer needed and may change until
     * the ring writes there again. Pieces end at addresses that discard_unit divides (a power of
     * two, bytes; 0 = any), but for the ends of the payload. GOPs leave by time then, 1/8 later
     * than `milliseconds`. NULL, or a plan in bytes: GOPs leave when their memory is needed. */
    void (*discard)(void *context, void *memory, size_t bytes);
    void *discard_context;
    uint32_t discard_unit;
} oc_ring_plan_t;

/* The sizes a plan leads to. */
typedef struct oc_ring_size {
    uint32_t payload_bytes;
    uint32_t packets;   /* index entries, 48 bytes each */
    uint32_t gops;      /* GOP entries, 32 bytes each */
    size_t total_bytes; /* memory to hand to oc_ring_init */
} oc_ring_size_t;

/* Checks a plan and computes sizes. On error `why` (may be NULL; why_size bytes) gets one line that
 * names key, value and what is allowed.
 * OC_OK | OC_ERR_INVAL both or neither of bytes and milliseconds | OC_ERR_RANGE max GOP larger than
 * the ring, GOP longer than the pre-roll asked for, or pre-roll longer than the ring. */
int oc_ring_plan(const oc_ring_plan_t *plan, oc_ring_size_t *size, char *why, size_t why_size);

/* Bytes of oc_ring_t alone, a multiple of 16: part of size->total_bytes. */
size_t oc_ring_bytes(void);
/* Makes a ring in `head` (oc_ring_bytes()), and all that depends on the plan in `memory`
 * (size->total_bytes - oc_ring_bytes()), which oc_ring_move can leave; NULL: behind it in `head`,
 * which has size->total_bytes then. Both aligned to 16, borrowed until the ring is no longer used.
 * NULL: memory misaligned or sizes not from oc_ring_plan. */
oc_ring_t *oc_ring_init(void *head, void *memory, const oc_ring_plan_t *plan,
                        const oc_ring_size_t *size);
/* Takes another plan in force where the memory stays: the payload that the plan needs is that of
 * now, or a part of it that a plan in milliseconds with `discard` leaves unused. Packets, readers,
 * pins and references stay; GOPs that are too old now leave with the next.
 * OC_OK | OC_ERR_TOO_BIG the GOP under way is larger than the plan allows | OC_ERR_RANGE it needs
 * other memory: oc_ring_move. Nothing has changed then. */
int oc_ring_replan(oc_ring_t *ring, const oc_ring_plan_t *plan, const oc_ring_size_t *size);
/* Moves a ring into other memory with the sizes of another plan: the newest
 * GOPs that fit go along, with their numbers, under the same ring; readers and references stay.
 * What is left in the old memory is overwritten; it is the caller's again, but for `head`. Copies
 * each byte kept once (stats.copied_bytes does not count it). memory NULL: only tells whether it
 * could be now. OC_OK | OC_ERR_BUSY bytes are pinned, or a reader that wants least loss has not
 * come to what fits yet: again later | OC_ERR_TOO_BIG the GOP under way does not fit. Nothing has
 * changed then. */
int oc_ring_move(oc_ring_t *ring, void *memory, const oc_ring_plan_t *plan,
                 const oc_ring_size_t *size);

/* Forgets all packets; readers stay and continue with the next GOP (OC_GAP). Pins stay valid. */
void oc_ring_clear(oc_ring_t *ring);

/* oc_ring_clear, and overwrites every payload byte that was ever written and not discarded since:
 * nothing of a packet stays in the memory. Other memory is not touched. No pin may be held. */
void oc_ring_wipe(oc_ring_t *ring);

/* Describes or changes track `index` (0 .. OC_TRACKS_MAX-1); *track is copied. Returns the
 * config_id (> 0) to put into the packets that follow; an equal description gives the current id.
 * > 0 | OC_ERR_INVAL bad index or codec. */
int oc_ring_set_track(oc_ring_t *ring, unsigned index, const oc_track_t *track);

/* Takes the description of a track back of which no packet has come: the others go on without it.
 * Describing it again brings it back. OC_OK | OC_ERR_STATE it has packets, or is not described. */
int oc_ring_forget_track(oc_ring_t *ring, unsigned index);

/* The description config_id of a track; config_id 0 = the newest. Borrowed until OC_RING_CONFIGS
 * further changes of that track. NULL = never set or forgotten. */
const oc_track_t *oc_ring_track(const oc_ring_t *ring, unsigned index, uint16_t config_id);

/* Copies one packet in (packet->data borrowed until return).
 * OC_OK | OC_AGAIN empty packet skipped, or waiting for a key packet: counted | OC_ERR_TOO_BIG
 * packet or GOP exceeds max_gop_bytes, or the packet the ring: what is in of the GOP stays (it
 * decodes), its rest is given up until the next key packet, reported once | OC_ERR_BUSY pinned
 * bytes leave no room: the same | OC_ERR_INVAL track not set, unknown config_id, or dts going back:
 * counted. */
int oc_ring_push(oc_ring_t *ring, const oc_packet_t *packet);
/* The same out of memory that may change meanwhile: is_valid looks at the copy. OC_ERR_FORMAT: it
 * is not; the rest of the GOP is given up. */
int oc_ring_push_checked(oc_ring_t *ring, const oc_packet_t *packet,
                         bool (*is_valid)(const uint8_t *payload, size_t bytes));

/* Packets were lost behind the newest: of a stream with pictures nothing is taken before the next
 * key picture (OC_AGAIN), for the rest of the GOP needs what was lost. */
void oc_ring_end_gop(oc_ring_t *ring);

/* Where a reader starts. */
typedef enum oc_ring_start {
    OC_RING_LIVE,   /* at the newest key packet in the ring (or the first to come) */
    OC_RING_NEXT,   /* at the next key packet to come */
    OC_RING_BACK,   /* pre-roll: at the key packet back_ms before the newest packet, or the nearest
                       earlier one, or the oldest there is */
    OC_RING_OLDEST, /* at the oldest GOP */
} oc_ring_start_t;

/* What happens to a reader that fell behind (its position was evicted). */
typedef enum oc_ring_policy {
    OC_RING_TO_NEWEST, /* continue at the newest key packet: least delay (live) */
    OC_RING_TO_OLDEST, /* continue at the oldest GOP still there: least loss (recording) */
} oc_ring_policy_t;

/* Opens a reader. back_ms is used by OC_RING_BACK only.
 * >= 0 reader number | OC_ERR_BUSY all readers taken. */
int oc_ring_open(oc_ring_t *ring, oc_ring_start_t start, uint32_t back_ms, oc_ring_policy_t policy);
/* Closes a reader; an unknown number is ignored. */
void oc_ring_close(oc_ring_t *ring, int reader);

/* Lends the packet `ahead` places after the reader's position (0 = the next). out->data: borrowed
 * until the next oc_ring_push or oc_ring_clear; pin it to keep it longer.
 * OC_OK | OC_AGAIN nothing there yet | OC_GAP the reader fell behind and now stands at a GOP start
 * according to its policy: peek again | OC_ERR_NOENT unknown reader. */
int oc_ring_peek(oc_ring_t *ring, int reader, uint32_t ahead, oc_packet_t *out);
/* Moves the reader `count` packets on (never past the newest). */
void oc_ring_advance(oc_ring_t *ring, int reader, uint32_t count);

/* References outlive readers: a packet's sequence number is unique for the ring's life and counts
 * from 1; a reference to an evicted packet is detected, never followed. */
uint64_t oc_ring_position(const oc_ring_t *ring, int reader); /* 0 = unknown reader */
/* Lends the packet with that number. OC_OK | OC_AGAIN not pushed yet | OC_ERR_STALE evicted. */
int oc_ring_get(const oc_ring_t *ring, uint64_t seq, oc_packet_t *out);
/* The number of the first packet of the GOP that holds seq, or of the oldest GOP when seq is older
 * or that packet has left; 0 = none is held whose first packet is. */
uint64_t oc_ring_gop_of(const oc_ring_t *ring, uint64_t seq);
uint64_t oc_ring_oldest(const oc_ring_t *ring); /* 0 = empty */
uint64_t oc_ring_newest(const oc_ring_t *ring); /* 0 = empty */

/* Keeps the bytes of packets first .. last (inclusive) valid until oc_ring_unpin, also when they
 * are evicted from the index meanwhile. At most half of the payload memory may be pinned at a time.
 * >= 0 pin number | OC_ERR_BUSY too many pins or bytes | OC_ERR_STALE already evicted |
 * OC_ERR_INVAL first > last, or last not pushed yet. */
int oc_ring_pin(oc_ring_t *ring, uint64_t first, uint64_t last);
/* As oc_ring_pin, for bytes that may go: when a packet or another pin needs their room, the ring
 * asks for it (oc_ring_on_need). While they stay the ring holds that much less of the past.
 * OC_ERR_BUSY: also when OC_RING_LOANS are lent; a loan takes none back | OC_ERR_TOO_BIG these
 * alone are more than may be pinned. */
int oc_ring_lend(oc_ring_t *ring, uint64_t first, uint64_t last);
/* `reclaim` unpins a loan before it returns, the oldest first, and calls nothing else of the ring;
 * called from oc_ring_push, oc_ring_pin and oc_ring_move, until there is room or no loan is left.
 * NULL: loans stay. */
void oc_ring_on_need(oc_ring_t *ring, void (*reclaim)(void *context, oc_ring_t *ring),
                     void *context);
/* An unknown number, also one given back before, is ignored. */
void oc_ring_unpin(oc_ring_t *ring, int pin);

typedef struct oc_ring_stats {
    uint64_t packets, bytes;  /* pushed since init */
    uint64_t copied_bytes;    /* memcpy'd since init: equals bytes when each byte is copied once */
    uint32_t empty_packets;   /* skipped because len_bytes was 0 (A5) */
    uint32_t waiting_packets; /* skipped because no key packet had come yet */
    uint32_t oversize_gops;   /* given up: larger than max_gop_bytes or the ring */
    uint32_t pinned_gops;     /* given up: pins left no room */
    uint32_t long_gops;       /* kept, but longer than preroll_ms: pre-roll starts earlier */
    uint32_t refused_packets; /* OC_ERR_INVAL: track not set, unknown config_id, dts going back */
    uint32_t reader_gaps;     /* OC_GAPs of all readers */
    uint32_t held_packets, held_gops, held_bytes, held_ms; /* now in the ring */
    uint32_t payload_bytes, index_packets;                 /* what the ring can hold */
    uint32_t pinned_bytes;                                 /* now pinned */
    uint32_t loans;                                        /* pins that may be taken back, now */
    uint32_t readers;                                      /* now open */
    uint32_t last_gop_bytes, last_gop_ms, largest_gop_bytes, longest_gop_ms;
} oc_ring_stats_t;
void oc_ring_stats(const oc_ring_t *ring, oc_ring_stats_t *out);

#endif
