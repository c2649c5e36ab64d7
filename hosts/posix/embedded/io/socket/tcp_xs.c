/* Glue of tcp.ts. The script's object of a connection points to the record until it is closed, and
 * is kept from collection. */
#include "oc_xs.h"

#include "oc_capability.h"
#include "oc_err.h"
#include "oc_tcp.h"
#include <stdio.h>
#include <stdlib.h>

/* What is reported; as in tcp.ts. */
enum { REPORT_READABLE, REPORT_WRITABLE, REPORT_ERROR };

typedef struct {
    oc_xs_handle_t handle;
    xsMachine *machine;
    oc_tcp_t *tcp;
    xsSlot self; /* remembered until it is closed */
} tcp_record_t;

/* One thing that is reported, on its way into the machine. */
typedef struct {
    tcp_record_t *record;
    int kind;
    size_t bytes;
    const char *why;
} news_t;

void xs_tcp_handle_destructor(void *data);
void xs_tcp_open(xsMachine *the);
void xs_tcp_end(xsMachine *the);
void xs_tcp_again(xsMachine *the);
void xs_tcp_readable(xsMachine *the);
void xs_tcp_take(xsMachine *the);
void xs_tcp_writable(xsMachine *the);
void xs_tcp_put(xsMachine *the);
void xs_tcp_remote(xsMachine *the);

/* An object that is collected was closed. */
void xs_tcp_handle_destructor(void *data) {}

static void on_machine_end(oc_xs_handle_t *handle) {
    tcp_record_t *record =
        (tcp_record_t *)(void *)((char *)handle - offsetof(tcp_record_t, handle));
    xsMachine *the = record->machine;
    xsForget(record->self); /* the engine's list of remembered slots runs through the record */
    oc_tcp_close(record->tcp);
    free(record);
}

static void report(xsMachine *the, void *data) {
    const news_t *news = data;
    xsmcVars(5);
    xsVar(0) = xsAccess(news->record->self);
    xsmcGet(xsVar(1), xsVar(0), xsID("callback"));
    xsmcSetInteger(xsVar(2), news->kind);
    xsmcSetInteger(xsVar(3), (xsIntegerValue)news->bytes);
    xsmcSetString(xsVar(4), (char *)news->why);
    xsCallFunction3(xsVar(1), xsUndefined, xsVar(2), xsVar(3), xsVar(4));
}

static void enter(tcp_record_t *record, int kind, size_t bytes, const char *why) {
    news_t news = {record, kind, bytes, why};
    oc_xs_enter(record->machine, report, &news);
}

static void on_readable(void *context, size_t bytes) {
    enter(context, REPORT_READABLE, bytes, "");
}

static void on_writable(void *context, size_t bytes) {
    enter(context, REPORT_WRITABLE, bytes, "");
}

static void on_error(void *context, const char *why) {
    enter(context, REPORT_ERROR, 0, why);
}

/* open(callback, host, named, port, nodelay, keepAlive): the connection's object, or OC_ERR_* */
void xs_tcp_open(xsMachine *the) {
    static const oc_tcp_calls_t calls = {on_readable, on_writable, on_error};
    if (!oc_xs_may(the, OC_CAPABILITY_NETWORK))
        xsUnknownError("the application does not have the capability network");
    xsmcVars(1);
    xsVar(0) = xsNewHostObject(xs_tcp_handle_destructor);
    xsmcSet(xsVar(0), xsID("callback"), xsArg(0));
    oc_tcp_config_t config = {.name = xsmcToBoolean(xsArg(2)),
                              .port = (uint16_t)xsmcToInteger(xsArg(3)),
                              .nodelay = (int)xsmcToInteger(xsArg(4)),
                              .keepalive_s = (unsigned)xsmcToInteger(xsArg(5))};
    tcp_record_t *record = calloc(1, sizeof *record);
    config.host = xsmcToString(xsArg(1));
    int result =
        record ? oc_tcp_open(&record->tcp, oc_xs_loop(the), &config, &calls, record) : OC_ERR_NOMEM;
    if (result < 0) {
        free(record);
        xsmcSetInteger(xsResult, result);
        return;
    }
    record->machine = the;
    record->self = xsVar(0);
    xsRemember(record->self);
    xsmcSetHostData(xsVar(0), record);
    oc_xs_handle_add(the, &record->handle, on_machine_end);
    xsResult = xsVar(0);
}

static tcp_record_t *record_of(xsMachine *the) {
    tcp_record_t *record = xsmcGetHostDataValidate(xsArg(0), xs_tcp_handle_destructor);
    if (!record)
        xsUnknownError("TCP: closed");
    return record;
}

/* end(connection) */
void xs_tcp_end(xsMachine *the) {
    tcp_record_t *record = record_of(the);
    xsmcSetHostData(record->self, NULL);
    xsForget(record->self);
    oc_xs_handle_remove(&record->handle);
    oc_tcp_close(record->tcp);
    free(record);
}

/* again(connection): somebody else listens */
void xs_tcp_again(xsMachine *the) {
    oc_tcp_report_again(record_of(the)->tcp);
}

/* readable(connection): bytes */
void xs_tcp_readable(xsMachine *the) {
    xsmcSetInteger(xsResult, (xsIntegerValue)oc_tcp_readable(record_of(the)->tcp));
}

/* take(connection, bytes): fills them */
void xs_tcp_take(xsMachine *the) {
    tcp_record_t *record = record_of(the);
    void *bytes;
    xsUnsignedValue size;
    xsmcGetBufferWritable(xsArg(1), &bytes, &size);
    if (size > oc_tcp_readable(record->tcp))
        xsRangeError("TCP read: more than came");
    oc_tcp_read(record->tcp, bytes, size);
}

/* writable(connection): bytes */
void xs_tcp_writable(xsMachine *the) {
    xsmcSetInteger(xsResult, (xsIntegerValue)oc_tcp_writable(record_of(the)->tcp));
}

/* put(connection, bytes) */
void xs_tcp_put(xsMachine *the) {
    tcp_record_t *record = record_of(the);
    void *bytes;
    xsUnsignedValue size;
    xsmcGetBufferReadable(xsArg(1), &bytes, &size);
    if (size > oc_tcp_writable(record->tcp))
        xsRangeError("TCP write: more than there is room for");
    oc_tcp_write(record->tcp, bytes, size);
}

/* remote(connection): "ADDRESS PORT", or "" */
void xs_tcp_remote(xsMachine *the) {
    char address[OC_TCP_ADDRESS], text[OC_TCP_ADDRESS + 8] = "";
    uint16_t port;
    if (oc_tcp_remote(record_of(the)->tcp, address, &port))
        snprintf(text, sizeof text, "%s %u", address, port);
    xsmcSetString(xsResult, text);
}
