/* Inputs in processes ocellus-ffmpeg, from the threads of the program: each source on a capture
 * thread of its own, packets popped and key frames and bit rates requested by the media thread, a
 * process killed meanwhile. Also under the thread sanitizer. FOLDER: of ocellus-ffmpeg; ROOT: the
 * repository's root. */
#define _GNU_SOURCE
#include "capture_conformance.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

#include "oc_capture_process.h"
#include "oc_helper.h"
#include "oc_nal.h"
#include "oc_posix.h"
#include "oc_source_wire.h"
#include "test_wait.h"

#define CAMERAS 4
#define FAST    3 /* waits for room all the time */

static const char *const urls[CAMERAS] = {
    "test:?size=160x90&fps=50&gop=60", "test:?size=160x90&fps=50&gop=60",
    "ffmpeg:" ROOT "/assets/clip.mp4", "ffmpeg:" ROOT "/assets/clip.mp4"};

typedef struct camera {
    rig_t rig;
    pthread_t thread;
    atomic_bool end;
    atomic_int starts, losses, failed;
    unsigned packets, keys; /* of the media thread */
    bool held;              /* it takes nothing meanwhile */
} camera_t;

static camera_t camera[CAMERAS];
static atomic_int first_pid, last_pid;

pid_t __real_fork(void);
pid_t __wrap_fork(void);
pid_t __wrap_fork(void) {
    pid_t pid = __real_fork();
    int none = 0;
    if (pid > 0) {
        atomic_compare_exchange_strong(&first_pid, &none, pid);
        atomic_store(&last_pid, pid);
    }
    return pid;
}

static void *capture(void *context) {
    camera_t *c = context;
    const oc_capture_driver_t *driver = c->rig.driver;
    int rc = rig_open(&c->rig);
    bool runs = false;
    while (rc == OC_OK && !atomic_load(&c->end)) {
        if (!runs) {
            runs = driver->start(c->rig.state, oc_posix_now_us()) == OC_OK;
            atomic_fetch_add(&c->starts, runs);
        }
        int64_t next_us = runs ? driver->pump(c->rig.state, oc_posix_now_us()) : INT64_MAX;
        atomic_fetch_add(&c->losses, runs && next_us < 0);
        runs = runs && next_us >= 0;
        if (next_us == INT64_MAX || next_us - oc_posix_now_us() > 500)
            nanosleep(&(struct timespec){0, 1000000}, NULL);
    }
    atomic_store(&c->failed, rc);
    if (rc == OC_OK)
        driver->stop(c->rig.state);
    return NULL;
}

/* Lent memory is read where it lies; here nobody writes to it. */
static void look_at(const oc_handoff_item_t *item) {
    if (item->kind != OC_HANDOFF_PACKET)
        return;
    assert_non_null(item->lender);
    if (item->packet.track == 0)
        assert_true(oc_nal_fills(item->packet.data, item->packet.len_bytes));
}

/* What the media thread does in a turn. */
static void receive(void) {
    oc_handoff_item_t item;
    for (camera_t *c = camera; c < camera + CAMERAS; c++) {
        while (!c->held && oc_handoff_peek(&c->rig.handoff, &item) == OC_OK) {
            look_at(&item);
            c->packets += item.kind == OC_HANDOFF_PACKET;
            c->keys += item.kind == OC_HANDOFF_PACKET && item.packet.track == 0 && item.packet.key;
            oc_handoff_release(&c->rig.handoff);
        }
        if (atomic_load(&c->failed))
            fail_msg("%s: %s", c->rig.config.url, c->rig.config.why);
    }
    nanosleep(&(struct timespec){0, 1000000}, NULL);
}

static void receive_from_all(unsigned packets) {
    int64_t until_us = oc_posix_now_us() + TEST_WAIT_US;
    for (camera_t *c = camera; c < camera + CAMERAS; c++) {
        unsigned goal = c->packets + packets;
        while (c->packets < goal && oc_posix_now_us() < until_us)
            receive();
        assert_true(c->packets >= goal);
    }
}

static void wait_for(const unsigned *counter, unsigned goal) {
    int64_t until_us = oc_posix_now_us() + TEST_WAIT_US;
    while (*counter < goal && oc_posix_now_us() < until_us)
        receive();
    assert_true(*counter >= goal);
}

