/* oc_capture_run in virtual time, without a thread: its life is one call, and sleeping is where the
 * test does what the media thread would. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "oc_capture_pause.h"
#include "oc_capture_run.h"

#define SECOND INT64_C(1000000)

/* The host, and a driver that does as it is told. */
static struct {
    int64_t now_us;
    oc_capture_run_t *capture;
    oc_handoff_t handoff;
    oc_handoff_item_t slots[OC_HANDOFF_SLOTS];
    int open_result, start_result;
    int64_t pump_result; /* < 0: lost */
    unsigned opens, starts, pumps, stops, closes, wakes, reached, commands, joins;
    int phase_seen; /* at the newest call of reached */
    void (*on_sleep)(int64_t due_us);
    bool woken;
} rig;

static void *allocate(void *context, size_t bytes) {
    return aligned_alloc(16, (bytes + 15) / 16 * 16);
}

static void release(void *context, void *memory) {
    free(memory);
}

static int64_t now_us(void *context) {
    return rig.now_us;
}

static const oc_loop_env_t loop = {.allocate = allocate, .release = release, .now_us = now_us};

static int start_thread(void *context, oc_capture_run_t *capture, void **thread) {
    *thread = &rig;
    return OC_OK;
}

static int no_thread(void *context, oc_capture_run_t *capture, void **thread) {
    return OC_ERR_NOMEM;
}

static void join(void *thread) {
    rig.joins++;
}

/* Time goes on to what was waited for, unless somebody has woken it. */
static void sleep_until(void *thread, int64_t due_us) {
    if (rig.on_sleep)
        rig.on_sleep(due_us);
    if (!rig.woken && due_us != INT64_MAX && due_us > rig.now_us)
        rig.now_us = due_us;
    rig.woken = false;
}

static void wake(void *thread) {
    rig.woken = true;
    rig.wakes++;
}

static void commanded(void *context) {
    rig.commands++;
}

static void reached(void *context) {
    rig.reached++;
    rig.phase_seen = atomic_load(&rig.capture->phase);
}

static int driver_open(void *state, const oc_capture_env_t *env, oc_capture_config_t *config) {
    rig.opens++;
    config->fps_milli = 30000;
    assert_int_equal(((char *)state)[0], 0);
    return rig.open_result;
}

static int driver_start(void *state, int64_t now) {
    rig.starts++;
    return rig.start_result;
}

static int64_t driver_pump(void *state, int64_t now) {
    rig.pumps++;
    return rig.pump_result < 0 ? rig.pump_result : now + 40000;
}

static void driver_stop(void *state) {
    rig.stops++;
}

static void driver_close(void *state) {
    rig.closes++;
}

static int driver_key(void *state) {
    return OC_OK;
}

static const oc_capture_driver_t driver = {.name = "told",
                                           .state_bytes = 16,
                                           .open = driver_open,
                                           .start = driver_start,
                                           .pump = driver_pump,
                                           .stop = driver_stop,
                                           .request_key = driver_key,
                                           .close = driver_close};

static int begin(oc_capture_run_env_t *env) {
    const oc_capture_config_t config = {.url = "told:"};
    const oc_capture_run_source_t source = {&driver, &config, &rig.handoff, reached, NULL};
    memset(&rig, 0, sizeof rig);
    oc_handoff_init(&rig.handoff, NULL, NULL);
    oc_handoff_use(&rig.handoff, rig.slots, OC_HANDOFF_SLOTS);
    return oc_capture_run_start(&rig.capture, env, &loop, &source);
}

static oc_capture_run_env_t env = {.start = start_thread,
                                   .join = join,
                                   .sleep = sleep_until,
                                   .wake = wake,
                                   .commanded = commanded};

/* The next item of the handoff is this state. */
static void expect_state(oc_handoff_kind_t kind, int code) {
    oc_handoff_item_t item;
    assert_int_equal(oc_handoff_peek(&rig.handoff, &item), OC_OK);
    assert_int_equal(item.kind, kind);
    assert_int_equal(item.code, code);
    oc_handoff_release(&rig.handoff);
}

