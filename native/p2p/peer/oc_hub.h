/* oc_hub - all peers behind one socket per family: gives each datagram to its peer, holds the
 * limits that peers share, and is the one machine that a pump sees. Requests are found by our
 * ufrag, responses by their transaction and source, everything else by an address that only an
 * integrity-checked request ties to a peer. An idle peer costs nothing: what has work stands on a
 * list, what waits in a heap of deadlines. Memory is the caller's; one thread. */
#ifndef OC_HUB_H
#define OC_HUB_H

#include "oc_hub_event.h"

#define OC_HUB_PEERS_MAX    1024
#define OC_HUB_HALF_OPEN    16 /* peers that are not up yet */
#define OC_HUB_HALF_OPEN_US (15 * 1000 * 1000LL)
#define OC_HUB_SILENT_US    (10 * 1000 * 1000LL) /* see oc_hub_offer */
#define OC_HUB_SPARE        2  /* newcomers who get such a place before the last event is polled */
#define OC_HUB_ADDRESSES    4  /* tuples of a peer that are remembered; 40 bytes each */
#define OC_HUB_LOCAL        16 /* host addresses */
#define OC_HUB_RESOLVE      4  /* .local names of a description and its later candidates */
#define OC_HUB_DATAGRAM     1600 /* a buffer for oc_hub_poll_output, with a relay's bytes */
/* Bytes enough for our own offer, and for an answer to an offer with few other media. */
#define OC_HUB_DESCRIPTION 8192

typedef struct oc_hub oc_hub_t; /* opaque */

typedef struct oc_hub_config {
    unsigned peers;       /* 1 .. OC_HUB_PEERS_MAX; about 540 bytes each here, and two spare */
    uint32_t pool_blocks; /* of OC_POOL_BLOCK, shared by all peers */
    oc_peer_profile_t profile;
    oc_certificate_t *certificate; /* borrowed for the hub's life */
    oc_gather_t *gather; /* borrowed for the hub's life, used by it alone; NULL: host addresses */
    bool allow_loopback;
    bool rsa;          /* peers with RSA certificates are taken: not on a board */
    uint32_t probe_ms; /* as in oc_peer_config_t */
    uint8_t probes;
    bool relay_only; /* no host and no reflexive candidates */
    bool whole;      /* nothing can be told after a description: it waits for all candidates */
} oc_hub_config_t;

/* Bytes of a hub, and of each of its peers. */
size_t oc_hub_bytes(const oc_hub_config_t *config);
size_t oc_hub_peer_bytes(const oc_hub_t *hub);
/* memory: aligned to 16, borrowed until deinit. OC_OK | OC_ERR_INVAL. */
int oc_hub_init(oc_hub_t **out, const oc_hub_config_t *config, void *memory, int64_t now_us);
/* Ends what is left without a word to anybody; no job may be under way. The peers' memory is the
 * caller's again. */
void oc_hub_deinit(oc_hub_t *hub);

/* Our addresses, with the ports of the sockets; a new list replaces the old one. Candidates of the
 * peers that are there follow. At most OC_HUB_LOCAL are kept. Another list than before, once there
 * was one: EVENT_ADDRESS, and what oc_hub_again does; the same one: nothing. */
void oc_hub_set_local(oc_hub_t *hub, const oc_addr_t *addrs, unsigned count, int64_t now_us);

/* Keep-alive {interval, attempts} of servers and peers from now on (B11): 0 .. 255 s between
 * probes, so many of 0 .. 10 in a row without an answer are OC_PEER_EVENT_SILENT and
 * OC_GATHER_CONNECT_FAIL; one answer is enough. Either 0: off, servers are asked once and peers for
 * their consent alone. OC_OK | OC_ERR_RANGE, and nothing changed. */
int oc_hub_configure(oc_hub_t *hub, unsigned interval_s, unsigned attempts, int64_t now_us);
/* The owner says that the network changed: servers are asked again, all pairs of addresses are
 * checked now, and EVENT_NEGOTIATE names the peers that a restart may help. Nobody ends by it. */
void oc_hub_again(oc_hub_t *hub, int64_t now_us);

/* ---- signalling ---- */

/* How soon a description is there: at once when all candidates are known; else after 150 ms for an
 * offer that says `trickle` and not that it is complete, and the rest follows as EVENT_CANDIDATE;
 * after 1 s for others, and for offers of ours (with config.whole for all), and what is not known
 * by then is told to those who trickle. */

/* An offer came. With all places taken, the peer that has not answered for the longest ends
 * (OC_PEER_DISPLACED), if that is OC_HUB_SILENT_US at least. memory: oc_hub_peer_bytes, aligned to
 * 16; owned by callee on OC_OK, given back by the peer's last event. *id: the new peer. The answer
 * follows by oc_hub_description, at once or after EVENT_DESCRIPTION. OC_OK | OC_ERR_BUSY too many
 * peers or half open ones | errors of oc_sdp_parse, with text in *why (or NULL), static. */
int oc_hub_offer(oc_hub_t *hub, oc_span_t sdp, void *memory, int64_t now_us, oc_hub_peer_t *id,
                 const char **why);
/* An offer for a peer that is there: an ICE restart. OC_OK | OC_ERR_NOENT | OC_ERR_EXIST another
 * fingerprint: close this peer and make a new one | errors of oc_sdp_parse. */
int oc_hub_reoffer(oc_hub_t *hub, oc_hub_peer_t id, oc_span_t sdp, int64_t now_us,
                   const char **why);
