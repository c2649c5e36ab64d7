/* oc_jpeg on any bytes. */
#include <stdlib.h>
#include "oc_err.h"
#include "oc_jpeg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    oc_jpeg_t jpeg;
    if (oc_jpeg_parse(oc_span(data, size), &jpeg) == OC_OK &&
        (!jpeg.width || !jpeg.height || jpeg.len_bytes > size || jpeg.len_bytes < 4 ||
         data[jpeg.len_bytes - 2] != 0xFF || data[jpeg.len_bytes - 1] != 0xD9))
        abort();
    return 0;
}
