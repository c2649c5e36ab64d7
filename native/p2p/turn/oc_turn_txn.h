/* oc_turn_txn - requests of one allocation: made, repeated, matched with their answers. RFC 8489
 * section 6.2. Private to oc_turn. */
#ifndef OC_TURN_TXN_H
#define OC_TURN_TXN_H

#include "oc_stun.h"
#include "oc_turn_state.h"

/* The request of the allocation itself (Allocate, Refresh): takes the place of the one under way.
 */
void oc_turn_txn_begin(oc_turn_t *turn, oc_turn_txn_kind_t kind, int64_t now_us);

/* Requests for the peers that need one, as far as places are free. */
void oc_turn_txn_serve_peers(oc_turn_t *turn, int64_t now_us);

/* Whether another request for peers can be under way. */
bool oc_turn_txn_has_room(const oc_turn_t *turn);

/* The request under way with this transaction id and method; NULL: none. */
oc_turn_txn_t *oc_turn_txn_find(oc_turn_t *turn, const oc_stun_msg_t *msg);

/* It is over; its peers may be asked for again. */
void oc_turn_txn_end(oc_turn_t *turn, oc_turn_txn_t *txn);
void oc_turn_txn_end_all(oc_turn_t *turn);

/* Sends it again, as another request (a new nonce), at once. */
void oc_turn_txn_renew(oc_turn_txn_t *txn, int64_t now_us);

/* A new nonce: all that are under way were signed with the old one. */
void oc_turn_txn_renew_all(oc_turn_t *turn, int64_t now_us);

/* An answer came: a round trip, unless the request was repeated (Karn). */
void oc_turn_txn_measure(oc_turn_t *turn, const oc_turn_txn_t *txn, int64_t now_us);

/* Writes it and sets its next time. > 0 length | 0 it is larger than size. */
size_t oc_turn_txn_write(oc_turn_t *turn, oc_turn_txn_t *txn, int64_t now_us, uint8_t *buffer,
                         size_t size);

/* When the earliest is to be sent (again) or given up; INT64_MAX: none. */
int64_t oc_turn_txn_deadline(const oc_turn_t *turn);

#endif
