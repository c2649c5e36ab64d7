#include "oc_script_body.h"

#include <stdio.h>
#include <string.h>

#include "oc_archive.h"
#include "oc_data_dir.h"
#include "oc_err.h"
#include "oc_http_rule.h"

/* A recording by its path in the data directory; nothing else there may be read. */
static int open_recording(oc_script_body_t *bodies, const char *path, oc_body_ref_t *out) {
    static const char folder[] = OC_DATA_DIR_RECORDINGS "/";
    uint64_t synced;
    if (strncmp(path, folder, sizeof(folder) - 1) != 0)
        return OC_ERR_INVAL;
    if (!bodies->store || !oc_file_thread_synced(bodies->store, path, &synced))
        synced = UINT64_MAX;
    return oc_body_file_open(&bodies->files, bodies->data_root, path, synced,
                             oc_http_rule_type(path), out);
}

/* Only the pictures of events are read there, not the file of events. */
static int open_picture(oc_script_body_t *bodies, const char *path, oc_body_ref_t *out) {
    static const char folder[] = "events/";
    const char *type = oc_http_rule_type(path);
    if (strncmp(path, folder, sizeof(folder) - 1) != 0 || strcmp(type, "image/jpeg") != 0)
        return OC_ERR_INVAL;
    return oc_body_file_open(&bodies->files, bodies->data_root, path, UINT64_MAX, type, out);
}

int oc_script_body_open(oc_script_body_t *bodies, oc_body_root_t root, const char *path,
                        oc_body_ref_t *out) {
    char below[OC_FILE_PATH_MAX];
    if (bodies->data_root < 0)
        return OC_ERR_NOTSUP;
    if (root == OC_BODY_ROOT_RECORDINGS)
        return open_recording(bodies, path, out);
    if (root == OC_BODY_ROOT_EVENTS)
        return open_picture(bodies, path, out);
    if (snprintf(below, sizeof(below), OC_SCRIPT_APP_FOLDER "/%s", path) >= (int)sizeof(below))
        return OC_ERR_INVAL;
    return oc_body_file_open(&bodies->files, bodies->data_root, below, UINT64_MAX,
                             oc_http_rule_type(path), out);
}

int oc_script_body_panel(oc_script_body_t *bodies, const uint8_t *archive, size_t size,
                         const char *path, const char *type, oc_body_ref_t *out) {
    size_t len;
    const uint8_t *bytes = oc_archive_resource(archive, size, path, &len);
    if (!bytes || len == 0)
        return OC_ERR_NOENT;
    uint8_t *copy = oc_body_memory(&bodies->panel, len, type, out);
    if (!copy)
        return OC_ERR_BUSY;
    memcpy(copy, bytes, len);
    return OC_OK;
}
