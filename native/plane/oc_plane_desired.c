/* See oc_plane_desired.h. */
#include <stdio.h>
#include <string.h>
#include "oc_plane_impl.h"
#include "oc_thread_check.h"

_Static_assert(OC_DESIRED_WHY_MAX % 4 == 0, "a reason is whole words");

#define LETTER_MAX (sizeof(oc_desired_head_t) + OC_CHANNELS_MAX * sizeof(oc_desired_entry_t))

void oc_plane_desired_init(oc_plane_t *plane) {
    plane->desired.due_us = INT64_MAX;
    for (unsigned i = 0; i < OC_CHANNELS_MAX; i++)
        oc_table_init(&plane->desired.why[i], plane->rows->why[i], OC_PLANE_WHY_WORDS);
}

/* ---- letters ---- */

void oc_plane_desired_drop(oc_plane_t *plane) {
    oc_plane_desired_t *desired = &plane->desired;
    if (!desired->memory)
        return;
    oc_channel_wipe((char *)desired->memory, desired->bytes);
    plane->env.loop.release(plane->env.loop.context, desired->memory);
    desired->memory = NULL;
}

/* Another letter begins. */
static int begin(oc_plane_t *plane, const oc_command_t *command, char *why, size_t why_size) {
    oc_plane_desired_t *desired = &plane->desired;
    uint32_t bytes = (uint32_t)command->arg[1];
    oc_plane_desired_drop(plane);
    if (bytes < sizeof(oc_desired_head_t) || bytes > LETTER_MAX) {
        snprintf(why, why_size, "channels: a list of %u bytes; at most %d channels can be open",
                 bytes, OC_CHANNELS_MAX);
        return OC_ERR_RANGE;
    }
    desired->memory = plane->env.loop.allocate(plane->env.loop.context, bytes);
    if (!desired->memory) {
        snprintf(why, why_size, "channels: no memory for a list of %u bytes", bytes);
        return OC_ERR_NOMEM;
    }
    desired->bytes = bytes;
    desired->have = 0;
    desired->generation = command->generation;
    return OC_OK;
}

/* OC_OK: the letter is complete | OC_AGAIN more parts are to come | OC_ERR_*. */
static int gather(oc_plane_t *plane, const oc_command_t *command, char *why, size_t why_size) {
    oc_plane_desired_t *desired = &plane->desired;
    uint32_t offset = (uint32_t)command->arg[0], len = command->parcel.len;
    int code = offset == 0 ? begin(plane, command, why, why_size) : OC_OK;
    if (code < 0)
        return code;
    bool follows = desired->memory && desired->generation == command->generation &&
                   desired->have == offset && desired->bytes == (uint32_t)command->arg[1];
    if (!follows || !oc_desired_part_whole(offset, len) || len > desired->bytes - offset) {
        snprintf(why, why_size, "channels: no part of a list: %u bytes at %u", len, offset);
        oc_plane_desired_drop(plane);
        return OC_ERR_INVAL;
    }
    memcpy(desired->memory + offset, command->parcel.data, len);
    desired->have += len;
    return desired->have == desired->bytes ? OC_OK : OC_AGAIN;
}

/* A letter that was checked. True: it is another list than the one before. */
static bool put_in_force(oc_plane_t *plane, const void *letter, uint32_t generation) {
    oc_plane_desired_t *desired = &plane->desired;
    bool other = oc_desired_list_take(&desired->list, letter);
    if (plane->env.listed)
        plane->env.listed(plane->env.owner, generation, &desired->list.head,
                          oc_desired_entries(letter));
    return other;
}

int oc_plane_desired_take(oc_plane_t *plane, const oc_command_t *command, int64_t now_us,
                          int32_t value[2], char *why, size_t why_size) {
    oc_plane_desired_t *desired = &plane->desired;
    int code = gather(plane, command, why, why_size);
    if (code == OC_AGAIN)
        return OC_OK;
    if (code == OC_OK)
        code = oc_desired_list_check(desired->memory, desired->bytes, why, why_size);
    if (code == OC_OK) {
        value[1] = !put_in_force(plane, desired->memory, command->generation);
        value[0] = (int32_t)desired->list.revision;
    }
    oc_plane_desired_drop(plane);
    oc_plane_desired_look(plane);
    oc_plane_desired_advance(plane, now_us);
    return code;
}

