/* oc_dcep - the two messages that open a data channel on an SCTP stream (RFC 8832), and the payload
 * protocol identifiers of what is sent on it (RFC 8831 section 8). No allocation.
 *
 *   0                   1                   2                   3     RFC 8832 section 5.1: OPEN
 *   |   type = 3    | channel type  |           priority            |
 *   |                    reliability parameter                      |
 *   |        label length           |       protocol length         |
 *   |                     label, then protocol                      |
 * ACK (section 5.2) is the byte 2. */
#ifndef OC_DCEP_H
#define OC_DCEP_H

#include "oc_span.h"

/* Payload protocol identifiers. SCTP sends no empty message: one byte 0 stands for it. */
#define OC_PPID_DCEP         50u
#define OC_PPID_STRING       51u /* UTF-8 */
#define OC_PPID_BINARY       53u
#define OC_PPID_STRING_EMPTY 56u
#define OC_PPID_BINARY_EMPTY 57u

#define OC_DCEP_LABEL_MAX    1024u /* bytes; longer: refused */
#define OC_DCEP_PROTOCOL_MAX 256u  /* bytes; longer: refused */
#define OC_DCEP_HEAD_BYTES   12u   /* of an OPEN before its texts */
#define OC_DCEP_OPEN_MAX     (OC_DCEP_HEAD_BYTES + OC_DCEP_LABEL_MAX + OC_DCEP_PROTOCOL_MAX)
#define OC_DCEP_ACK_BYTES    1u

/* What is tried before a message is given up (RFC 8832 section 5.1). */
typedef enum oc_dcep_reliability {
    OC_DCEP_RELIABLE,    /* it never is */
    OC_DCEP_RETRANSMITS, /* after so many retransmissions */
    OC_DCEP_LIFETIME,    /* after so many milliseconds */
} oc_dcep_reliability_t;

/* A DATA_CHANNEL_OPEN. */
typedef struct oc_dcep_open {
    bool ordered;
    oc_dcep_reliability_t reliability;
    uint32_t limit;     /* retransmissions or milliseconds; 0 when reliable */
    uint16_t priority;  /* 128, 256, 512, 1024: below normal .. extra high; 0 = not said */
    oc_span_t label;    /* parse: views of the message; write: borrowed until return */
    oc_span_t protocol; /* the same; empty: none */
} oc_dcep_open_t;

/* The first byte of a message. */
typedef enum oc_dcep_type { OC_DCEP_ACK = 0x02, OC_DCEP_OPEN = 0x03 } oc_dcep_type_t;

/* Reads a message of PPID 50. > 0 its oc_dcep_type_t; *open is set for OC_DCEP_OPEN |
 * OC_ERR_FORMAT lengths do not agree | OC_ERR_NOTSUP another message or channel type |
 * OC_ERR_TOO_BIG label or protocol longer than taken here. */
int oc_dcep_parse(oc_span_t message, oc_dcep_open_t *open);

/* Writes an OPEN. > 0 its bytes | OC_ERR_NOMEM out too small | OC_ERR_TOO_BIG label or protocol. */
int oc_dcep_write_open(const oc_dcep_open_t *open, uint8_t *out, size_t out_size);
/* Writes an ACK. > 0 its bytes | OC_ERR_NOMEM. */
int oc_dcep_write_ack(uint8_t *out, size_t out_size);

#endif
