#include "oc_reply_head.h"

#include <stdbool.h>
#include <string.h>

#define NAME_MAX_BYTES 64

/* Not an application's to say. Sorted by what they do: framing and connection; identity and trust
 * of this address; what the host adds. */
static const char *const refused[] = {
    "connection",
    "content-length",
    "content-range",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "http2-settings",
    "alt-svc",
    "authentication-info",
    "clear-site-data",
    "refresh",
    "service-worker-allowed",
    "set-cookie",
    "set-cookie2",
    "strict-transport-security",
    "www-authenticate",
    "accept-ranges",
    "content-security-policy",
    "content-security-policy-report-only",
    "cross-origin-resource-policy",
    "date",
    "server",
    "x-content-type-options",
    "x-frame-options",
};

static bool is_refused(const char *name) {
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
        if (strcmp(name, refused[i]) == 0)
            return true;
    return strncmp(name, "access-control-", 15) == 0 || strncmp(name, "sec-", 4) == 0;
}

static bool good_name(const char *name) {
    size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_");
    return len > 0 && len < NAME_MAX_BYTES && name[len] == '\0';
}

/* Printable ASCII, no blank at either end. */
static bool good_value(const char *value) {
    size_t len = strlen(value);
    for (size_t i = 0; i < len; i++)
        if (value[i] < 0x20 || value[i] > 0x7e)
            return false;
    return len == 0 || (value[0] != ' ' && value[len - 1] != ' ');
}

/* The text at *at, which moves behind its NUL; NULL: it has none. */
static const char *take(const char *head, size_t len, size_t *at) {
    const char *text = head + *at;
    const char *nul = *at < len ? memchr(text, 0, len - *at) : NULL;
    if (!nul)
        return NULL;
    *at += (size_t)(nul - text) + 1;
    return text;
}

const char *oc_reply_head_check(const char *head, size_t len) {
    if (len > OC_REPLY_HEAD_MAX)
        return "the headers have more than 2048 bytes";
    for (size_t at = 0; at < len;) {
        const char *name = take(head, len, &at);
        const char *value = name ? take(head, len, &at) : NULL;
        if (!value)
            return "malformed headers";
        if (!good_name(name))
            return "a header's name is 1 to 63 of a-z, 0-9, - and _";
        if (is_refused(name))
            return "a header is not the application's to set";
        if (!good_value(value))
            return "a header's value is printable ASCII on one line";
    }
    return NULL;
}

const char *oc_reply_head_next(const char *head, size_t len, size_t *at, const char **value) {
    const char *name = take(head, len, at);
    *value = name ? take(head, len, at) : NULL;
    return *value ? name : NULL;
}

const char *oc_reply_head_find(const char *head, size_t len, const char *name) {
    const char *value, *found;
    for (size_t at = 0; (found = oc_reply_head_next(head, len, &at, &value));)
        if (strcmp(found, name) == 0)
            return value;
    return NULL;
}
