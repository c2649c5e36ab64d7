/* oc_jpeg - size and wholeness of a JPEG image. Parse only. Rec. ITU-T T.81 Annex B. */
#ifndef OC_JPEG_H
#define OC_JPEG_H

#include "oc_packet.h"
#include "oc_span.h"

typedef struct oc_jpeg {
    uint16_t width, height;
    uint8_t components; /* 1 grey, 3 colour */
    bool progressive;
    uint32_t len_bytes; /* SOI .. EOI; bytes behind it (padding of some sensors) do not count */
} oc_jpeg_t;

/* Reads the headers and walks the scans to the EOI; what sensors leave behind it (zeros, the rest
 * of an older image) is not looked at. OC_OK | OC_ERR_FORMAT no SOI, a broken segment, no size, no
 * scan | OC_ERR_TRUNC no EOI: the image is not whole. */
int oc_jpeg_parse(oc_span_t image, oc_jpeg_t *out);

/* Fills a track (codec, size, no config); timescale is left alone. */
void oc_jpeg_track(const oc_jpeg_t *jpeg, oc_track_t *track);

#endif
