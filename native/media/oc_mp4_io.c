#include "oc_mp4_io.h"
#include "oc_err.h"

int oc_mp4_io_lend(const oc_mp4_source_t *source, oc_mp4_window_t *w, uint64_t offset, uint32_t n,
                   oc_span_t *out) {
    if (offset > source->size || n > source->size - offset || n > OC_MP4_WINDOW)
        return OC_ERR_TRUNC;
    if (offset < w->start || offset - w->start > w->len || n > w->len - (offset - w->start)) {
        uint64_t left = source->size - offset;
        uint32_t len = left < OC_MP4_WINDOW ? (uint32_t)left : OC_MP4_WINDOW;
        w->len = 0; /* nothing is in it when the read fails */
        int rc = source->read_at(source->context, offset, w->bytes, len);
        if (rc)
            return rc == OC_ERR_TRUNC ? OC_ERR_TRUNC : OC_ERR_IO;
        w->start = offset;
        w->len = len;
    }
    *out = oc_span(w->bytes + (offset - w->start), n);
    return OC_OK;
}

int oc_mp4_io_box(const oc_mp4_source_t *source, oc_mp4_window_t *window, uint64_t at,
                  uint64_t limit, oc_mp4_box_t *box) {
    oc_span_t head;
    if (at >= limit)
        return OC_END;
    if (limit - at < 8)
        return OC_ERR_TRUNC;
    int rc = oc_mp4_io_lend(source, window, at, 8, &head);
    if (rc)
        return rc;
    oc_rd_t r = oc_rd(head);
    uint64_t size = oc_rd_u32(&r), head_bytes = 8;
    box->type = oc_rd_u32(&r);
    if (size == 1) {
        if (limit - at < 16)
            return OC_ERR_TRUNC;
        rc = oc_mp4_io_lend(source, window, at, 16, &head);
        if (rc)
            return rc;
        r = oc_rd(oc_span_sub(head, 8, 8));
        size = oc_rd_u64(&r);
        head_bytes = 16;
    } else if (size == 0) {
        size = limit - at; /* to the end of what holds it */
    }
    if (size < head_bytes)
        return OC_ERR_FORMAT;
    if (size > limit - at)
        return OC_ERR_TRUNC;
    box->at = at;
    box->body = at + head_bytes;
    box->end = at + size;
    return OC_OK;
}

int oc_mp4_io_table(const oc_mp4_box_t *box, uint64_t at, uint32_t count, uint32_t entry_bytes,
                    oc_mp4_table_t *out) {
    if (at > box->end || count > (box->end - at) / entry_bytes)
        return OC_ERR_FORMAT;
    *out = (oc_mp4_table_t){at, count};
    return OC_OK;
}
