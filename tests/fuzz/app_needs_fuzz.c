/* The resources of an archive and what it declares, of any bytes: the walk stays inside and ends, a
 * resource lies inside, and what is accepted is known to this host. */
#include <stdlib.h>
#include <string.h>
#include "oc_app_needs.h"
#include "oc_archive.h"
#include "oc_err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_resources(const uint8_t *data, size_t size) {
    oc_archive_resource_t resource = {0};
    size_t before = 0, bytes;
    while (oc_archive_next_resource(data, size, &resource)) {
        if (resource.next <= before || resource.next > size)
            abort();
        before = resource.next;
        if (resource.data < data || resource.size > size - (size_t)(resource.data - data))
            abort();
        if (!oc_archive_resource(data, size, resource.path, &bytes) || !resource.path[0])
            abort();
    }
}

static void check_needs(const uint8_t *data, size_t size) {
    char why[OC_APP_NEEDS_TEXT] = "", names[OC_CAPABILITY_TEXT];
    oc_app_needs_t needs;
    int result = oc_app_needs_read(data, size, &needs, why, sizeof why);
    if (result != OC_OK && (!why[0] || needs.capabilities || needs.api_level))
        abort();
    if (needs.api_level > OC_API_LEVEL || needs.capabilities & ~OC_CAPABILITIES_ALL)
        abort();
    oc_capability_names(needs.capabilities, names);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    check_resources(data, size);
    check_needs(data, size);
    return 0;
}
