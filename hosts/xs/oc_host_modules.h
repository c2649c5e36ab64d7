/* oc_host_modules - the modules that a host itself brings: bindings and runtime library. On Linux
 * an archive inside the executable, in builds of the Moddable SDK linked into the program. */
#ifndef OC_HOST_MODULES_H
#define OC_HOST_MODULES_H

#include "oc_machine.h"

/* The module that makes the globals (console, timers, ...); imported before any other. */
#define OC_HOST_PRELUDE "ocellus/globals"

/* Fills in what a machine needs to know of them before it is made. */
void oc_host_modules_configure(oc_machine_config_t *config);

/* Gives them to a machine, as the first of its modules. 0 | as oc_machine_map; *error: static text
 * or NULL. */
int oc_host_modules_map(oc_machine_t *machine, const char **error);

#endif
