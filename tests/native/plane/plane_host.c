#include "plane_host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "oc_err.h"
#include "oc_output.h"

#define READER_BYTES OC_MP4_READ_BYTES

static uint64_t hash_of(const uint8_t *data, size_t len) {
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ data[i]) * UINT64_C(1099511628211);
    return hash;
}

/* ---- memory ---- */

static void *aligned(size_t bytes) {
    return aligned_alloc(16, (bytes + 15) & ~(size_t)15);
}

static void *allocate(void *context, size_t bytes) {
    plane_host_t *host = context;
    if (host->refuse_memory == 0)
        return NULL;
    if (host->refuse_memory > 0)
        host->refuse_memory--;
    host->blocks++;
    host->allocations++;
    void *memory = aligned(bytes);
    memset(memory, 0xa5, bytes);
    unsigned i = 0; /* tests free bodies themselves: their entries are used again */
    while (i < HOST_BLOCKS - 1 && host->block[i].memory && host->block[i].memory != memory)
        i++;
    host->block[i].memory = memory;
    host->block[i].bytes = bytes;
    return memory;
}

static void release(void *context, void *memory) {
    plane_host_t *host = context;
    host->blocks--;
    unsigned i = 0;
    while (i < HOST_BLOCKS - 1 && host->block[i].memory != memory)
        i++;
    if (host->released)
        host->released(host, memory, host->block[i].bytes);
    host->block[i].memory = NULL;
    free(memory);
}

static void *box_allocate(void *context, size_t bytes) {
    return aligned(bytes);
}
static void box_release(void *context, void *memory) {
    free(memory);
}

/* ---- captures ---- */

static int read_at(void *context, uint64_t offset, void *buffer, size_t len) {
    if (fseek(context, (long)offset, SEEK_SET))
        return OC_ERR_IO;
    return fread(buffer, 1, len, context) == len ? OC_OK : OC_ERR_TRUNC;
}

static int open_file(void *context, const char *path, oc_mp4_source_t *source) {
    FILE *file = fopen(path, "rb");
    if (!file)
        return OC_ERR_NOENT;
    fseek(file, 0, SEEK_END);
    *source = (oc_mp4_source_t){read_at, file, (uint64_t)ftell(file)};
    return OC_OK;
}

static void close_file(void *context, oc_mp4_source_t *source) {
    fclose(source->context);
}

static int capture_open(void *context, unsigned channel, const oc_capture_driver_t *driver,
                        const oc_capture_config_t *config, oc_handoff_t *handoff) {
    plane_host_t *host = context;
    host_capture_t *c = &host->capture[channel];
    assert_null(c->driver);
    free(c->log);
    memset(c, 0, sizeof *c);
    c->driver = driver;
    c->config = *config;
    c->handoff = handoff;
    c->silent = host->sink;
    c->state = aligned(driver->state_bytes);
    oc_capture_env_t env = {.handoff = handoff,
                            .open_file = open_file,
                            .close_file = close_file,
                            .allocate = allocate,
                            .release = release,
                            .context = host};
    c->result = driver->open(c->state, &env, &c->config);
    c->due_us = INT64_MAX;
    return OC_OK;
}

static void end_capture(host_capture_t *c) {
    c->driver->close(c->state);
    free(c->state);
    c->driver = NULL;
}

static void capture_start(void *context, unsigned channel) {
    plane_host_t *host = context;
    host_capture_t *c = &host->capture[channel];
    assert_int_equal(c->driver->start(c->state, host->now_us), OC_OK);
    c->started = true;
    c->due_us = host->now_us;
}

static void capture_close(void *context, unsigned channel) {
    plane_host_t *host = context;
    host_capture_t *c = &host->capture[channel];
    assert_non_null(c->driver);
    assert_false(c->closing);
    c->closing = true;
    if (c->started)
        c->driver->stop(c->state);
}

static int capture_request_key(void *context, unsigned channel) {
    plane_host_t *host = context;
    host->keys_requested++;
    return host->capture[channel].driver->request_key(host->capture[channel].state);
}

static int capture_set_bitrate(void *context, unsigned channel, uint32_t bps) {
    plane_host_t *host = context;
    host->bitrate = bps;
    return host->capture[channel].driver->set_bitrate_bps(host->capture[channel].state, bps);
}