int oc_plane_desired_retry(oc_plane_t *plane, unsigned number) {
    oc_desired_list_t *list = &plane->desired.list;
    if (number >= OC_CHANNELS_MAX || !oc_desired_list_entry(list, number))
        return OC_ERR_NOENT;
    const oc_stream_t *main = oc_plane_stream(plane, number);
    oc_desired_list_retry(list, number, main && main->state == OC_STREAM_LOST);
    oc_plane_desired_look(plane);
    return OC_OK;
}

/* ---- over the end of a process ---- */

uint32_t oc_plane_list_revision(const oc_plane_t *plane) {
    return plane->desired.list.revision;
}

size_t oc_plane_list(const oc_plane_t *plane, void *letter, size_t size) {
    OC_ON_MEDIA_THREAD();
    const oc_desired_list_t *list = &plane->desired.list;
    oc_desired_head_t head = list->head;
    size_t bytes = sizeof head;
    head.count = 0;
    if (list->revision == 0 || (letter && size < bytes))
        return 0;
    for (unsigned i = 0; i < OC_CHANNELS_MAX; i++) {
        const oc_desired_entry_t *entry = oc_desired_list_entry(list, i);
        if (!entry || strcmp(entry->channel.name, OC_CHANNEL_TEST) == 0)
            continue;
        if (letter && size - bytes < sizeof *entry)
            return 0;
        if (letter)
            memcpy((uint8_t *)letter + bytes, entry, sizeof *entry);
        bytes += sizeof *entry;
        head.count++;
    }
    if (letter)
        memcpy(letter, &head, sizeof head);
    return bytes;
}

int oc_plane_resume(oc_plane_t *plane, const void *letter, size_t bytes,
                    const oc_plane_hours_t *hours, int64_t now_us, char *why, size_t why_size) {
    OC_ON_MEDIA_THREAD();
    int code = oc_desired_list_check(letter, bytes, why, why_size);
    if (code < 0)
        return code;
    oc_plane_privacy_hours(plane, hours, now_us); /* before anything opens */
    (void)put_in_force(plane, letter, 0);
    oc_plane_desired_look(plane);
    return OC_OK;
}

/* ---- what is told of it ---- */

/* Why a channel is not as wanted: written before a row says that it is not, so that whoever reads
 * the row finds its reason. */
static void publish_why(oc_plane_t *plane, unsigned number) {
    oc_plane_desired_t *desired = &plane->desired;
    uint32_t why[OC_PLANE_WHY_WORDS] = {0}, before[OC_PLANE_WHY_WORDS] = {0};
    const char *text;
    (void)oc_desired_list_failure(&desired->list, number, oc_plane_privacy(plane), &text);
    memcpy(why, text, strlen(text));
    oc_table_read(&desired->why[number], before);
    if (memcmp(why, before, sizeof why) != 0)
        oc_table_write(&desired->why[number], why);
}

/* ---- what is to be done ---- */

/* A failure that lasts is reported once: of one entry, until it has opened. */
static void open(oc_plane_t *plane, unsigned number, int64_t now_us) {
    char why[OC_PLANE_WHY_MAX] = "";
    if (plane->desired.list.item[number].fault.failures == 0)
        plane->desired.lasting[number] = (oc_lasting_t){0};
    const oc_desired_entry_t *entry = oc_desired_list_entry(&plane->desired.list, number);
    int code = oc_channel_open(plane, number, &entry->channel, now_us, why, sizeof why);
    if (code < 0)
        oc_plane_desired_gone(plane, number, code, why, now_us);
    else
        oc_plane_publish_channel(plane, number, now_us);
}

static void change(oc_plane_t *plane, unsigned number, int64_t now_us) {
    char why[OC_PLANE_WHY_MAX] = "";
    const oc_desired_entry_t *entry = oc_desired_list_entry(&plane->desired.list, number);
    int code = oc_channel_change(plane->channel[number], &entry->channel, now_us, why, sizeof why);
    if (code != OC_AGAIN)
        oc_plane_desired_changed(plane, number, code, why, now_us);
}

