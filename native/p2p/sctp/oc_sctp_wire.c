#include "oc_sctp_wire.h"
#include "oc_crc32c.h"

int oc_sctp_header_parse(oc_span_t packet, oc_sctp_header_t *out, oc_rd_t *chunks) {
    oc_rd_t r = oc_rd(packet);
    out->source_port = oc_rd_u16(&r);
    out->destination_port = oc_rd_u16(&r);
    out->tag = oc_rd_u32(&r);
    out->checksum = oc_rd_u32(&r);
    *chunks = r;
    return r.bad ? OC_ERR_TRUNC : OC_OK;
}

bool oc_sctp_checksum_ok(oc_span_t packet) {
    static const uint8_t zero[4];
    uint32_t crc = oc_crc32c(0, packet.data, 8);
    const uint8_t *p = packet.data + 8;
    crc = oc_crc32c(crc, zero, 4);
    crc = oc_crc32c(crc, packet.data + OC_SCTP_HEADER_LEN, packet.len - OC_SCTP_HEADER_LEN);
    return crc == ((uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0]);
}

/* Header of 4 bytes whose length is at 2, then the value, then padding that may be cut off. */
static int next_tlv(oc_rd_t *r, oc_span_t *whole) {
    const uint8_t *p = r->p;
    size_t left = oc_rd_left(r), len, padded;
    if (!left)
        return OC_END;
    if (left < 4)
        return OC_ERR_FORMAT;
    len = (size_t)p[2] << 8 | p[3];
    if (len < 4 || len > left)
        return OC_ERR_FORMAT;
    padded = (len + 3) & ~(size_t)3;
    *whole = oc_rd_span(r, len);
    oc_rd_skip(r, padded - len < oc_rd_left(r) ? padded - len : oc_rd_left(r));
    return OC_OK;
}

int oc_sctp_chunk_next(oc_rd_t *chunks, oc_sctp_chunk_t *out) {
    int rc = next_tlv(chunks, &out->whole);
    if (rc != OC_OK)
        return rc;
    out->type = out->whole.data[0];
    out->flags = out->whole.data[1];
    out->value = oc_span_sub(out->whole, 4, out->whole.len - 4);
    return OC_OK;
}

int oc_sctp_param_next(oc_rd_t *params, oc_sctp_param_t *out) {
    int rc = next_tlv(params, &out->whole);
    if (rc != OC_OK)
        return rc;
    out->type = (uint16_t)(out->whole.data[0] << 8 | out->whole.data[1]);
    out->value = oc_span_sub(out->whole, 4, out->whole.len - 4);
    return OC_OK;
}
