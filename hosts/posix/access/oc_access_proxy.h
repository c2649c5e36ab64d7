/* oc_access_proxy - requests that a reverse proxy hands on: whom it may speak for. Pure. */
#ifndef OC_ACCESS_PROXY_H
#define OC_ACCESS_PROXY_H

#include "oc_access_names.h"
#include "oc_access_rate.h"
#include "oc_access_session.h"

/* The client that a trusted proxy names: the last address of X-Forwarded-For that is no trusted
 * proxy; the entries before it are the client's own words. text gets it as text. False: the last
 * entries are no addresses, or there is none. */
bool oc_access_proxy_client(const oc_access_names_t *proxies, const char *header,
                            oc_access_peer_t *peer, char text[OC_ACCESS_ADDRESS_MAX]);

#endif
