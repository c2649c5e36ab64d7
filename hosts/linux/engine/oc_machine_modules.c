/* Modules from mapped archives, promise jobs, and what the engine may not do: parse. */
#include "xsAll.h"
#include "xsScript.h"

#include "oc_machine_internal.h"

#define OC_MACHINE_SPECIFIER_BYTES 256   /* longest module name */
#define OC_MACHINE_METER_STEPS     10000 /* between two looks at the stop flag: below 1 ms */

/* The engine wants a preparation; with a machine it looks at these fields only. One per machine:
 * it is written again by every map. */
static txPreparation *prepare(txMachine *the) {
    oc_engine_t *engine = the->oc;
    txPreparation *preparation = engine->preparation;
    if (!preparation)
        preparation = engine->preparation = calloc(1, sizeof *preparation);
    if (!preparation)
        return NULL;
    preparation->version[0] = XS_MAJOR_VERSION;
    preparation->version[1] = XS_MINOR_VERSION;
    preparation->version[2] = XS_PATCH_VERSION;
    preparation->keyCount = (txSize)the->keyIndex;
    preparation->creation.incrementalKeyCount = 1;
    return preparation;
}

bool oc_machine_engine_map(xsMachine *xs, void *copy) {
    txMachine *the = (txMachine *)xs;
    txPreparation *preparation = prepare(the);
    if (!preparation || !oc_machine_map_archive(xs, preparation, copy))
        return false;
    the->preparation = preparation; /* without one the engine finds nothing in archives */
    return true;
}

/* Cuts the last segment off a path. False when there is none. */
static bool parent(char *path) {
    if (!path[0])
        return false;
    char *slash = strrchr(path, '/');
    *(slash ? slash : path) = 0;
    return true;
}

/* path = specifier seen from the module `from`; "./" and any number of "../" in front. */
static bool resolve(char *path, size_t size, const char *from, const char *specifier) {
    path[0] = 0;
    if (specifier[0] == '.') {
        if (!from || snprintf(path, size, "%s", from) >= (int)size || !parent(path))
            return false;
        while (specifier[0] == '.') {
            if (!strncmp(specifier, "./", 2))
                specifier += 2;
            else if (!strncmp(specifier, "../", 3) && parent(path))
                specifier += 3;
            else
                return false;
        }
    }
    size_t used = strlen(path);
    int length = snprintf(path + used, size - used, "%s%s", used ? "/" : "", specifier);
    if (used + (size_t)length >= size)
        return false;
    char *dot = strrchr(path, '.');
    if (dot && (!strcmp(dot, ".js") || !strcmp(dot, ".mjs")))
        *dot = 0;
    return true;
}

/* A module of an archive that is not the host's own. */
static bool is_application(const oc_machine_t *machine, const char *module) {
    unsigned archive;
    size_t size;
    return module && oc_machine_find_code(machine, module, &size, &archive) &&
           archive >= machine->host_archives;
}

txID fxFindModule(txMachine *the, txSlot *realm, txID importer, txSlot *slot) {
    char specifier[OC_MACHINE_SPECIFIER_BYTES], path[OC_MACHINE_SPECIFIER_BYTES];
    const oc_machine_t *machine = &the->oc->common;
    const char *from = importer == XS_NO_ID ? NULL : fxGetKeyName(the, importer);
    unsigned archive;
    size_t size;
    fxToStringBuffer(the, slot, specifier, sizeof specifier);
    if (!resolve(path, sizeof path, from, specifier))
        mxReferenceError("no module %s", specifier);
    if (!oc_machine_find_code(machine, path, &size, &archive) ||
        (archive < machine->host_archives && is_application(machine, from) &&
         !oc_machine_grants(machine, path)))
        mxReferenceError("no module %s", path);
    return fxNewNameC(the, path);
}

static int compare_name(const void *key, const void *native) {
    return strcmp(key, ((const oc_machine_native_t *)native)->name);
}

static txCallback find_native(const oc_machine_t *machine, const char *symbol) {
    const oc_machine_native_t *native =
        machine->config.native_count
            ? bsearch(symbol, machine->config.natives, machine->config.native_count,
                      sizeof *machine->config.natives, compare_name)
            : NULL;
    return native ? (txCallback)native->function : NULL;
}

