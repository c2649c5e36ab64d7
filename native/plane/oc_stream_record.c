/* The recording of a stream (oc_stream.h): an oc_out_file, its file operations and its events. */
#include <stdio.h>
#include <string.h>
#include "oc_plane_impl.h"

/* A recording starts with the GOP under way: waiting for the next key packet would leave out what
 * comes between the command and it, with long GOPs many seconds. */
#define PREROLL_MIN_MS 1
/* A recording that goes on with other settings: its disk may have taken so long to finish it. */
#define RESUME_MAX_MS 60000
/* Packets from before the end of a recording may come so late: behind a pause of the process, those
 * that were sent in it come in one go. */
#define LATE_US (2 * 1000 * 1000)
/* Fragments under way at which a source that can wait is made to. */
#define BEHIND_JOBS (OC_OUT_FILE_JOBS / 2)

bool oc_stream_record_equal(const oc_record_config_t *a, const oc_record_config_t *b) {
    return strcmp(a->name, b->name) == 0 && a->segment_ms == b->segment_ms &&
           a->preroll_ms == b->preroll_ms && a->audio == b->audio;
}

/* How far back in the ring a recording begins. */
static uint32_t back_ms(const oc_stream_record_t *record, const oc_record_config_t *config,
                        int64_t now_us) {
    uint32_t back = config->preroll_ms ? config->preroll_ms : PREROLL_MIN_MS;
    if (!config->resume || record->stopped_us == 0)
        return back;
    int64_t gone_ms = (now_us - record->stopped_us) / 1000 + 1;
    return gone_ms <= back ? back : gone_ms < RESUME_MAX_MS ? (uint32_t)gone_ms : RESUME_MAX_MS;
}

/* Whether a file of its ring can be begun at all. OC_OK | OC_ERR_NOTSUP | OC_ERR_STATE. */
static int can_record(const oc_stream_t *stream, char *why, size_t why_size) {
    if (!stream->plane->env.file_submit) {
        snprintf(why, why_size, "this host cannot record: it has no files");
        return OC_ERR_NOTSUP;
    }
    if (!stream->ring || stream->step != OC_STREAM_STEP_OPEN) {
        snprintf(why, why_size, "the channel is not open");
        return OC_ERR_STATE;
    }
    return OC_OK;
}

int oc_stream_record_check(const oc_stream_t *stream, const oc_record_config_t *config, char *why,
                           size_t why_size) {
    const oc_stream_record_t *record = &stream->record;
    int code = can_record(stream, why, why_size);
    if (code < 0)
        return code;
    if (record->file && record->stopping) {
        snprintf(why, why_size, "the previous recording is still being finished");
        return OC_ERR_STATE;
    }
    if (record->file && !oc_stream_record_equal(&record->config, config)) {
        snprintf(why, why_size, "a recording with other settings runs: stop it first");
        return OC_ERR_STATE;
    }
    if (config->preroll_ms > stream->channel->config.preroll_ms) {
        snprintf(why, why_size,
                 "record.prerollSeconds: %u ms is more than the %u ms the channel was opened "
                 "with",
                 config->preroll_ms, stream->channel->config.preroll_ms);
        return OC_ERR_RANGE;
    }
    return OC_OK;
}

/* A file of its own from the ring of a stream. OC_OK | OC_ERR_NOMEM | as oc_out_file_init. */
static int begin(oc_stream_t *stream, oc_stream_record_t *record, const oc_record_config_t *config,
                 uint32_t preroll_ms, int64_t now_us, char *why, size_t why_size) {
    const oc_plane_env_t *env = &stream->plane->env;
    oc_out_file_config_t expected = {.segment_ms = config->segment_ms,
                                     .file_bytes = &stream->plane->file_bytes,
                                     .no_audio = config->audio == 0,
                                     .preroll_ms = preroll_ms};
    snprintf(expected.directory, sizeof expected.directory, "recordings/%s",
             stream->channel->config.name);
    memcpy(expected.name, config->name, sizeof expected.name);
    oc_out_file_t *file = env->allocate(env->context, oc_out_file_bytes());
    if (!file) {
        snprintf(why, why_size, "no memory to record");
        return OC_ERR_NOMEM;
    }
    int code = oc_out_file_init(file, stream->ring, stream->plane->clock, &expected, why, why_size);
    if (code < 0) {
        env->release(env->context, file);
        return code;
    }
    record->file = file;
    record->config = *config;
    record->refused = NULL;
    record->stopping = false;
    record->started_us = now_us;
    record->lost_before = oc_stream_lost_all(stream);
    return OC_OK;
}

