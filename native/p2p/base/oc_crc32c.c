#include "oc_crc32c.h"

#include <stdbool.h>
#include <string.h>

/* The table for a byte that k further bytes follow is linear in the byte's bits: it is the sum of
 * what each bit alone gives. So eight constants per table say all, and the compiler adds them up.
 */
#define SUM(i, a, b, c, d, e, f, g, h)                                                             \
    (((i)&1 ? a : 0u) ^ ((i)&2 ? b : 0u) ^ ((i)&4 ? c : 0u) ^ ((i)&8 ? d : 0u) ^                   \
     ((i)&16 ? e : 0u) ^ ((i)&32 ? f : 0u) ^ ((i)&64 ? g : 0u) ^ ((i)&128 ? h : 0u))
#define T0(i)                                                                                      \
    SUM(i, 0xF26B8303u, 0xE13B70F7u, 0xC79A971Fu, 0x8AD958CFu, 0x105EC76Fu, 0x20BD8EDEu,           \
        0x417B1DBCu, 0x82F63B78u)
#define T1(i)                                                                                      \
    SUM(i, 0x13A29877u, 0x274530EEu, 0x4E8A61DCu, 0x9D14C3B8u, 0x3FC5F181u, 0x7F8BE302u,           \
        0xFF17C604u, 0xFBC3FAF9u)
#define T2(i)                                                                                      \
    SUM(i, 0xA541927Eu, 0x4F6F520Du, 0x9EDEA41Au, 0x38513EC5u, 0x70A27D8Au, 0xE144FB14u,           \
        0xC76580D9u, 0x8B277743u)
#define T3(i)                                                                                      \
    SUM(i, 0xDD45AAB8u, 0xBF672381u, 0x7B2231F3u, 0xF64463E6u, 0xE964B13Du, 0xD725148Bu,           \
        0xABA65FE7u, 0x52A0C93Fu)
#define ROW4(T, i)  T(i), T((i) + 1), T((i) + 2), T((i) + 3)
#define ROW16(T, i) ROW4(T, i), ROW4(T, (i) + 4), ROW4(T, (i) + 8), ROW4(T, (i) + 12)
#define ROW64(T, i) ROW16(T, i), ROW16(T, (i) + 16), ROW16(T, (i) + 32), ROW16(T, (i) + 48)
#define ROW256(T)   ROW64(T, 0), ROW64(T, 64), ROW64(T, 128), ROW64(T, 192)

static const uint32_t table[4][256] = {{ROW256(T0)}, {ROW256(T1)}, {ROW256(T2)}, {ROW256(T3)}};

uint32_t oc_crc32c_table(uint32_t crc, const void *data, size_t len) {
    const uint8_t *p = data;
    crc = ~crc;
    for (; len >= 4; len -= 4, p += 4) {
        crc ^= p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
        crc = table[3][crc & 0xFF] ^ table[2][crc >> 8 & 0xFF] ^ table[1][crc >> 16 & 0xFF] ^
              table[0][crc >> 24];
    }
    while (len--)
        crc = crc >> 8 ^ table[0][(crc ^ *p++) & 0xFF];
    return ~crc;
}

#if defined(__x86_64__)
#include <nmmintrin.h>

static bool have_instruction(void) {
    return __builtin_cpu_supports("sse4.2");
}
__attribute__((target("sse4.2"))) static uint32_t by_instruction(uint32_t crc, const uint8_t *p,
                                                                 size_t len) {
    uint64_t wide = ~crc;
    for (; len >= 8; len -= 8, p += 8) {
        uint64_t v;
        memcpy(&v, p, 8);
        wide = _mm_crc32_u64(wide, v);
    }
    crc = (uint32_t)wide;
    while (len--)
        crc = _mm_crc32_u8(crc, *p++);
    return ~crc;
}
#elif defined(__aarch64__)
#include <arm_acle.h>
#include <stdatomic.h>

#ifdef __ARM_FEATURE_CRC32
static atomic_bool allowed = true;
#else
static atomic_bool allowed = false;
#endif

static bool have_instruction(void) {
    return atomic_load_explicit(&allowed, memory_order_relaxed);
}
__attribute__((target("+crc"))) static uint32_t by_instruction(uint32_t crc, const uint8_t *p,
                                                               size_t len) {
    crc = ~crc;
    for (; len >= 8; len -= 8, p += 8) {
        uint64_t v;
        memcpy(&v, p, 8);
        crc = __crc32cd(crc, v);
    }
    while (len--)
        crc = __crc32cb(crc, *p++);
    return ~crc;
}
#else
static bool have_instruction(void) {
    return false;
}
static uint32_t by_instruction(uint32_t crc, const uint8_t *p, size_t len) {
    return oc_crc32c_table(crc, p, len);
}
#endif

void oc_crc32c_allow(bool has) {
    (void)has;
#if defined(__aarch64__)
    atomic_store_explicit(&allowed, has, memory_order_relaxed);
#endif
}

uint32_t oc_crc32c(uint32_t crc, const void *data, size_t len) {
    return have_instruction() ? by_instruction(crc, data, len) : oc_crc32c_table(crc, data, len);
}
