/* No core file of a program that holds keys and pictures, unless a developer wants one. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "oc_crash.h"

enum { LIMITED = 1, HIDDEN = 2 };

static int look(void) {
    struct rlimit limit = {1, 1};
    (void)getrlimit(RLIMIT_CORE, &limit);
    return (limit.rlim_max == 0 ? LIMITED : 0) | (prctl(PR_GET_DUMPABLE) == 0 ? HIDDEN : 0);
}

/* What holds in a process of its own before (shifted left) and after the call. */
static int in_a_child(const char *variable) {
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        if (variable)
            setenv("OCELLUS_CORE_DUMPS", variable, 1);
        int before = look();
        oc_crash_no_core();
        _exit(look() | before << 2);
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void no_core_by_default(void **state) {
    assert_int_equal(in_a_child(NULL) & 3, LIMITED | HIDDEN);
    assert_int_equal(in_a_child("") & 3, LIMITED | HIDDEN);
    assert_int_equal(in_a_child("0") & 3, LIMITED | HIDDEN);
}

static void a_developer_keeps_what_was_set(void **state) {
    int held = in_a_child("1");
    assert_int_equal(held & 3, held >> 2);
    assert_int_equal(held & HIDDEN, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(no_core_by_default),
                                       cmocka_unit_test(a_developer_keeps_what_was_set)};
    unsetenv("OCELLUS_CORE_DUMPS");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
