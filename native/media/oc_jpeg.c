#include "oc_jpeg.h"
#include "oc_err.h"

enum { SOF0 = 0xC0, SOF2 = 0xC2, DHT = 0xC4, JPG = 0xC8, DAC = 0xCC, SOF15 = 0xCF };
enum { RST0 = 0xD0, RST7 = 0xD7, SOI = 0xD8, EOI = 0xD9, SOS = 0xDA, TEM = 0x01 };

static bool is_sof(unsigned marker) {
    return marker >= SOF0 && marker <= SOF15 && marker != DHT && marker != JPG && marker != DAC;
}

/* Frame header, T.81 B.2.2. A height of 0 (given by DNL behind the first scan) is refused: no
 * camera makes it. */
static int parse_sof(oc_span_t segment, unsigned marker, oc_jpeg_t *out) {
    oc_rd_t r = oc_rd(segment);
    oc_rd_skip(&r, 1);
    out->height = oc_rd_u16(&r);
    out->width = oc_rd_u16(&r);
    out->components = oc_rd_u8(&r);
    out->progressive = marker == SOF2;
    return r.bad || !out->height || !out->width || !out->components ? OC_ERR_FORMAT : OC_OK;
}

/* The first EOI behind the scan that starts at `from`. Inside entropy-coded data FF is followed by
 * 00 or RSTn (B.1.1.5), so FF D9 is never data; other segments may lie between scans. */
static size_t find_end(oc_span_t s, size_t from) {
    size_t i = from;
    while (i + 1 < s.len) {
        const uint8_t *ff = memchr(s.data + i, 0xFF, s.len - 1 - i);
        if (!ff)
            return 0;
        i = (size_t)(ff - s.data) + 1;
        unsigned marker = s.data[i];
        if (marker == EOI)
            return i + 1;
        if (!marker || marker == 0xFF || (marker >= RST0 && marker <= RST7) || marker == TEM)
            continue;
        if (i + 3 > s.len) /* a segment between scans: its bytes may look like an EOI */
            return 0;
        i += 1 + (size_t)(s.data[i + 1] << 8 | s.data[i + 2]);
    }
    return 0;
}

int oc_jpeg_parse(oc_span_t image, oc_jpeg_t *out) {
    oc_rd_t r = oc_rd(image);
    memset(out, 0, sizeof *out);
    if (oc_rd_u16(&r) != (0xFF00 | SOI))
        return OC_ERR_FORMAT;
    for (;;) {
        unsigned marker = oc_rd_u8(&r);
        if (marker != 0xFF)
            return r.bad ? OC_ERR_TRUNC : OC_ERR_FORMAT;
        do
            marker = oc_rd_u8(&r);
        while (marker == 0xFF); /* fill bytes, B.1.1.2 */
        if (marker == TEM || (marker >= RST0 && marker <= RST7))
            continue;
        if (r.bad)
            return OC_ERR_TRUNC;
        uint16_t len = oc_rd_u16(&r);
        if (marker == EOI || marker == SOI || !marker || (!r.bad && len < 2))
            return OC_ERR_FORMAT;
        oc_span_t segment = oc_rd_span(&r, r.bad ? 0 : len - 2u);
        if (r.bad)
            return OC_ERR_TRUNC;
        if (is_sof(marker) && parse_sof(segment, marker, out))
            return OC_ERR_FORMAT;
        if (marker == SOS)
            break;
    }
    if (!out->width)
        return OC_ERR_FORMAT;
    size_t end = find_end(image, (size_t)(r.p - image.data));
    if (!end || end > UINT32_MAX)
        return OC_ERR_TRUNC;
    out->len_bytes = (uint32_t)end;
    return OC_OK;
}

void oc_jpeg_track(const oc_jpeg_t *jpeg, oc_track_t *track) {
    track->codec = OC_CODEC_MJPEG;
    track->width = jpeg->width;
    track->height = jpeg->height;
    track->config_len = 0;
}
