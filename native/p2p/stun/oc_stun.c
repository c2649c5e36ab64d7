#include "oc_stun.h"

#include "oc_err.h"
#include "oc_hmac.h"
#include "oc_stun_key.h"

#define NOT_KEPT 255

/* What is known: where it goes (NOT_KEPT: nowhere) and how long it may be. Numbers and addresses
 * are taken by `take`, everything else is a span. */
typedef struct known {
    uint16_t type;
    uint8_t field;
    uint16_t least, maximum; /* bytes of the value */
} known_t;

static const known_t list[] = {
    {OC_STUN_MAPPED_ADDRESS, OC_STUN_F_MAPPED, 8, 20},
    {OC_STUN_USERNAME, OC_STUN_F_USERNAME, 0, 513}, /* RFC 8489: < 509 bytes; 513 in RFC 5389 */
    {OC_STUN_MESSAGE_INTEGRITY, OC_STUN_F_INTEGRITY, 20, 20},
    {OC_STUN_ERROR_CODE, OC_STUN_F_ERROR, 4, 4 + 763},
    {OC_STUN_UNKNOWN_ATTRIBUTES, NOT_KEPT, 0, UINT16_MAX},
    {OC_STUN_CHANNEL_NUMBER, OC_STUN_F_CHANNEL, 4, 4},
    {OC_STUN_LIFETIME, OC_STUN_F_LIFETIME, 4, 4},
    {OC_STUN_XOR_PEER_ADDRESS, OC_STUN_F_PEER, 8, 20},
    {OC_STUN_DATA_BYTES, OC_STUN_F_DATA, 0, UINT16_MAX},
    {OC_STUN_REALM, OC_STUN_F_REALM, 0, 763},
    {OC_STUN_NONCE, OC_STUN_F_NONCE, 0, 763},
    {OC_STUN_XOR_RELAYED_ADDRESS, OC_STUN_F_RELAYED, 8, 20},
    {OC_STUN_REQUESTED_ADDRESS_FAMILY, NOT_KEPT, 4, 4},
    {OC_STUN_EVEN_PORT, NOT_KEPT, 1, 1},
    {OC_STUN_REQUESTED_TRANSPORT, OC_STUN_F_TRANSPORT, 4, 4},
    {OC_STUN_DONT_FRAGMENT, NOT_KEPT, 0, 0},
    {OC_STUN_MESSAGE_INTEGRITY_SHA256, OC_STUN_F_INTEGRITY256, 16, 32},
    {OC_STUN_PASSWORD_ALGORITHM, OC_STUN_F_ALGORITHM, 4, UINT16_MAX},
    {OC_STUN_USERHASH, OC_STUN_F_USERHASH, 32, 32},
    {OC_STUN_XOR_MAPPED_ADDRESS, OC_STUN_F_XOR_MAPPED, 8, 20},
    {OC_STUN_PRIORITY, OC_STUN_F_PRIORITY, 4, 4},
    {OC_STUN_USE_CANDIDATE, OC_STUN_F_USE_CANDIDATE, 0, 0},
    {OC_STUN_PASSWORD_ALGORITHMS, OC_STUN_F_ALGORITHMS, 0, UINT16_MAX},
    {OC_STUN_ALTERNATE_DOMAIN, OC_STUN_F_ALTERNATE_DOMAIN, 1, 255},
    {OC_STUN_ALTERNATE_SERVER, OC_STUN_F_ALTERNATE, 8, 20},
    {OC_STUN_FINGERPRINT, OC_STUN_F_FINGERPRINT, 4, 4},
    {OC_STUN_ICE_CONTROLLED, OC_STUN_F_CONTROLLED, 8, 8},
    {OC_STUN_ICE_CONTROLLING, OC_STUN_F_CONTROLLING, 8, 8},
};

/* 0, family 1 or 2, port, IP; with `mask` (cookie and transaction id) the last two are combined
 * (RFC 8489 section 14.2). */
static int read_address(oc_span_t value, const uint8_t *mask, oc_addr_t *out) {
    uint8_t ip[16];
    size_t len = value.len - 4;
    uint16_t port = (uint16_t)(value.data[2] << 8 | value.data[3]);
    if (!(value.data[1] == 1 && len == 4) && !(value.data[1] == 2 && len == 16))
        return OC_ERR_FORMAT;
    for (size_t i = 0; i < len; i++)
        ip[i] = value.data[4 + i] ^ (mask ? mask[i] : 0);
    if (mask)
        port ^= (uint16_t)(mask[0] << 8 | mask[1]);
    *out = len == 4 ? oc_addr4(ip, port) : oc_addr6(ip, port, 0);
    return OC_OK;
}

static int read_error(oc_span_t value, oc_stun_msg_t *out) {
    unsigned hundreds = value.data[2] & 7, rest = value.data[3];
    if (hundreds < 3 || hundreds > 6 || rest > 99)
        return OC_ERR_FORMAT;
    out->error = (uint16_t)(hundreds * 100 + rest);
    out->reason = oc_span_sub(value, 4, value.len - 4);
    return OC_OK;
}

static uint8_t read_algorithm(oc_span_t value) {
    oc_rd_t r = oc_rd(value);
    uint16_t number = oc_rd_u16(&r), parameters = oc_rd_u16(&r);
    return parameters == 0 && (number == OC_STUN_MD5 || number == OC_STUN_SHA256)
               ? (uint8_t)number
               : OC_STUN_ALGORITHM_OTHER;
}

