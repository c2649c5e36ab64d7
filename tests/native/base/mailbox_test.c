/* oc_mailbox: nothing lost, nothing twice, nothing leaked; on one thread, on two and on several. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <pthread.h>
#include <sched.h>
#include "oc_mailbox.h"

typedef struct fixture {
    oc_mailbox_t *box;
    void *memory;
    _Atomic uint32_t media_wakes, script_wakes;
    _Atomic int32_t blocks; /* parcels alive in the host's heap */
} fixture_t;

static void wake_media(void *context) {
    atomic_fetch_add(&((fixture_t *)context)->media_wakes, 1);
}
static void wake_script(void *context) {
    atomic_fetch_add(&((fixture_t *)context)->script_wakes, 1);
}
static void *allocate(void *context, size_t bytes) {
    atomic_fetch_add(&((fixture_t *)context)->blocks, 1);
    return malloc(bytes);
}
static void release(void *context, void *memory) {
    atomic_fetch_sub(&((fixture_t *)context)->blocks, 1);
    free(memory);
}

static int set_up(void **state) {
    fixture_t *f = calloc(1, sizeof *f);
    oc_mailbox_env_t env = {
        .loop = {.allocate = allocate, .release = release, .wake = wake_media, .context = f},
        .wake_script = wake_script,
        .context = f};
    f->memory = aligned_alloc(16, oc_mailbox_bytes());
    f->box = oc_mailbox_init(f->memory, &env);
    oc_mailbox_new_generation(f->box);
    *state = f;
    return 0;
}

static int tear_down(void **state) {
    fixture_t *f = *state;
    int leaked = atomic_load(&f->blocks) != 0 || oc_mailbox_parcel_bytes(f->box) != 0;
    free(f->memory);
    free(f);
    return leaked;
}

static oc_parcel_t parcel(oc_mailbox_t *box, const char *text) {
    oc_parcel_t p = {oc_mailbox_parcel_alloc(box, (uint32_t)strlen(text)), (uint32_t)strlen(text)};
    assert_non_null(p.data);
    memcpy(p.data, text, p.len);
    return p;
}

static int32_t post(oc_mailbox_t *box, uint16_t kind, oc_parcel_t p) {
    oc_command_t command = {.kind = kind, .object = 7, .arg = {1, 2, 3, 4}, .parcel = p};
    return oc_mailbox_post(box, &command);
}

static void command_and_reply_carry_everything(void **state) {
    fixture_t *f = *state;
    oc_command_t command;
    oc_reply_t reply;
    assert_int_equal(oc_mailbox_take_command(f->box, &command), OC_AGAIN);
    assert_int_equal(oc_mailbox_take_reply(f->box, &reply), OC_AGAIN);
    int32_t request = post(f->box, 3, parcel(f->box, "down"));
    assert_true(request > 0);
    assert_int_equal(f->media_wakes, 1);

    assert_int_equal(oc_mailbox_take_command(f->box, &command), OC_OK);
    assert_int_equal(command.request, request);
    assert_int_equal(command.generation, oc_mailbox_generation(f->box));
    assert_int_equal(command.kind, 3);
    assert_int_equal(command.object, 7);
    assert_int_equal(command.arg[3], 4);
    assert_memory_equal(command.parcel.data, "down", 4);
    oc_mailbox_parcel_free(f->box, &command.parcel);
    assert_null(command.parcel.data);

    oc_mailbox_reply(f->box, command.request, command.generation, OC_ERR_IO, -5, 6,
                     parcel(f->box, "up"));
    assert_int_equal(f->script_wakes, 1);
    assert_int_equal(oc_mailbox_take_reply(f->box, &reply), OC_OK);
    assert_int_equal(reply.request, request);
    assert_int_equal(reply.code, OC_ERR_IO);
    assert_int_equal(reply.value[0], -5);
    assert_int_equal(reply.value[1], 6);
    assert_memory_equal(reply.parcel.data, "up", 2);
    oc_mailbox_parcel_free(f->box, &reply.parcel);
}

