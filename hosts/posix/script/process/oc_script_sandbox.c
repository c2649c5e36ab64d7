#define _GNU_SOURCE
#include "oc_script_sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef OC_SANITIZED
static const int calls[] = {
    /* descriptors that it has */
    SCMP_SYS(read),
    SCMP_SYS(write),
    SCMP_SYS(readv),
    SCMP_SYS(writev),
    SCMP_SYS(close),
    SCMP_SYS(fstat),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(epoll_wait),
    SCMP_SYS(epoll_pwait),
    SCMP_SYS(epoll_ctl),
    SCMP_SYS(epoll_create1),
    SCMP_SYS(eventfd2),
    SCMP_SYS(pipe2),
    /* memory */
    SCMP_SYS(brk),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(madvise),
    /* threads and time */
    SCMP_SYS(futex),
    SCMP_SYS(set_robust_list),
    SCMP_SYS(rseq),
    SCMP_SYS(sched_yield),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(gettid),
    SCMP_SYS(getpid),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_getres),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(nanosleep),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(adjtimex),
    SCMP_SYS(clock_adjtime),
    SCMP_SYS(timer_settime),
    SCMP_SYS(timer_delete),
    SCMP_SYS(getrandom),
    SCMP_SYS(restart_syscall),
    /* signals of its own, and the end */
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
};

static const int network_calls[] = {
    SCMP_SYS(connect),    SCMP_SYS(bind),       SCMP_SYS(listen),      SCMP_SYS(accept4),
    SCMP_SYS(sendto),     SCMP_SYS(sendmsg),    SCMP_SYS(sendmmsg),    SCMP_SYS(recvfrom),
    SCMP_SYS(recvmsg),    SCMP_SYS(shutdown),   SCMP_SYS(getsockname), SCMP_SYS(getpeername),
    SCMP_SYS(getsockopt), SCMP_SYS(setsockopt), SCMP_SYS(socketpair),  SCMP_SYS(ioctl),
    SCMP_SYS(newfstatat), SCMP_SYS(stat),       SCMP_SYS(statx),       SCMP_SYS(lseek),
    SCMP_SYS(pread64),    SCMP_SYS(uname),      SCMP_SYS(getuid),      SCMP_SYS(geteuid),
    SCMP_SYS(getdents64), SCMP_SYS(recvmmsg),   SCMP_SYS(access),      SCMP_SYS(fcntl),
};

/* Below the application's folder: Landlock says where. */
static const int file_calls[] = {
    SCMP_SYS(openat),     SCMP_SYS(openat2),   SCMP_SYS(mkdirat),    SCMP_SYS(unlinkat),
    SCMP_SYS(renameat),   SCMP_SYS(renameat2), SCMP_SYS(newfstatat), SCMP_SYS(statx),
    SCMP_SYS(getdents64), SCMP_SYS(lseek),     SCMP_SYS(pread64),    SCMP_SYS(pwrite64),
    SCMP_SYS(ftruncate),  SCMP_SYS(fsync),     SCMP_SYS(fdatasync),  SCMP_SYS(fallocate),
    SCMP_SYS(fstatfs),    SCMP_SYS(fcntl),     SCMP_SYS(fchmod),     SCMP_SYS(sync_file_range),
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

static int allow_all(scmp_filter_ctx filter, const int *list, size_t count) {
    int rc = 0;
    for (size_t i = 0; i < count && rc == 0; i++)
        rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, list[i], 0);
    return rc;
}

static int allow_some(scmp_filter_ctx filter, bool network) {
    const struct {
        int call;
        bool network;
        struct scmp_arg_cmp test;
    } rules[] = {
        /* nothing that is written becomes code */
        {SCMP_SYS(mprotect), false, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)},
        {SCMP_SYS(mmap), false, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)},
        /* threads, no processes */
        {SCMP_SYS(clone), false, SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD)},
        {SCMP_SYS(tgkill), false, SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid())},
        {SCMP_SYS(prctl), false, SCMP_A0(SCMP_CMP_EQ, PR_SET_NAME)},
        {SCMP_SYS(fcntl), false, SCMP_A1(SCMP_CMP_EQ, F_GETFL)},
        {SCMP_SYS(fcntl), false, SCMP_A1(SCMP_CMP_EQ, F_SETFL)},
        /* libcurl is loaded when it is first wanted (oc_curl.h): code of files, which it cannot
           write */
        {SCMP_SYS(mmap), true, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC | PROT_WRITE, PROT_EXEC)},
        {SCMP_SYS(socket), true, SCMP_A0(SCMP_CMP_EQ, AF_INET)},
        {SCMP_SYS(socket), true, SCMP_A0(SCMP_CMP_EQ, AF_INET6)},
        {SCMP_SYS(socket), true, SCMP_A0(SCMP_CMP_EQ, AF_NETLINK)},
        /* what names and certificates are read from; Landlock says where */
        {SCMP_SYS(openat), true,
         SCMP_A2(SCMP_CMP_MASKED_EQ, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY)},
    };
    int rc = 0;
    for (size_t i = 0; i < sizeof(rules) / sizeof(*rules) && rc == 0; i++)
        if (!rules[i].network || network)
            rc = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, rules[i].call, 1, &rules[i].test);
    return rc;
}

