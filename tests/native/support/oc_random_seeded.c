#include "oc_random_seeded.h"

static uint64_t state = 1;

void oc_random_seed(uint64_t seed) {
    state = seed;
}

static uint64_t next(void) {
    uint64_t z = state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

void oc_random(void *out, size_t len) {
    uint8_t *p = out;
    while (len > 0) {
        uint64_t value = next();
        for (unsigned i = 0; i < 8 && len > 0; i++, len--)
            *p++ = (uint8_t)(value >> 8 * i);
    }
}
