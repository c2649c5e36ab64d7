/* Glue of sim.ts: the state of the program for a display, and the buttons of one. On the GLib main
 * thread, in the SDK's own machine; no application runs there. Texts are ASCII or UTF-8 without
 * supplementary characters. */
#include "xsmc.h"

#include "mc.xs.h"
#include "oc_host.h"
#include "oc_sim.h"
#include "screen.h"

void xs_sim_start(xsMachine *the);
void xs_sim_stop(xsMachine *the);
void xs_sim_headless(xsMachine *the);
void xs_sim_status(xsMachine *the);
void xs_sim_channel(xsMachine *the);
void xs_sim_input(xsMachine *the);

void xs_sim_start(xsMachine *the) {
    const txScreen *screen = xsGetContext(the);
    oc_sim_start(screen->archive);
}

void xs_sim_stop(xsMachine *the) {
    oc_sim_stop();
}

void xs_sim_headless(xsMachine *the) {
    xsmcSetBoolean(xsResult, oc_sim_headless());
}

/* xsResult[id] = value. xsVar(0) is used. */
static void put_text(xsMachine *the, xsIdentifier id, const char *text) {
    xsmcSetString(xsVar(0), (xsStringValue)text);
    xsmcSet(xsResult, id, xsVar(0));
}

static void put_number(xsMachine *the, xsIdentifier id, double number) {
    xsmcSetNumber(xsVar(0), number);
    xsmcSet(xsResult, id, xsVar(0));
}

static void put_boolean(xsMachine *the, xsIdentifier id, bool value) {
    xsmcSetBoolean(xsVar(0), value);
    xsmcSet(xsResult, id, xsVar(0));
}

/* status(): {running, code, message, url, restarts, privacy, sensorOn, watching} */
void xs_sim_status(xsMachine *the) {
    oc_sim_status_t status;
    oc_sim_status(&status);
    xsmcVars(1);
    xsmcSetNewObject(xsResult);
    put_boolean(the, xsID_running, status.running);
    put_number(the, xsID_code, status.code);
    put_text(the, xsID_message, status.message);
    put_text(the, xsID_url, status.url);
    put_number(the, xsID_restarts, status.restarts);
    put_number(the, xsID_privacy, status.privacy);
    put_boolean(the, xsID_sensorOn, status.indicator & OC_INDICATOR_SENSOR);
    put_boolean(the, xsID_watching, status.indicator & OC_INDICATOR_WATCHING);
}

/* channel(number): the fields of interface RawChannel, or undefined */
void xs_sim_channel(xsMachine *the) {
    oc_host_t *host = oc_sim_host();
    oc_stream_row_t row;
    char name[OC_CHANNEL_NAME_MAX];
    xsmcVars(1);
    if (!host || !oc_host_channel(host, (unsigned)xsmcToInteger(xsArg(0)), &row, name))
        return;
    xsmcSetNewObject(xsResult);
    put_text(the, xsID_name, name);
    put_number(the, xsID_state, row.state);
    put_number(the, xsID_width, row.width);
    put_number(the, xsID_height, row.height);
    put_number(the, xsID_fpsMilli, row.fps_milli);
    put_number(the, xsID_bitrate, row.bitrate_bps);
    put_number(the, xsID_viewers, row.viewers);
    put_boolean(the, xsID_recording, row.recording);
    put_boolean(the, xsID_failing, row.record_failing);
    put_number(the, xsID_dropped, row.dropped_packets);
    put_number(the, xsID_lost, row.record_lost_packets);
}

/* input(number, raised): false when the media plane is too busy */
void xs_sim_input(xsMachine *the) {
    unsigned input = (unsigned)xsmcToInteger(xsArg(0));
    xsmcSetBoolean(xsResult, oc_sim_input(input, xsmcTest(xsArg(1))));
}