/* A full queue is a typed refusal; the caller keeps the parcel; every accepted command arrives. */
static void full_queue_is_busy_and_loses_nothing(void **state) {
    fixture_t *f = *state;
    oc_command_t command;
    for (int i = 0; i < OC_MAILBOX_COMMANDS; i++)
        assert_true(post(f->box, (uint16_t)i, (oc_parcel_t){NULL, 0}) > 0);
    oc_parcel_t kept = parcel(f->box, "mine");
    assert_int_equal(post(f->box, 999, kept), OC_ERR_BUSY);
    assert_memory_equal(kept.data, "mine", 4);
    oc_mailbox_parcel_free(f->box, &kept);
    for (int i = 0; i < OC_MAILBOX_COMMANDS; i++) {
        assert_int_equal(oc_mailbox_take_command(f->box, &command), OC_OK);
        assert_int_equal(command.kind, i);
    }
    assert_int_equal(oc_mailbox_take_command(f->box, &command), OC_AGAIN);

    /* The queue is empty but all reply slots are reserved: still busy, so no reply can be refused.
     */
    assert_int_equal(post(f->box, 1, (oc_parcel_t){NULL, 0}), OC_ERR_BUSY);
    for (uint32_t i = 0; i < OC_MAILBOX_REPLIES; i++)
        oc_mailbox_reply(f->box, i + 1, command.generation, (int)i, 0, 0, (oc_parcel_t){NULL, 0});
    oc_reply_t reply;
    for (uint32_t i = 0; i < OC_MAILBOX_REPLIES; i++) {
        assert_int_equal(oc_mailbox_take_reply(f->box, &reply), OC_OK);
        assert_int_equal(reply.code, i);
    }
    assert_int_equal(oc_mailbox_take_reply(f->box, &reply), OC_AGAIN);
    assert_true(post(f->box, 1, (oc_parcel_t){NULL, 0}) > 0);
    oc_mailbox_stats_t stats;
    oc_mailbox_stats(f->box, &stats);
    assert_int_equal(stats.refused_busy, 2);
    assert_int_equal(stats.commands, OC_MAILBOX_COMMANDS + 1);
    assert_int_equal(stats.replies, OC_MAILBOX_REPLIES);
}

static void new_generation_drops_the_old_and_frees_parcels(void **state) {
    fixture_t *f = *state;
    oc_command_t command;
    oc_reply_t reply;
    for (int i = 0; i < 10; i++)
        assert_true(post(f->box, 1, parcel(f->box, "to media")) > 0);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(oc_mailbox_take_command(f->box, &command), OC_OK);
        oc_mailbox_parcel_free(f->box, &command.parcel);
        oc_mailbox_reply(f->box, command.request, command.generation, 0, 0, 0,
                         parcel(f->box, "to script"));
    }
    oc_mailbox_edge(f->box, 5);
    uint32_t old = oc_mailbox_generation(f->box);
    assert_int_equal(oc_mailbox_new_generation(f->box), old + 1);

    uint32_t edges;
    assert_int_equal(oc_mailbox_take_reply(f->box, &reply), OC_AGAIN);
    assert_int_equal(oc_mailbox_take_edge(f->box, &edges), -1);
    assert_true(post(f->box, 42, (oc_parcel_t){NULL, 0}) > 0);
    assert_int_equal(oc_mailbox_take_command(f->box, &command), OC_OK);
    assert_int_equal(command.kind, 42); /* the five old ones fell out */
    /* A late answer to the old script is swallowed, and does not use up the new one's slots. */
    oc_mailbox_reply(f->box, 3, old, 0, 0, 0, parcel(f->box, "late"));
    assert_int_equal(oc_mailbox_take_reply(f->box, &reply), OC_AGAIN);
    for (int i = 1; i < OC_MAILBOX_REPLIES; i++)
        assert_true(post(f->box, 1, (oc_parcel_t){NULL, 0}) > 0);
    oc_mailbox_stats_t stats;
    oc_mailbox_stats(f->box, &stats);
    assert_int_equal(stats.dropped_generation, 11);
}

