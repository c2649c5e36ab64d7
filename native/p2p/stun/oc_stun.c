#include "oc_stun.h"

#include "oc_demux.h"
#include "oc_err.h"
#include "oc_hmac.h"
#include "oc_stun_key.h"
#include "oc_stun_read.h"

#define FINGERPRINT_XOR 0x5354554Eu /* RFC 8489 section 14.7 */

static uint16_t u16_at(const uint8_t *p) {
    return (uint16_t)(p[0] << 8 | p[1]);
}

int oc_stun_length(oc_span_t stream) {
    if (stream.len < 4)
        return 0;
    uint16_t len = u16_at(stream.data + 2);
    return (stream.data[0] & 0xC0) || len % 4 ? OC_ERR_FORMAT : OC_STUN_HEADER + len;
}

/* Class and method are interleaved (RFC 8489 section 5): M11..M7 C1 M6..M4 C0 M3..M0. */
static void read_type(uint16_t type, oc_stun_msg_t *out) {
    out->cls = (uint8_t)((type >> 7 & 2) | (type >> 4 & 1));
    out->method = (uint16_t)((type >> 2 & 0xF80) | (type >> 1 & 0x70) | (type & 0xF));
}

int oc_stun_parse(oc_span_t datagram, oc_stun_msg_t *out) {
    *out = (oc_stun_msg_t){.bytes = datagram};
    if (datagram.len < OC_STUN_HEADER)
        return OC_ERR_TRUNC;
    if (!oc_stun_is(datagram))
        return OC_ERR_FORMAT;
    int length = oc_stun_length(datagram);
    if (length < 0 || datagram.len > (size_t)length)
        return OC_ERR_FORMAT;
    if (datagram.len < (size_t)length)
        return OC_ERR_TRUNC;
    read_type(u16_at(datagram.data), out);
    out->txid = datagram.data + 8;
    for (size_t at = OC_STUN_HEADER; at < datagram.len;) {
        oc_span_t value = oc_span_sub(datagram, at + 4, u16_at(datagram.data + at + 2));
        uint16_t len = u16_at(datagram.data + at + 2);
        if (len && !value.data)
            return OC_ERR_FORMAT;
        int result = oc_stun_read_attribute(u16_at(datagram.data + at), value, (uint16_t)at, out);
        if (result != OC_OK)
            return result;
        at += 4 + (((size_t)len + 3) & ~(size_t)3);
        if (at > datagram.len)
            return OC_ERR_FORMAT;
    }
    return OC_OK;
}

int oc_stun_check_fingerprint(const oc_stun_msg_t *msg) {
    if (!msg->fingerprint_at)
        return OC_ERR_NOENT;
    oc_rd_t r = oc_rd(oc_span_sub(msg->bytes, msg->fingerprint_at + 4u, 4));
    uint32_t crc = oc_stun_crc32(0, msg->bytes.data, msg->fingerprint_at);
    return oc_rd_u32(&r) == (crc ^ FINGERPRINT_XOR) ? OC_OK : OC_ERR_FORMAT;
}

/* The HMAC of all before `at`, with the length that the header had when it was made: up to the end
 * of the attribute itself. */
static int check(const oc_stun_msg_t *msg, enum oc_hash kind, uint16_t at, oc_span_t key) {
    uint8_t mac[OC_HASH_MAX], length[2];
    if (!at)
        return OC_ERR_NOENT;
    uint16_t size = u16_at(msg->bytes.data + at + 2);
    uint32_t until = at + 4u + size - OC_STUN_HEADER;
    length[0] = (uint8_t)(until >> 8);
    length[1] = (uint8_t)until;
    const oc_span_t parts[] = {{msg->bytes.data, 2}, {length, 2}, {msg->bytes.data + 4, at - 4u}};
    oc_hmac(kind, key, parts, 3, mac);
    return oc_crypto_equal(mac, msg->bytes.data + at + 4, size) ? OC_OK : OC_ERR_FORMAT;
}

int oc_stun_check_integrity(const oc_stun_msg_t *msg, oc_span_t key) {
    return check(msg, OC_HASH_SHA1, msg->integrity_at, key);
}

int oc_stun_check_integrity256(const oc_stun_msg_t *msg, oc_span_t key) {
    return check(msg, OC_HASH_SHA256, msg->integrity256_at, key);
}

enum oc_stun_algorithm oc_stun_choose(oc_span_t algorithms) {
    oc_rd_t r = oc_rd(algorithms);
    while (oc_rd_left(&r) >= 4) {
        uint16_t number = oc_rd_u16(&r), parameters = oc_rd_u16(&r);
        oc_rd_skip(&r, (parameters + 3u) / 4 * 4);
        if (!r.bad && !parameters && (number == OC_STUN_MD5 || number == OC_STUN_SHA256))
            return (enum oc_stun_algorithm)number;
    }
    return OC_STUN_ALGORITHM_NONE;
}
