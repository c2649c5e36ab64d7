/* oc_h265 on any bytes: as an SPS, as hvcC. */
#include <stdlib.h>
#include "oc_err.h"
#include "oc_h265.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    oc_span_t input = oc_span(data, size);
    oc_h265_sps_t parsed;
    oc_track_t track = {.codec = OC_CODEC_NONE};
    uint8_t config[OC_TRACK_CONFIG_MAX];
    static const uint8_t any_vps[] = {0x40, 1}, any_pps[] = {0x44, 1};
    if (oc_h265_parse_sps(input, &parsed) == OC_OK && (!parsed.width || !parsed.height))
        abort();
    (void)oc_h265_track(oc_span(any_vps, 2), input, oc_span(any_pps, 2), &track);
    if (oc_h265_trim_config(input, config, sizeof config) > (int)sizeof config)
        abort();
    return 0;
}
