#include "oc_media_loop.h"

#include "oc_err.h"
#include "oc_plane_clock.h"

#define ADVANCES 4 /* in one turn, when the plane is due again at once */

static int64_t clock_us(const oc_media_loop_t *loop) {
    return loop->env.loop.now_us(loop->env.loop.context);
}

/* ---- captures ---- */

static int capture_open(void *context, unsigned slot, const oc_capture_driver_t *driver,
                        const oc_capture_config_t *config, oc_handoff_t *handoff) {
    oc_media_loop_t *loop = context;
    void *made = NULL;
    if (loop->capture[slot])
        return OC_ERR_STATE;
    int result = loop->env.captures.start(loop->env.context, &made, slot, driver, config, handoff);
    loop->open[slot] = false;
    loop->capture[slot] = result == OC_OK ? made : NULL;
    loop->captures += result == OC_OK;
    return result;
}

static void capture_start(void *context, unsigned slot) {
    oc_media_loop_t *loop = context;
    if (loop->capture[slot])
        loop->env.captures.run(loop->env.context, loop->capture[slot]);
}

static void capture_close(void *context, unsigned slot) {
    oc_media_loop_t *loop = context;
    if (loop->capture[slot]) {
        loop->env.captures.close(loop->env.context, loop->capture[slot]);
        return;
    }
    loop->absents += !loop->absent[slot]; /* its open had failed: nothing left to end */
    loop->absent[slot] = true;
    loop->env.loop.wake(loop->env.loop.context);
}

static void capture_room(void *context, unsigned slot) {
    oc_media_loop_t *loop = context;
    if (loop->capture[slot])
        loop->env.captures.room(loop->env.context, loop->capture[slot]);
}

static void capture_interrupt(void *context, unsigned slot) {
    oc_media_loop_t *loop = context;
    if (loop->capture[slot] && loop->env.captures.interrupt)
        loop->env.captures.interrupt(loop->env.context, loop->capture[slot]);
}

int oc_media_loop_request_key(oc_media_loop_t *loop, unsigned slot) {
    bool open = slot < OC_STREAMS_MAX && loop->open[slot];
    return open ? loop->env.captures.request_key(loop->env.context, loop->capture[slot])
                : OC_ERR_STATE;
}

int oc_media_loop_set_bitrate(oc_media_loop_t *loop, unsigned slot, uint32_t bps) {
    bool open = slot < OC_STREAMS_MAX && loop->open[slot];
    return open ? loop->env.captures.set_bitrate(loop->env.context, loop->capture[slot], bps)
                : OC_ERR_STATE;
}

static int capture_request_key(void *context, unsigned slot) {
    return oc_media_loop_request_key(context, slot);
}

static int capture_set_bitrate(void *context, unsigned slot, uint32_t bps) {
    return oc_media_loop_set_bitrate(context, slot, bps);
}

static void forget(oc_media_loop_t *loop, unsigned slot) {
    void *capture = loop->capture[slot];
    loop->capture[slot] = NULL;
    loop->open[slot] = false;
    if (!capture)
        return;
    loop->captures--;
    loop->env.captures.end(loop->env.context, capture);
}

void oc_media_loop_opened(oc_media_loop_t *loop, unsigned slot, int result,
                          const oc_capture_config_t *config) {
    loop->open[slot] = result >= 0;
    oc_plane_capture_opened(loop->plane, slot, result, config, clock_us(loop));
    if (result < 0)
        forget(loop, slot);
}

void oc_media_loop_closed(oc_media_loop_t *loop, unsigned slot) {
    forget(loop, slot);
    oc_plane_capture_closed(loop->plane, slot, clock_us(loop));
}

