/* oc_p2p_pump_impl - what the files of oc_p2p_pump share. */
#ifndef OC_P2P_PUMP_IMPL_H
#define OC_P2P_PUMP_IMPL_H

#include "oc_crypto_worker.h"
#include "oc_mdns_socket.h"
#include "oc_p2p_pump.h"
#include "oc_turn_stream.h"

#define OC_P2P_PUMP_FAMILIES 2 /* place 0: IPv4, 1: IPv6 */

struct oc_p2p_pump {
    oc_p2p_pump_config_t config;
    uv_loop_t *loop;
    oc_hub_t *hub;
    void *memory; /* of the hub */
    oc_gather_t *gather;
    oc_crypto_worker_t *worker;
    oc_mdns_socket_t *mdns; /* NULL: names are not looked up */
    oc_udp_t *udp[OC_P2P_PUMP_FAMILIES];
    uv_poll_t socket[OC_P2P_PUMP_FAMILIES], watch;
    uv_poll_t exact; /* of timer_fd */
    uv_timer_t coarse;
    uv_idle_t soon;
    oc_turn_stream_t *stream[OC_GATHER_RELAYS + 1]; /* by via */
    int timer_fd, watch_fd;
    int64_t now_us;
    int64_t exact_us, coarse_us; /* what they are set to; INT64_MAX: nothing */
    unsigned guess;              /* the family of the last datagram */
    bool blocked[OC_P2P_PUMP_FAMILIES];
    bool in_round, closing;
    unsigned handles; /* open */
    uint64_t rounds, jobs;
    void (*closed)(void *context);
};

/* Events, jobs, output, and the next deadline. Not from inside of itself: it does nothing then. */
void oc_p2p_pump_round(oc_p2p_pump_t *pump);

/* A round at due_us of the pump's clock, up to 1 ms later; the past: in this turn of the loop, or
 * the next. INT64_MAX: never. Replaces what was set before. */
void oc_p2p_pump_arm(oc_p2p_pump_t *pump, int64_t due_us);
/* OC_OK | OC_ERR_IO. The handles whose data is set afterwards are to be closed. */
int oc_p2p_pump_time_open(oc_p2p_pump_t *pump);

/* A connection to a TURN server is wanted, or no more; other events are passed over. */
void oc_p2p_pump_take_stream(oc_p2p_pump_t *pump, const oc_gather_event_t *event);
/* One output of gathering for such a connection; what it does not take is lost. */
void oc_p2p_pump_stream_write(oc_p2p_pump_t *pump, uint8_t via, const uint8_t *data, size_t len);
/* Ends all of them. */
void oc_p2p_pump_close_streams(oc_p2p_pump_t *pump);

#endif
