/* See oc_plane.h. */
#include "oc_plane.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "oc_assert.h"
#include "oc_err.h"
#include "oc_log.h"
#include "oc_plane_impl.h"
#include "oc_thread_check.h"

_Static_assert(OC_OBJECT_CHANNEL + OC_CHANNELS_MAX <= OC_MAILBOX_OBJECTS, "an edge per channel");
_Static_assert(OC_STREAMS_MAX == OC_CHANNELS_MAX || OC_STREAMS_MAX == 2 * OC_CHANNELS_MAX,
               "a sub stream for every channel or for none");
_Static_assert(OC_PAGE_BYTES <= OC_PARCEL_MAX, "a page of events is one parcel");

size_t oc_plane_bytes(void) {
    return (sizeof(oc_plane_t) + 15) & ~(size_t)15;
}

oc_plane_t *oc_plane_init(void *memory, const oc_plane_env_t *env, oc_mailbox_t *mailbox,
                          const oc_clock_t *clock) {
    oc_plane_t *plane = memory;
    oc_assert((uintptr_t)memory % 16 == 0);
    oc_assert(mailbox && env->loop.allocate && env->loop.release);
    oc_assert(env->capture_open && env->capture_start && env->capture_close);
    memset(plane, 0, sizeof *plane);
    plane->env = *env;
    plane->mailbox = mailbox;
    plane->watch = oc_clock_watch(clock);
    plane->clock = &plane->watch.clock;
    plane->silence_us = INT64_MAX;
    plane->privacy.schedule_us = INT64_MAX;
    oc_plane_streams_init(&plane->streams);
    plane->rows = env->rows ? env->rows : &plane->own_rows;
    oc_plane_desired_init(plane);
    for (unsigned i = 0; i < OC_STREAMS_MAX; i++) {
        oc_table_init(&plane->row[i], plane->rows->row[i], OC_STREAM_ROW_WORDS);
        oc_table_init(&plane->name[i], plane->rows->name[i], OC_PLANE_NAME_WORDS);
    }
    return plane;
}

int64_t oc_plane_advance(oc_plane_t *plane, int64_t now_us) {
    OC_ON_MEDIA_THREAD();
    plane->now_us = now_us;
    bool more = oc_plane_commands_take(plane, now_us);
    int64_t streams_us = oc_plane_streams_advance(plane, now_us);
    int64_t next_us = more ? now_us : streams_us;
    int64_t names_us = oc_plane_names_advance(plane, now_us);
    next_us = names_us < next_us ? names_us : next_us;
    int64_t desired_us = oc_plane_desired_advance(plane, now_us);
    next_us = desired_us < next_us ? desired_us : next_us;
    int64_t silence_us = oc_plane_silence_advance(plane, now_us);
    next_us = silence_us < next_us ? silence_us : next_us;
    int64_t publish_us = oc_plane_publish_moved(plane, now_us);
    next_us = publish_us < next_us ? publish_us : next_us;
    int64_t privacy_us = oc_plane_privacy_advance(plane, now_us);
    return privacy_us < next_us ? privacy_us : next_us;
}

void oc_plane_capture_opened(oc_plane_t *plane, unsigned slot, int result,
                             const oc_capture_config_t *config, int64_t now_us) {
    OC_ON_MEDIA_THREAD();
    oc_assert(slot < OC_STREAMS_MAX && config);
    oc_stream_t *stream = oc_plane_stream(plane, slot);
    plane->now_us = now_us;
    if (stream && !stream->ring && stream->step <= OC_STREAM_STEP_ANSWER) {
        oc_plane_mark(plane, slot);
        oc_stream_opened(stream, result, config, now_us);
    }
}

void oc_plane_capture_closed(oc_plane_t *plane, unsigned slot, int64_t now_us) {
    OC_ON_MEDIA_THREAD();
    oc_assert(slot < OC_STREAMS_MAX);
    oc_stream_t *stream = oc_plane_stream(plane, slot);
    plane->now_us = now_us;
    if (stream)
        oc_plane_mark(plane, slot);
    if (stream && stream->step == OC_STREAM_STEP_CAPTURE)
        oc_stream_captured(stream, now_us);
    else if (stream && stream->cut)
        stream->captured = true; /* freed when its recording is finished */
}

void oc_plane_file_done(oc_plane_t *plane, unsigned slot, unsigned output, uint32_t id, int result,
                        int64_t now_us) {
    OC_ON_MEDIA_THREAD();
    oc_assert(slot < OC_STREAMS_MAX && output <= OC_PLANE_OUTPUT_NAMES);
    oc_stream_t *stream = oc_plane_stream(plane, slot);
    plane->now_us = now_us;
    if (output == OC_PLANE_OUTPUT_NAMES) {
        oc_plane_names_done(plane, id, result, now_us);
    } else if (stream) {
        oc_outputs_done(stream, output, id, result, now_us);
        oc_plane_mark(plane, slot);
    }
}

void oc_plane_new_script(oc_plane_t *plane, uint32_t generation, int64_t now_us) {
    OC_ON_MEDIA_THREAD();
    plane->now_us = now_us;
    oc_plane_commands_forget(plane, generation);
    oc_plane_desired_drop(plane);
}

void oc_plane_shutdown(oc_plane_t *plane, int64_t now_us) {
    OC_ON_MEDIA_THREAD();
    plane->now_us = now_us;
    plane->stopping = true;
    oc_plane_desired_drop(plane);
    for (unsigned i = 0; i < OC_CHANNELS_MAX; i++)
        if (plane->channel[i])
            oc_channel_close(plane->channel[i], now_us);
}

