/* oc_stun - reading STUN messages (RFC 8489) and the attributes of ICE (RFC 8445) and TURN
 * (RFC 8656). Pure; nothing is allocated. Checking is separate from reading: whoever knows the
 * password checks, after it found the user name in here.
 *
 *   0                   1                   2                   3
 *   0 0|type (14 bits: method and class)|       length without these 20 bytes  |
 *   |                     magic cookie 0x2112A442                              |
 *   |                     transaction id (96 bits)                             |
 */
#ifndef OC_STUN_H
#define OC_STUN_H

#include "oc_addr.h"
#include "oc_span.h"
#include "oc_stun_attr.h"

#define OC_STUN_HEADER      20          /* bytes */
#define OC_STUN_TXID        12          /* bytes of a transaction id */
#define OC_STUN_COOKIE      0x2112A442u /* RFC 8489 section 5 */
#define OC_STUN_UNKNOWN_MAX 8           /* unknown attributes that are listed; 2 bytes each */

/* What a message is. */
enum oc_stun_class {
    OC_STUN_REQUEST = 0,
    OC_STUN_INDICATION = 1,
    OC_STUN_SUCCESS = 2,
    OC_STUN_ERROR = 3
};

/* What it is about. */
enum oc_stun_method {
    OC_STUN_BINDING = 0x001,
    OC_STUN_ALLOCATE = 0x003, /* this and below: RFC 8656 section 17 */
    OC_STUN_REFRESH = 0x004,
    OC_STUN_SEND = 0x006,
    OC_STUN_DATA = 0x007,
    OC_STUN_CREATE_PERMISSION = 0x008,
    OC_STUN_CHANNEL_BIND = 0x009
};

/* A message. Spans point into the datagram (borrowed as long as that); an attribute that is absent
 * is an empty span, an address of family 0, or 0; OC_STUN_HAS tells what was there. Of an attribute
 * that comes twice the first counts (RFC 8489 section 14), and what stands behind MESSAGE-INTEGRITY
 * is not read, but MESSAGE-INTEGRITY-SHA256 and FINGERPRINT. */
typedef struct oc_stun_msg {
    oc_span_t bytes;          /* the whole message */
    const uint8_t *txid;      /* OC_STUN_TXID bytes */
    uint16_t method;          /* enum oc_stun_method, or another: 0..0xFFF */
    uint8_t cls;              /* enum oc_stun_class */
    uint8_t algorithm;        /* PASSWORD-ALGORITHM: enum oc_stun_algorithm; 0 absent, 255 other */
    uint32_t has;             /* bit n: enum oc_stun_field n is there */
    uint16_t error;           /* ERROR-CODE: 300..699, 0 absent */
    uint16_t channel;         /* CHANNEL-NUMBER: 0x4000..0x4FFF when valid */
    uint16_t integrity_at;    /* where MESSAGE-INTEGRITY begins in bytes; 0 absent */
    uint16_t integrity256_at; /* the same of MESSAGE-INTEGRITY-SHA256 */
    uint16_t fingerprint_at;  /* the same of FINGERPRINT */
    uint8_t transport;        /* REQUESTED-TRANSPORT: 17 UDP */
    uint8_t unknown_count;    /* comprehension-required ones that nobody here knows */
    uint16_t unknown[OC_STUN_UNKNOWN_MAX]; /* the first of them: for a 420 answer */
    uint32_t priority;                     /* PRIORITY (RFC 8445 section 7.1.1) */
    uint32_t lifetime_s;                   /* LIFETIME (RFC 8656 section 18.2) */
    uint64_t tie_breaker;                  /* ICE-CONTROLLED or ICE-CONTROLLING */
    oc_addr_t mapped;                      /* XOR-MAPPED-ADDRESS, else MAPPED-ADDRESS */
    oc_addr_t relayed;                     /* XOR-RELAYED-ADDRESS */
    oc_addr_t peer;                        /* XOR-PEER-ADDRESS, the first */
    oc_addr_t alternate;                   /* ALTERNATE-SERVER */
    oc_span_t username, realm, nonce, reason, data;
    oc_span_t userhash;         /* 32 bytes (RFC 8489 section 14.4) */
    oc_span_t alternate_domain; /* a host name, not checked */
    oc_span_t algorithms;       /* PASSWORD-ALGORITHMS as it came: oc_stun_choose */
} oc_stun_msg_t;

/* True when the message carries a field. */
#define OC_STUN_HAS(msg, field) (((msg)->has >> (field)) & 1u)

/* Reads one message that fills the span exactly. OC_OK | OC_ERR_TRUNC the span ends too early |
 * OC_ERR_FORMAT no STUN message, or one that breaks a rule of lengths; out is not to be used then.
 * Unknown attributes are no error: see unknown_count. */
int oc_stun_parse(oc_span_t datagram, oc_stun_msg_t *out);

/* Bytes of the message that begins here, for cutting a stream: > 0, also when it is not there as a
 * whole | 0 fewer than 4 bytes are there: ask again with more | OC_ERR_FORMAT none begins here. */
int oc_stun_length(oc_span_t stream);

/* Checks FINGERPRINT (RFC 8489 section 14.7). OC_OK | OC_ERR_NOENT absent | OC_ERR_FORMAT wrong. */
int oc_stun_check_fingerprint(const oc_stun_msg_t *msg);

/* Checks MESSAGE-INTEGRITY (HMAC-SHA1, RFC 8489 section 14.5); the key is the password (short-term)
 * or what oc_stun_key gives. OC_OK | OC_ERR_NOENT absent | OC_ERR_FORMAT wrong. */
int oc_stun_check_integrity(const oc_stun_msg_t *msg, oc_span_t key);

/* The same for MESSAGE-INTEGRITY-SHA256 (section 14.6), which may be truncated to 16 bytes. */
int oc_stun_check_integrity256(const oc_stun_msg_t *msg, oc_span_t key);

/* The first of a server's algorithms that we know, without parameters: it lists them as it prefers
 * them (RFC 8489 section 9.2.1). OC_STUN_ALGORITHM_NONE: there is none. */
enum oc_stun_algorithm oc_stun_choose(oc_span_t algorithms);

/* True: this is a STUN message by its header (first bits, cookie, length). */
bool oc_stun_is(oc_span_t datagram);

#endif
