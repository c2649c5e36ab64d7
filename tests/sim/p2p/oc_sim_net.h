/* oc_sim_net - a network in virtual time: datagrams between named ends over links with loss,
 * duplication, corruption, reordering, delay, jitter, a rate with a queue, an MTU and outages.
 * Same seed and same calls: same fate of every datagram. Aborts on a test's own mistakes.
 * A test's loop: send what the machines give, then move the clock to the earliest of their
 * deadlines and oc_sim_net_due, then receive all that is due, then let the machines advance. */
#ifndef OC_SIM_NET_H
#define OC_SIM_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OC_SIM_NET_ENDS 128  /* ends of one network */
#define OC_SIM_NET_TAG  64   /* bytes of a test's own that travel with a datagram */
#define OC_SIM_NET_DATA 2048 /* bytes of a datagram */

/* One direction between two ends. All zero: every datagram arrives at once and unharmed. May be
 * changed at any time; datagrams under way keep their fate. */
typedef struct oc_sim_link {
    uint32_t loss_ppm;      /* chance of being lost, millionths */
    uint32_t duplicate_ppm; /* chance of arriving twice */
    uint32_t corrupt_ppm;   /* chance that one to eight bits flip */
    uint32_t reorder_ppm;   /* chance of staying behind by up to reorder_us more */
    int64_t delay_us;       /* one way */
    int64_t jitter_us;      /* added to it, uniform in [0, jitter_us]; order is kept */
    int64_t reorder_us;
    uint64_t rate_bps;    /* bits per second of payload + overhead_bytes; 0: no limit */
    uint32_t queue_bytes; /* that may wait for the rate; more is lost; 0: no limit */
    uint32_t overhead;    /* bytes counted for each datagram beside its payload, e.g. 28 */
    uint32_t mtu;         /* longer payloads are lost; 0: no limit */
    bool down;            /* everything is lost */
} oc_sim_link_t;

/* Counted since create, datagrams. */
typedef struct oc_sim_link_stats {
    uint64_t sent, bytes, lost, duplicated, corrupted, reordered, over_mtu, over_queue, delivered;
} oc_sim_link_stats_t;

typedef struct oc_sim_datagram {
    unsigned from, to; /* ends */
    uint8_t tag[OC_SIM_NET_TAG];
    size_t tag_len;
    uint8_t data[OC_SIM_NET_DATA];
    size_t len;
} oc_sim_datagram_t;

typedef struct oc_sim_net oc_sim_net_t;
oc_sim_net_t *oc_sim_net_create(uint64_t seed);
void oc_sim_net_destroy(oc_sim_net_t *net);

/* A new end; the name is for messages and is copied. Returns its number, from 0. */
unsigned oc_sim_net_end(oc_sim_net_t *net, const char *name);

/* The link from one end to another, valid until destroy. A link that nobody asked for is as the
 * network's default link. */
oc_sim_link_t *oc_sim_net_link(oc_sim_net_t *net, unsigned from, unsigned to);
oc_sim_link_t *oc_sim_net_default(oc_sim_net_t *net);
const oc_sim_link_stats_t *oc_sim_net_stats(oc_sim_net_t *net, unsigned from, unsigned to);

/* Sends; tag and data are copied. tag may be NULL with length 0. */
void oc_sim_net_send(oc_sim_net_t *net, unsigned from, unsigned to, const void *tag, size_t tag_len,
                     const void *data, size_t len, int64_t now_us);

/* The next datagram sent is cut by IP where it is longer than the MTU, instead of lost. */
void oc_sim_net_fragment_next(oc_sim_net_t *net);

/* Time of the next arrival, INT64_MAX none. */
int64_t oc_sim_net_due(const oc_sim_net_t *net);
/* Takes the next datagram that has arrived; false: none. */
bool oc_sim_net_receive(oc_sim_net_t *net, int64_t now_us, oc_sim_datagram_t *out);

/* A number below n from the network's own generator, for tests that need more chance. */
uint64_t oc_sim_net_draw(oc_sim_net_t *net, uint64_t n);

#endif
