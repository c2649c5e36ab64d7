#include "flat_jpeg.h"

#include <string.h>

/* Codes of DC sizes 0 to 11 are 4 bits long each, the end of a block is the AC code 0 (ITU-T T.81
 * annexes B, C and F). */
typedef struct bits {
    uint8_t *at;
    uint32_t kept;
    unsigned count;
} bits_t;

static void put(bits_t *b, uint32_t value, unsigned count) {
    b->kept = b->kept << count | (value & ((1u << count) - 1));
    b->count += count;
    while (b->count >= 8) {
        uint8_t byte = (uint8_t)(b->kept >> (b->count - 8));
        *b->at++ = byte;
        if (byte == 0xFF)
            *b->at++ = 0;
        b->count -= 8;
    }
}

static void put_dc(bits_t *b, int difference) {
    unsigned magnitude = (unsigned)(difference < 0 ? -difference : difference), size = 0;
    while (magnitude >> size)
        size++;
    put(b, size, 4);
    if (size)
        put(b, (uint32_t)(difference < 0 ? difference - 1 : difference), size);
    put(b, 0, 1);
}

static void segment(uint8_t **at, uint8_t marker, const void *body, size_t len) {
    uint8_t head[4] = {0xFF, marker, (uint8_t)((len + 2) >> 8), (uint8_t)(len + 2)};
    memcpy(*at, head, 4);
    memcpy(*at + 4, body, len);
    *at += 4 + len;
}

size_t flat_jpeg(const uint8_t *grey, unsigned width, unsigned height, uint8_t *out) {
    uint8_t *at = out, quantizers[65], frame[9] = {8, (uint8_t)(height >> 8), (uint8_t)height,
                                                   (uint8_t)(width >> 8), (uint8_t)width, 1, 1,
                                                   0x11, 0};
    uint8_t dc[17 + 12] = {0}, ac[17 + 1] = {0};
    static const uint8_t scan[] = {1, 1, 0, 0, 63, 0};
    memset(quantizers, 8, sizeof quantizers); /* a DC of 1 is a grey of 1 */
    quantizers[0] = 0;
    dc[4] = 12; /* codes of 4 bits */
    for (unsigned i = 0; i < 12; i++)
        dc[17 + i] = (uint8_t)i;
    ac[0] = 0x10;
    ac[1] = 1; /* one code of 1 bit: the end of the block */
    *at++ = 0xFF;
    *at++ = 0xD8;
    segment(&at, 0xDB, quantizers, sizeof quantizers);
    segment(&at, 0xC0, frame, sizeof frame);
    segment(&at, 0xC4, dc, sizeof dc);
    segment(&at, 0xC4, ac, sizeof ac);
    segment(&at, 0xDA, scan, sizeof scan);
    bits_t bits = {.at = at};
    int before = 0;
    for (unsigned i = 0; i < width / 8 * (height / 8); i++) {
        put_dc(&bits, grey[i] - 128 - before);
        before = grey[i] - 128;
    }
    put(&bits, 0x7F, 7);
    *bits.at++ = 0xFF;
    *bits.at++ = 0xD9;
    return (size_t)(bits.at - out);
}
