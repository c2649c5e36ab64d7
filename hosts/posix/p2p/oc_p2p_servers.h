/* oc_p2p_servers - the STUN and TURN servers of a pump by their names: each is looked up on a
 * thread of its own and given to the pump; names that are not found are looked up again, after 5 s
 * doubling to 60 s. Passwords are kept until the last name is known. Media thread only. */
#ifndef OC_P2P_SERVERS_H
#define OC_P2P_SERVERS_H

#include "oc_p2p_lookup.h"
#include "oc_p2p_open.h"
#include "oc_p2p_pump.h"

typedef struct oc_p2p_servers {
    oc_media_thread_t *media;
    oc_p2p_pump_t *pump;
    bool ipv4, ipv6;
    unsigned count;
    oc_p2p_server_t server[OC_GATHER_SERVERS];
    oc_p2p_lookup_t *lookup[OC_GATHER_SERVERS]; /* under way */
    bool unknown[OC_GATHER_SERVERS];            /* has no address yet */
    int64_t again_us, wait_us;
    /* Every name was tried; failed: so many have no address. May not call back. */
    void (*tried)(void *context, unsigned failed);
    void *context;
} oc_p2p_servers_t;

/* Looks up the servers of `open` for a pump (borrowed until stop). Zeroed or stopped before. */
void oc_p2p_servers_start(oc_p2p_servers_t *servers, oc_media_thread_t *media, oc_p2p_pump_t *pump,
                          const oc_p2p_open_t *open, void (*tried)(void *context, unsigned failed),
                          void *context);
/* Names without an address are looked up now. */
void oc_p2p_servers_again(oc_p2p_servers_t *servers);
/* What is due. Returns when to be called again, INT64_MAX: not by time. */
int64_t oc_p2p_servers_advance(oc_p2p_servers_t *servers, int64_t now_us);
/* Drops what is under way and wipes what is kept; twice is fine, so is a zeroed one. */
void oc_p2p_servers_stop(oc_p2p_servers_t *servers);

#endif
