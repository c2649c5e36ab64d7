#include "oc_cesu8.h"

#define REPLACEMENT 0xFFFDu

/* How the engine was compiled: 0 where its strings are UTF-8 (the Moddable SDK). */
#ifndef mxCESU8
#define mxCESU8 0
#endif

/* Appends to out when there is one; counts in any case. */
typedef struct {
    uint8_t *out;
    size_t size;
} writer_t;

static void put(writer_t *writer, uint32_t byte) {
    if (writer->out)
        writer->out[writer->size] = (uint8_t)byte;
    writer->size++;
}

/* One, two or three bytes; surrogates too. */
static void put_unit(writer_t *writer, uint32_t unit) {
    if (unit < 0x80) {
        put(writer, unit);
    } else if (unit < 0x800) {
        put(writer, 0xC0 | unit >> 6);
        put(writer, 0x80 | (unit & 0x3F));
    } else {
        put(writer, 0xE0 | unit >> 12);
        put(writer, 0x80 | (unit >> 6 & 0x3F));
        put(writer, 0x80 | (unit & 0x3F));
    }
}

static void put_utf8(writer_t *writer, uint32_t character) {
    if (character < 0x10000) {
        put_unit(writer, character);
        return;
    }
    put(writer, 0xF0 | character >> 18);
    put(writer, 0x80 | (character >> 12 & 0x3F));
    put(writer, 0x80 | (character >> 6 & 0x3F));
    put(writer, 0x80 | (character & 0x3F));
}

static void put_own(writer_t *writer, uint32_t character) {
    if (character == 0) {
        put(writer, 0xC0);
        put(writer, 0x80);
    } else if (character < 0x10000) {
        put_unit(writer, character);
#if !mxCESU8
    } else {
        put_utf8(writer, character);
#else
    } else {
        character -= 0x10000;
        put_unit(writer, 0xD800 | character >> 10);
        put_unit(writer, 0xDC00 | (character & 0x3FF));
#endif
    }
}

/* The engine's own strings are well-formed: every lead byte has its continuations. */
static uint32_t next_unit(const uint8_t **at) {
    const uint8_t *p = *at;
    if (p[0] < 0xC0) {
        *at = p + 1;
        return p[0];
    }
    if (p[0] < 0xE0) {
        *at = p + 2;
        return (p[0] & 0x1Fu) << 6 | (p[1] & 0x3Fu);
    }
    if (p[0] < 0xF0) {
        *at = p + 3;
        return (p[0] & 0x0Fu) << 12 | (p[1] & 0x3Fu) << 6 | (p[2] & 0x3Fu);
    }
    *at = p + 4;
    return (p[0] & 0x07u) << 18 | (p[1] & 0x3Fu) << 12 | (p[2] & 0x3Fu) << 6 | (p[3] & 0x3Fu);
}

size_t oc_cesu8_to_utf8(uint8_t *out, const char *text) {
    const uint8_t *at = (const uint8_t *)text;
    writer_t writer = {out, 0};
    while (*at) {
        uint32_t unit = next_unit(&at);
        if ((unit & 0xFFFFFC00u) == 0xD800 && at[0] == 0xED && at[1] >= 0xB0)
            unit = 0x10000 + ((unit & 0x3FF) << 10) + (next_unit(&at) & 0x3FF);
        put_utf8(&writer, (unit & 0xFFFFF800u) == 0xD800 ? REPLACEMENT : unit);
    }
    return writer.size;
}

/* The shape of a sequence by its lead byte (Unicode, table 3-7). */
static unsigned shape(uint8_t lead, uint8_t *low, uint8_t *high) {
    *low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    *high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (lead < 0x80)
        return 1;
    if (lead < 0xC2 || lead > 0xF4)
        return 0;
    return lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

/* Length of the valid part at `bytes`: *whole when it is a character. At least 1. */
static size_t sequence(const uint8_t *bytes, size_t size, bool *whole) {
    uint8_t low, high;
    unsigned expected = shape(bytes[0], &low, &high);
    size_t length = 1;
    for (; length < expected && length < size; length++) {
        if (bytes[length] < low || bytes[length] > high)
            break;
        low = 0x80;
        high = 0xBF;
    }
    *whole = length == expected;
    return length;
}

size_t oc_cesu8_from_utf8(char *out, const uint8_t *bytes, size_t size, bool *malformed) {
    static const uint8_t lead_mask[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    writer_t writer = {(uint8_t *)out, 0};
    *malformed = false;
    for (size_t at = 0; at < size;) {
        bool whole;
        size_t length = sequence(bytes + at, size - at, &whole);
        uint32_t character = bytes[at] & lead_mask[length];
        for (size_t i = 1; i < length; i++)
            character = character << 6 | (bytes[at + i] & 0x3Fu);
        put_own(&writer, whole ? character : REPLACEMENT);
        *malformed |= !whole;
        at += length;
    }
    return writer.size;
}

size_t oc_cesu8_tail(const uint8_t *bytes, size_t size) {
    for (size_t back = 1; back <= 3 && back <= size; back++) {
        uint8_t low, high, lead = bytes[size - back];
        bool whole;
        if ((lead & 0xC0) == 0x80)
            continue;
        unsigned expected = shape(lead, &low, &high);
        return expected > back && sequence(bytes + size - back, back, &whole) == back ? back : 0;
    }
    return 0;
}
