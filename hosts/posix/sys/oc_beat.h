/* oc_beat - whether another thread still comes round, judged by who looks at what it counts. Pure,
 * in the time of that thread. */
#ifndef OC_BEAT_H
#define OC_BEAT_H

#include <stdbool.h>
#include <stdint.h>

/* Of the time between two looks no more than this counts: where it was longer, who looks did not
 * run either, and the machine stood still or had too much to do. As OC_STALL_US. */
#define OC_BEAT_LOOK_US 1000000

/* Start from zeros. */
typedef struct oc_beat {
    uint32_t count;     /* at the look before */
    int64_t looked_us;  /* when that was; 0 = never */
    int64_t silence_us; /* since it changed, as far as it counts */
} oc_beat_t;

/* A look at the thread's count. excused: it may stand just now. Returns us since the count changed,
 * without what is excused and without standstills. */
int64_t oc_beat_look(oc_beat_t *beat, uint32_t count, bool excused, int64_t now_us);

#endif
