/* oc_pulse - the time awake of this process (oc_awake), for every deadline that would restart,
 * close or lose something of ours: docs/design/time.md lists them. A thread of its own ticks. */
#ifndef OC_PULSE_H
#define OC_PULSE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#define OC_PULSE_TICK_US (200 * 1000) /* five wake-ups a second */
#define OC_PULSE_OWED_US                                                                           \
    (2 * 1000 * 1000) /* a timer that a pause made due waits so long at most                       \
                       */

/* Begins to tick; once more for each call before as many of oc_pulse_stop. OC_OK | OC_ERR_NOMEM. */
int oc_pulse_start(void);
/* The last one ends the thread and waits for it; no pause is measured then. */
void oc_pulse_stop(void);

/* Time awake in microseconds, to be compared with itself only. Any thread; waits for nobody. */
int64_t oc_pulse_us(void);

/* For a timer that the system calls due, and that is due at due_us in time awake: microseconds for
 * which it shall wait further, once, because a pause has made it due. What came during the pause is
 * taken before it then, while what is planned for an instant is hardly late. 0: none. */
int64_t oc_pulse_owed_us(int64_t due_us);

/* Waits on cond until it is signalled, or until_us of oc_pulse_us at the latest, or less: the
 * caller looks again. lock is held; cond is of oc_posix_cond_init. True: until_us has not come. */
bool oc_pulse_wait(pthread_cond_t *cond, pthread_mutex_t *lock, int64_t until_us);

/* Waits until fd has something to read, or its other side is gone; limit_us awake at most. False:
 * it has not, or is no descriptor. */
bool oc_pulse_readable(int fd, int64_t limit_us);

#endif
