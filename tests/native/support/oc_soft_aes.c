/* AES-GCM (FIPS 197, NIST SP 800-38D), for tests: by tables of 32-bit words, as a machine
 * without instructions for it does it, and not constant in time. */
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

static uint32_t column[256];     /* SubBytes and MixColumns of the first byte of a column */
static uint16_t remainders[256]; /* what 8 bits that fall off GHASH's end come back as */

static uint8_t twice(uint8_t x) {
    return (uint8_t)(x << 1 ^ (x >> 7) * 0x1B);
}
static uint32_t turn(uint32_t x, unsigned bits) {
    return x >> bits | x << (32 - bits);
}
static uint32_t load(const uint8_t *p) {
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}
static void store(uint8_t *p, uint32_t v) {
    for (unsigned i = 4; i > 0; i--, v >>= 8)
        p[i - 1] = (uint8_t)v;
}

static uint32_t substituted(uint32_t t) {
    return (uint32_t)sbox[t >> 24] << 24 | (uint32_t)sbox[t >> 16 & 255] << 16 |
           (uint32_t)sbox[t >> 8 & 255] << 8 | sbox[t & 255];
}

/* words: of the key, 4 or 8. */
static void expand(const uint8_t *key, unsigned words, uint32_t *round) {
    uint8_t rcon = 1;
    for (unsigned i = 0; i < 4 * (words + 7); i++) {
        if (i < words) {
            round[i] = load(key + 4 * i);
            continue;
        }
        uint32_t t = round[i - 1];
        if (i % words == 0) {
            t = substituted(turn(t, 24)) ^ (uint32_t)rcon << 24;
            rcon = twice(rcon);
        } else if (words == 8 && i % 8 == 4) {
            t = substituted(t);
        }
        round[i] = round[i - words] ^ t;
    }
}

static void encrypt(const oc_aead_t *a, const uint8_t in[16], uint8_t out[16]) {
    const uint32_t *round = a->round;
    uint32_t s[4], t[4];
    for (unsigned i = 0; i < 4; i++)
        s[i] = load(in + 4 * i) ^ round[i];
    for (unsigned r = 4; r < a->last; r += 4) {
        for (unsigned i = 0; i < 4; i++)
            t[i] = column[s[i] >> 24] ^ turn(column[s[(i + 1) % 4] >> 16 & 255], 8) ^
                   turn(column[s[(i + 2) % 4] >> 8 & 255], 16) ^
                   turn(column[s[(i + 3) % 4] & 255], 24) ^ round[r + i];
        memcpy(s, t, sizeof(s));
    }
    for (unsigned i = 0; i < 4; i++) /* the last round mixes no columns */
        store(out + 4 * i, round[a->last + i] ^ ((uint32_t)sbox[s[i] >> 24] << 24 |
                                                 (uint32_t)sbox[s[(i + 1) % 4] >> 16 & 255] << 16 |
                                                 (uint32_t)sbox[s[(i + 2) % 4] >> 8 & 255] << 8 |
                                                 sbox[s[(i + 3) % 4] & 255]));
}

/* ---- GHASH: numbers of 128 bits, the first bit is the highest; a byte at a time ---- */

/* One step to the right; what falls off comes back as the polynomial. */
static oc_soft_block_t shifted(oc_soft_block_t v) {
    uint32_t fallen = v.w[3] & 1;
    for (unsigned i = 3; i > 0; i--)
        v.w[i] = v.w[i] >> 1 | v.w[i - 1] << 31;
    v.w[0] = v.w[0] >> 1 ^ (fallen ? 0xE1000000u : 0);
    return v;
}

static void add(oc_soft_block_t *to, const oc_soft_block_t *v) {
    for (unsigned i = 0; i < 4; i++)
        to->w[i] ^= v->w[i];
}

