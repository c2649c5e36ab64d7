/* flat_jpeg - a baseline JPEG of one component whose 8x8 blocks have one grey each, for tests of
 * what reads blocks. */
#ifndef FLAT_JPEG_H
#define FLAT_JPEG_H

#include <stddef.h>
#include <stdint.h>

/* grey: one byte for each block, row by row. width, height: pixels, multiples of 8. out: 1 KB and 4
 * bytes for each block suffice. Returns the bytes. */
size_t flat_jpeg(const uint8_t *grey, unsigned width, unsigned height, uint8_t *out);

#endif
