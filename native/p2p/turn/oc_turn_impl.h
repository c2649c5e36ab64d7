/* oc_turn_impl - between the files of oc_turn; nobody else includes it but tests. */
#ifndef OC_TURN_IMPL_H
#define OC_TURN_IMPL_H

#include "oc_stun.h"
#include "oc_stun_write.h"
#include "oc_turn_state.h"

/* Changes of state of one allocation; every change goes through here. Private to
 * oc_turn. */

/* Begins a try at the configured server. */
void oc_turn_lifetime_begin(oc_turn_t *turn, int64_t now_us);

/* The same at turn->server, where a 300 sent us. */
void oc_turn_lifetime_redirect(oc_turn_t *turn, const oc_addr_t *server, oc_span_t domain,
                               int64_t now_us);

/* The server gave the allocation. */
void oc_turn_lifetime_up(oc_turn_t *turn, const oc_addr_t *relayed, const oc_addr_t *mapped,
                         uint32_t lifetime_s, int64_t now_us);

/* It renewed it. */
void oc_turn_lifetime_extend(oc_turn_t *turn, uint32_t lifetime_s, int64_t now_us);

/* The allocation is gone or cannot be had: another try after wait_us, 0 = at once and on the stream
 * that is there, -1 = as long as it has come to by the failures in a row. */
void oc_turn_lifetime_down(oc_turn_t *turn, oc_turn_reason_t reason, unsigned code, int64_t wait_us,
                           int64_t now_us);

/* Gives it back, then allocates again or rests. */
void oc_turn_lifetime_release(oc_turn_t *turn, bool again, int64_t now_us);

/* The release is answered, or has taken too long. */
void oc_turn_lifetime_released(oc_turn_t *turn, int64_t now_us);

/* Works out when something is to be done next. */
void oc_turn_lifetime_plan(oc_turn_t *turn, int64_t now_us);

/* What the server answered to a request of ours. OC_OK | OC_ERR_NOENT not an answer to one. */
int oc_turn_reply(oc_turn_t *turn, const oc_stun_msg_t *msg, int64_t now_us);

/* The peer addresses of one allocation: who has a permission or a channel, and who
 * needs one now. Private to oc_turn. RFC 8656 sections 9 and 12. */

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

/* Requests of one allocation: made, repeated, matched with their answers. RFC 8489
 * section 6.2. Private to oc_turn. */

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

/* Long-term credentials of one allocation: challenges in, signatures out and
 * checked. RFC 8489 section 9.2. Private to oc_turn. */

/* Takes realm, nonce and algorithms of a 401 or 438 over and makes the key. OC_OK
 * | OC_ERR_EXIST it asks again for what was given: user name or password are wrong
 * | OC_ERR_NOTSUP none of its password algorithms is known | OC_ERR_TOO_BIG realm or nonce
 * | OC_ERR_FORMAT no challenge, or one whose algorithms were taken out on the way. */
int oc_turn_auth_challenge(oc_turn_t *turn, const oc_stun_msg_t *msg);

/* Forgets the challenge; user name and password stay. */
void oc_turn_auth_forget(oc_turn_t *turn);

/* Whether requests can be signed. */
bool oc_turn_auth_ready(const oc_turn_t *turn);

/* Adds user, realm, nonce and integrity to a request. */
void oc_turn_auth_sign(const oc_turn_t *turn, oc_wr_t *w);

/* Whether an answer was signed with our key. OC_OK | OC_ERR_NOENT not signed | OC_ERR_FORMAT
 * wrongly. */
int oc_turn_auth_check(const oc_turn_t *turn, const oc_stun_msg_t *msg);

/* Messages out of the byte stream of a TURN server: STUN and ChannelData tell their
 * length, ChannelData is padded to four bytes (RFC 8656 section 12.5). Private to oc_turn.
 *
 *   0                   1                   2                   3     RFC 8656 section 12.4
 *   | channel number 0x4000..0x4FFF |  length of the data           |
 *   |                    data, padded on streams                    |
 */

#define OC_TURN_CHANNEL_HEADER 4 /* number and length */

/* Empty: at the start of a message. */
void oc_turn_frame_reset(oc_turn_frame_t *frame);

/* Takes bytes (moved past what was used) until a message is whole. OC_OK and *message: borrowed
 * until the next call, part of *bytes when it lay there in one piece; without its padding |
 * OC_AGAIN all taken | OC_GAP a message longer than OC_TURN_FRAME_MAX is being skipped, call again
 * | OC_ERR_FORMAT neither STUN nor ChannelData. */
int oc_turn_frame_next(oc_turn_frame_t *frame, oc_span_t *bytes, oc_span_t *message);

#endif
