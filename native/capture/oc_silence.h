/* oc_silence - for how long nothing has come, in time awake: a counter grows with each sign of
 * life, and somebody looks at it now and then. A look that comes late (the machine or the process
 * stood still meanwhile) counts as OC_SILENCE_STEP_US at most: what was stopped together with
 * whoever looks is not silent. */
#ifndef OC_SILENCE_H
#define OC_SILENCE_H

#include <stdint.h>

#define OC_SILENCE_STEP_US (1000 * 1000) /* the most that one look adds: look at least so often */

typedef struct oc_silence {
    uint32_t seen;     /* the counter at the newest look */
    int64_t looked_us; /* monotonic */
    int64_t quiet_us;  /* awake since it grew */
} oc_silence_t;

/* Nothing is missed yet. */
void oc_silence_begin(oc_silence_t *silence, uint32_t seen, int64_t now_us);
/* Looks. Microseconds awake without a sign of life; 0: there was one since the look before. */
int64_t oc_silence_look(oc_silence_t *silence, uint32_t seen, int64_t now_us);

#endif
