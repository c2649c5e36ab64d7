/* Versions: two texts with a NUL between them. Which is newer does not depend on their order. */
#include <stdlib.h>
#include "oc_err.h"
#include "oc_semver.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t oc_fuzz_seed(unsigned number, uint8_t *out, size_t room);

static int sign(int order) {
    return (order > 0) - (order < 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const uint8_t *end = size ? memchr(data, 0, size) : NULL;
    size_t len = end ? (size_t)(end - data) : size;
    oc_span_t a = oc_span(data, len),
              b = oc_span_sub(oc_span(data, size), end ? len + 1 : 0, end ? size - len - 1 : 0);
    if (oc_semver_check(a) != OC_OK || oc_semver_check(b) != OC_OK)
        return 0;
    if (sign(oc_semver_compare(a, b)) != -sign(oc_semver_compare(b, a)) ||
        oc_semver_compare(a, a) != 0 || oc_semver_compare(b, b) != 0)
        abort();
    return 0;
}

size_t oc_fuzz_seed(unsigned number, uint8_t *out, size_t room) {
    static const char *const seeds[][2] = {
        {"1.2.3", "1.2.4"}, {"1.0.0-alpha.1+b", "1.0.0-alpha.beta"}, {"10.0.0-0", "2.0.0-x-y"}};
    oc_wr_t w = oc_wr(out, room);
    if (number >= sizeof seeds / sizeof *seeds)
        return 0;
    oc_wr_bytes(&w, seeds[number][0], strlen(seeds[number][0]) + 1);
    oc_wr_bytes(&w, seeds[number][1], strlen(seeds[number][1]));
    return w.bad ? 0 : oc_wr_len(&w);
}
