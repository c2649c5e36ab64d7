/* One loop's contract (oc_loop.h, oc_loop_parts.h), for libuv and for GLib: this file is linked
 * with either. A mailbox between two real threads, both of its directions full most of the time. */
#define _GNU_SOURCE
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "oc_loop.h"
#include "oc_loop_parts.h"
#include "oc_mailbox.h"
#include "test_wait.h"

#define COMMANDS 20000 /* answered, one edge each */

typedef struct rig {
    oc_loop_t *loop;
    oc_mailbox_t *box;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool media_woken; /* under lock */
    _Atomic bool end;
    uint32_t posted, answered, edges, busy, woken;
} rig_t;

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void wake_media(void *context) {
    rig_t *rig = context;
    pthread_mutex_lock(&rig->lock);
    rig->media_woken = true;
    pthread_cond_signal(&rig->wake);
    pthread_mutex_unlock(&rig->lock);
}

static void wake_script(void *context) {
    rig_t *rig = context;
    oc_loop_wake(rig->loop);
}

static void *allocate(void *context, size_t bytes) {
    return malloc(bytes);
}

static void release(void *context, void *memory) {
    free(memory);
}

/* Answers what is there, then sleeps until it is woken. */
static void *run_media(void *data) {
    rig_t *rig = data;
    oc_command_t command;
    while (!atomic_load(&rig->end)) {
        while (oc_mailbox_take_command(rig->box, &command) == OC_OK) {
            oc_mailbox_edge(rig->box, command.object);
            oc_mailbox_reply(rig->box, command.request, command.generation, OC_OK, command.arg[0],
                             0, (oc_parcel_t){0});
        }
        pthread_mutex_lock(&rig->lock);
        while (!rig->media_woken)
            pthread_cond_wait(&rig->wake, &rig->lock);
        rig->media_woken = false;
        pthread_mutex_unlock(&rig->lock);
    }
    return NULL;
}

/* Posts until the queue refuses. */
static void fill(rig_t *rig) {
    while (rig->posted < COMMANDS) {
        oc_command_t command = {.object = (uint16_t)(rig->posted % OC_MAILBOX_OBJECTS),
                                .arg = {(int32_t)rig->posted}};
        if (oc_mailbox_post(rig->box, &command) < 0) {
            rig->busy++;
            return;
        }
        rig->posted++;
    }
}

/* The loop's thread: the only place where replies are taken, so a wake that is lost ends it all. */
static void on_woken(void *context) {
    rig_t *rig = context;
    oc_reply_t reply;
    uint32_t count;
    rig->woken++;
    while (oc_mailbox_take_reply(rig->box, &reply) == OC_OK) {
        assert_int_equal(reply.value[0], rig->answered); /* in order, none left out */
        rig->answered++;
    }
    while (oc_mailbox_take_edge(rig->box, &count) >= 0)
        rig->edges += count;
    fill(rig);
    if (rig->answered == COMMANDS && rig->edges == COMMANDS)
        oc_loop_quit(rig->loop);
}

static void nothing_is_lost_when_queues_are_full(void **state) {
    rig_t rig = {.lock = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER};
    oc_mailbox_env_t env = {
        .loop = {.allocate = allocate, .release = release, .wake = wake_media, .context = &rig},
        .wake_script = wake_script,
        .context = &rig};
    void *memory = aligned_alloc(16, (oc_mailbox_bytes() + 15) / 16 * 16);
    pthread_t media;
    assert_int_equal(oc_loop_create(&rig.loop, on_woken, &rig), OC_OK);
    rig.box = oc_mailbox_init(memory, &env);
    oc_mailbox_new_generation(rig.box);
    oc_loop_enter(rig.loop);
    assert_int_equal(pthread_create(&media, NULL, run_media, &rig), 0);
    int64_t until_ms = now_ms() + TEST_WAIT_MS;
    oc_loop_wake(rig.loop);
    while (rig.answered < COMMANDS && now_ms() < until_ms)
        oc_loop_run_for(rig.loop, 5000);
    atomic_store(&rig.end, true);
    wake_media(&rig);
    pthread_join(media, NULL);
    assert_int_equal(rig.answered, COMMANDS);
    assert_int_equal(rig.edges, COMMANDS);
    assert_true(rig.busy > 0); /* or the queues were never full */
    assert_true(rig.woken < COMMANDS);
    oc_loop_leave(rig.loop);
    oc_loop_delete(rig.loop);
    free(memory);
}

static void count(void *context) {
    ++*(unsigned *)context;
}

