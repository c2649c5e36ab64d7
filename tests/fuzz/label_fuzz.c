/* Any label: what is read is written as a browser would, and reads back the same. */
#include <stdlib.h>
#include <string.h>

#include "oc_err.h"
#include "oc_label.h"
#include "oc_label_write.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static oc_label_t a, b;
    static uint8_t out[4 * OC_LABEL_MAX];
    oc_wr_t w = oc_wr(out, sizeof out);
    int rc = oc_label_parse(oc_span(data, size), &a);
    if (rc > 0 || (rc < 0) != (a.error != NULL))
        abort();
    if (rc != OC_OK)
        return 0;
    for (unsigned i = 0; i < a.keys; i++)
        oc_label_write(&w, i == 0, a.text + a.key[i], a.text + a.value[i]);
    if (w.bad)
        abort();
    rc = oc_label_parse(oc_span(out, oc_wr_len(&w)), &b);
    if (rc == OC_ERR_TOO_BIG && oc_wr_len(&w) > OC_LABEL_MAX)
        return 0; /* what was not encoded is longer now */
    if (rc != OC_OK || a.keys != b.keys)
        abort();
    for (unsigned i = 0; i < a.keys; i++) {
        const char *value = oc_label_get(&b, a.text + a.key[i]);
        if (!value || strcmp(value, a.text + a.value[i]) != 0)
            abort();
    }
    return 0;
}
