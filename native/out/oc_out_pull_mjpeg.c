/* Motion JPEG as a multipart body whose parts replace each other (oc_out_pull.h). The delimiter is
 * sent right behind each image: browsers show an image when they have read what ends it. */
#include <stdio.h>

#include "oc_err.h"
#include "oc_out_pull_impl.h"

#define DELIMITER "--" OC_PULL_BOUNDARY "\r\n"
#define US_PER_S  1000000

static bool carries(oc_codec_t codec) {
    return codec == OC_CODEC_MJPEG;
}

static int piece(oc_out_pull_t *pull, oc_fmp4_fragment_t *out) {
    static const char behind[] = "\r\n" DELIMITER;
    const oc_packet_t *packet = &pull->packets[0];
    int64_t us = oc_out_tracks_us(&pull->tracks, packet->track, packet->dts) - pull->base_us;
    if (out->spans_size < 3)
        return OC_ERR_NOMEM;
    int len = snprintf((char *)out->head, out->head_size,
                       "%sContent-Type: image/jpeg\r\nContent-Length: %lu\r\n"
                       "X-Timestamp: %lu.%06lu\r\n\r\n",
                       pull->headed ? "" : DELIMITER, (unsigned long)packet->len_bytes,
                       (unsigned long)(us / US_PER_S), (unsigned long)(us % US_PER_S));
    if (len < 0 || (size_t)len >= out->head_size)
        return OC_ERR_NOMEM;
    out->head_len = (size_t)len;
    out->spans[0] = oc_span(out->head, out->head_len);
    out->spans[1] = oc_span(packet->data, packet->len_bytes);
    out->spans[2] = oc_span((const uint8_t *)behind, sizeof behind - 1);
    out->spans_len = 3;
    out->bytes = out->head_len + packet->len_bytes + sizeof behind - 1;
    return OC_OK;
}

const oc_pull_kind_t oc_out_pull_mjpeg = {
    .ending = "mjpeg",
    .type = "multipart/x-mixed-replace; boundary=" OC_PULL_BOUNDARY,
    .why = "multipart images need a channel of mjpeg; the picture of this one is %s",
    .end = "\r\n--" OC_PULL_BOUNDARY "--\r\n",
    .picture = true,
    .newest = true,
    .redescribes = true,
    .carries = carries,
    .piece = piece};
