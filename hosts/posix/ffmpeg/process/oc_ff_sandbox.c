#define _GNU_SOURCE
#include "oc_ff_sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#ifdef OC_FF_SECCOMP
#include <seccomp.h>
#endif

static void limit(int resource, rlim_t maximum) {
    struct rlimit both = {maximum, maximum};
    setrlimit(resource, &both);
}

#ifndef OC_SANITIZED
#ifdef OC_FF_SECCOMP

/* What is let through whatever its arguments are. */
static const int calls[] = {
    /* descriptors that it has */
    SCMP_SYS(read),
    SCMP_SYS(write),
    SCMP_SYS(readv),
    SCMP_SYS(writev),
    SCMP_SYS(pread64),
    SCMP_SYS(lseek),
    SCMP_SYS(_llseek),
    SCMP_SYS(close),
    SCMP_SYS(fstat),
    SCMP_SYS(fstat64),
    SCMP_SYS(dup),
    SCMP_SYS(dup2),
    SCMP_SYS(dup3),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(eventfd2),
    SCMP_SYS(recvfrom),
    SCMP_SYS(recv),
    SCMP_SYS(recvmsg),
    SCMP_SYS(send),
    SCMP_SYS(shutdown),
    SCMP_SYS(getsockname),
    SCMP_SYS(getpeername),
    SCMP_SYS(getsockopt),
    /* memory */
    SCMP_SYS(brk),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(madvise),
    /* threads and time */
    SCMP_SYS(futex),
    SCMP_SYS(futex_time64),
    SCMP_SYS(set_robust_list),
    SCMP_SYS(rseq),
    SCMP_SYS(sched_yield),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(gettid),
    SCMP_SYS(getpid),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_gettime64),
    SCMP_SYS(clock_getres),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(clock_nanosleep_time64),
    SCMP_SYS(nanosleep),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(time),
    SCMP_SYS(getrandom),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(getcpu),
    /* signals of its own, and the end */
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(sigreturn),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
};

/* What only an attacker calls. */
static const int fatal[] = {SCMP_SYS(execve),
                            SCMP_SYS(execveat),
                            SCMP_SYS(ptrace),
                            SCMP_SYS(process_vm_readv),
                            SCMP_SYS(process_vm_writev),
                            SCMP_SYS(bpf),
                            SCMP_SYS(userfaultfd),
                            SCMP_SYS(mount)};

/* Devices: ALSA reads its settings, V4L2 is asked by ioctl. */
static const int device_calls[] = {
    SCMP_SYS(stat),       SCMP_SYS(newfstatat), SCMP_SYS(statx),      SCMP_SYS(lstat),
    SCMP_SYS(access),     SCMP_SYS(faccessat),  SCMP_SYS(faccessat2), SCMP_SYS(readlink),
    SCMP_SYS(readlinkat), SCMP_SYS(getdents64), SCMP_SYS(ioctl),      SCMP_SYS(mprotect),
    SCMP_SYS(fcntl),      SCMP_SYS(fcntl64),    SCMP_SYS(getuid),     SCMP_SYS(geteuid),
    SCMP_SYS(uname),
};

/* A push: libsrt waits by them, on threads of its own. */
static const int push_calls[] = {SCMP_SYS(epoll_create1), SCMP_SYS(epoll_ctl), SCMP_SYS(epoll_wait),
                                 SCMP_SYS(epoll_pwait)};

static int allow_all(scmp_filter_ctx filter, const int *list, size_t count) {
    int rc = 0;
    for (size_t i = 0; i < count && rc == 0; i++)
        rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, list[i], 0);
    return rc;
}

/* What is let through with some arguments only. */
static int allow_some(scmp_filter_ctx filter) {
    const struct {
        int call;
        struct scmp_arg_cmp test;
    } rules[] = {
        /* no address: those are named by the program alone */
        {SCMP_SYS(sendto), SCMP_A4(SCMP_CMP_EQ, 0)},
        /* nothing that is written becomes code */
        {SCMP_SYS(mprotect), SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)},
        /* threads, no processes */
        {SCMP_SYS(clone), SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD)},
        {SCMP_SYS(tgkill), SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid())},
        {SCMP_SYS(prctl), SCMP_A0(SCMP_CMP_EQ, PR_SET_NAME)},
        {SCMP_SYS(fcntl), SCMP_A1(SCMP_CMP_EQ, F_GETFL)},
        {SCMP_SYS(fcntl), SCMP_A1(SCMP_CMP_EQ, F_SETFL)},
        {SCMP_SYS(fcntl), SCMP_A1(SCMP_CMP_EQ, F_GETFD)},
        {SCMP_SYS(fcntl), SCMP_A1(SCMP_CMP_EQ, F_SETFD)},
        {SCMP_SYS(fcntl), SCMP_A1(SCMP_CMP_EQ, F_DUPFD_CLOEXEC)},
        {SCMP_SYS(ioctl), SCMP_A1(SCMP_CMP_EQ, FIONREAD)},
        {SCMP_SYS(ioctl), SCMP_A1(SCMP_CMP_EQ, FIONBIO)},
        {SCMP_SYS(setsockopt), SCMP_A1(SCMP_CMP_EQ, SOL_SOCKET)},
        {SCMP_SYS(setsockopt), SCMP_A1(SCMP_CMP_EQ, IPPROTO_TCP)},
    };
    int rc = 0;
    for (size_t i = 0; i < sizeof(rules) / sizeof(*rules) && rc == 0; i++)
        rc = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, rules[i].call, 1, &rules[i].test);
    return rc;
}