static void answer_absent(oc_media_loop_t *loop) {
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
    answer_absent(loop);
    if (now_us >= loop->clock_due_us) {
        oc_clock_t clock;
        env->read_clock(env->context, &clock);
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

static void *allocate(void *context, size_t bytes) {
    const oc_media_loop_t *loop = context;
    return loop->env.loop.allocate(loop->env.loop.context, bytes);
}

static void release(void *context, void *memory) {
    const oc_media_loop_t *loop = context;
    loop->env.loop.release(loop->env.loop.context, memory);
}

static void discard(void *context, void *memory, size_t bytes) {
    const oc_media_loop_t *loop = context;
    loop->env.discard(loop->env.context, memory, bytes);
}

static void wake(void *context) {
    const oc_media_loop_t *loop = context;
    loop->env.loop.wake(loop->env.loop.context);
}

static void wake_script(void *context) {
    const oc_media_loop_t *loop = context;
    loop->env.wake_script(loop->env.context);
}

static bool deliver(void *context, const oc_command_t *command) {
    const oc_media_loop_t *loop = context;
    return loop->env.deliver(loop->env.context, command);
}

static const oc_capture_driver_t *capture_find(void *context, const char *url) {
    const oc_media_loop_t *loop = context;
    return loop->env.capture_find(loop->env.context, url);
}

static int file_submit(void *context, unsigned slot, unsigned output, const oc_file_op_t *op) {
    const oc_media_loop_t *loop = context;
    return loop->env.file_submit(loop->env.context, slot, output, op);
}

static void host_command(void *context, const oc_command_t *command) {
    const oc_media_loop_t *loop = context;
    loop->env.host_command(loop->env.context, command);
}

static void privacy_store(void *context, bool on) {
    const oc_media_loop_t *loop = context;
    loop->env.privacy_store(loop->env.context, on);
}

static void input_changed(void *context, const oc_input_change_t *change, int64_t now_us) {
    const oc_media_loop_t *loop = context;
    loop->env.input_changed(loop->env.context, change, now_us);
}

static void listed(void *context, uint32_t generation, const oc_desired_head_t *head,
                   const oc_desired_entry_t *entries) {
    const oc_media_loop_t *loop = context;
    loop->env.listed(loop->env.context, generation, head, entries);
}

static void detect(void *context, unsigned channel, const oc_desired_detect_t *detect) {
    const oc_media_loop_t *loop = context;
    loop->env.detect(loop->env.context, channel, detect);
}

static void ring_gone(void *context, unsigned slot) {
    const oc_media_loop_t *loop = context;
    loop->env.ring_gone(loop->env.context, slot);
}

int oc_media_loop_init(oc_media_loop_t *loop, const oc_media_loop_env_t *env) {
    const oc_mailbox_env_t mailbox_env = {.wake_media = wake,
                                          .wake_script = wake_script,
                                          .allocate = allocate,
                                          .release = release,
                                          .context = loop,
                                          .deliver = env->deliver ? deliver : NULL};
    const oc_plane_env_t plane_env = {.allocate = allocate,
                                      .release = release,
                                      .discard = env->discard ? discard : NULL,
                                      .capture_find = env->capture_find ? capture_find : NULL,
                                      .capture_open = capture_open,
                                      .capture_interrupt = capture_interrupt,
                                      .capture_start = capture_start,
                                      .capture_close = capture_close,
                                      .capture_room = capture_room,
                                      .capture_request_key = capture_request_key,
                                      .capture_set_bitrate = capture_set_bitrate,
                                      .wake = wake,
                                      .file_submit = env->file_submit ? file_submit : NULL,
                                      .host_command = host_command,
                                      .privacy_store = env->privacy_store ? privacy_store : NULL,
                                      .ring_gone = env->ring_gone ? ring_gone : NULL,
                                      .listed = env->listed ? listed : NULL,
                                      .detect = env->detect ? detect : NULL,
                                      .input_changed = env->input_changed ? input_changed : NULL,
                                      .context = loop};
    *loop = (oc_media_loop_t){.env = *env};
    void *mailbox = allocate(loop, oc_mailbox_bytes());
    void *plane = allocate(loop, oc_plane_bytes());
    if (!mailbox || !plane) {
        release(loop, mailbox);
        release(loop, plane);
        return OC_ERR_NOMEM;
    }
    oc_clock_t clock;
    env->read_clock(env->context, &clock);
    loop->mailbox = oc_mailbox_init(mailbox, &mailbox_env);
    loop->plane = oc_plane_init(plane, &plane_env, loop->mailbox, &clock);
    return OC_OK;
}

void oc_media_loop_deinit(oc_media_loop_t *loop) {
    if (loop->mailbox)
        (void)oc_mailbox_new_generation(loop->mailbox); /* frees what the script did not take */
    release(loop, loop->plane);
    release(loop, loop->mailbox);
    loop->plane = NULL;
    loop->mailbox = NULL;
}
