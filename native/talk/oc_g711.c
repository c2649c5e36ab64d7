#include "oc_g711.h"

#define ALAW_EVEN_BITS 0x55 /* inverted on the line (G.711 table 1a) */
#define ULAW_BIAS      0x84 /* 33 in units of 14 bits */
#define MANTISSA       0x0f
#define SEGMENT(byte)  (((byte) >> 4) & 7)
#define SIGN           0x80

int16_t oc_g711_alaw(uint8_t byte) {
    unsigned code = byte ^ ALAW_EVEN_BITS, segment = SEGMENT(code);
    int value = (int)((code & MANTISSA) << 4) + 8;
    if (segment > 0)
        value = (value + 0x100) << (segment - 1);
    return (int16_t)(code & SIGN ? value : -value);
}

int16_t oc_g711_ulaw(uint8_t byte) {
    unsigned code = (uint8_t)~byte;
    int value = ((int)((code & MANTISSA) << 3) + ULAW_BIAS) << SEGMENT(code);
    value -= ULAW_BIAS;
    return (int16_t)(code & SIGN ? -value : value);
}
