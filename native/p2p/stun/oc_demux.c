#include "oc_demux.h"

#include "oc_stun.h"

bool oc_stun_is(oc_span_t datagram) {
    oc_rd_t r = oc_rd(datagram);
    uint8_t first = oc_rd_u8(&r);
    oc_rd_skip(&r, 1);
    uint16_t len = oc_rd_u16(&r);
    return first < 0x40 && len % 4 == 0 && oc_rd_u32(&r) == OC_STUN_COOKIE && !r.bad &&
           datagram.len >= OC_STUN_HEADER;
}

enum oc_demux oc_demux(oc_span_t datagram) {
    if (datagram.len == 0)
        return OC_DEMUX_OTHER;
    uint8_t first = datagram.data[0];
    if (first <= 3)
        return oc_stun_is(datagram) ? OC_DEMUX_STUN : OC_DEMUX_OTHER;
    if (first >= 20 && first <= 63)
        return OC_DEMUX_DTLS;
    return first >= 64 && first <= 79 ? OC_DEMUX_CHANNEL_DATA : OC_DEMUX_OTHER;
}
