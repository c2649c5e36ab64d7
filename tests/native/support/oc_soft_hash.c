/* MD5 (RFC 1321), SHA-1 and the SHA-2 family (FIPS 180-4), for tests: small, not fast. */
#include "oc_crypto_soft.h"

#include <string.h>

typedef struct state {
    enum oc_hash kind;
    uint64_t total;    /* bytes so far */
    size_t fill, size; /* bytes in block, bytes of a block */
    uint8_t block[128];
    uint64_t h[8]; /* SHA-384 and SHA-512; the others use the low halves */
} state_t;

/* Fractional parts of the cube roots of the first 80 primes; SHA-256 uses the upper halves. */
static const uint64_t cubes[80] = {
    0x428A2F98D728AE22ULL, 0x7137449123EF65CDULL, 0xB5C0FBCFEC4D3B2FULL, 0xE9B5DBA58189DBBCULL,
    0x3956C25BF348B538ULL, 0x59F111F1B605D019ULL, 0x923F82A4AF194F9BULL, 0xAB1C5ED5DA6D8118ULL,
    0xD807AA98A3030242ULL, 0x12835B0145706FBEULL, 0x243185BE4EE4B28CULL, 0x550C7DC3D5FFB4E2ULL,
    0x72BE5D74F27B896FULL, 0x80DEB1FE3B1696B1ULL, 0x9BDC06A725C71235ULL, 0xC19BF174CF692694ULL,
    0xE49B69C19EF14AD2ULL, 0xEFBE4786384F25E3ULL, 0x0FC19DC68B8CD5B5ULL, 0x240CA1CC77AC9C65ULL,
    0x2DE92C6F592B0275ULL, 0x4A7484AA6EA6E483ULL, 0x5CB0A9DCBD41FBD4ULL, 0x76F988DA831153B5ULL,
    0x983E5152EE66DFABULL, 0xA831C66D2DB43210ULL, 0xB00327C898FB213FULL, 0xBF597FC7BEEF0EE4ULL,
    0xC6E00BF33DA88FC2ULL, 0xD5A79147930AA725ULL, 0x06CA6351E003826FULL, 0x142929670A0E6E70ULL,
    0x27B70A8546D22FFCULL, 0x2E1B21385C26C926ULL, 0x4D2C6DFC5AC42AEDULL, 0x53380D139D95B3DFULL,
    0x650A73548BAF63DEULL, 0x766A0ABB3C77B2A8ULL, 0x81C2C92E47EDAEE6ULL, 0x92722C851482353BULL,
    0xA2BFE8A14CF10364ULL, 0xA81A664BBC423001ULL, 0xC24B8B70D0F89791ULL, 0xC76C51A30654BE30ULL,
    0xD192E819D6EF5218ULL, 0xD69906245565A910ULL, 0xF40E35855771202AULL, 0x106AA07032BBD1B8ULL,
    0x19A4C116B8D2D0C8ULL, 0x1E376C085141AB53ULL, 0x2748774CDF8EEB99ULL, 0x34B0BCB5E19B48A8ULL,
    0x391C0CB3C5C95A63ULL, 0x4ED8AA4AE3418ACBULL, 0x5B9CCA4F7763E373ULL, 0x682E6FF3D6B2B8A3ULL,
    0x748F82EE5DEFB2FCULL, 0x78A5636F43172F60ULL, 0x84C87814A1F0AB72ULL, 0x8CC702081A6439ECULL,
    0x90BEFFFA23631E28ULL, 0xA4506CEBDE82BDE9ULL, 0xBEF9A3F7B2C67915ULL, 0xC67178F2E372532BULL,
    0xCA273ECEEA26619CULL, 0xD186B8C721C0C207ULL, 0xEADA7DD6CDE0EB1EULL, 0xF57D4F7FEE6ED178ULL,
    0x06F067AA72176FBAULL, 0x0A637DC5A2C898A6ULL, 0x113F9804BEF90DAEULL, 0x1B710B35131C471BULL,
    0x28DB77F523047D84ULL, 0x32CAAB7B40C72493ULL, 0x3C9EBE0A15C9BEBCULL, 0x431D67C49C100D4CULL,
    0x4CC5D4BECB3E42B6ULL, 0x597F299CFC657E2AULL, 0x5FCB6FAB3AD6FAECULL, 0x6C44198C4A475817ULL};
/* The same of square roots: primes 1..8 (SHA-512; upper halves: SHA-256) and 9..16 (SHA-384). */
static const uint64_t squares[16] = {
    0x6A09E667F3BCC908ULL, 0xBB67AE8584CAA73BULL, 0x3C6EF372FE94F82BULL, 0xA54FF53A5F1D36F1ULL,
    0x510E527FADE682D1ULL, 0x9B05688C2B3E6C1FULL, 0x1F83D9ABFB41BD6BULL, 0x5BE0CD19137E2179ULL,
    0xCBBB9D5DC1059ED8ULL, 0x629A292A367CD507ULL, 0x9159015A3070DD17ULL, 0x152FECD8F70E5939ULL,
    0x67332667FFC00B31ULL, 0x8EB44A8768581511ULL, 0xDB0C2E0D64F98FA7ULL, 0x47B5481DBEFA4FA4ULL};
