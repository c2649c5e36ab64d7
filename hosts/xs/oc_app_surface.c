#include "oc_app_surface.h"

#include <stdlib.h>
#include <string.h>

/* Sorted by byte, both. */
static const char *const modules[] = {
    "ocellus/command", "ocellus/error", "ocellus/host", "ocellus/p2p", "ocellus/plane", "timer",
};

/* ES2022 without shared memory, and what ocellus/globals makes. */
static const char *const globals[] = {
    "AggregateError",
    "Array",
    "ArrayBuffer",
    "BigInt",
    "BigInt64Array",
    "BigUint64Array",
    "Boolean",
    "DataView",
    "Date",
    "Error",
    "EvalError",
    "FinalizationRegistry",
    "Float32Array",
    "Float64Array",
    "Function",
    "Infinity",
    "Int16Array",
    "Int32Array",
    "Int8Array",
    "JSON",
    "Map",
    "Math",
    "NaN",
    "Number",
    "Object",
    "Promise",
    "Proxy",
    "RangeError",
    "ReferenceError",
    "Reflect",
    "RegExp",
    "Set",
    "String",
    "Symbol",
    "SyntaxError",
    "TextDecoder",
    "TextEncoder",
    "TypeError",
    "URIError",
    "Uint16Array",
    "Uint32Array",
    "Uint8Array",
    "Uint8ClampedArray",
    "WeakMap",
    "WeakRef",
    "WeakSet",
    "clearInterval",
    "clearTimeout",
    "console",
    "decodeURI",
    "decodeURIComponent",
    "encodeURI",
    "encodeURIComponent",
    "escape",
    "eval",
    "globalThis",
    "isFinite",
    "isNaN",
    "parseFloat",
    "parseInt",
    "queueMicrotask",
    "setInterval",
    "setTimeout",
    "trace",
    "undefined",
    "unescape",
};

static int compare(const void *key, const void *entry) {
    return strcmp(key, *(const char *const *)entry);
}

static bool has(const char *const *list, size_t count, const char *key) {
    return bsearch(key, list, count, sizeof *list, compare) != NULL;
}

bool oc_app_surface_module(const char *specifier) {
    return has(modules, sizeof modules / sizeof *modules, specifier);
}

bool oc_app_surface_global(const char *name) {
    return has(globals, sizeof globals / sizeof *globals, name);
}
