/* oc_posix - small things every thread of a POSIX host needs: clocks and error numbers. */
#ifndef OC_POSIX_H
#define OC_POSIX_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "oc_clock.h"

/* CLOCK_MONOTONIC in microseconds. Any thread. */
int64_t oc_posix_now_us(void);

/* Fills *clock: wall offset, and quality NTP when the kernel says that the clock is synchronised,
 * RTC otherwise, NONE before 2024 (never set). Any thread. */
void oc_posix_clock(oc_clock_t *clock);

/* Reads exactly len bytes of a file at offset, which does not move its place. Blocks. OC_OK |
 * OC_ERR_TRUNC the file ends before | OC_ERR_IO. */
int oc_posix_read_at(int fd, uint64_t offset, void *buffer, size_t len);

/* errno to OC_ERR_*; 0 gives OC_ERR_IO. */
int oc_posix_error(int number);

/* A condition variable that waits by CLOCK_MONOTONIC. */
void oc_posix_cond_init(pthread_cond_t *cond);
/* Waits on cond until it is signalled or until_us; INT64_MAX: no time limit. lock is held. */
void oc_posix_cond_wait(pthread_cond_t *cond, pthread_mutex_t *lock, int64_t until_us);

/* Starts a joinable thread with that name (at most 15 bytes) and stack; signals stay with the main
 * thread. OC_OK | OC_ERR_NOMEM. */
int oc_posix_thread(pthread_t *thread, const char *name, size_t stack_bytes, void *(*run)(void *),
                    void *context);

#endif
