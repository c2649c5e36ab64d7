#include <string.h>
#include "oc_capture.h"
#include "oc_err.h"

typedef struct known {
    const char *scheme;
    const oc_capture_driver_t *driver;
} known_t;

static known_t added[OC_CAPTURE_ADDED_MAX];
static size_t added_count;

int oc_capture_add(const char *scheme, const oc_capture_driver_t *driver) {
    if (added_count == OC_CAPTURE_ADDED_MAX)
        return OC_ERR_TOO_BIG;
    added[added_count++] = (known_t){scheme, driver};
    return OC_OK;
}

/* Bytes of a URL's scheme without the colon, RFC 3986 3.1; 0 = none: a plain path. */
static size_t scheme_len(const char *url) {
    size_t n = 0;
    while ((url[n] >= 'a' && url[n] <= 'z') || (url[n] >= 'A' && url[n] <= 'Z') ||
           (n &&
            ((url[n] >= '0' && url[n] <= '9') || url[n] == '+' || url[n] == '-' || url[n] == '.')))
        n++;
    return url[n] == ':' ? n : 0;
}

static const oc_capture_driver_t *look_up(const known_t *known, size_t count, const char *url,
                                          size_t len) {
    for (size_t i = 0; i < count; i++)
        if (strlen(known[i].scheme) == len && !memcmp(known[i].scheme, url, len))
            return known[i].driver;
    return NULL;
}

const oc_capture_driver_t *oc_capture_find(const char *url) {
    static const known_t known[] = {
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
    const oc_capture_driver_t *driver = look_up(known, sizeof known / sizeof *known, url, n);
    return driver ? driver : look_up(added, added_count, url, n);
}
