/* An address to push to and, behind a line's end, what its server says: what is taken has a host
 * and its parts end, what is shown is one line that is no longer, without the passphrase. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "oc_err.h"
#include "oc_push_target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static oc_push_target_t target;
    char url[1500], line[300], why[160] = "";
    const uint8_t *end = memchr(data, '\n', size);
    size_t len = end ? (size_t)(end - data) : size;
    if (len >= sizeof(url))
        return 0;
    memcpy(url, data, len);
    url[len] = '\0';
    int rc = oc_push_target_parse(url, "", &target, why, sizeof(why));
    if (rc != OC_OK) {
        if ((rc != OC_ERR_FORMAT && rc != OC_ERR_NOTSUP) || !why[0])
            abort();
        return 0;
    }
    size_t rest = end ? size - len - 1 : 0;
    rest = rest < sizeof(line) ? rest : sizeof(line) - 1;
    memcpy(line, data + size - rest, rest);
    line[rest] = '\0';
    size_t before = strlen(line);
    oc_push_target_hide(&target, line);
    if (strlen(line) > before || strpbrk(line, "\r\n") || !strstr(target.url, "://") ||
        (target.passphrase[0] && strstr(line, target.passphrase)))
        abort();
    return 0;
}
