/* oc_h264 on any bytes: as an SPS, as an access unit of both kinds. */
#include <stdlib.h>
#include "oc_err.h"
#include "oc_h264.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    oc_span_t input = oc_span(data, size), sps, pps, nal;
    oc_h264_sps_t parsed;
    oc_track_t track = {.codec = OC_CODEC_NONE};
    uint8_t *out = malloc(size + 4);
    static const uint8_t any_pps[] = {0x68, 0xef};
    if (!out)
        return 0;
    if (oc_h264_parse_sps(input, &parsed) == OC_OK && (!parsed.width || !parsed.height))
        abort();
    (void)oc_h264_track(input, oc_span(any_pps, sizeof any_pps), &track);
    (void)oc_h264_is_key(input);
    for (int annexb = 0; annexb < 2; annexb++) {
        size_t offset = 0;
        while (oc_h264_next_nal(input, annexb, &offset, &nal) == OC_OK) {
            if (!nal.len || nal.data < data || nal.data + nal.len > data + size)
                abort();
        }
    }
    int len = oc_h264_from_annexb(input, out, size + 4, &sps, &pps);
    if (len > (int)size + 4)
        abort();
    if (sps.len && oc_h264_track(sps, pps, &track) == OC_OK && track.config_len < 7)
        abort();
    free(out);
    return 0;
}
