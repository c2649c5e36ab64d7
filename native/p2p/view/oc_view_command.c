#include "oc_view_command.h"

#include "oc_err.h"

int oc_view_command_read(oc_span_t message, oc_view_head_t *out) {
    oc_rd_t r = oc_rd(message);
    uint8_t kind = oc_rd_u8(&r), zero = oc_rd_u8(&r);
    *out = (oc_view_head_t){.channel = oc_rd_u16(&r)};
    out->request = oc_rd_u32(&r);
    if (r.bad)
        return OC_ERR_TRUNC;
    if (zero)
        return OC_ERR_FORMAT;
    if (kind < OC_VIEW_REQUEST || kind > OC_VIEW_ERROR)
        return OC_ERR_NOTSUP;
    out->kind = (oc_view_message_t)kind;
    return OC_OK;
}

void oc_view_command_write(const oc_view_head_t *head, uint8_t out[OC_VIEW_COMMAND_HEAD]) {
    oc_wr_t w = oc_wr(out, OC_VIEW_COMMAND_HEAD);
    oc_wr_u8(&w, head->kind);
    oc_wr_u8(&w, 0);
    oc_wr_u16(&w, head->channel);
    oc_wr_u32(&w, head->request);
}
