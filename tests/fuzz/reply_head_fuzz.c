/* Headers of an application: what passes the check is walked to its end, and frames nothing. */
#include <stdlib.h>
#include <string.h>

#include "oc_reply_head.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size) {
    char *head = malloc(size ? size : 1); /* of this size, so that a sanitizer sees its end */
    if (!head)
        return 0;
    if (size)
        memcpy(head, data, size);
    if (!oc_reply_head_check(head, size)) {
        const char *name, *value;
        size_t at = 0;
        while ((name = oc_reply_head_next(head, size, &at, &value))) {
            if (strpbrk(name, "\r\n: ") || strpbrk(value, "\r\n") || !strcmp(name, "set-cookie"))
                abort();
        }
        if (at != size || size > OC_REPLY_HEAD_MAX)
            abort();
        (void)oc_reply_head_find(head, size, "etag");
    }
    free(head);
    return 0;
}