static const uint32_t sines[64] = {
    0xD76AA478, 0xE8C7B756, 0x242070DB, 0xC1BDCEEE, 0xF57C0FAF, 0x4787C62A, 0xA8304613, 0xFD469501,
    0x698098D8, 0x8B44F7AF, 0xFFFF5BB1, 0x895CD7BE, 0x6B901122, 0xFD987193, 0xA679438E, 0x49B40821,
    0xF61E2562, 0xC040B340, 0x265E5A51, 0xE9B6C7AA, 0xD62F105D, 0x02441453, 0xD8A1E681, 0xE7D3FBC8,
    0x21E1CDE6, 0xC33707D6, 0xF4D50D87, 0x455A14ED, 0xA9E3E905, 0xFCEFA3F8, 0x676F02D9, 0x8D2A4C8A,
    0xFFFA3942, 0x8771F681, 0x6D9D6122, 0xFDE5380C, 0xA4BEEA44, 0x4BDECFA9, 0xF6BB4B60, 0xBEBFBC70,
    0x289B7EC6, 0xEAA127FA, 0xD4EF3085, 0x04881D05, 0xD9D4D039, 0xE6DB99E5, 0x1FA27CF8, 0xC4AC5665,
    0xF4292244, 0x432AFF97, 0xAB9423A7, 0xFC93A039, 0x655B59C3, 0x8F0CCC92, 0xFFEFF47D, 0x85845DD1,
    0x6FA87E4F, 0xFE2CE6E0, 0xA3014314, 0x4E0811A1, 0xF7537E82, 0xBD3AF235, 0x2AD7D2BB, 0xEB86D391};
static const uint32_t md5_start[5] = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};

static uint32_t left(uint32_t x, unsigned n) {
    return x << n | x >> (32 - n);
}
static uint32_t right(uint32_t x, unsigned n) {
    return x >> n | x << (32 - n);
}
static uint64_t right64(uint64_t x, unsigned n) {
    return x >> n | x << (64 - n);
}
static uint64_t big(const uint8_t *p, unsigned n) {
    uint64_t v = 0;
    while (n--)
        v = v << 8 | *p++;
    return v;
}

static void md5(uint64_t h[8], const uint8_t *p) {
    static const uint8_t turns[16] = {7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21};
    uint32_t w[16], a = (uint32_t)h[0], b = (uint32_t)h[1], c = (uint32_t)h[2], d = (uint32_t)h[3];
    for (unsigned i = 0; i < 16; i++)
        w[i] = p[4 * i] | (uint32_t)p[4 * i + 1] << 8 | (uint32_t)p[4 * i + 2] << 16 |
               (uint32_t)p[4 * i + 3] << 24;
    for (unsigned i = 0; i < 64; i++) {
        uint32_t f;
        unsigned g;
        switch (i / 16) {
        case 0:
            f = (b & c) | (~b & d), g = i;
            break;
        case 1:
            f = (d & b) | (~d & c), g = 5 * i + 1;
            break;
        case 2:
            f = b ^ c ^ d, g = 3 * i + 5;
            break;
        default:
            f = c ^ (b | ~d), g = 7 * i;
        }
        f += a + sines[i] + w[g % 16];
        a = d;
        d = c;
        c = b;
        b += left(f, turns[i / 16 * 4 + i % 4]);
    }
    h[0] += a, h[1] += b, h[2] += c, h[3] += d;
}

