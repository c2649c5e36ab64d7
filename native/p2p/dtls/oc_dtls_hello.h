/* oc_dtls_hello - puts a fragmented ClientHello together (RFC 6347 section 4.2.3), because mbedTLS
 * refuses a fragmented one as a server and browsers send nothing else. What comes out is the same
 * message unfragmented in one record, so both ends hash the same transcript.
 * One at a time: the first fragment says which message; others of another message, of another
 * length or with other bytes at the same place are dropped. No allocation. */
#ifndef OC_DTLS_HELLO_H
#define OC_DTLS_HELLO_H

#include "oc_dtls_split.h"

/* Bytes of the record that comes out, at most. */
#define OC_DTLS_HELLO_RECORD (OC_DTLS_HEADER + 12 + OC_DTLS_MESSAGE_MAX)

/* 4.6 KB; zeroed: nothing was received. */
typedef struct oc_dtls_hello {
    bool begun, done;
    uint64_t seq; /* highest record number of the fragments taken */
    uint16_t message_seq;
    uint16_t length;                       /* bytes of the message, 1 .. OC_DTLS_MESSAGE_MAX */
    uint16_t present;                      /* bytes that are there */
    uint8_t have[OC_DTLS_MESSAGE_MAX / 8]; /* one bit for each byte of the message */
    uint8_t record[OC_DTLS_HELLO_RECORD];  /* header, message header, message */
} oc_dtls_hello_t;

/* Takes the ClientHello fragments of a plausible handshake record of epoch 0. OC_OK: the message is
 * whole, *out is its record under the highest record number of its fragments, borrowed
 * until the hello is changed (this is said once) | OC_AGAIN: not yet, not this message, or it was
 * whole before. */
int oc_dtls_hello_input(oc_dtls_hello_t *hello, const oc_dtls_view_t *record, oc_span_t *out);

/* True when the record begins with a ClientHello. */
bool oc_dtls_hello_is(const oc_dtls_view_t *record);

#endif