static void log_packets(host_capture_t *c) {
    oc_handoff_item_t item;
    uint32_t pushed = oc_handoff_pushed(c->handoff), released = oc_handoff_released(c->handoff);
    for (; c->logged != pushed; c->logged++) {
        if (c->silent || oc_handoff_peek_at(c->handoff, c->logged - released, &item) != OC_OK)
            continue;
        if (item.kind != OC_HANDOFF_PACKET || item.packet.len_bytes == 0)
            continue;
        if (c->log_len == c->log_room) {
            c->log_room = c->log_room ? c->log_room * 2 : 1024;
            c->log = realloc(c->log, c->log_room * sizeof *c->log);
        }
        c->log[c->log_len++] =
            (host_packet_t){hash_of(item.packet.data, item.packet.len_bytes), item.packet.len_bytes,
                            item.packet.track, item.packet.key};
    }
}

static void pump(plane_host_t *host, host_capture_t *c) {
    if (c->lost) {
        c->lost = false;
        assert_int_equal(c->driver->start(c->state, host->now_us), OC_OK);
        assert_int_equal(oc_handoff_push_state(c->handoff, OC_HANDOFF_RESUMED, OC_OK), OC_OK);
    }
    int64_t due_us = c->driver->pump(c->state, host->now_us);
    c->due_us = due_us;
    if (due_us < 0) {
        c->driver->stop(c->state);
        assert_int_equal(oc_handoff_push_state(c->handoff, OC_HANDOFF_LOST, (int)due_us), OC_OK);
        c->lost = true;
        c->due_us = host->now_us + HOST_BACKOFF_US;
    }
    log_packets(c);
}

/* Everything the capture threads would do now. Returns when one of them is due next. */
static int64_t run_captures(plane_host_t *host) {
    int64_t next_us = INT64_MAX;
    for (unsigned i = 0; i < OC_STREAMS_MAX; i++) {
        host_capture_t *c = &host->capture[i];
        if (!c->driver)
            continue;
        if (!c->answered) {
            if (host->opens_held)
                continue;
            c->answered = true;
            int result = c->result;
            oc_capture_config_t config = c->config;
            if (result < 0)
                end_capture(c);
            oc_plane_capture_opened(host->plane, i, result, &config, host->now_us);
            if (result < 0)
                continue;
        }
        if (c->closing) {
            if (oc_handoff_pushed(c->handoff) == oc_handoff_released(c->handoff)) {
                end_capture(c);
                oc_plane_capture_closed(host->plane, i, host->now_us);
            }
            continue;
        }
        bool room =
            oc_handoff_pushed(c->handoff) - oc_handoff_released(c->handoff) < OC_HANDOFF_SLOTS / 2;
        if (c->started && (c->due_us <= host->now_us || (c->due_us == INT64_MAX && room)))
            pump(host, c);
        if (c->due_us < next_us)
            next_us = c->due_us;
        /* such a source goes on as soon as there is room, which the media thread would tell it */
        if (c->started && c->config.as_fast_as_possible && next_us > host->now_us + 1000)
            next_us = host->now_us + 1000;
    }
    return next_us;
}

/* ---- files ---- */

static int file_submit(void *context, unsigned channel, unsigned slot, const oc_file_op_t *op) {
    plane_host_t *host = context;
    if (host->submitted >= host->queue_limit)
        return OC_ERR_BUSY;
    host->submitted++;
    if (host->sink) {
        assert_int_equal(slot, OC_OUTPUT_RECORD);
        for (uint32_t i = 0; i < op->spans_len; i++)
            host->sunk_bytes += op->spans[i].len;
        host->sunk[host->sunk_len].channel = channel;
        host->sunk[host->sunk_len++].id = op->id;
        return OC_OK;
    }
    if (slot == OC_OUTPUT_CLIP) {
        if (!host->clips[channel])
            host->clips[channel] = oc_sim_disk_create(channel + 1000);
        oc_sim_disk_submit(host->clips[channel], op, host->now_us);
        return OC_OK;
    }
    assert_true(host->outputs_len[channel] < HOST_QUEUE);
    host->outputs[channel][host->outputs_len[channel]++] = (uint8_t)slot;
    oc_sim_disk_submit(host->disk[channel], op, host->now_us);
    return OC_OK;
}

static unsigned take_output(plane_host_t *host, unsigned channel) {
    unsigned slot = host->outputs[channel][0];
    memmove(host->outputs[channel], host->outputs[channel] + 1, --host->outputs_len[channel]);
    return slot;
}

static int64_t run_clips(plane_host_t *host, unsigned channel) {
    oc_sim_disk_t *disk = host->clips[channel];
    uint32_t id;
    int result;
    while (disk && oc_sim_disk_done(disk, host->now_us, &id, &result)) {
        host->submitted--;
        oc_plane_file_done(host->plane, channel, OC_OUTPUT_CLIP, id, result, host->now_us);
    }
    return disk ? oc_sim_disk_due(disk) : INT64_MAX;
}

