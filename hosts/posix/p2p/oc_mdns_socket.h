/* oc_mdns_socket - looks up names UUID.local by multicast DNS (oc_mdns.h), on all interfaces, IPv4
 * and IPv6, on the loop's thread. Sockets exist only while a name is under way. Whatever goes wrong
 * costs the candidate that was asked for and nothing else. */
#ifndef OC_MDNS_SOCKET_H
#define OC_MDNS_SOCKET_H

#include <stdint.h>
#include <uv.h>

#include "oc_addr.h"

#define OC_MDNS_NAMES      64 /* under way at a time; 80 bytes each */
#define OC_MDNS_INTERFACES 16 /* that are asked on, at most */

#define OC_MDNS_GIVE_UP_MS 2000 /* until it is forgotten */

/* Names under way and the sockets they are asked on. */
typedef struct oc_mdns_socket oc_mdns_socket_t;

typedef struct oc_mdns_socket_config {
    uv_loop_t *loop; /* borrowed until closed */
    /* Called on the loop for an address that was found, with the port of resolve: at most twice per
     * name (IPv4, IPv6). addr: borrowed until return. It may call resolve, and must not close. */
    void (*on_found)(void *context, uint64_t tag, const oc_addr_t *addr);
    void *context;
    uint32_t give_up_ms; /* 0: OC_MDNS_GIVE_UP_MS; asked again at half of it */
} oc_mdns_socket_config_t;

/* OC_OK, *out owned by caller after return; end it with oc_mdns_socket_close | OC_ERR_NOMEM. */
int oc_mdns_socket_create(oc_mdns_socket_t **out, const oc_mdns_socket_config_t *config);

/* Asks for a name (borrowed until return); tag comes back with what is found. Nothing comes when
 * nobody answers. OC_OK | OC_ERR_INVAL no UUID.local | OC_ERR_BUSY OC_MDNS_NAMES are under way |
 * OC_ERR_IO no socket could be opened. */
int oc_mdns_socket_resolve(oc_mdns_socket_t *mdns, uint64_t tag, const char *name, uint16_t port);

/* Names that are under way: what a host could show, and tests look at. */
unsigned oc_mdns_socket_pending(const oc_mdns_socket_t *mdns);

/* Ends it; NULL is allowed. The loop must run on until its handles are closed; on_found is not
 * called any more. */
void oc_mdns_socket_close(oc_mdns_socket_t *mdns);

#endif
