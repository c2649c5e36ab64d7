/* Commands of scripts (oc_plane_impl.h). Each handler returns a code that is answered at once, or
 * OC_AGAIN when the answer comes later through oc_plane_commands_answer. A failure is answered with
 * one line of text that says what and where. */
#include <stdio.h>
#include <string.h>
#include "oc_plane_impl.h"

/* Packets get their turn after so many commands, however fast a script posts them. The dearest one
 * writes a page of JSON. */
#define COMMANDS_PER_TURN 8

/* What a handler gives back besides its code. */
typedef struct answer {
    int32_t value, value1;
    oc_parcel_t parcel; /* a result; on failure `why` is sent instead */
    char why[OC_PLANE_WHY_MAX];
} answer_t;

typedef int (*handler_t)(oc_plane_t *plane, const oc_command_t *command, int64_t now_us,
                         answer_t *answer);

void oc_plane_commands_answer(oc_plane_t *plane, unsigned slot, uint16_t kind, int code,
                              int32_t value0, const char *text) {
    for (unsigned i = 0; i < OC_MAILBOX_REPLIES; i++) {
        oc_plane_waiter_t *waiter = &plane->waiter[i];
        if (waiter->kind != kind || waiter->slot != slot)
            continue;
        oc_mailbox_reply_text(plane->mailbox, waiter->request, waiter->generation, code, value0, 0,
                              text, strlen(text));
        waiter->kind = 0;
    }
}

void oc_plane_commands_forget(oc_plane_t *plane, uint32_t generation) {
    for (unsigned i = 0; i < OC_MAILBOX_REPLIES; i++)
        if (plane->waiter[i].generation != generation)
            plane->waiter[i].kind = 0;
}

/* Keeps a command for a later answer. The mailbox lets a script have as many unanswered commands as
 * there are places here, and those of earlier scripts are forgotten when it starts. */
static bool wait_for(oc_plane_t *plane, const oc_command_t *command, unsigned slot) {
    for (unsigned i = 0; i < OC_MAILBOX_REPLIES; i++) {
        oc_plane_waiter_t *waiter = &plane->waiter[i];
        if (waiter->kind != 0)
            continue;
        *waiter = (oc_plane_waiter_t){command->kind, (uint16_t)slot, command->request,
                                      command->generation};
        return true;
    }
    return false;
}

static void stop_waiting(oc_plane_t *plane, const oc_command_t *command) {
    for (unsigned i = 0; i < OC_MAILBOX_REPLIES; i++)
        if (plane->waiter[i].kind && plane->waiter[i].request == command->request &&
            plane->waiter[i].generation == command->generation)
            plane->waiter[i].kind = 0;
}

/* The open channel a command means, or NULL. */
static oc_channel_t *target(oc_plane_t *plane, const oc_command_t *command, answer_t *answer) {
    oc_channel_t *channel =
        command->object < OC_CHANNELS_MAX ? plane->channel[command->object] : NULL;
    answer->value = command->object;
    if (!channel)
        snprintf(answer->why, sizeof answer->why, "channel %u: not open", command->object);
    return channel;
}

/* How long ago the instant is that CLIP names. One that lies in the future, or more than an hour
 * back, is now. */
static uint32_t command_late_ms(const oc_command_t *command, int64_t now_us) {
    int64_t now_ms = now_us / 1000 + (now_us % 1000 != 0); /* the span begins no later than meant */
    uint32_t late_ms = (uint32_t)now_ms - (uint32_t)command->arg[2];
    return command->arg[2] == 0 || late_ms > 3600 * 1000 ? 0 : late_ms;
}

