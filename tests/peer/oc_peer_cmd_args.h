/* oc_peer_cmd_args - the command line of `ocellus-peer`. Pure: names are not looked up here. */
#ifndef OC_PEER_CMD_ARGS_H
#define OC_PEER_CMD_ARGS_H

#include <stdbool.h>
#include <stdint.h>

#define OC_PEER_CMD_ARGS_SERVERS 4   /* --stun and --turn together */
#define OC_PEER_CMD_ARGS_OPEN    16  /* --open */
#define OC_PEER_CMD_ARGS_NAME    256 /* bytes with NUL of a host's name */
#define OC_PEER_CMD_ARGS_TEXT                                                                      \
    512 /* of a user, a password, a path (RFC 8489 section 14: 509 and less) */

/* A STUN or TURN server as it was named. */
typedef struct oc_peer_cmd_args_server {
    bool turn;
    char host[OC_PEER_CMD_ARGS_NAME]; /* name or address, IPv6 without brackets */
    uint16_t port;                    /* > 0 */
    char user[OC_PEER_CMD_ARGS_TEXT], password[OC_PEER_CMD_ARGS_TEXT]; /* TURN */
} oc_peer_cmd_args_server_t;

/* How TURN servers are reached. */
typedef enum oc_peer_cmd_transport {
    OC_PEER_CMD_UDP,
    OC_PEER_CMD_TCP,
    OC_PEER_CMD_TLS
} oc_peer_cmd_transport_t;

typedef struct oc_peer_cmd_args {
    bool help;
    bool serve;                          /* --http was given: */
    char address[OC_PEER_CMD_ARGS_NAME]; /* a loopback address, without brackets */
    uint16_t port;                       /* 0 = any free one */
    oc_peer_cmd_args_server_t server[OC_PEER_CMD_ARGS_SERVERS];
    unsigned servers;
    oc_peer_cmd_transport_t transport; /* to the TURN servers */
    bool ipv6, relay_only, loopback, json, plain;
    uint16_t udp_port; /* of the sockets; 0 = any free one */
    bool offer;        /* --offer-to was given: */
    char offer_host[OC_PEER_CMD_ARGS_NAME], offer_path[OC_PEER_CMD_ARGS_TEXT];
    uint16_t offer_port;
    const char *open[OC_PEER_CMD_ARGS_OPEN]; /* labels of channels to open; borrowed from argv */
    unsigned opens;
    const char *voice; /* a file; borrowed from argv; NULL none */
    bool early;        /* the channels are named with the offer, and made at both ends by id */
    char error[256];   /* "" = right */
} oc_peer_cmd_args_t;

/* Reads what follows `ocellus-peer`; argv[0] is "peer". Passwords in argv are overwritten: every
 * user of the machine can read them. */
void oc_peer_cmd_args_parse(oc_peer_cmd_args_t *args, int argc, char **argv);

/* The text of `ocellus-peer --help`; static. */
const char *oc_peer_cmd_args_help(void);

#endif
