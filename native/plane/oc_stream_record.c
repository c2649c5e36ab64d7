/* Recording and clip of a stream (oc_stream.h): two outputs that are an oc_out_file with its
 * events. A clip is a file of its own beside the recording, which ends by itself. */
#include <stdio.h>
#include <string.h>
#include "oc_out_file.h"
#include "oc_plane_impl.h"

/* A recording starts with the GOP under way: waiting for the next key packet would leave out what
 * comes between the command and it, with long GOPs many seconds. */
#define PREROLL_MIN_MS 1
/* A recording that goes on with other settings: its disk may have taken so long to finish it. */
#define RESUME_MAX_MS 60000
/* Fragments under way at which a source that can wait is made to. */
#define BEHIND_JOBS (OC_OUT_FILE_JOBS / 2)

/* The state of an output while it is open; behind it lies its oc_out_file_t. */
typedef struct recording {
    uint32_t lost_before;        /* of the source, when it began: oc_stream_lost_all */
    int64_t limit_us;            /* of a clip: when it ends whoever asks for more */
    int failure;                 /* of the disk, the last one; 0 = none */
    char path[OC_FILE_PATH_MAX]; /* of its first complete file; "" = none yet */
} recording_t;

/* What open is given. */
typedef struct request {
    const oc_desired_recording_t *config;
    uint32_t back_ms; /* it begins so far back in the ring */
} request_t;

#define FILE_AT ((sizeof(recording_t) + 15) / 16 * 16)

static size_t state_bytes(void) {
    return FILE_AT + oc_out_file_bytes();
}

oc_out_file_t *oc_stream_record_file(const oc_output_t *output) {
    return (oc_out_file_t *)((uint8_t *)output->state + FILE_AT);
}

