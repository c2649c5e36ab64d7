/* Delivery directives: whatever a peer sends as a query, what is read is consistent, and reading it
 * again gives the same. */
#include <stdlib.h>
#include <string.h>

#include "oc_hls_query.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static char query[1024];
    oc_hls_query_t a, b;
    size_t len = size < sizeof query - 1 ? size : sizeof query - 1;
    memcpy(query, data, len);
    query[len] = 0;
    memset(&a, 0xA5, sizeof a);
    memset(&b, 0x5A, sizeof b);
    int code = oc_hls_query_read(query, &a);
    if (oc_hls_query_read(query, &b) != code)
        abort();
    if (code == 0 && ((a.has_part && !a.has_msn) || a.msn != b.msn || a.part != b.part ||
                      a.skip != b.skip || (!a.has_msn && a.msn != 0)))
        abort();
    return 0;
}
