/* oc_p2p_pump_stream - connections of a pump to TURN servers. */
#include "oc_p2p_pump_impl.h"

#include "oc_err.h"

static void on_stream_up(void *context, uint8_t via, bool up) {
    oc_p2p_pump_t *pump = context;
    if (pump->closing)
        return;
    oc_hub_stream(pump->hub, via, up, oc_p2p_pump_now(pump));
    oc_p2p_pump_kick(pump);
}

static void on_stream_bytes(void *context, uint8_t via, uint8_t *data, size_t len) {
    oc_p2p_pump_t *pump = context;
    oc_path_t from = {.via = (uint8_t)(OC_GATHER_STREAM | via)};
    if (pump->closing)
        return;
    oc_hub_input(pump->hub, &from, data, len, oc_p2p_pump_now(pump));
    oc_p2p_pump_kick(pump);
}

void oc_p2p_pump_take_stream(oc_p2p_pump_t *pump, const oc_gather_event_t *event) {
    uint8_t via = event->candidate.via;
    if (via > OC_GATHER_RELAYS ||
        (event->kind != OC_GATHER_CONNECT && event->kind != OC_GATHER_DISCONNECT))
        return;
    oc_turn_stream_close(pump->stream[via]);
    pump->stream[via] = NULL;
    if (event->kind == OC_GATHER_DISCONNECT)
        return;
    oc_turn_stream_config_t config = {.loop = pump->loop,
                                      .server = event->addr,
                                      .tls = event->tls,
                                      .domain = event->domain,
                                      .ca = pump->config.ca,
                                      .on_up = on_stream_up,
                                      .on_bytes = on_stream_bytes,
                                      .context = pump,
                                      .tag = via};
    if (oc_turn_stream_open(&pump->stream[via], &config) != OC_OK)
        oc_hub_stream(pump->hub, via, false, pump->now_us);
}

void oc_p2p_pump_stream_write(oc_p2p_pump_t *pump, uint8_t via, const uint8_t *data, size_t len) {
    via &= (uint8_t)~OC_GATHER_STREAM;
    if (via <= OC_GATHER_RELAYS && pump->stream[via])
        (void)oc_turn_stream_write(pump->stream[via], data, len);
}

void oc_p2p_pump_close_streams(oc_p2p_pump_t *pump) {
    for (unsigned i = 0; i <= OC_GATHER_RELAYS; i++) {
        oc_turn_stream_close(pump->stream[i]);
        pump->stream[i] = NULL;
    }
}
