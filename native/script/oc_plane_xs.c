/* Glue of plane.ts: posts commands to the mailbox, takes replies and edges, reads published rows.
 * Script thread only; it never calls a media core. The record belongs to the machine's handle list:
 * collecting the script's object changes nothing. Parcels are posted or freed before anything of
 * the engine can unwind; a reply's parcel is held by the record while it is copied. */
#include "oc_glue.h"

#include <stdlib.h>
#include <string.h>
#include "oc_capability.h"
#include "oc_script_context.h"

typedef struct plane_record {
    oc_xs_handle_t handle;
    oc_script_context_t *context;
    xsMachine *machine;
    xsSlot self;    /* remembered until the machine ends; its `pump` is called */
    oc_reply_t got; /* parcel: held between oc_mailbox_take_reply and the copy */
} plane_record_t;

void xs_plane_destructor(void *data);
void xs_plane_attach(xsMachine *the);
void xs_plane_post(xsMachine *the);
void xs_plane_take_reply(xsMachine *the);
void xs_plane_take_edge(xsMachine *the);
void xs_plane_read_row(xsMachine *the);
void xs_plane_read_name(xsMachine *the);
void xs_plane_read_why(xsMachine *the);
void xs_plane_pushes_max(xsMachine *the);
void xs_plane_read_push(xsMachine *the);
void xs_plane_read_push_why(xsMachine *the);
void xs_plane_channels_max(xsMachine *the);
void xs_plane_now(xsMachine *the);

/* Drops the script's reference; the record goes with the machine. */
void xs_plane_destructor(void *data) {}

static plane_record_t *record_of(xsMachine *the) {
    plane_record_t *record = xsmcGetHostDataValidate(xsThis, xs_plane_destructor);
    if (!record)
        xsUnknownError("the media plane is not attached");
    return record;
}

static void on_machine_end(oc_xs_handle_t *handle) {
    plane_record_t *record =
        (plane_record_t *)(void *)((char *)handle - offsetof(plane_record_t, handle));
    xsMachine *the = record->machine;
    xsForget(record->self); /* the engine's list of remembered slots runs through the record */
    record->context->pump = NULL;
    record->context->pump_data = NULL;
    oc_mailbox_parcel_free(record->context->mailbox, &record->got.parcel);
    free(record);
}

static void call_pump(xsMachine *the, void *data) {
    plane_record_t *record = data;
    xsmcVars(2);
    xsVar(0) = xsAccess(record->self);
    xsmcGet(xsVar(1), xsVar(0), xsID("pump"));
    xsCallFunction0(xsVar(1), xsUndefined);
}

static void on_pump(void *data) {
    plane_record_t *record = data;
    oc_xs_enter(record->machine, call_pump, record);
}

/* attach(): `this.pump` is called after each wake-up. Throws when the host has no media plane or
 * another object is attached. */
void xs_plane_attach(xsMachine *the) {
    oc_script_context_t *context = oc_xs_host(the);
    if (xsmcGetHostDataValidate(xsThis, xs_plane_destructor))
        xsUnknownError("the media plane is attached already");
    if (!context)
        xsUnknownError("this host has no media plane");
    if (context->pump)
        xsUnknownError("the media plane is attached already");
    plane_record_t *record = calloc(1, sizeof *record);
    if (!record)
        xsUnknownError("no memory for the media plane");
    record->context = context;
    record->machine = the;
    record->self = xsThis;
    xsRemember(record->self);
    xsmcSetHostData(xsThis, record);
    oc_xs_handle_add(the, &record->handle, on_machine_end);
    context->pump = on_pump;
    context->pump_data = record;
}

/* post(kind, object, arg0, arg1, bytes, arg2): request number or a negative code. bytes: a view or
 * undefined; arg2: 0 when left out. */
void xs_plane_post(xsMachine *the) {
    plane_record_t *record = record_of(the);
    oc_command_t command = {.kind = (uint16_t)oc_glue_arg(the, 0),
                            .object = (uint16_t)oc_glue_arg(the, 1)};
    command.arg[0] = (int32_t)oc_glue_arg(the, 2);
    command.arg[1] = (int32_t)oc_glue_arg(the, 3);
    if (xsmcArgc > 5)
        command.arg[2] = (int32_t)oc_glue_arg(the, 5);
    const void *bytes;
    size_t size;
    oc_glue_bytes(the, 4, &bytes, &size);
    xsmcSetInteger(xsResult, oc_glue_post(the, record->context->mailbox, &command, bytes, size));
}

/* takeReply(): {request, code, value0, value1, bytes} or undefined; bytes: ArrayBuffer or
 * undefined. */
