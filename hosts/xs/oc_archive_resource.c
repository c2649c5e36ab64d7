/* Resources of an archive; the walk is bounded by the archive's bytes, whatever they are. */
#include "oc_archive.h"
#include "oc_archive_walk.h"

/* The payload of RSRC; false: none. */
static bool find_resources(view_t file, view_t *resources) {
    view_t body, atom;
    if (!take_atom(&file, "XS_A", &body))
        return false;
    while (left(&body) >= OC_ARCHIVE_ATOM_BYTES) {
        const char *type = (const char *)body.at + 4;
        bool found = !memcmp(type, "RSRC", 4);
        if (!take_atom(&body, type, &atom))
            return false;
        if (found) {
            *resources = atom;
            return true;
        }
    }
    return false;
}

bool oc_archive_next_resource(const uint8_t *data, size_t size, oc_archive_resource_t *resource) {
    view_t resources, path, content;
    if (!find_resources((view_t){data, data + size}, &resources))
        return false;
    if (resource->next) {
        if (resource->next < (size_t)(resources.at - data) ||
            resource->next > (size_t)(resources.end - data))
            return false;
        resources.at = data + resource->next;
    }
    if (!take_atom(&resources, "PATH", &path) || !(resource->path = take_text(&path)) ||
        !take_atom(&resources, "DATA", &content))
        return false;
    resource->data = content.at;
    resource->size = left(&content);
    resource->next = (size_t)(resources.at - data);
    return true;
}

const uint8_t *oc_archive_resource(const uint8_t *data, size_t size, const char *path,
                                   size_t *bytes) {
    oc_archive_resource_t resource = {0};
    while (oc_archive_next_resource(data, size, &resource)) {
        if (!strcmp(resource.path, path)) {
            *bytes = resource.size;
            return resource.data;
        }
    }
    return NULL;
}
