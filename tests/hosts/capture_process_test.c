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
#include "oc_posix.h"
#include "test_wait.h"

#define CAMERAS 3

static const char *const urls[CAMERAS] = {"test:?size=160x90&fps=50&gop=60",
                                          "test:?size=160x90&fps=50&gop=60",
                                          "ffmpeg:" ROOT "/assets/clip.mp4"};

typedef struct camera {
    rig_t rig;
    pthread_t thread;
    atomic_bool end;
    atomic_int starts, failed;
    unsigned packets, keys; /* of the media thread */
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
        runs = runs && next_us >= 0;
        if (next_us == INT64_MAX || next_us - oc_posix_now_us() > 500)
            nanosleep(&(struct timespec){0, 1000000}, NULL);
    }
    atomic_store(&c->failed, rc);
    if (rc == OC_OK)
        driver->stop(c->rig.state);
    return NULL;
}

/* What the media thread does in a turn. */
static void receive(void) {
    oc_handoff_item_t item;
    for (camera_t *c = camera; c < camera + CAMERAS; c++) {
        while (oc_handoff_peek(&c->rig.handoff, &item) == OC_OK) {
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

static void test_threads(void **state) {
    oc_helper_folder(FOLDER);
    for (unsigned i = 0; i < CAMERAS; i++) {
        rig_init(&camera[i].rig, &oc_capture_process, urls[i]);
        camera[i].rig.config.slot = i;
        camera[i].rig.config.loop = true;
        assert_int_equal(pthread_create(&camera[i].thread, NULL, capture, &camera[i]), 0);
    }
    receive_from_all(20);
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
