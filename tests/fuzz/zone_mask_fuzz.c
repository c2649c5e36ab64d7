/* oc_zone_mask on any text: cells are 0 or 1, and a text that is refused counts everywhere. */
#include <stdlib.h>
#include <string.h>
#include "oc_err.h"
#include "oc_zone_mask.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char text[OC_ZONE_TEXT_MAX];
    uint8_t cells[32 * 18];
    size_t len = size < sizeof(text) ? size : sizeof(text) - 1;
    memcpy(text, data, len);
    text[len] = '\0';
    int code = oc_zone_mask(text, 32, 18, cells);
    for (size_t i = 0; i < sizeof(cells); i++) {
        if (cells[i] > 1 || (code != OC_OK && cells[i] == 0))
            abort();
    }
    if (code != oc_zone_mask(text, 1, 1, NULL))
        abort();
    return 0;
}
