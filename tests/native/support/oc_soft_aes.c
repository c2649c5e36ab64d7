/* AES-128-GCM (FIPS 197, NIST SP 800-38D), for tests: small, not fast, not constant in time. */
#include "oc_crypto_soft.h"

#include <string.h>

static const uint8_t sbox[256] = {
    0x63, 0x7C, 0x77, 0x7B, 0xF2, 0x6B, 0x6F, 0xC5, 0x30, 0x01, 0x67, 0x2B, 0xFE, 0xD7, 0xAB, 0x76,
    0xCA, 0x82, 0xC9, 0x7D, 0xFA, 0x59, 0x47, 0xF0, 0xAD, 0xD4, 0xA2, 0xAF, 0x9C, 0xA4, 0x72, 0xC0,
    0xB7, 0xFD, 0x93, 0x26, 0x36, 0x3F, 0xF7, 0xCC, 0x34, 0xA5, 0xE5, 0xF1, 0x71, 0xD8, 0x31, 0x15,
    0x04, 0xC7, 0x23, 0xC3, 0x18, 0x96, 0x05, 0x9A, 0x07, 0x12, 0x80, 0xE2, 0xEB, 0x27, 0xB2, 0x75,
    0x09, 0x83, 0x2C, 0x1A, 0x1B, 0x6E, 0x5A, 0xA0, 0x52, 0x3B, 0xD6, 0xB3, 0x29, 0xE3, 0x2F, 0x84,
    0x53, 0xD1, 0x00, 0xED, 0x20, 0xFC, 0xB1, 0x5B, 0x6A, 0xCB, 0xBE, 0x39, 0x4A, 0x4C, 0x58, 0xCF,
    0xD0, 0xEF, 0xAA, 0xFB, 0x43, 0x4D, 0x33, 0x85, 0x45, 0xF9, 0x02, 0x7F, 0x50, 0x3C, 0x9F, 0xA8,
    0x51, 0xA3, 0x40, 0x8F, 0x92, 0x9D, 0x38, 0xF5, 0xBC, 0xB6, 0xDA, 0x21, 0x10, 0xFF, 0xF3, 0xD2,
    0xCD, 0x0C, 0x13, 0xEC, 0x5F, 0x97, 0x44, 0x17, 0xC4, 0xA7, 0x7E, 0x3D, 0x64, 0x5D, 0x19, 0x73,
    0x60, 0x81, 0x4F, 0xDC, 0x22, 0x2A, 0x90, 0x88, 0x46, 0xEE, 0xB8, 0x14, 0xDE, 0x5E, 0x0B, 0xDB,
    0xE0, 0x32, 0x3A, 0x0A, 0x49, 0x06, 0x24, 0x5C, 0xC2, 0xD3, 0xAC, 0x62, 0x91, 0x95, 0xE4, 0x79,
    0xE7, 0xC8, 0x37, 0x6D, 0x8D, 0xD5, 0x4E, 0xA9, 0x6C, 0x56, 0xF4, 0xEA, 0x65, 0x7A, 0xAE, 0x08,
    0xBA, 0x78, 0x25, 0x2E, 0x1C, 0xA6, 0xB4, 0xC6, 0xE8, 0xDD, 0x74, 0x1F, 0x4B, 0xBD, 0x8B, 0x8A,
    0x70, 0x3E, 0xB5, 0x66, 0x48, 0x03, 0xF6, 0x0E, 0x61, 0x35, 0x57, 0xB9, 0x86, 0xC1, 0x1D, 0x9E,
    0xE1, 0xF8, 0x98, 0x11, 0x69, 0xD9, 0x8E, 0x94, 0x9B, 0x1E, 0x87, 0xE9, 0xCE, 0x55, 0x28, 0xDF,
    0x8C, 0xA1, 0x89, 0x0D, 0xBF, 0xE6, 0x42, 0x68, 0x41, 0x99, 0x2D, 0x0F, 0xB0, 0x54, 0xBB, 0x16};

static uint8_t twice(uint8_t x) {
    return (uint8_t)(x << 1 ^ (x >> 7) * 0x1B);
}

static void expand(const uint8_t key[16], uint8_t round[176]) {
    uint8_t rcon = 1;
    memcpy(round, key, 16);
    for (unsigned i = 16; i < 176; i += 4) {
        uint8_t t[4];
        memcpy(t, round + i - 4, 4);
        if (i % 16 == 0) {
            uint8_t first = t[0];
            t[0] = sbox[t[1]] ^ rcon;
            t[1] = sbox[t[2]];
            t[2] = sbox[t[3]];
            t[3] = sbox[first];
            rcon = twice(rcon);
        }
        for (unsigned k = 0; k < 4; k++)
            round[i + k] = round[i + k - 16] ^ t[k];
    }
}

