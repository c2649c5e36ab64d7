/* oc_peer_held - datagrams of the handshake that came too early: over a tuple that a verified
 * request tied to the peer, but before a check of ours over it was answered, or even before the
 * other end's description. They are not looked at until then. Internal to oc_peer. */
#ifndef OC_PEER_HELD_H
#define OC_PEER_HELD_H

#include "oc_addr.h"
#include "oc_pool.h"

#define OC_PEER_HELD_MAX   4 /* datagrams of one peer: a ClientHello in two, twice; a block each */
#define OC_PEER_HELD_BYTES 1256 /* of one; longer ones are dropped */

/* What is held, the oldest first; zeroed: nothing. */
typedef struct oc_peer_held {
    void *first;
    unsigned count;
} oc_peer_held_t;

/* Keeps a copy; of too many the oldest goes. Without a block in the pool it is lost. */
void oc_peer_held_add(oc_peer_held_t *held, oc_pool_t *pool, const oc_path_t *from,
                      const uint8_t *data, size_t len);
/* Takes the oldest out; the block is the caller's, to be given back to the pool. NULL: none. *path
 * and *data point into it. */
void *oc_peer_held_take(oc_peer_held_t *held, oc_path_t *path, uint8_t **data, size_t *len);
/* Forgets all. */
void oc_peer_held_drop(oc_peer_held_t *held, oc_pool_t *pool);

#endif
