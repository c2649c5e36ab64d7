#include "oc_bits.h"

oc_bits_t oc_bits(oc_span_t s, bool nal) {
    return (oc_bits_t){s.data, s.data + s.len, 0, 0, 0, nal, false};
}

static bool next_byte(oc_bits_t *b) {
    if (b->nal && b->zeros >= 2 && b->p < b->end && *b->p == 3) {
        b->p++;
        b->zeros = 0;
    }
    if (b->p >= b->end) {
        b->bad = true;
        return false;
    }
    b->byte = *b->p++;
    b->left = 8;
    b->zeros = b->byte ? 0 : (uint8_t)(b->zeros < 2 ? b->zeros + 1 : 2);
    return true;
}

uint32_t oc_bits_u(oc_bits_t *b, unsigned n) {
    uint32_t v = 0;
    while (n) {
        if (b->bad || (!b->left && !next_byte(b)))
            return 0;
        unsigned take = n < b->left ? n : b->left;
        uint32_t part = (uint32_t)(b->byte >> (b->left - take)) & ((1u << take) - 1);
        v = (v << take) | part;
        b->left = (uint8_t)(b->left - take);
        n -= take;
    }
    return v;
}

void oc_bits_skip(oc_bits_t *b, unsigned n) {
    for (; n > 32 && !b->bad; n -= 32)
        (void)oc_bits_u(b, 32);
    (void)oc_bits_u(b, n > 32 ? 0 : n);
}

uint32_t oc_bits_ue(oc_bits_t *b) {
    unsigned zeros = 0;
    while (!b->bad && !oc_bits_u(b, 1)) {
        if (++zeros == 32) {
            b->bad = true;
            return 0;
        }
    }
    if (b->bad)
        return 0;
    return ((1u << zeros) - 1) + oc_bits_u(b, zeros);
}

int32_t oc_bits_se(oc_bits_t *b) {
    uint32_t k = oc_bits_ue(b); /* at most 2^32 - 2: half of it fits */
    return k & 1 ? (int32_t)(k / 2 + 1) : -(int32_t)(k / 2);
}
