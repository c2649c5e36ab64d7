/* Any message of a command channel: what is read is written back the same. */
#include <stdlib.h>
#include <string.h>

#include "oc_err.h"
#include "oc_view_command.h"
#include "oc_view_report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t oc_fuzz_seed(unsigned index, uint8_t *out, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    uint8_t out[OC_VIEW_COMMAND_HEAD];
    oc_view_head_t head;
    oc_view_page_t page;
    int rc = oc_view_command_read(oc_span(data, size), &head);
    if ((size < OC_VIEW_COMMAND_HEAD) != (rc == OC_ERR_TRUNC) || rc > 0)
        abort();
    if (rc != OC_OK)
        return 0;
    oc_view_command_write(&head, out);
    if (memcmp(out, data, sizeof out) != 0)
        abort();
    oc_span_t payload =
        oc_span_sub(oc_span(data, size), OC_VIEW_COMMAND_HEAD, size - OC_VIEW_COMMAND_HEAD);
    if (oc_view_page_read(payload, &page) != (payload.len >= OC_VIEW_REPORT_BYTES))
        abort();
    return 0;
}

size_t oc_fuzz_seed(unsigned index, uint8_t *out, size_t size) {
    static const uint8_t report[] = {3, 0, 0, 7, 0,   0, 0, 0, 0, 0, 1,
                                     0, 0, 0, 0, 200, 0, 0, 0, 0, 1};
    static const uint8_t request[] = {1, 0, 0, 0, 0, 0, 0, 5, 'h', 'i'};
    const uint8_t *from = index ? request : report;
    size_t len = index ? sizeof request : sizeof report;
    if (index > 1 || len > size)
        return 0;
    memcpy(out, from, len);
    return len;
}
