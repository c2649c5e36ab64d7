/* Processes ocellus-ffmpeg as the program sees them: one that the kernel does not let end holds
 * nobody up, and a failed fork is reported with its own reason. fork and waitpid are wrapped.
 * FOLDER: of ocellus-ffmpeg. */
#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "oc_err.h"
#include "oc_helper.h"

static atomic_int held;       /* a process that has not ended yet, says waitpid; 0 = none */
static atomic_int fork_fails; /* an errno; 0 = it forks */
static atomic_int last_pid;
static atomic_bool blocked;

pid_t __real_fork(void);
pid_t __real_waitpid(pid_t pid, int *status, int options);
pid_t __wrap_fork(void);
pid_t __wrap_waitpid(pid_t pid, int *status, int options);

pid_t __wrap_fork(void) {
    int error = atomic_load(&fork_fails);
    pid_t pid = error ? -1 : __real_fork();
    if (pid > 0)
        atomic_store(&last_pid, pid);
    if (error)
        errno = error;
    return pid;
}

pid_t __wrap_waitpid(pid_t pid, int *status, int options) {
    if (pid == atomic_load(&held) && !(options & WNOHANG))
        atomic_store(&blocked, true); /* it would hang here with the lock */
    if (pid == atomic_load(&held))
        return options & WNOHANG ? 0 : -1;
    return __real_waitpid(pid, status, options);
}

static int pair[2], memory;

static int begin(void **state) {
    oc_helper_folder(FOLDER);
    memory = memfd_create("test", MFD_CLOEXEC);
    return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair);
}

static int end(void **state) {
    close(memory);
    close(pair[0]);
    return close(pair[1]);
}

static oc_helper_t *join(uint32_t key) {
    oc_helper_t *helper = NULL;
    char why[160] = "";
    if (oc_helper_join(OC_HELPER_DECODE, key, (int[2]){pair[1], memory}, &helper, why,
                       sizeof(why)) != OC_OK)
        fail_msg("%s", why);
    return helper;
}

static void test_a_process_that_does_not_end_holds_nobody_up(void **state) {
    oc_helper_t *stuck = join(1);
    pid_t pid = atomic_load(&last_pid);
    atomic_store(&held, pid);
    oc_helper_kill(stuck, "test");
    assert_false(oc_helper_ended(stuck));
    oc_helper_leave(stuck);
    oc_helper_t *other = join(2); /* the lock is free */
    assert_false(atomic_load(&blocked));
    assert_int_not_equal(atomic_load(&last_pid), pid);
    oc_helper_leave(other);
    atomic_store(&held, 0);
    siginfo_t ended;
    assert_int_equal(waitid(P_PID, (id_t)pid, &ended, WEXITED | WNOWAIT), 0);
    oc_helper_leave(join(3)); /* a later join forgets it */
    assert_int_equal(waitid(P_PID, (id_t)pid, &ended, WEXITED | WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

static void refused(int error) {
    char why[160] = "", expected[160];
    oc_helper_t *helper = NULL;
    atomic_store(&fork_fails, error);
    errno = ENOTTY; /* of this thread: not the reason */
    int rc =
        oc_helper_join(OC_HELPER_DECODE, 9, (int[2]){pair[1], memory}, &helper, why, sizeof(why));
    atomic_store(&fork_fails, 0);
    assert_int_equal(rc, OC_ERR_NOMEM);
    snprintf(expected, sizeof(expected), "ocellus-ffmpeg cannot be started: %s", strerror(error));
    assert_string_equal(why, expected);
}

static void test_a_failed_fork_has_its_reason(void **state) {
    refused(EAGAIN);
    refused(ENOMEM);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_process_that_does_not_end_holds_nobody_up, begin,
                                        end),
        cmocka_unit_test_setup_teardown(test_a_failed_fork_has_its_reason, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
