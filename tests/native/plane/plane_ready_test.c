/* Which streams an advance of the plane looks at: those with something to do, and no mark is ever
 * lost. */
#include "plane_list.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "oc_err.h"
#include "test_wait.h"

#define SECOND    INT64_C(1000000)
#define SEND      "fake:?fps=30&gop=30&size=2000&key=9000"
#define STILL     "fake:?fps=1/1001&size=2000" /* one picture, and nothing more in this test */
#define PUSHES    50000
#define PRODUCERS 2

static plane_host_t host;

/* A plane beside the host's: its environment counts. */
typedef struct counted {
    sem_t woken;
    _Atomic unsigned wakes;
    unsigned rooms[OC_STREAMS_MAX];
    oc_handoff_t *handoff[OC_STREAMS_MAX];
    oc_plane_t *plane;
    oc_mailbox_t *box;
    oc_clock_t clock;
} counted_t;

static void *allocate(void *context, size_t bytes) {
    return aligned_alloc(16, (bytes + 15) & ~(size_t)15);
}

static void release(void *context, void *memory) {
    free(memory);
}

static void wake(void *context) {
    counted_t *c = context;
    c->wakes++;
    sem_post(&c->woken);
}

static void capture_room(void *context, unsigned channel) {
    ((counted_t *)context)->rooms[channel]++;
}

static int capture_open(void *context, unsigned channel, const oc_capture_driver_t *driver,
                        const oc_capture_config_t *config, oc_handoff_t *handoff) {
    ((counted_t *)context)->handoff[channel] = handoff;
    return OC_OK;
}

static void nothing(void *context, unsigned channel) {}

static void post_list(counted_t *c, unsigned channels) {
    static plane_list_t list;
    oc_command_t command = {.kind = OC_COMMAND_DESIRED};
    memset(&list, 0, sizeof list);
    for (unsigned i = 0; i < channels; i++) {
        char name[] = {'c', (char)('0' + i), 0};
        list_add(&list, name, SEND);
    }
    size_t bytes = sizeof list.head + channels * sizeof list.entry[0];
    command.arg[1] = (int32_t)bytes;
    command.parcel.data = oc_mailbox_parcel_alloc(c->box, (uint32_t)bytes);
    command.parcel.len = (uint32_t)bytes;
    memcpy(command.parcel.data, &list, bytes);
    assert_true(oc_mailbox_post(c->box, &command) > 0);
}

static void begin(counted_t *c, unsigned channels) {
    oc_mailbox_env_t box = {.loop = {.allocate = allocate, .release = release}};
    oc_plane_env_t env = {
        .loop = {.allocate = allocate, .release = release, .wake = wake, .context = c},
        .capture_open = capture_open,
        .capture_start = nothing,
        .capture_close = nothing,
        .capture_room = capture_room,
        .captures = c};
    oc_capture_config_t source = {.packets_per_s = 30};
    memset(c, 0, sizeof *c);
    sem_init(&c->woken, 0, 0);
    c->box = oc_mailbox_init(allocate(NULL, oc_mailbox_bytes()), &box);
    c->plane = oc_plane_init(allocate(NULL, oc_plane_bytes()), &env, c->box, &c->clock);
    oc_plane_new_script(c->plane, oc_mailbox_new_generation(c->box), 0);
    post_list(c, channels);
    (void)oc_plane_advance(c->plane, 1);
    for (unsigned i = 0; i < channels; i++)
        oc_plane_capture_opened(c->plane, i, OC_OK, &source, 1);
    while (oc_plane_advance(c->plane, 2) <= 2) {
    }
}

static void end(counted_t *c, unsigned channels) {
    oc_reply_t reply;
    oc_plane_shutdown(c->plane, 3);
    for (int i = 0; i < 20; i++)
        (void)oc_plane_advance(c->plane, 4);
    for (unsigned i = 0; i < channels; i++)
        oc_plane_capture_closed(c->plane, i, 5);
    (void)oc_plane_advance(c->plane, 5);
    assert_true(oc_plane_idle(c->plane));
    while (oc_mailbox_take_reply(c->box, &reply) == OC_OK)
        oc_mailbox_parcel_free(c->box, &reply.parcel);
    free(c->plane);
    free(c->box);
    sem_destroy(&c->woken);
}

