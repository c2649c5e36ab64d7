/* Glue of p2p.ts: posts the commands of viewers, reads their published rows, takes labels apart.
 * Script thread only; all state is the host's oc_script_context_t. Replies and edges are taken by
 * the glue of plane.ts alone. */
#include "oc_glue.h"

#include <string.h>
#include "oc_capability.h"
#include "oc_label.h"
#include "oc_script_context.h"

void xs_p2p_post(xsMachine *the);
void xs_p2p_sessions_max(xsMachine *the);
void xs_p2p_read_session(xsMachine *the);
void xs_p2p_read_view(xsMachine *the);
void xs_p2p_parse_label(xsMachine *the);

static oc_script_context_t *context_of(xsMachine *the) {
    oc_script_context_t *context = oc_xs_host(the);
    if (!context)
        xsUnknownError("this host has no media plane");
    return context;
}

/* post(kind, object, arg0, arg1, arg2, arg3, bytes): request number or a negative code. */
void xs_p2p_post(xsMachine *the) {
    oc_mailbox_t *mailbox = context_of(the)->mailbox;
    oc_command_t command = {.kind = (uint16_t)oc_glue_arg(the, 0),
                            .object = (uint16_t)oc_glue_arg(the, 1)};
    const void *bytes;
    size_t size;
    for (int i = 0; i < 4; i++)
        command.arg[i] = (int32_t)oc_glue_arg(the, 2 + i);
    oc_glue_bytes(the, 6, &bytes, &size);
    xsmcSetInteger(xsResult, oc_glue_post(the, mailbox, &command, bytes, size));
}

/* sessionsMax(): 0 when the host has no transport */
void xs_p2p_sessions_max(xsMachine *the) {
    xsmcSetInteger(xsResult, context_of(the)->read_session ? OC_SESSIONS_MAX : 0);
}

/* The buffer of a whole row in xsArg(1) (XS 13 takes no view of larger items). */
static void *row_buffer(xsMachine *the, size_t expected) {
    void *words;
    xsUnsignedValue size;
    xsmcGetBufferWritable(xsArg(1), &words, &size);
    if (size != expected)
        xsRangeError("wrong size of a row");
    return words;
}

/* readSession(index, words): false when there is no such row */
void xs_p2p_read_session(xsMachine *the) {
    oc_script_context_t *context = context_of(the);
    unsigned index = oc_glue_arg(the, 0);
    oc_session_row_t row;
    void *words = row_buffer(the, sizeof row);
    bool done = index < OC_SESSIONS_MAX && context->read_session &&
                oc_glue_may(the, OC_CAPABILITY_VIEWERS) &&
                context->read_session(context->host, index, &row);
    if (done)
        memcpy(words, &row, sizeof row);
    xsmcSetBoolean(xsResult, done);
}

/* readView(index, words): the same of a view */
void xs_p2p_read_view(xsMachine *the) {
    oc_script_context_t *context = context_of(the);
    unsigned index = oc_glue_arg(the, 0);
    oc_view_row_t row;
    void *words = row_buffer(the, sizeof row);
    bool done = index < OC_VIEWS_MAX && context->read_view &&
                oc_glue_may(the, OC_CAPABILITY_VIEWERS) &&
                context->read_view(context->host, index, &row);
    if (done)
        memcpy(words, &row, sizeof row);
    xsmcSetBoolean(xsResult, done);
}

/* xsResult[at] = the text, as UTF-8 bytes. xsVar(0) is used. */
static void put(xsMachine *the, xsIntegerValue at, const char *text) {
    xsmcSetArrayBuffer(xsVar(0), (void *)text, (xsIntegerValue)strlen(text));
    xsmcSetIndex(xsResult, (xsIndex)at, xsVar(0));
}

/* parseLabel(bytes): [name, key, value, ...] as ArrayBuffers, or what is wrong as a string. A pure
 * function; no core's state is touched. */
void xs_p2p_parse_label(xsMachine *the) {
    oc_label_t label;
    const void *bytes;
    size_t size;
    oc_glue_bytes(the, 0, &bytes, &size);
    if (oc_label_parse(oc_span(bytes, size), &label) < 0) {
        xsmcSetString(xsResult, (char *)label.error); /* ASCII */
        return;
    }
    xsmcVars(1);
    xsmcSetNewArray(xsResult, 1 + 2 * (xsIntegerValue)label.keys);
    put(the, 0, label.name);
    for (unsigned i = 0; i < label.keys; i++) {
        put(the, 1 + 2 * (xsIntegerValue)i, label.text + label.key[i]);
        put(the, 2 + 2 * (xsIntegerValue)i, label.text + label.value[i]);
    }
}
