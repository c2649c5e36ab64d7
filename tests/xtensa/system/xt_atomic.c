/* C11 atomics of 1, 2 and 4 bytes: the compiler's core has no compare-and-swap instruction and
 * calls these. Atomic on one core means: no switch of threads in between. There are none of 8
 * bytes, on purpose: on the ESP32-S3 they are library calls too, and a core that uses one fails to
 * link here. */
#include <stdbool.h>
#include <stdint.h>
#include "xt_system.h"

#define ATOMICS(bytes, type)                                                                       \
    type __atomic_exchange_##bytes(volatile void *at, type value, int order);                      \
    type __atomic_exchange_##bytes(volatile void *at, type value, int order) {                     \
        uint32_t mask = xt_hold();                                                                 \
        type old = *(volatile type *)at;                                                           \
        *(volatile type *)at = value;                                                              \
        xt_release(mask);                                                                          \
        return old;                                                                                \
    }                                                                                              \
    bool __atomic_compare_exchange_##bytes(volatile void *at, void *expected, type value,          \
                                           bool weak, int order, int failed);                      \
    bool __atomic_compare_exchange_##bytes(volatile void *at, void *expected, type value,          \
                                           bool weak, int order, int failed) {                     \
        uint32_t mask = xt_hold();                                                                 \
        type old = *(volatile type *)at;                                                           \
        bool same = old == *(type *)expected;                                                      \
        if (same)                                                                                  \
            *(volatile type *)at = value;                                                          \
        else                                                                                       \
            *(type *)expected = old;                                                               \
        xt_release(mask);                                                                          \
        return same;                                                                               \
    }                                                                                              \
    ATOMIC_FETCH(add, +, bytes, type)                                                              \
    ATOMIC_FETCH(sub, -, bytes, type)                                                              \
    ATOMIC_FETCH(or, |, bytes, type)                                                               \
    ATOMIC_FETCH(and, &, bytes, type)                                                              \
    ATOMIC_FETCH(xor, ^, bytes, type)

#define ATOMIC_FETCH(name, operation, bytes, type)                                                 \
    type __atomic_fetch_##name##_##bytes(volatile void *at, type value, int order);                \
    type __atomic_fetch_##name##_##bytes(volatile void *at, type value, int order) {               \
        uint32_t mask = xt_hold();                                                                 \
        type old = *(volatile type *)at;                                                           \
        *(volatile type *)at = (type)(old operation value);                                        \
        xt_release(mask);                                                                          \
        return old;                                                                                \
    }

ATOMICS(1, uint8_t)
ATOMICS(2, uint16_t)
ATOMICS(4, uint32_t)
