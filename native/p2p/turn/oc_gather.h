/* oc_gather - what all viewers of a hub share of STUN and TURN: server-reflexive addresses of the
 * shared sockets and one allocation per (server, family, transport), kept warm, so that an answer
 * leaves with what is known. RFC 8445 section 5.1.1.2. No socket, no clock, no allocation. path.via
 * says which way bytes go: 0                        our UDP socket of the family of path.remote 1
 * .. OC_GATHER_RELAYS    relayed: path.remote is the peer, local.family is 0 OC_GATHER_STREAM | 1
 * ..  the byte stream (TCP or TLS) to the server of that allocation All times: now_us, monotonic,
 * never decreasing. One thread. */
#ifndef OC_GATHER_H
#define OC_GATHER_H

#include "oc_gather_state.h"

/* Bytes of a peer that came through an allocation. */
typedef struct oc_gather_data {
    oc_path_t path; /* via 1.., remote = the peer */
    oc_span_t data; /* borrowed until the next call */
} oc_gather_data_t;

/* No server yet. OC_OK | OC_ERR_RANGE interval or attempts. */
int oc_gather_init(oc_gather_t *gather, const oc_gather_config_t *config);

/* Wipes credentials; tells the servers nothing (oc_gather_stop does). */
void oc_gather_deinit(oc_gather_t *gather);

/* Changes keep-alive and warmth while running. OC_OK | OC_ERR_RANGE, and nothing changed. */
int oc_gather_configure(oc_gather_t *gather, const oc_gather_config_t *config, int64_t now_us);

/* Sets server 0 .. OC_GATHER_SERVERS - 1; NULL takes it away. The same server again changes
 * nothing; only another user name or password is kept for the next allocation, as this one goes on
 * with its own. OC_OK | OC_ERR_RANGE index | OC_ERR_INVAL no address, port 0, texts | OC_ERR_BUSY
 * more allocations than OC_GATHER_RELAYS. On an error the server is as it was. */
int oc_gather_set_server(oc_gather_t *gather, unsigned index, const oc_gather_server_t *server,
                         int64_t now_us);

/* Whether any viewer is there or about to be. */
void oc_gather_use(oc_gather_t *gather, bool used, int64_t now_us);

/* Addresses or routes of this machine changed: asks every server again now. Allocations stay unless
 * their server sees us at another address or knows them no more. */
void oc_gather_again(oc_gather_t *gather, int64_t now_us);

/* Gives the allocations back and forgets the candidates; poll the output until the deadline is
 * INT64_MAX. Works again after oc_gather_use(true) or oc_gather_again. */
void oc_gather_stop(oc_gather_t *gather, int64_t now_us);

/* A datagram with via 0, or bytes with via OC_GATHER_STREAM | n. Call again while bytes are left.
 * OC_OK out holds a peer's datagram | OC_AGAIN consumed | OC_ERR_NOENT not of a server, nothing was
 * used | OC_ERR_FORMAT the stream is given up. */
int oc_gather_input(oc_gather_t *gather, const oc_path_t *from, oc_span_t *bytes, int64_t now_us,
                    oc_gather_data_t *out);

/* The stream that OC_GATHER_CONNECT asked for is there (true), or ended or cannot be created
 * (false). */
void oc_gather_stream(oc_gather_t *gather, uint8_t via, bool up, int64_t now_us);

/* oc_turn_permit for an allocation; OC_ERR_INVAL via. */
int oc_gather_permit(oc_gather_t *gather, uint8_t via, const oc_addr_t *peer, int64_t now_us);

/* oc_turn_lead for path (via 1..); 0: via is of no allocation. */
size_t oc_gather_lead(const oc_gather_t *gather, const oc_path_t *path, int64_t now_us);

/* oc_turn_wrap of len bytes at payload for path (via 1..): > 0 length at *start, to go where *wire
 * says | as oc_turn_wrap | OC_ERR_INVAL via. Headroom and tailroom as there. */
int oc_gather_wrap(oc_gather_t *gather, const oc_path_t *path, uint8_t *payload, size_t len,
                   int64_t now_us, uint8_t **start, oc_path_t *wire);

/* As of every machine. Poll this output before that of the viewers: a permission must leave before
 * the first bytes through it. > 0 length | 0 none | OC_ERR_NOMEM size < OC_TURN_REQUEST_MAX. */
void oc_gather_advance(oc_gather_t *gather, int64_t now_us);
int64_t oc_gather_next_deadline(const oc_gather_t *gather);
int oc_gather_poll_output(oc_gather_t *gather, int64_t now_us, uint8_t *buffer, size_t size,
                          oc_path_t *to);

/* OC_OK | OC_AGAIN none. */
int oc_gather_poll_event(oc_gather_t *gather, oc_gather_event_t *event);

/* What is known now, for an answer that leaves now: copies at most max candidates, relayed ones
 * last; the number of them. */
unsigned oc_gather_candidates(const oc_gather_t *gather, oc_gather_candidate_t *out, unsigned max);

/* Whether every server has answered or failed once: waiting longer brings nothing. */
bool oc_gather_settled(const oc_gather_t *gather);

#endif