static int clip(oc_plane_t *plane, const oc_command_t *command, int64_t now_us, answer_t *answer) {
    oc_desired_recording_t config = {.segment_ms = 2 * OC_STREAM_CLIP_MAX_MS};
    oc_stream_t *stream =
        command->object < OC_STREAMS_MAX ? oc_plane_stream(plane, command->object) : NULL;
    if (!stream) {
        snprintf(answer->why, sizeof answer->why, "stream %u: not open", command->object);
        return OC_ERR_NOENT;
    }
    oc_clip_record_t given;
    if (oc_clip_record_read(oc_span(command->parcel.data, command->parcel.len), &given) != OC_OK ||
        !given.name[0] || command->arg[0] < 0 || command->arg[1] < 0 ||
        command->arg[1] > OC_STREAM_CLIP_MAX_MS) {
        snprintf(answer->why, sizeof answer->why, "clip: a name, and at most %d s",
                 OC_STREAM_CLIP_MAX_MS / 1000);
        return OC_ERR_INVAL;
    }
    config.audio = given.audio;
    memcpy(config.name, given.name, sizeof config.name);
    uint32_t late_ms = command_late_ms(command, now_us);
    uint32_t after_ms = (uint32_t)command->arg[1];
    config.preroll_ms = (uint32_t)command->arg[0] + late_ms;
    after_ms -= late_ms < after_ms ? late_ms : after_ms;
    if (!wait_for(plane, command, command->object))
        return OC_ERR_BUSY;
    int code =
        oc_stream_clip_start(stream, &config, after_ms, now_us, answer->why, sizeof answer->why);
    if (code < 0)
        stop_waiting(plane, command);
    return code;
}

/* The stream whose source a command goes to; NULL: it is not open. */
static const oc_stream_t *source_of(oc_plane_t *plane, const oc_command_t *command, int32_t kind,
                                    answer_t *answer) {
    const oc_channel_t *channel = target(plane, command, answer);
    if (!channel)
        return NULL;
    const oc_stream_t *stream = kind >= 0 && kind < OC_STREAM_KINDS ? channel->stream[kind] : NULL;
    if (!stream || !stream->ring || stream->step != OC_STREAM_STEP_OPEN) {
        snprintf(answer->why, sizeof answer->why, "the source is not open");
        return NULL;
    }
    return stream;
}

static int request_key(oc_plane_t *plane, const oc_command_t *command, int64_t now_us,
                       answer_t *answer) {
    const oc_stream_t *source = source_of(plane, command, command->arg[0], answer);
    if (!source)
        return OC_ERR_STATE;
    return plane->env.capture_request_key(plane->env.captures, source->slot);
}

static int set_bitrate(oc_plane_t *plane, const oc_command_t *command, int64_t now_us,
                       answer_t *answer) {
    const oc_stream_t *source = source_of(plane, command, command->arg[1], answer);
    if (!source)
        return OC_ERR_STATE;
    if (command->arg[0] <= 0) {
        snprintf(answer->why, sizeof answer->why, "bitrate: %d is not allowed; use 1 to 2147483647",
                 command->arg[0]);
        return OC_ERR_RANGE;
    }
    return plane->env.capture_set_bitrate(plane->env.captures, source->slot,
                                          (uint32_t)command->arg[0]);
}

static int events_read(oc_plane_t *plane, const oc_command_t *command, int64_t now_us,
                       answer_t *answer) {
    uint32_t size = OC_PAGE_BYTES, next = 0;
    uint8_t *data = NULL;
    plane->events_requested = (uint32_t)command->arg[0];
    while (!data && size >= 2048) { /* a pool in use gives shorter pages */
        data = oc_mailbox_parcel_alloc(plane->mailbox, size);
        if (!data)
            size /= 2;
    }
    if (!data) {
        snprintf(answer->why, sizeof answer->why, "events: no free parcel");
        return OC_ERR_BUSY;
    }
    size_t len = oc_event_log_read(&plane->events, (uint32_t)command->arg[0], plane->clock,
                                   (char *)data, size, &next);
    answer->parcel = (oc_parcel_t){data, (uint32_t)len};
    answer->value = (int32_t)next;
    return OC_OK;
}

static bool is_line(const char *text) {
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            return false;
    return true;
}

