/* oc_connect_policy - where an input may lead. The host and the port that its address names are
 * allowed, wherever they are. What a redirect, a playlist or a key of a stream names besides must
 * be elsewhere: never loopback or no address at all, never a port of this machine on which this
 * program listens. Pure. */
#ifndef OC_CONNECT_POLICY_H
#define OC_CONNECT_POLICY_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "oc_plugin_rule.h"

#define OC_CONNECT_HOST_MAX 256 /* bytes with NUL */

/* The host and the port that an input names. */
typedef struct oc_connect_own {
    char
        host[OC_CONNECT_HOST_MAX]; /* without the brackets of IPv6; "" = none: nothing is allowed */
    uint16_t port;
    bool foreign; /* it may lead elsewhere, and its datagrams to any port; a push may not */
} oc_connect_own_t;

/* What an address (with its variables filled in) names: scheme://[user[:password]@]host[:port]/...
 * Kinds without a network have none. */
void oc_connect_own(oc_plugin_kind_t kind, const char *target, oc_connect_own_t *out);

/* True: it is the input's own host, at its port or by datagrams. */
bool oc_connect_is_own(const oc_connect_own_t *own, const char *host, uint16_t port,
                       bool datagrams);

/* Loopback, none at all, or a group: no place for what is not the input's own. v4-mapped too. */
bool oc_connect_is_inside(const struct sockaddr *address);

/* May a connection go to `address` for the sake of `host`? listens: this program listens there. */
bool oc_connect_allowed(const oc_connect_own_t *own, const char *host, uint16_t port,
                        bool datagrams, const struct sockaddr *address, bool listens);

#endif