static void encrypt(const uint8_t round[176], const uint8_t in[16], uint8_t out[16]) {
    uint8_t s[16], t[16];
    for (unsigned i = 0; i < 16; i++)
        s[i] = in[i] ^ round[i];
    for (unsigned r = 1; r <= 10; r++) {
        for (unsigned i = 0; i < 16; i++) /* SubBytes and ShiftRows */
            t[i] = sbox[s[(i + 4 * (i % 4)) % 16]];
        for (unsigned c = 0; r < 10 && c < 16; c += 4) { /* MixColumns */
            uint8_t all = t[c] ^ t[c + 1] ^ t[c + 2] ^ t[c + 3], first = t[c];
            for (unsigned k = 0; k < 4; k++) {
                uint8_t next = k < 3 ? t[c + k + 1] : first;
                t[c + k] ^= all ^ twice(t[c + k] ^ next);
            }
        }
        for (unsigned i = 0; i < 16; i++)
            s[i] = t[i] ^ round[16 * r + i];
    }
    memcpy(out, s, 16);
}

/* ---- GHASH: numbers of 128 bits, the first bit is the highest; four bits at a time ---- */

static uint64_t load(const uint8_t *p) {
    uint64_t v = 0;
    for (unsigned i = 0; i < 8; i++)
        v = v << 8 | p[i];
    return v;
}
static void store(uint8_t *p, uint64_t v) {
    for (unsigned i = 8; i > 0; i--, v >>= 8)
        p[i - 1] = (uint8_t)v;
}

/* One step to the right; what falls off comes back as the polynomial. */
static oc_soft_block_t shifted(oc_soft_block_t v) {
    uint64_t fallen = v.low & 1;
    v.low = v.low >> 1 | v.high << 63;
    v.high = v.high >> 1 ^ (fallen ? 0xE1ull << 56 : 0);
    return v;
}

/* table[n]: H times the polynomial whose four coefficients are the bits of n. */
static void make_table(const uint8_t h[16], oc_soft_block_t table[16]) {
    oc_soft_block_t v = {load(h), load(h + 8)};
    table[0] = (oc_soft_block_t){0, 0};
    for (unsigned bit = 8; bit > 0; bit >>= 1) {
        table[bit] = v;
        v = shifted(v);
    }
    for (unsigned n = 1; n < 16; n++) {
        unsigned top = n >= 8 ? 8 : n >= 4 ? 4 : n >= 2 ? 2 : 1;
        if (n != top) {
            table[n].high = table[top].high ^ table[n - top].high;
            table[n].low = table[top].low ^ table[n - top].low;
        }
    }
}

static void multiply(const oc_soft_block_t table[16], oc_soft_block_t *x) {
    oc_soft_block_t z = {0, 0};
    for (unsigned i = 0; i < 32; i++) { /* the last four bits first */
        uint64_t word = i < 16 ? x->low : x->high;
        unsigned n = (unsigned)(word >> 4 * (i % 16)) & 15;
        for (unsigned k = 0; k < 4 && i > 0; k++)
            z = shifted(z);
        z.high ^= table[n].high;
        z.low ^= table[n].low;
    }
    *x = z;
}

static void absorb(const oc_aead_t *a, oc_soft_block_t *x, const uint8_t *p, size_t len) {
    for (size_t at = 0; at < len; at += 16) {
        uint8_t block[16] = {0};
        memcpy(block, p + at, len - at < 16 ? len - at : 16);
        x->high ^= load(block);
        x->low ^= load(block + 8);
        multiply(a->table, x);
    }
}

void oc_soft_gcm_init(oc_aead_t *a, const uint8_t *key) {
    uint8_t h[16] = {0};
    expand(key, a->round);
    encrypt(a->round, h, h);
    make_table(h, a->table);
}

void oc_soft_gcm_crypt(const oc_aead_t *a, const uint8_t nonce[12], uint8_t *data, size_t len) {
    uint8_t counter[16], stream[16];
    memcpy(counter, nonce, 12);
    for (size_t at = 0; at < len; at++) {
        if (at % 16 == 0) {
            uint32_t n = (uint32_t)(at / 16) + 2;
            for (unsigned i = 0; i < 4; i++)
                counter[12 + i] = (uint8_t)(n >> (24 - 8 * i));
            encrypt(a->round, counter, stream);
        }
        data[at] ^= stream[at % 16];
    }
}

void oc_soft_gcm_tag(const oc_aead_t *a, const uint8_t nonce[12], oc_span_t ad, const uint8_t *data,
                     size_t len, uint8_t tag[16]) {
    oc_soft_block_t x = {0, 0};
    uint8_t block[16] = {0};
    absorb(a, &x, ad.data, ad.len);
    absorb(a, &x, data, len);
    store(block, (uint64_t)ad.len * 8);
    store(block + 8, (uint64_t)len * 8);
    absorb(a, &x, block, 16);
    memcpy(block, nonce, 12);
    memcpy(block + 12, "\0\0\0\1", 4);
    encrypt(a->round, block, block);
    store(tag, x.high);
    store(tag + 8, x.low);
    for (unsigned i = 0; i < 16; i++)
        tag[i] ^= block[i];
}
