/* time - picolibc leaves out what the tests use. */
#ifndef XT_TIME_H
#define XT_TIME_H

#include_next <time.h>

#ifndef CLOCK_MONOTONIC
#define CLOCK_MONOTONIC 4
#endif

/* Since the machine started, whatever the clock. */
int clock_gettime(clockid_t clock, struct timespec *now);
/* Other threads run in the meantime. Never interrupted: `left` is not looked at. */
int nanosleep(const struct timespec *expected, struct timespec *left);

#endif
