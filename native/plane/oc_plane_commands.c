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

static void answer_waiters(oc_plane_t *plane, unsigned slot, uint16_t kind, int code,
                           const int32_t value[2], const char *text) {
    for (unsigned i = 0; i < OC_MAILBOX_REPLIES; i++) {
        oc_plane_waiter_t *waiter = &plane->waiter[i];
        if (waiter->kind != kind || waiter->slot != slot)
            continue;
        oc_mailbox_reply_text(plane->mailbox, waiter->request, waiter->generation, code, value[0],
                              value[1], text, strlen(text));
        waiter->kind = 0;
    }
}

void oc_plane_commands_answer(oc_plane_t *plane, unsigned slot, uint16_t kind, int code,
                              int32_t value0, const char *text) {
    answer_waiters(plane, slot, kind, code, (int32_t[2]){value0, 0}, text);
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

/* A record of `size` bytes came with the command. */
static bool has_record(const oc_command_t *command, size_t size, answer_t *answer) {
    if (command->parcel.len == size)
        return true;
    snprintf(answer->why, sizeof answer->why, "command %u: %u bytes of settings instead of %zu",
             command->kind, command->parcel.len, size);
    return false;
}

/* The slot of the channel with this name, else of a free one; OC_CHANNELS_MAX: none. */
static unsigned find_slot(const oc_plane_t *plane, const char *name, bool *taken) {
    const oc_channel_t *channel = oc_channel_find(plane, name);
    unsigned number = 0;
    *taken = channel != NULL;
    while (!channel && number < OC_CHANNELS_MAX && plane->channel[number])
        number++;
    return channel ? channel->number : number;
}

int oc_plane_commands_open(oc_plane_t *plane, const oc_channel_config_t *config, uint32_t hash,
                           uint32_t generation, int64_t now_us, char *why, size_t why_size) {
    bool taken;
    unsigned number = find_slot(plane, config->name, &taken);
    int code = taken                       ? OC_ERR_EXIST
               : oc_plane_privacy(plane)   ? OC_ERR_PRIVATE
               : number == OC_CHANNELS_MAX ? OC_ERR_RANGE
                                           : OC_OK;
    if (code == OC_ERR_EXIST)
        snprintf(why, why_size, "a channel of this name is open");
    else if (code == OC_ERR_PRIVATE)
        snprintf(why, why_size, "%s", oc_err_text(OC_ERR_PRIVATE));
    else if (code == OC_ERR_RANGE)
        snprintf(why, why_size, "%d channels are open; that is the maximum", OC_CHANNELS_MAX);
    else
        code = oc_channel_open(plane, number, config, hash, now_us, why, why_size);
    if (code < 0)
        return code;
    plane->channel[number]->generation = generation;
    oc_plane_publish_channel(plane, number, now_us);
    return (int)number;
}

static bool record_name_ends(const oc_record_config_t *config, answer_t *answer) {
    if (memchr(config->name, 0, sizeof config->name) != NULL)
        return true;
    snprintf(answer->why, sizeof answer->why, "record.name: at most %d characters",
             OC_OUT_FILE_NAME_MAX - 1);
    return false;
}

/* The parcel of CHANNEL_OPEN; *records: with a recording. OC_OK or a code, with why. */
static int read_open(const oc_command_t *command, oc_channel_open_t *open, bool *records,
                     answer_t *answer) {
    const oc_channel_config_t *config = &open->channel;
    *records = command->parcel.len == sizeof *open;
    if (!*records && !has_record(command, sizeof *config, answer))
        return OC_ERR_INVAL;
    memcpy(open, command->parcel.data, command->parcel.len);
    if (*records && !record_name_ends(&open->record, answer))
        return OC_ERR_INVAL;
    if (!oc_desired_name_allowed(config->name) ||
        memchr(config->url, 0, sizeof config->url) == NULL ||
        memchr(config->sub_url, 0, sizeof config->sub_url) == NULL) {
        snprintf(answer->why, sizeof answer->why,
                 "name: \"%.*s\" is not allowed; use a-z, 0-9 and -, at most %d characters",
                 OC_CHANNEL_NAME_MAX, config->name, OC_CHANNEL_NAME_MAX - 1);
        return OC_ERR_INVAL;
    }
    if (config->sub_url[0] && OC_STREAMS_MAX == OC_CHANNELS_MAX) {
        snprintf(answer->why, sizeof answer->why, "sub: this host has one stream per channel");
        return OC_ERR_NOTSUP;
    }
    return OC_OK;
}

static int channel_change(oc_plane_t *plane, const oc_command_t *command, int64_t now_us,
                          answer_t *answer) {
    oc_channel_config_t config;
    uint32_t hash = (uint32_t)command->arg[0];
    oc_channel_t *channel = target(plane, command, answer);
    if (!channel)
        return OC_ERR_NOENT;
    if (!has_record(command, sizeof config, answer))
        return OC_ERR_INVAL;
    memcpy(&config, command->parcel.data, sizeof config);
    if (!oc_desired_name_allowed(config.name) ||
        memchr(config.sub_url, 0, sizeof config.sub_url) == NULL)
        return OC_ERR_INVAL;
    if (!oc_channel_is_open(channel)) {
        snprintf(answer->why, sizeof answer->why, "the channel is being closed");
        return OC_ERR_STATE;
    }
    if (!wait_for(plane, command, command->object))
        return OC_ERR_BUSY;
    int code = oc_channel_change(channel, &config, hash, now_us, answer->why, sizeof answer->why);
    if (code >= 0)
        oc_plane_orders_change(plane, &config, hash);
    if (code == OC_AGAIN)
        return OC_AGAIN;
    stop_waiting(plane, command);
    return code;
}

static int channel_open(oc_plane_t *plane, const oc_command_t *command, int64_t now_us,
                        answer_t *answer) {
    oc_channel_open_t open;
    bool taken, records;
    uint32_t hash = (uint32_t)command->arg[0];
    int code = read_open(command, &open, &records, answer);
    if (code < 0)
        return code;
    unsigned number = find_slot(plane, open.channel.name, &taken);
    answer->value = taken || number < OC_CHANNELS_MAX ? (int32_t)number : 0;
    bool waits = !taken && !oc_plane_privacy(plane) && number < OC_CHANNELS_MAX;
    if (waits && !wait_for(plane, command, number))
        return OC_ERR_BUSY;
    code = oc_plane_commands_open(plane, &open.channel, hash, command->generation, now_us,
                                  answer->why, sizeof answer->why);
    if (code < 0 && waits) {
        oc_plane_commands_answer(plane, number, OC_COMMAND_CHANNEL_OPEN, code, (int32_t)number,
                                 answer->why);
        return OC_AGAIN;
    }
    if (code < 0)
        return code;
    oc_plane_orders_open(plane, &open.channel, records ? &open.record : NULL, hash,
                         command->generation);
    plane->channel[number]->adopted = true;
    oc_plane_publish_channel(plane, number, now_us);
    return OC_AGAIN;
}

static int channel_adopt(oc_plane_t *plane, const oc_command_t *command, int64_t now_us,
                         answer_t *answer) {
    oc_channel_t *channel = target(plane, command, answer);
    if (!channel)
        return OC_ERR_NOENT;
    if (!oc_channel_is_open(channel)) {
        snprintf(answer->why, sizeof answer->why, "the channel is being closed");
        return OC_ERR_STATE;
    }
    oc_stream_t *main = channel->stream[OC_STREAM_MAIN];
    if (channel->adopted && channel->generation == command->generation)
        return OC_OK;
    channel->adopted = true;
    channel->generation = command->generation;
    oc_plane_publish_channel(plane, command->object, now_us);
    oc_stream_set_state(main, main->state, now_us);
    oc_plane_event(plane, command->object, OC_EVENT_CHANNEL_ADOPTED, OC_OK, "", "", now_us);
    if (main->state == OC_STREAM_OPENING) { /* like the command that opened it */
        oc_command_t opening = *command;
        opening.kind = OC_COMMAND_CHANNEL_OPEN;
        return wait_for(plane, &opening, command->object) ? OC_AGAIN : OC_ERR_BUSY;
    }
    return OC_OK;
}

static int channel_close(oc_plane_t *plane, const oc_command_t *command, int64_t now_us,
                         answer_t *answer) {
    oc_channel_t *channel = target(plane, command, answer);
    if (!channel)
        return OC_ERR_NOENT;
    if (!wait_for(plane, command, command->object))
        return OC_ERR_BUSY;
    oc_plane_orders_close(plane, channel->config.name);
    oc_channel_close(channel, now_us);
    return OC_AGAIN;
}

/* The other stream of the channel was recorded: this one goes on where that one ended. */
static void follow_stream(oc_stream_t *stream, const oc_stream_t *other) {
    if (stream && other &&
        other->output[OC_OUTPUT_RECORD].stopped_us > stream->output[OC_OUTPUT_RECORD].stopped_us)
        stream->output[OC_OUTPUT_RECORD].stopped_us = other->output[OC_OUTPUT_RECORD].stopped_us;
}

/* Records a channel. OC_OK | OC_ERR_INVAL | OC_ERR_STATE | as oc_stream_record_start; why is set.
 */
static int record(oc_channel_t *channel, const oc_record_config_t *config, int64_t now_us,
                  char *why, size_t why_size) {
    bool is_sub = config->stream == OC_STREAM_SUB;
    oc_stream_t *main = channel->stream[OC_STREAM_MAIN], *sub = channel->stream[OC_STREAM_SUB];
    if (config->stream > OC_STREAM_SUB || (is_sub && !channel->config.sub_url[0])) {
        snprintf(why, why_size, "record.stream: %s has no such stream", channel->config.name);
        return OC_ERR_INVAL;
    }
    if (is_sub ? oc_stream_records(main) : channel->sub.record || (sub && oc_stream_records(sub))) {
        snprintf(why, why_size, "the other stream is recorded: stop that first");
        return OC_ERR_STATE;
    }
    follow_stream(is_sub ? sub : main, is_sub ? main : sub);
    bool later = is_sub && (!sub || !sub->ring);
    int code = later ? oc_channel_sub_record(channel, config, why, why_size)
                     : oc_stream_record_start(is_sub ? sub : main, config, now_us, why, why_size);
    if (code == OC_OK)
        oc_plane_orders_record(channel->plane, channel->config.name, config);
    return code;
}

void oc_plane_commands_opened(oc_channel_t *channel, int64_t now_us) {
    oc_plane_t *plane = channel->plane;
    oc_record_config_t config;
    char why[OC_PLANE_WHY_MAX]; /* RECORD_START says it again, to whoever asks */
    bool begins = oc_plane_orders_begin(plane, channel->config.name, &config);
    if (begins && record(channel, &config, now_us, why, sizeof why) < 0) {
        begins = false;
        oc_plane_orders_record(plane, channel->config.name, NULL);
    }
    answer_waiters(plane, channel->number, OC_COMMAND_CHANNEL_OPEN, OC_OK,
                   (int32_t[2]){(int32_t)channel->number, begins}, "");
}

static int record_start(oc_plane_t *plane, const oc_command_t *command, int64_t now_us,
                        answer_t *answer) {
    oc_record_config_t config;
    oc_channel_t *channel = target(plane, command, answer);
    if (!channel)
        return OC_ERR_NOENT;
    if (!has_record(command, sizeof config, answer))
        return OC_ERR_INVAL;
    memcpy(&config, command->parcel.data, sizeof config);
    return record_name_ends(&config, answer)
               ? record(channel, &config, now_us, answer->why, sizeof answer->why)
               : OC_ERR_INVAL;
}

/* How long ago the instant is that CLIP names. One that lies in the future, or more than an hour
 * back, is now. */
static uint32_t command_late_ms(const oc_command_t *command, int64_t now_us) {
    int64_t now_ms = now_us / 1000 + (now_us % 1000 != 0); /* the span begins no later than meant */
    uint32_t late_ms = (uint32_t)now_ms - (uint32_t)command->arg[2];
    return command->arg[2] == 0 || late_ms > 3600 * 1000 ? 0 : late_ms;
}

static int clip(oc_plane_t *plane, const oc_command_t *command, int64_t now_us, answer_t *answer) {
    oc_record_config_t config = {.segment_ms = 2 * OC_STREAM_CLIP_MAX_MS};
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

static int record_stop(oc_plane_t *plane, const oc_command_t *command, int64_t now_us,
                       answer_t *answer) {
    oc_channel_t *channel = target(plane, command, answer);
    if (!channel)
        return OC_ERR_NOENT;
    oc_stream_t *stream = channel->stream[OC_STREAM_MAIN];
    channel->sub.record = false;
    oc_plane_orders_record(plane, channel->config.name, NULL);
    if (!oc_stream_records(stream) && channel->stream[OC_STREAM_SUB])
        stream = channel->stream[OC_STREAM_SUB];
    if (!oc_stream_records(stream))
        return OC_OK;
    if (!wait_for(plane, command, stream->slot))
        return OC_ERR_BUSY;
    oc_stream_record_stop(stream, now_us);
    return OC_AGAIN;
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

/* Commands that move one channel by itself: only until there is a list. */
static bool moves_one(uint16_t kind) {
    return kind <= OC_COMMAND_RECORD_STOP || kind == OC_COMMAND_CHANNEL_CHANGE;
}

static handler_t handler_of(uint16_t kind) {
    switch (kind) {
    case OC_COMMAND_DESIRED:
        return desired;
    case OC_COMMAND_CHANNEL_RETRY:
        return channel_retry;
    case OC_COMMAND_CHANNEL_OPEN:
        return channel_open;
    case OC_COMMAND_CHANNEL_ADOPT:
        return channel_adopt;
    case OC_COMMAND_CHANNEL_CLOSE:
        return channel_close;
    case OC_COMMAND_CHANNEL_CHANGE:
        return channel_change;
    case OC_COMMAND_RECORD_START:
        return record_start;
    case OC_COMMAND_RECORD_STOP:
        return record_stop;
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
    else if (plane->stopping && command->kind != OC_COMMAND_EVENTS_READ &&
             command->kind != OC_COMMAND_CHANNEL_CLOSE) {
        snprintf(answer.why, sizeof answer.why, "the program is ending");
        code = OC_ERR_CLOSED;
    } else if (plane->desired.list.revision > 0 && moves_one(command->kind)) {
        snprintf(answer.why, sizeof answer.why, "the channels are those of the desired list");
        code = OC_ERR_STATE;
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
