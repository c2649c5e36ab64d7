/* oc_turn_state - what oc_turn keeps of one allocation. Complete here so that a caller can provide
 * the memory (sizeof(oc_turn_t): 14 KB, on a board 7 KB); only the files of oc_turn touch it.
 */
#ifndef OC_TURN_STATE_H
#define OC_TURN_STATE_H

#include "oc_addr.h"
#include "oc_span.h"
#include "oc_turn_event.h"
#include "oc_turn_limits.h"

typedef enum oc_turn_state {
    OC_TURN_IDLE,
    OC_TURN_WAITING,    /* until wait_us, then another try */
    OC_TURN_CONNECTING, /* stream: asked for, until wait_us */
    OC_TURN_ALLOCATING,
    OC_TURN_ALLOCATED,
    OC_TURN_RELEASING, /* Refresh with lifetime 0 under way; then again tells what follows */
} oc_turn_state_t;

/* Private: what a 401 or 438 told, and the key made of it. RFC 8489 section 9.2. */
typedef struct oc_turn_auth {
    uint16_t realm_len, nonce_len; /* nonce_len 0: no challenge yet */
    uint8_t algorithms_len;        /* 0: the server offered none: MD5, SHA-1 signatures */
    uint8_t algorithm;             /* enum oc_stun_algorithm */
    uint8_t key_len;
    bool userhash; /* the nonce asks for USERHASH in place of USERNAME */
    uint8_t key[32];
    uint8_t algorithms[OC_TURN_ALGORITHMS_MAX];
    uint8_t realm[OC_TURN_REALM_MAX];
    uint8_t nonce[OC_TURN_NONCE_MAX];
} oc_turn_auth_t;

typedef enum oc_turn_txn_kind {
    OC_TURN_TXN_NONE,
    OC_TURN_TXN_ALLOCATE,
    OC_TURN_TXN_REFRESH,
    OC_TURN_TXN_RELEASE, /* Refresh with lifetime 0 */
    OC_TURN_TXN_PERMIT,
    OC_TURN_TXN_BIND,
} oc_turn_txn_kind_t;

/* Private: one request under way. */
typedef struct oc_turn_txn {
    oc_turn_txn_kind_t kind;
    uint8_t id[12];
    uint8_t sends;      /* of this id */
    uint8_t challenges; /* 401 and 438 answered so far */
    bool signed_;       /* sent with credentials */
    uint8_t count;      /* peers */
    uint8_t peer[OC_TURN_PERMIT_MAX];
    int64_t begun_us, sent_us, due_us; /* due_us: when it is sent (again) */
} oc_turn_txn_t;

/* Private: one peer address. Times are INT64_MIN when there is none. */
typedef struct oc_turn_peer {
    oc_addr_t addr;     /* family 0: free */
    uint16_t channel;   /* number, 0 = none was asked for */
    uint8_t owners;     /* channel numbers this place has given out */
    uint8_t next;       /* 1 + index of the next of the same hash; 0 = last */
    bool asking;        /* a request for it is under way */
    bool alone;         /* in a request of its own, as one of its kind was refused */
    bool seen;          /* it sent something: worth a channel */
    int64_t used_us;    /* last sent to or asked for */
    int64_t permit_us;  /* permission granted */
    int64_t bound_us;   /* channel granted or refreshed */
    int64_t refused_us; /* permission refused */
    int64_t unbound_us; /* channel refused */
} oc_turn_peer_t;

/* Private: bytes of a stream that end inside of a message. */
typedef struct oc_turn_frame {
    uint32_t have; /* bytes of buffer */
    uint32_t skip; /* bytes of a too long message still to come */
    uint8_t buffer[OC_TURN_FRAME_MAX];
} oc_turn_frame_t;

/* One allocation. */
typedef struct oc_turn {
    /* from the configuration */
    oc_addr_t home; /* the configured server */
    oc_turn_transport_t transport;
    uint8_t home_family, family; /* configured; asked for now (the other one after a 440) */
    char username[OC_TURN_USERNAME_MAX];
    char password[OC_TURN_PASSWORD_MAX];
    char home_domain[OC_TURN_DOMAIN_MAX];
    /* this try */
    oc_turn_state_t state;
    oc_addr_t server; /* home, or where a 300 sent us */
    char domain[OC_TURN_DOMAIN_MAX];
    oc_addr_t tried[OC_TURN_HOPS + 1];
    uint8_t hops;
    bool again;       /* RELEASING: allocate next, else idle */
    bool released;    /* a 437 to Allocate was answered by a release in this try */
    uint8_t failures; /* in a row */
    int64_t wait_us;
    oc_turn_auth_t auth;
    oc_turn_txn_t txn[OC_TURN_TXNS]; /* 0: of the allocation */
    uint32_t srtt_us, rttvar_us;     /* srtt_us 0: nothing measured */
    /* the allocation */
    oc_addr_t relayed, mapped;
    int64_t granted_us, expires_us, refresh_us;
    int64_t doubt_us; /* sent, and nothing heard since: then it is refreshed; INT64_MAX: no doubt */
    oc_turn_peer_t peer[OC_TURN_PEERS];
    uint8_t bucket[OC_TURN_PEERS]; /* 1 + index of the first peer of a hash */
    uint32_t seed;                 /* of the hash */
    oc_turn_frame_t frame;
    /* outwards */
    int64_t deadline_us;
    oc_turn_event_t down; /* of the DOWN to be told */
    bool notify_up, notify_down, notify_connect, notify_disconnect;
    oc_turn_stats_t stats;
} oc_turn_t;

#endif
