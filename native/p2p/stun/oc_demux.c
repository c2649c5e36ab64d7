#include "oc_demux.h"

#include "oc_stun.h"

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
