#include "oc_base64.h"
#include "oc_err.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static int value_of(uint8_t c) {
    const char *at = c ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) : -1;
}

int oc_base64_read(oc_span_t text, uint8_t *out, size_t size) {
    size_t left = text.len, len = 0;
    uint32_t bits = 0;
    unsigned held = 0;
    if (text.len % 4)
        return OC_ERR_FORMAT;
    for (unsigned pad = 0; pad < 2 && left && text.data[left - 1] == '='; pad++)
        left--;
    for (size_t i = 0; i < left; i++) {
        int value = value_of(text.data[i]);
        if (value < 0)
            return OC_ERR_FORMAT;
        bits = bits << 6 | (uint32_t)value;
        held += 6;
        if (held < 8)
            continue;
        held -= 8;
        if (len == size)
            return OC_ERR_TOO_BIG;
        out[len++] = (uint8_t)(bits >> held);
    }
    return bits & ((1u << held) - 1) ? OC_ERR_FORMAT : (int)len;
}

void oc_base64_write(oc_wr_t *w, oc_span_t bytes) {
    for (size_t i = 0; i < bytes.len; i += 3) {
        size_t n = bytes.len - i < 3 ? bytes.len - i : 3;
        uint32_t bits = (uint32_t)bytes.data[i] << 16;
        if (n > 1)
            bits |= (uint32_t)bytes.data[i + 1] << 8;
        if (n > 2)
            bits |= bytes.data[i + 2];
        for (unsigned k = 0; k < 4; k++)
            oc_wr_u8(w, k <= n ? (uint8_t)digits[bits >> (18 - 6 * k) & 63] : '=');
    }
}