/* How far back in the ring a recording begins. */
static uint32_t back_ms(const oc_output_t *output, const oc_desired_recording_t *config,
                        bool resume, int64_t now_us) {
    uint32_t back = config->preroll_ms ? config->preroll_ms : PREROLL_MIN_MS;
    if (!resume || output->stopped_us == 0)
        return back;
    int64_t gone_ms = (now_us - output->stopped_us) / 1000 + 1;
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

static int begin(oc_output_t *output, const void *config, int64_t now_us, char *why,
                 size_t why_size) {
    const oc_stream_t *stream = output->stream;
    const request_t *request = config;
    recording_t *recording = output->state;
    oc_out_file_config_t expected = {.segment_ms = request->config->segment_ms,
                                     .file_bytes = &stream->plane->file_bytes,
                                     .no_audio = request->config->audio == 0,
                                     .preroll_ms = request->back_ms};
    snprintf(expected.directory, sizeof expected.directory, "recordings/%s",
             stream->channel->config.name);
    memcpy(expected.name, request->config->name, sizeof expected.name);
    recording->lost_before = oc_stream_lost_all(stream);
    recording->limit_us = now_us + (int64_t)OC_STREAM_CLIP_MAX_MS * 1000;
    return oc_out_file_init(oc_stream_record_file(output), stream->ring, stream->plane->clock,
                            &expected, why, why_size);
}

int oc_stream_record_start(oc_stream_t *stream, const oc_desired_recording_t *config, bool resume,
                           int64_t until_us, int64_t now_us, char *why, size_t why_size) {
    oc_output_t *output = &stream->output[OC_OUTPUT_RECORD];
    const request_t request = {config, back_ms(output, config, resume, now_us)};
    uint32_t preroll_max_ms = stream->channel->config.preroll_ms;
    int code = can_record(stream, why, why_size);
    if (code == OC_OK && config->preroll_ms > preroll_max_ms) {
        snprintf(why, why_size,
                 "record.prerollSeconds: %u ms is more than the %u ms the channel was opened with",
                 config->preroll_ms, preroll_max_ms);
        code = OC_ERR_RANGE;
    }
    if (code == OC_OK && !output->is_open)
        code = oc_output_open(output, &request, now_us, why, why_size);
    if (code < 0)
        return code;
    oc_output_end_at(output, until_us ? until_us : INT64_MAX);
    oc_outputs_advance(stream, now_us);
    oc_stream_set_state(stream, stream->state, now_us);
    return OC_OK;
}

int oc_stream_clip_start(oc_stream_t *stream, const oc_desired_recording_t *config,
                         uint32_t after_ms, int64_t now_us, char *why, size_t why_size) {
    oc_output_t *output = &stream->output[OC_OUTPUT_CLIP];
    const request_t request = {config, config->preroll_ms ? config->preroll_ms : PREROLL_MIN_MS};
    int code = can_record(stream, why, why_size);
    if (code < 0)
        return code;
    if (output->is_open && output->closing) {
        snprintf(why, why_size, "the previous clip is still being finished");
        return OC_ERR_BUSY;
    }
    if (!output->is_open) {
        code = oc_output_open(output, &request, now_us, why, why_size);
        if (code < 0)
            return code;
        oc_output_end_at(output, now_us);
    }
    const recording_t *clip = output->state;
    int64_t end_us = now_us + (int64_t)after_ms * 1000;
    end_us = end_us < clip->limit_us ? end_us : clip->limit_us;
    if (end_us > output->end_us)
        oc_output_end_at(output, end_us);
    oc_plane_mark(stream->plane, stream->slot);
    return OC_AGAIN;
}

int oc_stream_record_stop(oc_stream_t *stream, int64_t now_us) {
    oc_output_close(&stream->output[OC_OUTPUT_RECORD], now_us);
    oc_outputs_advance(stream, now_us);
    return oc_stream_records(stream) ? OC_AGAIN : OC_OK;
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

static int64_t move(oc_output_t *output, int64_t now_us) {
    oc_stream_t *stream = output->stream;
    recording_t *recording = output->state;
    oc_out_file_info_t info;
    if (stream->line.started && !stream->channel->config.as_fast_as_possible)
        oc_out_file_zero(oc_stream_record_file(output),
                         oc_timeline_zero_us(&stream->line, oc_stream_lead(stream)));
    int64_t due_us = oc_out_file_advance(oc_stream_record_file(output), now_us);
    while (oc_out_file_poll_event(oc_stream_record_file(output), &info) == OC_OK) {
        if (info.event == OC_OUT_FILE_CLOSED && !recording->path[0])
            memcpy(recording->path, info.path, sizeof recording->path);
        if (info.event == OC_OUT_FILE_FAILED)
            recording->failure = info.code;
        report(stream, &info, now_us);
    }
    return due_us;
}

static int close_file(oc_output_t *output, int64_t now_us) {
    oc_out_file_stop(oc_stream_record_file(output), now_us);
    return oc_out_file_idle(oc_stream_record_file(output)) ? OC_OK : OC_AGAIN;
}

static int poll_op(oc_output_t *output, const oc_file_op_t **op) {
    return oc_out_file_poll_op(oc_stream_record_file(output), op);
}

static void done(oc_output_t *output, uint32_t id, int result, int64_t now_us) {
    oc_out_file_complete(oc_stream_record_file(output), id, result, now_us);
}

/* ---- the recording ---- */

/* What the source has lost since it began. */
static uint32_t missed(const oc_output_t *output) {
    const recording_t *recording = output->state;
    return oc_stream_lost_all(output->stream) - recording->lost_before;
}

static void record_ended(oc_output_t *output, int64_t now_us) {
    oc_stream_t *stream = output->stream;
    oc_recorded_t *recorded = &stream->recorded;
    oc_out_file_stats_t stats;
    oc_out_file_stats(oc_stream_record_file(output), &stats);
    recorded->files += stats.files;
    recorded->bytes += stats.written_bytes;
    recorded->lost_packets += stats.lost_packets + missed(output);
    oc_stream_set_state(stream, stream->state, now_us);
}

static bool record_behind(const oc_output_t *output) {
    oc_out_file_stats_t stats;
    if (!output->stream->channel->config.as_fast_as_possible)
        return false;
    oc_out_file_stats(oc_stream_record_file(output), &stats);
    return !stats.failing && stats.jobs_under_way >= BEHIND_JOBS;
}

uint32_t oc_stream_record_age_ms(const oc_stream_t *stream, int64_t now_us) {
    const oc_output_t *output = &stream->output[OC_OUTPUT_RECORD];
    oc_out_file_stats_t stats;
    if (!output->is_open)
        return 0;
    oc_out_file_stats(oc_stream_record_file(output), &stats);
    int64_t kept_us =
        stats.synced_until_us > output->started_us ? stats.synced_until_us : output->started_us;
    return stream->packet_us > kept_us && now_us > kept_us ? (uint32_t)((now_us - kept_us) / 1000)
                                                           : 0;
}

static void record_row(const oc_output_t *output, oc_stream_row_t *row, int64_t now_us) {
    const oc_stream_t *stream = output->stream;
    const oc_recorded_t *recorded = &stream->recorded;
    oc_out_file_stats_t stats = {0};
    bool runs = output->is_open && !output->closing;
    if (output->is_open)
        oc_out_file_stats(oc_stream_record_file(output), &stats);
    uint64_t bytes = recorded->bytes + stats.written_bytes;
    row->recording = runs && stream->state == OC_STREAM_RUNNING;
    row->record_failing = stats.failing;
    row->record_files = recorded->files + stats.files;
    row->record_lost_packets = recorded->lost_packets + stats.lost_packets;
    row->record_lost_packets += output->is_open ? missed(output) : 0;
    row->record_bytes_lo = (uint32_t)bytes;
    row->record_bytes_hi = (uint32_t)(bytes >> 32);
    row->record_synced_age_ms = runs ? oc_stream_record_age_ms(stream, now_us) : 0;
}

const oc_output_kind_t oc_output_record = {.bytes = state_bytes,
                                           .open = begin,
                                           .advance = move,
                                           .behind = record_behind,
                                           .close = close_file,
                                           .ended = record_ended,
                                           .poll_op = poll_op,
                                           .done = done,
                                           .row = record_row};

/* ---- the clip ---- */

/* Who waits for a clip gets the path of its first file: behind a loss of the source another one
 * begins, which is a recording like any other. */
static void clip_ended(oc_output_t *output, int64_t now_us) {
    oc_stream_t *stream = output->stream;
    const recording_t *clip = output->state;
    int code = clip->path[0] ? OC_OK : clip->failure ? clip->failure : OC_ERR_CLOSED;
    const char *why = clip->failure ? oc_err_text(code) : "nothing came from the source meanwhile";
    oc_stream_set_state(stream, stream->state, now_us);
    oc_plane_commands_answer(stream->plane, stream->slot, OC_COMMAND_CLIP, code,
                             (int32_t)oc_plane_channel_of(stream->slot),
                             clip->path[0] ? clip->path : why);
}

const oc_output_kind_t oc_output_clip = {.bytes = state_bytes,
                                         .open = begin,
                                         .advance = move,
                                         .close = close_file,
                                         .ended = clip_ended,
                                         .poll_op = poll_op,
                                         .done = done};
