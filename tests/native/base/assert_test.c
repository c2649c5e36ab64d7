/* oc_assert: what holds costs nothing, what does not is told in one line and aborts; so do the
 * entries of span, mailbox, ring and plane, in this build whichever it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include "oc_assert.h"
#include "oc_log.h"
#include "oc_mailbox.h"
#include "oc_plane.h"
#include "oc_ring.h"
#include "oc_span.h"

static void what_holds_goes_on(void **state) {
    unsigned evaluated = 0;
    (void)state;
    oc_assert(++evaluated == 1);
    assert_int_equal(evaluated, 1);
}

#ifndef OC_NO_PROCESSES
static int line_to; /* the pipe of the child */

static void sink(void *context, oc_log_level_t level, const char *room, const char *line) {
    (void)context, (void)level, (void)room;
    (void)!write(line_to, line, strlen(line));
}

/* Runs it in a child, which has to end by SIGABRT behind a line that begins and ends like this. */
static void expect_abort(void (*run)(void), const char *file, const char *condition) {
    char line[200] = "", expected[200];
    int pipes[2], status = 0;
    assert_int_equal(pipe(pipes), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        signal(SIGABRT, SIG_DFL);
        line_to = pipes[1];
        oc_log_set(sink, NULL, OC_LOG_ERROR);
        run();
        _exit(0);
    }
    close(pipes[1]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(read(pipes[0], line, sizeof line - 1) >= 0);
    close(pipes[0]);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
    assert_int_equal(strncmp(line, file, strlen(file)), 0);
    snprintf(expected, sizeof expected, ": %s does not hold", condition);
    assert_string_equal(line + strlen(line) - strlen(expected), expected);
}

static void fail_here(void) {
    oc_assert(1 + 1 == 3);
}

static void a_span_of_nothing(void) {
    oc_span(NULL, 1);
}

static void a_parcel_of_nothing(void) {
    static const oc_mailbox_env_t none;
    oc_mailbox_init(aligned_alloc(16, (oc_mailbox_bytes() + 15) / 16 * 16), &none);
}

static void a_packet_of_nothing(void) {
    const oc_ring_plan_t plan = {.bytes = 100000, .bitrate_bps = 100000, .packets_per_s = 10};
    oc_ring_size_t size;
    if (oc_ring_plan(&plan, &size, NULL, 0) != OC_OK)
        return;
    void *memory = aligned_alloc(16, (size.total_bytes + 15) / 16 * 16);
    oc_ring_push(oc_ring_init(memory, NULL, &plan, &size), &(oc_packet_t){.len_bytes = 1});
}

static void a_plane_without_a_host(void) {
    static const oc_plane_env_t none;
    static const oc_clock_t clock;
    oc_plane_init(aligned_alloc(16, oc_plane_bytes()), &none, NULL, &clock);
}

static void what_does_not_aborts_and_is_named(void **state) {
    (void)state;
    expect_abort(fail_here, "assert_test.c:", "1 + 1 == 3");
    expect_abort(a_span_of_nothing, "oc_span.h:", "data || len == 0");
    expect_abort(a_parcel_of_nothing, "oc_mailbox.c:", "env->loop.allocate && env->loop.release");
    expect_abort(a_packet_of_nothing, "oc_ring.c:", "packet->data || packet->len_bytes == 0");
    expect_abort(a_plane_without_a_host,
                 "oc_plane.c:", "mailbox && env->loop.allocate && env->loop.release");
}
#endif

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_holds_goes_on),
#ifndef OC_NO_PROCESSES
        cmocka_unit_test(what_does_not_aborts_and_is_named),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
