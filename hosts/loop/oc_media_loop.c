#include "oc_media_loop.h"

#include "oc_err.h"
#include "oc_plane_clock.h"

#define ADVANCES 4 /* in one turn, when the plane is due again at once */

static int64_t clock_us(const oc_media_loop_t *loop) {
    return loop->env.loop.now_us(loop->env.loop.context);
}

static void wake(const oc_media_loop_t *loop) {
    loop->env.loop.wake(loop->env.loop.context);
}

/* ---- captures ---- */

/* On the thread of a capture. */
static void on_reached(void *context) {
    oc_media_loop_t *loop = context;
    atomic_store(&loop->reached, true);
    wake(loop);
}

static int capture_open(void *context, unsigned slot, const oc_capture_driver_t *driver,
                        const oc_capture_config_t *config, oc_handoff_t *handoff) {
    oc_media_loop_t *loop = context;
    const oc_capture_run_source_t source = {driver, config, handoff, on_reached, loop};
    if (loop->capture[slot])
        return OC_ERR_STATE;
    loop->open[slot] = false;
    int result =
        oc_capture_run_start(&loop->capture[slot], &loop->env.captures, &loop->env.loop, &source);
    loop->captures += result == OC_OK;
    return result;
}

static void capture_start(void *context, unsigned slot) {
    const oc_media_loop_t *loop = context;
    if (loop->capture[slot])
        oc_capture_run_begin(loop->capture[slot]);
}

static void capture_close(void *context, unsigned slot) {
    oc_media_loop_t *loop = context;
    if (loop->capture[slot]) {
        oc_capture_run_close(loop->capture[slot]);
        return;
    }
    loop->absents += !loop->absent[slot]; /* its open had failed: nothing left to end */
    loop->absent[slot] = true;
    wake(loop);
}

static void capture_room(void *context, unsigned slot) {
    const oc_media_loop_t *loop = context;
    if (loop->capture[slot])
        oc_capture_run_room(loop->capture[slot]);
}

static void capture_interrupt(void *context, unsigned slot) {
    const oc_media_loop_t *loop = context;
    if (loop->capture[slot])
        oc_capture_run_interrupt(loop->capture[slot]);
}

static int capture_request_key(void *context, unsigned slot) {
    const oc_media_loop_t *loop = context;
    return loop->open[slot] ? oc_capture_run_request_key(loop->capture[slot]) : OC_ERR_STATE;
}

static int capture_set_bitrate(void *context, unsigned slot, uint32_t bps) {
    const oc_media_loop_t *loop = context;
    return loop->open[slot] ? oc_capture_run_set_bitrate(loop->capture[slot], bps) : OC_ERR_STATE;
}

static void forget(oc_media_loop_t *loop, unsigned slot) {
    oc_capture_run_t *capture = loop->capture[slot];
    loop->capture[slot] = NULL;
    loop->open[slot] = false;
    loop->captures--;
    oc_capture_run_end(capture);
}

/* Tells the plane how far a capture has come. */
static void look(oc_media_loop_t *loop, unsigned slot) {
    oc_capture_run_t *capture = loop->capture[slot];
    int phase = capture ? atomic_load(&capture->phase) : OC_CAPTURE_OPENING;
    if (phase == OC_CAPTURE_FAILED) {
        oc_plane_capture_opened(loop->plane, slot, capture->result, &capture->config,
                                clock_us(loop));
        forget(loop, slot);
    } else if (phase != OC_CAPTURE_OPENING && !loop->open[slot]) {
        loop->open[slot] = true;
        oc_plane_capture_opened(loop->plane, slot, capture->result, &capture->config,
                                clock_us(loop));
    }
    if (phase == OC_CAPTURE_CLOSED) {
        forget(loop, slot);
        oc_plane_capture_closed(loop->plane, slot, clock_us(loop));
    }
}

static void look_at_captures(oc_media_loop_t *loop) {
    bool reached = atomic_exchange(&loop->reached, false);
    for (unsigned i = 0; reached && i < OC_STREAMS_MAX; i++)
        look(loop, i);
    for (unsigned i = 0; loop->absents > 0 && i < OC_STREAMS_MAX; i++) {
        if (!loop->absent[i])
            continue;
        loop->absent[i] = false;
        loop->absents--;
        oc_plane_capture_closed(loop->plane, i, clock_us(loop));
    }
}

/* ---- a turn ---- */

int64_t oc_media_loop_turn(oc_media_loop_t *loop) {
    const oc_media_loop_env_t *env = &loop->env;
    int64_t now_us = clock_us(loop), due_us = now_us;
    look_at_captures(loop);
    if (now_us >= loop->clock_due_us) {
        oc_clock_t clock;
        env->read_clock(&clock);
        oc_plane_clock(loop->plane, &clock, now_us);
        loop->clock_due_us = now_us + OC_MEDIA_LOOP_CLOCK_US;
    }
    for (unsigned i = 0; i < ADVANCES && due_us <= now_us; i++) {
        now_us = clock_us(loop);
        due_us = oc_plane_advance(loop->plane, now_us);
    }
    loop->now_us = now_us;
    int64_t advanced_us = env->advanced ? env->advanced(env->context, now_us) : INT64_MAX;
    return advanced_us < due_us ? advanced_us : due_us;
}

/* ---- its beginning and end ---- */

int oc_media_loop_init(oc_media_loop_t *loop, const oc_media_loop_env_t *env) {
    *loop = (oc_media_loop_t){.env = *env};
    const oc_loop_env_t *host = &loop->env.loop;
    oc_plane_env_t *plane_env = &loop->env.plane;
    loop->env.mailbox.loop = plane_env->loop = *host;
    plane_env->capture_open = capture_open;
    plane_env->capture_interrupt = capture_interrupt;
    plane_env->capture_start = capture_start;
    plane_env->capture_close = capture_close;
    plane_env->capture_room = capture_room;
    plane_env->capture_request_key = capture_request_key;
    plane_env->capture_set_bitrate = capture_set_bitrate;
    plane_env->captures = loop;
    void *mailbox = host->allocate(host->context, oc_mailbox_bytes());
    void *plane = host->allocate(host->context, oc_plane_bytes());
    if (!mailbox || !plane) {
        host->release(host->context, mailbox);
        host->release(host->context, plane);
        return OC_ERR_NOMEM;
    }
    oc_clock_t clock;
    env->read_clock(&clock);
    loop->mailbox = oc_mailbox_init(mailbox, &loop->env.mailbox);
    loop->plane = oc_plane_init(plane, plane_env, loop->mailbox, &clock);
    return OC_OK;
}

void oc_media_loop_deinit(oc_media_loop_t *loop) {
    const oc_loop_env_t *host = &loop->env.loop;
    if (loop->mailbox)
        (void)oc_mailbox_new_generation(loop->mailbox); /* frees what the script did not take */
    host->release(host->context, loop->plane);
    host->release(host->context, loop->mailbox);
    loop->plane = NULL;
    loop->mailbox = NULL;
}