static int64_t run_files(plane_host_t *host) {
    int64_t next_us = INT64_MAX;
    uint32_t id;
    int result;
    for (uint32_t i = 0; i < host->sunk_len; i++) {
        host->submitted--;
        unsigned channel = host->sunk[i].channel;
        id = host->sunk[i].id;
        /* keep the order: what is submitted meanwhile is appended */
        oc_plane_file_done(host->plane, channel, OC_OUTPUT_RECORD, id, OC_OK, host->now_us);
        if (host->sunk_len > HOST_QUEUE / 2) {
            memmove(host->sunk, host->sunk + i + 1, (host->sunk_len - i - 1) * sizeof *host->sunk);
            host->sunk_len -= i + 1;
            i = UINT32_MAX;
        }
    }
    host->sunk_len = 0;
    for (unsigned i = 0; i < OC_STREAMS_MAX && !host->sink; i++) {
        while (oc_sim_disk_done(host->disk[i], host->now_us, &id, &result)) {
            host->submitted--;
            oc_plane_file_done(host->plane, i, take_output(host, i), id, result, host->now_us);
        }
        int64_t due_us = oc_sim_disk_due(host->disk[i]);
        next_us = due_us < next_us ? due_us : next_us;
        due_us = run_clips(host, i);
        next_us = due_us < next_us ? due_us : next_us;
    }
    return next_us;
}

static void input_changed(void *context, const oc_input_change_t *change, int64_t now_us) {
    plane_host_t *host = context;
    size_t used = strlen(host->input_changes);
    snprintf(host->input_changes + used, sizeof(host->input_changes) - used, "%s %d %s\n",
             oc_event_kind_word(oc_input_event(change->input)), change->raised, change->data);
}

static void detect(void *context, unsigned channel, const oc_desired_detect_t *detect) {
    plane_host_t *host = context;
    host->detect[channel] = *detect;
    host->detects++;
}

static void ring_gone(void *context, unsigned slot) {
    plane_host_t *host = context;
    host->rings_gone++;
    host->ring_gone = slot;
}

/* ---- privacy ---- */

static void privacy_store(void *context, bool on) {
    plane_host_t *host = context;
    assert_false(host->storing);
    host->storing = true;
    host->wished = on;
    host->stores++;
}

static void run_store(plane_host_t *host) {
    while (host->storing && !host->store_held) {
        host->storing = false;
        if (host->store_result == OC_OK)
            host->kept = host->wished;
        oc_plane_privacy_stored(host->plane, host->store_result, host->now_us);
    }
}

/* ---- the script ---- */

static void host_command(void *context, const oc_command_t *command) {
    plane_host_t *host = context;
    oc_parcel_t parcel = command->parcel;
    host->host_commands++;
    if (host->command) {
        host->command(host, command);
        return;
    }
    oc_mailbox_parcel_free(host->box, &parcel);
    oc_mailbox_reply(host->box, command->request, command->generation, OC_OK, command->kind, 0,
                     (oc_parcel_t){NULL, 0});
}

static void run_script(plane_host_t *host) {
    uint32_t count;
    int object;
    if (host->script) {
        host->script(host);
        return;
    }
    while (host->replies < OC_MAILBOX_REPLIES * 2 &&
           oc_mailbox_take_reply(host->box, &host->reply[host->replies]) == OC_OK)
        host->replies++;
    while ((object = oc_mailbox_take_edge(host->box, &count)) >= 0)
        host->edges[object] += count;
}

int32_t host_post(plane_host_t *host, uint16_t kind, unsigned object, int32_t arg0,
                  const void *record, size_t size) {
    oc_command_t command = {
        .kind = kind, .object = (uint16_t)object, .arg = {arg0, host->arg1, host->arg2, 0}};
    host->arg1 = host->arg2 = 0;
    if (size > 0) {
        command.parcel.data = oc_mailbox_parcel_alloc(host->box, (uint32_t)size);
        assert_non_null(command.parcel.data);
        command.parcel.len = (uint32_t)size;
        memcpy(command.parcel.data, record, size);
    }
    int32_t request = oc_mailbox_post(host->box, &command);
    if (request < 0)
        oc_mailbox_parcel_free(host->box, &command.parcel);
    return request;
}

