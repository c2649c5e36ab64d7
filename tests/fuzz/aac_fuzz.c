/* oc_aac on any bytes: as an AudioSpecificConfig and as ADTS frames; what was understood survives
 * being written and read again. */
#include <stdlib.h>
#include "oc_aac.h"
#include "oc_err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    oc_span_t input = oc_span(data, size);
    oc_aac_config_t config, again;
    oc_aac_adts_t adts;
    if (oc_aac_parse_config(input, &config) == OC_OK && !config.sample_rate)
        abort();
    while (oc_aac_parse_adts(input, &adts) == OC_OK) {
        oc_track_t track = {.codec = OC_CODEC_NONE};
        if (!adts.payload.len || adts.payload.data + adts.payload.len > data + size)
            abort();
        oc_aac_track(&adts.config, &track);
        if (oc_aac_parse_config(oc_span(track.config, track.config_len), &again) ||
            again.sample_rate != adts.config.sample_rate || again.channels != adts.config.channels)
            abort();
        input = oc_span_sub(input, adts.frame_bytes, input.len - adts.frame_bytes);
    }
    return 0;
}
