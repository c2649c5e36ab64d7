#include "oc_metrics.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "oc_posix.h"

#define WORD(field) (offsetof(oc_stream_row_t, field) / 4)
#define NONE        0xffff /* no second word */
#define MICRO       1000000
#define MILLI       1000

/* A metric of every stream, from one or two (lo, hi) words of its row. */
typedef struct metric {
    const char *name, *type, *help, *labels; /* labels: more of them, "" = none */
    uint16_t low, high;
    uint32_t divide; /* 1 or a power of ten */
} metric_t;

#define GAUGE(name, help, field, divide)                                                           \
    { name, "gauge", help, "", WORD(field), NONE, divide }
#define COUNT(name, help, field)                                                                   \
    { name, "counter", help, "", WORD(field), NONE, 1 }
#define COUNT64(name, help, field)                                                                 \
    { name, "counter", help, "", WORD(field##_lo), WORD(field##_hi), 1 }
#define QUANTILE(name, help, quantile, field)                                                      \
    { name, "gauge", help, ",quantile=\"" quantile "\"", WORD(field), NONE, MICRO }
#define QUANTILES(name, help)                                                                      \
    QUANTILE(name, help, "0.5", lateness_p50_us), QUANTILE(name, help, "0.99", lateness_p99_us),   \
        QUANTILE(name, help, "0.999", lateness_p999_us),                                           \
        QUANTILE(name, help, "1", lateness_max_us)

#define LOST(id, name)                                                                             \
    {"ocellus_packets_lost_total",                                                                 \
     "counter",                                                                                    \
     "Packets that did not reach the ring, by cause",                                              \
     ",cause=\"" name "\"",                                                                        \
     OC_STREAM_ROW_LOST(OC_LOSS_##id),                                                             \
     NONE,                                                                                         \
     1},

static const metric_t metrics_of_channel[] = {
    GAUGE("ocellus_channel_state",
          "1 opening, 2 running, 3 lost, 4 ended, 5 closing, 6 silent, 7 failed", state, 1),
    GAUGE("ocellus_bitrate_bits_per_second", "Bit rate of the source", bitrate_bps, 1),
    GAUGE("ocellus_frames_per_second", "Frame rate of the source", fps_milli, MILLI),
    COUNT64("ocellus_packets_total", "Packets written to the ring", packets),
    COUNT64("ocellus_bytes_total", "Bytes written to the ring", bytes),
    COUNT64("ocellus_copied_bytes_total", "Bytes copied on the way into the ring", copied),
    COUNT("ocellus_empty_packets_total", "Empty packets skipped", empty_packets),
    COUNT("ocellus_dropped_packets_total", "Packets dropped between source and ring",
          dropped_packets),
    OC_LOSS_MAP(LOST) COUNT("ocellus_lost_gops_total", "Groups of pictures given up", lost_gops),
    COUNT("ocellus_time_jumps_total", "Breaks of the source's time line", jumps),
    COUNT("ocellus_source_losses_total", "Times the source was lost", source_losses),
    GAUGE("ocellus_ring_bytes", "Memory of the ring", ring_bytes, 1),
    GAUGE("ocellus_ring_held_bytes", "Bytes in the ring now", ring_held_bytes, 1),
    GAUGE("ocellus_ring_held_seconds", "Time in the ring now", ring_held_ms, MILLI),
    GAUGE("ocellus_ring_readers", "Readers of the ring", ring_readers, 1),
    COUNT("ocellus_ring_overruns_total", "Times the ring overran a reader", ring_overruns),
    QUANTILES("ocellus_latency_seconds", "Latency from capture to ring, by quantile"),
    QUANTILES("ocellus_lateness_seconds",
              "Previous name of ocellus_latency_seconds"), /* until 0.2.0: ADR 35 */
    GAUGE("ocellus_recording", "1 while a recording is written", recording, 1),
    GAUGE("ocellus_recording_failing", "1 while the recording cannot be written", record_failing,
          1),
    COUNT("ocellus_recording_files_total", "Recordings opened", record_files),
    COUNT64("ocellus_recorded_bytes_total", "Bytes written to recordings", record_bytes),
    COUNT("ocellus_recording_lost_packets_total", "Packets omitted from recordings",
          record_lost_packets),
    GAUGE("ocellus_recording_synced_age_seconds",
          "How far the disk is behind: age of the newest packet on it, 0 when none came since",
          record_synced_age_ms, MILLI),
    COUNT("ocellus_live_requests_total", "Requests for live playlists and segments", live_requests),
    GAUGE("ocellus_viewers", "Viewers of the live picture", viewers, 1),
};

/* Text that grows to a limit. */
typedef struct text {
    char *out;
    size_t size, len;
    bool bad;
} text_t;

static void put(text_t *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void put(text_t *text, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(text->out + text->len, text->size - text->len, format, arguments);
    va_end(arguments);
    if (len < 0 || (size_t)len >= text->size - text->len)
        text->bad = true;
    else
        text->len += (size_t)len;
}

static void head(text_t *text, const char *name, const char *type, const char *help) {
    put(text, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void value(text_t *text, uint64_t number, uint32_t divide) {
    if (divide == 1)
        put(text, " %llu\n", (unsigned long long)number);
    else
        put(text, " %llu.%0*llu\n", (unsigned long long)(number / divide), divide == MICRO ? 6 : 3,
            (unsigned long long)(number % divide));
}

/* One consistent copy of every row; state 0: none. */
typedef struct rows {
    oc_stream_row_t row[OC_STREAMS_MAX];
    char name[OC_STREAMS_MAX][OC_CHANNEL_NAME_MAX];
} rows_t;

static void read_rows(const oc_plane_t *plane, rows_t *rows) {
    memset(rows, 0, sizeof(*rows));
    for (unsigned i = 0; i < OC_STREAMS_MAX; i++) {
        const oc_table_t *table = oc_plane_stream_table(plane, i);
        if (!table || !oc_table_read(table, (uint32_t *)&rows->row[i]) ||
            oc_plane_is_test(plane, i))
            rows->row[i].state = OC_STREAM_FREE;
        oc_plane_channel_name(plane, i, rows->name[i]);
    }
}

static void channels(text_t *text, const rows_t *rows) {
    size_t count = sizeof(metrics_of_channel) / sizeof(metrics_of_channel[0]);
    for (size_t m = 0; m < count; m++) {
        const metric_t *metric = &metrics_of_channel[m];
        if (m == 0 || strcmp(metric->name, metric[-1].name) != 0)
            head(text, metric->name, metric->type, metric->help);
        for (unsigned i = 0; i < OC_STREAMS_MAX; i++) {
            const uint32_t *words = (const uint32_t *)&rows->row[i];
            uint64_t number = words[metric->low];
            if (rows->row[i].state == OC_STREAM_FREE ||
                (rows->row[i].state == OC_STREAM_FAILED && m > 0)) /* its state, no more */
                continue;
            if (metric->high != NONE)
                number |= (uint64_t)words[metric->high] << 32;
            put(text, "%s{channel=\"%s\",stream=\"%s\"%s}", metric->name, rows->name[i],
                i < OC_CHANNELS_MAX ? "main" : "sub", metric->labels);
            value(text, number, metric->divide);
        }
    }
}

static void up(text_t *text, const rows_t *rows) {
    head(text, "ocellus_channel_up", "gauge",
         "1 while the stream runs, or its source has come to its end");
    for (unsigned i = 0; i < OC_STREAMS_MAX; i++) {
        uint32_t state = rows->row[i].state;
        if (state != OC_STREAM_FREE)
            put(text, "ocellus_channel_up{channel=\"%s\",stream=\"%s\"} %d\n", rows->name[i],
                i < OC_CHANNELS_MAX ? "main" : "sub",
                state == OC_STREAM_RUNNING || state == OC_STREAM_ENDED);
    }
}

static void privacy(text_t *text, const oc_plane_t *plane) {
    static const char *const reasons[] = {"command", "schedule", "switch"};
    uint32_t now = oc_plane_privacy(plane), light = oc_plane_indicator(plane);
    head(text, "ocellus_privacy", "gauge", "1 while nothing is captured for this reason");
    for (unsigned i = 0; i < 3; i++)
        put(text, "ocellus_privacy{reason=\"%s\"} %u\n", reasons[i], now >> i & 1);
    head(text, "ocellus_indicator_sensor", "gauge", "1 while a source is open, or may be");
    put(text, "ocellus_indicator_sensor %u\n", light & 1);
    head(text, "ocellus_indicator_watching", "gauge", "1 while somebody watches live");
    put(text, "ocellus_indicator_watching %u\n", light >> 1 & 1);
}

static void http(text_t *text, const oc_http_counts_t *counts) {
    head(text, "ocellus_http_connections", "gauge", "Open HTTP connections");
    put(text, "ocellus_http_connections %u\n", atomic_load(&counts->connections));
    head(text, "ocellus_http_refused_connections_total", "counter",
         "Connections closed because of the connection limit");
    put(text, "ocellus_http_refused_connections_total %u\n", atomic_load(&counts->refused));
    head(text, "ocellus_http_responses_total", "counter", "HTTP responses by class of status");
    for (unsigned i = 0; i < 5; i++)
        put(text, "ocellus_http_responses_total{class=\"%uxx\"} %u\n", i + 1,
            atomic_load(&counts->responses[i]));
    static const char *const results[] = {"right", "wrong", "refused"};
    head(text, "ocellus_http_logins_total", "counter", "Login attempts, by result");
    for (unsigned i = 0; i < 3; i++)
        put(text, "ocellus_http_logins_total{result=\"%s\"} %u\n", results[i],
            atomic_load(&counts->logins[i]));
    head(text, "ocellus_http_sent_bytes_total", "counter",
         "Bytes of HTTP bodies sent, in whole kilobytes");
    put(text, "ocellus_http_sent_bytes_total %llu\n",
        (unsigned long long)atomic_load(&counts->sent_kb) * 1000);
}

void oc_metrics_init(oc_metrics_t *metrics, const oc_plane_t *plane, const char *version,
                     int64_t started_us) {
    memset(metrics, 0, sizeof(*metrics));
    metrics->plane = plane;
    metrics->version = version;
    metrics->started_us = started_us;
}

static void gauge(text_t *text, const char *name, const char *help, uint64_t number) {
    head(text, name, "gauge", help);
    put(text, "%s %llu\n", name, (unsigned long long)number);
}

static void script(text_t *text, const oc_metrics_now_t *now) {
    const oc_script_memory_t *memory = &now->memory;
    head(text, "ocellus_script_restarts_total", "counter", "Restarts of the script");
    put(text, "ocellus_script_restarts_total %u\n", now->restarts);
    head(text, "ocellus_script_stuck_total", "counter", "Scripts that nothing could stop");
    put(text, "ocellus_script_stuck_total %u\n", now->stuck);
    gauge(text, "ocellus_script_up", "1 while a script answers requests",
          now->health.script == OC_HEALTH_SCRIPT_RUNNING);
    gauge(text, "ocellus_script_stuck", "1 while the script neither returns nor can be stopped",
          now->health.script == OC_HEALTH_SCRIPT_STUCK);
    gauge(text, "ocellus_script_heap_used_bytes", "Heap of the script that is in use",
          memory->used_bytes);
    gauge(text, "ocellus_script_heap_allocated_bytes",
          "Memory allocated for the script; it ends at the limit", memory->allocated_bytes);
    gauge(text, "ocellus_script_heap_limit_bytes", "Limit of the memory of the script",
          memory->limit_bytes);
    gauge(text, "ocellus_script_keys", "Identifiers of the script; it ends at the limit",
          memory->keys);
    gauge(text, "ocellus_script_keys_limit", "Limit of the identifiers of the script",
          memory->keys_max);
}

static void whole(text_t *text, const oc_health_t *health, uint32_t http_stuck) {
    head(text, "ocellus_http_stuck_total", "counter", "Times that HTTP was not answered for 10 s");
    put(text, "ocellus_http_stuck_total %u\n", http_stuck);
    gauge(text, "ocellus_health", "0 ok, 1 degraded, 2 failing: as /healthz says",
          oc_health_level(health));
    gauge(text, "ocellus_media_up", "0 while the media thread moves no packets",
          !health->media_late);
    gauge(text, "ocellus_channels", "Configured channels", health->channels);
    gauge(text, "ocellus_channels_down", "Configured channels that do not run", health->down);
    gauge(text, "ocellus_data_up", "0 while the data directory is not there, or does not answer",
          !health->data_gone && !health->disk_hung);
    gauge(text, "ocellus_data_free_bytes", "Free space for the data directory", health->free_bytes);
    gauge(text, "ocellus_data_size_bytes", "Size of the file system of the data directory",
          health->total_bytes);
}

size_t oc_metrics_write(oc_metrics_t *metrics, const oc_metrics_now_t *now, char *out,
                        size_t size) {
    text_t text = {.out = out, .size = size};
    rows_t rows;
    head(&text, "ocellus_build_info", "gauge", "Always 1; the version is the label");
    put(&text, "ocellus_build_info{version=\"%s\"} 1\n", metrics->version);
    head(&text, "ocellus_uptime_seconds", "gauge", "Time since the process began");
    put(&text, "ocellus_uptime_seconds");
    value(&text, (uint64_t)(oc_posix_now_us() - metrics->started_us), MICRO);
    whole(&text, &now->health, now->http_stuck);
    script(&text, now);
    privacy(&text, metrics->plane);
    read_rows(metrics->plane, &rows);
    up(&text, &rows);
    channels(&text, &rows);
    const oc_http_counts_t *counts = atomic_load(&metrics->http);
    if (counts)
        http(&text, counts);
    if (metrics->more && !text.bad)
        text.len += metrics->more(metrics->more_context, out + text.len, size - text.len);
    return text.bad ? 0 : text.len;
}
