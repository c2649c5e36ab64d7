/* clock_shift - for tests, loaded with LD_PRELOAD: the wall clock is off by what the file named by
 * OCELLUS_TEST_CLOCK says at that moment, and synchronised or not as it says. 16 bytes, written in
 * place: int64_t microseconds to add, int64_t 1 = synchronised. Monotonic time is left alone. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#define US_PER_S 1000000

static const volatile int64_t *shared;

__attribute__((constructor)) static void open_clock(void) {
    const char *path = getenv("OCELLUS_TEST_CLOCK");
    int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    void *memory = fd >= 0 ? mmap(NULL, 16, PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;
    if (fd >= 0)
        close(fd);
    if (memory != MAP_FAILED)
        shared = memory;
}

static int64_t wall_us(void) {
    struct timespec now = {0};
    syscall(SYS_clock_gettime, CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * US_PER_S + now.tv_nsec / 1000 + (shared ? shared[0] : 0);
}

int clock_gettime(clockid_t id, struct timespec *out) {
    if (id != CLOCK_REALTIME && id != CLOCK_REALTIME_COARSE)
        return (int)syscall(SYS_clock_gettime, id, out);
    int64_t us = wall_us();
    *out = (struct timespec){.tv_sec = us / US_PER_S, .tv_nsec = us % US_PER_S * 1000};
    return 0;
}

int gettimeofday(struct timeval *restrict out, void *restrict zone) {
    int64_t us = wall_us();
    (void)zone;
    *out = (struct timeval){.tv_sec = us / US_PER_S, .tv_usec = us % US_PER_S};
    return 0;
}

time_t time(time_t *out) {
    time_t seconds = (time_t)(wall_us() / US_PER_S);
    if (out)
        *out = seconds;
    return seconds;
}

int adjtimex(struct timex *state) {
    bool synced = shared && shared[1];
    state->status = synced ? 0 : STA_UNSYNC;
    return synced ? TIME_OK : TIME_ERROR;
}
