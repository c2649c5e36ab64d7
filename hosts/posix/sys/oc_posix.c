#define _GNU_SOURCE
#include "oc_posix.h"

#include <errno.h>
#include <signal.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#include "oc_err.h"

#define US_PER_S 1000000

static int64_t read_us(clockid_t id) {
    struct timespec now;
    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * US_PER_S + now.tv_nsec / 1000;
}

int64_t oc_posix_now_us(void) {
    return read_us(CLOCK_MONOTONIC);
}

void oc_posix_clock(oc_clock_t *clock) {
    int64_t wall = read_us(CLOCK_REALTIME);
    struct timex state = {.modes = 0};
    if (wall < OC_CLOCK_FIRST_S * US_PER_S) {
        *clock = (oc_clock_t){0, OC_CLOCK_NONE};
        return;
    }
    int kernel = adjtimex(&state); /* reads only: needs no privilege */
    clock->wall_minus_mono_us = wall - oc_posix_now_us();
    clock->quality = kernel >= 0 && !(state.status & STA_UNSYNC) ? OC_CLOCK_NTP : OC_CLOCK_RTC;
}

int oc_posix_read_at(int fd, uint64_t offset, void *buffer, size_t len) {
    for (size_t done = 0; done < len;) {
        ssize_t n = pread(fd, (char *)buffer + done, len - done, (off_t)(offset + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n == 0 ? OC_ERR_TRUNC : OC_ERR_IO;
        done += (size_t)n;
    }
    return OC_OK;
}

int oc_posix_error(int number) {
    switch (number) {
    case ENOENT:
    case ENOTDIR:
        return OC_ERR_NOENT;
    case EEXIST:
    case ENOTEMPTY:
        return OC_ERR_EXIST;
    case ENOSPC:
    case EDQUOT:
        return OC_ERR_DISK_FULL;
    case EROFS:
    case EACCES:
    case EPERM:
        return OC_ERR_READ_ONLY;
    case ENOMEM:
    case EMFILE:
    case ENFILE:
        return OC_ERR_NOMEM;
    case EFBIG:
        return OC_ERR_TOO_BIG;
    case EINVAL:
    case ELOOP:
    case ENAMETOOLONG:
        return OC_ERR_INVAL;
    default:
        return OC_ERR_IO;
    }
}

void oc_posix_cond_init(pthread_cond_t *cond) {
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(cond, &attributes);
    pthread_condattr_destroy(&attributes);
}

void oc_posix_cond_wait(pthread_cond_t *cond, pthread_mutex_t *lock, int64_t until_us) {
    if (until_us == INT64_MAX) {
        pthread_cond_wait(cond, lock);
        return;
    }
    struct timespec until = {.tv_sec = until_us / US_PER_S, .tv_nsec = until_us % US_PER_S * 1000};
    pthread_cond_timedwait(cond, lock, &until);
}

int oc_posix_thread(pthread_t *thread, const char *name, size_t stack_bytes, void *(*run)(void *),
                    void *context) {
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGSYS, SIGABRT};
    sigset_t all, before;
    pthread_attr_t attributes;
    sigfillset(&all);
    for (unsigned i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
        sigdelset(&all, faults[i]); /* blocked ones would kill without a word (oc_crash) */
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, stack_bytes);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* inherited: signals stay with the main thread */
    int result = pthread_create(thread, &attributes, run, context);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    if (result != 0)
        return OC_ERR_NOMEM;
    pthread_setname_np(*thread, name);
    return OC_OK;
}
