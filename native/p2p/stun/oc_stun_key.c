#include "oc_stun_key.h"

#include <string.h>

#include "oc_crypto.h"

size_t oc_stun_key(enum oc_stun_algorithm algorithm, oc_span_t user, oc_span_t realm,
                   oc_span_t password, uint8_t out[OC_STUN_KEY_MAX]) {
    const oc_span_t colon = oc_span(":", 1), parts[] = {user, colon, realm, colon, password};
    enum oc_hash kind = algorithm == OC_STUN_SHA256 ? OC_HASH_SHA256 : OC_HASH_MD5;
    if (algorithm != OC_STUN_SHA256 && algorithm != OC_STUN_MD5 &&
        algorithm != OC_STUN_ALGORITHM_NONE)
        return 0;
    oc_hash(kind, parts, 5, out);
    return oc_hash_size(kind);
}

void oc_stun_userhash(oc_span_t user, oc_span_t realm, uint8_t out[OC_STUN_HASHED]) {
    const oc_span_t parts[] = {user, oc_span(":", 1), realm};
    oc_hash(OC_HASH_SHA256, parts, 3, out);
}

static int base64_digit(uint8_t c) {
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

uint32_t oc_stun_nonce_features(oc_span_t nonce) {
    static const char mark[] = "obMatJos2"; /* then 24 bits in four digits of base 64 */
    size_t at = sizeof(mark) - 1;
    uint32_t bits = 0;
    if (nonce.len < at + 4 || memcmp(nonce.data, mark, at) != 0)
        return 0;
    for (size_t i = 0; i < 4; i++) {
        int digit = base64_digit(nonce.data[at + i]);
        if (digit < 0)
            return 0;
        bits = bits << 6 | (uint32_t)digit;
    }
    return bits;
}

/* Half a byte at a time: the messages are short, and 64 bytes of table are enough. */
uint32_t oc_stun_crc32(uint32_t crc, const uint8_t *data, size_t len) {
    static const uint32_t table[16] = {
        0x00000000, 0x1DB71064, 0x3B6E20C8, 0x26D930AC, 0x76DC4190, 0x6B6B51F4,
        0x4DB26158, 0x5005713C, 0xEDB88320, 0xF00F9344, 0xD6D6A3E8, 0xCB61B38C,
        0x9B64C2B0, 0x86D3D2D4, 0xA00AE278, 0xBDBDF21C};
    crc = ~crc;
    while (len--) {
        crc ^= *data++;
        crc = crc >> 4 ^ table[crc & 15];
        crc = crc >> 4 ^ table[crc & 15];
    }
    return ~crc;
}