/* The track whose packets say how far a recording is. */
static unsigned lead(const oc_stream_t *stream) {
    return stream->config_id[0] ? 0 : 1;
}

/* Ends it at an instant, INT64_MAX: never. The same instant on the time line of its stream says
 * which packets are before it, however late they come; not known before the first one. */
static void set_end(oc_stream_t *stream, oc_stream_record_t *record, int64_t end_us) {
    bool known = stream->line.started && end_us != INT64_MAX;
    record->end_us = end_us;
    record->end_line_us =
        known ? end_us - oc_timeline_zero_us(&stream->line, lead(stream)) : INT64_MAX;
    record->over_us = 0;
}

int oc_stream_record_start(oc_stream_t *stream, const oc_record_config_t *config, int64_t now_us,
                           char *why, size_t why_size) {
    oc_stream_record_t *record = &stream->record;
    int code = oc_stream_record_check(stream, config, why, why_size);
    if (code < 0)
        return code;
    if (!record->file)
        code =
            begin(stream, record, config, back_ms(record, config, now_us), now_us, why, why_size);
    if (code < 0)
        return code;
    set_end(stream, record, config->for_ms ? now_us + (int64_t)config->for_ms * 1000 : INT64_MAX);
    oc_stream_record_advance(stream, now_us);
    oc_stream_set_state(stream, stream->state, now_us);
    return OC_OK;
}

int oc_stream_clip_start(oc_stream_t *stream, const oc_record_config_t *config, uint32_t after_ms,
                         int64_t now_us, char *why, size_t why_size) {
    oc_stream_clip_t *clip = &stream->clip;
    int code = can_record(stream, why, why_size);
    if (code < 0)
        return code;
    if (clip->record.file && clip->record.stopping) {
        snprintf(why, why_size, "the previous clip is still being finished");
        return OC_ERR_BUSY;
    }
    if (!clip->record.file) {
        uint32_t back = config->preroll_ms ? config->preroll_ms : PREROLL_MIN_MS;
        clip->failure = OC_OK;
        clip->path[0] = 0;
        clip->limit_us = now_us + (int64_t)OC_STREAM_CLIP_MAX_MS * 1000;
        code = begin(stream, &clip->record, config, back, now_us, why, why_size);
        if (code < 0)
            return code;
        set_end(stream, &clip->record, now_us);
    }
    int64_t end_us = now_us + (int64_t)after_ms * 1000;
    end_us = end_us < clip->limit_us ? end_us : clip->limit_us;
    if (end_us > clip->record.end_us)
        set_end(stream, &clip->record, end_us);
    oc_plane_mark(stream->plane, stream->slot);
    return OC_AGAIN;
}

static void stop(oc_stream_t *stream, oc_stream_record_t *record, int64_t now_us) {
    if (!record->file || record->stopping)
        return;
    oc_plane_mark(stream->plane, stream->slot);
    record->stopping = true;
    record->stopped_us = now_us;
    oc_out_file_stop(record->file, now_us);
}

void oc_stream_clip_stop(oc_stream_t *stream, int64_t now_us) {
    stop(stream, &stream->clip.record, now_us);
}

int oc_stream_record_stop(oc_stream_t *stream, int64_t now_us) {
    stop(stream, &stream->record, now_us);
    return stream->record.file ? OC_AGAIN : OC_OK;
}