static void wakes_that_come_together_are_one(void **state) {
    unsigned woken = 0;
    oc_loop_t *loop;
    assert_int_equal(oc_loop_create(&loop, count, &woken), OC_OK);
    for (int i = 0; i < 1000; i++) /* before the loop has a thread */
        oc_loop_wake(loop);
    oc_loop_enter(loop);
    oc_loop_settle(loop);
    assert_int_equal(woken, 1);
    oc_loop_wake(loop);
    oc_loop_settle(loop);
    assert_int_equal(woken, 2);
    oc_loop_leave(loop);
    oc_loop_delete(loop);
}

static void a_quit_before_the_run_counts(void **state) {
    unsigned woken = 0;
    oc_loop_t *loop;
    assert_int_equal(oc_loop_create(&loop, count, &woken), OC_OK);
    oc_loop_enter(loop);
    oc_loop_quit(loop);
    oc_loop_run(loop); /* would not come back */
    int64_t start_ms = now_ms();
    oc_loop_run_for(loop, 50);
    assert_true(now_ms() - start_ms >= 49);
    oc_loop_leave(loop);
    oc_loop_delete(loop);
}

/* Three timers that note their order, one of them stopped by another. */
static struct {
    char order[8];
    unsigned count;
    oc_loop_timer_t *late;
    oc_loop_t *loop;
} fired;

static void on_first(void *context) {
    fired.order[fired.count++] = '1';
    oc_loop_timer_stop(fired.late);
}

static void on_second(void *context) {
    fired.order[fired.count++] = '2';
    oc_loop_quit(fired.loop);
}

static void on_late(void *context) {
    fired.order[fired.count++] = 'x';
}

static void timers_go_by_their_time(void **state) {
    unsigned woken = 0;
    assert_int_equal(oc_loop_create(&fired.loop, count, &woken), OC_OK);
    oc_loop_enter(fired.loop);
    void *native = oc_loop_native(fired.loop);
    oc_loop_timer_t *second = oc_loop_timer_start(native, 40, 0, on_second, NULL);
    oc_loop_timer_t *first = oc_loop_timer_start(native, 5, 0, on_first, NULL);
    fired.late = oc_loop_timer_start(native, 20, 0, on_late, NULL);
    oc_loop_run(fired.loop);
    assert_string_equal(fired.order, "12");
    oc_loop_timer_stop(first);
    oc_loop_timer_stop(second);
    oc_loop_settle(fired.loop);
    oc_loop_leave(fired.loop);
    oc_loop_delete(fired.loop);
}

/* ---- watches ---- */

typedef struct pipe_watch {
    oc_loop_t *loop;
    oc_loop_watch_t *watch;
    int fds[2];
    unsigned events, calls;
} pipe_watch_t;

static void on_pipe(void *context, unsigned events) {
    pipe_watch_t *pipe = context;
    char byte;
    pipe->events = events;
    pipe->calls++;
    assert_int_equal(read(pipe->fds[0], &byte, 1), pipe->calls <= 2 ? 1 : 0);
    if (pipe->calls == 2)
        oc_loop_watch_change(pipe->watch, 0);
    if (pipe->calls == 3) {
        oc_loop_watch_stop(pipe->watch);
        close(pipe->fds[0]);
    }
    if (pipe->calls >= 2)
        oc_loop_quit(pipe->loop);
}

static void a_watch_says_what_is_ready(void **state) {
    (void)state;
    pipe_watch_t watched = {0};
    unsigned woken = 0;
    assert_int_equal(pipe(watched.fds), 0);
    assert_int_equal(oc_loop_create(&watched.loop, count, &woken), OC_OK);
    oc_loop_enter(watched.loop);
    watched.watch = oc_loop_watch_start(oc_loop_native(watched.loop), watched.fds[0], OC_LOOP_READ,
                                        on_pipe, &watched);
    assert_non_null(watched.watch);
    assert_int_equal(write(watched.fds[1], "ab", 2), 2);
    oc_loop_run(watched.loop); /* both bytes: it is called as long as something is ready */
    assert_int_equal(watched.calls, 2);
    assert_int_equal(watched.events, OC_LOOP_READ);
    close(watched.fds[1]);
    oc_loop_run_for(watched.loop, 20); /* waits for nothing now, not even the hang-up */
    assert_int_equal(watched.calls, 2);
    oc_loop_watch_change(watched.watch, OC_LOOP_READ);
    oc_loop_run(watched.loop);
    assert_int_equal(watched.calls, 3); /* the hang-up, and nothing after the stop */
    oc_loop_settle(watched.loop);
    oc_loop_leave(watched.loop);
    oc_loop_delete(watched.loop);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_lost_when_queues_are_full),
        cmocka_unit_test(wakes_that_come_together_are_one),
        cmocka_unit_test(a_quit_before_the_run_counts),
        cmocka_unit_test(timers_go_by_their_time),
        cmocka_unit_test(a_watch_says_what_is_ready),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
