/* oc_sctp_packet - one SCTP packet under construction: headers are written into its own bytes,
 * payload is borrowed where it lies. RFC 9260 3: common header, then chunks, each padded to 4
 * bytes. Invariant: len is the sum of the parts and never more than max; parts that touch in head
 * are one.
 *
 *   0                   1                   2                   3     RFC 9260 3.1, 3.2
 *   |          source port          |       destination port        |
 *   |                       verification tag                        |
 *   |                            CRC-32C                            |
 *   |     type      |     flags     |  length, these 4 bytes too    |  each chunk
 *   |           value, padded to 4 bytes (not in length)            |
 */
#ifndef OC_SCTP_PACKET_H
#define OC_SCTP_PACKET_H

#include "oc_span.h"

#define OC_SCTP_PARTS      24                 /* pieces of one packet, 16 bytes each */
#define OC_SCTP_HEADER_LEN 12                 /* common header: ports, verification tag, checksum */
#define OC_SCTP_PACKET_MAX 1472               /* bytes; IPv4 Ethernet without IP and UDP header */
#define OC_SCTP_HEAD       OC_SCTP_PACKET_MAX /* bytes of headers and of what is copied */

/* A packet. About 1.9 KB; one serves all associations of a thread. */
typedef struct oc_sctp_packet {
    oc_span_t part[OC_SCTP_PARTS]; /* in order; borrowed until the next call on the association */
    unsigned count;                /* parts in use */
    uint32_t len;                  /* bytes of all parts */
    uint32_t max;                  /* bytes that len may reach */
    uint32_t head_len;             /* bytes of head in use */
    bool oversize;                 /* holds one chunk cut for a larger path: send it without DF */
    bool probe;                    /* asks whether the path takes this size: send it with DF */
    uint8_t head[OC_SCTP_HEAD];
} oc_sctp_packet_t;

/* Starts a packet of at most max bytes (rounded down to a multiple of 4) with the common header;
 * the checksum is zero until oc_sctp_packet_finish. */
void oc_sctp_packet_begin(oc_sctp_packet_t *packet, uint32_t max, uint16_t source_port,
                          uint16_t destination_port, uint32_t tag);

/* Bytes that still fit. */
static inline uint32_t oc_sctp_packet_room(const oc_sctp_packet_t *packet) {
    return packet->len < packet->max ? packet->max - packet->len : 0;
}

/* True: nothing but the common header is in it. */
static inline bool oc_sctp_packet_empty(const oc_sctp_packet_t *packet) {
    return packet->len <= OC_SCTP_HEADER_LEN;
}

/* n bytes of head at the end of the packet, for the caller to fill in. max is not looked at in an
 * oversize packet. NULL: no room, nothing is changed. */
uint8_t *oc_sctp_packet_head(oc_sctp_packet_t *packet, uint32_t n);

/* Appends borrowed bytes; max is not looked at in an oversize packet. false: no room or no part
 * left, nothing is changed. An empty span is true and adds nothing. */
bool oc_sctp_packet_part(oc_sctp_packet_t *packet, oc_span_t bytes);

/* Zero bytes up to the next multiple of 4 (RFC 9260 3.2); a part of its own only behind a borrowed
 * one: keep one free. There is room: max is a multiple of 4. */
void oc_sctp_packet_pad(oc_sctp_packet_t *packet);

/* Writes the checksum, CRC32c over all parts (RFC 9260 appendix A), or zero when the peer said that
 * it accepts that (RFC 9653). */
void oc_sctp_packet_finish(oc_sctp_packet_t *packet, bool zero_checksum);

#endif
