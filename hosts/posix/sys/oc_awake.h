/* oc_awake - time for which a process was awake: monotonic time without the pauses in which it
 * stood still (a stopped process, a frozen cgroup, a machine that had no time for it). Somebody
 * ticks regularly; what lies between two ticks counts up to OC_AWAKE_STEP_US. So a pause is left
 * out as soon as it is over, whichever thread looks first, and a deadline in time awake is as far
 * away behind the pause as it was before. Pure; begins with zeros. */
#ifndef OC_AWAKE_H
#define OC_AWAKE_H

#include <stdint.h>

#define OC_AWAKE_STEP_US (500 * 1000) /* of a pause so much counts: ticks come more often */

typedef struct oc_awake {
    int64_t mono_us;  /* of the newest tick; 0: nothing ticks, and all time counts */
    int64_t awake_us; /* time awake by then; nothing ticks: what is to be added to monotonic time */
} oc_awake_t;

/* Time awake at now_us, which is monotonic. It never goes back, also for a now_us that was read
 * before the newest tick. */
int64_t oc_awake_us(const oc_awake_t *awake, int64_t now_us);

/* The process runs now. */
void oc_awake_tick(oc_awake_t *awake, int64_t now_us);

/* Nothing ticks any more; the next tick goes on from here. */
void oc_awake_rest(oc_awake_t *awake, int64_t now_us);

#endif
