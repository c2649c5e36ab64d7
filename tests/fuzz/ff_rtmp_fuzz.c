/* What an RTMP server says, in one piece and in pieces: what is known of it is the same, and its
 * code fits. The first byte is the length of the pieces. */
#include <stdlib.h>
#include <string.h>

#include "oc_ff_rtmp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    oc_ff_rtmp_t whole, parts;
    if (size < 1)
        return 0;
    size_t len = size - 1, piece = 1 + data[0];
    oc_ff_rtmp_begin(&whole);
    oc_ff_rtmp_begin(&parts);
    oc_ff_rtmp_look(&whole, data + 1, len);
    for (size_t at = 0; at < len; at += piece)
        oc_ff_rtmp_look(&parts, data + 1 + at, piece < len - at ? piece : len - at);
    if (whole.refused != parts.refused || whole.foreign != parts.foreign ||
        whole.connected != parts.connected || whole.published != parts.published ||
        strcmp(whole.code, parts.code) != 0 || (whole.code[0] != '\0') != (whole.refused != 0))
        abort();
    return 0;
}
