/* oc_handoff - packets from one capture thread to the media thread: a bounded queue of lent
 * packets. One producer, one consumer, lock-free (C11 32-bit atomics). Payloads are not copied
 * here: the producer keeps each one valid until the consumer has released it; releases happen in
 * order, so a producer that cuts its payloads from a circular buffer only needs the count. Track
 * descriptions travel in the same order as packets. */
#ifndef OC_HANDOFF_H
#define OC_HANDOFF_H

#include <stdatomic.h>
#include "oc_limits.h" /* OC_HANDOFF_SLOTS */
#include "oc_packet.h"

#define OC_HANDOFF_TRACKS 4 /* descriptions under way; power of two; ~540 bytes each */

typedef enum oc_handoff_kind {
    OC_HANDOFF_PACKET,  /* packet is valid; packet.config_id is not used here */
    OC_HANDOFF_TRACK,   /* track describes packet.track from here on */
    OC_HANDOFF_LOST,    /* the source is gone; code says why; the time line goes on after a gap */
    OC_HANDOFF_RESUMED, /* the source is back after OC_HANDOFF_LOST */
    OC_HANDOFF_ENDED,   /* the source has ended for good (end of file without loop) */
} oc_handoff_kind_t;

typedef struct oc_handoff_item {
    oc_handoff_kind_t kind;
    int code; /* OC_HANDOFF_LOST: OC_ERR_* */
    oc_packet_t packet;
    const oc_track_t *track; /* OC_HANDOFF_TRACK: borrowed until oc_handoff_release */
} oc_handoff_item_t;

typedef struct oc_handoff {
    oc_handoff_item_t slot[OC_HANDOFF_SLOTS];
    oc_track_t tracks[OC_HANDOFF_TRACKS];
    _Atomic uint32_t head;    /* items pushed; written by the producer */
    _Atomic uint32_t tail;    /* items released; written by the consumer */
    _Atomic uint32_t dropped; /* packets the producer gave up because the queue was full */
    uint32_t tracks_pushed;   /* producer only */
    uint32_t track_item[OC_HANDOFF_TRACKS]; /* producer only: number of the item using tracks[i] */
    void (*wake)(void *context); /* called after a push; any thread; must not block; may be NULL */
    void *wake_context;
} oc_handoff_t;

/* Makes an empty queue. Call before either thread uses it. */
void oc_handoff_init(oc_handoff_t *handoff, void (*wake)(void *), void *wake_context);

/* Producer. packet->data must stay valid until oc_handoff_released() has passed this item.
 * OC_OK | OC_AGAIN full: try later, or drop to the next key packet and count with
 * oc_handoff_count_drop. */
int oc_handoff_push(oc_handoff_t *handoff, const oc_packet_t *packet);
/* *track is copied. OC_OK | OC_AGAIN. */
int oc_handoff_push_track(oc_handoff_t *handoff, unsigned index, const oc_track_t *track);
/* kind is OC_HANDOFF_LOST, _RESUMED or _ENDED. OC_OK | OC_AGAIN. */
int oc_handoff_push_state(oc_handoff_t *handoff, oc_handoff_kind_t kind, int code);
void oc_handoff_count_drop(oc_handoff_t *handoff);
/* Items pushed and released so far, modulo 2^32. */
uint32_t oc_handoff_pushed(const oc_handoff_t *handoff);
uint32_t oc_handoff_released(const oc_handoff_t *handoff);

/* Consumer. OC_OK and *out: borrowed until oc_handoff_release | OC_AGAIN empty. */
int oc_handoff_peek(oc_handoff_t *handoff, oc_handoff_item_t *out);
/* The same for the item `ahead` places behind the oldest one: a consumer that releases late. */
int oc_handoff_peek_at(oc_handoff_t *handoff, uint32_t ahead, oc_handoff_item_t *out);
void oc_handoff_release(oc_handoff_t *handoff);

#endif