static void wait_for_starts(int goal) {
    for (int starts = 0; starts < goal;) {
        receive();
        starts = 0;
        for (unsigned i = 0; i < CAMERAS; i++)
            starts += atomic_load(&camera[i].starts);
    }
}

static void hold(bool held) {
    for (camera_t *c = camera; c < camera + CAMERAS; c++)
        c->held = held;
}

static uint32_t lent(const camera_t *c) {
    return oc_handoff_pushed(&c->rig.handoff) - oc_handoff_released(&c->rig.handoff);
}

/* The newest process dies: what it lent is read behind its end, then its source begins again.
 * Returns its camera. */
static camera_t *outlive_a_process(void) {
    oc_handoff_item_t item;
    int losses[CAMERAS];
    camera_t *found = NULL;
    hold(true);
    for (unsigned i = 0; i < CAMERAS; i++) {
        losses[i] = atomic_load(&camera[i].losses);
        while (lent(&camera[i]) < 8)
            receive();
    }
    assert_int_equal(kill(atomic_load(&last_pid), SIGKILL), 0);
    while (!found) {
        receive();
        for (unsigned i = 0; i < CAMERAS; i++)
            found = atomic_load(&camera[i].losses) > losses[i] ? &camera[i] : found;
    }
    int starts = atomic_load(&found->starts);
    for (uint32_t i = 0; oc_handoff_peek_at(&found->rig.handoff, i, &item) == OC_OK; i++)
        look_at(&item);
    assert_int_equal(atomic_load(&found->starts), starts);
    hold(false);
    while (atomic_load(&found->starts) == starts)
        receive();
    return found;
}

static void test_threads(void **state) {
    oc_helper_folder(FOLDER);
    for (unsigned i = 0; i < CAMERAS; i++) {
        rig_init(&camera[i].rig, &oc_capture_process, urls[i]);
        camera[i].rig.config.slot = i;
        camera[i].rig.config.loop = true;
        camera[i].rig.config.as_fast_as_possible = i == FAST;
        assert_int_equal(pthread_create(&camera[i].thread, NULL, capture, &camera[i]), 0);
    }
    receive_from_all(20);
    wait_for(&camera[FAST].packets, 5 * OC_SOURCE_SLOTS);
    const oc_capture_driver_t *driver = &oc_capture_process;
    unsigned keys = camera[0].keys;
    assert_int_equal(driver->set_bitrate_bps(camera[0].rig.state, 300000), OC_OK);
    assert_int_equal(driver->request_key(camera[0].rig.state), OC_OK);
    wait_for(&camera[0].keys, keys + 1); /* long before the group of pictures ends */
    assert_int_equal(driver->request_key(camera[2].rig.state), OC_ERR_NOTSUP);

    int starts = 0;
    for (unsigned i = 0; i < CAMERAS; i++)
        starts += atomic_load(&camera[i].starts);
    assert_int_equal(starts, CAMERAS);
    assert_int_equal(kill(atomic_load(&first_pid), SIGKILL), 0);
    wait_for_starts(CAMERAS + 1);
    receive_from_all(20);

    /* [E20] The process in its place is stopped: it is ended and replaced, too. */
    int stopped = atomic_load(&last_pid);
    assert_int_equal(kill(stopped, SIGSTOP), 0);
    wait_for_starts(CAMERAS + 2);
    assert_int_not_equal(atomic_load(&last_pid), stopped);
    receive_from_all(20);

    camera_t *newest = outlive_a_process();
    receive_from_all(20);

    /* It lent what is no picture: its process is ended. */
    int liar = atomic_load(&last_pid);
    starts = atomic_load(&newest->starts);
    oc_handoff_refuse(&newest->rig.handoff);
    while (atomic_load(&newest->starts) == starts)
        receive();
    assert_int_not_equal(atomic_load(&last_pid), liar);
    receive_from_all(20);

    for (unsigned i = 0; i < CAMERAS; i++)
        atomic_store(&camera[i].end, true);
    for (unsigned i = 0; i < CAMERAS; i++) {
        pthread_join(camera[i].thread, NULL);
        rig_close(&camera[i].rig);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_threads)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
