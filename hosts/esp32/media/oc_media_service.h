/* oc_media_service - what a media task has beside its plane: the P2P service of viewers, as a
 * table, so that the media task runs without one too. oc_p2p_service_esp.h names the one there is.
 * On the media task, except where noted. */
#ifndef OC_MEDIA_SERVICE_H
#define OC_MEDIA_SERVICE_H

#include "oc_command.h"
#include "oc_mailbox.h"

struct oc_media_task;  /* oc_media_task.h */
struct oc_p2p_service; /* oc_p2p_service.h */

typedef struct oc_media_service {
    /* Before the task runs: the service and, returned, its transport, both owned by caller until
     * release; NULL: no memory. */
    void *(*create)(struct oc_media_task *media, struct oc_p2p_service **service);
    /* Everything that is due, after the plane's advance. When to be called again; INT64_MAX never
     * by time. */
    int64_t (*turn)(void *transport, int64_t now_us);
    /* When the task has ended. */
    void (*release)(void *transport);
    /* Those of oc_p2p_service. */
    bool (*command)(struct oc_p2p_service *service, const oc_command_t *command, int64_t now_us);
    void (*ring_gone)(struct oc_p2p_service *service, unsigned slot, int64_t now_us);
    void (*new_script)(struct oc_p2p_service *service, uint32_t generation, int64_t now_us);
    bool (*stop)(struct oc_p2p_service *service, int64_t now_us);
    bool (*read_session)(const struct oc_p2p_service *service, unsigned index,
                         oc_session_row_t *row);
    bool (*read_view)(const struct oc_p2p_service *service, unsigned index, oc_view_row_t *row);
} oc_media_service_t;

#endif
