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

#endif
