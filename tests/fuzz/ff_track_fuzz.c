/* Streams of FFmpeg's into our payloads: byte 0 codec, byte 1 length of the configuration, the rest
 * two packets. A payload stays in its room, the same packet gives the same twice. */
#include <stdlib.h>

#include "oc_ff_track.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void convert(oc_ff_track_t *t, oc_span_t packet) {
    uint32_t room = oc_ff_track_bound(t, packet.len), once = 0, twice = 0;
    uint8_t *out = malloc(room ? room : 1), *again = malloc(room ? room : 1);
    oc_ff_track_key(t, packet, false);
    int len = oc_ff_track_convert(t, packet, out, room, &once);
    if (len > (int)room || (len > 0 && t->known && !t->track.timescale))
        abort();
    bool same = t->notified;
    if (same && oc_ff_track_convert(t, packet, again, room, &twice) != len)
        abort();
    if (same && len > 0 && (memcmp(out, again, (size_t)len) || once != twice))
        abort();
    t->notified = true;
    free(out);
    free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const codecs[] = {"h264", "hevc",     "mjpeg",     "aac",
                                         "opus", "pcm_alaw", "pcm_mulaw", "vp9"};
    oc_ff_track_t t;
    if (size < 2)
        return 0;
    oc_span_t all = oc_span(data + 2, size - 2), extra = oc_span_sub(all, 0, data[1]);
    oc_ff_stream_t stream = {codecs[data[0] & 7], extra, 1, 90000, 640, 360, 48000, 2, 0};
    if (oc_ff_track_init(&t, &stream) != 0)
        return 0;
    size_t left = all.len - extra.len, half = left / 2;
    if (half == 0)
        return 0;
    convert(&t, oc_span(all.data + extra.len, half));
    convert(&t, oc_span(all.data + extra.len + half, left - half));
    return 0;
}
