/* oc_mdns_lwip - looks up the names UUID.local that browsers hide behind, by multicast DNS over
 * lwIP (IPv4). The socket exists only while a name is under way, and is looked at
 * OC_MDNS_LWIP_LOOK_US apart: no task waits for it. What goes wrong costs that candidate. Media
 * task. */
#ifndef OC_MDNS_LWIP_H
#define OC_MDNS_LWIP_H

#include "oc_mdns_lookup.h"

#define OC_MDNS_LWIP_LOOK_US (20 * 1000)

/* Private. */
typedef struct oc_mdns_lwip {
    int fd; /* -1: closed */
    oc_mdns_lookup_t lookup;
    /* For each address that was found, as oc_mdns_lookup_take gives it; may ask, must not close. */
    void (*found)(void *context, uint64_t tag, const oc_addr_t *addr);
    void *context;
} oc_mdns_lwip_t;

/* No name is under way. context: borrowed until closed. */
void oc_mdns_lwip_init(oc_mdns_lwip_t *mdns,
                       void (*found)(void *context, uint64_t tag, const oc_addr_t *addr),
                       void *context);
/* As oc_mdns_lookup_add | OC_ERR_IO no socket. The question leaves with the next turn. */
int oc_mdns_lwip_resolve(oc_mdns_lwip_t *mdns, uint64_t tag, const char *name, uint16_t port,
                         int64_t now_us);
/* Asks and listens. buffer: size bytes, for a datagram. When to be called again; INT64_MAX: never
 * by time. */
int64_t oc_mdns_lwip_turn(oc_mdns_lwip_t *mdns, int64_t now_us, uint8_t *buffer, size_t size);
/* Forgets every name. Twice is fine. */
void oc_mdns_lwip_close(oc_mdns_lwip_t *mdns);

#endif
