/* sched - picolibc leaves out what the tests use. */
#ifndef XT_SCHED_H
#define XT_SCHED_H

#include_next <sched.h>

int sched_yield(void);

#endif
