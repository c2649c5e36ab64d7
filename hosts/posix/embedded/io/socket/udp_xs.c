/* Glue of udp.ts. The script's object of a socket points to the record until it is closed, and is
 * kept from collection. */
#include "oc_xs.h"

#include "oc_capability.h"
#include "oc_datagram.h"
#include "oc_err.h"
#include <stdlib.h>

typedef struct {
    oc_xs_handle_t handle;
    xsMachine *machine;
    oc_datagram_t *datagram;
    xsSlot self; /* remembered until it is closed */
} udp_record_t;

void xs_udp_handle_destructor(void *data);
void xs_udp_open(xsMachine *the);
void xs_udp_end(xsMachine *the);
void xs_udp_port(xsMachine *the);
void xs_udp_take(xsMachine *the);
void xs_udp_put(xsMachine *the);

/* An object that is collected was closed. */
void xs_udp_handle_destructor(void *data) {}

static void on_machine_end(oc_xs_handle_t *handle) {
    udp_record_t *record =
        (udp_record_t *)(void *)((char *)handle - offsetof(udp_record_t, handle));
    xsMachine *the = record->machine;
    xsForget(record->self); /* the engine's list of remembered slots runs through the record */
    oc_datagram_close(record->datagram);
    free(record);
}

static void report(xsMachine *the, void *data) {
    udp_record_t *record = data;
    xsmcVars(2);
    xsVar(0) = xsAccess(record->self);
    xsmcGet(xsVar(1), xsVar(0), xsID("callback"));
    xsCallFunction0(xsVar(1), xsUndefined);
}

static void on_readable(void *context) {
    udp_record_t *record = context;
    oc_xs_enter(record->machine, report, record);
}

/* open(callback, address, port): the socket's object, or OC_ERR_* */
void xs_udp_open(xsMachine *the) {
    if (!oc_xs_may(the, OC_CAPABILITY_NETWORK))
        xsUnknownError("the application does not have the capability network");
    xsmcVars(1);
    xsVar(0) = xsNewHostObject(xs_udp_handle_destructor);
    xsmcSet(xsVar(0), xsID("callback"), xsArg(0));
    uint16_t port = (uint16_t)xsmcToInteger(xsArg(2));
    udp_record_t *record = calloc(1, sizeof *record);
    int result = record ? oc_datagram_open(&record->datagram, oc_xs_loop(the),
                                           xsmcToString(xsArg(1)), port, on_readable, record)
                        : OC_ERR_NOMEM;
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

static udp_record_t *record_of(xsMachine *the) {
    udp_record_t *record = xsmcGetHostDataValidate(xsArg(0), xs_udp_handle_destructor);
    if (!record)
        xsUnknownError("UDP: closed");
    return record;
}

/* end(socket) */
void xs_udp_end(xsMachine *the) {
    udp_record_t *record = record_of(the);
    xsmcSetHostData(record->self, NULL);
    xsForget(record->self);
    oc_xs_handle_remove(&record->handle);
    oc_datagram_close(record->datagram);
    free(record);
}

/* port(socket): of this end */
void xs_udp_port(xsMachine *the) {
    xsmcSetInteger(xsResult, oc_datagram_port(record_of(the)->datagram));
}

/* take(socket): the next datagram with `address` and `port`, or undefined */
void xs_udp_take(xsMachine *the) {
    uint8_t bytes[OC_DATAGRAM_BYTES];
    char address[OC_DATAGRAM_ADDRESS];
    uint16_t port;
    int size = oc_datagram_read(record_of(the)->datagram, bytes, sizeof bytes, address, &port);
    if (size < 0)
        return;
    xsmcVars(1);
    xsmcSetArrayBuffer(xsResult, bytes, size);
    xsmcSetString(xsVar(0), address);
    xsmcSet(xsResult, xsID("address"), xsVar(0));
    xsmcSetInteger(xsVar(0), port);
    xsmcSet(xsResult, xsID("port"), xsVar(0));
}

/* put(socket, bytes, address, port): OC_ERR_* or OC_OK */
void xs_udp_put(xsMachine *the) {
    udp_record_t *record = record_of(the);
    uint16_t port = (uint16_t)xsmcToInteger(xsArg(3));
    char address[OC_DATAGRAM_ADDRESS];
    xsmcToStringBuffer(xsArg(2), address, sizeof address); /* the bytes stay where they are */
    void *bytes;
    xsUnsignedValue size;
    xsmcGetBufferReadable(xsArg(1), &bytes, &size);
    xsmcSetInteger(xsResult, oc_datagram_send(record->datagram, bytes, size, address, port));
}
