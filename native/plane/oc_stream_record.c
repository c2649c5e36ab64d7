/* The recording of a stream (oc_stream.h): an oc_out_file, its file operations and its events. */
#include <stdio.h>
#include <string.h>
#include "oc_plane_impl.h"

/* A recording has one slot of the host's file thread for now. */
#define SLOT 0
/* A recording starts with the GOP under way: waiting for the next key packet would leave out what
 * comes between the command and it, with long GOPs many seconds. */
#define PREROLL_MIN_MS 1
/* A recording that goes on with other settings: its disk may have taken so long to finish it. */
#define RESUME_MAX_MS 60000
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

int oc_stream_record_check(const oc_stream_t *stream, const oc_record_config_t *config, char *why,
                           size_t why_size) {
    const oc_stream_record_t *record = &stream->record;
    if (!stream->plane->env.file_submit) {
        snprintf(why, why_size, "this host cannot record: it has no files");
        return OC_ERR_NOTSUP;
    }
    if (!stream->ring || stream->step != OC_STREAM_STEP_OPEN) {
        snprintf(why, why_size, "the channel is not open");
        return OC_ERR_STATE;
    }
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

int oc_stream_record_start(oc_stream_t *stream, const oc_record_config_t *config, int64_t now_us,
                           char *why, size_t why_size) {
    const oc_plane_env_t *env = &stream->plane->env;
    oc_stream_record_t *record = &stream->record;
    int code = oc_stream_record_check(stream, config, why, why_size);
    if (code < 0 || record->file)
        return code;
    oc_out_file_config_t expected = {.segment_ms = config->segment_ms,
                                     .no_audio = config->audio == 0,
                                     .preroll_ms = back_ms(record, config, now_us)};
    snprintf(expected.directory, sizeof expected.directory, "recordings/%s",
             stream->channel->config.name);
    memcpy(expected.name, config->name, sizeof expected.name);
    oc_out_file_t *file = env->allocate(env->context, oc_out_file_bytes());
    if (!file) {
        snprintf(why, why_size, "no memory to record");
        return OC_ERR_NOMEM;
    }
    code = oc_out_file_init(file, stream->ring, stream->plane->clock, &expected, why, why_size);
    if (code < 0) {
        env->release(env->context, file);
        return code;
    }
    record->file = file;
    record->config = *config;
    record->refused = NULL;
    record->stopping = false;
    record->started_us = now_us;
    oc_stream_record_advance(stream, now_us);
    oc_stream_set_state(stream, stream->state, now_us);
    return OC_OK;
}

int oc_stream_record_stop(oc_stream_t *stream, int64_t now_us) {
    oc_stream_record_t *record = &stream->record;
    if (!record->file)
        return OC_OK;
    if (!record->stopping) {
        oc_plane_mark(stream->plane, stream->slot);
        record->stopping = true;
        record->stopped_us = now_us;
        oc_out_file_stop(record->file, now_us);
    }
    return OC_AGAIN;
}

static void submit(oc_stream_t *stream) {
    const oc_plane_env_t *env = &stream->plane->env;
    oc_stream_record_t *record = &stream->record;
    for (;;) {
        const oc_file_op_t *op = record->refused;
        if (!op && oc_out_file_poll_op(record->file, &op) != OC_OK)
            return;
        record->refused = op;
        if (env->file_submit(env->context, stream->slot, SLOT, op) != OC_OK)
            return;
        record->refused = NULL;
    }
}

static void report(oc_stream_t *stream, const oc_out_file_info_t *info, int64_t now_us) {
    oc_plane_t *plane = stream->plane;
    int number = (int)stream->slot;
    switch (info->event) {
    case OC_OUT_FILE_OPENED:
        oc_plane_event(plane, number, "record-opened", OC_OK, info->path, "", now_us);
        break;
    case OC_OUT_FILE_RENAMED:
        oc_plane_eventf(plane, number, "record-renamed", OC_OK, info->path, now_us, "was m%013lld",
                        (long long)(info->was_us / 1000));
        break;
    case OC_OUT_FILE_CLOSED:
        oc_plane_names_add(plane, stream->slot, info);
        oc_plane_eventf(plane, number, "record-closed", OC_OK, info->path, now_us, "%llu bytes",
                        (unsigned long long)info->bytes);
        break;
    case OC_OUT_FILE_GAP:
        oc_plane_eventf(plane, number, "record-gap", info->code, info->path, now_us,
                        "%u packets omitted: %s", info->lost_packets, oc_err_text(info->code));
        break;
    case OC_OUT_FILE_FAILED:
        oc_plane_event(plane, number, "record-failed", info->code, info->path,
                       oc_err_text(info->code), now_us);
        break;
    case OC_OUT_FILE_RECOVERED:
        oc_plane_event(plane, number, "record-recovered", OC_OK, info->path, "", now_us);
        break;
    case OC_OUT_FILE_STOPPED:
        oc_plane_event(plane, number, "record-stopped", info->code, "", "", now_us);
        break;
    }
    oc_stream_set_state(stream, stream->state, now_us);
}

/* The output is done: its counts are kept, its memory goes, waiting commands are answered. */
static void finish(oc_stream_t *stream, int64_t now_us) {
    const oc_plane_env_t *env = &stream->plane->env;
    oc_stream_record_t *record = &stream->record;
    oc_out_file_stats_t stats;
    oc_out_file_stats(record->file, &stats);
    record->files += stats.files;
    record->bytes += stats.written_bytes;
    record->lost_packets += stats.lost_packets;
    env->release(env->context, record->file);
    record->file = NULL;
    oc_stream_set_state(stream, stream->state, now_us);
    oc_plane_commands_answer(stream->plane, stream->slot, OC_COMMAND_RECORD_STOP, OC_OK,
                             (int32_t)oc_plane_channel_of(stream->slot), "");
}

int64_t oc_stream_record_advance(oc_stream_t *stream, int64_t now_us) {
    oc_stream_record_t *record = &stream->record;
    oc_out_file_info_t info;
    if (!record->file)
        return INT64_MAX;
    int64_t next_us = oc_out_file_advance(record->file, now_us);
    submit(stream);
    while (oc_out_file_poll_event(record->file, &info) == OC_OK)
        report(stream, &info, now_us);
    if (record->stopping && oc_out_file_idle(record->file)) {
        finish(stream, now_us);
        return INT64_MAX;
    }
    if (record->refused && next_us > now_us + OC_STREAM_RETRY_US)
        next_us = now_us + OC_STREAM_RETRY_US;
    return next_us;
}

void oc_stream_record_done(oc_stream_t *stream, uint32_t id, int result, int64_t now_us) {
    if (!stream->record.file)
        return;
    oc_out_file_complete(stream->record.file, id, result, now_us);
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
