#include "oc_app_surface.h"

#include "oc_capability.h"
#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *specifier;
    unsigned needs; /* oc_capability_t, all of them; 0: none */
} module_t;

/* Both lists are sorted by byte. A module that this host does not have may be here. ocellus/plane
 * and ocellus/host look at each command and fact. */
static const module_t modules[] = {
    {"embedded:io/socket/tcp", OC_CAPABILITY_NETWORK},
    {"embedded:io/socket/udp", OC_CAPABILITY_NETWORK},
    {"embedded:network/http/client", OC_CAPABILITY_NETWORK},
    {"embedded:storage/files", OC_CAPABILITY_FILES},
    {"embedded:storage/key-value", OC_CAPABILITY_FILES},
    {"ocellus/body", 0},
    {"ocellus/channels", 0},
    {"ocellus/command", 0},
    {"ocellus/crypto", 0},
    {"ocellus/error", 0},
    {"ocellus/host", 0},
    {"ocellus/http", OC_CAPABILITY_HTTP},
    {"ocellus/p2p", OC_CAPABILITY_VIEWERS},
    {"ocellus/p2p-offers", OC_CAPABILITY_VIEWERS},
    {"ocellus/picture", 0},
    {"ocellus/plane", 0},
    {"ocellus/xml", 0},
    {"timer", 0},
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

static int compare_module(const void *key, const void *entry) {
    return strcmp(key, ((const module_t *)entry)->specifier);
}

static int compare_global(const void *key, const void *entry) {
    return strcmp(key, *(const char *const *)entry);
}

bool oc_app_surface_module(const char *specifier, unsigned capabilities) {
    const module_t *module = bsearch(specifier, modules, sizeof modules / sizeof *modules,
                                     sizeof *modules, compare_module);
    return module && (module->needs & ~capabilities) == 0;
}

bool oc_app_surface_global(const char *name) {
    return bsearch(name, globals, sizeof globals / sizeof *globals, sizeof *globals,
                   compare_global) != NULL;
}