static void submit(oc_stream_t *stream, oc_stream_record_t *record) {
    const oc_plane_env_t *env = &stream->plane->env;
    unsigned output = record == &stream->record ? OC_PLANE_OUTPUT_RECORD : OC_PLANE_OUTPUT_CLIP;
    for (;;) {
        const oc_file_op_t *op = record->refused;
        if (!op && oc_out_file_poll_op(record->file, &op) != OC_OK)
            return;
        record->refused = op;
        if (env->file_submit(env->context, stream->slot, output, op) != OC_OK)
            return;
        record->refused = NULL;
    }
}

static void report(oc_stream_t *stream, const oc_out_file_info_t *info, int64_t now_us) {
    oc_plane_t *plane = stream->plane;
    int number = (int)stream->slot;
    switch (info->event) {
    case OC_OUT_FILE_OPENED:
        oc_plane_event(plane, number, OC_EVENT_RECORD_OPENED, OC_OK, info->path, "", now_us);
        break;
    case OC_OUT_FILE_RENAMED:
        oc_plane_eventf(plane, number, OC_EVENT_RECORD_RENAMED, OC_OK, info->path, now_us,
                        "was m%013lld", (long long)(info->was_us / 1000));
        break;
    case OC_OUT_FILE_CLOSED:
        oc_plane_names_add(plane, stream->slot, info);
        oc_plane_eventf(plane, number, OC_EVENT_RECORD_CLOSED, OC_OK, info->path, now_us,
                        "%llu bytes", (unsigned long long)info->bytes);
        break;
    case OC_OUT_FILE_GAP:
        oc_plane_eventf(plane, number, OC_EVENT_RECORD_GAP, info->code, info->path, now_us,
                        "%u packets omitted: %s", info->lost_packets, oc_err_text(info->code));
        break;
    case OC_OUT_FILE_FAILED:
        oc_plane_event(plane, number, OC_EVENT_RECORD_FAILED, info->code, info->path,
                       oc_err_text(info->code), now_us);
        break;
    case OC_OUT_FILE_RECOVERED:
        oc_plane_event(plane, number, OC_EVENT_RECORD_RECOVERED, OC_OK, info->path, "", now_us);
        break;
    case OC_OUT_FILE_STOPPED:
        oc_plane_event(plane, number, OC_EVENT_RECORD_STOPPED, info->code, "", "", now_us);
        break;
    }
    oc_stream_set_state(stream, stream->state, now_us);
}

/* The output is done: its counts are kept, its memory goes. */
static void finish(oc_stream_t *stream, oc_stream_record_t *record, int64_t now_us) {
    const oc_plane_env_t *env = &stream->plane->env;
    oc_out_file_stats_t stats;
    oc_out_file_stats(record->file, &stats);
    record->files += stats.files;
    record->bytes += stats.written_bytes;
    record->lost_packets += stats.lost_packets + oc_stream_lost_all(stream) - record->lost_before;
    env->release(env->context, record->file);
    record->file = NULL;
    oc_stream_set_state(stream, stream->state, now_us);
}

/* Who waits for a clip gets the path of its first file: behind a loss of the source another one
 * begins, which is a recording like any other. */
static void answer_clip(oc_stream_t *stream) {
    const oc_stream_clip_t *clip = &stream->clip;
    int code = clip->path[0] ? OC_OK : clip->failure ? clip->failure : OC_ERR_CLOSED;
    const char *why = clip->failure ? oc_err_text(code) : "nothing came from the source meanwhile";
    oc_plane_commands_answer(stream->plane, stream->slot, OC_COMMAND_CLIP, code,
                             (int32_t)oc_plane_channel_of(stream->slot),
                             clip->path[0] ? clip->path : why);
}

static void keep_of_clip(oc_stream_clip_t *clip, const oc_out_file_info_t *info) {
    if (info->event == OC_OUT_FILE_CLOSED && !clip->path[0])
        memcpy(clip->path, info->path, sizeof clip->path);
    if (info->event == OC_OUT_FILE_FAILED)
        clip->failure = info->code;
}

