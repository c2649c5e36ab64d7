/* Any messages of a talker at any times: blocks keep coming, one each 20 ms, and nothing else does.
 * Bytes: length, milliseconds until the next message, the message. [B9] */
#include <stdlib.h>
#include <string.h>

#include "oc_err.h"
#include "oc_talk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t oc_fuzz_seed(unsigned index, uint8_t *out, size_t size);

#define MS 1000

static unsigned samples;

static int open_fake(void *context, oc_span_t output, uint32_t rate, const char **why) {
    return OC_OK;
}

static void write_fake(void *context, const int16_t *block, unsigned count) {
    static int16_t copy[OC_TALK_BLOCK];
    if (count != OC_TALK_BLOCK)
        abort();
    memcpy(copy, block, sizeof copy);
    samples += count;
}

static int state_fake(void *context, const char **why) {
    return OC_OK;
}

static void close_fake(void *context) {
}

static const oc_speaker_t fake = {open_fake, write_fake, state_fake, close_fake, NULL};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static oc_talk_t talk;
    const char *why;
    int64_t now = 0;
    oc_talk_init(&talk, &fake);
    samples = 0;
    if (oc_talk_begin(&talk, size & 1, 100, oc_span("auto", 4), 0, &why) != OC_OK)
        abort();
    while (size >= 2) {
        size_t len = data[0] * 2u < size - 2 ? data[0] * 2u : size - 2;
        int64_t until = now + data[1] * MS;
        int rc = oc_talk_message(&talk, oc_span(data + 2, len), now, &why);
        if (rc != OC_OK && rc != OC_END && rc != OC_ERR_TRUNC && rc != OC_ERR_TOO_BIG)
            abort();
        data += 2 + len;
        size -= 2 + len;
        for (; now <= until; now += 20 * MS)
            if (oc_talk_advance(&talk, now, &why) < 0) {
                oc_talk_end(&talk);
                return 0;
            }
        if (samples > (unsigned)(now / (20 * MS) + 2) * OC_TALK_BLOCK)
            abort();
    }
    oc_talk_end(&talk);
    return 0;
}

size_t oc_fuzz_seed(unsigned index, uint8_t *out, size_t size) {
    static const unsigned order[] = {0, 1, 3, 2, 2, 65000, 5, 60, 61, 62};
    size_t at = 0;
    if (index > 0)
        return 0;
    for (unsigned i = 0; i < sizeof order / sizeof order[0] && at + 88 <= size; i++, at += 88) {
        memset(out + at, (int)(i * 25), 88);
        out[at] = 43; /* 86 bytes: 80 samples */
        out[at + 1] = 20;
        out[at + 2] = (uint8_t)(order[i] >> 8);
        out[at + 3] = (uint8_t)order[i];
        out[at + 4] = out[at + 5] = 0;
        out[at + 6] = (uint8_t)(order[i] * 80 >> 8);
        out[at + 7] = (uint8_t)(order[i] * 80);
    }
    return at;
}
