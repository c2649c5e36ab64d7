/* Any message of PPID 50: an OPEN that is read is written the same, but for a limit that a reliable
 * channel does not have. */
#include <stdlib.h>
#include <string.h>

#include "oc_dcep.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static uint8_t out[OC_DCEP_OPEN_MAX];
    oc_dcep_open_t open;
    int type = oc_dcep_parse(oc_span(data, size), &open);
    if (type == OC_DCEP_ACK && size != OC_DCEP_ACK_BYTES)
        abort();
    if (type != OC_DCEP_OPEN)
        return 0;
    if (oc_dcep_write_open(&open, out, sizeof out) != (int)size || memcmp(out, data, 4) != 0 ||
        memcmp(out + 8, data + 8, size - 8) != 0 ||
        (open.reliability != OC_DCEP_RELIABLE && memcmp(out, data, size) != 0))
        abort();
    return 0;
}
