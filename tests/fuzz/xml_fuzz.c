/* Documents of any server: what is taken is a list of paths and texts within the limits. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "oc_err.h"
#include "oc_xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_element(const char *path, size_t path_len, size_t text_len) {
    size_t name = 0, depth = 1;
    for (size_t i = 0; i < path_len; i++) {
        bool attribute = path[i] == '@' && name == 0; /* no element's name begins so */
        name = path[i] == '/' || attribute ? 0 : name + 1;
        depth += path[i] == '/';
        depth -= attribute;
        if (name > OC_XML_NAME_MAX || path[i] == OC_XML_BEHIND || path[i] == 0)
            abort();
    }
    if (path_len == 0 || name == 0 || depth > OC_XML_DEPTH_MAX || text_len > OC_XML_TEXT_MAX)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *list;
    size_t len;
    int result = oc_xml_read(oc_span(data, size), NULL, &list, &len);
    if (result == OC_ERR_NOTSUP || len > OC_XML_OUT_MAX || (result != OC_OK) != (list == NULL))
        abort();
    for (size_t at = 0; at < len;) {
        const char *middle = memchr(list + at, OC_XML_BETWEEN, len - at);
        const char *end = middle ? memchr(middle, OC_XML_BEHIND, len - (size_t)(middle - list)) : 0;
        if (!end)
            abort();
        check_element(list + at, (size_t)(middle - list) - at, (size_t)(end - middle) - 1);
        at = (size_t)(end - list) + 1;
    }
    free(list);
    return 0;
}
