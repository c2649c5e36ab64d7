#include "oc_capture_run.h"

#include <string.h>

#include "oc_capture_pause.h"
#include "oc_err.h"

#define QUICK_US      (2 * 1000 * 1000) /* a helper that lasted this long is replaced at once */
#define ROOM_RETRY_US (10 * 1000)       /* a state item waits for a slot this often */
#define DRAIN_STEP_US (5 * 1000)

/* ---- what a driver is lent ---- */

static void *allocate(void *context, size_t bytes) {
    const oc_loop_env_t *loop = ((oc_capture_run_t *)context)->loop;
    return loop->allocate(loop->context, bytes);
}

static void release(void *context, void *memory) {
    const oc_loop_env_t *loop = ((oc_capture_run_t *)context)->loop;
    loop->release(loop->context, memory);
}

static int64_t clock_us(void *context) {
    const oc_loop_env_t *loop = ((oc_capture_run_t *)context)->loop;
    return loop->now_us(loop->context);
}

static bool interrupted(void *context) {
    return atomic_load(&((oc_capture_run_t *)context)->interrupted);
}

/* Any thread: the driver has something to pump. */
static void wake(void *context) {
    const oc_capture_run_t *capture = context;
    capture->env->wake(capture->thread);
}

/* ---- its thread ---- */

static void reach(oc_capture_run_t *capture, oc_capture_phase_t phase) {
    void (*reached)(void *) = capture->reached;
    void *context = capture->context;
    atomic_store(&capture->phase, phase);
    reached(context); /* *capture may be gone by now */
}

/* Sleeps until due or a wake-up. False: it is to close. */
static bool sleep_until(oc_capture_run_t *capture, int64_t due_us) {
    if (!atomic_load(&capture->close) && due_us > clock_us(capture))
        capture->env->sleep(capture->thread, due_us);
    return !atomic_load(&capture->close);
}

/* As sleep_until, and woken when the handoff gets room. */
static bool sleep_for_room(oc_capture_run_t *capture, int64_t due_us, uint32_t released) {
    atomic_store(&capture->slept_released, released);
    atomic_store(&capture->waits_for_room, true);
    bool go_on = oc_handoff_released(capture->handoff) != released ? !atomic_load(&capture->close)
                                                                   : sleep_until(capture, due_us);
    atomic_store(&capture->waits_for_room, false);
    return go_on;
}

/* A state must not get lost: waits for a slot. False: closed meanwhile. */
static bool push_state(oc_capture_run_t *capture, oc_handoff_kind_t kind, int code) {
    while (oc_handoff_push_state(capture->handoff, kind, code) != OC_OK)
        if (!sleep_until(capture, clock_us(capture) + ROOM_RETRY_US))
            return false;
    return true;
}

/* Pumps a started source until it is lost (its error) or is to close (OC_OK). */
static int pump(oc_capture_run_t *capture) {
    for (;;) {
        uint32_t released = oc_handoff_released(capture->handoff);
        int64_t due = capture->driver->pump(capture->state, clock_us(capture));
        if (due < 0)
            return (int)due;
        bool full =
            oc_handoff_pushed(capture->handoff) - released >= oc_handoff_capacity(capture->handoff);
        bool stuck = full || due == INT64_MAX; /* the latter also with all track slots taken */
        if (!(stuck ? sleep_for_room(capture, due, released) : sleep_until(capture, due)))
            return OC_OK;
    }
}

/* Sleeps before the next try. False: it is to close. */
static bool rest(oc_capture_run_t *capture, int64_t us) {
    int64_t until = clock_us(capture) + us;
    while (clock_us(capture) < until)
        if (!sleep_until(capture, until))
            return false;
    return true;
}

/* Starts the source again and again until it is to close. */
static void run_source(oc_capture_run_t *capture) {
    oc_capture_pause_t pause = {.was_in = capture->config.absent >= 0};
    bool lost = capture->config.absent < 0;
    for (;;) {
        int64_t begun = clock_us(capture);
        uint32_t few = oc_handoff_pushed(capture->handoff) + OC_CAPTURE_PAUSE_FEW;
        int result = capture->driver->start(capture->state, begun);
        bool started = result >= 0, delivered = false;
        if (started) {
            bool told = !lost || push_state(capture, OC_HANDOFF_RESUMED, OC_OK);
            lost = false;
            result = told ? pump(capture) : OC_OK;
            delivered = (int32_t)(oc_handoff_pushed(capture->handoff) - few) > 0;
            capture->driver->stop(capture->state);
            if (result == OC_OK)
                return;
        }
        int64_t lasted = clock_us(capture) - begun;
        bool gone = result == OC_CAPTURE_GONE, at_once = gone && lasted > QUICK_US;
        result = gone ? OC_ERR_IO : result;
        if (!push_state(capture, OC_HANDOFF_LOST, result)) /* with each try: why may change */
            return;
        lost = true;
        int64_t wait = oc_capture_pause_us(&pause, result, started, delivered, lasted);
        if (!at_once && !rest(capture, wait))
            return;
    }
}

