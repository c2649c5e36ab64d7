#include "oc_sctp_control.h"

uint8_t *oc_sctp_control_add(oc_sctp_control_t *control, uint8_t type, uint8_t flags, uint32_t n) {
    uint32_t padded = (n + 3) & ~3u;
    uint8_t *p;
    if (n > OC_SCTP_CONTROL_MAX || control->len + 4 + padded > OC_SCTP_CONTROL_MAX ||
        (!control->block && !(control->block = oc_pool_take(control->pool)))) {
        if (control->refused < UINT16_MAX)
            control->refused++;
        return NULL;
    }
    p = control->block + control->len;
    p[0] = type;
    p[1] = flags;
    oc_sctp_put16(p + 2, (uint16_t)(4 + n));
    memset(p + 4, 0, padded);
    control->len = (uint16_t)(control->len + 4 + padded);
    return p + 4;
}

void oc_sctp_control_write(oc_sctp_control_t *control, oc_sctp_packet_t *packet) {
    uint32_t at = 0;
    while (at < control->len) {
        uint32_t n = (oc_sctp_be16(control->block + at + 2) + 3u) & ~3u;
        uint8_t *p = oc_sctp_packet_head(packet, n);
        if (!p && !oc_sctp_packet_empty(packet))
            break; /* the next packet */
        if (p)
            memcpy(p, control->block + at, n);
        at += n; /* what an empty packet does not take is left out */
    }
    if (at && at < control->len)
        memmove(control->block, control->block + at, control->len - at);
    control->len = (uint16_t)(control->len - at);
    if (!control->len)
        oc_sctp_control_clear(control);
}

void oc_sctp_control_clear(oc_sctp_control_t *control) {
    if (control->block)
        oc_pool_give(control->pool, control->block);
    control->block = NULL;
    control->len = 0;
}
