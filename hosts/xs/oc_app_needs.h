/* oc_app_needs - what an application's archive declares: the level of the host's API that it was
 * written for, and its capabilities. Pure functions. docs/design/applications.md, ADR 46. */
#ifndef OC_APP_NEEDS_H
#define OC_APP_NEEDS_H

#include <stddef.h>
#include <stdint.h>
#include "oc_capability.h"

#define OC_APP_NEEDS_RESOURCE "ocellus.needs"
#define OC_APP_NEEDS_BYTES    16  /* of the resource */
#define OC_APP_NEEDS_TEXT     120 /* of a refusal, with NUL */

/* Without the resource: all zero. */
typedef struct oc_app_needs {
    uint32_t api_level;    /* 1 .. OC_API_LEVEL; 0: none is declared */
    uint32_t capabilities; /* oc_capability_t */
} oc_app_needs_t;

/* Reads the needs of an archive (borrowed until return; what oc_archive_check refuses has none).
 * 0 | OC_ERR_FORMAT this host cannot run it: why has one line, without the archive's name. */
int oc_app_needs_read(const uint8_t *data, size_t size, oc_app_needs_t *needs, char *why,
                      size_t why_size);

#endif
