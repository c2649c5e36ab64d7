/* oc_capture_pause - how long a source that was lost, or did not start, waits for its next try.
 * What delivered comes back soon, whatever the connection lasted; what never does waits up to 30 s.
 * A refused login waits for minutes, then hours: cameras lock an account after a few wrong ones,
 * and then refuse the right one too. Pure. */
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
/* Refused logins, each four times as long as the one before. The first after the source had let us
 * in: a camera that starts, or whose clock is set, refuses for a while. oc_retry.h has the same for
 * a channel that never opened. */
#define OC_CAPTURE_PAUSE_LOGIN_AGAIN_US (INT64_C(30) * 1000 * 1000)
#define OC_CAPTURE_PAUSE_LOGIN_US       (INT64_C(8) * 60 * 1000 * 1000)
#define OC_CAPTURE_PAUSE_LOGIN_MAX_US   (INT64_C(4) * 3600 * 1000 * 1000)

/* Of one source; zeroed at first. */
typedef struct oc_capture_pause {
    int64_t next_us;  /* of other failures than a refused login; 0 = none yet */
    int64_t login_us; /* of refused logins; 0 = none yet, or let in since */
    bool was_in;      /* it started once */
} oc_capture_pause_t;

/* A try has ended with `result` (OC_ERR_*) after lasted_us. started: the source let us in;
 * delivered: packets came. How long to wait, in us. */
int64_t oc_capture_pause_us(oc_capture_pause_t *pause, int result, bool started, bool delivered,
                            int64_t lasted_us);

#endif
