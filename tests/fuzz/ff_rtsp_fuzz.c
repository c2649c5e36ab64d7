/* What an RTSP server says, in one piece and in pieces: what is left of it is the same, is part of
 * it, and lacks frames alone. The first two bytes are lengths of the pieces. */
#include <stdlib.h>
#include <string.h>

#include "oc_ff_rtsp.h"

#define SIZE_MAX_IN 200000u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static oc_ff_rtsp_t rtsp;

static size_t pass(const uint8_t *in, size_t len, size_t first, size_t second, uint8_t *out) {
    size_t done = 0, kept = 0, room, n;
    oc_ff_rtsp_begin(&rtsp);
    for (unsigned i = 0; done < len; i++) {
        uint8_t *at = oc_ff_rtsp_room(&rtsp, &room);
        n = i % 2 ? second : first;
        n = n < room ? n : room;
        n = n < len - done ? n : len - done;
        if (n == 0)
            abort();
        memcpy(at, in + done, n);
        done += n;
        oc_ff_rtsp_put(&rtsp, n, 1);
        while ((n = oc_ff_rtsp_take(&rtsp, out + kept, 1 + (i * 7) % 300)) > 0)
            kept += n;
    }
    return kept;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static uint8_t whole[SIZE_MAX_IN], parts[SIZE_MAX_IN];
    if (size < 2 || size > SIZE_MAX_IN)
        return 0;
    size_t len = size - 2;
    size_t kept = pass(data + 2, len, SIZE_MAX_IN, SIZE_MAX_IN, whole);
    uint32_t foreign = rtsp.foreign, sessions = rtsp.sessions;
    if (pass(data + 2, len, 1 + data[0], 1 + data[1], parts) != kept ||
        memcmp(whole, parts, kept) != 0 || rtsp.foreign != foreign || rtsp.sessions != sessions)
        abort();
    if (kept > len || (kept == len && memcmp(whole, data + 2, len) != 0))
        abort();
    if (len > 4) /* the same bytes as a datagram */
        oc_ff_rtsp_datagram(&rtsp, (uint16_t)(data[0] << 8 | data[1]), oc_span(data + 2, len), 2);
    return 0;
}
