/* oc_turn_peer - the peer addresses of one allocation: who has a permission or a channel, and who
 * needs one now. Private to oc_turn. RFC 8656 sections 9 and 12. */
#ifndef OC_TURN_PEER_H
#define OC_TURN_PEER_H

#include "oc_turn_state.h"

/* What is to be asked of the server for a peer. */
typedef enum oc_turn_need {
    OC_TURN_NEED_NOTHING,
    OC_TURN_NEED_PERMIT, /* CreatePermission */
    OC_TURN_NEED_BIND,   /* ChannelBind, which renews the permission too */
} oc_turn_need_t;

/* All free. */
void oc_turn_peer_clear(oc_turn_t *turn);

/* The peer with this address and port; NULL: unknown. */
oc_turn_peer_t *oc_turn_peer_find(oc_turn_t *turn, const oc_addr_t *addr);

/* The same, made when it is unknown; marked as used now. NULL: all are in use. */
oc_turn_peer_t *oc_turn_peer_take(oc_turn_t *turn, const oc_addr_t *addr, int64_t now_us);

/* The peer a channel number was bound to; NULL: none. */
oc_turn_peer_t *oc_turn_peer_of_channel(oc_turn_t *turn, uint16_t number);

/* Whether a permission was asked for that lets this IP through. */
bool oc_turn_peer_knows_ip(const oc_turn_t *turn, const oc_addr_t *addr);

/* What it needs now. */
oc_turn_need_t oc_turn_peer_need(const oc_turn_peer_t *peer, int64_t now_us);

/* Whether its channel number stands at the server for certain. */
bool oc_turn_peer_is_bound(const oc_turn_peer_t *peer, int64_t now_us);

/* Whether the server refused it lately. */
bool oc_turn_peer_is_refused(const oc_turn_peer_t *peer, int64_t now_us);

/* Gives it a channel number when it has none. */
void oc_turn_peer_number(oc_turn_t *turn, oc_turn_peer_t *peer);

/* When one of them has to be looked at without having been used; INT64_MAX: never. */
int64_t oc_turn_peer_deadline(const oc_turn_t *turn, int64_t now_us);

#endif
