/* Glue of xml.ts over oc_xml.h: bytes in, bytes out. Pure: nothing of it reaches beyond the
 * machine, so it needs no capability. */
#include "oc_xs.h"

#include <stdbool.h>
#include <stdlib.h>
#include "oc_err.h"
#include "oc_glue.h"
#include "oc_xml.h"

void xs_xml_read(xsMachine *the);

/* A list on its way into the heap; a machine that ends for want of memory frees it. */
typedef struct {
    oc_xs_handle_t handle;
    char *list;
} xml_record_t;

static void close_record(oc_xs_handle_t *handle) {
    xml_record_t *record = (xml_record_t *)handle;
    free(record->list);
    free(record);
}

/* read(bytes, only): the list, or a number */
void xs_xml_read(xsMachine *the) {
    const void *bytes;
    size_t size, len = 0;
    bool all = xsmcTypeOf(xsArg(1)) == xsUndefinedType;
    if (!all)
        xsmcToString(xsArg(1)); /* may run a script: before there are pointers into the heap */
    oc_glue_bytes(the, 0, &bytes, &size);
    xml_record_t *record = calloc(1, sizeof *record);
    if (!record)
        xsUnknownError("no memory for a document");
    oc_xs_handle_add(the, &record->handle, close_record);
    const char *only = all ? NULL : xsmcToString(xsArg(1));
    int result = oc_xml_read(oc_span(bytes, size), only, &record->list, &len);
    if (result == OC_OK)
        xsmcSetArrayBuffer(xsResult, record->list, (xsIntegerValue)len);
    else
        xsmcSetInteger(xsResult, result);
    oc_xs_handle_remove(&record->handle);
    close_record(&record->handle);
}