static void close_now(int64_t due_us) {
    oc_capture_run_close(rig.capture);
}

/* ---- its life ---- */

static void run_and_close(int64_t due_us) {
    if (atomic_load(&rig.capture->phase) == OC_CAPTURE_OPENED)
        oc_capture_run_begin(rig.capture);
    else if (rig.pumps == 3)
        close_now(due_us);
}

static void it_opens_pumps_and_closes(void **state) {
    assert_int_equal(begin(&env), OC_OK);
    rig.on_sleep = run_and_close;
    oc_capture_run_live(rig.capture);
    assert_int_equal(rig.phase_seen, OC_CAPTURE_CLOSED);
    assert_int_equal(rig.reached, 2); /* opened, closed */
    assert_int_equal(rig.capture->config.fps_milli, 30000);
    assert_int_equal(rig.opens + rig.starts + rig.stops + rig.closes, 4);
    assert_int_equal(rig.pumps, 3);
    assert_int_equal(rig.now_us, 2 * 40000);
    oc_capture_run_end(rig.capture);
    assert_int_equal(rig.joins, 1);
}

static void one_that_does_not_open_is_not_closed(void **state) {
    assert_int_equal(begin(&env), OC_OK);
    rig.open_result = OC_ERR_NOENT;
    oc_capture_run_live(rig.capture);
    assert_int_equal(rig.phase_seen, OC_CAPTURE_FAILED);
    assert_int_equal(rig.capture->result, OC_ERR_NOENT);
    assert_int_equal(rig.closes, 0);
    oc_capture_run_end(rig.capture);
}

static void one_that_is_closed_before_it_begins_never_starts(void **state) {
    assert_int_equal(begin(&env), OC_OK);
    rig.on_sleep = close_now;
    oc_capture_run_live(rig.capture);
    assert_int_equal(rig.starts, 0);
    assert_int_equal(rig.closes, 1);
    oc_capture_run_end(rig.capture);
}

static void without_a_thread_there_is_none(void **state) {
    oc_capture_run_env_t none = env;
    none.start = no_thread;
    assert_int_equal(begin(&none), OC_ERR_NOMEM);
    assert_null(rig.capture);
}

/* ---- losses ---- */

static void lose_twice(int64_t due_us) {
    if (atomic_load(&rig.capture->phase) == OC_CAPTURE_OPENED)
        oc_capture_run_begin(rig.capture);
    else if (rig.pumps == 1 && rig.starts == 1) { /* it sleeps to be due */
        rig.pump_result = OC_ERR_IO;
    } else if (rig.starts == 1) {
        rig.start_result = OC_ERR_TIMEOUT; /* of the first try behind the loss */
    } else if (rig.starts == 2) {
        rig.start_result = OC_OK;
        rig.pump_result = 0;
    } else if (rig.pumps > 3) {
        close_now(due_us);
    }
}

static void a_lost_source_is_started_again(void **state) {
    assert_int_equal(begin(&env), OC_OK);
    rig.on_sleep = lose_twice;
    oc_capture_run_live(rig.capture);
    expect_state(OC_HANDOFF_LOST, OC_ERR_IO);
    expect_state(OC_HANDOFF_LOST, OC_ERR_TIMEOUT);
    expect_state(OC_HANDOFF_RESUMED, OC_OK);
    assert_int_equal(rig.starts, 3);
    assert_int_equal(rig.stops, 2);
    assert_true(rig.now_us >= 2 * OC_CAPTURE_PAUSE_MIN_US);
    oc_capture_run_end(rig.capture);
}

/* A helper that ran for a while and died is replaced at once. */
static void lose_a_helper(int64_t due_us) {
    if (atomic_load(&rig.capture->phase) == OC_CAPTURE_OPENED)
        oc_capture_run_begin(rig.capture);
    else if (rig.starts == 1 && rig.now_us > 3 * SECOND)
        rig.pump_result = OC_CAPTURE_GONE;
    else if (rig.starts == 2)
        close_now(due_us);
}

static int64_t gone_us;

static void note(int64_t due_us) {
    lose_a_helper(due_us);
    if (rig.starts == 1)
        gone_us = rig.now_us;
    if (rig.starts == 2)
        rig.pump_result = 0;
}