/* Text that is no line of a log is refused. */
static int event_add(oc_plane_t *plane, const oc_command_t *command, int64_t now_us,
                     answer_t *answer) {
    oc_event_raise_t event;
    int code = oc_event_raise_read(oc_span(command->parcel.data, command->parcel.len), &event);
    if (code != OC_OK || !event.kind[0] || !is_line(event.kind) || !is_line(event.text) ||
        (event.channel[0] && !oc_desired_name_allowed(event.channel))) {
        snprintf(answer->why, sizeof answer->why, "event: a kind, a channel and a line of text");
        return OC_ERR_INVAL;
    }
    oc_plane_raise(plane, event.kind, event.channel, event.text, now_us);
    return OC_OK;
}

static int privacy(oc_plane_t *plane, const oc_command_t *command, int64_t now_us,
                   answer_t *answer) {
    int code = oc_plane_privacy_request(plane, command, now_us);
    if (code == OC_ERR_INVAL)
        snprintf(answer->why, sizeof answer->why, "privacy: command and schedule can be asked for");
    if (code == OC_AGAIN && !wait_for(plane, command, command->object))
        return OC_ERR_BUSY;
    answer->value = (int32_t)oc_plane_privacy(plane);
    answer->value1 = (int32_t)oc_plane_indicator(plane);
    return code;
}

static int desired(oc_plane_t *plane, const oc_command_t *command, int64_t now_us,
                   answer_t *answer) {
    int32_t value[2] = {0, 0};
    int code =
        oc_plane_desired_take(plane, command, now_us, value, answer->why, sizeof answer->why);
    answer->value = value[0];
    answer->value1 = value[1];
    return code;
}

static int channel_retry(oc_plane_t *plane, const oc_command_t *command, int64_t now_us,
                         answer_t *answer) {
    int code = oc_plane_desired_retry(plane, command->object);
    if (code < 0)
        snprintf(answer->why, sizeof answer->why, "channel %u: not in the list", command->object);
    return code;
}

static handler_t handler_of(uint16_t kind) {
    switch (kind) {
    case OC_COMMAND_DESIRED:
        return desired;
    case OC_COMMAND_CHANNEL_RETRY:
        return channel_retry;
    case OC_COMMAND_REQUEST_KEY:
        return request_key;
    case OC_COMMAND_SET_BITRATE:
        return set_bitrate;
    case OC_COMMAND_EVENTS_READ:
        return events_read;
    case OC_COMMAND_PRIVACY:
        return privacy;
    case OC_COMMAND_CLIP:
        return clip;
    case OC_COMMAND_EVENT_ADD:
        return event_add;
    default:
        return NULL;
    }
}

static void carry_out(oc_plane_t *plane, oc_command_t *command, int64_t now_us) {
    handler_t handler = handler_of(command->kind);
    answer_t answer = {0};
    int code = OC_ERR_NOTSUP;
    if (!handler)
        snprintf(answer.why, sizeof answer.why, "command %u: unknown", command->kind);
    else if (plane->stopping && command->kind != OC_COMMAND_EVENTS_READ) {
        snprintf(answer.why, sizeof answer.why, "the program is ending");
        code = OC_ERR_CLOSED;
    } else
        code = handler(plane, command, now_us, &answer);
    oc_mailbox_parcel_free(plane->mailbox, &command->parcel);
    if (code == OC_AGAIN)
        return;
    if (code < 0)
        oc_mailbox_reply_text(plane->mailbox, command->request, command->generation, code,
                              answer.value, answer.value1, answer.why, strlen(answer.why));
    else
        oc_mailbox_reply(plane->mailbox, command->request, command->generation, code, answer.value,
                         answer.value1, answer.parcel);
}

bool oc_plane_commands_take(oc_plane_t *plane, int64_t now_us) {
    oc_command_t command;
    for (unsigned i = 0; i < COMMANDS_PER_TURN; i++) {
        if (oc_mailbox_take_command(plane->mailbox, &command) != OC_OK)
            return false;
        if (command.kind >= OC_COMMAND_HOST)
            plane->env.host_command(plane->env.owner, &command);
        else
            carry_out(plane, &command, now_us);
    }
    return true;
}
