#include <string.h>
#include "oc_capture.h"

/* Bytes of a URL's scheme without the colon, RFC 3986 3.1; 0 = none: a plain path. */
static size_t scheme_len(const char *url) {
    size_t n = 0;
    while ((url[n] >= 'a' && url[n] <= 'z') || (url[n] >= 'A' && url[n] <= 'Z') ||
           (n &&
            ((url[n] >= '0' && url[n] <= '9') || url[n] == '+' || url[n] == '-' || url[n] == '.')))
        n++;
    return url[n] == ':' ? n : 0;
}

const oc_capture_driver_t *oc_capture_find(const char *url) {
    static const struct {
        const char *scheme;
        const oc_capture_driver_t *driver;
    } known[] = {
        {"fake", &oc_capture_fake},
        {"replay", &oc_capture_replay},
        {"file", &oc_capture_replay},
        {"push", &oc_capture_push},
    };
    size_t n = scheme_len(url);
    if (!url[0])
        return NULL;
    if (!n)
        return &oc_capture_replay;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strlen(known[i].scheme) == n && !memcmp(known[i].scheme, url, n))
            return known[i].driver;
    return NULL;
}
