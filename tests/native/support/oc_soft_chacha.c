/* ChaCha20-Poly1305 (RFC 8439), for tests: small, not fast. */
#include "oc_crypto_soft.h"

#include <string.h>

static uint32_t load(const uint8_t *p) {
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}
static void store(uint8_t *p, uint32_t v) {
    for (unsigned i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> 8 * i);
}

static void quarter(uint32_t s[16], unsigned a, unsigned b, unsigned c, unsigned d) {
    static const uint8_t turns[4] = {16, 12, 8, 7};
    for (unsigned i = 0; i < 4; i++) {
        uint32_t *sum = &s[i % 2 ? c : a], *add = &s[i % 2 ? d : b], *turn = &s[i % 2 ? b : d];
        *sum += *add;
        *turn ^= *sum;
        *turn = *turn << turns[i] | *turn >> (32 - turns[i]);
    }
}

static void block(const uint8_t key[32], const uint8_t nonce[12], uint32_t counter,
                  uint8_t out[64]) {
    uint32_t start[16] = {0x61707865, 0x3320646E, 0x79622D32, 0x6B206574}, s[16];
    for (unsigned i = 0; i < 8; i++)
        start[4 + i] = load(key + 4 * i);
    start[12] = counter;
    for (unsigned i = 0; i < 3; i++)
        start[13 + i] = load(nonce + 4 * i);
    memcpy(s, start, sizeof(s));
    for (unsigned round = 0; round < 10; round++) {
        for (unsigned i = 0; i < 4; i++)
            quarter(s, i, 4 + i, 8 + i, 12 + i);
        for (unsigned i = 0; i < 4; i++)
            quarter(s, i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4);
    }
    for (unsigned i = 0; i < 16; i++)
        store(out + 4 * i, s[i] + start[i]);
}

void oc_soft_chacha_crypt(const oc_aead_t *a, const uint8_t nonce[12], uint8_t *data, size_t len) {
    uint8_t stream[64];
    for (size_t at = 0; at < len; at++) {
        if (at % 64 == 0)
            block(a->key, nonce, (uint32_t)(at / 64) + 1, stream);
        data[at] ^= stream[at % 64];
    }
}

/* ---- Poly1305: numbers below 2^130 in five limbs of 26 bits ---- */

typedef struct poly {
    uint32_t r[5], h[5];
} poly_t;

static void split(const uint8_t in[17], uint32_t out[5]) {
    out[0] = load(in) & 0x3FFFFFF;
    out[1] = load(in + 3) >> 2 & 0x3FFFFFF;
    out[2] = load(in + 6) >> 4 & 0x3FFFFFF;
    out[3] = load(in + 9) >> 6 & 0x3FFFFFF;
    out[4] = load(in + 12) >> 8 | (uint32_t)in[16] << 24;
}

static void carry(uint32_t h[5]) {
    for (unsigned i = 0; i < 5; i++) {
        uint32_t over = h[i] >> 26;
        h[i] &= 0x3FFFFFF;
        h[(i + 1) % 5] += i < 4 ? over : 5 * over;
    }
}

/* h = (h + in) * r modulo 2^130 - 5 */
static void absorb(poly_t *p, const uint8_t in[17]) {
    uint32_t m[5];
    uint64_t product[5] = {0}, over = 0;
    split(in, m);
    for (unsigned i = 0; i < 5; i++)
        p->h[i] += m[i];
    for (unsigned i = 0; i < 5; i++) {
        for (unsigned k = 0; k < 5; k++)
            product[(i + k) % 5] += (uint64_t)p->h[i] * p->r[k] * (i + k < 5 ? 1 : 5);
    }
    for (unsigned i = 0; i < 5; i++) {
        product[i] += over;
        over = product[i] >> 26;
        p->h[i] = (uint32_t)product[i] & 0x3FFFFFF;
    }
    over = over * 5 + p->h[0];
    p->h[0] = (uint32_t)over & 0x3FFFFFF;
    p->h[1] += (uint32_t)(over >> 26);
}

static void absorb_padded(poly_t *p, const uint8_t *data, size_t len) {
    for (size_t at = 0; at < len; at += 16) {
        uint8_t in[17] = {0};
        memcpy(in, data + at, len - at < 16 ? len - at : 16);
        in[16] = 1;
        absorb(p, in);
    }
}

/* tag = (h modulo 2^130 - 5) + s modulo 2^128 */
static void finish(poly_t *p, const uint8_t s[16], uint8_t tag[16]) {
    uint32_t less[5]; /* h - (2^130 - 5), when that is not negative */
    carry(p->h);
    carry(p->h);
    uint32_t over = 5;
    for (unsigned i = 0; i < 5; i++) {
        less[i] = p->h[i] + over;
        over = less[i] >> 26;
        less[i] &= 0x3FFFFFF;
    }
    const uint32_t *h = over ? less : p->h;
    uint32_t words[4] = {h[0] | h[1] << 26, h[1] >> 6 | h[2] << 20, h[2] >> 12 | h[3] << 14,
                         h[3] >> 18 | h[4] << 8};
    uint64_t sum = 0;
    for (unsigned i = 0; i < 4; i++) {
        sum += (uint64_t)words[i] + load(s + 4 * i);
        store(tag + 4 * i, (uint32_t)sum);
        sum >>= 32;
    }
}

void oc_soft_chacha_tag(const oc_aead_t *a, const uint8_t nonce[12], oc_span_t ad,
                        const uint8_t *data, size_t len, uint8_t tag[16]) {
    static const uint8_t clamp[16] = {0xFF, 0xFF, 0xFF, 0x0F, 0xFC, 0xFF, 0xFF, 0x0F,
                                      0xFC, 0xFF, 0xFF, 0x0F, 0xFC, 0xFF, 0xFF, 0x0F};
    uint8_t first[64], in[17] = {0};
    poly_t p = {.h = {0}};
    block(a->key, nonce, 0, first);
    for (unsigned i = 0; i < 16; i++)
        in[i] = first[i] & clamp[i];
    split(in, p.r);
    absorb_padded(&p, ad.data, ad.len);
    absorb_padded(&p, data, len);
    for (unsigned i = 0; i < 8; i++) {
        in[i] = (uint8_t)((uint64_t)ad.len >> 8 * i);
        in[8 + i] = (uint8_t)((uint64_t)len >> 8 * i);
    }
    in[16] = 1;
    absorb(&p, in);
    finish(&p, first + 16, tag);
}
