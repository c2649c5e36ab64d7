/* oc_sdk_names - the modules that the SDK's tools have linked into the host. */
#ifndef OC_SDK_NAMES_H
#define OC_SDK_NAMES_H

#include "oc_xs.h"

#include <stdbool.h>

/* Whether the host has a module of that name, granted or not: then no archive can bring it. */
bool oc_sdk_names_module(xsMachine *the, const char *specifier);

#endif
