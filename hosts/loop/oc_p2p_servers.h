/* oc_p2p_servers - the STUN and TURN servers of a transport by their names: the host looks each up
 * and what it finds goes to the candidate gathering; names that are not found are looked up again,
 * after 5 s doubling to 60 s. Passwords are kept until the last name is known. Media thread only.
 */
#ifndef OC_P2P_SERVERS_H
#define OC_P2P_SERVERS_H

#include "oc_gather.h"
#include "oc_hub_pump.h"
#include "oc_p2p_open.h"

/* What is found for a name. */
typedef struct oc_p2p_found {
    oc_addr_t addr4, addr6; /* port 0; family 0: none of this family */
    const char *why;        /* static; NULL: there is at least one address */
} oc_p2p_found_t;

/* What the host does for it. */
typedef struct oc_p2p_servers_env {
    oc_loop_env_t loop; /* its clock */
    /* Begins to look up a name or an address (borrowed until oc_p2p_servers_stop). OC_OK,
     * oc_p2p_servers_found follows, never before the return | OC_ERR_*: it is tried again. */
    int (*look_up)(void *context, unsigned index, const char *host);
    /* The answer of look_up is not wanted any more. */
    void (*drop)(void *context, unsigned index);
    void *context;       /* of both */
    oc_hub_pump_t *pump; /* the servers are its */
    /* Every name was tried; failed: so many have no address. May not call back. */
    void (*tried)(void *owner, unsigned failed);
    void *owner;
} oc_p2p_servers_env_t;

/* Zeroed: stopped. */
typedef struct oc_p2p_servers {
    oc_p2p_servers_env_t env;
    oc_p2p_open_t *open; /* NULL: stopped */
    bool pending[OC_GATHER_SERVERS], unknown[OC_GATHER_SERVERS];
    int64_t again_us, wait_us;
} oc_p2p_servers_t;

/* Looks up the servers of `open`, which is borrowed, and wiped at the end. Stopped before. */
void oc_p2p_servers_start(oc_p2p_servers_t *servers, const oc_p2p_servers_env_t *env,
                          oc_p2p_open_t *open);
/* What look_up has found. */
void oc_p2p_servers_found(oc_p2p_servers_t *servers, unsigned index, const oc_p2p_found_t *found);
/* Names without an address are looked up now. */
void oc_p2p_servers_again(oc_p2p_servers_t *servers);
/* What is due. Returns when to be called again, INT64_MAX: not by time. */
int64_t oc_p2p_servers_advance(oc_p2p_servers_t *servers, int64_t now_us);
/* Drops what is under way and wipes what is kept; twice is fine, so is a zeroed one. */
void oc_p2p_servers_stop(oc_p2p_servers_t *servers);

#endif
