/* p2p_world - hubs in a network in virtual time: each has addresses, every pair of addresses a link
 * (tests/sim/p2p). Jobs of handshakes run at once, or take virtual time. Aborts on a test's own
 * mistakes. */
#ifndef P2P_WORLD_H
#define P2P_WORLD_H

#include "oc_hub.h"
#include "oc_sim_net.h"

#define WORLD_HUBS  80
#define WORLD_ADDRS 3
#define WORLD_JOBS  64

typedef struct world world_t;

typedef struct world_hub {
    world_t *world;
    oc_hub_t *hub;
    void *memory;
    oc_addr_t addr[WORLD_ADDRS];
    unsigned end[WORLD_ADDRS];
    unsigned addrs;
    /* Each event; may call the hub. NULL: messages are released, channels refused. */
    void (*on_event)(struct world_hub *self, oc_hub_event_t *event);
    void *context;
    bool frozen;       /* it neither hears nor does anything: a stopped process */
    int64_t worker_us; /* when its worker, which does one job at a time, is free */
    unsigned alive;    /* blocks of peers' memory that are out */
    uint64_t unsent;   /* datagrams to addresses that nobody has */
} world_hub_t;

/* A machine that is no hub: it has two IPs and all ports of them. */
typedef struct world_server {
    oc_addr_t addr, other; /* family 0: none; the port means nothing */
    unsigned end;
    void (*input)(world_t *world, const oc_addr_t *from, const oc_addr_t *to, oc_span_t bytes);
    void *context;
} world_server_t;

typedef struct world_job {
    world_hub_t *hub;
    oc_hub_peer_t id;
    int64_t done_us;
} world_job_t;

struct world {
    oc_sim_net_t *net;
    int64_t now_us;
    int64_t job_us; /* a job takes so long, one after the other at each hub; 0: no time */
    world_hub_t hub[WORLD_HUBS];
    unsigned hubs;
    world_job_t job[WORLD_JOBS];
    unsigned jobs;
    uint64_t steps;
    world_server_t server;
    /* Sees each datagram before it is sent; false: it is lost. NULL: none. */
    bool (*tap)(world_t *world, const world_hub_t *from, const oc_path_t *to, uint8_t *data,
                size_t *len);
    void *tap_context;
    /* Sees each offer and answer of world_connect and world_restart before the other end does and
     * may change it, within OC_HUB_DESCRIPTION bytes. NULL: none. */
    void (*edit)(world_t *world, const world_hub_t *from, bool answer, char *text);
};

/* A world without hubs; seeds the network and oc_random. */
world_t *world_create(uint64_t seed);
void world_destroy(world_t *world); /* ends the hubs */

/* A hub with one address, 10.0.0.N (N from 1); config's certificate and profile have defaults. */
world_hub_t *world_add(world_t *world, const oc_hub_config_t *config);
/* Another address for it, 10.1.N.0/24; told to the hub. Returns its place. */
unsigned world_add_addr(world_hub_t *hub);
/* Takes the lines that begin so out of a description, or puts what stands there in their place. */
void world_change_line(char *text, const char *begins, const char *line);
/* An edit: descriptions without a=sctp-init, as of ends that do not know SNAP. */
void world_without_snap(world_t *world, const world_hub_t *from, bool answer, char *text);
/* Its first address becomes 10.2.N.0/24; what goes to the old one is lost. told: the hub is told,
 * as when an interface changes; else not, as when a NAT does. */
void world_renumber(world_hub_t *hub, bool notified);
oc_hub_config_t world_config(unsigned peers);

/* A server with these IPs. */
void world_add_server(world_t *world, oc_addr_t addr, oc_addr_t other,
                      void (*input)(world_t *world, const oc_addr_t *from, const oc_addr_t *to,
                                    oc_span_t bytes),
                      void *context);
/* It sends, from one of its ports. */
void world_server_send(world_t *world, const oc_addr_t *from, const oc_addr_t *to, oc_span_t bytes);

/* Sets both directions between all addresses of two hubs. */
void world_link(world_t *world, const world_hub_t *a, const world_hub_t *b, oc_sim_link_t link);

/* Runs until done is true (true), or until_us has come (false). done NULL: until until_us. */
bool world_run(world_t *world, int64_t until_us, bool (*done)(void *context), void *context);
/* Everything that is due now. */
void world_settle(world_t *world);

/* `from` offers, `to` answers, as a signalling without loss or delay would bring it.
 * OC_OK, *a the offering end's peer, *b the answering one's | errors of oc_hub_offer. */
int world_connect(world_hub_t *from, world_hub_t *to, oc_hub_peer_t *a, oc_hub_peer_t *b);
/* An ICE restart begun by `from`. */
int world_restart(world_hub_t *from, oc_hub_peer_t a, world_hub_t *to, oc_hub_peer_t b);
/* Memory for a peer of a hub; freed with the peer's last event. */
void *world_peer_memory(world_hub_t *hub);

oc_peer_state_t world_state(world_hub_t *hub, oc_hub_peer_t id); /* OVER: gone */

#endif
