/* What waits and what belongs to one thread, on either machine. Waiting is asking again after the
 * others have run. */
#include "xt_system.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static bool passed(const struct timespec *until) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec > until->tv_sec ||
           (now.tv_sec == until->tv_sec && now.tv_nsec >= until->tv_nsec);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    uint64_t us = xt_clock_us();
    (void)clock;
    now->tv_sec = (time_t)(us / 1000000);
    now->tv_nsec = (long)(us % 1000000) * 1000;
    return 0;
}

int nanosleep(const struct timespec *expected, struct timespec *left) {
    uint64_t until =
        xt_clock_us() + (uint64_t)expected->tv_sec * 1000000 + (uint32_t)expected->tv_nsec / 1000;
    (void)left;
    do
        sched_yield();
    while (xt_clock_us() < until);
    return 0;
}

int pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attr) {
    (void)attr;
    *mutex = false;
    return 0;
}

int pthread_mutex_destroy(pthread_mutex_t *mutex) {
    return 0;
}

int pthread_mutex_lock(pthread_mutex_t *mutex) {
    for (;;) {
        uint32_t mask = xt_hold();
        bool taken = *mutex;
        *mutex = true;
        xt_release(mask);
        if (!taken)
            return 0;
        sched_yield();
    }
}

int pthread_mutex_unlock(pthread_mutex_t *mutex) {
    *mutex = false;
    return 0;
}

int pthread_condattr_init(pthread_condattr_t *attr) {
    (void)attr;
    return 0;
}

int pthread_condattr_setclock(pthread_condattr_t *attr, clockid_t clock) {
    (void)attr, (void)clock;
    return 0;
}

int pthread_condattr_destroy(pthread_condattr_t *attr) {
    (void)attr;
    return 0;
}

int pthread_cond_init(pthread_cond_t *cond, const pthread_condattr_t *attr) {
    (void)attr;
    *cond = 0;
    return 0;
}

int pthread_cond_signal(pthread_cond_t *cond) {
    ++*cond;
    return 0;
}

int pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex,
                           const struct timespec *until) {
    uint32_t before = *cond;
    int result = 0;
    pthread_mutex_unlock(mutex);
    do
        sched_yield();
    while (*cond == before && !(result = passed(until) ? ETIMEDOUT : 0));
    pthread_mutex_lock(mutex);
    return result;
}

/* _Thread_local, as GCC lays it out where no register holds a thread pointer. */
typedef struct emulated {
    size_t size, align;
    void **copies; /* one for each thread, made at first use */
    const void *initial;
} emulated_t;

static emulated_t *variables[XT_THREADS_MAX];
static unsigned variables_len;

void *__emutls_get_address(void *control);

void *__emutls_get_address(void *control) {
    emulated_t *variable = control;
    unsigned self = xt_thread_self();
    uint32_t mask = xt_hold();
    if (!variable->copies) {
        variable->copies = calloc(XT_THREADS_MAX, sizeof *variable->copies);
        if (!variable->copies || variables_len == sizeof variables / sizeof variables[0])
            abort();
        variables[variables_len++] = variable;
    }
    if (!variable->copies[self]) {
        variable->copies[self] = calloc(1, variable->size);
        if (!variable->copies[self])
            abort();
        if (variable->initial)
            memcpy(variable->copies[self], variable->initial, variable->size);
    }
    xt_release(mask);
    return variable->copies[self];
}

void xt_thread_forget(unsigned thread) {
    for (unsigned i = 0; i < variables_len; i++) {
        free(variables[i]->copies[thread]);
        variables[i]->copies[thread] = NULL;
    }
}
