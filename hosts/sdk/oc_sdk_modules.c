/* Modules of the host (linked by the SDK) and of mapped archives (load-app.ts). */
#include "xsAll.h"

#include "oc_sdk_internal.h"
#include "oc_sdk_names.h"

#define OC_SDK_LOADER "ocellus/load-app"

void xs_load_app_find(xsMachine *the);
void xs_load_app_has(xsMachine *the);
void xs_load_app_destructor(void *data);

bool oc_machine_engine_map(xsMachine *the, void *copy) {
    return oc_machine_map_archive(the, ((txMachine *)the)->preparation, copy);
}

/* The archive is the machine's, not the script's. */
void xs_load_app_destructor(void *data) {}

/* find(path): the archive that has the module, undefined if none */
void xs_load_app_find(xsMachine *the) {
    const oc_machine_t *machine = oc_machine_of(the);
    const char *path = xsmcToString(xsArg(0));
    unsigned archive;
    size_t size;
    if (oc_sdk_names_module(the, path) || !oc_machine_find_code(machine, path, &size, &archive))
        return;
    xsResult = xsNewHostObject(xs_load_app_destructor);
    xsmcSetHostData(xsResult, machine->archives[archive]);
}

/* has(path): the host has a module of that name */
void xs_load_app_has(xsMachine *the) {
    xsmcSetBoolean(xsResult, oc_sdk_names_module(the, xsmcToString(xsArg(0))));
}

void oc_machine_engine_import(xsMachine *xs, const char *specifier) {
    txMachine *the = (txMachine *)xs;
    if (oc_sdk_names_module(xs, specifier)) {
        mxPushStringC((txString)specifier);
        fxAwaitImport(the, XS_IMPORT_ASYNC);
    } else {
        mxPushUndefined();
        mxPushStringC(OC_SDK_LOADER);
        fxAwaitImport(the, XS_IMPORT_DEFAULT);
        mxCall();
        mxPushStringC((txString)specifier);
        mxRunCount(1);
    }
    oc_machine_follow_import(xs);
}

/* One for each batch of promise jobs, with a bare pointer to the machine. The jobs have run. */
void oc_sdk_drop_sources(const oc_sdk_machine_t *machine) {
    GSource *source;
    while ((source = g_main_context_find_source_by_funcs_user_data(
                machine->common.config.loop, &g_idle_funcs, machine->common.xs)) != NULL)
        g_source_destroy(source);
}
