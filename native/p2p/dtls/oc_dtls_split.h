/* oc_dtls_split - the records of a datagram (RFC 6347 section 4.1), and what of them a handshake
 * may see. Borrowed views, no state, no allocation.
 *
 *    0      1      2      3      4      5 ... 10    11     12     13
 *   +------+------+------+------+------+----------+------+------+--------
 *   | type |  version    |    epoch    | sequence |   length    | body ...
 *   +------+------+------+------+------+----------+------+------+-------- */
#ifndef OC_DTLS_SPLIT_H
#define OC_DTLS_SPLIT_H

#include "oc_span.h"

#define OC_DTLS_HEADER 13 /* bytes of a record's header */
#define OC_DTLS_MESSAGE_MAX                                                                        \
    4096 /* bytes of a handshake message that is let through, header not counted */
#define OC_DTLS_VERSION_1_2 0xFEFD
#define OC_DTLS_VERSION_1_0 0xFEFF /* in the record header of a ClientHello */

/* Content types, RFC 5246 section 6.2.1. */
enum oc_dtls_type {
    OC_DTLS_CHANGE_CIPHER_SPEC = 20,
    OC_DTLS_ALERT = 21,
    OC_DTLS_HANDSHAKE = 22,
    OC_DTLS_APPLICATION = 23,
};

/* Handshake message types, RFC 5246 section 7.4, RFC 6347 section 4.3.2. */
enum oc_dtls_message {
    OC_DTLS_CLIENT_HELLO = 1,
    OC_DTLS_SERVER_HELLO = 2,
    OC_DTLS_HELLO_VERIFY_REQUEST = 3,
    OC_DTLS_CERTIFICATE = 11,
    OC_DTLS_SERVER_KEY_EXCHANGE = 12,
    OC_DTLS_CERTIFICATE_REQUEST = 13,
    OC_DTLS_SERVER_HELLO_DONE = 14,
    OC_DTLS_CERTIFICATE_VERIFY = 15,
    OC_DTLS_CLIENT_KEY_EXCHANGE = 16,
    OC_DTLS_FINISHED = 20,
};

/* Alert codes that are named here, RFC 5246 section 7.2. */
enum oc_dtls_alert {
    OC_DTLS_CLOSE_NOTIFY = 0,
    OC_DTLS_HANDSHAKE_FAILURE = 40,
    OC_DTLS_BAD_CERTIFICATE = 42,
    OC_DTLS_UNSUPPORTED_CERTIFICATE = 43,
    OC_DTLS_CERTIFICATE_UNKNOWN = 46,
    OC_DTLS_ACCESS_DENIED = 49,
    OC_DTLS_DECODE_ERROR = 50,
    OC_DTLS_INTERNAL_ERROR = 80,
};

/* One record. */
typedef struct oc_dtls_view {
    uint8_t type;     /* enum oc_dtls_type, nothing else */
    uint16_t version; /* OC_DTLS_VERSION_1_2, or _1_0 in epoch 0; nothing else */
    uint16_t epoch;   /* 0: not encrypted */
    uint64_t seq;     /* 48 bits */
    oc_span_t whole;  /* borrowed from the datagram: header and body */
    oc_span_t body;   /* borrowed from the datagram: 1 or more bytes */
} oc_dtls_view_t;

/* Takes the next record off the front of *rest. Records of types and versions that DTLS 1.2 does
 * not have, and empty ones, are passed over. False: nothing more; bytes that are no whole record
 * end the datagram (RFC 6347 section 4.1.2.7: dropped silently). */
bool oc_dtls_split_next(oc_span_t *rest, oc_dtls_view_t *out);

/* True when a handshake record of epoch 0 holds only whole fragments of messages that the peer may
 * send (peer_is_client: it is the client), each of at most OC_DTLS_MESSAGE_MAX bytes: forged
 * lengths otherwise make a handshake reserve memory, and unknown messages end it. */
bool oc_dtls_split_plausible(const oc_dtls_view_t *record, bool peer_is_client);

/* The name of an alert as the RFC writes it, e.g. "handshake_failure"; static. Others: "unknown".
 */
const char *oc_dtls_alert_name(int code);

/* The code of an alert in epoch 0, or -1 when it is malformed. Anyone can forge it: a hint. */
int oc_dtls_split_alert(const oc_dtls_view_t *record);

#endif
