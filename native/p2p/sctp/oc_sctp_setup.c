#include "oc_sctp_setup.h"
#include "oc_crypto.h"
#include "oc_hmac.h"
#include "oc_random.h"
#include "oc_sctp_chunk.h"

#define CONTENT (OC_SCTP_COOKIE_LEN - 32) /* bytes in front of the HMAC */

/* Supported Extensions (RFC 5061 4.2.7): one byte for each chunk type. */
static void read_extensions(oc_span_t types, oc_sctp_setup_t *setup) {
    for (size_t i = 0; i < types.len; i++) {
        setup->forward_tsn |= types.data[i] == OC_SCTP_FORWARD_TSN;
        setup->reconfig |= types.data[i] == OC_SCTP_RE_CONFIG;
    }
}

/* false: no parameter behind this one is to be looked at. */
static bool read_param(const oc_sctp_param_t *param, oc_sctp_init_chunk_t *out) {
    enum oc_sctp_unknown action;
    switch (param->type) {
    case OC_SCTP_PARAM_COOKIE:
        out->cookie = param->value;
        return true;
    case OC_SCTP_PARAM_FORWARD_TSN:
        out->options |= OC_SCTP_OPTION_FORWARD_TSN;
        out->setup.forward_tsn = true;
        return true;
    case OC_SCTP_PARAM_EXTENSIONS:
        out->options |= OC_SCTP_OPTION_EXTENSIONS;
        read_extensions(param->value, &out->setup);
        return true;
    case OC_SCTP_PARAM_ZERO_CHECKSUM:
        out->options |= OC_SCTP_OPTION_ZERO_CHECKSUM;
        if (param->value.len >= 4)
            out->setup.zero_checksum = param->value.data[0] == 0 && param->value.data[1] == 0 &&
                                       param->value.data[2] == 0 &&
                                       param->value.data[3] == OC_SCTP_EDMID_DTLS;
        return true;
    case OC_SCTP_PARAM_IPV4: /* addresses are ICE's business */
    case OC_SCTP_PARAM_IPV6:
    case OC_SCTP_PARAM_UNRECOGNIZED:
    case OC_SCTP_PARAM_COOKIE_PRESERVATIVE:
    case OC_SCTP_PARAM_ADDRESS_TYPES:
        return true;
    default:
        action = oc_sctp_unknown_param(param->type);
        if (action & OC_SCTP_STOP_REPORT && out->unknown_count < OC_SCTP_UNKNOWN_MAX)
            out->unknown[out->unknown_count++] = param->whole;
        return (action & OC_SCTP_SKIP) != 0;
    }
}

int oc_sctp_setup_parse(const oc_sctp_chunk_t *chunk, oc_sctp_init_chunk_t *out) {
    oc_rd_t r = oc_rd(chunk->value);
    oc_sctp_param_t param;
    int rc = OC_END;
    *out = (oc_sctp_init_chunk_t){0};
    out->setup.tag = oc_rd_u32(&r);
    out->setup.a_rwnd = oc_rd_u32(&r);
    out->setup.out_streams = oc_rd_u16(&r);
    out->setup.in_streams = oc_rd_u16(&r);
    out->setup.tsn = oc_rd_u32(&r);
    if (r.bad)
        return OC_ERR_TRUNC;
    if (!out->setup.tag)
        return OC_ERR_FORMAT;
    for (unsigned i = 0; i < OC_SCTP_SETUP_MAX; i++) {
        rc = oc_sctp_param_next(&r, &param);
        if (rc != OC_OK || !read_param(&param, out))
            break;
    }
    return rc == OC_ERR_FORMAT ? rc : OC_OK;
}

int oc_sctp_setup_init(const oc_sctp_chunk_t *chunk, oc_sctp_init_chunk_t *out) {
    int rc = oc_sctp_setup_parse(chunk, out);
    if (rc == OC_OK && (!out->setup.out_streams || !out->setup.in_streams))
        rc = OC_ERR_FORMAT;
    return rc;
}

void oc_sctp_setup_draw(oc_sctp_setup_t *setup) {
    oc_random(&setup->tsn, sizeof setup->tsn);
    do
        oc_random(&setup->tag, sizeof setup->tag);
    while (!setup->tag);
}

/* Behind the padding of the one before: that of the last one is not part of the chunk (3.2). */
static void put_param(oc_wr_t *w, uint16_t type, oc_span_t value) {
    oc_wr_zero(w, -oc_wr_len(w) & 3);
    oc_wr_u16(w, type);
    oc_wr_u16(w, (uint32_t)(4 + value.len));
    oc_wr_bytes(w, value.data, value.len);
}

void oc_sctp_setup_limit(oc_sctp_setup_t *setup, uint8_t options) {
    bool extensions = (options & OC_SCTP_OPTION_EXTENSIONS) != 0;
    setup->forward_tsn = setup->forward_tsn && (extensions || options & OC_SCTP_OPTION_FORWARD_TSN);
    setup->reconfig = setup->reconfig && extensions;
}

