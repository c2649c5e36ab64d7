/* oc_local_addrs - the addresses of this machine that peers may be told, and notice of their
 * changes (rtnetlink). Never: multicast, IPv4-mapped, IPv6 link-local and site-local addresses, and
 * loopback unless asked for. */
#ifndef OC_LOCAL_ADDRS_H
#define OC_LOCAL_ADDRS_H

#include "oc_addr.h"

#define OC_LOCAL_ADDRS_IPV4     1u
#define OC_LOCAL_ADDRS_IPV6     2u
#define OC_LOCAL_ADDRS_LOOPBACK 4u /* 127/8 and ::1 too */

/* Addresses of interfaces that are up, port 0, in the system's order but bridges of containers
 * last: their number, at most max. */
unsigned oc_local_addrs(oc_addr_t *out, unsigned max, unsigned flags);

/* A descriptor that is readable when addresses have changed; close it with close(2). >= 0 |
 * OC_ERR_NOTSUP. */
int oc_local_addrs_watch(void);
/* Reads what it has to say. True: look at the addresses again. */
bool oc_local_addrs_changed(int fd);

#endif
