/* oc_clock_parse on any bytes: what is accepted is exactly what oc_clock_format writes. */
#include <stdlib.h>
#include <string.h>
#include "oc_clock.h"
#include "oc_err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char text[OC_CLOCK_TEXT];
    int64_t us;
    if (oc_clock_parse((const char *)data, size, &us) == OC_OK) {
        oc_clock_format(us, text);
        if (size != OC_CLOCK_TEXT - 1 || memcmp(text, data, size))
            abort();
    }
    return 0;
}
