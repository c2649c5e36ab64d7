/* User mode: the C library's system calls as Linux ones. One thread; nothing interrupts. */
#include "xt_user.h"
#include "xt_system.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#define ERRNO_MAX             4095
#define LINUX_CLOCK_MONOTONIC 1

_Noreturn void xt_user_main(long *stack);

/* The number goes to a2, the arguments to a6 a3 a4 a5 a8 a9, the result comes back in a2. */
long xt_user_call(long number, long a, long b, long c, long d, long e, long f) {
    register long r2 __asm__("a2") = number;
    register long r6 __asm__("a6") = a;
    register long r3 __asm__("a3") = b;
    register long r4 __asm__("a4") = c;
    register long r5 __asm__("a5") = d;
    register long r8 __asm__("a8") = e;
    register long r9 __asm__("a9") = f;
    __asm__ volatile("syscall"
                     : "+r"(r2)
                     : "r"(r6), "r"(r3), "r"(r4), "r"(r5), "r"(r8), "r"(r9)
                     : "memory");
    if (r2 < 0 && r2 >= -ERRNO_MAX) {
        errno = (int)-r2;
        return -1;
    }
    return r2;
}

ssize_t read(int fd, void *to, size_t bytes) {
    return xt_user_call(XT_READ, fd, (long)to, (long)bytes, 0, 0, 0);
}

ssize_t write(int fd, const void *from, size_t bytes) {
    return xt_user_call(XT_WRITE, fd, (long)from, (long)bytes, 0, 0, 0);
}

/* Tests with files run on the bare machine. */
int open(const char *path, int flags, ...) {
    (void)path, (void)flags;
    errno = ENOSYS;
    return -1;
}

int close(int fd) {
    return (int)xt_user_call(XT_CLOSE, fd, 0, 0, 0, 0, 0);
}

off_t lseek(int fd, off_t offset, int from) {
    (void)fd, (void)offset, (void)from;
    errno = ENOSYS;
    return -1;
}

void xt_end(int code) {
    for (;;)
        xt_user_call(XT_EXIT_GROUP, code, 0, 0, 0, 0, 0);
}

uint64_t xt_clock_us(void) {
    struct {
        int32_t s, ns;
    } now;
    xt_user_call(XT_CLOCK_GETTIME, LINUX_CLOCK_MONOTONIC, (long)&now, 0, 0, 0, 0);
    return (uint64_t)(uint32_t)now.s * 1000000 + (uint32_t)now.ns / 1000;
}

uint32_t xt_hold(void) {
    return 0;
}

void xt_release(uint32_t mask) {
    (void)mask;
}

unsigned xt_thread_self(void) {
    return 0;
}

int sched_yield(void) {
    return 0;
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *),
                   void *context) {
    (void)thread, (void)attr, (void)start, (void)context;
    return ENOSYS;
}

int pthread_detach(pthread_t thread) {
    (void)thread;
    return ENOSYS;
}

void pthread_exit(void *result) {
    (void)result;
    exit(0);
}

int pthread_join(pthread_t thread, void **result) {
    (void)thread, (void)result;
    return ENOSYS;
}

void xt_user_main(long *stack) {
    xt_run((int)stack[0], (char **)(stack + 1));
}