/* The other stream of the channel was recorded: this one goes on where that one ended. */
static void follow_stream(oc_stream_t *stream, const oc_stream_t *other) {
    oc_output_t *output = &stream->output[OC_OUTPUT_RECORD];
    if (other && other->output[OC_OUTPUT_RECORD].stopped_us > output->stopped_us)
        output->stopped_us = other->output[OC_OUTPUT_RECORD].stopped_us;
}

static void record(oc_plane_t *plane, unsigned number, bool resume, int64_t now_us) {
    oc_desired_list_t *list = &plane->desired.list;
    const oc_desired_entry_t *entry = oc_desired_list_entry(list, number);
    const oc_channel_t *channel = plane->channel[number];
    oc_stream_t *stream = channel->stream[entry->record.stream];
    char why[OC_PLANE_WHY_MAX] = "";
    follow_stream(stream, channel->stream[entry->record.stream ^ 1]);
    int code = stream->output[OC_OUTPUT_RECORD].closing
                   ? OC_AGAIN
                   : oc_stream_record_start(stream, &entry->record, resume,
                                            oc_desired_until_us(entry), now_us, why, sizeof why);
    bool news = oc_desired_list_recorded(list, number, code, why, now_us);
    publish_why(plane, number);
    if (news)
        oc_plane_event(plane, (int)stream->slot, OC_EVENT_RECORD_FAILED, code, "", why, now_us);
}

static void stop(oc_plane_t *plane, unsigned number, int64_t now_us) {
    const oc_desired_item_t *item = &plane->desired.list.item[number];
    oc_stream_t *stream = plane->channel[number]->stream[item->running.stream];
    oc_plane_desired_look(plane);
    if (stream && oc_stream_records(stream))
        oc_stream_record_stop(stream, now_us);
}

static void detect(oc_plane_t *plane, unsigned number) {
    static const oc_desired_detect_t none;
    const oc_desired_entry_t *entry = oc_desired_list_entry(&plane->desired.list, number);
    if (plane->env.detect)
        plane->env.detect(plane->env.owner, number, entry ? &entry->detect : &none);
}

static void carry_out(oc_plane_t *plane, const oc_desired_action_t *action, int64_t now_us) {
    switch (action->what) {
    case OC_DESIRED_OPEN:
        open(plane, action->number, now_us);
        break;
    case OC_DESIRED_CLOSE:
        oc_channel_close(plane->channel[action->number], now_us);
        break;
    case OC_DESIRED_CHANGE:
        change(plane, action->number, now_us);
        break;
    case OC_DESIRED_RECORD:
        record(plane, action->number, action->resume, now_us);
        break;
    case OC_DESIRED_STOP:
        stop(plane, action->number, now_us);
        break;
    case OC_DESIRED_DETECT:
        detect(plane, action->number);
        break;
    }
}

/* Sub streams and recordings come and go by themselves: looked at, not reported. */
static void observe(oc_plane_t *plane) {
    oc_desired_list_t *list = &plane->desired.list;
    for (unsigned i = 0; i < OC_CHANNELS_MAX; i++) {
        const oc_channel_t *channel = plane->channel[i];
        const oc_desired_item_t *item = &list->item[i];
        if (channel && !oc_channel_is_open(channel))
            oc_desired_list_closing(list, i);
        if (!channel || item->phase != OC_DESIRED_RUNS)
            continue;
        const oc_stream_t *sub = channel->stream[OC_STREAM_SUB];
        oc_desired_list_sub(list, i, sub && sub->ring && sub->step == OC_STREAM_STEP_OPEN);
        const oc_stream_t *recorded = channel->stream[item->running.stream];
        if (item->record != OC_DESIRED_RECORDS_NOT && (!recorded || !oc_stream_records(recorded)))
            oc_desired_list_record_ended(list, i);
    }
}

/* ---- what is known ---- */

const char *oc_plane_desired_name(const oc_plane_t *plane, unsigned number) {
    const oc_desired_entry_t *entry = oc_desired_list_entry(&plane->desired.list, number);
    return entry ? entry->channel.name : "";
}

