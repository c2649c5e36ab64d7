/* oc_media_service - what a media task has beside its plane: the P2P service of viewers, as a
 * table, so that the media task runs without one too. oc_p2p_service_esp.h names the one there is.
 * On the media task, except where noted. */
#ifndef OC_MEDIA_SERVICE_H
#define OC_MEDIA_SERVICE_H

#include "oc_command.h"
#include "oc_mailbox.h"

struct oc_media_task; /* oc_media_task.h */

typedef struct oc_media_service {
    /* Before the task runs. The service is owned by caller until release; NULL: no memory. */
    void *(*create)(struct oc_media_task *media);
    /* A host command. True: it was one of its own, is answered now or later, and its parcel is
     * owned by callee. */
    bool (*command)(void *service, const oc_command_t *command, int64_t now_us);
    /* Everything that is due, after the plane's advance. When to be called again; INT64_MAX never
     * by time. */
    int64_t (*turn)(void *service, int64_t now_us);
    /* As oc_plane_env_t says. */
    void (*ring_gone)(void *service, unsigned slot, int64_t now_us);
    void (*new_script)(void *service, uint32_t generation, int64_t now_us);
    /* Ends everything; called each turn until true. */
    bool (*stop)(void *service, int64_t now_us);
    /* When the task has ended. */
    void (*release)(void *service);
    /* Copies of rows, as in oc_script_context_t. Any task. */
    bool (*read_session)(const void *service, unsigned index, oc_session_row_t *row);
    bool (*read_view)(const void *service, unsigned index, oc_view_row_t *row);
} oc_media_service_t;

#endif
