/* oc_record_name_parse on any bytes: what is accepted is exactly what oc_record_name_format writes.
 */
#include <stdlib.h>
#include <string.h>
#include "oc_err.h"
#include "oc_record_name.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    oc_record_name_t name;
    char text[OC_RECORD_FILE_MAX];
    if (oc_record_name_parse((const char *)data, size, &name) != OC_OK)
        return 0;
    if (oc_record_name_format(&name, text, sizeof text) != OC_OK || strlen(text) != size ||
        memcmp(text, data, size) != 0 || memchr(text, '/', size))
        abort();
    return 0;
}
