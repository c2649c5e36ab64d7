/* oc_sctp_wire - chunks and parameters of SCTP: numbers, parsing out of a datagram, writing into a
 * packet under construction. RFC 9260 3, RFC 3758 3, RFC 6525 (oc_sctp_reconf.h), RFC 9653.
 * Views are borrowed as long as the datagram; nothing here keeps state. */
#ifndef OC_SCTP_WIRE_H
#define OC_SCTP_WIRE_H

#include "oc_err.h"
#include "oc_sctp_packet.h"

/* RFC 9260 3.2, 3758 3.2, 4820 3, 6525 3.1. */
enum oc_sctp_type {
    OC_SCTP_DATA = 0,
    OC_SCTP_INIT = 1,
    OC_SCTP_INIT_ACK = 2,
    OC_SCTP_SACK = 3,
    OC_SCTP_HEARTBEAT = 4,
    OC_SCTP_HEARTBEAT_ACK = 5,
    OC_SCTP_ABORT = 6,
    OC_SCTP_SHUTDOWN = 7,
    OC_SCTP_SHUTDOWN_ACK = 8,
    OC_SCTP_ERROR = 9,
    OC_SCTP_COOKIE_ECHO = 10,
    OC_SCTP_COOKIE_ACK = 11,
    OC_SCTP_SHUTDOWN_COMPLETE = 14,
    OC_SCTP_RE_CONFIG = 130,
    OC_SCTP_PAD = 132,
    OC_SCTP_FORWARD_TSN = 192,
};

/* Parameters, RFC 9260 3.3.2, 5061 4.2.7, 3758 3.1, 6525 4, 9653 4. */
enum oc_sctp_param_type {
    OC_SCTP_PARAM_HEARTBEAT = 1,
    OC_SCTP_PARAM_IPV4 = 5,
    OC_SCTP_PARAM_IPV6 = 6,
    OC_SCTP_PARAM_COOKIE = 7,
    OC_SCTP_PARAM_UNRECOGNIZED = 8,
    OC_SCTP_PARAM_COOKIE_PRESERVATIVE = 9,
    OC_SCTP_PARAM_ADDRESS_TYPES = 12,
    OC_SCTP_PARAM_ZERO_CHECKSUM = 0x8001,
    OC_SCTP_PARAM_EXTENSIONS = 0x8008,
    OC_SCTP_PARAM_FORWARD_TSN = 0xC000,
};

/* Error causes, RFC 9260 3.3.10. */
enum oc_sctp_cause {
    OC_SCTP_CAUSE_INVALID_STREAM = 1,
    OC_SCTP_CAUSE_MISSING_PARAM = 2,
    OC_SCTP_CAUSE_STALE_COOKIE = 3,
    OC_SCTP_CAUSE_NO_RESOURCE = 4,
    OC_SCTP_CAUSE_UNRECOGNIZED_CHUNK = 6,
    OC_SCTP_CAUSE_UNRECOGNIZED_PARAM = 8,
    OC_SCTP_CAUSE_NO_USER_DATA = 9,
    OC_SCTP_CAUSE_USER_ABORT = 12,
    OC_SCTP_CAUSE_PROTOCOL_VIOLATION = 13,
};

#define OC_SCTP_DATA_END       0x01 /* flags of DATA: last fragment */
#define OC_SCTP_DATA_BEGIN     0x02 /* first fragment */
#define OC_SCTP_DATA_UNORDERED 0x04
#define OC_SCTP_DATA_IMMEDIATE 0x08 /* I bit: acknowledge at once (RFC 7053) */
#define OC_SCTP_FLAG_T         0x01 /* of ABORT and SHUTDOWN COMPLETE: the tag is reflected */
#define OC_SCTP_DATA_HEADER    16   /* bytes of a DATA chunk before its payload */
#define OC_SCTP_EDMID_DTLS     1    /* error detection method of RFC 9653: DTLS */

/* What the two high bits of an unknown type ask for (RFC 9260 3.2, 3.2.1): bit 1 skip it and go on
 * instead of stopping, bit 0 report it. */
enum oc_sctp_unknown {
    OC_SCTP_STOP = 0,
    OC_SCTP_STOP_REPORT = 1,
    OC_SCTP_SKIP = 2,
    OC_SCTP_SKIP_REPORT = 3,
};

/* The common header. */
typedef struct oc_sctp_header {
    uint16_t source_port, destination_port;
    uint32_t tag;
    uint32_t checksum; /* as it stands in the packet, most significant byte first */
} oc_sctp_header_t;

/* One chunk. */
typedef struct oc_sctp_chunk {
    uint8_t type, flags;
    oc_span_t value; /* without header and padding */
    oc_span_t whole; /* header and value, without padding */
} oc_sctp_chunk_t;

/* One parameter or error cause. */
typedef struct oc_sctp_param {
    uint16_t type;
    oc_span_t value, whole;
} oc_sctp_param_t;

/* Reads the common header; *chunks is what follows. OC_OK | OC_ERR_TRUNC shorter than a header. */
int oc_sctp_header_parse(oc_span_t packet, oc_sctp_header_t *out, oc_rd_t *chunks);
/* True: the packet's checksum is the CRC32c of its bytes. packet: at least 12 bytes. */
bool oc_sctp_checksum_ok(oc_span_t packet);
/* The next chunk. The padding of the last one may be missing. OC_OK | OC_END | OC_ERR_FORMAT length
 * below 4 or beyond the packet. */
int oc_sctp_chunk_next(oc_rd_t *chunks, oc_sctp_chunk_t *out);
/* The next parameter of a chunk; the same codes. */
int oc_sctp_param_next(oc_rd_t *params, oc_sctp_param_t *out);

/* What to do with a chunk type, a parameter type one does not know. */
static inline enum oc_sctp_unknown oc_sctp_unknown_chunk(uint8_t type) {
    return (enum oc_sctp_unknown)(type >> 6);
}
static inline enum oc_sctp_unknown oc_sctp_unknown_param(uint16_t type) {
    return (enum oc_sctp_unknown)(type >> 14);
}

#endif
