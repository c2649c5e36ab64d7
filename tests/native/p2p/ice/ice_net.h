/* ice_net - two or more ICE agents in virtual time: interfaces, NATs of the four kinds, one relay,
 * delay, jitter, loss and outages. Seeded; the same calls have the same result. */
#ifndef ICE_NET_H
#define ICE_NET_H

#include "oc_ice.h"

#define ICE_NET_ENDS       24
#define ICE_NET_INTERFACES 4
#define ICE_NET_FLIGHT     512
#define ICE_NET_MAPPINGS   64

#define MS 1000LL
#define S  1000000LL

/* What stands between an interface and the others. */
typedef enum nat_kind {
    NAT_NONE,
    NAT_FULL_CONE,       /* one mapping, anybody may use it */
    NAT_PORT_RESTRICTED, /* one mapping, only who was sent to may use it */
    NAT_SYMMETRIC,       /* a mapping for each destination, only that may use it */
    NAT_CLOSED,          /* no UDP at all but to the relay */
} nat_kind_t;

typedef struct ice_interface {
    oc_addr_t addr; /* family 0: none */
    nat_kind_t nat;
    oc_addr_t outside; /* of the NAT: port is ignored */
    bool down;
    uint16_t next_port;
    unsigned mappings;
    struct {
        oc_addr_t to; /* symmetric: of this mapping */
        uint16_t port;
    } mapping[ICE_NET_MAPPINGS];
    unsigned allowed;
    struct {
        oc_addr_t from;
        uint16_t port;
    } allow[ICE_NET_MAPPINGS];
} ice_interface_t;

typedef struct ice_end {
    oc_ice_t ice;
    ice_interface_t interface[ICE_NET_INTERFACES];
    oc_addr_t relay;             /* family 0: it has no allocation */
    bool off;                    /* its agent is not run */
    unsigned count[16];          /* events by kind */
    int64_t at[16];              /* their latest time */
    oc_path_t path;              /* of the latest SELECTED */
    oc_path_t gone;              /* of the latest PAIR_GONE */
    unsigned data, data_refused; /* datagrams that are not STUN */
    unsigned sent, woken;        /* datagrams of the agent; times its deadline came */
    int64_t first_sent_us;
} ice_end_t;

typedef struct ice_flight {
    int64_t at; /* INT64_MAX: free */
    uint64_t order;
    oc_addr_t from, to;
    size_t len;
    uint8_t bytes[OC_ICE_DATAGRAM];
} ice_flight_t;

typedef struct ice_net {
    int64_t now, delay_us, jitter_us;
    unsigned loss_percent;
    bool down; /* nothing gets through */
    uint64_t state, order;
    unsigned ends;
    ice_end_t end[ICE_NET_ENDS];
    ice_flight_t flight[ICE_NET_FLIGHT];
    oc_addr_t relay_ip;
    /* what goes to addresses that nobody has */
    unsigned void_sent;
    uint64_t void_bytes; /* with OC_ICE_HEADERS each */
} ice_net_t;

oc_addr_t ip4(const char *text, uint16_t port);
oc_addr_t ip6(const char *text, uint16_t port);

/* A network of one's own, 20 ms one way, no loss; freed by ice_net_free. */
ice_net_t *ice_net_new(uint64_t seed);
void ice_net_free(ice_net_t *net);
uint32_t ice_net_random(ice_net_t *net, uint32_t below);

/* A new end with one interface; the number of it. */
unsigned ice_net_end(ice_net_t *net, const oc_ice_config_t *config, const oc_addr_t *addr,
                     nat_kind_t nat, const char *outside);
unsigned ice_net_interface(ice_net_t *net, unsigned end, const oc_addr_t *addr, nat_kind_t nat,
                           const char *outside);
/* An allocation on the relay, and the local candidates of an end: host, relay. */
void ice_net_relay(ice_net_t *net, unsigned end);
void ice_net_gather(ice_net_t *net, unsigned end);

/* All candidates of `from` to `to`, as signalling would: host, server-reflexive, relay. */
void ice_net_signal(ice_net_t *net, unsigned from, unsigned to);
/* The same without credentials. */
void ice_net_candidates(ice_net_t *net, unsigned from, unsigned to);

/* Runs until that time. */
void ice_net_run(ice_net_t *net, int64_t until);
/* Runs until both have a selected pair; false: not by then. */
bool ice_net_connect(ice_net_t *net, unsigned a, unsigned b, int64_t until);

/* One datagram of data on the selected pair; false: there is none. */
bool ice_net_data(ice_net_t *net, unsigned from);
/* Data passes both ways now (it runs the network for a second). */
bool ice_net_works(ice_net_t *net, unsigned a, unsigned b);

/* A datagram from anywhere. */
void ice_net_send(ice_net_t *net, const oc_addr_t *from, const oc_addr_t *to, const void *bytes,
                  size_t len);

#endif