/* table[n]: H times the polynomial whose coefficients are the bits of n, the highest bit first. */
static void make_table(oc_soft_block_t h, oc_soft_block_t table[256]) {
    table[0] = (oc_soft_block_t){{0}};
    for (unsigned bit = 128; bit > 0; bit >>= 1) {
        table[bit] = h;
        h = shifted(h);
    }
    for (unsigned bit = 2; bit < 256; bit <<= 1) {
        for (unsigned n = 1; n < bit; n++) {
            table[bit + n] = table[n];
            add(&table[bit + n], &table[bit]);
        }
    }
}

static void make_constants(void) {
    for (unsigned n = 0; n < 256; n++) {
        uint8_t x = sbox[n], x2 = twice(x);
        oc_soft_block_t v = {{0, 0, 0, n}};
        column[n] = (uint32_t)x2 << 24 | (uint32_t)x << 16 | (uint32_t)x << 8 | (x2 ^ x);
        for (unsigned i = 0; i < 8; i++)
            v = shifted(v);
        remainders[n] = (uint16_t)(v.w[0] >> 16);
    }
}

static void multiply(const oc_soft_block_t table[256], oc_soft_block_t *x) {
    oc_soft_block_t z = table[x->w[3] & 255]; /* the last byte first */
    for (unsigned i = 1; i < 16; i++) {
        uint32_t fallen = z.w[3] & 255;
        z.w[3] = z.w[3] >> 8 | z.w[2] << 24;
        z.w[2] = z.w[2] >> 8 | z.w[1] << 24;
        z.w[1] = z.w[1] >> 8 | z.w[0] << 24;
        z.w[0] = z.w[0] >> 8 ^ (uint32_t)remainders[fallen] << 16;
        add(&z, &table[x->w[3 - i / 4] >> 8 * (i % 4) & 255]);
    }
    *x = z;
}

static void absorb(const oc_aead_t *a, oc_soft_block_t *x, const uint8_t *p, size_t len) {
    for (size_t at = 0; at < len; at += 16) {
        uint8_t block[16] = {0};
        memcpy(block, p + at, len - at < 16 ? len - at : 16);
        for (unsigned i = 0; i < 4; i++)
            x->w[i] ^= load(block + 4 * i);
        multiply(a->table, x);
    }
}

void oc_soft_gcm_init(oc_aead_t *a, const uint8_t *key, size_t len) {
    uint8_t h[16] = {0};
    if (!column[0])
        make_constants();
    expand(key, (unsigned)len / 4, a->round);
    a->last = (unsigned)len + 24;
    encrypt(a, h, h);
    make_table((oc_soft_block_t){{load(h), load(h + 4), load(h + 8), load(h + 12)}}, a->table);
}

void oc_soft_gcm_crypt(const oc_aead_t *a, const uint8_t nonce[12], uint8_t *data, size_t len) {
    uint8_t counter[16], stream[16];
    memcpy(counter, nonce, 12);
    for (size_t at = 0; at < len; at += 16) {
        store(counter + 12, (uint32_t)(at / 16) + 2);
        encrypt(a, counter, stream);
        for (size_t i = 0; i < 16 && at + i < len; i++)
            data[at + i] ^= stream[i];
    }
}

void oc_soft_gcm_tag(const oc_aead_t *a, const uint8_t nonce[12], oc_span_t ad, const uint8_t *data,
                     size_t len, uint8_t tag[16]) {
    oc_soft_block_t x = {{0}};
    uint8_t block[16] = {0};
    absorb(a, &x, ad.data, ad.len);
    absorb(a, &x, data, len);
    store(block + 4, (uint32_t)ad.len * 8); /* below 2^27 bits: OC_AEAD_MAX */
    store(block + 12, (uint32_t)len * 8);
    absorb(a, &x, block, 16);
    memcpy(block, nonce, 12);
    store(block + 12, 1);
    encrypt(a, block, block);
    for (unsigned i = 0; i < 4; i++)
        store(tag + 4 * i, x.w[i] ^ load(block + 4 * i));
}
