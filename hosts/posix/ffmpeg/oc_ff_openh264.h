/* oc_ff_openh264 - Cisco's OpenH264 encoder, opened by dlopen when it is wanted: for an FFmpeg
 * without an H.264 encoder, or where no GPL part shall encode. Constrained baseline, one picture
 * in, one out. Capture thread only. */
#ifndef OC_FF_OPENH264_H
#define OC_FF_OPENH264_H

#include "oc_ff.h"
#include "oc_span.h"

typedef struct oc_ff_openh264 oc_ff_openh264_t; /* opaque */

/* milli: pictures per 1000 s. NULL: not there, or not for this size; why. */
oc_ff_openh264_t *oc_ff_openh264_open(int width, int height, uint32_t milli, uint32_t bps,
                                      char *why, size_t size);
/* SPS and PPS with start codes; borrowed until close. */
oc_span_t oc_ff_openh264_sets(const oc_ff_openh264_t *e);
/* OC_OK: packet is owned by caller, dts = pts = frame->pts | OC_AGAIN the encoder left it out |
 * OC_ERR_*. */
int oc_ff_openh264_encode(oc_ff_openh264_t *e, const AVFrame *frame, bool key, AVPacket *packet);
/* OC_OK | OC_ERR_NOTSUP. */
int oc_ff_openh264_bitrate(oc_ff_openh264_t *e, uint32_t bps);
/* Opens its library now, where that cannot be done later. */
void oc_ff_openh264_load(void);
/* NULL is fine. */
void oc_ff_openh264_close(oc_ff_openh264_t *e);

#endif
