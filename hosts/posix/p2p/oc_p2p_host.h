/* oc_p2p_host - the viewers' service (oc_p2p_service) on a POSIX host: the pump of peers on the
 * media thread's loop, the certificate by the file thread, names of servers on threads of their
 * own, handshakes on the crypto worker, recordings by the play thread. */
#ifndef OC_P2P_HOST_H
#define OC_P2P_HOST_H

#include "oc_media_thread.h"
#include "oc_p2p_service.h"
#include "oc_vod_folder.h"

typedef struct oc_p2p_host oc_p2p_host_t; /* opaque */

/* Any thread, before commands come. finder: of recordings, copied. OC_OK | OC_ERR_NOMEM. */
int oc_p2p_host_create(oc_p2p_host_t **out, oc_media_thread_t *media,
                       const oc_vod_finder_t *finder);
/* When the media thread has ended. NULL is allowed. */
void oc_p2p_host_free(oc_p2p_host_t *host);
/* Media thread: ends everything, viewers are told; call it on each turn until true: nothing of it
 * uses the loop. */
bool oc_p2p_host_stop(oc_p2p_host_t *host, int64_t now_us);

/* The service, until the host is freed; any thread. */
oc_p2p_service_t *oc_p2p_host_service(oc_p2p_host_t *host);
/* The one it was made with; any thread. */
oc_media_thread_t *oc_p2p_host_media(oc_p2p_host_t *host);

#endif