size_t oc_sctp_setup_write(uint8_t *out, size_t size, uint8_t type, const oc_sctp_setup_t *setup,
                           uint8_t options, oc_span_t cookie, const oc_span_t *unknown,
                           unsigned unknown_count) {
    static const uint8_t dtls[4] = {0, 0, 0, OC_SCTP_EDMID_DTLS};
    static const uint8_t extensions[2] = {OC_SCTP_RE_CONFIG, OC_SCTP_FORWARD_TSN};
    oc_wr_t w = oc_wr(out, size);
    size_t len;
    oc_wr_u8(&w, type);
    oc_wr_u8(&w, 0);
    oc_wr_u16(&w, 0);
    oc_wr_u32(&w, setup->tag);
    oc_wr_u32(&w, setup->a_rwnd);
    oc_wr_u16(&w, setup->out_streams);
    oc_wr_u16(&w, setup->in_streams);
    oc_wr_u32(&w, setup->tsn);
    if (cookie.len)
        put_param(&w, OC_SCTP_PARAM_COOKIE, cookie);
    if (setup->forward_tsn && options & OC_SCTP_OPTION_FORWARD_TSN)
        put_param(&w, OC_SCTP_PARAM_FORWARD_TSN, oc_span(NULL, 0));
    if (setup->reconfig && options & OC_SCTP_OPTION_EXTENSIONS)
        put_param(&w, OC_SCTP_PARAM_EXTENSIONS, oc_span(extensions, setup->forward_tsn ? 2 : 1));
    if (setup->zero_checksum && options & OC_SCTP_OPTION_ZERO_CHECKSUM)
        put_param(&w, OC_SCTP_PARAM_ZERO_CHECKSUM, oc_span(dtls, 4));
    for (unsigned i = 0; i < unknown_count; i++)
        put_param(&w, OC_SCTP_PARAM_UNRECOGNIZED, unknown[i]);
    len = oc_wr_len(&w);
    oc_wr_zero(&w, -len & 3);
    if (w.bad)
        return 0;
    out[2] = (uint8_t)(len >> 8);
    out[3] = (uint8_t)len;
    return oc_wr_len(&w);
}

int oc_sctp_snap_parse(oc_span_t bytes, oc_sctp_init_chunk_t *out) {
    oc_rd_t r = oc_rd(bytes);
    oc_sctp_chunk_t chunk;
    if (oc_sctp_chunk_next(&r, &chunk) != OC_OK || chunk.type != OC_SCTP_INIT || oc_rd_left(&r))
        return OC_ERR_FORMAT;
    for (size_t i = chunk.whole.len; i < bytes.len; i++)
        if (bytes.data[i])
            return OC_ERR_FORMAT;
    return oc_sctp_setup_init(&chunk, out);
}

size_t oc_sctp_snap_write(const oc_sctp_setup_t *local, uint8_t options, uint8_t *out,
                          size_t size) {
    size_t padded = oc_sctp_setup_write(out, size, OC_SCTP_INIT, local, options, oc_span(NULL, 0),
                                        NULL, 0);
    return padded ? oc_sctp_be16(out + 2) : 0;
}

static void sign(const uint8_t *content, const uint8_t *key, uint8_t mac[32]) {
    oc_span_t part = oc_span(content, CONTENT);
    oc_hmac(OC_HASH_SHA256, oc_span(key, OC_SCTP_COOKIE_KEY), &part, 1, mac);
}

void oc_sctp_cookie_write(const oc_sctp_cookie_t *cookie, const uint8_t *key,
                          uint8_t out[OC_SCTP_COOKIE_LEN]) {
    const oc_sctp_setup_t *peer = &cookie->peer;
    oc_wr_t w = oc_wr(out, CONTENT);
    oc_wr_u64(&w, (uint64_t)cookie->made_us);
    oc_wr_u32(&w, cookie->local_tag);
    oc_wr_u32(&w, cookie->local_tsn);
    oc_wr_u32(&w, cookie->tie_tag);
    oc_wr_u32(&w, peer->tag);
    oc_wr_u32(&w, peer->a_rwnd);
    oc_wr_u32(&w, peer->tsn);
    oc_wr_u16(&w, peer->out_streams);
    oc_wr_u16(&w, peer->in_streams);
    oc_wr_u8(&w, peer->forward_tsn);
    oc_wr_u8(&w, peer->reconfig);
    oc_wr_u8(&w, peer->zero_checksum);
    oc_wr_zero(&w, CONTENT - oc_wr_len(&w));
    sign(out, key, out + CONTENT);
}

int oc_sctp_cookie_read(oc_span_t bytes, const uint8_t *key, oc_sctp_cookie_t *out) {
    oc_rd_t r = oc_rd(bytes);
    uint8_t mac[32];
    if (bytes.len != OC_SCTP_COOKIE_LEN)
        return OC_ERR_FORMAT;
    sign(bytes.data, key, mac);
    if (!oc_crypto_equal(mac, bytes.data + CONTENT, sizeof mac))
        return OC_ERR_FORMAT;
    out->made_us = (int64_t)oc_rd_u64(&r);
    out->local_tag = oc_rd_u32(&r);
    out->local_tsn = oc_rd_u32(&r);
    out->tie_tag = oc_rd_u32(&r);
    out->peer.tag = oc_rd_u32(&r);
    out->peer.a_rwnd = oc_rd_u32(&r);
    out->peer.tsn = oc_rd_u32(&r);
    out->peer.out_streams = oc_rd_u16(&r);
    out->peer.in_streams = oc_rd_u16(&r);
    out->peer.forward_tsn = oc_rd_u8(&r) != 0;
    out->peer.reconfig = oc_rd_u8(&r) != 0;
    out->peer.zero_checksum = oc_rd_u8(&r) != 0;
    return OC_OK;
}