/* A driver that lends is closed only after the plane has given back what was lent. */
static void drain(oc_capture_run_t *capture) {
    int64_t until = clock_us(capture) + (int64_t)capture->env->drain_ms * 1000;
    while (oc_handoff_released(capture->handoff) != oc_handoff_pushed(capture->handoff) &&
           clock_us(capture) < until) {
        capture->reached(capture->context);
        capture->env->sleep(capture->thread, clock_us(capture) + DRAIN_STEP_US);
    }
}

void oc_capture_run_live(oc_capture_run_t *capture) {
    oc_capture_env_t env = {.handoff = capture->handoff,
                            .open_file = capture->env->open_file,
                            .close_file = capture->env->close_file,
                            .file_version = capture->env->file_version,
                            .allocate = allocate,
                            .release = release,
                            .wake = wake,
                            .now_us = clock_us,
                            .interrupted = interrupted,
                            .context = capture};
    capture->result = capture->driver->open(capture->state, &env, &capture->config);
    if (capture->result < 0) {
        reach(capture, OC_CAPTURE_FAILED);
        return;
    }
    reach(capture, OC_CAPTURE_OPENED);
    while (!atomic_load(&capture->run) && !atomic_load(&capture->close))
        capture->env->sleep(capture->thread, INT64_MAX);
    if (!atomic_load(&capture->close)) {
        atomic_store(&capture->phase, OC_CAPTURE_RUNNING);
        run_source(capture);
    }
    while (!atomic_load(&capture->close)) /* cannot be: run_source ends with close only */
        capture->env->sleep(capture->thread, INT64_MAX);
    drain(capture);
    capture->driver->close(capture->state);
    reach(capture, OC_CAPTURE_CLOSED);
}

/* ---- the media thread ---- */

static void forget(oc_capture_run_t *capture) {
    const oc_loop_env_t *loop = capture->loop;
    loop->release(loop->context, capture->state);
    loop->release(loop->context, capture);
}

int oc_capture_run_start(oc_capture_run_t **out, const oc_capture_run_env_t *env,
                         const oc_loop_env_t *loop, const oc_capture_run_source_t *source) {
    oc_capture_run_t *capture = loop->allocate(loop->context, sizeof *capture);
    if (!capture)
        return OC_ERR_NOMEM;
    memset(capture, 0, sizeof *capture);
    capture->env = env;
    capture->loop = loop;
    capture->driver = source->driver;
    capture->config = *source->config;
    capture->handoff = source->handoff;
    capture->reached = source->reached;
    capture->context = source->context;
    capture->state = loop->allocate(loop->context, source->driver->state_bytes);
    if (capture->state)
        memset(capture->state, 0, source->driver->state_bytes);
    if (!capture->state || env->start(env->context, capture, &capture->thread) != OC_OK) {
        forget(capture);
        return OC_ERR_NOMEM;
    }
    *out = capture;
    return OC_OK;
}

static void command(oc_capture_run_t *capture, _Atomic bool *flag) {
    atomic_store(flag, true);
    wake(capture);
}

void oc_capture_run_begin(oc_capture_run_t *capture) {
    command(capture, &capture->run);
}

void oc_capture_run_interrupt(oc_capture_run_t *capture) {
    atomic_store(&capture->interrupted, true);
}

void oc_capture_run_close(oc_capture_run_t *capture) {
    oc_capture_run_interrupt(capture);
    command(capture, &capture->close);
}

void oc_capture_run_room(oc_capture_run_t *capture) {
    if (atomic_load(&capture->waits_for_room) &&
        oc_handoff_released(capture->handoff) != atomic_load(&capture->slept_released))
        wake(capture);
}

/* Behind a request to its driver. */
static int commanded(oc_capture_run_t *capture, int result) {
    wake(capture);
    if (capture->env->commanded)
        capture->env->commanded(capture->env->context);
    return result;
}

int oc_capture_run_request_key(oc_capture_run_t *capture) {
    const oc_capture_driver_t *driver = capture->driver;
    return driver->request_key ? commanded(capture, driver->request_key(capture->state))
                               : OC_ERR_NOTSUP;
}

int oc_capture_run_set_bitrate(oc_capture_run_t *capture, uint32_t bps) {
    const oc_capture_driver_t *driver = capture->driver;
    return driver->set_bitrate_bps
               ? commanded(capture, driver->set_bitrate_bps(capture->state, bps))
               : OC_ERR_NOTSUP;
}

void oc_capture_run_end(oc_capture_run_t *capture) {
    capture->env->join(capture->thread);
    forget(capture);
}