static void an_advance_looks_only_at_streams_with_something_to_do(void **state) {
    static counted_t c;
    begin(&c, 2);
    unsigned wakes = c.wakes;
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(oc_handoff_push_state(c.handoff[1], OC_HANDOFF_RESUMED, OC_OK), OC_OK);
    assert_int_equal(c.wakes, wakes + 1); /* the others found the mark */
    assert_int_equal(oc_handoff_released(c.handoff[1]), 0);
    (void)oc_plane_advance(c.plane, 10);
    assert_int_equal(oc_handoff_released(c.handoff[1]), 3);
    assert_int_equal(c.rooms[1], 1);
    assert_int_equal(c.rooms[0], 0);
    (void)oc_plane_advance(c.plane, 11);
    assert_int_equal(c.rooms[1], 1);
    assert_int_equal(oc_handoff_push_state(c.handoff[0], OC_HANDOFF_RESUMED, OC_OK), OC_OK);
    assert_int_equal(c.wakes, wakes + 2);
    (void)oc_plane_advance(c.plane, 12);
    assert_int_equal(c.rooms[0], 1);
    end(&c, 2);
}

static void *produce(void *context) {
    oc_handoff_t *handoff = context;
    for (unsigned i = 0; i < PUSHES;)
        i += oc_handoff_push_state(handoff, OC_HANDOFF_ENDED + 1, OC_OK) == OC_OK;
    return NULL;
}

/* Nobody looks unless he is woken: a mark that got lost would stand still for the time limit. */
static void no_mark_is_lost_between_threads(void **state) {
    static counted_t c;
    pthread_t thread[PRODUCERS];
    uint32_t left;
    begin(&c, PRODUCERS);
    for (unsigned i = 0; i < PRODUCERS; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, produce, c.handoff[i]), 0);
    do {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += TEST_WAIT_US / SECOND;
        assert_int_equal(sem_timedwait(&c.woken, &until), 0);
        while (oc_plane_advance(c.plane, 20) <= 20) {
        }
        left = 0;
        for (unsigned i = 0; i < PRODUCERS; i++)
            left += PUSHES - oc_handoff_released(c.handoff[i]);
    } while (left > 0);
    for (unsigned i = 0; i < PRODUCERS; i++)
        pthread_join(thread[i], NULL);
    assert_true(c.wakes < PRODUCERS * PUSHES);
    end(&c, PRODUCERS);
}

static void a_stream_that_stands_still_wants_nothing(void **state) {
    host_init(&host);
    unsigned still = host_open(&host, "still", STILL);
    host_run(&host, OC_PLANE_SETTLED_US + 2 * SECOND);
    assert_int_equal(host_row(&host, still).packets_lo, 1);
    assert_int_equal(host_row(&host, still).bitrate_bps, 0);
    int64_t due_us = oc_plane_advance(host.plane, host.now_us);
    assert_true(due_us > host.now_us + 2 * OC_PLANE_PUBLISH_US);
    host_end(&host);
}

static void a_row_says_the_rates_again_after_a_pause(void **state) {
    host_init(&host);
    unsigned channel = host_open(&host, "cam1", SEND);
    host_run(&host, 10 * SECOND);
    uint32_t bps = host_row(&host, channel).bitrate_bps;
    assert_true(bps > 0);
    host.capture[channel].due_us = host.now_us + 60 * SECOND; /* its thread sleeps */
    host_run(&host, OC_PLANE_SETTLED_US + 10 * SECOND);
    assert_int_equal(host_row(&host, channel).bitrate_bps, 0);
    assert_int_equal(host_row(&host, channel).fps_milli, 0);
    host_run(&host, 60 * SECOND);
    assert_in_range(host_row(&host, channel).bitrate_bps, bps / 2, bps * 2);
    host_end(&host);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_advance_looks_only_at_streams_with_something_to_do),
        cmocka_unit_test(no_mark_is_lost_between_threads),
        cmocka_unit_test(a_stream_that_stands_still_wants_nothing),
        cmocka_unit_test(a_row_says_the_rates_again_after_a_pause),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
