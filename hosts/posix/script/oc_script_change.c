/* One application follows another: at once, or on trial (oc_trial decides). Every time here is time
 * awake: an application is not judged by a pause of the machine. */
#define _GNU_SOURCE
#include "oc_script_impl.h"

#include <stdio.h>
#include <string.h>

#include "oc_pulse.h"
#include "oc_slots.h"

#define TICK_MS     100           /* of a watched script */
#define STEP_MS     20            /* between two looks for what the keeper has done */
#define COLLECT_US  (1000 * 1000) /* between two collections of a heap that looks full */
#define STOPPING_US (1000 * 1000) /* for a trial that the end of the program interrupts */
#define LIVED_US    ((int64_t)OC_SLOTS_EARLY_S * 1000000)

bool oc_script_settle(oc_script_t *script, bool good) {
    pthread_mutex_lock(&script->lock);
    bool there = oc_app_archives_settle(&script->app, good);
    pthread_mutex_unlock(&script->lock);
    return there;
}

bool oc_script_changes(oc_script_t *script) {
    return atomic_load(&script->app.waiting) || script->trial.state != OC_TRIAL_IDLE ||
           script->requested_us != 0;
}

static const oc_script_keeper_t *keeper(const oc_script_t *script) {
    return &script->config.keeper;
}

/* ---- without a trial ---- */

/* True: the running script can be asked for its state. */
static bool can_answer(const oc_script_t *script) {
    return script->machine && script->context.pump;
}

static void request_state(oc_script_t *script) {
    oc_handover_request(&script->handover);
    oc_mailbox_edge(script->context.mailbox, OC_OBJECT_UPDATE);
    oc_loop_wake(script->loop);
}

static void replace_when_answered(oc_script_t *script, int64_t now_us) {
    if (script->requested_us == 0)
        return;
    bool waits = can_answer(script) && !script->handover.answers &&
                 now_us - script->requested_us < OC_TRIAL_ANSWER_US;
    if (!atomic_load(&script->app.waiting)) { /* the one that runs was offered again */
        script->requested_us = 0;
    } else if (!waits) {
        script->requested_us = 0;
        script->takes = script->leaves = true;
    }
}

static void take_offer(oc_script_t *script, int64_t now_us) {
    if (!atomic_load(&script->app.waiting) || script->takes || script->requested_us != 0 ||
        script->trial.state != OC_TRIAL_IDLE)
        return;
    pthread_mutex_lock(&script->lock);
    bool trial = script->wants_trial;
    unsigned seconds = script->wants_seconds;
    script->gives = script->wants_state;
    pthread_mutex_unlock(&script->lock);
    if (trial) {
        script->end_text[0] = '\0';
        (void)oc_trial_begin(&script->trial, now_us, seconds);
        if (!script->machine)
            oc_trial_gone(&script->trial, now_us, OC_TRIAL_WHY_ENDED);
        return;
    }
    script->requested_us = now_us;
    if (script->gives && can_answer(script))
        request_state(script);
    else
        script->handover.answers = true;
}

/* ---- on trial ---- */

static uint32_t heap_of(oc_script_t *script, int64_t now_us) {
    oc_machine_memory_t memory = {0};
    oc_machine_memory(script->machine, &memory);
    uint32_t heap = (uint32_t)(memory.used_bytes * 1000 / OC_SCRIPT_HEAP_BYTES);
    if (heap <= OC_TRIAL_HEAP || now_us - script->collected_us < COLLECT_US)
        return heap <= OC_TRIAL_HEAP ? heap : 0; /* looked at again */
    script->collected_us = now_us;
    oc_machine_collect(script->machine);
    oc_machine_memory(script->machine, &memory);
    return (uint32_t)(memory.used_bytes * 1000 / OC_SCRIPT_HEAP_BYTES);
}

static void check(oc_script_t *script, int64_t now_us) {
    const oc_plane_t *plane = oc_media_thread_plane(script->config.media);
    oc_trial_health_t health = {.privacy = oc_plane_privacy(plane) != 0};
    int64_t late_us = now_us - script->due_us;
    if (!script->machine || atomic_load(&script->skip_trial))
        return;
    health.heap = heap_of(script, now_us);
    health.lag_ms = script->due_us > 0 && late_us > 0 ? (uint32_t)(late_us / 1000) : 0;
    if (script->settings_changed)
        oc_channel_watch_follow(&script->channels, script->config.desired);
    oc_channel_watched_t watched = oc_channel_watch_look(
        &script->channels, plane, script->config.desired, script->context.facts.generation);
    health.channels_lost = watched.lost;
    health.channels_open = watched.open;
    health.unrecorded = watched.unrecorded;
    oc_trial_check(&script->trial, now_us, &health);
}

