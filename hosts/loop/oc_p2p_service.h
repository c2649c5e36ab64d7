/* oc_p2p_service - the camera's own WebRTC viewers on every host: P2P_OPEN, CLOSE and RESTART, with
 * oc_viewers behind them and a transport of the host's in front: sockets, certificate, handshakes,
 * look-ups and files are reached through oc_p2p_service_env_t. The transport belongs to the
 * process: scripts come and go. Media thread only, except where noted.
 *
 *   P2P_OPEN  -> open() ... oc_p2p_service_opened -> OPEN: events, turns, servers by name
 *   P2P_CLOSE -> close() ... oc_p2p_service_closed -> CLOSED
 */
#ifndef OC_P2P_SERVICE_H
#define OC_P2P_SERVICE_H

#include <stdatomic.h>

#include "oc_hub_pump.h"
#include "oc_loop_env.h"
#include "oc_p2p_servers.h"
#include "oc_plane.h"
#include "oc_viewers.h"

typedef struct oc_p2p_service oc_p2p_service_t; /* opaque */

/* What a host does for it; nothing here blocks. Members that may be NULL say so. */
typedef struct oc_p2p_service_env {
    oc_loop_env_t loop;
    oc_plane_t *plane;     /* borrowed, as the mailbox, until the service is freed */
    oc_mailbox_t *mailbox; /* for answers */
    oc_viewers_config_t viewers;
    bool late_viewers; /* memory for viewers is taken with the first P2P_OPEN */
    /* A source without a bit rate of its own (JPEG) is held to the peak that was measured. */
    bool measured;

    /* ---- the transport ---- */

    /* Begins to open it; open: borrowed until closed or failed. OC_OK, oc_p2p_service_opened
     * follows, at the earliest inside of it | OC_ERR_*, *why static: it stays closed. */
    int (*open)(void *context, const oc_p2p_open_t *open, const char **why);
    /* It is to close, whether it is open yet or not, also when opening has failed;
     * oc_p2p_service_closed follows, inside of it only when it was not open. Peers end before the
     * return. */
    void (*close)(void *context);
    /* What the hub has to send leaves before the return. */
    void (*turn)(void *context);

    /* ---- names of servers: as in oc_p2p_servers_env_t ---- */

    int (*look_up)(void *context, unsigned index, const char *host);
    void (*drop)(void *context, unsigned index);

    /* ---- recordings: as in oc_viewers_env_t; all NULL: there are none ---- */

    int (*play_open)(void *context, uint32_t view, oc_span_t list, int64_t *at_us, void **play,
                     oc_play_chunk_t *chunks[OC_SOURCE_PLAY_CHUNKS]);
    int (*play_fill)(void *context, void *play, oc_play_chunk_t *chunk);
    void (*play_close)(void *context, void *play);
    void *play; /* the context of these */

    oc_talk_t *talk; /* borrowed until the service is freed; NULL: this host has no speaker */
    void *context;
} oc_p2p_service_env_t;

/* Any thread, before commands come. OC_OK | OC_ERR_NOMEM. */
int oc_p2p_service_create(oc_p2p_service_t **out, const oc_p2p_service_env_t *env);
/* When it is closed and the media thread has ended. NULL is allowed. */
void oc_p2p_service_free(oc_p2p_service_t *service);

/* Carries out a command of P2P_OPEN .. P2P_RATE and answers it now or later. True: it was one,
 * and its parcel is owned by callee. */
bool oc_p2p_service_command(oc_p2p_service_t *service, const oc_command_t *command, int64_t now_us);
/* The plane has advanced: what came into rings has left when it returns. When to be called again,
 * INT64_MAX: not by time. */
int64_t oc_p2p_service_advance(oc_p2p_service_t *service, int64_t now_us);
/* As oc_plane_env_t says. */
void oc_p2p_service_ring_gone(oc_p2p_service_t *service, unsigned slot, int64_t now_us);
/* Before a script's first command. */
void oc_p2p_service_new_script(oc_p2p_service_t *service, uint32_t generation, int64_t now_us);
/* Ends everything, viewers are told; call it on each turn until true: it is closed. */
bool oc_p2p_service_stop(oc_p2p_service_t *service, int64_t now_us);

/* ---- for the host's transport ---- */

/* What `open` began has come to its end. OC_OK: pump and its hub are borrowed until
 * oc_p2p_service_closed | OC_ERR_*, why: borrowed until return; `close` follows at once. Ignored
 * when close was called. */
void oc_p2p_service_opened(oc_p2p_service_t *service, int result, const char *why,
                           oc_hub_pump_t *pump);
/* What `close` began has: nothing of the transport is left. */
void oc_p2p_service_closed(oc_p2p_service_t *service);
/* Each event of the hub, and behind the last one of a look: on_event and on_events of
 * oc_hub_pump_env_t, whose owner is the service. */
void oc_p2p_service_event(void *service, const oc_hub_event_t *event);
void oc_p2p_service_events(void *service);
/* What look_up has found. */
void oc_p2p_service_found(oc_p2p_service_t *service, unsigned index, const oc_p2p_found_t *found);

/* Since the process began, written by the media thread once a second while there are viewers; any
 * thread. */
typedef struct oc_p2p_counts {
    _Atomic uint64_t offers, refused_busy;
    _Atomic uint64_t bytes_in, bytes_out; /* of UDP payload */
} oc_p2p_counts_t;
const oc_p2p_counts_t *oc_p2p_service_counts(const oc_p2p_service_t *service);

/* Its tables of sessions and views: any thread. NULL: late_viewers, and nobody has opened it. */
oc_viewers_t *oc_p2p_service_viewers(const oc_p2p_service_t *service);
/* Copies of rows, as in oc_script_context_t; any thread. */
bool oc_p2p_service_read_session(const oc_p2p_service_t *service, unsigned index,
                                 oc_session_row_t *row);
bool oc_p2p_service_read_view(const oc_p2p_service_t *service, unsigned index, oc_view_row_t *row);

#endif