void xs_plane_take_reply(xsMachine *the) {
    plane_record_t *record = record_of(the);
    oc_mailbox_t *mailbox = record->context->mailbox;
    oc_reply_t *got = &record->got;
    if (oc_mailbox_take_reply(mailbox, got) != OC_OK)
        return;
    xsmcVars(1);
    xsmcSetNewObject(xsResult);
    xsmcSetNumber(xsVar(0), got->request);
    xsmcSet(xsResult, xsID("request"), xsVar(0));
    xsmcSetInteger(xsVar(0), got->code);
    xsmcSet(xsResult, xsID("code"), xsVar(0));
    xsmcSetInteger(xsVar(0), got->value[0]);
    xsmcSet(xsResult, xsID("value0"), xsVar(0));
    xsmcSetInteger(xsVar(0), got->value[1]);
    xsmcSet(xsResult, xsID("value1"), xsVar(0));
    xsmcSetUndefined(xsVar(0));
    if (got->parcel.len)
        xsmcSetArrayBuffer(xsVar(0), got->parcel.data, (xsIntegerValue)got->parcel.len);
    xsmcSet(xsResult, xsID("bytes"), xsVar(0));
    oc_mailbox_parcel_free(mailbox, &got->parcel);
}

/* takeEdge(): object number, -1 for none */
void xs_plane_take_edge(xsMachine *the) {
    uint32_t count;
    xsmcSetInteger(xsResult, oc_mailbox_take_edge(record_of(the)->context->mailbox, &count));
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

/* readRow(slot, words): fills an ArrayBuffer; false when there is no such row, or the application
 * has not the capability media */
void xs_plane_read_row(xsMachine *the) {
    oc_script_context_t *context = record_of(the)->context;
    unsigned slot = oc_glue_arg(the, 0);
    oc_stream_row_t row;
    void *words = row_buffer(the, sizeof row);
    bool done = slot < OC_STREAMS_MAX && oc_glue_may(the, OC_CAPABILITY_MEDIA) &&
                context->read_row(context->host, slot, &row);
    if (done)
        memcpy(words, &row, sizeof row);
    xsmcSetBoolean(xsResult, done);
}

/* readName(slot): text, "" when free */
void xs_plane_read_name(xsMachine *the) {
    oc_script_context_t *context = record_of(the)->context;
    unsigned slot = oc_glue_arg(the, 0);
    char name[OC_CHANNEL_NAME_MAX] = "";
    if (slot < OC_STREAMS_MAX && oc_glue_may(the, OC_CAPABILITY_MEDIA))
        context->read_name(context->host, slot, name);
    xsmcSetString(xsResult, name); /* ASCII by the rule of channel names */
}

/* readWhy(channel): UTF-8 text, "" when it is as wanted */
void xs_plane_read_why(xsMachine *the) {
    oc_script_context_t *context = record_of(the)->context;
    unsigned channel = oc_glue_arg(the, 0);
    char why[OC_DESIRED_WHY_MAX] = "";
    if (channel < OC_CHANNELS_MAX && oc_glue_may(the, OC_CAPABILITY_MEDIA))
        context->read_why(context->host, channel, why);
    xsmcSetString(xsResult, why);
}

/* pushesMax(): 0 when the host pushes nothing */
void xs_plane_pushes_max(xsMachine *the) {
    xsmcSetInteger(xsResult, record_of(the)->context->read_push ? OC_PUSHES_MAX : 0);
}

/* readPush(index, words): as readRow */
void xs_plane_read_push(xsMachine *the) {
    oc_script_context_t *context = record_of(the)->context;
    unsigned index = oc_glue_arg(the, 0);
    oc_push_row_t row;
    void *words = row_buffer(the, sizeof row);
    bool done = index < OC_PUSHES_MAX && context->read_push &&
                oc_glue_may(the, OC_CAPABILITY_MEDIA) &&
                context->read_push(context->host, index, &row);
    if (done)
        memcpy(words, &row, sizeof row);
    xsmcSetBoolean(xsResult, done);
}

/* readPushWhy(index): UTF-8 text, "" when it runs */
void xs_plane_read_push_why(xsMachine *the) {
    oc_script_context_t *context = record_of(the)->context;
    unsigned index = oc_glue_arg(the, 0);
    char why[OC_PUSH_WHY_MAX] = "";
    if (index < OC_PUSHES_MAX && context->read_push && oc_glue_may(the, OC_CAPABILITY_MEDIA))
        context->read_push_why(context->host, index, why);
    xsmcSetString(xsResult, why);
}

/* channelsMax() */
void xs_plane_channels_max(xsMachine *the) {
    xsmcSetInteger(xsResult, OC_CHANNELS_MAX);
}

/* now(): monotonic milliseconds */
void xs_plane_now(xsMachine *the) {
    oc_script_context_t *context = record_of(the)->context;
    xsmcSetNumber(xsResult, (double)context->now_us(context->host) / 1000.0);
}