/* We offer. memory as above. OC_OK | OC_ERR_BUSY. */
int oc_hub_connect(oc_hub_t *hub, void *memory, int64_t now_us, oc_hub_peer_t *id);
/* A new offer of ours for a peer that is there, with new ICE credentials. OC_OK | OC_ERR_NOENT |
 * OC_ERR_STATE. */
int oc_hub_restart(oc_hub_t *hub, oc_hub_peer_t id, int64_t now_us);
/* The answer to our offer. OC_OK | OC_ERR_NOENT | OC_ERR_STATE | OC_ERR_EXIST another fingerprint
 * than before | errors of oc_sdp_parse. */
int oc_hub_answer(oc_hub_t *hub, oc_hub_peer_t id, oc_span_t sdp, int64_t now_us, const char **why);
/* Our offer or answer. offer: the text that oc_hub_offer was given, for an answer; else empty.
 * > 0 length without NUL | OC_AGAIN (as negative: OC_ERR_BUSY) still gathering | OC_ERR_NOENT |
 * OC_ERR_NOMEM too small. */
int oc_hub_description(oc_hub_t *hub, oc_hub_peer_t id, oc_span_t offer, char *out, size_t size);
/* A candidate of the other end that came later; empty text: there are no more. OC_OK | OC_ERR_NOENT
 * | OC_ERR_BUSY a name beyond OC_HUB_RESOLVE | errors of oc_candidate_line_parse. */
int oc_hub_candidate(oc_hub_t *hub, oc_hub_peer_t id, oc_span_t line, int64_t now_us);
/* A candidate of EVENT_CANDIDATE as text, "candidate:..." with our ufrag for this peer and NUL. As
 * oc_candidate_line_print | OC_ERR_NOENT. */
int oc_hub_candidate_line(oc_hub_t *hub, oc_hub_peer_t id, const oc_candidate_t *candidate,
                          char *out, size_t size);
/* What the host found for EVENT_RESOLVE, with the port that came with it. OC_OK | OC_ERR_NOENT |
 * OC_ERR_INVAL an address that is never sent to. */
int oc_hub_resolved(oc_hub_t *hub, oc_hub_peer_t id, const oc_addr_t *addr, int64_t now_us);
/* Ends a peer. OC_OK | OC_ERR_NOENT. */
int oc_hub_close(oc_hub_t *hub, oc_hub_peer_t id, int64_t now_us);
/* Ends every peer. */
void oc_hub_close_all(oc_hub_t *hub, int64_t now_us);

/* ---- the machine ---- */

/* One datagram from the network. data may be overwritten. */
void oc_hub_input(oc_hub_t *hub, const oc_path_t *from, uint8_t *data, size_t len, int64_t now_us);
void oc_hub_advance(oc_hub_t *hub, int64_t now_us);
int64_t oc_hub_next_deadline(const oc_hub_t *hub); /* INT64_MAX none; 0: there is output now */
/* The next datagram; consecutive ones go to the same peer as far as it is fair. What goes through a
 * relay is wrapped already: to->via is 0, or says which byte stream to a server (oc_gather.h). > 0
 * length | 0 none. size >= OC_HUB_DATAGRAM. */
int oc_hub_poll_output(oc_hub_t *hub, int64_t now_us, uint8_t *out, size_t size, oc_path_t *to);
/* The datagram polled last was cut before the path's MTU fell: it is to be sent so that IP may cut
 * it again, all others so that it may not. */
bool oc_hub_may_fragment(const oc_hub_t *hub);
/* A handshake's next piece of work; NULL: none. Run it by oc_handshake_run on any thread, then give
 * it back on this one. *id: whose it is. */
oc_hs_job_t *oc_hub_poll_job(oc_hub_t *hub, int64_t now_us, oc_hub_peer_t *id);
void oc_hub_job_done(oc_hub_t *hub, oc_hub_peer_t id, int64_t now_us);

/* The byte stream to a server that OC_GATHER_CONNECT asked for is there (true), or ended or could
 * not be made (false); via as in that event. */
void oc_hub_stream(oc_hub_t *hub, uint8_t via, bool up, int64_t now_us);

/* Call it after every input, advance and job_done until OC_AGAIN. OC_OK | OC_AGAIN. */
int oc_hub_poll_event(oc_hub_t *hub, int64_t now_us, oc_hub_event_t *out);

/* A peer for the calls of oc_peer.h about channels; the hub looks at it afterwards. Borrowed until
 * the next call about the hub. NULL: no such peer. */
oc_peer_t *oc_hub_peer(oc_hub_t *hub, oc_hub_peer_t id);

/* Only looks. OC_PEER_OVER: no such peer. */
oc_peer_state_t oc_hub_peer_state(const oc_hub_t *hub, oc_hub_peer_t id);
/* OC_OK | OC_ERR_NOENT. */
int oc_hub_peer_stats(const oc_hub_t *hub, oc_hub_peer_t id, oc_peer_stats_t *out);

typedef struct oc_hub_stats {
    unsigned peers, half_open, up;
    uint64_t offers, refused_busy; /* since init */
    uint64_t datagrams_in, bytes_in, datagrams_out, bytes_out;
    uint64_t unknown; /* datagrams that belong to no peer: dropped without a word */
    uint32_t pool_blocks, pool_used, pool_max;
} oc_hub_stats_t;
void oc_hub_stats(const oc_hub_t *hub, oc_hub_stats_t *out);
/* The peers that are there, in no order: how many were written. */
unsigned oc_hub_list(const oc_hub_t *hub, oc_hub_peer_t *out, unsigned max);

#endif
