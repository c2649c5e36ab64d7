/* oc_sctp_chunk - the chunks that carry and acknowledge data: DATA, SACK, FORWARD-TSN.
 * RFC 9260 3.3.1, 3.3.4, RFC 3758 3.2. Views are borrowed as long as the datagram. */
#ifndef OC_SCTP_CHUNK_H
#define OC_SCTP_CHUNK_H

#include "oc_sctp_wire.h"

/* RFC 9260 3.3.1.
 *   0                   1                   2                   3
 *   |   type = 0    |  0    |I|U|B|E|            length             |
 *   |                              TSN                              |
 *   |           stream id           |    stream sequence number     |
 *   |                  payload protocol identifier                  |
 *   |                            payload                            |
 */
typedef struct oc_sctp_data {
    uint32_t tsn, ppid;
    uint16_t sid, ssn;
    uint8_t flags;     /* OC_SCTP_DATA_* */
    oc_span_t payload; /* 1 byte or more */
} oc_sctp_data_t;

/* RFC 9260 3.3.4.
 *   0                   1                   2                   3
 *   |   type = 3    |     flags     |            length             |
 *   |                      cumulative TSN ack                       |
 *   |           advertised receiver window (a_rwnd), bytes          |
 *   |          gap blocks           |        duplicate TSNs         |
 *   |         gap: start            |          gap: end             |  each block
 *   |                         duplicate TSN                         |  each
 */
/* A gap block: TSNs cum_tsn + start up to and including cum_tsn + end have arrived. */
typedef struct oc_sctp_gap {
    uint16_t start, end;
} oc_sctp_gap_t;

#define OC_SCTP_GAPS_MAX                                                                           \
    364 /* gap blocks looked at: what fits a datagram of 1,500; 4 bytes each                       \
         */

typedef struct oc_sctp_sack {
    uint32_t cum_tsn;          /* every TSN up to here has arrived */
    uint32_t a_rwnd;           /* bytes the peer still takes */
    const oc_sctp_gap_t *gaps; /* borrowed until return */
    uint16_t gap_count;
    uint16_t duplicates; /* duplicate TSNs reported */
} oc_sctp_sack_t;

/* RFC 3758 3.2.
 *   0                   1                   2                   3
 *   |  type = 192   |   flags = 0   |            length             |
 *   |                      new cumulative TSN                       |
 *   |           stream id           |    stream sequence number     |  each skip
 */
typedef struct oc_sctp_forward {
    uint32_t cumulative; /* everything up to here is given up or acknowledged */
    uint16_t count;      /* (stream, SSN) pairs of ordered messages, 4 bytes each */
    oc_span_t skips;
} oc_sctp_forward_t;

/* One ordered message that is given up, with all before it on the stream. */
typedef struct oc_sctp_skip {
    uint16_t sid, ssn;
} oc_sctp_skip_t;

/* OC_OK | OC_ERR_TRUNC | OC_ERR_FORMAT no payload (RFC 9260 3.3.1: length 17 or more). */
int oc_sctp_data_parse(const oc_sctp_chunk_t *chunk, oc_sctp_data_t *out);
/* gaps: room for OC_SCTP_GAPS_MAX, borrowed by out; what comes behind them is left out. Order and
 * plausibility of gap blocks are not checked. OC_OK | OC_ERR_TRUNC counts beyond the chunk. */
int oc_sctp_sack_parse(const oc_sctp_chunk_t *chunk, oc_sctp_gap_t *gaps, oc_sctp_sack_t *out);
/* OC_OK | OC_ERR_TRUNC. */
int oc_sctp_forward_parse(const oc_sctp_chunk_t *chunk, oc_sctp_forward_t *out);

/* Numbers of 2 and 4 bytes, most significant one first. */
static inline uint16_t oc_sctp_be16(const uint8_t *p) {
    return (uint16_t)(p[0] << 8 | p[1]);
}
static inline uint32_t oc_sctp_be32(const uint8_t *p) {
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}
static inline void oc_sctp_put16(uint8_t *p, uint16_t v) {
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}
static inline void oc_sctp_put32(uint8_t *p, uint32_t v) {
    oc_sctp_put16(p, (uint16_t)(v >> 16));
    oc_sctp_put16(p + 2, (uint16_t)v);
}
/* Pair i (below count). */
static inline oc_sctp_skip_t oc_sctp_forward_skip(const oc_sctp_forward_t *forward, unsigned i) {
    const uint8_t *p = forward->skips.data + 4u * i;
    return (oc_sctp_skip_t){oc_sctp_be16(p), oc_sctp_be16(p + 2)};
}

/* Writes the 16 bytes in front of the payload; payload_len 1 .. 65,519. out->payload is not read.
 */
void oc_sctp_data_head(uint8_t head[OC_SCTP_DATA_HEADER], const oc_sctp_data_t *data,
                       uint32_t payload_len);

/* Appends a chunk header and n bytes for the caller to fill in, padded with zeros; returns the
 * first of them. NULL: no room, nothing is changed. */
uint8_t *oc_sctp_chunk_write(oc_sctp_packet_t *packet, uint8_t type, uint8_t flags, uint32_t n);

/* Appends a SACK with sack->duplicates TSNs out of dups; both borrowed until return. false: no
 * room, nothing is changed. */
bool oc_sctp_sack_write(oc_sctp_packet_t *packet, const oc_sctp_sack_t *sack, const uint32_t *dups);
/* Appends a FORWARD-TSN. skips: borrowed until return. false: no room, nothing is changed. */
bool oc_sctp_forward_write(oc_sctp_packet_t *packet, uint32_t cumulative,
                           const oc_sctp_skip_t *skips, unsigned count);

#endif