/* Memory: all that is taken counts against RLIMIT_DATA, which shared memory without a descriptor
 * and stacks that grow do not. Nothing that is written becomes code, but in a process of devices,
 * where ALSA loads plug-ins. */
static int allow_maps(scmp_filter_ctx filter, bool devices) {
    static const int calls_of_map[] = {SCMP_SYS(mmap), SCMP_SYS(mmap2)};
    static const unsigned uncounted[] = {MAP_ANONYMOUS | MAP_GROWSDOWN, MAP_SHARED | MAP_GROWSDOWN};
    int rc = 0;
    for (unsigned i = 0; i < 4 && rc == 0; i++) {
        const struct scmp_arg_cmp tests[] = {SCMP_A3(SCMP_CMP_MASKED_EQ, uncounted[i % 2], 0),
                                             SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)};
        rc = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, calls_of_map[i / 2], devices ? 1 : 2,
                                    tests);
    }
    return rc;
}

/* Files are opened to be read, devices to be read and written; nothing is made, emptied or written
 * only. */
static int allow_open(scmp_filter_ctx filter) {
    static const unsigned wanted[] = {O_RDONLY, O_RDWR};
    const unsigned seen = O_ACCMODE | O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY);
    int rc = 0;
    for (unsigned i = 0; i < 2 && rc == 0; i++) {
        const struct scmp_arg_cmp tests[] = {SCMP_A1(SCMP_CMP_MASKED_EQ, seen, wanted[i]),
                                             SCMP_A2(SCMP_CMP_MASKED_EQ, seen, wanted[i])};
        rc = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(open), 1, &tests[0]);
        if (rc == 0)
            rc = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(openat), 1, &tests[1]);
    }
    return rc;
}

static int filter_calls(oc_ff_sandbox_kind_t kind) {
    bool devices = kind == OC_FF_SANDBOX_DEVICE;
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    int rc = filter ? allow_all(filter, calls, sizeof(calls) / sizeof(*calls)) : -ENOMEM;
    if (rc == 0)
        rc = allow_some(filter);
    if (rc == 0)
        rc = allow_maps(filter, devices);
    if (rc == 0 && devices)
        rc = allow_all(filter, device_calls, sizeof(device_calls) / sizeof(*device_calls));
    if (rc == 0 && devices)
        rc = allow_open(filter);
    if (rc == 0 && kind == OC_FF_SANDBOX_PUSH)
        rc = allow_all(filter, push_calls, sizeof(push_calls) / sizeof(*push_calls));
    for (size_t i = 0; i < sizeof(fatal) / sizeof(*fatal) && rc == 0; i++)
        rc = seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, fatal[i], 0);
    if (rc == 0) /* the C library takes clone then, whose flags can be seen */
        rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
    if (rc == 0)
        rc = seccomp_load(filter);
    seccomp_release(filter);
    return rc;
}

#else

static int filter_calls(oc_ff_sandbox_kind_t kind) {
    return -ENOSYS;
}

#endif

/* Later than its first version, and than some kernels' headers. */
#define FS_REFER    (1ULL << 13) /* version 2 */
#define FS_TRUNCATE (1ULL << 14) /* version 3 */

/* devices: below /dev what is there is written; nothing is made there. 0 | -errno. */
static int allow_devices(int ruleset) {
    struct landlock_path_beneath_attr rule = {.allowed_access = LANDLOCK_ACCESS_FS_WRITE_FILE};
    rule.parent_fd = open("/dev", O_PATH | O_CLOEXEC);
    if (rule.parent_fd < 0)
        return -errno;
    int rc = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    rc = rc < 0 ? -errno : 0;
    close(rule.parent_fd);
    return rc;
}

/* No path is written, made or taken away, whatever the filter of calls lets through. 0 | -errno. */
static int forbid_writing(bool devices) {
    struct landlock_ruleset_attr all = {
        LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
        LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR |
        LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |
        LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM};
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    all.handled_access_fs |= version >= 2 ? FS_REFER : 0;
    all.handled_access_fs |= version >= 3 ? FS_TRUNCATE : 0;
    int ruleset =
        version < 0 ? -1 : (int)syscall(SYS_landlock_create_ruleset, &all, sizeof(all), 0);
    int rc = ruleset < 0 ? -errno : devices ? allow_devices(ruleset) : 0;
    if (rc == 0 && syscall(SYS_landlock_restrict_self, ruleset, 0) != 0)
        rc = -errno;
    if (ruleset >= 0)
        close(ruleset);
    return rc;
}
#endif

