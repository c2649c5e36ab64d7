/* Glue of sample.ts. */
#include "oc_xs.h"

#include <stdlib.h>

void xs_sample(xsMachine *the);
void xs_sample_destructor(void *data);
void xs_sample_add(xsMachine *the);
void xs_sample_get_size(xsMachine *the);
void xs_sample_set_size(xsMachine *the);
void xs_sample_alive(xsMachine *the);
void xs_sample_seen(xsMachine *the);
void xs_sample_fail(xsMachine *the);
void xs_sample_collect(xsMachine *the);

typedef struct {
    int size;
} sample_t;

static _Thread_local int alive;

void xs_sample_destructor(void *data) {
    if (data) {
        free(data);
        alive--;
    }
}

/* Sample(size) */
void xs_sample(xsMachine *the) {
    sample_t *sample = calloc(1, sizeof *sample);
    if (!sample)
        xsUnknownError("no memory");
    xsmcSetHostData(xsThis, sample);
    alive++;
    sample->size = xsmcToInteger(xsArg(0));
}

/* add(a, b): a + b + size */
void xs_sample_add(xsMachine *the) {
    sample_t *sample = xsmcGetHostDataValidate(xsThis, xs_sample_destructor);
    xsmcSetInteger(xsResult, xsmcToInteger(xsArg(0)) + xsmcToInteger(xsArg(1)) + sample->size);
}

/* get size */
void xs_sample_get_size(xsMachine *the) {
    sample_t *sample = xsmcGetHostDataValidate(xsThis, xs_sample_destructor);
    xsmcSetInteger(xsResult, sample->size);
}

/* set size(value) */
void xs_sample_set_size(xsMachine *the) {
    sample_t *sample = xsmcGetHostDataValidate(xsThis, xs_sample_destructor);
    sample->size = xsmcToInteger(xsArg(0));
}

/* static alive(): objects whose destructor has not run */
void xs_sample_alive(xsMachine *the) {
    xsmcSetInteger(xsResult, alive);
}

/* seen(...): "<type of this>:<count>(<arguments>)" */
void xs_sample_seen(xsMachine *the) {
    static const char types[] = "unbiissyggr"; /* by xsmcTypeOf */
    char text[256];
    int count = xsmcArgc;
    int used = snprintf(text, sizeof text, "%c:%d(", types[(int)xsmcTypeOf(xsThis)], count);
    for (int i = 0; i < count; i++)
        used += snprintf(text + used, sizeof text - (size_t)used, "%s%s", i ? "," : "",
                         xsmcToString(xsArg(i)));
    snprintf(text + used, sizeof text - (size_t)used, ")");
    xsmcSetString(xsResult, text);
}

/* fail(): never */
void xs_sample_fail(xsMachine *the) {
    xsRangeError("sample failed: %d", 42);
}

/* collect() */
void xs_sample_collect(xsMachine *the) {
    xsCollectGarbage();
}
