/* oc_hub_pump - moves what a hub of peers says and hears, on every host: rounds of events, jobs,
 * output and the next deadline. Sockets, timers, the worker of handshakes and look-ups are the
 * host's, behind oc_hub_pump_env_t. One thread.
 *
 *   datagrams -> readable -.                                  .-> room, commit, flush
 *   jobs done -> job_done -+-> round: advance, events, jobs, output
 *   deadline  -> round ----'                                  '-> arm(next deadline)
 */
#ifndef OC_HUB_PUMP_H
#define OC_HUB_PUMP_H

#include "oc_hub.h"
#include "oc_loop_env.h"

#define OC_HUB_PUMP_FAMILIES 2 /* place 0: IPv4, 1: IPv6 */

/* What a host does for it; nothing here blocks. Members that may be NULL say so. */
typedef struct oc_hub_pump_env {
    oc_loop_env_t loop; /* wake and due are not used */
    /* The next round is due by then: 0 at once, INT64_MAX not by time. */
    void (*arm)(void *context, int64_t due_us, int64_t now_us);

    /* ---- datagrams of a family; only of those that are open ---- */

    bool open[OC_HUB_PUMP_FAMILIES];
    /* The next one that came: data may be overwritten, *len 0: it is of no use. OC_OK |
     * OC_AGAIN nothing is there. */
    int (*receive)(void *context, unsigned family, oc_path_t *from, uint8_t **data, size_t *len);
    /* Some came already that receive has not given. NULL: never. */
    bool (*holds)(void *context, unsigned family);
    /* Where the next one is to be written, of *size bytes; NULL: flush first. */
    uint8_t *(*room)(void *context, unsigned family, size_t *size);
    /* It was written, and leaves with the next flush at the latest. fragment: IP may cut it. */
    void (*commit)(void *context, unsigned family, const oc_path_t *to, size_t len, bool fragment);
    /* OC_OK all gone | OC_AGAIN no room: oc_hub_pump_writable when there is. */
    int (*flush)(void *context, unsigned family);
    /* Whether oc_hub_pump_writable is waited for; told of changes. NULL: nobody needs to know. */
    void (*blocked)(void *context, unsigned family, bool blocked);
    unsigned receive_max; /* datagrams of one oc_hub_pump_readable, more while `holds` */
    unsigned send_max;    /* of one look at the output; 0: all there are */
    unsigned looks;       /* of one round, while there is output: then others have their turn */

    /* ---- the rest ---- */

    /* Our addresses with the ports of the sockets: their number, at most max. */
    unsigned (*addresses)(void *context, oc_addr_t *out, unsigned max);
    /* Has oc_handshake_run called elsewhere; oc_hub_pump_job_done follows. OC_OK | OC_ERR_*. */
    int (*post)(void *context, oc_hs_job_t *job);
    unsigned jobs; /* at most so many are posted and not done */
    /* Looks up a .local name; oc_hub_pump_resolved follows, or nothing. NULL: it cannot. */
    void (*resolve)(void *context, oc_hub_peer_t id, const char *name, uint16_t port);
    /* Byte streams to TURN servers: OC_GATHER_CONNECT (OC_OK, oc_hub_pump_stream follows |
     * OC_ERR_*), the end of one, bytes for one. All NULL: there are none. */
    int (*connect)(void *context, const oc_gather_event_t *event);
    void (*disconnect)(void *context, uint8_t via);
    void (*write)(void *context, uint8_t via, const uint8_t *data, size_t len);
    void *context;

    /* ---- the owner ---- */

    /* Each event of the hub, when the peers have it already; may call the hub. NULL: nobody. */
    void (*on_event)(void *owner, const oc_hub_event_t *event);
    /* Behind the events of one look: what it has the hub send leaves in the same round. NULL. */
    void (*on_events)(void *owner);
    void *owner;
} oc_hub_pump_env_t;

/* Private but for hub, rounds, jobs_done, closing. Zero: there is no hub. */
typedef struct oc_hub_pump {
    oc_hub_pump_env_t env;
    oc_hub_t *hub;
    oc_gather_t *gather; /* NULL: no servers */
    void *memory;        /* of the hub */
    int64_t now_us;
    unsigned guess; /* the family of the last datagram */
    bool blocked[OC_HUB_PUMP_FAMILIES];
    bool in_round, closing;
    bool notified;      /* on_event was called, on_events was not */
    unsigned pending;   /* jobs */
    uint64_t rounds;    /* since init */
    uint64_t jobs_done; /* since init */
} oc_hub_pump_t;

/* Makes the hub. config: its gather is set here when `servers`; its pointers are borrowed until
 * deinit. OC_OK | OC_ERR_NOMEM | as oc_hub_init; after an error oc_hub_pump_deinit is due, too. */
int oc_hub_pump_init(oc_hub_pump_t *pump, const oc_hub_pump_env_t *env,
                     const oc_hub_config_t *config, bool servers);
/* Frees it; no job may be under way. A zeroed one is fine. */
void oc_hub_pump_deinit(oc_hub_pump_t *pump);
/* Ends every peer and says so in a round; on_event is not called any more. */
void oc_hub_pump_close(oc_hub_pump_t *pump);

/* Events, jobs, output, and the next deadline. Not from inside of itself: it does nothing then. */
void oc_hub_pump_round(oc_hub_pump_t *pump);
/* After calls of the hub outside of on_event: a round is due at once. Not when it is closing. */
void oc_hub_pump_kick(oc_hub_pump_t *pump);
/* The same, but what is there leaves before it returns; nothing inside of on_event. */
void oc_hub_pump_turn(oc_hub_pump_t *pump);

/* Datagrams of a family came: gives them to the hub; a round is to follow. True: there may be more.
 */
bool oc_hub_pump_readable(oc_hub_pump_t *pump, unsigned family);
/* There may be room again; a round is to follow. */
void oc_hub_pump_writable(oc_hub_pump_t *pump);
bool oc_hub_pump_blocked(const oc_hub_pump_t *pump);
/* A posted job was run, or never will be; a round is to follow. */
void oc_hub_pump_job_done(oc_hub_pump_t *pump, oc_hs_job_t *job);
/* An address for a name of `resolve`. */
void oc_hub_pump_resolved(oc_hub_pump_t *pump, uint64_t id, const oc_addr_t *addr);
/* As oc_hub_stream; and bytes that came by one. */
void oc_hub_pump_stream(oc_hub_pump_t *pump, uint8_t via, bool up);
void oc_hub_pump_stream_bytes(oc_hub_pump_t *pump, uint8_t via, uint8_t *data, size_t len);
/* Looks at the local addresses; a round is to follow. */
void oc_hub_pump_addresses(oc_hub_pump_t *pump);

/* The owner says that the network changed: looks at the local addresses, then oc_hub_again. */
void oc_hub_pump_again(oc_hub_pump_t *pump);
/* As oc_gather_set_server, texts borrowed until return | OC_ERR_STATE no `servers`. */
int oc_hub_pump_set_server(oc_hub_pump_t *pump, unsigned index, const oc_gather_server_t *server);
/* oc_hub_offer and oc_hub_connect with memory of the host. As those | OC_ERR_NOMEM | OC_ERR_STATE
 * there is no hub, or it is closing. */
int oc_hub_pump_offer(oc_hub_pump_t *pump, oc_span_t sdp, oc_hub_peer_t *id, const char **why);
int oc_hub_pump_connect(oc_hub_pump_t *pump, oc_hub_peer_t *id);

#endif
