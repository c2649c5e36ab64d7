/* oc_ice_state - what an agent keeps. Complete here so that a caller can provide the memory; only
 * the files of oc_ice touch it. */
#ifndef OC_ICE_STATE_H
#define OC_ICE_STATE_H

#include "oc_candidate.h"
#include "oc_ice_budget.h"

/* Every size and time of oc_ice, with what it costs and where it comes from. */

/* Sizes; the RAM of an agent is their sum, OC_ICE_BYTES. */
#define OC_ICE_LOCAL_MAX   12  /* addresses that we send from; 32 bytes each */
#define OC_ICE_HOST_MAX    8   /* of them at most on our own sockets: relays find room */
#define OC_ICE_REMOTE_MAX  32  /* remote candidates; 32 bytes each */
#define OC_ICE_PAIRS_MAX   64  /* 40 bytes each */
#define OC_ICE_RELAYED_MAX 16  /* of them that no direct pair pushes out */
#define OC_ICE_CHECKS_MAX  32  /* checks whose answer is still accepted; 24 bytes each */
#define OC_ICE_REPLIES_MAX 6   /* answers that wait to be sent; 72 bytes each */
#define OC_ICE_KEPT_MAX    4   /* pairs that outlive a restart */
#define OC_ICE_UFRAG_MAX   256 /* characters, RFC 8839 section 5.4 */
#define OC_ICE_PWD_MAX     256
#define OC_ICE_KEY_MAX     64   /* a longer password is its own SHA-1: what HMAC does with it */
#define OC_ICE_OUR_UFRAG   8    /* characters: 48 random bits */
#define OC_ICE_OUR_PWD     24   /* 144 random bits */
#define OC_ICE_BYTES       6144 /* of an agent, at most */
#define OC_ICE_DATAGRAM    640 /* of a message: USERNAME up to 268, the other attributes up to 124 */

/* What a stranger may be sent. */
#define OC_ICE_SENDS          3  /* datagrams to an address that never answered, of any kind */
#define OC_ICE_HOST_SENDS     12 /* of them to all ports of one IP */
#define OC_ICE_RECEIVED_SENDS 7  /* since its last verified request; RFC 8489 section 6.2.1: Rc */
#define OC_ICE_RECEIVED_KEPT  3  /* of them that are left to checks */
#define OC_ICE_UNCONSENTED    16384 /* bytes with IP and UDP headers to all such tuples */
#define OC_ICE_EARNED         64    /* of them given back by each response for consent */
#define OC_ICE_HEADERS        28    /* IP and UDP, as counted there */

/* Times of checks. Ordinary ones begin OC_ICE_TA_US apart, the least that RFC 8445 section 14.2
 * allows; the first leaves at once. Before a round trip is known the second follows the first after
 * OC_ICE_RTO_US (section 14.3: 500 ms), then after twice the round trip, doubling. The last one to
 * a tuple that was never heard waits OC_ICE_LAST_US: its NAT may open later. */
#define OC_ICE_TA_US      5000
#define OC_ICE_RTO_US     100000
#define OC_ICE_RTO_MIN_US 50000
#define OC_ICE_RTO_MAX_US 1000000
#define OC_ICE_LAST_US    2000000
#define OC_ICE_GIVE_UP_US 15000000 /* FAILED when no pair was valid by then */

/* Consent (RFC 7675 section 5.1): asked for every 5 s, times 0.8 .. 1.2 at random, which agents
 * with a common budget draw together; gone 30 s after the last response. A pair that is no longer
 * selected is kept as long as something comes over it, and OC_ICE_EXPIRY_US more. */
#define OC_ICE_CONSENT_US 5000000
#define OC_ICE_EXPIRY_US  30000000
#define OC_ICE_KEEP_US    5000000 /* a full table never pushes out what was heard of so lately */

/* The selected pair does not answer: the next checks follow after OC_ICE_PROBE_US (3 round trips if
 * that is longer); after OC_ICE_QUICK of them it is mute, asked every OC_ICE_MUTE_US times 0.8
 * .. 1.2, and other pairs are tried. When another tuple becomes valid, the selected one is asked
 * as soon as it was silent for OC_ICE_DOUBT_US, and again twice as often as that: the peer may have
 * moved. */
#define OC_ICE_PROBE_US 500000
#define OC_ICE_QUICK    3
#define OC_ICE_MUTE_US  1500000
#define OC_ICE_DOUBT_US 300000

/* Controlling: a pair is nominated three round trips after the first one was valid, within these
 * bounds, or as soon as none better is open. A relayed one waits for the upper bound. */
#define OC_ICE_NOMINATE_MIN_US 50000
#define OC_ICE_NOMINATE_MAX_US 500000
#define OC_ICE_NOMINATIONS     7 /* sends of one nomination */

/* Private: an address that we send from. Server-reflexive candidates are pairs of their base. */
typedef struct oc_ice_local {
    oc_addr_t base; /* family 0: free */
    uint32_t priority;
    uint8_t via;
} oc_ice_local_t;

