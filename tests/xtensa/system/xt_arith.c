/* The compiler's helpers that Debian's libgcc for this chip leaves out, because an ESP8266 has them
 * in ROM: 32-bit division, 64-bit multiplication and division. The contracts are those of GCC
 * internals, "Routines for integer arithmetic". Helpers for float and double are left out on
 * purpose: the cores use neither, and one that does fails to link here. */
#include <stdint.h>

uint32_t __udivsi3(uint32_t a, uint32_t b);
uint32_t __umodsi3(uint32_t a, uint32_t b);
int32_t __divsi3(int32_t a, int32_t b);
uint64_t __umulsidi3(uint32_t a, uint32_t b);
uint64_t __muldi3(uint64_t a, uint64_t b);
uint64_t __udivmoddi4(uint64_t a, uint64_t b, uint64_t *rest);
uint64_t __udivdi3(uint64_t a, uint64_t b);
uint64_t __umoddi3(uint64_t a, uint64_t b);
int64_t __divdi3(int64_t a, int64_t b);

uint32_t __udivsi3(uint32_t a, uint32_t b) {
    uint32_t quotient = 0;
    if (b == 0)
        __builtin_trap(); /* the chip's quos and quou fault too */
    if (a < b)
        return 0;
    int shift = __builtin_clz(b) - __builtin_clz(a);
    for (b <<= shift; shift >= 0; shift--, b >>= 1) {
        quotient <<= 1;
        if (a >= b) {
            a -= b;
            quotient |= 1;
        }
    }
    return quotient;
}

uint32_t __umodsi3(uint32_t a, uint32_t b) {
    return a - __udivsi3(a, b) * b;
}

int32_t __divsi3(int32_t a, int32_t b) {
    uint32_t quotient =
        __udivsi3(a < 0 ? -(uint32_t)a : (uint32_t)a, b < 0 ? -(uint32_t)b : (uint32_t)b);
    return (int32_t)((a ^ b) < 0 ? -quotient : quotient);
}

uint64_t __umulsidi3(uint32_t a, uint32_t b) {
    uint32_t a_low = a & 0xffff, a_high = a >> 16, b_low = b & 0xffff, b_high = b >> 16;
    uint32_t middle = a_high * b_low + (a_low * b_low >> 16);
    uint32_t carry = a_low * b_high + (middle & 0xffff);
    uint32_t high = a_high * b_high + (middle >> 16) + (carry >> 16);
    return (uint64_t)high << 32 | a * b;
}

uint64_t __muldi3(uint64_t a, uint64_t b) {
    uint64_t low = __umulsidi3((uint32_t)a, (uint32_t)b);
    uint32_t high = (uint32_t)(low >> 32) + (uint32_t)a * (uint32_t)(b >> 32) +
                    (uint32_t)(a >> 32) * (uint32_t)b;
    return (uint64_t)high << 32 | (uint32_t)low;
}

uint64_t __udivmoddi4(uint64_t a, uint64_t b, uint64_t *rest) {
    uint64_t quotient = 0;
    if (a >> 32 == 0 && b >> 32 == 0) {
        quotient = __udivsi3((uint32_t)a, (uint32_t)b);
        a -= (uint32_t)quotient * (uint32_t)b;
    } else if (a >= b) {
        if (b == 0)
            __builtin_trap();
        int shift = __builtin_clzll(b) - __builtin_clzll(a);
        for (b <<= shift; shift >= 0; shift--, b >>= 1) {
            quotient <<= 1;
            if (a >= b) {
                a -= b;
                quotient |= 1;
            }
        }
    }
    if (rest)
        *rest = a;
    return quotient;
}

uint64_t __udivdi3(uint64_t a, uint64_t b) {
    return __udivmoddi4(a, b, 0);
}

uint64_t __umoddi3(uint64_t a, uint64_t b) {
    uint64_t rest;
    __udivmoddi4(a, b, &rest);
    return rest;
}

int64_t __divdi3(int64_t a, int64_t b) {
    uint64_t quotient =
        __udivmoddi4(a < 0 ? -(uint64_t)a : (uint64_t)a, b < 0 ? -(uint64_t)b : (uint64_t)b, 0);
    return (int64_t)((a ^ b) < 0 ? -quotient : quotient);
}
