#include "oc_stun_write.h"

#include <string.h>

#include "oc_hmac.h"
#include "oc_stun_key.h"

#define FINGERPRINT_XOR 0x5354554Eu

/* The length in the header, as if `more` bytes followed. */
static void set_length(oc_wr_t *w, size_t more) {
    size_t len = oc_wr_len(w) + more;
    if (w->bad || len < OC_STUN_HEADER || len - OC_STUN_HEADER > UINT16_MAX) {
        w->bad = true;
        return;
    }
    len -= OC_STUN_HEADER;
    w->base[2] = (uint8_t)(len >> 8);
    w->base[3] = (uint8_t)len;
}

void oc_stun_wr_begin(oc_wr_t *w, enum oc_stun_method method, enum oc_stun_class cls,
                      const uint8_t txid[OC_STUN_TXID]) {
    uint32_t m = (uint32_t)method, c = (uint32_t)cls;
    oc_wr_u16(w, (m & 0xF80) << 2 | (m & 0x70) << 1 | (m & 0xF) | (c & 2) << 7 | (c & 1) << 4);
    oc_wr_u16(w, 0);
    oc_wr_u32(w, OC_STUN_COOKIE);
    oc_wr_bytes(w, txid, OC_STUN_TXID);
}

void oc_stun_wr_bytes(oc_wr_t *w, uint16_t type, const void *data, size_t len) {
    if (len > UINT16_MAX - 3) {
        w->bad = true;
        return;
    }
    oc_wr_u16(w, type);
    oc_wr_u16(w, (uint32_t)len);
    oc_wr_bytes(w, data, len);
    oc_wr_zero(w, (4 - len % 4) % 4);
    set_length(w, 0);
}

void oc_stun_wr_flag(oc_wr_t *w, uint16_t type) {
    oc_stun_wr_bytes(w, type, NULL, 0);
}

static void write_number(oc_wr_t *w, uint16_t type, uint64_t value, unsigned len) {
    uint8_t bytes[8];
    for (unsigned i = 0; i < len; i++)
        bytes[i] = (uint8_t)(value >> 8 * (len - 1 - i));
    oc_stun_wr_bytes(w, type, bytes, len);
}

void oc_stun_wr_u32(oc_wr_t *w, uint16_t type, uint32_t value) {
    write_number(w, type, value, 4);
}

void oc_stun_wr_u64(oc_wr_t *w, uint16_t type, uint64_t value) {
    write_number(w, type, value, 8);
}

static bool is_combined(uint16_t type) {
    return type == OC_STUN_XOR_MAPPED_ADDRESS || type == OC_STUN_XOR_PEER_ADDRESS ||
           type == OC_STUN_XOR_RELAYED_ADDRESS;
}

void oc_stun_wr_addr(oc_wr_t *w, uint16_t type, const oc_addr_t *addr) {
    uint8_t value[20] = {0, addr->family == 6 ? 2 : 1};
    size_t len = addr->family == 6 ? 16 : 4;
    if ((addr->family != 4 && addr->family != 6) || oc_wr_len(w) < OC_STUN_HEADER) {
        w->bad = true;
        return;
    }
    value[2] = (uint8_t)(addr->port >> 8);
    value[3] = (uint8_t)addr->port;
    memcpy(value + 4, addr->ip, len);
    if (is_combined(type)) {
        const uint8_t *mask = w->base + 4;
        value[2] ^= mask[0];
        value[3] ^= mask[1];
        for (size_t i = 0; i < len; i++)
            value[4 + i] ^= mask[i];
    }
    oc_stun_wr_bytes(w, type, value, 4 + len);
}

void oc_stun_wr_error(oc_wr_t *w, unsigned code, const char *reason) {
    uint8_t value[4 + 128] = {0, 0, (uint8_t)(code / 100), (uint8_t)(code % 100)};
    size_t len = strlen(reason);
    if (code < 300 || code > 699 || len > sizeof(value) - 4) {
        w->bad = true;
        return;
    }
    memcpy(value + 4, reason, len);
    oc_stun_wr_bytes(w, OC_STUN_ERROR_CODE, value, 4 + len);
}

void oc_stun_wr_unknown(oc_wr_t *w, const oc_stun_msg_t *of) {
    uint8_t value[2 * OC_STUN_UNKNOWN_MAX];
    for (unsigned i = 0; i < of->unknown_count; i++) {
        value[2 * i] = (uint8_t)(of->unknown[i] >> 8);
        value[2 * i + 1] = (uint8_t)of->unknown[i];
    }
    oc_stun_wr_bytes(w, OC_STUN_UNKNOWN_ATTRIBUTES, value, 2u * of->unknown_count);
}

void oc_stun_wr_algorithm(oc_wr_t *w, enum oc_stun_algorithm algorithm) {
    oc_stun_wr_u32(w, OC_STUN_PASSWORD_ALGORITHM, (uint32_t)algorithm << 16);
}

/* The header says the length with the attribute, the HMAC ends before it. */
static void write_integrity(oc_wr_t *w, uint16_t type, enum oc_hash kind, oc_span_t key) {
    uint8_t mac[OC_HASH_MAX];
    size_t size = oc_hash_size(kind);
    set_length(w, 4 + size);
    if (w->bad)
        return;
    const oc_span_t all = oc_span(w->base, oc_wr_len(w));
    oc_hmac(kind, key, &all, 1, mac);
    oc_stun_wr_bytes(w, type, mac, size);
}

void oc_stun_wr_integrity(oc_wr_t *w, oc_span_t key) {
    write_integrity(w, OC_STUN_MESSAGE_INTEGRITY, OC_HASH_SHA1, key);
}

void oc_stun_wr_integrity256(oc_wr_t *w, oc_span_t key) {
    write_integrity(w, OC_STUN_MESSAGE_INTEGRITY_SHA256, OC_HASH_SHA256, key);
}

void oc_stun_wr_fingerprint(oc_wr_t *w) {
    set_length(w, 8);
    if (!w->bad)
        oc_stun_wr_u32(w, OC_STUN_FINGERPRINT,
                       oc_stun_crc32(0, w->base, oc_wr_len(w)) ^ FINGERPRINT_XOR);
}

size_t oc_stun_wr_end(const oc_wr_t *w) {
    return w->bad ? 0 : oc_wr_len(w);
}
