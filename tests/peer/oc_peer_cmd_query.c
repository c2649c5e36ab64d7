/* oc_peer_cmd_query - see the header. */
#include "oc_peer_cmd_query.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ID_CHARS 16 /* "&open=", digits, ":" */

/* RFC 3986 section 2.3. */
static int is_unreserved(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c && strchr("-._~", c) != NULL);
}

char *oc_peer_cmd_query(const char *path, const char *const *labels, unsigned count) {
    size_t size = strlen(path) + 1;
    for (unsigned i = 0; i < count; i++)
        size += ID_CHARS + 3 * strlen(labels[i]);
    char *out = malloc(size), *at = out;
    if (!out)
        return NULL;
    at += sprintf(at, "%s", path);
    for (unsigned i = 0; i < count; i++) {
        at +=
            sprintf(at, "%copen=%u:", i || strchr(path, '?') ? '&' : '?', OC_PEER_CMD_QUERY_ID(i));
        for (const char *c = labels[i]; *c; c++)
            at += sprintf(at, is_unreserved(*c) ? "%c" : "%%%02X", (unsigned char)*c);
    }
    return out;
}
