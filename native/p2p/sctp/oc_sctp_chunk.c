#include "oc_sctp_chunk.h"

int oc_sctp_data_parse(const oc_sctp_chunk_t *chunk, oc_sctp_data_t *out) {
    const uint8_t *p = chunk->value.data;
    if (chunk->value.len < OC_SCTP_DATA_HEADER - 4)
        return OC_ERR_TRUNC;
    out->flags = chunk->flags;
    out->tsn = oc_sctp_be32(p);
    out->sid = oc_sctp_be16(p + 4);
    out->ssn = oc_sctp_be16(p + 6);
    out->ppid = oc_sctp_be32(p + 8);
    out->payload = oc_span(p + 12, chunk->value.len - 12);
    return out->payload.len ? OC_OK : OC_ERR_FORMAT;
}

int oc_sctp_sack_parse(const oc_sctp_chunk_t *chunk, oc_sctp_gap_t *gaps, oc_sctp_sack_t *out) {
    oc_rd_t r = oc_rd(chunk->value);
    unsigned count;
    const uint8_t *p;
    out->cum_tsn = oc_rd_u32(&r);
    out->a_rwnd = oc_rd_u32(&r);
    count = oc_rd_u16(&r);
    out->duplicates = oc_rd_u16(&r);
    p = oc_rd_bytes(&r, 4u * count);
    oc_rd_skip(&r, 4u * out->duplicates);
    if (r.bad)
        return OC_ERR_TRUNC;
    if (count > OC_SCTP_GAPS_MAX)
        count = OC_SCTP_GAPS_MAX;
    for (unsigned i = 0; i < count; i++)
        gaps[i] = (oc_sctp_gap_t){oc_sctp_be16(p + 4u * i), oc_sctp_be16(p + 4u * i + 2)};
    out->gaps = gaps;
    out->gap_count = (uint16_t)count;
    return OC_OK;
}

int oc_sctp_forward_parse(const oc_sctp_chunk_t *chunk, oc_sctp_forward_t *out) {
    if (chunk->value.len < 4)
        return OC_ERR_TRUNC;
    out->cumulative = oc_sctp_be32(chunk->value.data);
    out->count = (uint16_t)((chunk->value.len - 4) / 4);
    out->skips = oc_span_sub(chunk->value, 4, 4u * out->count);
    return OC_OK;
}

void oc_sctp_data_head(uint8_t head[OC_SCTP_DATA_HEADER], const oc_sctp_data_t *data,
                       uint32_t payload_len) {
    head[0] = OC_SCTP_DATA;
    head[1] = data->flags;
    oc_sctp_put16(head + 2, (uint16_t)(OC_SCTP_DATA_HEADER + payload_len));
    oc_sctp_put32(head + 4, data->tsn);
    oc_sctp_put16(head + 8, data->sid);
    oc_sctp_put16(head + 10, data->ssn);
    oc_sctp_put32(head + 12, data->ppid);
}

uint8_t *oc_sctp_chunk_write(oc_sctp_packet_t *packet, uint8_t type, uint8_t flags, uint32_t n) {
    uint32_t padded = (n + 3) & ~3u;
    uint8_t *p = oc_sctp_packet_head(packet, 4 + padded);
    if (!p)
        return NULL;
    p[0] = type;
    p[1] = flags;
    oc_sctp_put16(p + 2, (uint16_t)(4 + n));
    memset(p + 4 + n, 0, padded - n);
    return p + 4;
}

bool oc_sctp_sack_write(oc_sctp_packet_t *packet, const oc_sctp_sack_t *sack,
                        const uint32_t *dups) {
    uint8_t *p = oc_sctp_chunk_write(packet, OC_SCTP_SACK, 0,
                                     12 + 4u * sack->gap_count + 4u * sack->duplicates);
    if (!p)
        return false;
    oc_sctp_put32(p, sack->cum_tsn);
    oc_sctp_put32(p + 4, sack->a_rwnd);
    oc_sctp_put16(p + 8, sack->gap_count);
    oc_sctp_put16(p + 10, sack->duplicates);
    p += 12;
    for (unsigned i = 0; i < sack->gap_count; i++, p += 4) {
        oc_sctp_put16(p, sack->gaps[i].start);
        oc_sctp_put16(p + 2, sack->gaps[i].end);
    }
    for (unsigned i = 0; i < sack->duplicates; i++, p += 4)
        oc_sctp_put32(p, dups[i]);
    return true;
}

bool oc_sctp_forward_write(oc_sctp_packet_t *packet, uint32_t cumulative,
                           const oc_sctp_skip_t *skips, unsigned count) {
    uint8_t *p = oc_sctp_chunk_write(packet, OC_SCTP_FORWARD_TSN, 0, 4 + 4 * count);
    if (!p)
        return false;
    oc_sctp_put32(p, cumulative);
    p += 4;
    for (unsigned i = 0; i < count; i++, p += 4) {
        oc_sctp_put16(p, skips[i].sid);
        oc_sctp_put16(p + 2, skips[i].ssn);
    }
    return true;
}
