/* oc_access_scope - what a person may do who has chosen acts at chosen cameras, and whether
 * a request may be made. Pure. */
#ifndef OC_ACCESS_SCOPE_H
#define OC_ACCESS_SCOPE_H

#include <stdbool.h>
#include <stddef.h>

#include "oc_route.h"

#define OC_ACCESS_CAMERAS     16 /* chosen ones of a person at most */
#define OC_ACCESS_CAMERA_MAX  32 /* bytes with NUL of a name */
#define OC_ACCESS_CAMERAS_MAX (OC_ACCESS_CAMERAS * OC_ACCESS_CAMERA_MAX) /* bytes with NUL */
#define OC_ACCESS_ACTS_MAX    32 /* bytes with NUL of all acts */
#define OC_ACCESS_SCOPE_MAX   (OC_ACCESS_ACTS_MAX + OC_ACCESS_CAMERAS_MAX) /* bytes with NUL */
#define OC_ACCESS_ALL         "*" /* in the place of cameras: all of them */

/* Acts at cameras; zeroed: nothing. */
typedef struct oc_access_scope {
    unsigned acts;                       /* oc_access_act_t */
    char cameras[OC_ACCESS_CAMERAS_MAX]; /* names with commas between them, or OC_ACCESS_ALL */
} oc_access_scope_t;

/* Reads "see,look" and "cam1,cam2" or OC_ACCESS_ALL; each needs one at least. False: a name is no
 * act or no camera, is there twice, or there are too many; *scope is zeroed then. */
bool oc_access_scope_read(const char *acts, const char *cameras, oc_access_scope_t *scope);

/* Writes the acts, as oc_access_scope_read reads them. */
void oc_access_scope_acts(const oc_access_scope_t *scope, char text[OC_ACCESS_ACTS_MAX]);

/* True when this act is allowed at a camera of `len` bytes; NULL: at all there are and will be. */
bool oc_access_scope_may(const oc_access_scope_t *scope, unsigned act, const char *camera,
                         size_t len);

/* True when a request for this path may be made, as its row says. */
bool oc_access_scope_allows(const oc_access_scope_t *scope, const oc_route_t *route,
                            const char *path);

#endif
