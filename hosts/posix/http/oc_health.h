/* oc_health - how the program is, from what others publish: the facts, what they add up to, and the
 * text of /healthz and /readyz (docs/design/api.md, "Health"). Any thread. */
#ifndef OC_HEALTH_H
#define OC_HEALTH_H

#include "oc_data_watch.h"
#include "oc_plane.h"

/* begin protocol: made by tools/protocol */
/* clang-format off */
/* A disk with less room, in bytes, on which nothing can be written is full; of a small disk,
 * what would be low. */
#define OC_HEALTH_FREE_MIN 33554432
/* clang-format on */
/* end protocol */
#define OC_HEALTH_LATE_US                                                                          \
    (10 * 1000 * 1000)         /* the media thread has not come round for this long                \
                                */
#define OC_HEALTH_TEXT_MAX 512 /* bytes of the text */

/* What they add up to. */
typedef enum oc_health_level {
    OC_HEALTH_OK,
    OC_HEALTH_DEGRADED, /* something that was asked for is not done; a restart does not help */
    OC_HEALTH_FAILING,  /* a restart of the process helps */
} oc_health_level_t;

/* How the script is. */
typedef enum oc_health_script {
    OC_HEALTH_SCRIPT_RUNNING,
    OC_HEALTH_SCRIPT_RESTARTING, /* starting, for the first time or again */
    OC_HEALTH_SCRIPT_STUCK,      /* it does not return, and nothing stops it */
} oc_health_script_t;

typedef struct oc_health {
    oc_health_script_t script;
    bool media_late; /* packets are not moved any more */
    bool disk_hung, data_gone, disk_full;
    uint64_t free_bytes, total_bytes; /* of the data directory's file system; total 0: not known */
    unsigned channels, down;          /* wanted; of them neither running nor at their end */
    unsigned failing;                 /* recordings that cannot be written */
} oc_health_t;

/* Whether the disk is full: nothing can be written because it has no room, by the facts of rows and
 * data directory and by what the index knows. As modules/record/disk-state.ts. */
void oc_health_room(oc_health_t *health, bool blocked, uint64_t low_bytes);

/* The facts of rows and data directory; the script's are the caller's; disk_full: oc_health_room.
 * missing: channels that are wanted and have no row; awake_us: of oc_pulse. */
void oc_health_gather(oc_health_t *health, const oc_plane_t *plane, const oc_data_watch_t *data,
                      int64_t awake_us);

/* What the facts add up to. */
oc_health_level_t oc_health_level(const oc_health_t *health);
/* "running", "restarting", "stuck". */
const char *oc_health_script_text(oc_health_script_t script);
/* First line "ok", "degraded" or "failing", then "script: ..." and a line for each reason. Returns
 * its length; *first: that of the first line, newline included. */
size_t oc_health_write(const oc_health_t *health, char out[OC_HEALTH_TEXT_MAX], size_t *first);

#endif
