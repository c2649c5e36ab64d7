/* oc_bits - bits of a NAL unit or of an AudioSpecificConfig, most significant first.
 * Sticky like oc_rd_t: past the end every read gives 0 and `bad` stays set. */
#ifndef OC_BITS_H
#define OC_BITS_H

#include "oc_span.h"

typedef struct oc_bits {
    const uint8_t *p, *end;
    uint8_t byte;  /* the byte being read */
    uint8_t left;  /* bits of it not yet read */
    uint8_t zeros; /* zero bytes just passed */
    bool nal;      /* true: drop emulation prevention bytes (00 00 03), H.264 7.4.1 */
    bool bad;      /* true: something was read past the end */
} oc_bits_t;

/* Starts at the first bit of s (borrowed until the last read). */
oc_bits_t oc_bits(oc_span_t s, bool nal);
/* The next n (0..32) bits as a number. */
uint32_t oc_bits_u(oc_bits_t *b, unsigned n);
void oc_bits_skip(oc_bits_t *b, unsigned n);
/* Exp-Golomb codes, Rec. ITU-T H.264 9.1; codes of more than 32 bits set bad. */
uint32_t oc_bits_ue(oc_bits_t *b);
int32_t oc_bits_se(oc_bits_t *b);

#endif
