#include "oc_nal.h"
#include "oc_err.h"

/* The offset of the next 00 00 01 at or after `from`, or len. */
static size_t start_code(oc_span_t s, size_t from) {
    const uint8_t *d = s.data;
    for (size_t i = from; i + 3 <= s.len;) {
        if (d[i + 2] > 1)
            i += 3;
        else if (d[i + 2] == 1 && !d[i] && !d[i + 1])
            return i;
        else
            i++;
    }
    return s.len;
}

static int next_annexb(oc_span_t s, size_t *offset, oc_span_t *nal) {
    while (*offset < s.len) {
        size_t code = start_code(s, *offset), begin, end;
        if (code == s.len) {
            for (size_t i = *offset; i < s.len; i++) {
                if (s.data[i])
                    return OC_ERR_FORMAT; /* bytes before the first start code */
            }
            break;
        }
        begin = code + 3;
        *offset = end = start_code(s, begin);
        while (end > begin && !s.data[end - 1]) /* trailing_zero_8bits and long start codes */
            end--;
        if (end > begin) {
            *nal = oc_span_sub(s, begin, end - begin);
            return OC_OK;
        }
    }
    *offset = s.len;
    return OC_END;
}

int oc_nal_next(oc_span_t unit, bool annexb, size_t *offset, oc_span_t *nal) {
    if (annexb)
        return next_annexb(unit, offset, nal);
    while (*offset < unit.len) {
        oc_rd_t r = oc_rd(oc_span_sub(unit, *offset, unit.len - *offset));
        uint32_t len = oc_rd_u32(&r);
        *nal = oc_rd_span(&r, len);
        if (r.bad)
            return OC_ERR_TRUNC;
        *offset += 4 + (size_t)len;
        if (len)
            return OC_OK;
    }
    return OC_END;
}

bool oc_nal_fills(const uint8_t *unit, size_t bytes) {
    size_t offset = 0;
    oc_span_t nal;
    int rc;
    do
        rc = oc_nal_next(oc_span(unit, bytes), false, &offset, &nal);
    while (rc == OC_OK);
    return rc == OC_END;
}

int oc_nal_put(oc_span_t nal, uint8_t *out, size_t out_size, size_t *used) {
    if (*used > out_size || out_size - *used < 4 || out_size - *used - 4 < nal.len)
        return OC_ERR_NOMEM;
    oc_wr_t w = oc_wr(out + *used, out_size - *used);
    oc_wr_u32(&w, (uint32_t)nal.len);
    oc_wr_bytes(&w, nal.data, nal.len);
    *used += oc_wr_len(&w);
    return OC_OK;
}
