/* oc_stall - notices that the media thread did not run for a while: the process was stopped or
 * starved. Sources that cannot wait may have lost packets that nobody could count. Media thread. */
#ifndef OC_STALL_H
#define OC_STALL_H

#include "oc_plane.h"

#define OC_STALL_US          1000000  /* so late is no stall yet */
#define OC_STALL_NOTIFIED_US 10000000 /* at most one event in this time */

/* Start from zeros. */
typedef struct oc_stall {
    int64_t due_us;      /* the next turn should begin by then; 0 = not known */
    int64_t notified_us; /* the newest event; 0 = none */
    int64_t sum_us;      /* of stalls not reported yet */
    uint32_t count;      /* of them */
} oc_stall_t;

/* A turn begins: an event `process-stalled` when it comes too late. Returns now_us. */
int64_t oc_stall_begin(oc_stall_t *stall, oc_plane_t *plane, int64_t now_us);

/* The turn ends; the next one begins by due_us. */
void oc_stall_end(oc_stall_t *stall, int64_t due_us);

#endif
