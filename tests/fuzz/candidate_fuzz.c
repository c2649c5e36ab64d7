/* Any candidate line: what is read prints, and reads back the same. */
#include <stdlib.h>
#include <string.h>

#include "oc_candidate_line.h"
#include "oc_err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    oc_candidate_t a, b;
    oc_span_t ufrag;
    char first[OC_CANDIDATE_TEXT_MAX], again[OC_CANDIDATE_TEXT_MAX];
    int rc = oc_candidate_line_parse(oc_span(data, size), &a, &ufrag);
    if (rc > 0)
        abort();
    if (rc != OC_OK)
        return 0;
    if (ufrag.len && (ufrag.data < data || ufrag.data + ufrag.len > data + size))
        abort();
    int len = oc_candidate_line_print(&a, NULL, first, sizeof first);
    if (len <= 0 || (size_t)len != strlen(first))
        abort();
    if (oc_candidate_line_parse(oc_span(first, (size_t)len), &b, NULL) != OC_OK ||
        oc_candidate_line_print(&b, NULL, again, sizeof again) != len || strcmp(first, again) != 0)
        abort();
    return 0;
}
