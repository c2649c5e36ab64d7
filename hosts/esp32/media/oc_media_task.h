/* oc_media_task - oc_media_loop on a FreeRTOS task: advances the plane on every notification and at
 * its own deadlines, runs capture tasks. Its memory (plane, rings) is PSRAM. It waits for nothing
 * but its notification. There are no files and no HTTP server on this host so far: commands for
 * them are refused with the reason. */
#ifndef OC_MEDIA_TASK_H
#define OC_MEDIA_TASK_H

#include "oc_plane.h"

/* The task with plane and mailbox; opaque. */
typedef struct oc_media_task oc_media_task_t;

struct oc_media_service; /* oc_media_service.h */
struct oc_p2p_service;   /* oc_p2p_service.h */

typedef struct oc_media_task_config {
    /* As in oc_mailbox_env: called on the media task when replies or edges wait; must not block. */
    void (*wake_script)(void *context);
    /* COMMAND_READY of the script came; on the media task; may be NULL. */
    void (*ready)(void *context);
    void *context;
    const struct oc_media_service *service; /* of WebRTC viewers; NULL: there is none. Borrowed */
} oc_media_task_config_t;

/* Starts it. OC_OK | OC_ERR_NOMEM no PSRAM, or not enough of it or of stack. */
int oc_media_task_start(oc_media_task_t **out, const oc_media_task_config_t *config);

/* Any task: something waits in the mailbox. */
void oc_media_task_wake(oc_media_task_t *media);

/* XS task, before the first command of a new script: its generation. */
void oc_media_task_new_script(oc_media_task_t *media, uint32_t generation);

/* Valid until stopped. The plane's tables and names from any task, all else on the media task. */
oc_plane_t *oc_media_task_plane(oc_media_task_t *media);
oc_mailbox_t *oc_media_task_mailbox(oc_media_task_t *media);
/* NULL: none. */
struct oc_p2p_service *oc_media_task_service(oc_media_task_t *media);

/* What its parts need of it. Valid until stopped. */
const oc_loop_env_t *oc_media_task_env(const oc_media_task_t *media);

/* Ends viewers, every channel and its capture task, then this one, and frees all. Not on the media
 * task. False: something hangs after wait_ms and nothing was freed: restart the chip. */
bool oc_media_task_stop(oc_media_task_t *media, uint32_t wait_ms);

#endif