static void parcels_are_bounded(void **state) {
    fixture_t *f = *state;
    oc_parcel_t held[OC_PARCEL_POOL_BYTES / OC_PARCEL_MAX];
    size_t n = 0;
    assert_null(oc_mailbox_parcel_alloc(f->box, OC_PARCEL_MAX + 1));
    for (;; n++) {
        held[n].data = oc_mailbox_parcel_alloc(f->box, OC_PARCEL_MAX);
        if (!held[n].data)
            break;
        held[n].len = 1; /* shortened: the whole block comes back all the same */
    }
    assert_int_equal(n, OC_PARCEL_POOL_BYTES / OC_PARCEL_MAX - 1);
    while (n--)
        oc_mailbox_parcel_free(f->box, &held[n]);
    assert_int_equal(oc_mailbox_parcel_bytes(f->box), 0);
}

static void edges_coalesce_by_object(void **state) {
    fixture_t *f = *state;
    uint32_t edges = 0;
    for (int i = 0; i < 1000; i++)
        oc_mailbox_edge(f->box, 2);
    oc_mailbox_edge(f->box, OC_MAILBOX_OBJECTS - 1);
    assert_int_equal(f->script_wakes, 2);
    assert_int_equal(oc_mailbox_take_edge(f->box, &edges), 2);
    assert_int_equal(edges, 1000);
    oc_mailbox_edge(f->box, 2); /* a busy object does not starve the others */
    assert_int_equal(oc_mailbox_take_edge(f->box, &edges), OC_MAILBOX_OBJECTS - 1);
    assert_int_equal(oc_mailbox_take_edge(f->box, &edges), 2);
    assert_int_equal(edges, 1);
    assert_int_equal(oc_mailbox_take_edge(f->box, &edges), -1);
}

#ifndef OC_TEST_DIVISOR /* the copy for the thread sanitizer has no cores.cmake */
#define OC_TEST_DIVISOR 1
#endif
#define STRESS_COMMANDS (OC_TEST_DIVISOR > 4 ? 6000 : 60000)
#define STRESS_EDGES    (OC_TEST_DIVISOR > 4 ? 20000 : 200000)

/* The media side: echoes every command's argument and parcel, raises edges in between. */
static void *media_thread(void *context) {
    fixture_t *f = context;
    uint32_t edges = 0;
    for (;;) {
        oc_command_t command;
        if (edges < STRESS_EDGES)
            oc_mailbox_edge(f->box, edges++ % OC_MAILBOX_OBJECTS);
        if (oc_mailbox_take_command(f->box, &command) != OC_OK) {
            if (edges == STRESS_EDGES)
                sched_yield();
            continue;
        }
        int32_t sum = 0;
        for (uint32_t i = 0; i < command.parcel.len; i++)
            sum += command.parcel.data[i];
        oc_mailbox_reply(f->box, command.request, command.generation, sum, command.arg[0], 0,
                         command.parcel);
        if (command.kind == 2) {
            while (edges < STRESS_EDGES)
                oc_mailbox_edge(f->box, edges++ % OC_MAILBOX_OBJECTS);
            return NULL;
        }
    }
}

static uint32_t take_edges(fixture_t *f) {
    uint32_t total = 0, edges;
    while (oc_mailbox_take_edge(f->box, &edges) >= 0)
        total += edges;
    return total;
}