static int filter_calls(bool network, bool files) {
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    int rc = filter ? allow_all(filter, calls, sizeof(calls) / sizeof(*calls)) : -ENOMEM;
    if (rc == 0)
        rc = allow_some(filter, network);
    if (rc == 0 && network)
        rc = allow_all(filter, network_calls, sizeof(network_calls) / sizeof(*network_calls) - 1);
    if (rc == 0 && files)
        rc = allow_all(filter, file_calls, sizeof(file_calls) / sizeof(*file_calls));
    for (size_t i = 0; i < sizeof(fatal) / sizeof(*fatal) && rc == 0; i++)
        rc = seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, fatal[i], 0);
    if (rc == 0) /* the C library takes clone then, whose flags can be seen */
        rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
    if (rc == 0)
        rc = seccomp_load(filter);
    seccomp_release(filter);
    return rc;
}

/* What nobody makes in a folder of files. */
#define NO_FILE                                                                                    \
    (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_BLOCK |   \
     LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_SYM)
#define FS_ALL_V1 ((LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1)

/* network: names, certificates and zones may be read; nothing else has a path. 0 | -errno. */
static int forbid_paths(bool network, int folder) {
    static const char *const readable[] = {"/etc/resolv.conf", "/etc/hosts",
                                           "/etc/host.conf",   "/etc/nsswitch.conf",
                                           "/etc/gai.conf",    "/etc/ssl",
                                           "/etc/ld.so.cache", "/run/systemd/resolve",
                                           "/run/resolvconf",  "/usr/share/ca-certificates",
                                           "/usr/lib",         "/lib"};
    struct landlock_ruleset_attr all = {FS_ALL_V1};
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    all.handled_access_fs |= version >= 2 ? 1ULL << 13 : 0;
    all.handled_access_fs |= version >= 3 ? 1ULL << 14 : 0;
    int ruleset =
        version < 0 ? -1 : (int)syscall(SYS_landlock_create_ruleset, &all, sizeof(all), 0);
    if (ruleset < 0)
        return -errno;
    for (size_t i = 0; network && i < sizeof(readable) / sizeof(*readable); i++) {
        struct landlock_path_beneath_attr rule = {.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE,
                                                  .parent_fd =
                                                      open(readable[i], O_PATH | O_CLOEXEC)};
        struct stat about;
        if (rule.parent_fd < 0)
            continue;
        if (fstat(rule.parent_fd, &about) == 0 && S_ISDIR(about.st_mode))
            rule.allowed_access |= LANDLOCK_ACCESS_FS_READ_DIR;
        (void)syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
        close(rule.parent_fd);
    }
    if (folder >= 0)
        (void)syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH,
                      &(struct landlock_path_beneath_attr){.allowed_access = all.handled_access_fs &
                                                                             ~(uint64_t)NO_FILE,
                                                           .parent_fd = folder},
                      0);
    int rc = syscall(SYS_landlock_restrict_self, ruleset, 0) != 0 ? -errno : 0;
    close(ruleset);
    return rc;
}
#endif

bool oc_script_sandbox_enter(bool network, const oc_app_folder_t *folder, size_t heap_bytes,
                             char *about, size_t size) {
    struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};
    about[0] = '\0';
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || syscall(SYS_capset, &head, none) != 0)
        return false;
#ifdef OC_SANITIZED
    snprintf(about, size, "built with sanitizers: running without the sandbox");
#else
    struct rlimit core = {0, 0}, data = {OC_SCRIPT_SANDBOX_BYTES + heap_bytes,
                                         OC_SCRIPT_SANDBOX_BYTES + heap_bytes};
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    setrlimit(RLIMIT_CORE, &core);
    setrlimit(RLIMIT_DATA, &data);
    int place = folder->data_root >= 0 ? oc_app_folder_root(folder) : -1;
    int locked = forbid_paths(network, place);
    int rc = filter_calls(network, place >= 0 && locked == 0); /* calls show no path */
    if (place >= 0)
        close(place);
    if (rc != 0)
        snprintf(about, size, "running without the system call filter: %s", strerror(-rc));
    else if (locked != 0)
        snprintf(about, size, "running without Landlock and without files: %s", strerror(-locked));
#endif
    return true;
}
