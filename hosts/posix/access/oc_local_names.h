/* oc_local_names - what this machine is called right now: host name and addresses of its
 * interfaces. Any thread; reads the system. */
#ifndef OC_LOCAL_NAMES_H
#define OC_LOCAL_NAMES_H

#include "oc_access_names.h"

/* Adds localhost, the loopback addresses, the host name with and without ".local", and the
 * addresses of interfaces that are up: IPv4, and IPv6 that is neither link-local nor temporary. As
 * many as there is room for. */
void oc_local_names(oc_access_names_t *names);

#endif