static void sha1(uint64_t h[8], const uint8_t *p) {
    uint32_t w[80], a = (uint32_t)h[0], b = (uint32_t)h[1], c = (uint32_t)h[2], d = (uint32_t)h[3],
                    e = (uint32_t)h[4];
    for (unsigned i = 0; i < 80; i++)
        w[i] = i < 16 ? (uint32_t)big(p + 4 * i, 4)
                      : left(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    for (unsigned i = 0; i < 80; i++) {
        uint32_t f = i < 20   ? ((b & c) | (~b & d)) + 0x5A827999
                     : i < 40 ? (b ^ c ^ d) + 0x6ED9EBA1
                     : i < 60 ? ((b & c) | (b & d) | (c & d)) + 0x8F1BBCDC
                              : (b ^ c ^ d) + 0xCA62C1D6;
        f += left(a, 5) + e + w[i];
        e = d;
        d = c;
        c = left(b, 30);
        b = a;
        a = f;
    }
    h[0] += a, h[1] += b, h[2] += c, h[3] += d, h[4] += e;
}

static void sha256(uint64_t h[8], const uint8_t *p) {
    uint32_t w[64], s[8];
    for (unsigned i = 0; i < 8; i++)
        s[i] = (uint32_t)h[i];
    for (unsigned i = 0; i < 64; i++) {
        if (i < 16) {
            w[i] = (uint32_t)big(p + 4 * i, 4);
            continue;
        }
        uint32_t x = w[i - 15], y = w[i - 2];
        w[i] = w[i - 16] + (right(x, 7) ^ right(x, 18) ^ x >> 3) + w[i - 7] +
               (right(y, 17) ^ right(y, 19) ^ y >> 10);
    }
    for (unsigned i = 0; i < 64; i++) {
        uint32_t e = s[4], a = s[0];
        uint32_t t = s[7] + (right(e, 6) ^ right(e, 11) ^ right(e, 25)) +
                     ((e & s[5]) ^ (~e & s[6])) + (uint32_t)(cubes[i] >> 32) + w[i];
        uint32_t u =
            (right(a, 2) ^ right(a, 13) ^ right(a, 22)) + ((a & s[1]) ^ (a & s[2]) ^ (s[1] & s[2]));
        memmove(s + 1, s, 7 * sizeof(s[0]));
        s[4] += t;
        s[0] = t + u;
    }
    for (unsigned i = 0; i < 8; i++)
        h[i] += s[i];
}

static void sha512(uint64_t h[8], const uint8_t *p) {
    uint64_t w[80], s[8];
    memcpy(s, h, sizeof(s));
    for (unsigned i = 0; i < 80; i++) {
        if (i < 16) {
            w[i] = big(p + 8 * i, 8);
            continue;
        }
        uint64_t x = w[i - 15], y = w[i - 2];
        w[i] = w[i - 16] + (right64(x, 1) ^ right64(x, 8) ^ x >> 7) + w[i - 7] +
               (right64(y, 19) ^ right64(y, 61) ^ y >> 6);
    }
    for (unsigned i = 0; i < 80; i++) {
        uint64_t e = s[4], a = s[0];
        uint64_t t = s[7] + (right64(e, 14) ^ right64(e, 18) ^ right64(e, 41)) +
                     ((e & s[5]) ^ (~e & s[6])) + cubes[i] + w[i];
        uint64_t u = (right64(a, 28) ^ right64(a, 34) ^ right64(a, 39)) +
                     ((a & s[1]) ^ (a & s[2]) ^ (s[1] & s[2]));
        memmove(s + 1, s, 7 * sizeof(s[0]));
        s[4] += t;
        s[0] = t + u;
    }
    for (unsigned i = 0; i < 8; i++)
        h[i] += s[i];
}

static void start(state_t *s, enum oc_hash kind) {
    *s = (state_t){.kind = kind, .size = kind >= OC_HASH_SHA384 ? 128 : 64};
    for (unsigned i = 0; i < 8; i++) {
        switch (kind) {
        case OC_HASH_MD5:
        case OC_HASH_SHA1:
            s->h[i] = i < 5 ? md5_start[i] : 0;
            break;
        case OC_HASH_SHA256:
            s->h[i] = squares[i] >> 32;
            break;
        case OC_HASH_SHA384:
            s->h[i] = squares[8 + i];
            break;
        case OC_HASH_SHA512:
            s->h[i] = squares[i];
        }
    }
}

static void add(state_t *s, const uint8_t *p, size_t len) {
    static void (*const compress[OC_HASH_KINDS])(uint64_t[8], const uint8_t *) = {md5, sha1, sha256,
                                                                                  sha512, sha512};
    s->total += len;
    while (len > 0) {
        size_t n = s->size - s->fill < len ? s->size - s->fill : len;
        memcpy(s->block + s->fill, p, n);
        s->fill += n;
        p += n;
        len -= n;
        if (s->fill == s->size) {
            compress[s->kind](s->h, s->block);
            s->fill = 0;
        }
    }
}

static void finish(state_t *s, uint8_t *out) {
    static const uint8_t pad[128] = {0x80};
    uint64_t bits = s->total * 8;
    size_t tail = s->size / 8,
           word = s->size / 16; /* bytes of the length, of a word of the state */
    uint8_t length[16] = {0};
    for (unsigned i = 0; i < 8; i++)
        length[s->kind == OC_HASH_MD5 ? i : tail - 1 - i] = (uint8_t)(bits >> 8 * i);
    size_t rest = (s->fill + 1 + tail) % s->size;
    add(s, pad, 1 + (rest ? s->size - rest : 0));
    add(s, length, tail);
    for (size_t i = 0; i < oc_hash_size(s->kind); i++) {
        size_t in = i % word;
        out[i] = (uint8_t)(s->h[i / word] >> 8 * (s->kind == OC_HASH_MD5 ? in : word - 1 - in));
    }
}

void oc_hash(enum oc_hash kind, const oc_span_t *parts, unsigned count, uint8_t *out) {
    state_t s;
    start(&s, kind);
    for (unsigned i = 0; i < count; i++)
        add(&s, parts[i].data, parts[i].len);
    finish(&s, out);
}
