#include "oc_sim_elements.h"

#include "oc_dcep.h"
#include "oc_dtls_split.h"
#include "oc_err.h"
#include "oc_sctp_chunk.h"
#include "oc_sctp_wire.h"

#define INIT_FIXED 16 /* bytes of INIT before its parameters */
#define DATA_FIXED 12 /* bytes of DATA's value before its payload */

static void stun(oc_span_t bytes, oc_sim_element_fn *each, void *context) {
    oc_rd_t r = oc_rd(bytes);
    each(context, OC_SIM_KEY(OC_SIM_STUN_TYPE, oc_rd_u16(&r)), NULL);
    oc_rd_skip(&r, 18);
    while (oc_rd_left(&r) >= 4 && !r.bad) {
        uint32_t type = oc_rd_u16(&r), len = oc_rd_u16(&r);
        oc_rd_skip(&r, (len + 3) & ~3u);
        each(context, OC_SIM_KEY(OC_SIM_STUN, type), NULL);
    }
}

/* The extensions of a hello, RFC 5246 section 7.4.1.2, 7.4.1.3. */
static void hello(oc_span_t body, bool client, oc_sim_element_fn *each, void *context) {
    oc_rd_t r = oc_rd(body);
    oc_rd_skip(&r, 2 + 32);
    oc_rd_skip(&r, oc_rd_u8(&r)); /* session */
    if (client) {
        oc_rd_skip(&r, oc_rd_u8(&r));  /* cookie */
        oc_rd_skip(&r, oc_rd_u16(&r)); /* suites */
        oc_rd_skip(&r, oc_rd_u8(&r));  /* compression */
    } else {
        oc_rd_skip(&r, 2 + 1);
    }
    oc_rd_skip(&r, 2);
    while (oc_rd_left(&r) >= 4 && !r.bad) {
        uint32_t type = oc_rd_u16(&r);
        oc_rd_skip(&r, oc_rd_u16(&r));
        each(context, OC_SIM_KEY(client ? OC_SIM_CLIENT_HELLO : OC_SIM_SERVER_HELLO, type), NULL);
    }
}

static void dtls(oc_span_t datagram, oc_sim_element_fn *each, void *context) {
    oc_dtls_view_t view;
    while (oc_dtls_split_next(&datagram, &view)) {
        each(context, OC_SIM_KEY(OC_SIM_RECORD, view.type), NULL);
        if (view.epoch || view.type != OC_DTLS_HANDSHAKE || view.body.len < 12)
            continue;
        uint8_t type = view.body.data[0];
        each(context, OC_SIM_KEY(OC_SIM_HANDSHAKE, type), NULL);
        if (type == OC_DTLS_CLIENT_HELLO || type == OC_DTLS_SERVER_HELLO)
            hello(oc_span_sub(view.body, 12, view.body.len - 12), type == OC_DTLS_CLIENT_HELLO,
                  each, context);
    }
}

void oc_sim_elements_datagram(oc_span_t datagram, oc_sim_element_fn *each, void *context) {
    if (datagram.len >= 20 && datagram.data[0] < 4)
        stun(datagram, each, context);
    else if (datagram.len && datagram.data[0] >= 20 && datagram.data[0] < 64)
        dtls(datagram, each, context);
}

static void params(oc_span_t value, unsigned place, oc_sim_element_fn *each, void *context) {
    oc_rd_t r = oc_rd(value);
    oc_sctp_param_t param;
    while (oc_sctp_param_next(&r, &param) == OC_OK)
        each(context, OC_SIM_KEY(place, param.type), NULL);
}

static void data(const oc_sctp_chunk_t *chunk, oc_sim_element_fn *each, void *context) {
    for (unsigned bit = 1; bit < 0x100; bit <<= 1)
        if (chunk->flags & bit)
            each(context, OC_SIM_KEY(OC_SIM_DATA_FLAG, bit), NULL);
    if (chunk->value.len <= DATA_FIXED)
        return;
    const uint8_t *payload = chunk->value.data + DATA_FIXED;
    uint32_t ppid = oc_sctp_be32(payload - 4);
    each(context, OC_SIM_KEY(OC_SIM_PPID, ppid & 0xFFFF), NULL);
    if (ppid != OC_PPID_DCEP)
        return;
    each(context, OC_SIM_KEY(OC_SIM_DCEP, payload[0]), NULL);
    if (payload[0] == OC_DCEP_OPEN && chunk->value.len > DATA_FIXED + 1)
        each(context, OC_SIM_KEY(OC_SIM_DCEP_CHANNEL, payload[1]), NULL);
}

void oc_sim_elements_sctp(oc_span_t packet, oc_sim_element_fn *each, void *context) {
    oc_sctp_header_t header;
    oc_sctp_chunk_t chunk;
    oc_rd_t r;
    if (oc_sctp_header_parse(packet, &header, &r) != OC_OK)
        return;
    while (oc_sctp_chunk_next(&r, &chunk) == OC_OK) {
        bool init = chunk.type == OC_SCTP_INIT || chunk.type == OC_SCTP_INIT_ACK;
        each(context, OC_SIM_KEY(OC_SIM_CHUNK, chunk.type), NULL);
        if (init && chunk.value.len > INIT_FIXED)
            params(oc_span_sub(chunk.value, INIT_FIXED, chunk.value.len - INIT_FIXED),
                   chunk.type == OC_SCTP_INIT ? OC_SIM_INIT : OC_SIM_INIT_ACK, each, context);
        else if (chunk.type == OC_SCTP_HEARTBEAT || chunk.type == OC_SCTP_RE_CONFIG)
            params(chunk.value, OC_SIM_PARAM, each, context);
        else if (chunk.type == OC_SCTP_ABORT || chunk.type == OC_SCTP_ERROR)
            params(chunk.value, OC_SIM_CAUSE, each, context);
        else if (chunk.type == OC_SCTP_DATA)
            data(&chunk, each, context);
    }
}

void oc_sim_elements_sdp(oc_span_t text, oc_sim_element_fn *each, void *context) {
    for (size_t at = 0; at < text.len;) {
        char name[40];
        size_t n = 0;
        bool attribute = text.len - at > 2 && text.data[at] == 'a';
        size_t maximum = attribute ? sizeof name - 1 : 1;
        while (at + n < text.len && n < maximum && text.data[at + n] >= ' ' &&
               text.data[at + n] != ':') {
            name[n] = (char)text.data[at + n];
            n++;
        }
        name[n] = '\0';
        each(context, 0, name);
        while (at < text.len && text.data[at++] != '\n')
            ;
    }
}