/* Every accepted command is answered once, in order, with its own content; no edge is lost. */
static void two_threads_lose_nothing(void **state) {
    fixture_t *f = *state;
    pthread_t media;
    assert_int_equal(pthread_create(&media, NULL, media_thread, f), 0);
    int32_t posted = 0, answered = 0;
    uint32_t edges = 0;
    while (answered < STRESS_COMMANDS) {
        oc_reply_t reply;
        if (posted < STRESS_COMMANDS) {
            oc_parcel_t p = {oc_mailbox_parcel_alloc(f->box, 3), 3};
            assert_non_null(p.data);
            memset(p.data, posted % 80, 3);
            oc_command_t command = {.kind = posted == STRESS_COMMANDS - 1 ? 2 : 1,
                                    .arg = {posted, 0, 0, 0},
                                    .parcel = p};
            if (oc_mailbox_post(f->box, &command) > 0)
                posted++;
            else
                oc_mailbox_parcel_free(f->box, &p);
        }
        edges += take_edges(f);
        while (oc_mailbox_take_reply(f->box, &reply) == OC_OK) {
            assert_int_equal(reply.value[0], answered);
            assert_int_equal(reply.code, answered % 80 * 3);
            oc_mailbox_parcel_free(f->box, &reply.parcel);
            answered++;
        }
    }
    pthread_join(media, NULL);
    assert_int_equal(edges + take_edges(f), STRESS_EDGES);
}

#define GENERATIONS 400

/* Scripts die at any moment while the media thread answers: no parcel leaks, no reply of an earlier
 * script is seen, and each new script finds all its slots free. */
static void generations_change_under_load(void **state) {
    fixture_t *f = *state;
    pthread_t media;
    assert_int_equal(pthread_create(&media, NULL, media_thread, f), 0);
    for (int script = 0; script < GENERATIONS; script++) {
        uint32_t generation = oc_mailbox_new_generation(f->box);
        int answered = 0, accepted = 0;
        while (answered < script % 97) {
            oc_reply_t reply;
            oc_parcel_t p = {oc_mailbox_parcel_alloc(f->box, 100), 100};
            assert_non_null(p.data);
            memset(p.data, 1, 100);
            oc_command_t command = {.kind = 1, .arg = {script, 0, 0, 0}, .parcel = p};
            if (oc_mailbox_post(f->box, &command) > 0)
                accepted++;
            else
                oc_mailbox_parcel_free(f->box, &p);
            while (oc_mailbox_take_reply(f->box, &reply) == OC_OK) {
                assert_int_equal(reply.generation, generation);
                assert_int_equal(reply.value[0], script);
                assert_int_equal(reply.code, 100);
                oc_mailbox_parcel_free(f->box, &reply.parcel);
                answered++;
            }
            assert_true(accepted - answered <= OC_MAILBOX_REPLIES);
        }
    }
    oc_mailbox_new_generation(f->box);
    oc_command_t last = {.kind = 2};
    while (oc_mailbox_post(f->box, &last) < 0)
        sched_yield();
    pthread_join(media, NULL);
    oc_reply_t reply;
    assert_int_equal(oc_mailbox_take_reply(f->box, &reply), OC_OK);
    assert_int_equal(oc_mailbox_take_reply(f->box, &reply), OC_AGAIN);
}

#define PRODUCERS 4

/* Four threads that answer what one of them takes, as media, file and HTTP threads do. */
typedef struct several {
    fixture_t *f;
    pthread_mutex_t lock; /* commands have one reader at a time */
    bool stop;            /* under lock */
} several_t;

static void *producer(void *context) {
    several_t *several = context;
    oc_mailbox_t *box = several->f->box;
    for (bool stop = false; !stop; sched_yield()) {
        oc_command_t command;
        pthread_mutex_lock(&several->lock);
        int result = oc_mailbox_take_command(box, &command);
        stop = several->stop;
        pthread_mutex_unlock(&several->lock);
        if (result != OC_OK)
            continue;
        oc_mailbox_edge(box, (unsigned)command.arg[0] % OC_MAILBOX_OBJECTS);
        if (command.arg[0] % 2)
            oc_mailbox_reply_text(box, command.request, command.generation, OC_OK, command.arg[0],
                                  0, (const char *)command.parcel.data, command.parcel.len);
        else
            oc_mailbox_reply(box, command.request, command.generation, OC_OK, command.arg[0], 0,
                             (oc_parcel_t){NULL, 0});
        oc_mailbox_parcel_free(box, &command.parcel);
    }
    return NULL;
}

