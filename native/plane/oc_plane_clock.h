/* oc_plane_clock - the wall clock of a plane: names of files, dates in playlists and times of
 * events follow it. Media thread. */
#ifndef OC_PLANE_CLOCK_H
#define OC_PLANE_CLOCK_H

#include "oc_plane.h"

/* What the wall clock says now; about once a second. Events: clock-set (for the first time),
 * clock-step (by more than 2 s), clock-lost (never set, it says: the time from before is kept). */
void oc_plane_clock(oc_plane_t *plane, const oc_clock_t *reading, int64_t now_us);

#endif
