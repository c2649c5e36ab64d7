/* sctp_net - a network in virtual time for the sender's tests and bench: events in order of time,
 * and one-way links with loss, reordering, a rate with a queue, outages and a largest packet.
 * Deterministic: the same seed gives the same run. Integers only: it runs where no floating point
 * is. */
#ifndef SCTP_NET_H
#define SCTP_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NET_PACKET_MAX 2048
#define NET_OVERHEAD   65 /* bytes around an SCTP packet: IPv4, UDP, a DTLS record of AES-GCM */

typedef struct net_packet {
    uint32_t len;  /* bytes of data */
    uint32_t wire; /* bytes on the link */
    bool fragment; /* may be fragmented: passes a link whose largest packet it exceeds */
    uint64_t id;
    int64_t sent_us;
    uint8_t data[NET_PACKET_MAX];
} net_packet_t;

typedef void net_fire_t(void *ctx, net_packet_t *packet); /* packet: owned by callee, may be NULL */

typedef struct net_event {
    int64_t at;
    uint64_t order;
    net_fire_t *fire;
    void *ctx;
    net_packet_t *packet;
} net_event_t;

typedef struct net {
    int64_t now;
    uint64_t order, random;
    net_event_t *heap;
    size_t count, size;
    net_packet_t *spare[64];
    unsigned spares;
} net_t;

typedef struct net_link {
    net_t *net;
    int64_t delay_us, busy_until;
    uint64_t rate;        /* bytes per second; 0 = unlimited */
    uint32_t queue;       /* bytes that may wait */
    uint32_t largest;     /* bytes on the wire; 0 = unlimited */
    uint32_t loss_ppm;    /* packets of a million that are lost */
    uint32_t reorder_ppm; /* packets of a million that are held back by reorder_us */
    int64_t reorder_us;
    int64_t down_from, down_to; /* outage */
    uint64_t sent, lost, overflowed;
    uint64_t wait_hist[512]; /* queueing delay in milliseconds */
} net_link_t;

void net_init(net_t *net, uint64_t seed);
void net_free(net_t *net);
uint32_t net_random(net_t *net, uint32_t below); /* 0 .. below - 1 */
net_packet_t *net_packet(net_t *net);
void net_release(net_t *net, net_packet_t *packet);
void net_post(net_t *net, int64_t at, net_fire_t *fire, void *ctx, net_packet_t *packet);
/* Runs until there is nothing left or the time has come. */
void net_run(net_t *net, int64_t until);
/* Sends a packet over a link; fire gets it at the other end, or it is released. */
void net_send(net_link_t *link, net_packet_t *packet, net_fire_t *fire, void *ctx);
/* The queueing delay that `percent` of the packets stayed below, milliseconds. */
unsigned net_wait_ms(const net_link_t *link, unsigned percent);

#endif
