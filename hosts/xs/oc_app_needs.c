#include "oc_app_needs.h"

#include "oc_archive.h"
#include "oc_err.h"
#include <stdio.h>
#include <string.h>

#define FORMAT 1 /* of the resource */

static uint32_t read32le(const uint8_t *p) {
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* Two readers could see two declarations. */
static bool is_twice(const uint8_t *data, size_t size) {
    oc_archive_resource_t resource = {0};
    unsigned count = 0;
    while (oc_archive_next_resource(data, size, &resource))
        count += strcmp(resource.path, OC_APP_NEEDS_RESOURCE) == 0;
    return count > 1;
}

int oc_app_needs_read(const uint8_t *data, size_t size, oc_app_needs_t *needs, char *why,
                      size_t why_size) {
    size_t bytes = 0;
    const uint8_t *at = oc_archive_resource(data, size, OC_APP_NEEDS_RESOURCE, &bytes);
    *needs = (oc_app_needs_t){0};
    if (!at)
        return OC_OK;
    if (bytes != OC_APP_NEEDS_BYTES || memcmp(at, "OCAP", 4) != 0 || is_twice(data, size)) {
        snprintf(why, why_size, OC_APP_NEEDS_RESOURCE " is damaged; build the application again");
        return OC_ERR_FORMAT;
    }
    uint32_t format = read32le(at + 4), level = read32le(at + 8), bits = read32le(at + 12);
    if (format != FORMAT || level == 0 || (level <= OC_API_LEVEL && bits & ~OC_CAPABILITIES_ALL))
        snprintf(why, why_size,
                 "needs what this host does not know (format %u, API %u, "
                 "capabilities %#x): update Ocellus",
                 format, level, bits);
    else if (level > OC_API_LEVEL)
        snprintf(why, why_size, "needs host API %u, this host has %u: update Ocellus", level,
                 OC_API_LEVEL);
    else if (bits & OC_CAPABILITY_VIEWERS && !(bits & OC_CAPABILITY_NETWORK))
        snprintf(why, why_size, "declares viewers without network, which viewers need");
    else {
        *needs = (oc_app_needs_t){level, bits};
        return OC_OK;
    }
    return OC_ERR_FORMAT;
}
