/* oc_ice - the ICE agent of one peer: RFC 8445, trickle (8838), consent (7675), one stream with one
 * component. Finds the pairs of addresses that work, follows the peer when it moves, and knows at
 * any time whether data may be sent. No socket, no clock, no allocation; one thread.
 * Invariants: nothing is answered that is not signed with our password; an address that never
 * answered gets OC_ICE_SENDS datagrams, of whatever kind and from all our addresses together,
 * OC_ICE_RECEIVED_SENDS after each verified request of its own; all ports of its IP together get
 * OC_ICE_HOST_SENDS; all such addresses together get OC_ICE_UNCONSENTED bytes per description; data
 * leaves on the selected pair only, and not after its consent ended. When all is quiet the one
 * timer is that of consent. Deviations: no Frozen state; checks begin OC_ICE_TA_US apart; every
 * check has its own id. */
#ifndef OC_ICE_H
#define OC_ICE_H

#include "oc_ice_state.h"
#include "oc_span.h"

typedef struct oc_ice_config {
    bool controlling;        /* we made the first offer (RFC 8445 section 6.1.1) */
    bool allow_loopback;     /* 127/8 and ::1 are addresses like others */
    uint32_t probe_ms;       /* B11: the selected pair is checked as often; 0 = for consent alone */
    uint8_t probes;          /* B11: so many unanswered in a row are event SILENT; 0 = never */
    uint32_t give_up_ms;     /* 0 = OC_ICE_GIVE_UP_US */
    oc_ice_budget_t *budget; /* of the process; NULL none. Borrowed until deinit */
} oc_ice_config_t;

/* An agent with fresh credentials. OC_OK | OC_ERR_RANGE probes > 10 or probe_ms > 255,000. */
int oc_ice_init(oc_ice_t *ice, const oc_ice_config_t *config, int64_t now_us);

/* Wipes passwords. The memory is the caller's again. */
void oc_ice_deinit(oc_ice_t *ice);

/* Keep-alive of B11 from now on, as in the configuration. OC_OK | OC_ERR_RANGE, and nothing
 * changed.
 */
int oc_ice_configure(oc_ice_t *ice, uint32_t probe_ms, uint8_t probes, int64_t now_us);

/* The network may have changed under it: every pair that works is asked now, and those that have
 * checks left and were not needed are tried. */
void oc_ice_again(oc_ice_t *ice, int64_t now_us);

/* Our present credentials for the description; borrowed until the next restart. */
const char *oc_ice_ufrag(const oc_ice_t *ice);
const char *oc_ice_pwd(const oc_ice_t *ice);

/* Whether a USERNAME ("ours:theirs") is for this agent: the present generation or the one before.
 */
bool oc_ice_is_ours(const oc_ice_t *ice, oc_span_t username);

/* Whether a response with this id may be for this agent. */
bool oc_ice_owns_txid(const oc_ice_t *ice, const uint8_t txid[12]);

/* The peer's credentials of its description, copied; lite: it wrote a=ice-lite. Checks begin. Again
 * with the same ones: nothing happens. OC_OK | OC_ERR_FORMAT a character or length that RFC 8839
 * does not allow | OC_ERR_STATE others than before: oc_ice_restart comes first. */
int oc_ice_set_remote(oc_ice_t *ice, const char *ufrag, const char *pwd, bool lite, int64_t now_us);

/* An address of ours, at any time. Server-reflexive ones are pairs of their base and cost nothing.
 * OC_OK also when known | OC_ERR_INVAL no address | OC_ERR_BUSY OC_ICE_LOCAL_MAX, or
 * OC_ICE_HOST_MAX of via 0, are in use. */
int oc_ice_add_local(oc_ice_t *ice, const oc_candidate_t *candidate, int64_t now_us);

/* An address of ours is gone (an interface, an allocation): so are its pairs. via as in oc_path_t;
 * base: family 0 = all of this via. */
void oc_ice_remove_local(oc_ice_t *ice, uint8_t via, const oc_addr_t *base, int64_t now_us);

/* A candidate of the peer, at any time after init; those before oc_ice_set_remote wait for it.
 * OC_OK also when known | OC_AGAIN only a .local name: look it up and come back with addr |
 * OC_ERR_INVAL an address that is never sent to | OC_ERR_NOTSUP component other than 1 |
 * OC_ERR_BUSY OC_ICE_REMOTE_MAX are in use. */
int oc_ice_add_remote(oc_ice_t *ice, const oc_candidate_t *candidate, int64_t now_us);

