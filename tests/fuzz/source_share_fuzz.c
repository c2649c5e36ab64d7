/* The memory of a source as a hostile helper leaves it: what is read lies inside, and is what the
 * rest of the program expects; an open's answer too. */
#include <stdlib.h>
#include <string.h>

#include "oc_err.h"
#include "oc_source_share.h"

#define ITEMS   8  /* of the queue that the input fills */
#define PAYLOAD 64 /* bytes of payload room */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t oc_fuzz_seed(unsigned index, uint8_t *out, size_t size);

typedef struct input {
    uint32_t pushed;
    oc_source_item_t item[ITEMS];
    oc_track_t track[OC_HANDOFF_TRACKS];
    uint8_t payload[PAYLOAD];
} input_t;

size_t oc_fuzz_seed(unsigned index, uint8_t *out, size_t size) {
    input_t in = {.pushed = 4};
    if (index > 0 || size < sizeof in)
        return 0;
    in.item[0] = (oc_source_item_t){.kind = OC_HANDOFF_TRACK};
    in.item[1] = (oc_source_item_t){.kind = OC_HANDOFF_PACKET, .len_bytes = 9, .key = 1};
    in.item[2] = (oc_source_item_t){.kind = OC_HANDOFF_PACKET, .at = 3, .len_bytes = 40};
    in.item[3] = (oc_source_item_t){.kind = OC_HANDOFF_LOST, .code = OC_ERR_IO};
    in.track[0] = (oc_track_t){.codec = OC_CODEC_H264, .timescale = 90000, .config_len = 40};
    memcpy(in.payload, "\0\0\0\5\x65\1\2\3\4", 9);
    memcpy(out, &in, sizeof in);
    return sizeof in;
}

static void check(const oc_source_share_t *share, const oc_source_found_t *f) {
    const uint8_t *room = (const uint8_t *)share + OC_SOURCE_PAYLOAD;
    switch (f->kind) {
    case OC_HANDOFF_PACKET:
        if (f->packet.track >= OC_TRACKS_MAX || f->packet.len_bytes == 0 || f->packet.data < room ||
            f->packet.len_bytes > OC_SOURCE_BUFFER ||
            f->packet.data > room + OC_SOURCE_BUFFER - f->packet.len_bytes ||
            f->packet.capture_us > 1000)
            abort();
        break;
    case OC_HANDOFF_TRACK:
        if (f->packet.track >= OC_TRACKS_MAX || f->track.config_len > OC_TRACK_CONFIG_MAX)
            if (f->track.codec != OC_CODEC_NONE)
                abort();
        break;
    case OC_HANDOFF_LOST:
        if (f->code >= 0)
            abort();
        break;
    default:
        if (f->kind != OC_HANDOFF_ENDED)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static oc_source_share_t *share;
    oc_source_reader_t reader;
    oc_source_found_t found;
    input_t in = {0};
    oc_capture_config_t config;
    if (!share)
        share = calloc(1, OC_SOURCE_BYTES);
    if (!share)
        return 0;
    memcpy(&in, data, size < sizeof in ? size : sizeof in);
    atomic_store(&share->pushed, in.pushed);
    memcpy(share->item, in.item, sizeof in.item);
    memcpy(share->track, in.track, sizeof in.track);
    memcpy((uint8_t *)share + OC_SOURCE_PAYLOAD, in.payload, sizeof in.payload);
    oc_source_reader_init(&reader, share);
    for (unsigned i = 0; i < ITEMS && oc_source_look(&reader, 1000, &found) == OC_OK; i++) {
        check(share, &found);
        oc_source_take(&reader);
    }
    memset(&config, 0, sizeof config);
    memcpy(&config, data, size < sizeof config ? size : sizeof config);
    if (oc_source_config_check(&config) == OC_OK &&
        (!memchr(config.why, 0, sizeof config.why) || config.packets_per_s > 10000))
        abort();
    return 0;
}
