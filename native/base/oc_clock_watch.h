/* oc_clock_watch - from readings of a clock that may be unset, be set, step or be lost to the one
 * that is in force. Monotonic time does not step, so the offset in force stays good when the wall
 * clock falls back to 1970. No clock is read here. */
#ifndef OC_CLOCK_WATCH_H
#define OC_CLOCK_WATCH_H

#include <stdbool.h>

#include "oc_clock.h"

#define OC_CLOCK_STEP_US 2000000 /* a change of the offset beyond this is a step, not a drift */

typedef enum oc_clock_change {
    OC_CLOCK_SAME = 0, /* nothing worth a word; drift and quality are followed all the same */
    OC_CLOCK_SET,      /* for the first time */
    OC_CLOCK_STEPPED,  /* by step_us */
    OC_CLOCK_LOST,     /* unset again: the offset is kept, with quality RTC; said once */
} oc_clock_change_t;

typedef struct oc_clock_watch {
    oc_clock_t clock; /* in force */
    int64_t step_us;  /* of the last OC_CLOCK_STEPPED; positive: the wall clock went forward */
    bool lost;
} oc_clock_watch_t;

/* Begins with a reading, which is no change. */
static inline oc_clock_watch_t oc_clock_watch(const oc_clock_t *reading) {
    return (oc_clock_watch_t){.clock = *reading};
}

/* The next reading. */
oc_clock_change_t oc_clock_watch_take(oc_clock_watch_t *watch, const oc_clock_t *reading);

#endif
