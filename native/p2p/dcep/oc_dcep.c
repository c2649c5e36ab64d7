/* oc_dcep - see the header. */
#include "oc_dcep.h"

#include "oc_err.h"

/* Channel types, RFC 8832 section 8.2.2: what is tried, and a bit for "unordered". */
#define TYPE_RELIABLE    0x00u
#define TYPE_RETRANSMITS 0x01u
#define TYPE_LIFETIME    0x02u
#define TYPE_UNORDERED   0x80u

int oc_dcep_parse(oc_span_t message, oc_dcep_open_t *open) {
    oc_rd_t r = oc_rd(message);
    uint8_t type = oc_rd_u8(&r);
    if (r.bad)
        return OC_ERR_FORMAT;
    if (type == OC_DCEP_ACK)
        return message.len == OC_DCEP_ACK_BYTES ? OC_DCEP_ACK : OC_ERR_FORMAT;
    if (type != OC_DCEP_OPEN)
        return OC_ERR_NOTSUP;
    uint8_t channel = oc_rd_u8(&r);
    uint16_t priority = oc_rd_u16(&r);
    uint32_t limit = oc_rd_u32(&r);
    uint16_t label = oc_rd_u16(&r), protocol = oc_rd_u16(&r);
    if (r.bad || oc_rd_left(&r) != (size_t)label + protocol)
        return OC_ERR_FORMAT;
    if (label > OC_DCEP_LABEL_MAX || protocol > OC_DCEP_PROTOCOL_MAX)
        return OC_ERR_TOO_BIG;
    uint8_t kind = channel & (uint8_t)~TYPE_UNORDERED;
    if (kind > TYPE_LIFETIME)
        return OC_ERR_NOTSUP;
    *open = (oc_dcep_open_t){.ordered = !(channel & TYPE_UNORDERED),
                             .reliability = (oc_dcep_reliability_t)kind,
                             .limit = kind == TYPE_RELIABLE ? 0 : limit,
                             .priority = priority,
                             .label = oc_rd_span(&r, label),
                             .protocol = oc_rd_span(&r, protocol)};
    return OC_DCEP_OPEN;
}

int oc_dcep_write_open(const oc_dcep_open_t *open, uint8_t *out, size_t out_size) {
    static const uint8_t types[] = {[OC_DCEP_RELIABLE] = TYPE_RELIABLE,
                                    [OC_DCEP_RETRANSMITS] = TYPE_RETRANSMITS,
                                    [OC_DCEP_LIFETIME] = TYPE_LIFETIME};
    oc_wr_t w = oc_wr(out, out_size);
    if (open->label.len > OC_DCEP_LABEL_MAX || open->protocol.len > OC_DCEP_PROTOCOL_MAX)
        return OC_ERR_TOO_BIG;
    oc_wr_u8(&w, OC_DCEP_OPEN);
    oc_wr_u8(&w, types[open->reliability] | (open->ordered ? 0 : TYPE_UNORDERED));
    oc_wr_u16(&w, open->priority);
    oc_wr_u32(&w, open->reliability == OC_DCEP_RELIABLE ? 0 : open->limit);
    oc_wr_u16(&w, (uint32_t)open->label.len);
    oc_wr_u16(&w, (uint32_t)open->protocol.len);
    oc_wr_bytes(&w, open->label.data, open->label.len);
    oc_wr_bytes(&w, open->protocol.data, open->protocol.len);
    return w.bad ? OC_ERR_NOMEM : (int)oc_wr_len(&w);
}

int oc_dcep_write_ack(uint8_t *out, size_t out_size) {
    if (out_size < OC_DCEP_ACK_BYTES)
        return OC_ERR_NOMEM;
    out[0] = OC_DCEP_ACK;
    return OC_DCEP_ACK_BYTES;
}
