/* oc_turn_limits - every size and time of oc_turn, with what it costs and where it comes from. */
#ifndef OC_TURN_LIMITS_H
#define OC_TURN_LIMITS_H

#include "oc_limits.h"

/* Texts; each costs its size per allocation. */
#define OC_TURN_USERNAME_MAX   509 /* with the zero: RFC 8489 section 14.3 */
#define OC_TURN_PASSWORD_MAX   256
#define OC_TURN_REALM_MAX      256 /* RFC 8489 allows 763 bytes, of 128 characters */
#define OC_TURN_NONCE_MAX      256 /* the same */
#define OC_TURN_ALGORITHMS_MAX 32  /* PASSWORD-ALGORITHMS, returned as it came */
#define OC_TURN_DOMAIN_MAX     256

#ifdef OC_LIMITS_BOARD
#define OC_TURN_PEERS 32 /* peer addresses under way; power of two <= 128; 72 bytes each */
#else
#define OC_TURN_PEERS 128
#endif
#define OC_TURN_TXNS       4 /* requests under way: one of the allocation, the rest of peers; 56 each */
#define OC_TURN_PERMIT_MAX 8 /* peers of one CreatePermission */
#define OC_TURN_HOPS       3 /* redirections (300) followed in a row; 28 each */
#define OC_TURN_FRAME_MAX                                                                          \
    2048 /* longest message of a stream that is kept; a longer one is skipped */

/* Bytes around a payload: Send indication with an IPv6 peer is 20 + 24 + 4, padding at most 3. */
#define OC_TURN_HEADROOM    48
#define OC_TURN_TAILROOM    4
#define OC_TURN_PAYLOAD_MAX 65000
/* Largest request: header, credentials, eight IPv6 peers, integrity (SHA-256), fingerprint. */
#define OC_TURN_REQUEST_MAX 1536

#define OC_TURN_RTO_FIRST_US 500000 /* RFC 8489 section 6.2.1, until a round trip was measured */
#define OC_TURN_RTO_MIN_US                                                                         \
    100000 /* deviation: measured paths are asked again sooner than 500 ms                         \
            */
#define OC_TURN_RTO_MAX_US                                                                         \
    3000000 /* deviation: the doubling ends here, an outage is noticed over */
#define OC_TURN_GIVE_UP_US 12000000 /* of an Allocate; RFC 8489: 39.5 s. Another try follows */
#define OC_TURN_STREAM_US                                                                          \
    10000000 /* an answer on a stream, or the stream itself, takes longer: dead */
#define OC_TURN_RELEASE_US 2000000
#define OC_TURN_PERMIT_US  300000000 /* life of a permission, RFC 8656 section 9 */
#define OC_TURN_RENEW_US   240000000 /* when a used one is asked for again */
#define OC_TURN_CHANNEL_US 600000000 /* life of a channel, RFC 8656 section 12 */
#define OC_TURN_REBIND_US  900000000 /* a channel number rests 5 minutes after that */
#define OC_TURN_IDLE_US    30000000  /* a peer not sent to for so long is not refreshed */
#define OC_TURN_REFRESH_US                                                                         \
    60000000 /* UDP: refreshed at least so often: a restarted server is noticed */
/* Sent, and nothing heard since: refreshed, to see whether the server is there and knows us. */
#define OC_TURN_SILENCE_US   2000000
#define OC_TURN_RETRY_US     2000000  /* first wait after a failure; doubles */
#define OC_TURN_RETRY_MAX_US 60000000 /* longest; also after 486 and 508 (RFC 8656 section 7.4) */
#define OC_TURN_REFUSED_US   60000000 /* a peer the server refused is not asked for again so long */

#endif
