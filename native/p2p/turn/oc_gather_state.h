/* oc_gather_state - what oc_gather keeps; complete here so that a caller can provide the memory. */
#ifndef OC_GATHER_STATE_H
#define OC_GATHER_STATE_H

#include "oc_turn.h"

#define OC_GATHER_SERVERS 4                       /* 1.1 KB each */
#define OC_GATHER_PROBES  (2 * OC_GATHER_SERVERS) /* one per server and family; 96 bytes each */
#ifdef OC_LIMITS_BOARD
#define OC_GATHER_RELAYS 2 /* sizeof(oc_turn_t) each */
#else
#define OC_GATHER_RELAYS 8
#endif
#define OC_GATHER_EVENTS 64   /* not polled yet; 112 bytes each */
#define OC_GATHER_STREAM 0x80 /* flag of path.via */

#define OC_GATHER_SENDS     4        /* of one probe: at 0, 1, 3, 7 RTO; given up at 15 */
#define OC_GATHER_SETTLE_US 60000000 /* between probes while unreachable and keep-alive is off */

typedef struct oc_gather_config {
    unsigned interval_s; /* between probes, 0 .. 255; 0 = off: probed once, and again when asked */
    unsigned attempts;   /* probes in a row without an answer before a server counts as unreachable,
                            0 .. 10; 0 = off, as above */
    bool warm; /* true: kept when no viewer is there; false: only between oc_gather_use(true)
                  and (false) */
} oc_gather_config_t;
#define OC_GATHER_INTERVAL_S 10 /* defaults of the vendor's SDK */
#define OC_GATHER_ATTEMPTS   3

/* A server, its name resolved by the host. */
typedef struct oc_gather_server {
    bool turn;                                /* false: STUN only, over UDP */
    oc_turn_transport_t transport;            /* of TURN */
    oc_addr_t addr4, addr6;                   /* family 0 = none; at least one */
    const char *username, *password, *domain; /* TURN, as in oc_turn_config_t */
} oc_gather_server_t;

/* Kinds of local candidates that servers give. */
typedef enum oc_gather_kind { OC_GATHER_REFLEXIVE, OC_GATHER_RELAYED } oc_gather_kind_t;

/* A local candidate. The base of a reflexive one is the shared socket of its family, the base of a
 * relayed one is itself (RFC 8445 section 5.1.1.2). */
typedef struct oc_gather_candidate {
    oc_gather_kind_t kind;
    uint8_t via;    /* 0, or 1 + allocation */
    uint8_t server; /* index: candidates of one kind, base family and server share a foundation */
    oc_addr_t addr; /* to be told to peers */
    oc_addr_t related; /* raddr: of a relayed one the address that its server saw; family 0 none */
} oc_gather_candidate_t;

typedef enum oc_gather_event_kind {
    OC_GATHER_CANDIDATE, /* candidate: new */
    OC_GATHER_LOST,      /* candidate: no longer of use */
    OC_GATHER_CHANGED,   /* ADDR_CHANGED: a server sees us at candidate.addr, before at
                            candidate.related;   LOST and CANDIDATE of the two come first */
    OC_GATHER_READY,     /* a server answered, or there is none to ask; again after CONNECT_FAIL */
    OC_GATHER_CONNECT_FAIL, /* no server answers any more, or none ever did */
    OC_GATHER_FAILED,  /* an allocation cannot be created: candidate.via, reason, code, retry_us */
    OC_GATHER_CONNECT, /* open a stream to addr for candidate.via, tls; domain borrowed until the
                          next call */
    OC_GATHER_DISCONNECT, /* close the stream of candidate.via */
} oc_gather_event_kind_t;

typedef struct oc_gather_event {
    oc_gather_event_kind_t kind;
    oc_gather_candidate_t candidate;
    oc_addr_t addr;
    bool tls;
    const char *domain;
    oc_turn_reason_t reason; /* LOST of a relayed candidate, FAILED */
    uint16_t code;           /* error code of the server, 0 none */
    int64_t retry_us;
} oc_gather_event_t;

/* Private: one server as configured. */
typedef struct oc_gather_slot {
    bool used, turn;
    oc_turn_transport_t transport;
    oc_addr_t addr[2]; /* IPv4, IPv6 */
    char username[OC_TURN_USERNAME_MAX];
    char password[OC_TURN_PASSWORD_MAX];
    char domain[OC_TURN_DOMAIN_MAX];
} oc_gather_slot_t;

/* Private: Binding requests to one address. */
typedef struct oc_gather_probe {
    bool used;
    bool running; /* a request is under way */
    bool settled; /* answered or failed once since the last oc_gather_again */
    uint8_t server;
    uint8_t sends;
    uint8_t failures; /* probes in a row without an answer */
    uint8_t id[12];
    oc_addr_t to;
    oc_addr_t mapped; /* family 0: not known */
    int64_t begun_us, due_us;
    uint32_t srtt_us, rttvar_us;
} oc_gather_probe_t;

/* Private: one allocation. */
typedef struct oc_gather_relay {
    bool used;
    bool settled;
    bool removed; /* its server is gone: the place is free once the release is done */
    bool renew;   /* user name or password changed: for the next allocation */
    uint8_t server;
    oc_addr_t relayed, mapped; /* as told in CANDIDATE; family 0: none */
    oc_turn_t turn;
} oc_gather_relay_t;

/* All of it; sizeof 124 KB, on a board 26 KB. */
typedef struct oc_gather {
    oc_gather_config_t config;
    bool in_use, stopped;
    int8_t reachable; /* -1 not told yet, 0 CONNECT_FAIL told, 1 READY told */
    oc_gather_slot_t server[OC_GATHER_SERVERS];
    oc_gather_probe_t probe[OC_GATHER_PROBES];
    oc_gather_relay_t relay[OC_GATHER_RELAYS];
    oc_gather_event_t event[OC_GATHER_EVENTS];
    unsigned event_first, event_count;
} oc_gather_t;

#endif
