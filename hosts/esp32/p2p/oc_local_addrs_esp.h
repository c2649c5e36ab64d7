/* oc_local_addrs_esp - the addresses of this board that viewers may be told, and notice of their
 * changes. Never: multicast, IPv6 link-local and site-local addresses, and loopback unless asked
 * for. */
#ifndef OC_LOCAL_ADDRS_ESP_H
#define OC_LOCAL_ADDRS_ESP_H

#include "oc_addr.h"

#define OC_LOCAL_ADDRS_ESP_IPV4     1u
#define OC_LOCAL_ADDRS_ESP_IPV6     2u
#define OC_LOCAL_ADDRS_ESP_LOOPBACK 4u /* 127/8 and ::1 too */
#define OC_LOCAL_ADDRS_ESP_ALL      7u

/* Addresses of interfaces that are up, port 0: their number, at most max. 0: no network yet, and
 * with the radio off no random numbers either. Any task but lwIP's. */
unsigned oc_local_addrs_esp(oc_addr_t *out, unsigned max, unsigned flags);

typedef struct oc_local_addrs_watch {
    void *instance; /* of the handler */
    void (*changed)(void *context);
    void *context;
} oc_local_addrs_watch_t;

/* Has `changed` called on the task of ESP-IDF's events whenever an address came or went; it must
 * not block. *watch: borrowed until ended. OC_OK | OC_ERR_NOMEM | OC_ERR_STATE no event loop runs
 * (esp_event_loop_create_default). */
int oc_local_addrs_watch(oc_local_addrs_watch_t *watch, void (*changed)(void *context),
                         void *context);
/* No call follows its return. Twice is fine. Not from within `changed`. */
void oc_local_addrs_unwatch(oc_local_addrs_watch_t *watch);

#endif
