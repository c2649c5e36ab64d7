/* Growing bytes, files, and the way out on error. */
#include "xsb.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Noreturn void xsb_fail(const char *format, ...) {
    va_list list;
    va_start(list, format);
    fputs("xsb: ", stderr);
    vfprintf(stderr, format, list);
    fputc('\n', stderr);
    va_end(list);
    exit(1);
}

void xsb_buffer_put(xsb_buffer_t *buffer, const void *data, size_t size) {
    if (size > buffer->room - buffer->size) {
        buffer->room = (buffer->size + size) * 2 + 64;
        buffer->data = realloc(buffer->data, buffer->room);
        if (!buffer->data)
            xsb_fail("out of memory");
    }
    if (size)
        memcpy(buffer->data + buffer->size, data, size);
    buffer->size += size;
}

void xsb_buffer_put8(xsb_buffer_t *buffer, unsigned value) {
    uint8_t byte = (uint8_t)value;
    xsb_buffer_put(buffer, &byte, 1);
}

void xsb_buffer_put16le(xsb_buffer_t *buffer, unsigned value) {
    uint8_t bytes[2] = {value & 255, (value >> 8) & 255};
    xsb_buffer_put(buffer, bytes, sizeof bytes);
}

void xsb_buffer_put32be(xsb_buffer_t *buffer, uint32_t value) {
    uint8_t bytes[4] = {value >> 24, (value >> 16) & 255, (value >> 8) & 255, value & 255};
    xsb_buffer_put(buffer, bytes, sizeof bytes);
}

void xsb_buffer_puts(xsb_buffer_t *buffer, const char *text) {
    xsb_buffer_put(buffer, text, strlen(text) + 1);
}

void xsb_buffer_put_atom(xsb_buffer_t *buffer, const char type[4], const xsb_buffer_t *payload) {
    if (payload->size > UINT32_MAX - 8)
        xsb_fail("archive too large");
    xsb_buffer_put32be(buffer, (uint32_t)payload->size + 8);
    xsb_buffer_put(buffer, type, 4);
    xsb_buffer_put(buffer, payload->data, payload->size);
}

void xsb_buffer_read_file(xsb_buffer_t *buffer, const char *path) {
    char block[16384];
    size_t count;
    FILE *file = fopen(path, "rb");
    if (!file)
        xsb_fail("%s: %s", path, strerror(errno));
    while ((count = fread(block, 1, sizeof block, file)) > 0)
        xsb_buffer_put(buffer, block, count);
    if (ferror(file))
        xsb_fail("%s: %s", path, strerror(errno));
    fclose(file);
}

void xsb_buffer_write_file(const xsb_buffer_t *buffer, const char *path) {
    FILE *file = fopen(path, "wb");
    if (!file)
        xsb_fail("%s: %s", path, strerror(errno));
    bool written = !buffer->size || fwrite(buffer->data, buffer->size, 1, file) == 1;
    if (fclose(file) != 0 || !written)
        xsb_fail("%s: %s", path, strerror(errno));
}
