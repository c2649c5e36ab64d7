/* oc_capture_pause - how long a source that was lost, or did not start, waits for its next try.
 * What delivered comes back soon, whatever the connection lasted; what never does waits up to 30 s.
 * Refused logins wait as in oc_retry.h. Pure. */
#ifndef OC_CAPTURE_PAUSE_H
#define OC_CAPTURE_PAUSE_H

#include <stdbool.h>
#include <stdint.h>

#define OC_CAPTURE_PAUSE_MIN_US  (500 * 1000)
#define OC_CAPTURE_PAUSE_CAME_US (2 * 1000 * 1000) /* at most, after a try that delivered */
#define OC_CAPTURE_PAUSE_MAX_US  (30 * 1000 * 1000)
#define OC_CAPTURE_PAUSE_STEADY_US                                                                 \
    (10 * 1000 * 1000)         /* a try that lasted so long starts afresh                          \
                                */
#define OC_CAPTURE_PAUSE_FEW 8 /* items in the handoff that are no delivery: state, tracks */
/* Of one source; zeroed at first. */
typedef struct oc_capture_pause {
    int64_t next_us;   /* of other failures than a refused login; 0 = none yet */
    int64_t login_us;  /* the first wait of the refused logins, which are ... */
    uint32_t refusals; /* ... so many in a row; 0 = none yet, or let in since */
    bool was_in;       /* it started once */
} oc_capture_pause_t;

/* A try has ended with `result` (OC_ERR_*) after lasted_us. started: the source let us in;
 * delivered: packets came. How long to wait, in us. */
int64_t oc_capture_pause_us(oc_capture_pause_t *pause, int result, bool started, bool delivered,
                            int64_t lasted_us);

#endif