/* Private: a remote candidate. */
typedef struct oc_ice_remote {
    oc_addr_t addr; /* family 0: free */
    uint32_t priority;
    uint8_t type;       /* oc_candidate_type_t */
    uint8_t generation; /* 0 or 1: which credentials it came with; 2: only for PAIR_GONE */
    uint8_t proof;      /* OC_ICE_PROOF_* of oc_ice_impl.h */
    uint8_t sends;      /* datagrams to it, over all its pairs, since init or its last request */
} oc_ice_remote_t;

/* Private: a candidate pair. RFC 8445 section 6.1.2.6, without Frozen: one stream, one component,
 * and checks that are few by other limits. */
typedef struct oc_ice_pair {
    uint8_t local, remote; /* indices */
    uint8_t state;         /* OC_ICE_IS_* of oc_ice_impl.h */
    uint8_t flags;         /* OC_ICE_* of oc_ice_impl.h */
    uint8_t left;          /* checks that may still leave while it has never answered */
    uint8_t sends;         /* unanswered in a row */
    uint16_t spent;        /* bytes sent to it while it had never answered */
    uint32_t nominated;    /* number of its last nomination by the peer, 0 none */
    uint32_t rtt_us;       /* smoothed; 0 never answered */
    int64_t next_us;       /* next check; INT64_MAX none */
    int64_t received_us;   /* last verified message from it */
    int64_t answered_us;   /* last verified response: consent, RFC 7675 */
} oc_ice_pair_t;

/* Private: a check that was sent. Each has an id of its own, so that round trips are unambiguous.
 */
typedef struct oc_ice_sent {
    uint8_t txid[12];
    uint8_t pair;  /* OC_ICE_NONE: free */
    uint8_t flags; /* OC_ICE_SENT_* */
    int64_t sent_us;
} oc_ice_sent_t;

/* Private: an answer that waits to be sent. */
typedef struct oc_ice_reply {
    uint8_t txid[12];
    oc_path_t to;
    uint16_t code;      /* 0 success, else an error code */
    uint16_t unknown;   /* 420: the attribute */
    uint8_t generation; /* of the password that signs it */
    uint8_t pair;       /* OC_ICE_NONE: none */
} oc_ice_reply_t;

/* Private: the credentials of one generation. */
typedef struct oc_ice_generation {
    char ufrag[OC_ICE_OUR_UFRAG + 1]; /* "": this generation is not in use */
    char pwd[OC_ICE_OUR_PWD + 1];
    char remote_ufrag[OC_ICE_UFRAG_MAX + 1]; /* "": not known yet */
    uint8_t remote_key[OC_ICE_KEY_MAX];
    uint8_t remote_key_len;
} oc_ice_generation_t;

/* Counters since init. */
typedef struct oc_ice_stats {
    uint32_t checks;    /* sent, with those for consent */
    uint32_t responses; /* verified ones to them */
    uint32_t requests;  /* verified ones of the peer */
    uint32_t refused;   /* datagrams that did not verify */
    uint32_t withheld;  /* not sent, as a limit against misuse said no */
    uint32_t switches;  /* of the selected pair */
} oc_ice_stats_t;

/* One agent. */
typedef struct oc_ice {
    oc_ice_budget_t *budget; /* NULL: no common allowance */
    uint64_t tie_breaker;
    int64_t consent_us, probe_us, give_up_us; /* from the configuration */
    int64_t now_us;                           /* latest seen */
    int64_t idle_us;                          /* nothing is due before; INT64_MIN: not known */
    int64_t paced_us;                         /* the next ordinary check may leave */
    int64_t fail_us;                          /* FAILED is due; INT64_MAX not */
    int64_t nominate_us;                      /* controlling: decide then; INT64_MAX not */
    int32_t unconsented;                 /* bytes of the offer left for tuples never heard of */
    uint32_t rtt_us;                     /* latest of any pair; 0 unknown */
    uint32_t nominations;                /* by the peer so far */
    uint16_t events;                     /* bits by kind */
    uint8_t generation;                  /* the present one */
    uint8_t selected, nominating, first; /* pairs, OC_ICE_NONE none */
    uint8_t next_sent;                   /* ring position in `sent` */
    uint8_t reply_head, reply_count;
    uint8_t probes; /* attempts of B11 */
    uint8_t spent;  /* datagrams of oc_ice_spend that the budget gets back with the first answer */
    bool controlling, allow_loopback;
    bool concluded; /* the selected pair was nominated */
    bool alive;     /* a verified request came */
    bool silent;    /* SILENT was told */
    oc_addr_t mapped;
    oc_ice_stats_t stats;
    oc_ice_generation_t gen[2];
    oc_ice_local_t local[OC_ICE_LOCAL_MAX];
    oc_ice_remote_t remote[OC_ICE_REMOTE_MAX];
    oc_ice_pair_t pair[OC_ICE_PAIRS_MAX];
    oc_ice_sent_t sent[OC_ICE_CHECKS_MAX];
    oc_ice_reply_t reply[OC_ICE_REPLIES_MAX];
} oc_ice_t;

_Static_assert(sizeof(oc_ice_t) <= OC_ICE_BYTES, "an agent is larger than its budget");

#endif
