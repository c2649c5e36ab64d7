/* oc_hex - bytes of test vectors written as hexadecimal text; spaces are skipped. */
#ifndef OC_HEX_H
#define OC_HEX_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of the text into out, which is large enough; their number. */
static inline size_t oc_hex(const char *text, uint8_t *out) {
    size_t digits = 0;
    for (; *text; text++) {
        if (*text == ' ')
            continue;
        unsigned value = (unsigned)(*text <= '9' ? *text - '0' : (*text | 0x20) - 'a' + 10);
        out[digits / 2] = (uint8_t)(digits % 2 ? out[digits / 2] << 4 | value : value);
        digits++;
    }
    return digits / 2;
}

#endif
