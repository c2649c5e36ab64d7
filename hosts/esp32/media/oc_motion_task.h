/* oc_motion_task - motion at the cameras of a board. Their frames are JPEGs, and the means of a
 * JPEG's blocks lie in it unencoded (oc_jpeg_dc): nothing is decoded. The media task copies a frame
 * five times a second and looks at what became of the last; a task below the script does the rest.
 * Task and memory come with the first channel that is watched, about 0.3 MB of PSRAM, and stay. */
#ifndef OC_MOTION_TASK_H
#define OC_MOTION_TASK_H

#include "oc_command.h"
#include "oc_plane.h"

typedef struct oc_motion_task oc_motion_task_t; /* opaque */

typedef struct oc_motion_task_config {
    oc_plane_t *plane; /* borrowed until stopped */
    /* The media task is to call oc_motion_task_turn; from the task of this file. */
    void (*wake)(void *context);
    void *context;
} oc_motion_task_config_t;

/* Everything below: media task. OC_OK | OC_ERR_NOMEM. */
int oc_motion_task_create(oc_motion_task_t **out, const oc_motion_task_config_t *config);
/* What to look for at a channel. OC_OK | OC_ERR_INVAL | OC_ERR_FORMAT | OC_ERR_NOMEM |
 * OC_ERR_NOTSUP for sound: no board has a microphone so far. */
int oc_motion_task_detect(oc_motion_task_t *motion, unsigned channel,
                          const oc_desired_detect_t *desired);
/* Takes what was found, gives what is next. Returns when to be called again; INT64_MAX: nothing is
 * watched. */
int64_t oc_motion_task_turn(oc_motion_task_t *motion, int64_t now_us);
/* As oc_plane_env_t.ring_gone: an event that goes on there ends. */
void oc_motion_task_ring_gone(oc_motion_task_t *motion, unsigned slot, int64_t now_us);
/* Ends the task; called until true. */
bool oc_motion_task_stop(oc_motion_task_t *motion);
/* When it has stopped; NULL is fine. */
void oc_motion_task_delete(oc_motion_task_t *motion);

#endif
