/* fake_net - the network that hosts/esp32 meets in its tests: lwIP's sockets are sockets of this
 * machine, the interfaces are what the test says. fake_net.c knows the system's headers,
 * fake_lwip.c those that stand for lwIP's: no file can include both. */
#ifndef FAKE_NET_H
#define FAKE_NET_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "oc_addr.h"

typedef struct fake_interface {
    bool up;
    uint8_t ip4[4]; /* 0.0.0.0: none */
    uint8_t ip6[3][16];
    unsigned ip6_count;
} fake_interface_t;

#define FAKE_INTERFACES 2

/* What happens next; read by every call. */
typedef struct fake_net {
    fake_interface_t interface[FAKE_INTERFACES];
    _Atomic unsigned no_buffer_every; /* each n-th send finds no buffer; 0: none */
    _Atomic bool no_buffer;           /* none does */
    _Atomic unsigned lose_every;      /* each n-th datagram is lost; 0: none */
    _Atomic int sockets_left;         /* -1: any number */
    bool no_ipv6, no_events;          /* lwIP without IPv6; no event loop */
    const char *_Atomic known;        /* the one name that the resolver knows, as 127.0.0.1 */
    _Atomic unsigned selects, sends;  /* counted */
    _Atomic uint16_t neighbour;       /* port of 127.0.0.1 that multicast DNS is sent to; 0: lost */
    _Atomic int open;                 /* sockets now */
    _Atomic int handlers;             /* of events now */
} fake_net_t;
extern fake_net_t fake_net;

/* One interface up, 127.0.0.1 and ::1; all goes well. */
void fake_net_reset(void);
/* Tells the handlers that addresses changed (ESP-IDF's IP_EVENT of this number). */
void fake_net_event(int32_t id);
/* The resolver answers what was asked for; so many questions. */
unsigned fake_net_resolve(void);

/* ---- between fake_lwip.c and fake_net.c ---- */

int fake_socket(uint8_t family);
int fake_bind(int fd, const oc_addr_t *at);
int fake_name(int fd, oc_addr_t *at);
long fake_receive(int fd, void *out, size_t size, oc_addr_t *from);
long fake_send(int fd, const void *data, size_t len, const oc_addr_t *to);
/* Which of some can be read, one bit each; -1 and errno. */
long fake_wait(const int *fd, unsigned count, int milliseconds);
int fake_close(int fd);

#endif
