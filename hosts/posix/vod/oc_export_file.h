/* oc_export_file - an export of a folder as a body that is read from any offset. */
#ifndef OC_EXPORT_FILE_H
#define OC_EXPORT_FILE_H

#include "oc_body.h"
#include "oc_export.h"
#include "oc_vod_folder.h"

#define OC_EXPORT_FILES_MAX 16  /* at a time; more: OC_ERR_BUSY */
#define OC_EXPORT_ETAG      40  /* bytes with NUL */
#define OC_EXPORT_LEFT_OUT  640 /* bytes with NUL of names */

typedef struct oc_export_request {
    oc_vod_place_t place; /* its descriptor is borrowed as long as the body */
    const char *channel;
    int64_t from_ms, to_ms; /* UTC */
    oc_export_format_t format;
    const char
        *spool; /* a file in whose folder the head of a plain one is kept; NULL: in place's */
    oc_vod_synced_t synced;
    oc_key_cache_t *keys;    /* used until return; NULL: none */
    const atomic_bool *gone; /* true: it fails soon; used until return; NULL: never */
} oc_export_request_t;

typedef struct oc_export_about {
    int64_t begun_ms, duration_ms;
    int64_t changed_ms; /* with OC_ERR_STATE: UTC, where the coding changes */
    char etag[OC_EXPORT_ETAG];
    uint32_t left_outs;                /* recordings that are damaged or gone, and not in it */
    char left_out[OC_EXPORT_LEFT_OUT]; /* as many of their names as fit: "cam1/a.mp4, cam1/b.mp4" */
} oc_export_about_t;

/* Plans it. *out: the body, the caller's. May wait for the disk. OC_OK | OC_ERR_NOENT nothing there
 * that is not left out | OC_ERR_STATE | OC_ERR_BUSY | OC_ERR_*. about: also of a failure. */
int oc_export_file_open(const oc_export_request_t *request, oc_body_ref_t *out,
                        oc_export_about_t *about);

#endif
