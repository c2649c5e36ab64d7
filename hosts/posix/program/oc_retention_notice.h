/* oc_retention_notice - what retention does, for the media plane: an event for what was deleted,
 * once a second at most, and how long a file may be, which follows the disk. Media thread. */
#ifndef OC_RETENTION_NOTICE_H
#define OC_RETENTION_NOTICE_H

#include "oc_index.h"
#include "oc_plane.h"

#define OC_RETENTION_NOTICE_US (1000 * 1000) /* between two events of deletions */

/* All zero but `index`, which is borrowed. */
typedef struct oc_retention_notice {
    oc_index_t *index;
    int64_t due_us; /* the next event not before */
} oc_retention_notice_t;

/* In every turn of the media thread. */
void oc_retention_notice_turn(oc_retention_notice_t *notice, oc_plane_t *plane, int64_t now_us);

#endif
