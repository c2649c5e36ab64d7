/* oc_turn - client of one TURN allocation: RFC 8656 over UDP, TCP or TLS, with the long-term
 * credentials of RFC 8489 section 9.2. One allocation serves all viewers: permission and channel
 * per peer address. No socket, no clock, no allocation: of a stream the host has the connection.
 * Invariant: a peer's bytes leave only with a permission asked for before them; what is not used
 * for OC_TURN_IDLE_US is not refreshed and runs out at the server. All times: now_us, monotonic,
 * never decreasing. One thread. */
#ifndef OC_TURN_H
#define OC_TURN_H

#include "oc_turn_state.h"

typedef struct oc_turn_config {
    oc_addr_t server;              /* address and port */
    oc_turn_transport_t transport; /* between us and the server; to peers it is always UDP */
    uint8_t family;                /* of the relayed address: 4 or 6; 0 = that of server */
    const char *username;          /* UTF-8, 1 .. OC_TURN_USERNAME_MAX - 1 bytes; copied */
    const char *password; /* UTF-8, 1 .. OC_TURN_PASSWORD_MAX - 1 bytes; copied, wiped at deinit */
    const char *domain;   /* what TLS verifies, < OC_TURN_DOMAIN_MAX bytes; NULL = none; copied */
} oc_turn_config_t;

/* A datagram of a peer. */
typedef struct oc_turn_data {
    oc_addr_t peer;
    oc_span_t
        data; /* borrowed: part of the input (UDP) or of oc_turn_t (stream), until the next call */
} oc_turn_data_t;

/* Idle; nothing leaves until oc_turn_start. OC_OK | OC_ERR_INVAL: address, port 0, family, an empty
 * or too long text. */
int oc_turn_init(oc_turn_t *turn, const oc_turn_config_t *config);

/* Wipes credentials and keys. Tells the server nothing (oc_turn_stop does). */
void oc_turn_deinit(oc_turn_t *turn);

/* Asks for an allocation (again). Nothing happens when that is under way or done; a wait after a
 * failure is cut short. */
void oc_turn_start(oc_turn_t *turn, int64_t now_us);

/* Gives the allocation back: Refresh with lifetime 0, repeated for OC_TURN_RELEASE_US at most. */
void oc_turn_stop(oc_turn_t *turn, int64_t now_us);

/* Another user name and password (limits as in oc_turn_config_t; copied), for the next request: an
 * allocation belongs to the user who made it. OC_OK | OC_ERR_INVAL | OC_ERR_STATE allocated. */
int oc_turn_credentials(oc_turn_t *turn, const char *username, const char *password);

/* Our address towards the server changed, so the allocation of the old one is of no use: makes
 * another. */
void oc_turn_moved(oc_turn_t *turn, int64_t now_us);

/* Stream only: the connection that CONNECT asked for is there | ended or cannot be created. */
void oc_turn_connected(oc_turn_t *turn, int64_t now_us);
void oc_turn_disconnected(oc_turn_t *turn, int64_t now_us);

/* Bytes from the server; *bytes is moved past what was used: call again while some are left.
 * UDP: exactly one datagram. Stream: any pieces.
 * OC_OK out holds a peer's datagram | OC_AGAIN consumed, nothing for the caller
 * | OC_ERR_NOENT (UDP) not of this allocation, nothing was used | OC_ERR_FORMAT (stream) not TURN:
 * the stream is given up, a DISCONNECT event follows. */
int oc_turn_input(oc_turn_t *turn, oc_span_t *bytes, int64_t now_us, oc_turn_data_t *out);

/* A remote candidate is known: asks for its permission, so that the first bytes find it installed.
 * OC_OK asked for, or there already; OC_ERR_STATE no allocation | OC_ERR_NOTSUP address family
 * other than the relayed one | OC_ERR_BUSY OC_TURN_PEERS in use | OC_ERR_NOENT the server refused
 * it lately. */
int oc_turn_permit(oc_turn_t *turn, const oc_addr_t *peer, int64_t now_us);

/* Bytes that oc_turn_wrap will put before a payload for this peer now, at most OC_TURN_HEADROOM. */
size_t oc_turn_lead(const oc_turn_t *turn, const oc_addr_t *peer, int64_t now_us);

/* Makes what is to be sent to the server out of len bytes for peer, in place: OC_TURN_HEADROOM
 * bytes before payload and OC_TURN_TAILROOM after it are overwritten. *start: the first byte. > 0
 * length at *start | OC_ERR_TOO_BIG len > OC_TURN_PAYLOAD_MAX | as oc_turn_permit, which it
 * implies. To be sent after everything oc_turn_poll_output has. */
int oc_turn_wrap(oc_turn_t *turn, const oc_addr_t *peer, uint8_t *payload, size_t len,
                 int64_t now_us, uint8_t **start);

/* Time has passed. */
void oc_turn_advance(oc_turn_t *turn, int64_t now_us);

/* When oc_turn_advance or oc_turn_poll_output has something to do; INT64_MAX = nothing by itself.
 */
int64_t oc_turn_next_deadline(const oc_turn_t *turn);

/* The next request for the server: > 0 length | 0 none | OC_ERR_NOMEM size < OC_TURN_REQUEST_MAX.
 */
int oc_turn_poll_output(oc_turn_t *turn, int64_t now_us, uint8_t *buffer, size_t size);

/* OC_OK | OC_AGAIN none. */
int oc_turn_poll_event(oc_turn_t *turn, oc_turn_event_t *event);

/* Whether an allocation is there. */
bool oc_turn_is_up(const oc_turn_t *turn);

/* Counters; stats is borrowed until return. */
void oc_turn_stats(const oc_turn_t *turn, oc_turn_stats_t *stats);

#endif
