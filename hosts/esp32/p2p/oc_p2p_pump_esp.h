/* oc_p2p_pump_esp - oc_hub_pump on a board's media task: sockets of lwIP, the task that waits for
 * them, the task of the handshakes, the list of local addresses. Nothing happens but in
 * oc_p2p_pump_esp_turn. TURN over UDP only: a connection to a server by TCP or TLS fails at once.
 */
#ifndef OC_P2P_PUMP_ESP_H
#define OC_P2P_PUMP_ESP_H

#include "oc_hub_pump.h"
#include "oc_udp_lwip.h"

typedef struct oc_p2p_pump_esp oc_p2p_pump_esp_t; /* opaque; in PSRAM */

typedef struct oc_p2p_pump_esp_config {
    oc_hub_config_t hub; /* gather: set by the pump when `servers`. certificate NULL: that of NVS
                            (oc_certificate_esp). Its pointers: borrowed until destroyed */
    uint16_t port;       /* of the sockets; 0: any */
    bool ipv4, ipv6;     /* families; at least one */
    bool loopback;       /* loopback addresses are candidates too; sets hub.allow_loopback */
    bool servers;        /* oc_hub_pump_set_server follows */
    /* The hub is there (OC_OK), or not: OC_ERR_NOMEM | OC_ERR_INVAL | OC_ERR_STATE no interface has
     * an address, so no certificate can be made | OC_ERR_IO. On a turn, once. */
    void (*on_open)(void *context, int result);
    /* Each event of the hub, when the peers have it already; may call the hub, but not
     * oc_p2p_pump_esp_close. Memory of ended peers is the pump's. */
    void (*on_event)(void *owner, const oc_hub_event_t *event);
    /* Behind the events of one look: what it has the hub send leaves in the same turn. The member
     * may be NULL. */
    void (*on_events)(void *owner);
    void *owner;                 /* of both */
    void (*wake)(void *context); /* any task: oc_p2p_pump_esp_turn is due; must not block */
    void *context;
} oc_p2p_pump_esp_config_t;

/* Opens the sockets and starts the tasks; on_open follows. OC_OK | OC_ERR_NOMEM | OC_ERR_BUSY the
 * port is taken | OC_ERR_NOTSUP none of the families is here | OC_ERR_STATE no interface has an
 * address: wait for one, before there is neither a way out nor a random number | OC_ERR_INVAL. */
int oc_p2p_pump_esp_create(oc_p2p_pump_esp_t **out, const oc_p2p_pump_esp_config_t *config);

/* Everything that is due. When to be called again: monotonic us, INT64_MAX only after `wake`. */
int64_t oc_p2p_pump_esp_turn(oc_p2p_pump_esp_t *pump);

/* Says goodbye to the peers and ends the tasks, over some turns. */
void oc_p2p_pump_esp_close(oc_p2p_pump_esp_t *pump);
/* Every task has ended and the last words have left, or had their 500 ms. */
bool oc_p2p_pump_esp_closed(const oc_p2p_pump_esp_t *pump);
/* Frees everything, when it is closed. NULL is allowed. */
void oc_p2p_pump_esp_destroy(oc_p2p_pump_esp_t *pump);

/* What moves the hub: offers, peers, servers and a network that changed, on the media task; then a
 * turn is due. Its hub is NULL before on_open. */
oc_hub_pump_t *oc_p2p_pump_esp_core(oc_p2p_pump_esp_t *pump);

typedef struct oc_p2p_pump_esp_stats {
    oc_udp_lwip_stats_t udp[2]; /* IPv4, IPv6 */
    uint16_t port[2];           /* 0: not open */
    uint32_t turns, jobs;       /* jobs: done by the task of the handshakes */
} oc_p2p_pump_esp_stats_t;
void oc_p2p_pump_esp_stats(const oc_p2p_pump_esp_t *pump, oc_p2p_pump_esp_stats_t *out);

#endif
