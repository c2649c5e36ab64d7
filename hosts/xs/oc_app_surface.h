/* oc_app_surface - what an application finds on every host: the modules of the host that it may
 * import, each with the capability that it needs, and its globals. The only list;
 * docs/design/script.md and docs/design/applications.md explain it. */
#ifndef OC_APP_SURFACE_H
#define OC_APP_SURFACE_H

#include <stdbool.h>

/* Whether an application with these capabilities (oc_capability_t) may import this module of the
 * host. */
bool oc_app_surface_module(const char *specifier, unsigned capabilities);

/* Whether this global is the application's; others are undefined for it. */
bool oc_app_surface_global(const char *name);

#endif
