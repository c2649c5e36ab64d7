/* Glue of key-value.ts: an oc_key_store for each object, until close(), or until the object is
 * collected or its machine deleted. Natives give a number below 0 (OC_ERR_*) for what failed. */
#include "oc_xs.h"

#include <stdlib.h>
#include <string.h>
#include "oc_capability.h"
#include "oc_cesu8.h"
#include "oc_err.h"
#include "oc_glue.h"
#include "oc_key_store.h"
#include "oc_script_context.h"

typedef struct {
    oc_key_store_t store;
    int place; /* among what the application has open */
} domain_t;

void xs_domain_destructor(void *data);
void xs_domain_open(xsMachine *the);
void xs_domain_close(xsMachine *the);
void xs_domain_check(xsMachine *the);
void xs_domain_read(xsMachine *the);
void xs_domain_write(xsMachine *the);
void xs_domain_delete(xsMachine *the);
void xs_domain_keys(xsMachine *the);

void xs_domain_destructor(void *data) {
    domain_t *domain = data;
    if (!domain)
        return;
    oc_app_folder_give(domain->store.folder, domain->place);
    free(domain);
}

static void may(xsMachine *the) {
    if (!oc_xs_may(the, OC_CAPABILITY_FILES))
        xsUnknownError("the application does not have the capability files");
}

static domain_t *domain_of(xsMachine *the) {
    may(the);
    domain_t *domain = xsmcGetHostDataValidate(xsThis, xs_domain_destructor);
    if (!domain)
        xsSyntaxError("closed");
    return domain;
}

static void set_result(xsMachine *the, int result) {
    xsmcSetInteger(xsResult, result);
}

/* open(name): a number */
void xs_domain_open(xsMachine *the) {
    oc_script_context_t *context = oc_xs_host(the);
    char name[OC_KEY_STORE_NAME + 1];
    const void *bytes;
    size_t size;
    may(the);
    if (xsmcGetHostDataValidate(xsThis, xs_domain_destructor)) /* throws for one of another kind */
        xsUnknownError("an object is made once");
    if (!context || !context->app_folder)
        xsUnknownError("this host has no folder of the application");
    oc_glue_bytes(the, 0, &bytes, &size);
    if (size >= sizeof name || (size && memchr(bytes, 0, size))) {
        set_result(the, OC_ERR_INVAL);
        return;
    }
    if (size)
        memcpy(name, bytes, size);
    name[size] = '\0';
    domain_t *domain = malloc(sizeof *domain);
    if (!domain)
        xsUnknownError("no memory for a store");
    int result = oc_key_store_init(&domain->store, context->app_folder, name);
    if (result == OC_OK)
        result = domain->place = oc_app_folder_take(context->app_folder, -1);
    if (result == OC_ERR_BUSY) { /* what nobody can reach any more does not count */
        xsCollectGarbage();
        result = domain->place = oc_app_folder_take(context->app_folder, -1);
    }
    if (result < 0)
        free(domain);
    else
        xsmcSetHostData(xsThis, domain);
    set_result(the, result < 0 ? result : OC_OK);
}

/* close() */
void xs_domain_close(xsMachine *the) {
    domain_t *domain = xsmcGetHostDataValidate(xsThis, xs_domain_destructor);
    xsmcSetHostData(xsThis, NULL);
    xs_domain_destructor(domain);
}

/* check(): throws unless it is open */
void xs_domain_check(xsMachine *the) {
    (void)domain_of(the);
}

/* The key of argument 0, borrowed until the engine is called again. */
static oc_key_value_t key_of(xsMachine *the) {
    const void *key;
    oc_key_value_t entry = {0};
    oc_glue_bytes(the, 0, &key, &entry.key_len);
    entry.key = key;
    return entry;
}

/* read(key): [format, value], undefined, or a number */
void xs_domain_read(xsMachine *the) {
    domain_t *domain = domain_of(the);
    oc_key_value_t key = key_of(the), entry;
    int result = oc_key_store_refresh(&domain->store);
    if (result != OC_OK) {
        set_result(the, result);
        return;
    }
    if (!oc_key_values_find(&domain->store.values, key.key, key.key_len, &entry))
        return;
    xsmcVars(1);
    xsmcSetNewArray(xsResult, 2);
    xsmcSetInteger(xsVar(0), (xsIntegerValue)entry.format);
    xsmcSetIndex(xsResult, 0, xsVar(0));
    xsmcSetArrayBuffer(xsVar(0), (void *)(uintptr_t)entry.value, (xsIntegerValue)entry.value_len);
    xsmcSetIndex(xsResult, 1, xsVar(0));
}

/* write(key, format, value): a number */
void xs_domain_write(xsMachine *the) {
    domain_t *domain = domain_of(the);
    int format = (int)xsmcToInteger(xsArg(1));
    oc_key_value_t entry = key_of(the);
    const void *value;
    oc_glue_bytes(the, 2, &value, &entry.value_len);
    entry.value = value;
    entry.format = (unsigned)format;
    int result = oc_key_store_refresh(&domain->store);
    if (result == OC_OK)
        result = oc_key_values_set(&domain->store.values, &entry);
    if (result == OC_OK)
        result = oc_key_store_save(&domain->store);
    set_result(the, result);
}

/* delete(key): a number */
void xs_domain_delete(xsMachine *the) {
    domain_t *domain = domain_of(the);
    oc_key_value_t key = key_of(the);
    int result = oc_key_store_refresh(&domain->store);
    if (result == OC_OK && oc_key_values_remove(&domain->store.values, key.key, key.key_len))
        result = oc_key_store_save(&domain->store);
    set_result(the, result);
}

/* keys(): an array of texts, or a number */
void xs_domain_keys(xsMachine *the) {
    domain_t *domain = domain_of(the);
    oc_key_value_t entry;
    xsIndex count = 0;
    int result = oc_key_store_refresh(&domain->store);
    if (result != OC_OK) {
        set_result(the, result);
        return;
    }
    xsmcVars(1);
    xsmcSetNewArray(xsResult, 0);
    for (size_t at = 0; oc_key_values_next(&domain->store.values, &at, &entry);) {
        bool malformed;
        size_t length = oc_cesu8_from_utf8(NULL, entry.key, entry.key_len, &malformed);
        xsmcSetStringBuffer(xsVar(0), NULL, (xsIntegerValue)length);
        oc_cesu8_from_utf8(xsmcToString(xsVar(0)), entry.key, entry.key_len, &malformed);
        xsmcSetIndex(xsResult, count++, xsVar(0));
    }
}
