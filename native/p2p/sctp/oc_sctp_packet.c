#include "oc_sctp_packet.h"
#include "oc_crc32c.h"

void oc_sctp_packet_begin(oc_sctp_packet_t *packet, uint32_t max, uint16_t source_port,
                          uint16_t destination_port, uint32_t tag) {
    oc_wr_t w = oc_wr(packet->head, sizeof packet->head);
    oc_wr_u16(&w, source_port);
    oc_wr_u16(&w, destination_port);
    oc_wr_u32(&w, tag);
    oc_wr_u32(&w, 0);
    packet->part[0] = oc_span(packet->head, OC_SCTP_HEADER_LEN);
    packet->count = 1;
    packet->len = OC_SCTP_HEADER_LEN;
    packet->max = max & ~3u;
    packet->head_len = OC_SCTP_HEADER_LEN;
    packet->oversize = false;
    packet->probe = false;
}

uint8_t *oc_sctp_packet_head(oc_sctp_packet_t *packet, uint32_t n) {
    uint8_t *at = packet->head + packet->head_len;
    oc_span_t *last = &packet->part[packet->count - 1];
    bool joins = last->data + last->len == at;
    if (n > OC_SCTP_HEAD - packet->head_len)
        return NULL;
    if (!packet->oversize && n > oc_sctp_packet_room(packet))
        return NULL;
    if (!joins && packet->count == OC_SCTP_PARTS)
        return NULL;
    if (joins)
        last->len += n;
    else
        packet->part[packet->count++] = oc_span(at, n);
    packet->head_len += n;
    packet->len += n;
    return at;
}

bool oc_sctp_packet_part(oc_sctp_packet_t *packet, oc_span_t bytes) {
    if (!bytes.len)
        return true;
    if (packet->count == OC_SCTP_PARTS)
        return false;
    if (!packet->oversize && bytes.len > oc_sctp_packet_room(packet))
        return false;
    packet->part[packet->count++] = bytes;
    packet->len += (uint32_t)bytes.len;
    return true;
}

void oc_sctp_packet_pad(oc_sctp_packet_t *packet) {
    uint32_t n = -packet->len & 3u;
    uint8_t *p = n ? oc_sctp_packet_head(packet, n) : NULL;
    if (p)
        memset(p, 0, n);
}

void oc_sctp_packet_finish(oc_sctp_packet_t *packet, bool zero_checksum) {
    uint32_t crc = 0;
    if (zero_checksum)
        return;
    for (unsigned i = 0; i < packet->count; i++)
        crc = oc_crc32c(crc, packet->part[i].data, packet->part[i].len);
    for (unsigned i = 0; i < 4; i++) /* lowest byte first */
        packet->head[8 + i] = (uint8_t)(crc >> 8 * i);
}
