#include "oc_watch_report.h"

#include <stdio.h>

#include "oc_json.h"

static const char *state_name(uint32_t state) {
    switch (state) {
    case OC_STREAM_RUNNING:
        return "running";
    case OC_STREAM_LOST:
        return "lost";
    case OC_STREAM_SILENT:
        return "silent";
    case OC_STREAM_ENDED:
        return "ended";
    case OC_STREAM_FAILED:
        return "failed";
    default:
        return "opening";
    }
}

static uint64_t both(uint32_t lo, uint32_t hi) {
    return (uint64_t)hi << 32 | lo;
}

static void add(char *line, int *used, int count) {
    *used += count > 0 && count < OC_WATCH_LINE_MAX - *used ? count : 0;
    line[*used] = '\0';
}

#define ADD(...)                                                                                   \
    add(line, &used, snprintf(line + used, OC_WATCH_LINE_MAX - (size_t)used, __VA_ARGS__))

static void add_tracks(const oc_stream_row_t *row, char *line, int *at) {
    int used = *at;
    if (row->video_codec)
        ADD(" %s %ux%u", oc_codec_name((oc_codec_t)row->video_codec), row->width, row->height);
    if (row->audio_codec)
        ADD("%s %s %u Hz", row->video_codec ? "," : "", oc_codec_name((oc_codec_t)row->audio_codec),
            row->sample_rate);
    *at = used;
}

void oc_watch_report_text(const oc_watch_state_t *state, char line[OC_WATCH_LINE_MAX]) {
    const oc_watch_second_t *s = &state->second;
    int used = 0;
    ADD("%5.1f s %s", (double)s->elapsed_us / 1e6, state_name(state->row.state));
    add_tracks(&state->row, line, &used);
    if (s->first_us >= 0)
        ADD("; %.2f fps, %u kbit/s, GOP %lld ms", (double)s->fps_milli / 1000,
            s->bitrate_bps / 1000, (long long)(s->gop_us < 0 ? 0 : s->gop_us / 1000));
    if (s->has_offset)
        ADD(", A/V %+lld ms", (long long)(s->offset_us / 1000));
    if (s->late_us >= 0)
        ADD(", late %lld ms", (long long)(s->late_us / 1000));
    if (state->has_latency)
        ADD(", latency %lld ms", (long long)(state->latency_us / 1000));
    ADD("; lost %u, reconnects %u", state->row.dropped_packets, state->row.source_losses);
    if (state->row.record_failing)
        ADD("; disk write error");
    if (s->first_key_us >= 0)
        ADD("; first picture after %lld ms", (long long)(s->first_key_us / 1000));
}

/* A time in ms, or null. */
static void member_ms(oc_json_t *json, const char *key, bool known, int64_t us) {
    oc_json_key(json, key);
    if (known)
        oc_json_milli(json, us);
    else
        oc_json_null(json);
}

static void write_tracks(oc_json_t *json, const oc_stream_row_t *row) {
    if (row->video_codec) {
        oc_json_member_string(json, "video", oc_codec_name((oc_codec_t)row->video_codec));
        oc_json_member_int(json, "width", row->width);
        oc_json_member_int(json, "height", row->height);
    }
    if (row->audio_codec) {
        oc_json_member_string(json, "audio", oc_codec_name((oc_codec_t)row->audio_codec));
        oc_json_member_int(json, "sampleRate", row->sample_rate);
    }
}

static void write_second(oc_json_t *json, const oc_watch_second_t *s) {
    oc_json_member_int(json, "packets", (int64_t)s->packets);
    oc_json_member_int(json, "bytes", (int64_t)s->bytes);
    oc_json_member_int(json, "bitrate", s->bitrate_bps);
    oc_json_key(json, "fps");
    oc_json_milli(json, s->fps_milli);
    member_ms(json, "gopMs", s->gop_us >= 0, s->gop_us);
    member_ms(json, "firstPacketMs", s->first_us >= 0, s->first_us);
    member_ms(json, "firstPictureMs", s->first_key_us >= 0, s->first_key_us);
    member_ms(json, "firstAudioMs", s->first_audio_us >= 0, s->first_audio_us);
    member_ms(json, "avOffsetMs", s->has_offset, s->offset_us);
    member_ms(json, "lateMs", s->late_us >= 0, s->late_us);
    member_ms(json, "silenceMs", true, s->silence_us);
    oc_json_member_int(json, "jumps", (int64_t)s->jumps);
}

size_t oc_watch_report_json(const oc_watch_state_t *state, const oc_watch_end_report_t *end,
                            char line[OC_WATCH_LINE_MAX]) {
    oc_json_t json = oc_json(line, OC_WATCH_LINE_MAX - 1);
    const oc_stream_row_t *row = &state->row;
    oc_json_begin_object(&json);
    oc_json_member_string(&json, "event", end ? "ended" : "stats");
    member_ms(&json, "elapsedMs", true, state->second.elapsed_us);
    oc_json_member_string(&json, "state", state_name(row->state));
    write_tracks(&json, row);
    write_second(&json, &state->second);
    member_ms(&json, "latencyMs", state->has_latency, state->latency_us);
    oc_json_member_int(&json, "lost", row->dropped_packets);
    oc_json_member_int(&json, "reconnects", row->source_losses);
    oc_json_member_int(&json, "recordedBytes",
                       (int64_t)both(row->record_bytes_lo, row->record_bytes_hi));
    oc_json_member_bool(&json, "recordFailing", row->record_failing != 0);
    if (end) {
        oc_json_member_int(&json, "code", end->code);
        oc_json_member_string(&json, "why", end->why);
    }
    oc_json_end_object(&json);
    line[json.bad ? 0 : json.len] = '\0';
    return json.bad ? 0 : json.len;
}
