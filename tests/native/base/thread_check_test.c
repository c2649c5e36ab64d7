/* oc_thread_check: the owner passes, a foreign thread aborts, nothing happens before a host names
 * the owner. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#include "oc_log.h"
#include "oc_thread_check.h"

static _Thread_local char here;

static uintptr_t token(void) {
    return (uintptr_t)&here;
}

static void *enter(void *context) {
    (void)context;
    oc_thread_check_media("a_foreign_thread");
    return NULL;
}

static int enter_on_another_thread(void) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, enter, NULL) != 0)
        return 1;
    return pthread_join(thread, NULL);
}

static void without_an_owner_nothing_is_checked(void **state) {
    (void)state;
    oc_thread_check_own(NULL);
    assert_int_equal(enter_on_another_thread(), 0);
}

static void the_owner_may_enter(void **state) {
    (void)state;
    oc_thread_check_own(token);
    oc_thread_check_media(__func__);
    oc_thread_check_own(NULL);
}

#ifndef OC_NO_PROCESSES
/* Exits with 3 when the line names the function that was entered. */
static void sink(void *context, oc_log_level_t level, const char *room, const char *line) {
    (void)context, (void)level, (void)room;
    _exit(strncmp(line, "a_foreign_thread ", 17) == 0 ? 3 : 4);
}

static int status_of_foreign_entry(oc_log_sink_t to) {
    int status = 0;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        signal(SIGABRT, SIG_DFL);
        oc_log_set(to, NULL, OC_LOG_ERROR);
        oc_thread_check_own(token);
        _exit(enter_on_another_thread());
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void a_foreign_thread_aborts_and_is_named(void **state) {
    (void)state;
    int status = status_of_foreign_entry(NULL);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
    status = status_of_foreign_entry(sink);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 3);
}
#endif

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_an_owner_nothing_is_checked),
        cmocka_unit_test(the_owner_may_enter),
#ifndef OC_NO_PROCESSES
        cmocka_unit_test(a_foreign_thread_aborts_and_is_named),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
