#define _GNU_SOURCE
#include "oc_status_json.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "oc_capability.h"
#include "oc_err.h"
#include "oc_json.h"
#include "oc_loss.h"
#include "oc_out_pull.h"

#define MS_US 1000

static void open_key(oc_json_t *json, const char *key) {
    oc_json_key(json, key);
    oc_json_begin_object(json);
}

/* "2026-11-21T02:51:01.123Z" */
static void put_time(oc_json_t *json, const char *key, int64_t wall_us) {
    char iso[48], whole[32];
    time_t seconds = (time_t)(wall_us / 1000000);
    struct tm parts;
    gmtime_r(&seconds, &parts);
    strftime(whole, sizeof(whole), "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(iso, sizeof(iso), "%s.%03dZ", whole, (int)(wall_us / MS_US % 1000));
    oc_json_member_string(json, key, iso);
}

static int64_t wide(uint32_t hi, uint32_t lo) {
    return (int64_t)((uint64_t)hi << 32 | lo);
}

static const char *codec_name(uint32_t codec) {
    static const char *const names[] = {"none", "h264", "h265", "mjpeg",
                                        "aac",  "opus", "pcma", "pcmu"};
    return codec < sizeof(names) / sizeof(names[0]) ? names[codec] : "none";
}

/* A coding's four characters; 0: null. */
static void coding(oc_json_t *json, const char *key, uint32_t word) {
    char letters[5];
    size_t len = 0;
    for (int shift = 24; shift >= 0; shift -= 8) {
        char letter = (char)(word >> shift & 0x7f);
        bool shown = (letter >= 'A' && letter <= 'Z') || (letter >= 'a' && letter <= 'z') ||
                     (letter >= '0' && letter <= '9') || letter == '-';
        if (shown)
            letters[len++] = letter;
    }
    letters[len] = '\0';
    oc_json_member_string(json, key, word ? letters : NULL);
}

static void put_tracks(oc_json_t *json, const oc_stream_row_t *row) {
    oc_json_key(json, "video");
    if (row->video_codec) {
        oc_json_begin_object(json);
        oc_json_member_string(json, "codec", codec_name(row->video_codec));
        oc_json_member_int(json, "width", row->width);
        oc_json_member_int(json, "height", row->height);
        oc_json_key(json, "fps");
        oc_json_milli(json, row->fps_milli);
        oc_json_member_int(json, "rotation", row->rotation);
        oc_json_end_object(json);
    } else {
        oc_json_null(json);
    }
    oc_json_key(json, "audio");
    if (row->audio_codec) {
        oc_json_begin_object(json);
        oc_json_member_string(json, "codec", codec_name(row->audio_codec));
        oc_json_member_int(json, "sampleRate", row->sample_rate);
        oc_json_member_int(json, "channels", row->audio_channels);
        oc_json_end_object(json);
    } else {
        oc_json_null(json);
    }
    open_key(json, "omitted");
    coding(json, "video", row->omitted_video);
    coding(json, "audio", row->omitted_audio);
    oc_json_end_object(json);
}

static void latency(oc_json_t *json, const char *key, const oc_stream_row_t *row) {
    open_key(json, key);
    oc_json_member_int(json, "p50", row->lateness_p50_us);
    oc_json_member_int(json, "p99", row->lateness_p99_us);
    oc_json_member_int(json, "p999", row->lateness_p999_us);
    oc_json_member_int(json, "max", row->lateness_max_us);
    oc_json_end_object(json);
}

static void put_counts(oc_json_t *json, const oc_stream_row_t *row) {
    const uint32_t *words = (const uint32_t *)row;
    oc_json_member_int(json, "bitrate", row->bitrate_bps);
    oc_json_member_int(json, "gopMs", row->gop_ms);
    oc_json_member_int(json, "gopBytes", row->gop_bytes);
    open_key(json, "ring");
    oc_json_member_int(json, "bytes", row->ring_bytes);
    oc_json_member_int(json, "heldBytes", row->ring_held_bytes);
    oc_json_member_int(json, "heldMs", row->ring_held_ms);
    oc_json_member_int(json, "readers", row->ring_readers);
    oc_json_member_int(json, "overruns", row->ring_overruns);
    oc_json_end_object(json);
    oc_json_member_int(json, "packets", wide(row->packets_hi, row->packets_lo));
    oc_json_member_int(json, "bytes", wide(row->bytes_hi, row->bytes_lo));
    oc_json_member_int(json, "dropped", (int64_t)row->dropped_packets + row->empty_packets);
    open_key(json, "lost");
    for (unsigned cause = 0; cause < OC_LOSS_CAUSES; cause++)
        if (words[OC_STREAM_ROW_LOST(cause)] > 0)
            oc_json_member_int(json, oc_loss_name(cause), words[OC_STREAM_ROW_LOST(cause)]);
    oc_json_end_object(json);
    oc_json_member_int(json, "jumps", row->jumps);
    oc_json_member_int(json, "lostGops", row->lost_gops);
    oc_json_member_int(json, "sourceLosses", row->source_losses);
    latency(json, "latencyUs", row);
    latency(json, "latenessUs", row); /* the previous name, until 0.2.0: ADR 35 */
}

/* "/live/<channel><rest>"; the rest depends on the stream. */
static void path(oc_json_t *json, const char *key, const char *channel, bool sub, const char *rest,
                 const char *of_sub) {
    char line[96];
    snprintf(line, sizeof(line), "/live/%s%s", channel, sub ? of_sub : rest);
    oc_json_member_string(json, key, line);
}

/* Addresses of progressive streams; null: the format does not carry the stream. */
static void endless(oc_json_t *json, oc_codec_t codec, const char *name, bool sub) {
    for (unsigned i = 0; i < OC_PULL_FORMATS; i++) {
        oc_pull_format_t format = (oc_pull_format_t)i;
        const char *ending = oc_out_pull_ending(format);
        char rest[16], of_sub[32];
        snprintf(rest, sizeof(rest), ".%s", ending);
        snprintf(of_sub, sizeof(of_sub), ".%s?stream=sub", ending);
        if (format == OC_PULL_MP4 || oc_out_pull_carries(format, codec))
            path(json, ending, name, sub, rest, of_sub);
        else
            oc_json_member_string(json, ending, NULL);
    }
}

static void put_live(oc_json_t *json, const oc_stream_row_t *row, const char *name, bool sub) {
    open_key(json, "live");
    path(json, "playlist", name, sub, "/index.m3u8", "/sub/index.m3u8");
    path(json, "plain", name, sub, "/plain.m3u8", "/sub/plain.m3u8");
    path(json, "master", name, false, "/master.m3u8", "");
    endless(json, (oc_codec_t)(row->video_codec ? row->video_codec : row->audio_codec), name, sub);
    oc_json_member_bool(json, "lowLatency", row->live_part_ms > 0);
    oc_json_member_int(json, "first", row->live_first);
    oc_json_member_int(json, "last", row->live_last);
    oc_json_member_int(json, "viewers", row->viewers);
    oc_json_end_object(json);
}

static void put_stream(oc_json_t *json, const oc_stream_row_t *row, const char *name, bool sub,
                       const char *state, unsigned tls) {
    static const char *const words[] = {NULL, "verified", "pinned", "off"};
    oc_json_member_string(json, "state", state);
    oc_json_member_int(json, "generation", row->live_begun);
    oc_json_member_string(json, "tls", tls < 4 ? words[tls] : NULL);
    put_tracks(json, row);
    put_counts(json, row);
    put_live(json, row, name, sub);
}

/* `until`: as `oc_desired_entry_t.manual_until`, at `wall_us`. */
static void put_manual(oc_json_t *json, uint32_t until, int64_t wall_us) {
    bool bounded = until != OC_DESIRED_FOR_GOOD, now = until > 0;
    now = now && (!bounded || (int64_t)until * 1000000 > wall_us);
    oc_json_member_bool(json, "now", now);
    if (now && bounded)
        put_time(json, "until", (int64_t)until * 1000000);
    else
        oc_json_member_string(json, "until", NULL);
    oc_json_member_string(json, "since", NULL); /* the script's alone */
}

static void put_recording(oc_json_t *json, const oc_stream_row_t *a, const oc_stream_row_t *b,
                          uint32_t manual_until, int64_t wall_us) {
    open_key(json, "recording");
    oc_json_member_bool(json, "active", a->recording || b->recording);
    oc_json_member_bool(json, "failing", a->record_failing || b->record_failing);
    oc_json_member_int(json, "files", (int64_t)a->record_files + b->record_files);
    oc_json_member_int(json, "bytes",
                       wide(a->record_bytes_hi, a->record_bytes_lo) +
                           wide(b->record_bytes_hi, b->record_bytes_lo));
    oc_json_member_int(json, "lostPackets",
                       (int64_t)a->record_lost_packets + b->record_lost_packets);
    oc_json_member_int(json, "syncedAgeMs",
                       (int64_t)a->record_synced_age_ms + b->record_synced_age_ms);
    put_manual(json, manual_until, wall_us);
    oc_json_end_object(json);
}

static void read_row(const oc_plane_t *plane, unsigned slot, oc_stream_row_t *row) {
    const oc_table_t *table = oc_plane_stream_table(plane, slot);
    if (!table || !oc_table_read(table, (uint32_t *)row))
        memset(row, 0, sizeof(*row));
}

static const oc_desired_channel_t *settings_of(const oc_desired_t *desired, const char *name) {
    static const oc_desired_channel_t none;
    for (unsigned i = 0; i < desired->head.count; i++)
        if (strcmp(desired->channels[i].name, name) == 0)
            return &desired->channels[i];
    return &none;
}

/* Why a channel does not run: words, "" = those of the code; -OC_ERR_*, 0 = it does. */
static void put_problem(oc_json_t *json, const char *words, uint32_t failure) {
    char reason[24];
    int code = -(int)failure;
    size_t len = 0;
    for (const char *at = oc_err_name(code); *at && len + 1 < sizeof(reason); at++)
        reason[len++] = (char)(*at == '_' ? '-' : *at | 0x20);
    reason[len] = '\0';
    const char *text = words[0] ? words : oc_err_text(code);
    oc_json_member_string(json, "problem", failure ? text : NULL);
    oc_json_member_string(json, "reason", failure ? reason : NULL);
}

/* As people know it: a source that does not open is lost. */
static const char *state_of(const oc_plane_t *plane, uint32_t state) {
    static const char *const states[] = {"free",  "opening", "running", "lost",
                                         "ended", "closing", "silent",  "lost"};
    return state == OC_STREAM_FAILED && oc_plane_privacy(plane) ? "private" : states[state];
}

/* Channel `id`, when there is one. True: there is. */
static bool put_channel(oc_json_t *json, const oc_status_json_t *status, unsigned id) {
    char why[OC_DESIRED_WHY_MAX];
    char name[OC_CHANNEL_NAME_MAX];
    oc_stream_row_t row, sub;
    read_row(status->plane, id, &row);
    read_row(status->plane, OC_CHANNELS_MAX + id, &sub);
    if (row.state == OC_STREAM_FREE || row.state > OC_STREAM_FAILED ||
        oc_plane_is_test(status->plane, id))
        return false;
    oc_plane_channel_name(status->plane, id, name);
    const oc_desired_channel_t *settings = settings_of(status->desired, name);
    oc_json_begin_object(json);
    oc_json_member_int(json, "id", id);
    oc_json_member_string(json, "name", name);
    oc_json_member_string(json, "title", settings->title[0] ? settings->title : name);
    put_stream(json, &row, name, false, state_of(status->plane, row.state), settings->tls);
    put_recording(json, &row, &sub, settings->manual_until,
                  oc_clock_wall_us(&status->clock, status->now_us));
    oc_json_key(json, "sub");
    if (sub.state != OC_STREAM_FREE && sub.state <= OC_STREAM_SILENT) {
        oc_json_begin_object(json);
        put_stream(json, &sub, name, true, state_of(status->plane, sub.state), settings->sub_tls);
        oc_json_end_object(json);
    } else {
        oc_json_null(json);
    }
    oc_plane_why(status->plane, id, why);
    put_problem(json, why, row.failure == (uint32_t)-OC_ERR_PRIVATE ? 0 : row.failure);
    oc_json_end_object(json);
    return true;
}

/* The number of a channel; OC_CHANNELS_MAX: it has none yet. */
static unsigned number_of(const oc_plane_t *plane, const char *of) {
    char name[OC_CHANNEL_NAME_MAX];
    for (unsigned i = 0; i < OC_CHANNELS_MAX; i++) {
        oc_plane_channel_name(plane, i, name);
        if (strcmp(name, of) == 0)
            return i;
    }
    return OC_CHANNELS_MAX;
}

/* As the settings list them; one that is not in them any more comes last. */
static void put_channels(oc_json_t *json, const oc_status_json_t *status) {
    bool shown[OC_CHANNELS_MAX] = {false};
    oc_json_key(json, "channels");
    oc_json_begin_array(json);
    for (unsigned i = 0; i < status->desired->head.count; i++) {
        unsigned number = number_of(status->plane, status->desired->channels[i].name);
        if (number < OC_CHANNELS_MAX)
            shown[number] = put_channel(json, status, number);
    }
    for (unsigned i = 0; i < OC_CHANNELS_MAX; i++)
        if (!shown[i])
            put_channel(json, status, i);
    oc_json_end_array(json);
}

static void put_script(oc_json_t *json, const oc_status_json_t *status) {
    open_key(json, "script");
    oc_json_member_string(json, "state", status->script);
    oc_json_member_int(json, "generation", status->generation);
    oc_json_member_int(json, "restarts", status->restarts);
    oc_json_key(json, "lastEnd");
    if (status->end_reason) {
        oc_json_begin_object(json);
        oc_json_member_string(json, "reason", status->end_reason);
        oc_json_member_string(json, "message", status->end_message);
        put_time(json, "at", status->end_wall_us);
        oc_json_end_object(json);
    } else {
        oc_json_null(json);
    }
    oc_json_end_object(json);
}

static void put_privacy(oc_json_t *json, const oc_plane_t *plane) {
    static const char *const words[] = {"command", "schedule", "switch"};
    uint32_t reasons = oc_plane_privacy(plane), light = oc_plane_indicator(plane);
    open_key(json, "privacy");
    oc_json_member_bool(json, "on", reasons != 0);
    oc_json_key(json, "by");
    oc_json_begin_array(json);
    for (unsigned i = 0; i < 3; i++)
        if (reasons >> i & 1)
            oc_json_string(json, words[i]);
    oc_json_end_array(json);
    oc_json_end_object(json);
    open_key(json, "indicator");
    oc_json_member_bool(json, "sensorOn", light & OC_INDICATOR_SENSOR);
    oc_json_member_bool(json, "watching", light & OC_INDICATOR_WATCHING);
    oc_json_end_object(json);
}

size_t oc_status_json_write(const oc_status_json_t *status, char *out, size_t size) {
    static const char *const qualities[] = {"none", "rtc", "ntp"};
    const oc_desired_head_t *head = &status->desired->head;
    oc_json_t json = oc_json(out, size);
    oc_json_begin_object(&json);
    oc_json_member_string(&json, "version", status->version);
    oc_json_member_int(&json, "apiLevel", OC_API_LEVEL);
    open_key(&json, "application"); /* the script knows it */
    oc_json_member_string(&json, "name", "");
    oc_json_member_string(&json, "version", "");
    oc_json_end_object(&json);
    oc_json_member_string(&json, "name", head->name);
    oc_json_member_int(&json, "uptimeSeconds", (status->now_us - status->started_us) / 1000000);
    put_script(&json, status);
    open_key(&json, "clock");
    put_time(&json, "now", oc_clock_wall_us(&status->clock, status->now_us));
    oc_json_member_string(&json, "quality", qualities[status->clock.quality]);
    oc_json_end_object(&json);
    open_key(&json, "timezone");
    oc_json_member_string(&json, "name", head->zone[0] ? head->zone : "UTC");
    oc_json_member_string(&json, "posix", head->posix[0] ? head->posix : "UTC0");
    oc_json_member_int(&json, "offsetMinutes", head->offset_minutes);
    oc_json_end_object(&json);
    put_privacy(&json, status->plane);
    static const char *const scripts[] = {"mode", "cloud", "disk"}; /* it alone knows */
    for (unsigned i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
        oc_json_key(&json, scripts[i]);
        oc_json_null(&json);
    }
    put_channels(&json, status);
    oc_json_end_object(&json);
    return json.bad ? 0 : json.len;
}
