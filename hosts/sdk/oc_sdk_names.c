#include "xsAll.h"

#include <string.h>
#include "oc_sdk_names.h"

bool oc_sdk_names_module(xsMachine *the, const char *specifier) {
    const txPreparation *preparation = ((txMachine *)the)->preparation;
    for (txSize i = 0; i < preparation->scriptCount; i++)
        if (!strcmp(preparation->scripts[i].path, specifier))
            return true;
    return false;
}
