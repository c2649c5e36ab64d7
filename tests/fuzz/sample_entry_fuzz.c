/* oc_sample_entry on any bytes; what was understood survives being written and read again. */
#include <stdlib.h>
#include "oc_err.h"
#include "oc_sample_entry.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    oc_track_t track = {.timescale = 90000}, again = {.timescale = 90000};
    uint8_t out[OC_SAMPLE_ENTRY_MAX];
    if (oc_sample_entry_read(oc_span(data, size), &track))
        return 0;
    oc_wr_t w = oc_wr(out, sizeof out);
    oc_sample_entry_write(&w, &track);
    if (w.bad || oc_sample_entry_read(oc_span(out, oc_wr_len(&w)), &again) ||
        again.codec != track.codec || again.config_len != track.config_len ||
        memcmp(again.config, track.config, track.config_len))
        abort();
    return 0;
}
