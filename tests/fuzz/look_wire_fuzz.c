/* What the two sides of a view send each other, as a hostile other side writes it: nothing that is
 * taken leads outside of the view's memory (oc_look_wire.h). */
#include <stdlib.h>
#include <string.h>

#include "oc_err.h"
#include "oc_look_wire.h"

typedef struct input {
    oc_look_request_t request;
    oc_look_answer_t answer;
} input_t;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t oc_fuzz_seed(unsigned index, uint8_t *out, size_t size);

size_t oc_fuzz_seed(unsigned index, uint8_t *out, size_t size) {
    input_t in = {.request = {.codec = OC_CODEC_H264,
                              .wants = (uint32_t)(index % 4),
                              .config_bytes = 40,
                              .bytes = 1000,
                              .rate = 48000,
                              .channels = 2,
                              .width = 96,
                              .height = 54}};
    static const uint32_t bytes[] = {0, 96 * 54, 2000, 2048};
    if (index >= 8 || size < sizeof in)
        return 0;
    in.answer = (oc_look_answer_t){.result = OC_OK, .bytes = bytes[index % 4], .rate = 48000};
    if (index >= 4)
        in.answer = (oc_look_answer_t){.result = OC_ERR_FORMAT};
    memcpy(out, &in, sizeof in);
    return sizeof in;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    input_t in = {0};
    memcpy(&in, data, size < sizeof in ? size : sizeof in);
    const oc_look_request_t *r = &in.request;
    const oc_look_answer_t *a = &in.answer;
    if (!oc_look_request_fits(r))
        return 0;
    if ((uint64_t)r->config_bytes + r->bytes > OC_LOOK_IN || r->config_bytes > OC_TRACK_CONFIG_MAX)
        abort();
    if (r->wants == OC_LOOK_GREY && (uint64_t)r->width * r->height > OC_LOOK_OUT)
        abort();
    if (!oc_look_answer_fits(r, a))
        return 0;
    if (a->bytes > OC_LOOK_OUT || (a->result != OC_OK && a->bytes > 0))
        abort();
    if (r->wants == OC_LOOK_GREY && a->result == OC_OK &&
        a->bytes != (uint32_t)r->width * r->height)
        abort();
    if (r->wants == OC_LOOK_SOUND && a->bytes > 0 && (a->bytes % 2 || a->rate < 4000))
        abort();
    return 0;
}
