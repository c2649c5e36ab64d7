/* Glue of http.ts: takes requests and answers them. Script thread only; all state is the host's
 * oc_script_context_t. Replies and edges are taken by the glue of plane.ts alone. */
#include "oc_glue.h"

#include <string.h>
#include "oc_body_glue.h"
#include "oc_command_needs.h"
#include "oc_script_context.h"

void xs_http_take(xsMachine *the);
void xs_http_reply(xsMachine *the);

static oc_script_context_t *context_of(xsMachine *the) {
    oc_script_context_t *context = oc_xs_host(the);
    if (!context)
        xsUnknownError("this host has no HTTP server");
    return context;
}

/* take(): request number or a negative code. */
void xs_http_take(xsMachine *the) {
    oc_command_t command = {.kind = OC_COMMAND_HTTP_TAKE};
    xsmcSetInteger(xsResult, oc_glue_post(the, context_of(the)->mailbox, &command, NULL, 0));
}

/* Gives the host the reference behind argument `at`. 0 or a negative code. */
static int give_body(xsMachine *the, int at, uint32_t id) {
    oc_script_context_t *context = context_of(the);
    oc_body_ref_t ref;
    if (!oc_glue_may(the, oc_command_needs(OC_COMMAND_HTTP_REPLY)))
        return OC_ERR_DENIED;
    if (!context->reply_body)
        return OC_ERR_NOTSUP;
    if (!oc_body_of(the, &xsArg(at), &ref))
        return OC_ERR_CLOSED;
    return context->reply_body(context->host, id, oc_body_keep(ref, 0, ref.bytes));
}

/* reply(id, status, head, bytes, body): request number or a negative code. head, bytes: views or
 * undefined; body: a Body or undefined. */
void xs_http_reply(xsMachine *the) {
    oc_mailbox_t *mailbox = context_of(the)->mailbox;
    oc_command_t command = {.kind = OC_COMMAND_HTTP_REPLY};
    const void *head, *bytes;
    size_t head_size, size;
    bool referenced = xsmcTypeOf(xsArg(4)) != xsUndefinedType;
    int code = OC_OK;
    command.arg[0] = (int32_t)oc_glue_arg(the, 0);
    command.arg[1] = (int32_t)oc_glue_arg(the, 1);
    command.arg[3] = referenced;
    if (referenced)
        code = give_body(the, 4, (uint32_t)command.arg[0]);
    oc_glue_bytes(the, 2, &head, &head_size);
    oc_glue_bytes(the, 3, &bytes, &size);
    command.arg[2] = (int32_t)head_size;
    if (code == OC_OK)
        code = oc_glue_post_two(the, mailbox, &command, head, head_size, bytes, size);
    xsmcSetInteger(xsResult, code);
}