void oc_plane_desired_row(const oc_plane_t *plane, unsigned slot, oc_stream_row_t *row) {
    const oc_desired_list_t *list = &plane->desired.list;
    unsigned number = oc_plane_channel_of(slot);
    const char *why, *name = oc_plane_desired_name(plane, number);
    if (!name[0] || (oc_plane_is_sub(slot) && row->state == OC_STREAM_FREE))
        return;
    if (row->state == OC_STREAM_FREE) {
        row->state = OC_STREAM_FAILED;
        row->name_hash = oc_plane_publish_hash(0, name, strlen(name));
    }
    row->revision = oc_desired_list_revision(list, number);
    if (row->failure == 0 && !oc_plane_is_sub(slot))
        row->failure =
            (uint32_t)-oc_desired_list_failure(list, number, oc_plane_privacy(plane), &why);
}

/* What has changed of a channel since it was published last. */
static void publish(oc_plane_t *plane, unsigned number, int64_t now_us) {
    oc_plane_desired_t *desired = &plane->desired;
    const char *why;
    oc_plane_desired_seen_t seen = {
        .code = oc_desired_list_failure(&desired->list, number, oc_plane_privacy(plane), &why),
        .revision = oc_desired_list_revision(&desired->list, number),
        .wanted = oc_desired_list_entry(&desired->list, number) != NULL,
        .open = plane->channel[number] != NULL};
    publish_why(plane, number);
    if (memcmp(&seen, &desired->seen[number], sizeof seen) == 0)
        return;
    desired->seen[number] = seen;
    if (!seen.open)
        oc_plane_publish_name(plane, number, oc_plane_desired_name(plane, number));
    oc_plane_publish_channel(plane, number, now_us);
    oc_mailbox_edge(plane->mailbox, OC_OBJECT_CHANNEL + number);
}

int64_t oc_plane_desired_advance(oc_plane_t *plane, int64_t now_us) {
    oc_plane_desired_t *desired = &plane->desired;
    oc_desired_action_t action;
    bool closed = oc_plane_privacy(plane) != 0;
    if (desired->list.revision == 0 || plane->stopping)
        return INT64_MAX;
    if (!desired->dirty && now_us < desired->due_us)
        return desired->due_us;
    desired->dirty = false;
    observe(plane);
    while (oc_desired_list_next(&desired->list, closed, now_us, &action))
        carry_out(plane, &action, now_us);
    oc_desired_list_settle(&desired->list, closed, now_us);
    for (unsigned i = 0; i < OC_CHANNELS_MAX; i++)
        publish(plane, i, now_us);
    desired->due_us = oc_desired_list_due(&desired->list, closed, now_us);
    return desired->dirty ? now_us : desired->due_us;
}

/* ---- reports ---- */

void oc_plane_desired_look(oc_plane_t *plane) {
    plane->desired.dirty = true;
}

void oc_plane_desired_opened(oc_plane_t *plane, unsigned number) {
    oc_desired_list_opened(&plane->desired.list, number);
    oc_plane_desired_look(plane);
}

void oc_plane_desired_gone(oc_plane_t *plane, unsigned number, int code, const char *why,
                           int64_t now_us) {
    oc_desired_list_gone(&plane->desired.list, number, code, why, now_us);
    publish_why(plane, number);
    oc_plane_desired_look(plane);
}

void oc_plane_desired_changed(oc_plane_t *plane, unsigned number, int code, const char *why,
                              int64_t now_us) {
    oc_desired_list_changed(&plane->desired.list, number, code, why, now_us);
    publish_why(plane, number);
    oc_plane_desired_look(plane);
}

const char *oc_plane_desired_end(const oc_plane_t *plane, unsigned number) {
    const oc_desired_item_t *item = &plane->desired.list.item[number];
    const oc_channel_t *channel = plane->channel[number];
    if (item->phase != OC_DESIRED_CLOSING)
        return NULL;
    return oc_plane_privacy(plane) ? ""
           : strcmp(oc_plane_desired_name(plane, number), channel->config.name) != 0
               ? "it is not in the settings"
               : "it is opened again";
}

void oc_plane_why(const oc_plane_t *plane, unsigned number, char out[OC_DESIRED_WHY_MAX]) {
    uint32_t words[OC_PLANE_WHY_WORDS];
    out[0] = 0;
    if (number < OC_CHANNELS_MAX && oc_table_read(&plane->desired.why[number], words))
        memcpy(out, words, sizeof words);
}