bool host_answered(plane_host_t *host, int32_t request, host_answer_t **answer) {
    static host_answer_t found;
    for (uint32_t i = 0; i < host->replies; i++) {
        oc_reply_t *reply = &host->reply[i];
        if (reply->request != (uint32_t)request)
            continue;
        found.code = reply->code;
        found.value = reply->value[0];
        found.value1 = reply->value[1];
        memcpy(found.text, reply->parcel.data ? (const char *)reply->parcel.data : "",
               reply->parcel.len);
        found.text[reply->parcel.len] = 0;
        for (uint32_t at = 0; at < reply->parcel.len; at++) /* fields of records */
            found.text[at] = found.text[at] ? found.text[at] : '|';
        oc_mailbox_parcel_free(host->box, &reply->parcel);
        *reply = host->reply[--host->replies];
        *answer = &found;
        return true;
    }
    return false;
}

host_answer_t *host_call(plane_host_t *host, uint16_t kind, unsigned object, int32_t arg0,
                         const void *record, size_t size) {
    host_answer_t *answer = NULL;
    int32_t request = host_post(host, kind, object, arg0, record, size);
    assert_true(request > 0);
    for (int i = 0; i < 6000; i++) {
        host_run(host, i == 0 ? 0 : 10000);
        if (host_answered(host, request, &answer))
            return answer;
    }
    fail_msg("command %u was not answered within 60 s", kind);
    return NULL;
}

void host_new_script(plane_host_t *host) {
    while (host->replies > 0)
        oc_mailbox_parcel_free(host->box, &host->reply[--host->replies].parcel);
    host->generation = oc_mailbox_new_generation(host->box);
    oc_plane_new_script(host->plane, host->generation, host->now_us);
}

/* ---- time ---- */

void host_run(plane_host_t *host, int64_t us) {
    int64_t end_us = host->now_us + us;
    for (;;) {
        run_store(host);
        int64_t next_us = run_captures(host);
        int64_t plane_us = host->now_us;
        if (host->media_late_us == 0 || host->held_us <= host->now_us) {
            for (int i = 0; i < 1000 && plane_us <= host->now_us; i++)
                plane_us = oc_plane_advance(host->plane, host->now_us);
            host->held_us = INT64_MAX;
        } else {
            if (host->held_us == INT64_MAX)
                host->held_us = host->now_us + host->media_late_us;
            plane_us = host->held_us;
        }
        int64_t file_us = run_files(host);
        run_script(host);
        next_us = plane_us < next_us ? plane_us : next_us;
        next_us = file_us < next_us ? file_us : next_us;
        if (host->storing && !host->store_held)
            next_us = host->now_us;
        if (next_us > end_us)
            break;
        /* 1 ms: a capture that closes or waits for room is looked at again */
        host->now_us = next_us > host->now_us ? next_us : host->now_us + 1000;
        if (host->now_us > end_us)
            break;
    }
    host->now_us = end_us;
}

void host_init(plane_host_t *host) {
    memset(host, 0, sizeof *host);
    host->now_us = HOST_START_US;
    host->held_us = INT64_MAX;
    host->refuse_memory = -1;
    host->queue_limit = HOST_QUEUE;
    host->clock = (oc_clock_t){HOST_WALL_US - HOST_START_US, OC_CLOCK_NTP};
    oc_mailbox_env_t box_env = {
        .loop = {.allocate = box_allocate, .release = box_release, .context = host}};
    host->box = oc_mailbox_init(aligned(oc_mailbox_bytes()), &box_env);
    oc_plane_env_t env = {.loop = {.allocate = allocate, .release = release, .context = host},
                          .capture_open = capture_open,
                          .capture_start = capture_start,
                          .capture_close = capture_close,
                          .capture_request_key = capture_request_key,
                          .capture_set_bitrate = capture_set_bitrate,
                          .file_submit = file_submit,
                          .host_command = host_command,
                          .privacy_store = privacy_store,
                          .ring_gone = ring_gone,
                          .detect = detect,
                          .input_changed = input_changed,
                          .captures = host,
                          .owner = host,
                          .context = host};
    host->plane = oc_plane_init(aligned(oc_plane_bytes()), &env, host->box, &host->clock);
    for (unsigned i = 0; i < OC_STREAMS_MAX; i++)
        host->disk[i] = oc_sim_disk_create(i + 1);
    host_new_script(host);
}

