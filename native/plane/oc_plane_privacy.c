/* Privacy mode (oc_plane.h), and the light of a camera (oc_plane_impl.h).
 * COMMAND is kept by the host. Its beginning takes effect before it is stored, its end after: what
 * holds after a restart is never less private than what was answered. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include "oc_plane_impl.h"
#include "oc_thread_check.h"

#define REQUESTED     (OC_PRIVACY_COMMAND | OC_PRIVACY_SCHEDULE) /* reasons of commands */
#define STORE_AGAIN   (5 * 1000 * 1000) /* us until storing is tried again */
#define VIEWERS_WORD  (offsetof(oc_stream_row_t, viewers) / 4)
#define REASONS_BYTES 40

uint32_t oc_plane_privacy(const oc_plane_t *plane) {
    return atomic_load_explicit(&plane->privacy.reasons, memory_order_acquire);
}

uint32_t oc_plane_indicator(const oc_plane_t *plane) {
    return atomic_load_explicit(&plane->privacy.indicator, memory_order_acquire);
}

void oc_plane_privacy_set(oc_plane_t *plane, uint32_t reason, bool on, int64_t now_us) {
    uint32_t before = oc_plane_privacy(plane);
    uint32_t reasons = on ? before | reason : before & ~reason;
    atomic_store_explicit(&plane->privacy.reasons, reasons, memory_order_release);
    oc_plane_desired_look(plane);
    for (unsigned i = 0; reasons && !before && i < OC_CHANNELS_MAX; i++)
        if (plane->channel[i])
            oc_channel_cut(plane->channel[i], now_us);
}

/* ---- what the host keeps ---- */

/* What became of it. True: something else is wanted by now. */
static bool take_result(oc_plane_t *plane, int result, int64_t now_us) {
    oc_plane_reasons_t *privacy = &plane->privacy;
    bool on = privacy->under_way, changed = privacy->expected != on;
    privacy->storing = false;
    if (result != OC_OK && privacy->stored == OC_OK)
        oc_plane_event(plane, -1, OC_EVENT_PRIVACY_NOT_STORED, result, "", oc_err_text(result),
                       now_us);
    privacy->stored = result;
    privacy->retry_us = now_us + STORE_AGAIN;
    if (result == OC_OK)
        privacy->kept = on;
    else if (!on)
        privacy->expected = true; /* it goes on, and who asked is told */
    if (!changed && result == OC_OK && !on)
        oc_plane_privacy_set(plane, OC_PRIVACY_COMMAND, false, now_us);
    return changed;
}

static void store(oc_plane_t *plane) {
    oc_plane_reasons_t *privacy = &plane->privacy;
    if (privacy->storing || (privacy->kept == privacy->expected && privacy->stored == OC_OK))
        return;
    privacy->storing = true;
    privacy->under_way = privacy->expected;
    if (plane->env.privacy_store)
        plane->env.privacy_store(plane->env.context, privacy->under_way);
    else
        take_result(plane, OC_OK, plane->now_us);
}

void oc_plane_privacy_stored(oc_plane_t *plane, int result, int64_t now_us) {
    OC_ON_MEDIA_THREAD();
    if (plane->privacy.storing && take_result(plane, result, now_us))
        store(plane);
}

void oc_plane_privacy_notified(oc_plane_t *plane, bool on, int64_t now_us) {
    OC_ON_MEDIA_THREAD();
    oc_plane_reasons_t *privacy = &plane->privacy;
    if (privacy->storing)
        return; /* what is being written counts */
    privacy->expected = privacy->kept = on;
    privacy->stored = OC_OK;
    oc_plane_privacy_set(plane, OC_PRIVACY_COMMAND, on, now_us);
}

/* ---- commands ---- */

oc_plane_hours_t oc_plane_hours(const oc_plane_t *plane) {
    OC_ON_MEDIA_THREAD();
    return (oc_plane_hours_t){.hold = oc_plane_privacy(plane) & OC_PRIVACY_SCHEDULE,
                              .begins_us = plane->privacy.schedule_us};
}

void oc_plane_privacy_hours(oc_plane_t *plane, const oc_plane_hours_t *hours, int64_t now_us) {
    plane->privacy.schedule_us = hours->begins_us;
    oc_plane_privacy_set(plane, OC_PRIVACY_SCHEDULE, hours->hold, now_us);
}

void oc_plane_privacy_command(oc_plane_t *plane, bool on, int64_t now_us) {
    OC_ON_MEDIA_THREAD();
    plane->privacy.expected = on;
    if (on)
        oc_plane_privacy_set(plane, OC_PRIVACY_COMMAND, true, now_us);
    store(plane);
}

