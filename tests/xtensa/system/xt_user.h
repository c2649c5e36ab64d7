/* xt_user - Linux system calls of the user-mode machine, with the kernel's names and numbers
 * (arch/xtensa/kernel/syscalls/syscall.tbl). For tests that need a real socket; record layouts are
 * the kernel's, which are not those of the C library here. */
#ifndef XT_USER_H
#define XT_USER_H

#include <stdint.h>

enum {
    XT_CLOSE = 9,
    XT_READ = 12,
    XT_WRITE = 13,
    XT_POLL = 16,
    XT_SOCKET = 96,
    XT_SETSOCKOPT = 97,
    XT_BIND = 100,
    XT_CONNECT = 101,
    XT_LISTEN = 102,
    XT_ACCEPT = 103,
    XT_GETSOCKNAME = 104,
    XT_SENDTO = 110,
    XT_RECVFROM = 111,
    XT_EXIT_GROUP = 119,
    XT_CLOCK_GETTIME = 245,
    XT_GETRANDOM = 338,
};

/* One system call. @return its result; -1: errno says why */
long xt_user_call(long number, long a, long b, long c, long d, long e, long f);

#endif