/* Of a program that root runs; others have none. */
static bool drop_capabilities(void) {
    struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};
    return syscall(SYS_capset, &head, none) == 0;
}

bool oc_ff_sandbox_enter(oc_ff_sandbox_kind_t kind, char *about, size_t size) {
    about[0] = '\0';
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || !drop_capabilities())
        return false;
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_NOFILE, OC_FF_SANDBOX_FILES);
#ifdef OC_SANITIZED /* its shadow is larger than any limit, its reports read files */
    snprintf(about, size, "built with sanitizers: running without the sandbox");
#else
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    limit(RLIMIT_DATA, kind == OC_FF_SANDBOX_PASS   ? OC_FF_SANDBOX_PASS_BYTES
                       : kind == OC_FF_SANDBOX_PUSH ? OC_FF_SANDBOX_PUSH_BYTES
                                                    : OC_FF_SANDBOX_DECODE_BYTES);
    int locked = forbid_writing(kind == OC_FF_SANDBOX_DEVICE), rc = filter_calls(kind);
    if (rc != 0)
        snprintf(about, size, "running without the system call filter: %s", strerror(-rc));
    else if (locked != 0)
        snprintf(about, size, "running without Landlock: %s", strerror(-locked));
#endif
    return true;
}

/* ---- for the test ---- */

static bool try_connect(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    return syscall(SYS_connect, 0, &address, sizeof(address)) == 0 || errno != EPERM;
}

static bool try_send(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    return syscall(SYS_sendto, 0, "x", 1, 0, &address, sizeof(address)) >= 0 || errno != EPERM;
}

static bool try_message(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct iovec part = {"x", 1};
    struct msghdr message = {
        .msg_name = &address, .msg_namelen = sizeof(address), .msg_iov = &part, .msg_iovlen = 1};
    return syscall(SYS_sendmsg, 0, &message, 0) >= 0 || errno != EPERM;
}

static bool try_bind(void) {
    struct sockaddr_in address = {.sin_family = AF_INET};
    return syscall(SYS_bind, 0, &address, sizeof(address)) == 0 || errno != EPERM;
}

static bool try_memory(int flags) {
    for (unsigned i = 0; i < 64; i++) {
        void *more = mmap(NULL, 64u << 20, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0);
        if (more == MAP_FAILED)
            return false;
    }
    return true; /* 4 GB */
}

int oc_ff_sandbox_try(const char *what) {
    char *const none[] = {"true", NULL};
    if (strcmp(what, "open") == 0)
        return syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY) >= 0;
    if (strcmp(what, "stat") == 0)
        return syscall(SYS_newfstatat, AT_FDCWD, "/etc/passwd", malloc(512), 0) == 0;
    if (strcmp(what, "create") == 0)
        return syscall(SYS_openat, AT_FDCWD, "created", O_WRONLY | O_CREAT, 0600) >= 0;
    if (strcmp(what, "empty") == 0)
        return syscall(SYS_openat, AT_FDCWD, "kept", O_RDWR | O_TRUNC) >= 0;
    if (strcmp(what, "change") == 0)
        return syscall(SYS_openat, AT_FDCWD, "kept", O_RDWR) >= 0;
    if (strcmp(what, "remove") == 0)
        return syscall(SYS_unlinkat, AT_FDCWD, "kept", 0) == 0;
    if (strcmp(what, "device") == 0)
        return syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDWR) >= 0;
    if (strcmp(what, "socket") == 0)
        return syscall(SYS_socket, AF_INET, SOCK_STREAM, 0) >= 0;
    if (strcmp(what, "connect") == 0)
        return try_connect();
    if (strcmp(what, "send") == 0)
        return try_send();
    if (strcmp(what, "message") == 0)
        return try_message();
    if (strcmp(what, "bind") == 0)
        return try_bind();
    if (strcmp(what, "listen") == 0)
        return syscall(SYS_listen, 0, 1) == 0 || errno != EPERM;
    if (strcmp(what, "exec") == 0)
        return (syscall(SYS_execve, "/bin/true", none, none), 1);
    if (strcmp(what, "ptrace") == 0)
        return (syscall(SYS_ptrace, PTRACE_ATTACH, getppid(), 0, 0), 1);
    if (strcmp(what, "kill") == 0)
        return syscall(SYS_kill, getppid(), 0) == 0;
    if (strcmp(what, "fork") == 0)
        return syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0) >= 0;
    if (strcmp(what, "memory") == 0)
        return try_memory(MAP_PRIVATE);
    if (strcmp(what, "shared") == 0)
        return try_memory(MAP_SHARED);
    if (strcmp(what, "stack") == 0)
        return try_memory(MAP_PRIVATE | MAP_GROWSDOWN);
    return 2;
}