/* What has happened since the last turn. */
static void feed(oc_script_t *script, int64_t now_us) {
    oc_trial_t *trial = &script->trial;
    int step = atomic_exchange(&script->stepped, 0);
    if (step != 0 && trial->state == OC_TRIAL_PREPARING)
        oc_trial_prepared(trial, now_us, step > 0);
    else if (step != 0 && trial->state == OC_TRIAL_COMMITTING)
        oc_trial_committed(trial, now_us, step > 0);
    else if (step != 0 && trial->state == OC_TRIAL_RESTORING)
        oc_trial_restored(trial, now_us);
    if (trial->state == OC_TRIAL_ASKING && script->handover.answers)
        oc_trial_answered(trial, now_us);
    if (trial->state == OC_TRIAL_STARTING && script->machine && atomic_load(&script->ready))
        oc_trial_ready(trial, now_us);
    if (trial->state == OC_TRIAL_WATCHING)
        check(script, now_us);
}

static void finish(oc_script_t *script) {
    const oc_trial_t *trial = &script->trial;
    const char *text = script->end_text;
    if (trial->result == OC_TRIAL_COMMITTED)
        (void)oc_script_settle(script, true);
    if (trial->result == OC_TRIAL_REFUSED) {
        pthread_mutex_lock(&script->lock);
        oc_app_archives_withdraw(&script->app);
        pthread_mutex_unlock(&script->lock);
    }
    atomic_store(&script->tries, false);
    keeper(script)->done(keeper(script)->context, trial->result, trial->why, text);
}

static void act(oc_script_t *script, enum oc_trial_action action, int64_t now_us) {
    const oc_script_keeper_t *keep = keeper(script);
    switch (action) {
    case OC_TRIAL_NOTHING:
        break;
    case OC_TRIAL_PREPARE:
        keep->prepare(keep->context);
        break;
    case OC_TRIAL_REQUEST:
        if (script->gives && can_answer(script))
            request_state(script);
        else
            oc_trial_answered(&script->trial, now_us);
        break;
    case OC_TRIAL_END:
        if (script->trial.state == OC_TRIAL_ENDING) {
            script->settings_changed = false;
            oc_channel_watch_begin(&script->channels, oc_media_thread_plane(script->config.media),
                                   script->config.desired);
        }
        script->leaves = true;
        break;
    case OC_TRIAL_START:
        if (keep->left(keep->context))
            script->takes = script->makes = true;
        else
            oc_script_made(script, false, "its settings cannot be put in place");
        break;
    case OC_TRIAL_COMMIT:
        keep->commit(keep->context);
        break;
    case OC_TRIAL_RESTORE:
        keep->restore(keep->context, script->trial.why);
        break;
    case OC_TRIAL_RETURN:
        (void)oc_script_settle(script, false);
        script->gives = script->makes = true;
        break;
    case OC_TRIAL_DONE:
        finish(script);
        break;
    }
}

static void turn(oc_script_t *script, int64_t now_us) {
    enum oc_trial_action action;
    feed(script, now_us);
    while ((action = oc_trial_next(&script->trial, now_us)) != OC_TRIAL_NOTHING)
        act(script, action, now_us);
    if (script->trial.state != script->reported) {
        script->reported = script->trial.state;
        keeper(script)->state(keeper(script)->context, script->reported);
    }
}

/* ---- the life of scripts ---- */

/* An application that lives is no longer one that ends early. */
static void note_life(oc_script_t *script, int64_t now_us) {
    if (script->lived || !script->machine || script->trial.state != OC_TRIAL_IDLE ||
        now_us - script->begun_us < LIVED_US)
        return;
    script->lived = true;
    if (keeper(script)->lived)
        keeper(script)->lived(keeper(script)->context);
}

static unsigned wait_ms(const oc_script_t *script, int64_t now_us) {
    if (script->requested_us != 0)
        return STEP_MS;
    if (script->trial.state == OC_TRIAL_WATCHING)
        return TICK_MS;
    if (script->trial.state != OC_TRIAL_IDLE)
        return STEP_MS;
    if (!script->machine || script->lived)
        return 0;
    int64_t left = LIVED_US - (now_us - script->begun_us);
    return left > 0 ? (unsigned)(left / 1000) + 1 : 1;
}

unsigned oc_script_attend(oc_script_t *script) {
    int64_t now = oc_pulse_us();
    /* One in a process of its own: until it reads again this thread waits with it, and is late. */
    if (script->trial.state == OC_TRIAL_WATCHING && script->machine &&
        oc_machine_busy_us(script->machine) > 0)
        return TICK_MS;
    take_offer(script, now);
    replace_when_answered(script, now);
    turn(script, now);
    note_life(script, now);
    now = oc_pulse_us();
    unsigned ms = wait_ms(script, now);
    script->due_us = now + ms * 1000LL;
    return ms;
}