static void a_process_that_died_is_replaced_at_once(void **state) {
    assert_int_equal(begin(&env), OC_OK);
    rig.on_sleep = note;
    oc_capture_run_live(rig.capture);
    expect_state(OC_HANDOFF_LOST, OC_ERR_IO);
    assert_true(rig.now_us - gone_us < OC_CAPTURE_PAUSE_MIN_US);
    oc_capture_run_end(rig.capture);
}

/* A full handoff keeps a state waiting; it gets there, or the capture closes. */
static void fill(int64_t due_us) {
    if (atomic_load(&rig.capture->phase) == OC_CAPTURE_OPENED) {
        while (oc_handoff_push_state(&rig.handoff, OC_HANDOFF_ENDED, OC_OK) == OC_OK)
            continue;
        rig.start_result = OC_ERR_IO;
        oc_capture_run_begin(rig.capture);
    } else if (rig.now_us > SECOND) {
        close_now(due_us);
    }
}

static void a_state_waits_for_room_until_the_end(void **state) {
    assert_int_equal(begin(&env), OC_OK);
    rig.on_sleep = fill;
    oc_capture_run_live(rig.capture);
    assert_int_equal(rig.starts, 1);
    assert_int_equal(rig.phase_seen, OC_CAPTURE_CLOSED);
    oc_capture_run_end(rig.capture);
}

/* ---- lent memory ---- */

static void give_back(int64_t due_us) {
    if (!atomic_load(&rig.capture->close)) {
        assert_int_equal(oc_handoff_push_state(&rig.handoff, OC_HANDOFF_ENDED, OC_OK), OC_OK);
        close_now(due_us);
    } else if (rig.now_us > 20000 &&
               oc_handoff_pushed(&rig.handoff) != oc_handoff_released(&rig.handoff)) {
        assert_int_equal(rig.closes, 0);
        expect_state(OC_HANDOFF_ENDED, OC_OK);
    }
}

static void a_driver_that_lends_is_closed_when_all_is_back(void **state) {
    oc_capture_run_env_t lends = env;
    lends.drain_ms = 2000;
    assert_int_equal(begin(&lends), OC_OK);
    rig.on_sleep = give_back;
    oc_capture_run_live(rig.capture);
    assert_int_equal(rig.closes, 1);
    assert_true(rig.now_us > 20000 && rig.now_us < SECOND);
    oc_capture_run_end(rig.capture);
    assert_int_equal(begin(&lends), OC_OK); /* what never comes back is waited for so long */
    assert_int_equal(oc_handoff_push_state(&rig.handoff, OC_HANDOFF_ENDED, OC_OK), OC_OK);
    oc_capture_run_close(rig.capture);
    oc_capture_run_live(rig.capture);
    assert_int_equal(rig.closes, 1);
    assert_true(rig.now_us >= 2 * SECOND);
    oc_capture_run_end(rig.capture);
}

static void requests_reach_the_driver(void **state) {
    assert_int_equal(begin(&env), OC_OK);
    assert_int_equal(oc_capture_run_request_key(rig.capture), OC_OK);
    assert_int_equal(rig.wakes, 1);
    assert_int_equal(rig.commands, 1);
    assert_int_equal(oc_capture_run_set_bitrate(rig.capture, 1000), OC_ERR_NOTSUP);
    assert_int_equal(rig.commands, 1);
    oc_capture_run_end(rig.capture);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_opens_pumps_and_closes),
        cmocka_unit_test(one_that_does_not_open_is_not_closed),
        cmocka_unit_test(one_that_is_closed_before_it_begins_never_starts),
        cmocka_unit_test(without_a_thread_there_is_none),
        cmocka_unit_test(a_lost_source_is_started_again),
        cmocka_unit_test(a_process_that_died_is_replaced_at_once),
        cmocka_unit_test(a_state_waits_for_room_until_the_end),
        cmocka_unit_test(a_driver_that_lends_is_closed_when_all_is_back),
        cmocka_unit_test(requests_reach_the_driver),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
