/* oc_seq - serial numbers that wrap (RFC 1982): SSN, TSN, record numbers on the wire. Two numbers
 * exactly half a circle apart are neither before nor after each other. */
#ifndef OC_SEQ_H
#define OC_SEQ_H

#include <stdbool.h>
#include <stdint.h>

/* True: a comes before b; false also when they are equal. */
static inline bool oc_seq16_before(uint16_t a, uint16_t b) {
    uint16_t ahead = (uint16_t)(b - a);
    return ahead != 0 && ahead < 0x8000;
}
static inline bool oc_seq32_before(uint32_t a, uint32_t b) {
    uint32_t ahead = b - a;
    return ahead != 0 && ahead < 0x80000000u;
}

/* True: a comes after b; false also when they are equal. */
static inline bool oc_seq16_after(uint16_t a, uint16_t b) {
    return oc_seq16_before(b, a);
}
static inline bool oc_seq32_after(uint32_t a, uint32_t b) {
    return oc_seq32_before(b, a);
}

/* True: a is b or comes before it. */
static inline bool oc_seq16_upto(uint16_t a, uint16_t b) {
    return a == b || oc_seq16_before(a, b);
}
static inline bool oc_seq32_upto(uint32_t a, uint32_t b) {
    return a == b || oc_seq32_before(a, b);
}

/* Steps from b to a: positive when a comes after b; half a circle is the most negative number. */
static inline int32_t oc_seq16_diff(uint16_t a, uint16_t b) {
    uint16_t d = (uint16_t)(a - b);
    return d < 0x8000 ? (int32_t)d : (int32_t)d - 0x10000;
}
static inline int32_t oc_seq32_diff(uint32_t a, uint32_t b) {
    uint32_t d = a - b;
    return d < 0x80000000u ? (int32_t)d : -(int32_t)(0xFFFFFFFFu - d) - 1;
}

/* The number of 64 bits that ends in seq and lies nearest to `near`, which is at least half a
 * circle: start a count with the circle's size above the first number. A number exactly half a
 * circle away is taken for a later one. */
static inline uint64_t oc_seq16_unwrap(uint64_t near, uint16_t seq) {
    uint16_t ahead = (uint16_t)(seq - (uint16_t)near);
    return ahead <= 0x8000 ? near + ahead : near - (0x10000u - ahead);
}
static inline uint64_t oc_seq32_unwrap(uint64_t near, uint32_t seq) {
    uint32_t ahead = seq - (uint32_t)near;
    return ahead <= 0x80000000u ? near + ahead : near - (UINT64_C(0x100000000) - ahead);
}

#endif