void host_end(plane_host_t *host) {
    oc_plane_shutdown(host->plane, host->now_us);
    for (int i = 0; i < 12000 && !oc_plane_idle(host->plane); i++)
        host_run(host, 10000);
    assert_true(oc_plane_idle(host->plane));
    host_run(host, 0);
    while (host->replies > 0)
        oc_mailbox_parcel_free(host->box, &host->reply[--host->replies].parcel);
    assert_int_equal(host->blocks, 0);
    assert_int_equal(host->submitted, 0);
    assert_int_equal(oc_mailbox_parcel_bytes(host->box), 0);
    for (unsigned i = 0; i < OC_STREAMS_MAX; i++) {
        oc_sim_disk_destroy(host->disk[i]);
        if (host->clips[i])
            oc_sim_disk_destroy(host->clips[i]);
        free(host->capture[i].log);
    }
    free(host->plane);
    free(host->box);
}

/* ---- shorthands ---- */

oc_channel_config_t host_channel(const char *name, const char *url) {
    oc_channel_config_t config = {.hls_part_ms = 200, .audio = true, .ring_ms = 6000};
    snprintf(config.name, sizeof config.name, "%s", name);
    snprintf(config.url, sizeof config.url, "%s", url);
    return config;
}

oc_stream_row_t host_row(plane_host_t *host, unsigned channel) {
    oc_stream_row_t row;
    uint32_t words[OC_STREAM_ROW_WORDS];
    assert_true(oc_table_read(oc_plane_stream_table(host->plane, channel), words));
    memcpy(&row, words, sizeof row);
    return row;
}

unsigned host_events(plane_host_t *host, const char *kind, const char **text) {
    char expected[64];
    unsigned found = 0;
    snprintf(expected, sizeof expected, "|%s|", kind);
    host_answer_t *answer = host_call(host, OC_COMMAND_EVENTS_READ, 0, 0, NULL, 0);
    assert_int_equal(answer->code, OC_OK);
    for (const char *p = answer->text; (p = strstr(p, expected)) != NULL; p++)
        found++;
    if (text)
        *text = answer->text;
    return found;
}

/* ---- recordings against the log ---- */

typedef struct track_check {
    size_t at; /* log index of the next packet expected */
    bool any;
} track_check_t;

static size_t next_of_track(const host_capture_t *c, size_t from, unsigned track) {
    while (from < c->log_len && c->log[from].track != track)
        from++;
    return from;
}

static void check_sample(const host_capture_t *c, const oc_mp4_sample_t *sample,
                         const uint8_t *data, track_check_t *check, host_found_t *found) {
    uint64_t hash = hash_of(data, sample->len_bytes);
    check->at = next_of_track(c, check->at, sample->track);
    while (!check->any && check->at < c->log_len &&
           (c->log[check->at].hash != hash || c->log[check->at].len != sample->len_bytes)) {
        found->before[sample->track]++;
        check->at = next_of_track(c, check->at + 1, sample->track);
    }
    assert_true(check->at < c->log_len);
    assert_true(c->log[check->at].hash == hash);
    assert_int_equal(c->log[check->at].key, sample->key);
    check->any = true;
    check->at++;
    found->samples[sample->track]++;
}

static host_found_t check_disk(plane_host_t *host, unsigned channel, oc_sim_disk_t *disk) {
    const host_capture_t *c = &host->capture[channel];
    host_found_t found = {0};
    track_check_t check[OC_TRACKS_MAX] = {{0, false}};
    void *memory = aligned(READER_BYTES);
    for (size_t f = 0; f < oc_sim_disk_files(disk); f++) {
        oc_mp4_source_t source;
        oc_mp4_read_t *reader;
        oc_mp4_sample_t sample;
        char why[160] = "";
        found.files++;
        found.open_files += strstr(oc_sim_disk_path(disk, f), "_open.mp4") != NULL;
        oc_sim_disk_source(disk, f, &source);
        if (oc_mp4_read_open(&reader, memory, &source, why, sizeof why) != OC_OK)
            fail_msg("%s: %s", oc_sim_disk_path(disk, f), why);
        while (oc_mp4_read_next(reader, &sample) == OC_OK)
            check_sample(c, &sample, oc_sim_disk_bytes(disk, f).data + sample.offset,
                         &check[sample.track], &found);
    }
    for (unsigned t = 0; t < OC_TRACKS_MAX; t++)
        for (size_t i = next_of_track(c, check[t].at, t); i < c->log_len;
             i = next_of_track(c, i + 1, t))
            found.unrecorded[t]++;
    free(memory);
    return found;
}

host_found_t host_check(plane_host_t *host, unsigned channel) {
    return check_disk(host, channel, host->disk[channel]);
}

host_found_t host_check_clips(plane_host_t *host, unsigned channel) {
    return check_disk(host, channel, host->clips[channel]);
}
