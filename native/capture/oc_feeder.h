/* oc_feeder - a driver's circular payload buffer in front of its oc_handoff.
 * A payload is reserved, filled and pushed; its bytes are free again once the consumer has released
 * the packet. Payloads are contiguous. When nothing is lent the buffer starts over at its
 * beginning, so a consumer that keeps up touches few pages of it. Capture thread only. */
#ifndef OC_FEEDER_H
#define OC_FEEDER_H

#include <stddef.h>
#include "oc_handoff.h"

typedef struct oc_feeder {
    oc_handoff_t *handoff;
    uint8_t *buffer; /* borrowed until the feeder is no longer used */
    uint32_t size;   /* bytes */
    uint32_t head;   /* offset behind the newest payload */
    uint32_t oldest; /* number in the handoff of the oldest payload lent; its next number: none */
    bool broken;     /* a video packet was dropped: drop until the next key packet */
    bool unsized;    /* the last drop was a payload larger than the whole buffer */
    oc_loss_t cause; /* why oc_feeder_reserve or _admit answered NULL last */
} oc_feeder_t;

/* handoff: borrowed until the feeder is no longer used; its producer is the feeder's user. */
void oc_feeder_init(oc_feeder_t *feeder, oc_handoff_t *handoff, void *buffer, uint32_t size);

/* Room for one payload of len bytes (> 0) that can be pushed now. NULL: no room at present, or
 * never when len is above feeder->size. Nothing is held until oc_feeder_push. */
uint8_t *oc_feeder_reserve(oc_feeder_t *feeder, uint32_t len);

/* The same for a source that does not wait: without room the packet is dropped and counted by its
 * cause, and after a video packet all others of its GOP (NULL, too). */
uint8_t *oc_feeder_admit(oc_feeder_t *feeder, uint32_t len, bool video, bool key);

/* Pushes a packet whose data is what was reserved last (len_bytes may be smaller, or 0 for an empty
 * packet with any data). OC_OK | OC_AGAIN the handoff is full. */
int oc_feeder_push(oc_feeder_t *feeder, const oc_packet_t *packet);

/* True when the consumer has released everything: the buffer may be given back. */
bool oc_feeder_idle(oc_feeder_t *feeder);

#endif
