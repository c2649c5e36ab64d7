/* oc_p2p_pump - oc_hub_pump on a libuv loop: its sockets (oc_udp), one deadline, the crypto worker,
 * connections to TURN servers and the list of local addresses. Everything runs on the loop's
 * thread. */
#ifndef OC_P2P_PUMP_H
#define OC_P2P_PUMP_H

#include <uv.h>
#include "oc_deadlines.h"
#include "oc_hub_pump.h"
#include "oc_udp.h"

#define OC_P2P_PUMP_SERVERS OC_GATHER_SERVERS

typedef struct oc_p2p_pump oc_p2p_pump_t; /* opaque */

typedef struct oc_p2p_pump_config {
    oc_hub_config_t hub; /* gather: set by the pump when servers > 0 or later_servers. Its
                            pointers: borrowed until closed */
    uint16_t port;       /* of the sockets; 0: any */
    bool ipv4, ipv6;     /* families; at least one */
    bool loopback;       /* loopback addresses are candidates too; sets hub.allow_loopback */
    bool plain;          /* oc_udp without GRO and GSO */
    oc_gather_server_t
        server[OC_P2P_PUMP_SERVERS]; /* names resolved; texts borrowed until return */
    unsigned servers;
    bool later_servers; /* oc_hub_pump_set_server follows */
    const char *ca;     /* PEM file that TURN over TLS trusts instead of the system's; NULL none.
                           Borrowed until closed */
    oc_deadlines_t *deadlines; /* the loop's timer, borrowed until closed; NULL: one of its own */
    int64_t rest_gap_us; /* quiet rounds that follow each other so closely begin a rest; 0: 500 us.
                            For tests, whose machine may be slower than that */
    /* Each event of the hub, when the peers have it already; may call the hub, but not
     * oc_p2p_pump_close. Memory of ended peers is the pump's. */
    void (*on_event)(void *context, const oc_hub_event_t *event);
    /* Behind the events of one look: what it has the hub send leaves in the same round. The member
     * may be NULL. */
    void (*on_events)(void *context);
    void *context;
} oc_p2p_pump_config_t;

/* Opens the sockets and starts. OC_OK | OC_ERR_NOMEM | OC_ERR_BUSY the port is taken |
 * OC_ERR_NOTSUP none of the families is here | OC_ERR_INVAL | OC_ERR_IO. */
int oc_p2p_pump_create(oc_p2p_pump_t **out, uv_loop_t *loop, const oc_p2p_pump_config_t *config);
/* Says goodbye to the peers, ends the worker and closes; closed (may be NULL) is called on the loop
 * when the memory is free. */
void oc_p2p_pump_close(oc_p2p_pump_t *pump, void (*closed)(void *context));

/* What moves the hub: offers, peers and servers of the owner. */
oc_hub_pump_t *oc_p2p_pump_core(oc_p2p_pump_t *pump);
/* The hub, for calls on the loop's thread. After calls outside of on_event: oc_p2p_pump_kick. */
oc_hub_t *oc_p2p_pump_hub(oc_p2p_pump_t *pump);
void oc_p2p_pump_kick(oc_p2p_pump_t *pump);
/* The same, but what is there leaves before it returns. Not inside of on_event and on_events: it
 * does nothing then. */
void oc_p2p_pump_turn(oc_p2p_pump_t *pump);
int64_t oc_p2p_pump_now(const oc_p2p_pump_t *pump); /* monotonic, for calls of the hub */

typedef struct oc_p2p_pump_stats {
    bool has[2]; /* IPv4, IPv6: the socket is open */
    uint16_t port[2];
    oc_udp_stats_t udp[2];
    uint64_t rounds; /* of the loop */
    uint64_t rests;  /* begun: the loop does not wait for a socket for 1 to 2 ms */
    uint64_t jobs;   /* done by the worker */
} oc_p2p_pump_stats_t;
void oc_p2p_pump_stats(const oc_p2p_pump_t *pump, oc_p2p_pump_stats_t *out);

#endif
