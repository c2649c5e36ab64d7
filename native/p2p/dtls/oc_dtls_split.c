#include "oc_dtls_split.h"

static bool known_record(const oc_dtls_view_t *r) {
    if (r->type < OC_DTLS_CHANGE_CIPHER_SPEC || r->type > OC_DTLS_APPLICATION || r->body.len == 0)
        return false;
    return r->version == OC_DTLS_VERSION_1_2 || (r->version == OC_DTLS_VERSION_1_0 && !r->epoch);
}

bool oc_dtls_split_next(oc_span_t *rest, oc_dtls_view_t *out) {
    while (rest->len >= OC_DTLS_HEADER) {
        oc_rd_t rd = oc_rd(*rest);
        out->type = oc_rd_u8(&rd);
        out->version = oc_rd_u16(&rd);
        out->epoch = oc_rd_u16(&rd);
        out->seq = oc_rd_be(&rd, 6);
        out->body = oc_rd_span(&rd, oc_rd_u16(&rd));
        if (rd.bad)
            break;
        out->whole = oc_span_sub(*rest, 0, OC_DTLS_HEADER + out->body.len);
        *rest = oc_span_sub(*rest, out->whole.len, rest->len - out->whole.len);
        if (known_record(out))
            return true;
    }
    *rest = (oc_span_t){NULL, 0};
    return false;
}

static bool known_message(uint8_t type, bool peer_is_client) {
    switch (type) {
    case OC_DTLS_CERTIFICATE:
        return true;
    case OC_DTLS_CLIENT_HELLO:
    case OC_DTLS_CLIENT_KEY_EXCHANGE:
    case OC_DTLS_CERTIFICATE_VERIFY:
        return peer_is_client;
    case OC_DTLS_SERVER_HELLO:
    case OC_DTLS_HELLO_VERIFY_REQUEST:
    case OC_DTLS_SERVER_KEY_EXCHANGE:
    case OC_DTLS_CERTIFICATE_REQUEST:
    case OC_DTLS_SERVER_HELLO_DONE:
        return !peer_is_client;
    default:
        return false;
    }
}

bool oc_dtls_split_plausible(const oc_dtls_view_t *record, bool peer_is_client) {
    oc_rd_t rd = oc_rd(record->body);
    while (oc_rd_left(&rd)) {
        uint8_t type = oc_rd_u8(&rd);
        uint32_t length = oc_rd_u24(&rd);
        (void)oc_rd_u16(&rd);
        uint32_t offset = oc_rd_u24(&rd), fragment = oc_rd_u24(&rd);
        oc_rd_skip(&rd, fragment);
        if (rd.bad || length > OC_DTLS_MESSAGE_MAX || offset > length || fragment > length - offset)
            return false;
        if (!known_message(type, peer_is_client))
            return false;
    }
    return true;
}

int oc_dtls_split_alert(const oc_dtls_view_t *record) {
    return record->body.len == 2 ? record->body.data[1] : -1;
}
