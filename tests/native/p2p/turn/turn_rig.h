/* turn_rig - oc_gather against model servers over a network in virtual time. */
#ifndef TURN_RIG_H
#define TURN_RIG_H

#include "oc_gather.h"
#include "oc_sim_net.h"
#include "turn_model.h"

#define RIG_SERVERS 4
#define RIG_EVENTS  256
#define RIG_DATA    256 /* bytes of a payload that are kept */
#define RIG_MS      1000
#define RIG_S       1000000

typedef struct rig_stream {
    bool open;
    unsigned server;
    oc_addr_t client; /* another port for each connection */
} rig_stream_t;

/* A datagram that came out at one end. */
typedef struct rig_seen {
    unsigned count;
    oc_addr_t peer;    /* of the last */
    oc_addr_t relayed; /* of the last, at peers */
    uint8_t via;       /* of the last, at the client */
    char text[RIG_DATA];
    int64_t at_us;
} rig_seen_t;

typedef struct rig {
    oc_sim_net_t *net;
    unsigned client, end[RIG_SERVERS];
    turn_model_t model[RIG_SERVERS];
    bool up[RIG_SERVERS];     /* takes connections */
    bool silent[RIG_SERVERS]; /* lets them wait for ever */
    bool deaf;                /* peers answer nothing; else each datagram is echoed */
    oc_addr_t client_addr[2]; /* of the shared sockets: IPv4, IPv6 */
    rig_stream_t stream[OC_GATHER_RELAYS];
    unsigned connections;
    int64_t now_us;
    oc_gather_t gather;
    oc_gather_event_t event[RIG_EVENTS];
    unsigned events;
    rig_seen_t at_client, at_peer;
    unsigned sent; /* datagrams and messages of the client */
} rig_t;

/* No loss, 20 ms one way, RIG_SERVERS servers at turn_rig_server(0) and on. config NULL: the
 * defaults, warm. */
void turn_rig_init(rig_t *rig, uint64_t seed, const oc_gather_config_t *config);
/* How many requests the servers could not read: what a teardown gives. */
int turn_rig_close(rig_t *rig);

/* The address of a server; 4 or 6. */
oc_addr_t turn_rig_server(unsigned index, unsigned family);

/* Sets a TURN server of this transport with the right credentials, IPv4. */
void turn_rig_turn(rig_t *rig, unsigned index, oc_turn_transport_t transport);
/* A STUN server. */
void turn_rig_stun(rig_t *rig, unsigned index);

/* Lets time pass. */
void turn_rig_run(rig_t *rig, int64_t us);

/* How many events of a kind there were; the last of them. */
unsigned turn_rig_count(const rig_t *rig, oc_gather_event_kind_t kind);
const oc_gather_event_t *turn_rig_last(const rig_t *rig, oc_gather_event_kind_t kind);

/* Sends a text through an allocation; what oc_gather_wrap gave. */
int turn_rig_send(rig_t *rig, uint8_t via, const oc_addr_t *peer, const char *text);

/* A peer's address: 198.51.100.n. */
oc_addr_t turn_rig_peer(unsigned n, unsigned port);

#endif