/* New credentials of ours for a new description. What was selected goes on until a pair of the new
 * generation is; at most OC_ICE_KEPT_MAX old pairs stay. The role stays. */
void oc_ice_restart(oc_ice_t *ice, int64_t now_us);

/* What oc_ice_input found. */
enum oc_ice_input {
    OC_ICE_REQUEST = 1,  /* signed with our password: the tuple belongs to this peer */
    OC_ICE_RESPONSE = 2, /* to a check of ours, signed with the peer's, from where the check went */
    OC_ICE_OTHER = 3,    /* an indication or a duplicate: nothing to do */
};

/* A STUN datagram, borrowed until return. from->local of family 0: any of that via.
 * > 0 enum oc_ice_input | OC_ERR_FORMAT not STUN, or bad FINGERPRINT | OC_ERR_NOENT not of this
 * agent | OC_ERR_STALE bad MESSAGE-INTEGRITY or wrong source | OC_ERR_NOTSUP another method or an
 * address that is never sent to. All that is negative leaves no trace but a counter. */
int oc_ice_input(oc_ice_t *ice, const oc_path_t *from, oc_span_t datagram, int64_t now_us);

/* Time has passed. */
void oc_ice_advance(oc_ice_t *ice, int64_t now_us);

/* When oc_ice_advance or oc_ice_poll_output has something to do; INT64_MAX never by itself. */
int64_t oc_ice_next_deadline(const oc_ice_t *ice);

/* The next datagram. > 0 length | 0 none now | OC_ERR_NOMEM size < OC_ICE_DATAGRAM. */
int oc_ice_poll_output(oc_ice_t *ice, int64_t now_us, uint8_t *buffer, size_t size, oc_path_t *to);

typedef enum oc_ice_event_kind {
    OC_ICE_PEER_ALIVE,   /* the first verified request came */
    OC_ICE_PAIR_VALID,   /* path: data from it may be looked at */
    OC_ICE_PAIR_GONE,    /* path: no more */
    OC_ICE_SELECTED,     /* path: data goes there from now on; consent is there (again) */
    OC_ICE_SILENT,       /* B11: `probes` checks in a row were not answered */
    OC_ICE_MAPPED,       /* mapped: what the peer sees of us on the selected pair has changed */
    OC_ICE_CONSENT_LOST, /* nothing may be sent until SELECTED */
    OC_ICE_FAILED,       /* no pair was valid in time; a later one may still be */
    OC_ICE_ROLE,         /* the role changed, see oc_ice_is_controlling */
} oc_ice_event_kind_t;

typedef struct oc_ice_event {
    oc_ice_event_kind_t kind;
    oc_path_t path;
    oc_addr_t mapped;
    uint32_t rtt_us; /* of the path; 0 unknown */
} oc_ice_event_t;

/* OC_OK | OC_AGAIN none. */
int oc_ice_poll_event(oc_ice_t *ice, oc_ice_event_t *event);

/* Whether data from this tuple may be looked at: its pair answered a check and is kept. */
bool oc_ice_path_valid(const oc_ice_t *ice, const oc_path_t *path);

/* Where data goes. True: *path; false: nowhere (no pair yet, or no consent). */
bool oc_ice_selected(const oc_ice_t *ice, oc_path_t *path);

/* The best guess while nothing is valid yet: where the peer's latest request came from, else where
 * the first check went. What else is to try its luck goes there after oc_ice_spend. False: none. */
bool oc_ice_first_path(const oc_ice_t *ice, oc_path_t *path);

/* Counts a datagram of len bytes of UDP payload to that path, in every limit that holds for checks.
 * OC_OK send it | OC_ERR_BUSY do not. */
int oc_ice_spend(oc_ice_t *ice, size_t len);

/* The peer may be stuck: one check more of the selected pair, unless one is not answered yet. A
 * peer whose own check was lost repeats it then. */
void oc_ice_request(oc_ice_t *ice, int64_t now_us);

/* Round trip of the selected pair, else of any; 0 unknown. Microseconds. */
uint32_t oc_ice_rtt_us(const oc_ice_t *ice);

/* Time since the selected pair answered, when it does not answer the checks that followed; 0: it
 * does, or nothing is selected. Microseconds. */
int64_t oc_ice_silent_us(const oc_ice_t *ice, int64_t now_us);

/* The role now; true also towards a lite peer. */
bool oc_ice_is_controlling(const oc_ice_t *ice);

#endif
