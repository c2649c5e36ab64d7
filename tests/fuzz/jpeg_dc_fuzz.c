/* oc_jpeg_dc on any bytes: no access outside, codes that are known. */
#include <stdlib.h>

#include "oc_err.h"
#include "oc_jpeg_dc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static oc_jpeg_dc_work_t work;
    unsigned width = size > 0 ? 1 + data[size - 1] % 9 : 9, height = 6; /* what the seeds have */
    uint8_t *out = malloc((size_t)width * height);
    int rc = out ? oc_jpeg_dc(data, size, out, width, height, &work) : OC_ERR_FORMAT;
    if (rc != OC_OK && rc != OC_ERR_FORMAT && rc != OC_ERR_NOTSUP && rc != OC_ERR_INVAL)
        abort();
    free(out);
    return 0;
}