void oc_script_made(oc_script_t *script, bool good, const char *why) {
    int64_t now = oc_pulse_us();
    script->makes = false;
    script->due_us = 0;
    if (!good)
        snprintf(script->end_text, sizeof(script->end_text), "%s", why);
    oc_trial_started(&script->trial, now, good);
}

static enum oc_trial_why why_of(const oc_machine_end_t *end) {
    switch (end->reason) {
    case OC_MACHINE_THREW_AT_START:
    case OC_MACHINE_THREW:
    case OC_MACHINE_REJECTED:
        return OC_TRIAL_WHY_THREW;
    case OC_MACHINE_HEAP:
        return OC_TRIAL_WHY_HEAP;
    case OC_MACHINE_STOPPED:
        return OC_TRIAL_WHY_WATCHDOG;
    default:
        return OC_TRIAL_WHY_ENDED;
    }
}

void oc_script_gone(oc_script_t *script, const oc_machine_end_t *end) {
    int64_t now = oc_pulse_us();
    bool early = now - script->begun_us < LIVED_US;
    if (atomic_load(&script->stop))
        return;
    if (script->trial.state == OC_TRIAL_IDLE) {
        if (end && early && keeper(script)->ended)
            keeper(script)->ended(keeper(script)->context, end->text);
        return;
    }
    if (end && script->context.facts.trial)
        snprintf(script->end_text, sizeof(script->end_text), "%s", end->text);
    oc_trial_gone(&script->trial, now, end ? why_of(end) : OC_TRIAL_WHY_NONE);
}

void oc_script_between(oc_script_t *script) {
    while (!atomic_load(&script->stop) && oc_script_changes(script)) {
        unsigned ms = oc_script_attend(script);
        if (script->makes || script->takes || !oc_script_changes(script))
            break;
        oc_loop_run_for(script->loop, ms > 0 ? ms : STEP_MS);
    }
}

void oc_script_stopped(oc_script_t *script) {
    int64_t until = oc_pulse_us() + STOPPING_US, now;
    if (script->trial.state == OC_TRIAL_IDLE)
        return;
    oc_trial_stop(&script->trial, oc_pulse_us());
    oc_trial_gone(&script->trial, oc_pulse_us(), OC_TRIAL_WHY_STOPPED);
    while (script->trial.state != OC_TRIAL_IDLE && (now = oc_pulse_us()) < until) {
        turn(script, now);
        if (script->trial.state != OC_TRIAL_IDLE)
            oc_loop_run_for(script->loop, STEP_MS);
    }
}

/* ---- for others ---- */

static int offer(oc_script_t *script, const uint8_t *data, size_t size,
                 const oc_script_change_t *change) {
    bool busy = script->wants_trial && atomic_load(&script->app.waiting);
    if (busy || atomic_load(&script->tries))
        return OC_ERR_BUSY;
    int result = oc_app_archives_offer(&script->app, data, size, change->always);
    if (result != OC_OK || !atomic_load(&script->app.waiting))
        return result;
    script->wants_trial = change->trial;
    script->wants_state = change->state;
    script->wants_seconds = change->seconds;
    atomic_store(&script->tries, change->trial);
    return OC_OK;
}

int oc_script_change(oc_script_t *script, const uint8_t *data, size_t size,
                     const oc_script_change_t *change, char *why, size_t why_size) {
    int result = oc_app_archives_check(data, size, why, why_size);
    if (result < 0)
        return result;
    pthread_mutex_lock(&script->lock);
    result = offer(script, data, size, change);
    pthread_mutex_unlock(&script->lock);
    oc_script_wake(script);
    return result;
}

bool oc_script_exits(oc_script_t *script, const char *why) {
    if (!oc_trial_exits(&script->trial, oc_pulse_us()))
        return false;
    snprintf(script->end_text, sizeof(script->end_text), "%s", why);
    oc_script_wake(script);
    return true;
}

void oc_script_settings_changed(oc_script_t *script) {
    script->settings_changed = true;
}

void oc_script_skip_trial(oc_script_t *script) {
    atomic_store(&script->skip_trial, true);
}

void oc_script_stepped(oc_script_t *script, bool good) {
    atomic_store(&script->stepped, good ? 1 : -1);
    oc_script_wake(script);
}

int oc_script_hand_over(oc_script_t *script, const oc_command_t *command) {
    int result = oc_handover_take(&script->handover, command);
    if (script->handover.answers && oc_script_changes(script))
        oc_script_wake(script);
    return result;
}
