/* oc_p2p_service - the camera's own viewers by UDP on a POSIX host: P2P_OPEN, CLOSE and RESTART,
 * with the pump of peers on the media thread's loop and oc_viewers behind it. What takes time
 * happens elsewhere: the certificate on the file thread, names of servers on threads of their own,
 * handshakes on the crypto worker. The transport belongs to the process: scripts come and go.
 * Media thread only, except where noted. */
#ifndef OC_P2P_SERVICE_H
#define OC_P2P_SERVICE_H

#include <stdatomic.h>

#include "oc_media_thread.h"
#include "oc_viewers.h"

typedef struct oc_p2p_service oc_p2p_service_t; /* opaque */

/* Any thread, before commands come. OC_OK | OC_ERR_NOMEM. */
int oc_p2p_service_create(oc_p2p_service_t **out, oc_media_thread_t *media);
/* When the media thread has ended. NULL is allowed. */
void oc_p2p_service_free(oc_p2p_service_t *service);

/* Carries out a command of P2P_OPEN .. P2P_PLAY and answers it now or later. True: it was one,
 * and its parcel is owned by callee. */
bool oc_p2p_service_command(oc_p2p_service_t *service, const oc_command_t *command, int64_t now_us);
/* The plane has advanced: what came into rings has left when it returns. When to be called again,
 * INT64_MAX: not by time. */
int64_t oc_p2p_service_advance(oc_p2p_service_t *service, int64_t now_us);
/* As oc_plane_env_t says. */
void oc_p2p_service_ring_gone(oc_p2p_service_t *service, unsigned slot, int64_t now_us);
/* Before a script's first command. */
void oc_p2p_service_new_script(oc_p2p_service_t *service, uint32_t generation, int64_t now_us);
/* Ends everything, viewers are told; call it on each turn until true: nothing of it uses the loop.
 */
bool oc_p2p_service_stop(oc_p2p_service_t *service, int64_t now_us);

/* Since the process began, written by the media thread once a second while there are viewers; any
 * thread. */
typedef struct oc_p2p_counts {
    _Atomic uint64_t offers, refused_busy;
    _Atomic uint64_t bytes_in, bytes_out; /* of UDP payload */
} oc_p2p_counts_t;
const oc_p2p_counts_t *oc_p2p_service_counts(const oc_p2p_service_t *service);

/* For the desk's life; its tables of sessions and views: any thread. */
oc_viewers_t *oc_p2p_service_viewers(oc_p2p_service_t *service);
/* The one it was made with; any thread. */
oc_media_thread_t *oc_p2p_service_media(oc_p2p_service_t *service);

#endif