/* One script of `expected` commands: each answered once, with its own content. */
static void serve_script(fixture_t *f, uint32_t generation, int expected) {
    static uint8_t seen[4096];
    oc_reply_t reply;
    memset(seen, 0, sizeof seen);
    for (int posted = 0, answered = 0; answered < expected;) {
        oc_command_t command = {.kind = 1, .arg = {posted, 0, 0, 0}};
        if (posted < expected) {
            command.parcel = parcel(f->box, "several");
            if (oc_mailbox_post(f->box, &command) > 0)
                posted++;
            else
                oc_mailbox_parcel_free(f->box, &command.parcel);
        }
        while (oc_mailbox_take_reply(f->box, &reply) == OC_OK) {
            assert_int_equal(reply.generation, generation);
            assert_int_equal(reply.code, OC_OK);
            assert_int_equal(seen[reply.value[0]]++, 0);
            assert_int_equal(reply.parcel.len, reply.value[0] % 2 ? 7 : 0);
            oc_mailbox_parcel_free(f->box, &reply.parcel);
            answered++;
        }
    }
}

/* Every other script ends with all its commands under way. */
static void several_producers_lose_nothing(void **state) {
    several_t several = {.f = *state};
    pthread_t threads[PRODUCERS];
    pthread_mutex_init(&several.lock, NULL);
    for (int i = 0; i < PRODUCERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, producer, &several), 0);
    for (int script = 0; script < 16; script++) {
        serve_script(several.f, oc_mailbox_new_generation(several.f->box), 300);
        for (int i = 0; script % 2 && i < OC_MAILBOX_COMMANDS; i++)
            assert_true(post(several.f->box, 1, parcel(several.f->box, "never read")) > 0);
    }
    pthread_mutex_lock(&several.lock);
    several.stop = true;
    pthread_mutex_unlock(&several.lock);
    for (int i = 0; i < PRODUCERS; i++)
        pthread_join(threads[i], NULL);
    oc_mailbox_new_generation(several.f->box); /* drops what nobody took */
    oc_command_t command;
    assert_int_equal(oc_mailbox_take_command(several.f->box, &command), OC_AGAIN);
    pthread_mutex_destroy(&several.lock);
}

static void text_without_memory_is_an_error(void **state) {
    fixture_t *f = *state;
    oc_reply_t reply;
    oc_parcel_t held[OC_PARCEL_POOL_BYTES / OC_PARCEL_MAX + 16];
    size_t n = 0;
    for (uint32_t size = OC_PARCEL_MAX; size >= 1; size /= 2)
        while ((held[n].data = oc_mailbox_parcel_alloc(f->box, size)))
            n++;
    int32_t request = post(f->box, 1, (oc_parcel_t){NULL, 0});
    uint32_t generation = oc_mailbox_generation(f->box);
    assert_true(post(f->box, 1, (oc_parcel_t){NULL, 0}) > 0);
    oc_mailbox_reply_text(f->box, (uint32_t)request, generation, OC_OK, 1, 2, "a result", 8);
    oc_mailbox_reply_text(f->box, (uint32_t)request + 1, generation, OC_ERR_IO, 0, 0, "why", 3);
    assert_int_equal(oc_mailbox_take_reply(f->box, &reply), OC_OK);
    assert_int_equal(reply.code, OC_ERR_NOMEM);
    assert_int_equal(reply.parcel.len, 0);
    assert_int_equal(oc_mailbox_take_reply(f->box, &reply), OC_OK);
    assert_int_equal(reply.code, OC_ERR_IO);
    while (n--)
        oc_mailbox_parcel_free(f->box, &held[n]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(command_and_reply_carry_everything, set_up, tear_down),
        cmocka_unit_test_setup_teardown(full_queue_is_busy_and_loses_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(new_generation_drops_the_old_and_frees_parcels, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(parcels_are_bounded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(edges_coalesce_by_object, set_up, tear_down),
        cmocka_unit_test_setup_teardown(two_threads_lose_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(generations_change_under_load, set_up, tear_down),
        cmocka_unit_test_setup_teardown(several_producers_lose_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(text_without_memory_is_an_error, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
