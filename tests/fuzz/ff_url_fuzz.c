/* Addresses of inputs: what is parsed is bounded, what is shown holds no user or password. */
#include <stdlib.h>
#include <string.h>

#include "oc_ff_url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *lookup(const char *name) {
    return "value@/?#";
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static char url[2048];
    oc_ff_input_t in;
    char why[160] = "", shown[OC_FF_SHOWN_MAX];
    size_t len = size < sizeof url - 1 ? size : sizeof url - 1;
    memcpy(url, data, len);
    url[len] = 0;
    oc_ff_url_show(url, shown, sizeof shown);
    if (strlen(shown) >= sizeof shown)
        abort();
    if (oc_ff_url_parse(url, lookup, &in, why, sizeof why) != 0 && !why[0])
        abort();
    return 0;
}