/* True: it has ended just now. */
static bool move(oc_stream_t *stream, oc_stream_record_t *record, int64_t now_us,
                 int64_t *next_us) {
    oc_out_file_info_t info;
    if (!record->file)
        return false;
    if (stream->line.started && !stream->channel->config.as_fast_as_possible)
        oc_out_file_zero(record->file, oc_timeline_zero_us(&stream->line, lead(stream)));
    int64_t own_us = oc_out_file_advance(record->file, now_us);
    submit(stream, record);
    while (oc_out_file_poll_event(record->file, &info) == OC_OK) {
        if (record == &stream->clip.record)
            keep_of_clip(&stream->clip, &info);
        report(stream, &info, now_us);
    }
    if (record->stopping && oc_out_file_idle(record->file)) {
        finish(stream, record, now_us);
        return true;
    }
    if (record->refused && own_us > now_us + OC_STREAM_RETRY_US)
        own_us = now_us + OC_STREAM_RETRY_US;
    *next_us = own_us < *next_us ? own_us : *next_us;
    return false;
}

static void end_at(oc_stream_t *stream, oc_stream_record_t *record, int64_t line_us,
                   int64_t now_us) {
    if (record->file && !record->stopping && line_us >= record->end_line_us)
        stop(stream, record, now_us);
}

void oc_stream_record_packet(oc_stream_t *stream, const oc_packet_t *packet, int64_t now_us) {
    if (packet->track != lead(stream))
        return;
    int64_t line_us = oc_timeline_us(&stream->line, packet->track, packet->dts);
    end_at(stream, &stream->record, line_us, now_us);
    end_at(stream, &stream->clip.record, line_us, now_us);
}

/* Its instant has come: it ends with the packet that lies behind it, or when none comes for a
 * while. Returns when to look again; INT64_MAX: not by time. */
static int64_t end_on_time(oc_stream_t *stream, oc_stream_record_t *record, int64_t now_us) {
    bool expected = record->end_line_us != INT64_MAX && stream->state == OC_STREAM_RUNNING;
    if (!record->file || record->stopping)
        return INT64_MAX;
    if (now_us < record->end_us)
        return record->end_us;
    if (record->over_us == 0)
        record->over_us = now_us;
    if (expected && now_us - record->over_us < LATE_US)
        return record->over_us + LATE_US;
    stop(stream, record, now_us);
    return INT64_MAX;
}

int64_t oc_stream_record_advance(oc_stream_t *stream, int64_t now_us) {
    oc_stream_clip_t *clip = &stream->clip;
    oc_stream_record_t *record = &stream->record;
    int64_t next_us = end_on_time(stream, record, now_us);
    if (move(stream, record, now_us, &next_us))
        oc_plane_commands_answer(stream->plane, stream->slot, OC_COMMAND_RECORD_STOP, OC_OK,
                                 (int32_t)oc_plane_channel_of(stream->slot), "");
    int64_t end_us = end_on_time(stream, &clip->record, now_us);
    if (move(stream, &clip->record, now_us, &next_us))
        answer_clip(stream);
    return end_us < next_us ? end_us : next_us;
}

void oc_stream_record_done(oc_stream_t *stream, unsigned output, uint32_t id, int result,
                           int64_t now_us) {
    oc_stream_record_t *record =
        output == OC_PLANE_OUTPUT_CLIP ? &stream->clip.record : &stream->record;
    if (!record->file)
        return;
    oc_out_file_complete(record->file, id, result, now_us);
    oc_stream_record_advance(stream, now_us);
}

bool oc_stream_record_behind(const oc_stream_t *stream) {
    const oc_stream_record_t *record = &stream->record;
    oc_out_file_stats_t stats;
    if (!stream->channel->config.as_fast_as_possible || !record->file || record->stopping)
        return false;
    oc_out_file_stats(record->file, &stats);
    return !stats.failing && stats.jobs_under_way >= BEHIND_JOBS;
}