bool oc_plane_idle(const oc_plane_t *plane) {
    OC_ON_MEDIA_THREAD();
    for (unsigned i = 0; i < OC_CHANNELS_MAX; i++)
        if (plane->channel[i])
            return false;
    return !plane->names.under_way;
}

void oc_plane_stats(const oc_plane_t *plane, oc_plane_stats_t *out) {
    OC_ON_MEDIA_THREAD();
    *out = plane->stats;
    out->channels = 0;
    for (unsigned i = 0; i < OC_CHANNELS_MAX; i++)
        out->channels += plane->channel[i] != NULL;
}

static void copy_text(char *out, size_t size, const char *text) {
    size_t len = text ? strlen(text) : 0;
    if (len >= size) { /* cut between two characters of UTF-8 */
        len = size - 1;
        while (len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80)
            len--;
    }
    if (len > 0)
        memcpy(out, text, len);
    out[len] = 0;
}

/* A line of the log, and an edge for the script. */
static void notify(oc_plane_t *plane, const oc_event_t *event, oc_log_level_t level) {
    oc_log(level, "plane", "%s%s%s%s%s%s%s%s", event->channel, event->sub ? " sub" : "",
           event->channel[0] ? ": " : "", event->kind, event->path[0] ? " " : "", event->path,
           event->text[0] ? ": " : "", event->text);
    oc_mailbox_edge(plane->mailbox, OC_OBJECT_EVENTS);
}

/* Of a channel that is open, else of one that is to be. */
static const char *name_of(const oc_plane_t *plane, unsigned number) {
    const oc_channel_t *channel = plane->channel[number];
    return channel ? channel->config.name : oc_plane_desired_name(plane, number);
}

void oc_plane_event(oc_plane_t *plane, int slot, oc_event_kind_t kind, int code, const char *path,
                    const char *text, int64_t now_us) {
    OC_ON_MEDIA_THREAD();
    oc_assert(slot < OC_STREAMS_MAX);
    bool is_sub = slot >= 0 && oc_plane_is_sub((unsigned)slot);
    oc_event_t *event = oc_event_log_add(&plane->events);
    event->code = code;
    event->at_us = now_us;
    if (slot >= 0 && slot < OC_STREAMS_MAX)
        copy_text(event->channel, sizeof event->channel,
                  name_of(plane, oc_plane_channel_of((unsigned)slot)));
    event->sub = event->channel[0] && is_sub;
    copy_text(event->kind, sizeof event->kind, oc_event_kind_word(kind));
    copy_text(event->path, sizeof event->path, path);
    copy_text(event->text, sizeof event->text, text);
    /* A start of the script, say: the end before it was logged, and usage errors stay one line. */
    bool quiet = code == OC_OK && slot < 0 && !text[0];
    notify(plane, event, code < 0 ? OC_LOG_WARN : quiet ? OC_LOG_DEBUG : OC_LOG_INFO);
}

void oc_plane_raise(oc_plane_t *plane, const char *kind, const char *channel, const char *text,
                    int64_t now_us) {
    OC_ON_MEDIA_THREAD();
    oc_event_t *event = oc_event_log_add(&plane->events);
    event->at_us = now_us;
    event->raised = true;
    copy_text(event->channel, sizeof event->channel, channel);
    copy_text(event->kind, sizeof event->kind, kind);
    copy_text(event->text, sizeof event->text, text);
    notify(plane, event, OC_LOG_INFO);
}

int oc_plane_input(oc_plane_t *plane, int channel, unsigned input, bool raised, int64_t now_us) {
    const oc_input_change_t change = {channel, input, raised, ""};
    return oc_plane_input_data(plane, &change, now_us);
}

int oc_plane_input_data(oc_plane_t *plane, const oc_input_change_t *change, int64_t now_us) {
    OC_ON_MEDIA_THREAD();
    int channel = change->channel;
    unsigned input = change->input;
    bool raised = change->raised, of_device = channel == OC_INPUT_DEVICE;
    if (input >= OC_INPUTS || channel < OC_INPUT_DEVICE || channel >= OC_CHANNELS_MAX ||
        (input == OC_INPUT_PRIVACY && !of_device))
        return OC_ERR_INVAL;
    if (strlen(change->data) >= OC_INPUT_DATA_MAX)
        return OC_ERR_TOO_BIG;
    uint8_t bit = (uint8_t)(1u << input);
    uint8_t *levels = &plane->inputs[of_device ? OC_CHANNELS_MAX : channel];
    if (((*levels & bit) != 0) == raised)
        return OC_OK;
    *levels ^= bit;
    oc_plane_event(plane, channel, oc_input_event(input), raised, "", raised ? "on" : "off",
                   now_us);
    if (plane->env.input_changed)
        plane->env.input_changed(plane->env.owner, change, now_us);
    if (input == OC_INPUT_PRIVACY)
        oc_plane_privacy_set(plane, OC_PRIVACY_SWITCH, raised, now_us);
    return OC_OK;
}

void oc_plane_file_bytes(oc_plane_t *plane, uint64_t bytes) {
    plane->file_bytes = bytes;
}

bool oc_plane_events_notified(const oc_plane_t *plane) {
    OC_ON_MEDIA_THREAD();
    return plane->events_requested == plane->events.added + 1;
}

void oc_plane_eventf(oc_plane_t *plane, int slot, oc_event_kind_t kind, int code, const char *path,
                     int64_t now_us, const char *format, ...) {
    char text[OC_EVENT_TEXT_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    oc_plane_event(plane, slot, kind, code, path, text, now_us);
}