static txHostFunctionBuilder *scratch_builders(oc_engine_t *engine, size_t count) {
    if (engine->builder_count < count || !engine->builders) {
        free(engine->builders);
        engine->builders = calloc(count + 1, sizeof(txHostFunctionBuilder));
        engine->builder_count = engine->builders ? count : 0;
    }
    return engine->builders;
}

/* Runs as the module's script callback: leaves the array of host functions and destructors that
 * its bytecode picks from by index. The table was checked by oc_archive_check. */
static void build_hosts(txMachine *the) {
    oc_engine_t *engine = the->oc;
    const uint8_t *p = engine->loading;
    int count = p[0] | (p[1] << 8);
    txHostFunctionBuilder *builders = scratch_builders(engine, (size_t)count);
    if (!builders)
        fxAbort(the, XS_NOT_ENOUGH_MEMORY_EXIT);
    p += 2;
    for (int i = 0; i < count; i++) {
        const char *name = (const char *)p + 1;
        const char *symbol = name + strlen(name) + 1;
        builders[i].length = (int8_t)*p;
        builders[i].id = name[0] ? fxID(the, (txString)name) : XS_NO_ID;
        builders[i].callback = find_native(&engine->common, symbol);
        if (!builders[i].callback)
            mxReferenceError("no C function %s in this host", symbol);
        p = (const uint8_t *)symbol + strlen(symbol) + 1;
    }
    fxBuildHosts(the, count, builders);
    mxPullSlot(mxResult);
}

void fxLoadModule(txMachine *the, txSlot *module, txID id) {
    char table[OC_MACHINE_SPECIFIER_BYTES + sizeof ".natives"];
    const char *path = fxGetKeyName(the, id);
    size_t size;
    unsigned archive;
    txScript script;
    void *code = oc_machine_find_code(&the->oc->common, path, &size, &archive);
    if (!code)
        return; /* the engine then says that there is no such module */
    memset(&script, 0, sizeof script);
    script.codeBuffer = code;
    script.codeSize = (txSize)size;
    script.path = (txString)path;
    script.version[0] = XS_MAJOR_VERSION;
    script.version[1] = XS_MINOR_VERSION;
    script.version[2] = XS_PATCH_VERSION;
    snprintf(table, sizeof table, "%s.natives", path);
    the->oc->loading = fxGetArchiveData(the, the->oc->common.archives[archive], table, &size);
    if (the->oc->loading)
        script.callback = build_hosts;
    fxResolveModule(the, module, id, &script, NULL, NULL);
}

void oc_machine_engine_import(xsMachine *xs, const char *specifier) {
    txMachine *the = (txMachine *)xs;
    txSlot *realm = mxModuleInstanceInternal(mxProgram.value.reference)->value.module.realm;
    mxPushStringC((txString)specifier);
    fxRunImport(the, realm, XS_NO_ID);
    oc_machine_follow_import(xs);
}

void fxQueuePromiseJobs(txMachine *the) {
    the->oc->has_jobs = true;
}

void oc_machine_run_jobs(xsMachine *xs) {
    txMachine *the = (txMachine *)xs;
    do {
        while (the->oc->has_jobs) {
            the->oc->has_jobs = false;
            fxRunPromiseJobs(the);
        }
        fxEndJob(the); /* may call back finalization registries, which may queue more */
    } while (the->oc->has_jobs);
    fxCheckUnhandledRejections(the, 1);
}

static txBoolean meter(txMachine *the, txU4 index) {
    return !atomic_load(&the->oc->common.stop);
}

void oc_machine_stop_meter(xsMachine *xs) {
    fxBeginMetering((txMachine *)xs, meter, OC_MACHINE_METER_STEPS);
}

/* eval, Function and their like: bytecode is the only form in which code enters. */
txScript *fxParseScript(txMachine *the, void *stream, txGetter getter, txUnsigned flags) {
    mxSyntaxError("this host has no parser");
    return NULL;
}
