/* oc_handoff - packets from one capture thread to the media thread: a bounded queue of lent
 * packets. One producer, one consumer, lock-free (C11 32-bit atomics). Payloads are not copied
 * here: the producer keeps each one valid until the consumer has released it; releases happen in
 * order, so a producer that cuts its payloads from a circular buffer only needs the count. Track
 * descriptions travel in the same order as packets.
 * A queue has OC_HANDOFF_SLOTS slots of its own. oc_handoff_use gives it as many as the packets of
 * OC_HANDOFF_HOLD_MS need (oc_handoff_slots_for): so long may the media thread stand still before a
 * source that cannot wait loses packets. Use oc_handoff_capacity, not the constants, for how many
 * there are. */
#ifndef OC_HANDOFF_H
#define OC_HANDOFF_H

#include <stdatomic.h>
#include "oc_limits.h" /* OC_HANDOFF_SLOTS, OC_HANDOFF_SLOTS_MAX */
#include "oc_loss.h"
#include "oc_packet.h"

#define OC_HANDOFF_TRACKS  4    /* descriptions under way; power of two; ~540 bytes each */
#define OC_HANDOFF_HOLD_MS 2000 /* of packets that a queue holds, up to OC_HANDOFF_SLOTS_MAX */
#define OC_HANDOFF_PPS     110  /* packets/s of a source that does not say: 60 pictures, 50 AAC */

typedef enum oc_handoff_kind {
    OC_HANDOFF_PACKET,  /* packet is valid; packet.config_id is not used here */
    OC_HANDOFF_TRACK,   /* track describes packet.track from here on */
    OC_HANDOFF_LOST,    /* the source is gone; code says why; the time line goes on after a gap */
    OC_HANDOFF_RESUMED, /* the source is back after OC_HANDOFF_LOST */
    OC_HANDOFF_ENDED,   /* the source has ended for good (end of file without loop) */
} oc_handoff_kind_t;

typedef struct oc_handoff_item {
    oc_handoff_kind_t kind;
    int code; /* OC_HANDOFF_LOST: OC_ERR_*; a packet that was lent: its count */
    oc_packet_t packet;
    union {
        const oc_track_t *track;  /* OC_HANDOFF_TRACK: borrowed until oc_handoff_release */
        _Atomic uint32_t *lender; /* OC_HANDOFF_PACKET: of oc_handoff_lend; NULL: pushed */
    };
} oc_handoff_item_t;

typedef struct oc_handoff {
    oc_handoff_item_t *more; /* slots of oc_handoff_use; NULL: own */
    uint32_t slots;          /* there are; power of two */
    oc_handoff_item_t own[OC_HANDOFF_SLOTS];
    oc_track_t tracks[OC_HANDOFF_TRACKS];
    _Atomic uint32_t head;                  /* items pushed; written by the producer */
    _Atomic uint32_t tail;                  /* items released; written by the consumer */
    _Atomic bool refused;                   /* the consumer found a payload that must not be */
    _Atomic uint32_t dropped;               /* packets the producer gave up, for whatever cause */
    _Atomic uint32_t lost[OC_LOSS_CAUSES];  /* the same by cause (oc_loss_t) */
    uint32_t tracks_pushed;                 /* producer only */
    uint32_t track_item[OC_HANDOFF_TRACKS]; /* producer only: number of the item using tracks[i] */
    /* Called after a push or a count; any thread; must not block; may be NULL. */
    void (*wake)(void *context);
    void *wake_context;
} oc_handoff_t;

/* Makes an empty queue. Call before either thread uses it. */
void oc_handoff_init(oc_handoff_t *handoff, void (*wake)(void *), void *wake_context);

/* Slots, a power of two, for OC_HANDOFF_HOLD_MS of that many packets per second (0: not known),
 * from OC_HANDOFF_SLOTS to OC_HANDOFF_SLOTS_MAX. */
uint32_t oc_handoff_slots_for(uint32_t packets_per_s);

/* Gives an empty queue `count` slots (of oc_handoff_slots_for) in the caller's memory, which is
 * borrowed until the queue is no longer used. Before either thread pushes or peeks. */
void oc_handoff_use(oc_handoff_t *handoff, oc_handoff_item_t *slots, uint32_t count);

/* Items that fit at a time. */
uint32_t oc_handoff_capacity(const oc_handoff_t *handoff);

/* Producer. packet->data must stay valid until oc_handoff_released() has passed this item.
 * OC_OK | OC_AGAIN full: try later, or drop to the next key packet and count with
 * oc_handoff_count_lost. */
int oc_handoff_push(oc_handoff_t *handoff, const oc_packet_t *packet);
/* The same for a payload in memory that another process may write at any time: it is read once, and
 * looked at in the copy. The release of this item stores `count` to *lender, before the item counts
 * as released: whoever waits for that may unmap both. */
int oc_handoff_lend(oc_handoff_t *handoff, const oc_packet_t *packet, _Atomic uint32_t *lender,
                    uint32_t count);
/* *track is copied. OC_OK | OC_AGAIN. */
int oc_handoff_push_track(oc_handoff_t *handoff, unsigned index, const oc_track_t *track);
/* kind is OC_HANDOFF_LOST, _RESUMED or _ENDED. OC_OK | OC_AGAIN. */
int oc_handoff_push_state(oc_handoff_t *handoff, oc_handoff_kind_t kind, int code);
/* One packet will not come, for that reason. Any thread. */
void oc_handoff_count_lost(oc_handoff_t *handoff, oc_loss_t cause);
/* The same with OC_LOSS_QUEUE_FULL. */
void oc_handoff_count_drop(oc_handoff_t *handoff);
/* Producer: an item that is pushed and not released. Borrowed until the next push. */
const oc_handoff_item_t *oc_handoff_sent(const oc_handoff_t *handoff, uint32_t item);
/* Producer: true when a payload was refused since the last call. */
bool oc_handoff_was_refused(oc_handoff_t *handoff);
/* Items pushed and released so far, modulo 2^32. */
uint32_t oc_handoff_pushed(const oc_handoff_t *handoff);
uint32_t oc_handoff_released(const oc_handoff_t *handoff);

/* Consumer. OC_OK and *out: borrowed until oc_handoff_release | OC_AGAIN empty. */
int oc_handoff_peek(oc_handoff_t *handoff, oc_handoff_item_t *out);
/* The same for the item `ahead` places behind the oldest one: a consumer that releases late. */
int oc_handoff_peek_at(oc_handoff_t *handoff, uint32_t ahead, oc_handoff_item_t *out);
void oc_handoff_release(oc_handoff_t *handoff);
/* A payload that was lent is not what its track says. */
void oc_handoff_refuse(oc_handoff_t *handoff);

#endif
