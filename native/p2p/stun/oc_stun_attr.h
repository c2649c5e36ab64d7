/* oc_stun_attr - attributes of STUN by number, and those that oc_stun reads by name. */
#ifndef OC_STUN_ATTR_H
#define OC_STUN_ATTR_H

#include <stdint.h>

/* RFC 8489 section 14: each attribute, padded to 4 bytes; numbers are big-endian.
 *   0                   1                   2                   3
 *   |             type              |   length without padding      |
 *   |                   value, 0 to 3 bytes of padding              |
 *
 * MAPPED-ADDRESS, ALTERNATE-SERVER (14.1, 14.15); XOR-MAPPED-ADDRESS (14.2), XOR-PEER-ADDRESS and
 * XOR-RELAYED-ADDRESS (RFC 8656 18.3, 18.5) with the port XOR the cookie's upper half, the address
 * XOR cookie and transaction id:
 *   |       0       | 1 IPv4 2 IPv6 |             port              |
 *   |                 address, 4 or 16 bytes                        |
 *
 * ERROR-CODE (14.8), the code as hundreds (3 to 6) and the rest (0 to 99):
 *   |                   0                     |class|    number     |
 *   |                  reason, UTF-8                                |
 *
 * MESSAGE-INTEGRITY (14.5): 20 bytes of HMAC-SHA1; MESSAGE-INTEGRITY-SHA256 (14.6): 16 to 32 bytes
 * of HMAC-SHA256; FINGERPRINT (14.7), the last one: CRC-32 of all before it, XOR 0x5354554E.
 *
 * CHANNEL-NUMBER (RFC 8656 18.1); REQUESTED-TRANSPORT (18.8, 17 = UDP); REQUESTED-ADDRESS-FAMILY
 * (18.6, 1 or 2); PRIORITY (RFC 8445 16.1), LIFETIME (18.2, seconds): 32 bits; ICE-CONTROLLED and
 * ICE-CONTROLLING: 64 bits at random; USE-CANDIDATE: no value.
 *   |        channel number         |               0               |
 *   |   protocol    |                       0                       |
 *   |    family     |                       0                       |
 */
/* Types on the wire; a receiver may ignore those from 0x8000 on that it does not know. */
enum oc_stun_type {
    OC_STUN_MAPPED_ADDRESS = 0x0001, /* RFC 8489 section 14 */
    OC_STUN_USERNAME = 0x0006,
    OC_STUN_MESSAGE_INTEGRITY = 0x0008,
    OC_STUN_ERROR_CODE = 0x0009,
    OC_STUN_UNKNOWN_ATTRIBUTES = 0x000A,
    OC_STUN_CHANNEL_NUMBER = 0x000C, /* RFC 8656 section 18 */
    OC_STUN_LIFETIME = 0x000D,
    OC_STUN_XOR_PEER_ADDRESS = 0x0012,
    OC_STUN_DATA_BYTES = 0x0013,
    OC_STUN_REALM = 0x0014,
    OC_STUN_NONCE = 0x0015,
    OC_STUN_XOR_RELAYED_ADDRESS = 0x0016,
    OC_STUN_REQUESTED_ADDRESS_FAMILY = 0x0017,
    OC_STUN_EVEN_PORT = 0x0018,
    OC_STUN_REQUESTED_TRANSPORT = 0x0019,
    OC_STUN_DONT_FRAGMENT = 0x001A,
    OC_STUN_MESSAGE_INTEGRITY_SHA256 = 0x001C,
    OC_STUN_PASSWORD_ALGORITHM = 0x001D,
    OC_STUN_USERHASH = 0x001E,
    OC_STUN_XOR_MAPPED_ADDRESS = 0x0020,
    OC_STUN_PRIORITY = 0x0024, /* RFC 8445 section 16.1 */
    OC_STUN_USE_CANDIDATE = 0x0025,
    OC_STUN_PASSWORD_ALGORITHMS = 0x8002,
    OC_STUN_ALTERNATE_DOMAIN = 0x8003,
    OC_STUN_SOFTWARE = 0x8022,
    OC_STUN_ALTERNATE_SERVER = 0x8023,
    OC_STUN_FINGERPRINT = 0x8028,
    OC_STUN_ICE_CONTROLLED = 0x8029,
    OC_STUN_ICE_CONTROLLING = 0x802A
};

/* What a message had, as bits of oc_stun_msg.has (OC_STUN_HAS). */
enum oc_stun_field {
    OC_STUN_F_MAPPED,
    OC_STUN_F_USERNAME,
    OC_STUN_F_ERROR,
    OC_STUN_F_CHANNEL,
    OC_STUN_F_LIFETIME,
    OC_STUN_F_PEER,
    OC_STUN_F_DATA,
    OC_STUN_F_REALM,
    OC_STUN_F_NONCE,
    OC_STUN_F_RELAYED,
    OC_STUN_F_TRANSPORT,
    OC_STUN_F_USERHASH,
    OC_STUN_F_PRIORITY,
    OC_STUN_F_USE_CANDIDATE,
    OC_STUN_F_ALTERNATE,
    OC_STUN_F_ALTERNATE_DOMAIN,
    OC_STUN_F_CONTROLLED,
    OC_STUN_F_CONTROLLING,
    OC_STUN_F_ALGORITHM,
    OC_STUN_F_ALGORITHMS,
    OC_STUN_F_XOR_MAPPED, /* `mapped` is of XOR-MAPPED-ADDRESS */
    OC_STUN_F_INTEGRITY,
    OC_STUN_F_INTEGRITY256,
    OC_STUN_F_FINGERPRINT
};

/* How a long-term password becomes a key (RFC 8489 section 18.5). */
enum oc_stun_algorithm {
    OC_STUN_ALGORITHM_NONE = 0, /* not named: MD5 is meant */
    OC_STUN_MD5 = 1,
    OC_STUN_SHA256 = 2,
    OC_STUN_ALGORITHM_OTHER = 255 /* unknown, or with parameters */
};

/* Error codes that ICE and TURN look at. */
enum oc_stun_error {
    OC_STUN_TRY_ALTERNATE = 300,
    OC_STUN_BAD_REQUEST = 400,
    OC_STUN_UNAUTHENTICATED = 401,
    OC_STUN_FORBIDDEN = 403,
    OC_STUN_UNKNOWN_ATTRIBUTE = 420,
    OC_STUN_ALLOCATION_MISMATCH = 437,
    OC_STUN_STALE_NONCE = 438,
    OC_STUN_UNSUPPORTED_FAMILY = 440,
    OC_STUN_WRONG_CREDENTIALS = 441,
    OC_STUN_ROLE_CONFLICT = 487,
    OC_STUN_SERVER_ERROR = 500,
    OC_STUN_INSUFFICIENT_CAPACITY = 508
};

#endif
