/* oc_ice_limits - every size and time of oc_ice, with what it costs and where it comes from. */
#ifndef OC_ICE_LIMITS_H
#define OC_ICE_LIMITS_H

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
#define OC_ICE_SENDS       3     /* datagrams to an address that never answered, of any kind */
#define OC_ICE_HOST_SENDS  12    /* of them to all ports of one IP */
#define OC_ICE_HEARD_SENDS 7     /* since its last verified request; RFC 8489 section 6.2.1: Rc */
#define OC_ICE_HEARD_KEPT  3     /* of them that are left to checks */
#define OC_ICE_UNCONSENTED 16384 /* bytes with IP and UDP headers to all such tuples */
#define OC_ICE_EARNED      64    /* of them given back by each response for consent */
#define OC_ICE_HEADERS     28    /* IP and UDP, as counted there */

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

#endif
