/* The decoder of one view on any packets: answers that fit, no access outside. An input is codec,
 * what is wanted, the configuration (length in two bytes), packets (the same). tests/hosts reads
 * the seeds, too. */
#include <libavutil/log.h>
#include <stdlib.h>
#include <string.h>

#include "oc_err.h"
#include "oc_ff_view.h"

#define PACKETS 4
#define WIDTH   48
#define HIGH    27

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t take(const uint8_t *data, size_t size, size_t *at, uint8_t *out, size_t room) {
    size_t len = size - *at >= 2 ? (size_t)data[*at] << 8 | data[*at + 1] : 0;
    *at = size - *at >= 2 ? *at + 2 : size;
    len = len > size - *at ? size - *at : len;
    size_t kept = len > room ? room : len;
    memcpy(out, data + *at, kept);
    *at += len;
    return kept;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static uint8_t *memory;
    size_t at = 2;
    if (!memory)
        memory = calloc(1, OC_LOOK_BYTES);
    oc_ff_view_t *view = memory && size > at ? oc_ff_view_open(memory) : NULL;
    if (!view)
        return 0;
    av_log_set_level(AV_LOG_QUIET);
    oc_look_request_t r = {.codec = data[0] % 9,
                           .wants = data[1] % 5,
                           .fresh = 1,
                           .rate = 16000,
                           .channels = 1,
                           .width = WIDTH,
                           .height = HIGH};
    r.config_bytes = (uint32_t)take(data, size, &at, memory, OC_TRACK_CONFIG_MAX);
    uint8_t config[OC_TRACK_CONFIG_MAX];
    memcpy(config, memory, r.config_bytes);
    for (unsigned i = 0; i < PACKETS && at < size; i++) {
        oc_look_answer_t answer;
        memcpy(memory, config, r.config_bytes);
        r.bytes = (uint32_t)take(data, size, &at, memory + r.config_bytes, OC_LOOK_IN / 2);
        oc_ff_view_serve(view, &r, &answer);
        if (!oc_look_answer_fits(&r, &answer))
            abort();
        r.fresh = 0;
    }
    oc_ff_view_close(view);
    return 0;
}