int oc_plane_privacy_request(oc_plane_t *plane, const oc_command_t *command, int64_t now_us) {
    oc_plane_reasons_t *privacy = &plane->privacy;
    uint32_t meant = command->object, bits = (uint32_t)command->arg[0];
    if ((meant & ~(uint32_t)REQUESTED) || (bits & ~meant) || command->arg[1] < 0)
        return OC_ERR_INVAL;
    if (meant == 0)
        return OC_OK;
    if (meant & OC_PRIVACY_SCHEDULE) {
        int64_t seconds = command->arg[1];
        const oc_plane_hours_t hours = {.hold = bits & OC_PRIVACY_SCHEDULE,
                                        .begins_us =
                                            seconds > 0 ? now_us + seconds * 1000000 : INT64_MAX};
        oc_plane_privacy_hours(plane, &hours, now_us);
    }
    if (meant & OC_PRIVACY_COMMAND)
        oc_plane_privacy_command(plane, bits & OC_PRIVACY_COMMAND, now_us);
    privacy->waiting |= 1u << meant;
    return OC_AGAIN;
}

/* Nothing captures any more, where nothing may. */
static bool settled(const oc_plane_t *plane) {
    for (unsigned i = 0; oc_plane_privacy(plane) && i < OC_CHANNELS_MAX; i++)
        if (plane->channel[i] && oc_channel_captures(plane->channel[i]))
            return false;
    return true;
}

static void answer(oc_plane_t *plane) {
    oc_plane_reasons_t *privacy = &plane->privacy;
    char why[OC_PLANE_WHY_MAX];
    for (unsigned meant = 1; privacy->waiting && meant <= REQUESTED; meant++) {
        bool stores = meant & OC_PRIVACY_COMMAND;
        if (!(privacy->waiting & 1u << meant) || (stores && privacy->storing) || !settled(plane))
            continue;
        int code = stores ? privacy->stored : OC_OK;
        privacy->waiting &= ~(1u << meant);
        snprintf(why, sizeof why, "privacy mode %s: %s",
                 privacy->kept ? "stays on: its end cannot be stored"
                               : "is on until the program ends: it cannot be stored",
                 oc_err_text(code));
        oc_plane_commands_answer(plane, meant, OC_COMMAND_PRIVACY, code,
                                 (int32_t)oc_plane_privacy(plane), code < 0 ? why : "");
    }
}

/* ---- what is told ---- */

static void announce(oc_plane_t *plane, int64_t now_us) {
    static const char *const words[] = {"command", "schedule", "switch"};
    uint32_t reasons = oc_plane_privacy(plane);
    char text[REASONS_BYTES] = "";
    if (reasons == plane->privacy.announced)
        return;
    plane->privacy.announced = reasons;
    for (unsigned i = 0; i < 3; i++)
        if (reasons & 1u << i)
            snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s", text[0] ? ", " : "",
                     words[i]);
    oc_plane_event(plane, -1, reasons ? OC_EVENT_PRIVACY_ON : OC_EVENT_PRIVACY_OFF, OC_OK, "",
                   reasons ? text : "capture may begin again", now_us);
}

static void light(oc_plane_t *plane) {
    uint32_t light = 0;
    bool shown = oc_plane_privacy(plane) == 0; /* live is refused otherwise */
    for (unsigned i = 0; i < OC_STREAMS_MAX; i++) {
        const oc_stream_t *stream = oc_plane_stream(plane, i);
        if (!stream)
            continue;
        if (oc_stream_captures(stream))
            light |= OC_INDICATOR_SENSOR;
        if (shown &&
            atomic_load_explicit(&plane->rows->row[i][1 + VIEWERS_WORD], memory_order_relaxed))
            light |= OC_INDICATOR_WATCHING;
    }
    if (shown && (plane->pulls.pushes > 0 || plane->now_us < plane->lent_until_us))
        light |= OC_INDICATOR_WATCHING;
    atomic_store_explicit(&plane->privacy.indicator, light, memory_order_release);
}

int64_t oc_plane_privacy_advance(oc_plane_t *plane, int64_t now_us) {
    oc_plane_reasons_t *privacy = &plane->privacy;
    if (now_us >= privacy->schedule_us) {
        privacy->schedule_us = INT64_MAX;
        oc_plane_privacy_set(plane, OC_PRIVACY_SCHEDULE, true, now_us);
    }
    bool again = privacy->expected && !privacy->kept && !privacy->storing;
    if (again && now_us >= privacy->retry_us)
        store(plane);
    announce(plane, now_us);
    light(plane);
    answer(plane);
    int64_t next_us = again && privacy->retry_us > now_us ? privacy->retry_us : INT64_MAX;
    return privacy->schedule_us < next_us ? privacy->schedule_us : next_us;
}
