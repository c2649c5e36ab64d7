#define _GNU_SOURCE
#include "oc_ff_digest.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define ASKS      "WWW-Authenticate:"
#define DIGEST    "Digest "
#define ALGORITHM "algorithm="
#define MD5       "MD5"
#define NAME      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-"

/* "", "-sess" behind MD5: what FFmpeg computes. */
static bool is_md5(const char *name, size_t len) {
    return (len == 3 || len == 8) && strncasecmp(name, MD5 "-sess", len) == 0;
}

void oc_ff_digest_look(oc_ff_digest_t *digest, char *line) {
    if (strncasecmp(line, ASKS, strlen(ASKS)) != 0)
        return;
    char *how = line + strlen(ASKS);
    how += strspn(how, " \t");
    char *at = strncasecmp(how, DIGEST, strlen(DIGEST)) == 0 ? strcasestr(how, ALGORITHM) : NULL;
    if (!at) { /* MD5 when nothing is said */
        digest->known = true;
        return;
    }
    at += strlen(ALGORITHM);
    at += *at == '"';
    size_t len = strspn(at, NAME);
    if (is_md5(at, len)) {
        memcpy(at, MD5, strlen(MD5));
        digest->known = true;
        return;
    }
    snprintf(digest->other, sizeof(digest->other), "%.*s", (int)(len ? len : 1), len ? at : "?");
    line[0] = 'X';
}
