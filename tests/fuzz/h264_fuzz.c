/* oc_h264 on any bytes: as an SPS, as an access unit of both kinds. */
#include <stdlib.h>
#include "oc_err.h"
#include "oc_h264.h"
#include "oc_nal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    oc_span_t input = oc_span(data, size), nal;
    oc_h264_sps_t parsed;
    oc_track_t track = {.codec = OC_CODEC_NONE};
    static const uint8_t any_pps[] = {0x68, 0xef};
    if (oc_h264_parse_sps(input, &parsed) == OC_OK && (!parsed.width || !parsed.height))
        abort();
    (void)oc_h264_track(input, oc_span(any_pps, sizeof any_pps), &track);
    for (int annexb = 0; annexb < 2; annexb++) {
        size_t offset = 0;
        while (oc_nal_next(input, annexb, &offset, &nal) == OC_OK) {
            if (!nal.len || nal.data < data || nal.data + nal.len > data + size)
                abort();
        }
    }
    return 0;
}
