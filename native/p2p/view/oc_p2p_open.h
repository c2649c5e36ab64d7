/* oc_p2p_open - what P2P_OPEN says, checked and taken apart: for the P2P service of every host.
 * Pure. */
#ifndef OC_P2P_OPEN_H
#define OC_P2P_OPEN_H

#include <stdbool.h>
#include "oc_gather_state.h"
#include "oc_p2p_command.h"
#include "oc_records.h"
#include "oc_span.h"
#include "oc_turn_limits.h"

#define OC_P2P_HOST_MAX 256 /* bytes with NUL of a server's name */

/* A STUN or TURN server by its name. */
typedef struct oc_p2p_server {
    bool turn; /* else STUN over UDP */
    oc_turn_transport_t transport;
    uint16_t port;
    char host[OC_P2P_HOST_MAX]; /* name or address, IPv6 without brackets */
    char user[OC_TURN_USERNAME_MAX];
    char password[OC_TURN_PASSWORD_MAX];
} oc_p2p_server_t;

/* What is to be opened. About 7 KB; holds passwords: oc_p2p_open_wipe. */
typedef struct oc_p2p_open {
    uint16_t port; /* 0: any free one */
    unsigned sessions;
    bool loopback, relay_only, ipv4, ipv6;
    unsigned keep_alive_s, keep_alive_attempts;
    unsigned servers;
    oc_p2p_server_t server[OC_GATHER_SERVERS];
    char ca[sizeof(((oc_p2p_config_t *)NULL)->ca)]; /* "": the system's */
} oc_p2p_open_t;

/* Reads the parcel of P2P_OPEN. OC_OK | OC_ERR_INVAL or OC_ERR_RANGE, *out is wiped and *why says
 * in one static line what is wrong: never what was given, which may hold a password. */
int oc_p2p_open_read(oc_span_t parcel, oc_p2p_open_t *out, const char **why);
/* Overwrites it. */
void oc_p2p_open_wipe(oc_p2p_open_t *open);

#endif