/* The span that a field is kept in, or NULL. */
static oc_span_t *span_of(uint8_t field, oc_stun_msg_t *out) {
    switch (field) {
    case OC_STUN_F_USERNAME:
        return &out->username;
    case OC_STUN_F_DATA:
        return &out->data;
    case OC_STUN_F_REALM:
        return &out->realm;
    case OC_STUN_F_NONCE:
        return &out->nonce;
    case OC_STUN_F_USERHASH:
        return &out->userhash;
    case OC_STUN_F_ALTERNATE_DOMAIN:
        return &out->alternate_domain;
    case OC_STUN_F_ALGORITHMS:
        return &out->algorithms;
    default:
        return NULL;
    }
}

static int take_number(uint8_t field, oc_span_t value, uint16_t at, oc_stun_msg_t *out) {
    oc_rd_t r = oc_rd(value);
    uint64_t number = value.len <= 8 && value.len > 0 ? oc_rd_be(&r, (unsigned)value.len) : 0;
    switch (field) {
    case OC_STUN_F_CHANNEL:
        out->channel = (uint16_t)(number >> 16);
        break;
    case OC_STUN_F_LIFETIME:
        out->lifetime_s = (uint32_t)number;
        break;
    case OC_STUN_F_TRANSPORT:
        out->transport = (uint8_t)(number >> 24);
        break;
    case OC_STUN_F_PRIORITY:
        out->priority = (uint32_t)number;
        break;
    case OC_STUN_F_CONTROLLED:
    case OC_STUN_F_CONTROLLING:
        out->tie_breaker = number;
        break;
    case OC_STUN_F_ALGORITHM:
        out->algorithm = read_algorithm(value);
        break;
    case OC_STUN_F_INTEGRITY:
        out->integrity_at = at;
        break;
    case OC_STUN_F_INTEGRITY256:
        if (value.len % 4)
            return OC_ERR_FORMAT;
        out->integrity256_at = at;
        break;
    case OC_STUN_F_FINGERPRINT:
        out->fingerprint_at = at;
        break;
    default:
        break;
    }
    return OC_OK;
}

static int take(uint8_t field, oc_span_t value, uint16_t at, oc_stun_msg_t *out) {
    const uint8_t *mask = out->bytes.data + 4;
    oc_span_t *span = span_of(field, out);
    if (span) {
        *span = value;
        return OC_OK;
    }
    switch (field) {
    case OC_STUN_F_MAPPED:
        return read_address(value, NULL, &out->mapped);
    case OC_STUN_F_XOR_MAPPED:
        out->has |= 1u << OC_STUN_F_MAPPED; /* it wins, wherever it stands */
        return read_address(value, mask, &out->mapped);
    case OC_STUN_F_PEER:
        return read_address(value, mask, &out->peer);
    case OC_STUN_F_RELAYED:
        return read_address(value, mask, &out->relayed);
    case OC_STUN_F_ALTERNATE:
        return read_address(value, NULL, &out->alternate);
    case OC_STUN_F_ERROR:
        return read_error(value, out);
    default:
        return take_number(field, value, at, out);
    }
}

static const known_t *find(uint16_t type) {
    for (unsigned i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
        if (list[i].type == type)
            return &list[i];
    }
    return NULL;
}

/* RFC 8489 sections 14.5 to 14.7: what an attacker could add behind the check is not looked at. */
static bool too_late(uint16_t type, const oc_stun_msg_t *out) {
    if (type == OC_STUN_FINGERPRINT)
        return false;
    if (out->integrity256_at)
        return true;
    return out->integrity_at && type != OC_STUN_MESSAGE_INTEGRITY_SHA256;
}

/* Takes the attribute that begins at `at` into out. OC_OK, also for what is unknown or comes too
 * late | OC_ERR_FORMAT a known one of the wrong length, or something behind FINGERPRINT. */
static int read_attribute(uint16_t type, oc_span_t value, uint16_t at, oc_stun_msg_t *out) {
    if (out->fingerprint_at)
        return OC_ERR_FORMAT;
    if (too_late(type, out))
        return OC_OK;
    const known_t *known = find(type);
    if (!known) {
        if (type < 0x8000 && out->unknown_count < OC_STUN_UNKNOWN_MAX)
            out->unknown[out->unknown_count++] = type;
        return OC_OK;
    }
    if (value.len < known->least || value.len > known->maximum)
        return OC_ERR_FORMAT;
    if (known->field == NOT_KEPT || OC_STUN_HAS(out, known->field))
        return OC_OK;
    int result = take(known->field, value, at, out);
    out->has |= 1u << known->field;
    return result;
}

#define FINGERPRINT_XOR 0x5354554Eu /* RFC 8489 section 14.7 */

static uint16_t u16_at(const uint8_t *p) {
    return (uint16_t)(p[0] << 8 | p[1]);
}

bool oc_stun_is(oc_span_t datagram) {
    oc_rd_t r = oc_rd(datagram);
    uint8_t first = oc_rd_u8(&r);
    oc_rd_skip(&r, 1);
    uint16_t len = oc_rd_u16(&r);
    return first < 0x40 && len % 4 == 0 && oc_rd_u32(&r) == OC_STUN_COOKIE && !r.bad &&
           datagram.len >= OC_STUN_HEADER;
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
        int result = read_attribute(u16_at(datagram.data + at), value, (uint16_t)at, out);
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
