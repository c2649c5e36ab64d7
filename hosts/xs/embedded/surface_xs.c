/* Glue of surface.ts. Pure functions. */
#include "oc_xs.h"

#include "oc_app_surface.h"
#include "oc_machine_impl.h"

void xs_surface_global(xsMachine *the);
void xs_surface_module(xsMachine *the);
void xs_surface_one_realm(xsMachine *the);

/* global(name): boolean */
void xs_surface_global(xsMachine *the) {
    xsmcSetBoolean(xsResult, oc_app_surface_global(xsmcToString(xsArg(0))));
}

/* module(specifier): boolean */
void xs_surface_module(xsMachine *the) {
    xsmcSetBoolean(xsResult, oc_machine_grants(oc_machine_of(the), xsmcToString(xsArg(0))));
}

/* oneRealm(): boolean */
void xs_surface_one_realm(xsMachine *the) {
    xsmcSetBoolean(xsResult, oc_machine_engine_one_realm());
}
