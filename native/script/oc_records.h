/* Made by tools/protocol from protocol/records.ts: do not edit. */
#ifndef OC_RECORDS_H
#define OC_RECORDS_H

#include <stdbool.h>
#include <stddef.h>
#include "oc_capture.h"
#include "oc_file_op.h"
#include "oc_limits.h"
#include "oc_out_file.h"
#include "oc_record.h"

/* clang-format off */
/* Each structure NAME_t has int NAME_read(oc_span_t parcel, NAME_t *out), which checks and copies: OC_OK | OC_ERR_INVAL. */

/* Bytes of texts with NUL. */
#define OC_CHANNEL_NAME_MAX 32
#define OC_EVENT_KIND_MAX 24
#define OC_EVENT_KINDS_MAX 256
#define OC_EVENT_TEXT_MAX 160
#define OC_EVENT_JSON_MAX 4097
#define OC_PUSH_LABEL_MAX 64
#define OC_PUSH_URL_MAX 1024
#define OC_PUSH_PIN_MAX 128

/* Which recordings. */
typedef struct oc_list_config {
    char channel[OC_CHANNEL_NAME_MAX]; /* "": all */
    char name[OC_OUT_FILE_NAME_MAX]; /* "": all */
    char after[OC_FILE_PATH_MAX]; /* path of the last row of the page before; "": from the start */
    uint32_t limit; /* rows, 1 to 200; 0: 100 */
    bool newest_first; /* by start over all channels; false: by channel, then start */
    uint8_t gap0[3];
    int64_t from_ms; /* those that touch [from, to), ms since 1970; 0: no limit. Recordings without a date match only when both are 0 */
    int64_t to_ms;
} oc_list_config_t;
OC_RECORD(oc_list_config, 376, {0, 32, "channel"}, {32, 64, "name"}, {96, 256, "after"}, {356, 0, "newest_first"}, {0, OC_RECORD_END, ""})
_Static_assert(offsetof(oc_list_config_t, channel) == 0 && offsetof(oc_list_config_t, name) == 32 && offsetof(oc_list_config_t, after) == 96 && offsetof(oc_list_config_t, limit) == 352 && offsetof(oc_list_config_t, newest_first) == 356 && offsetof(oc_list_config_t, from_ms) == 360 && offsetof(oc_list_config_t, to_ms) == 368 && sizeof(oc_list_config_t) == 376, "as TypeScript writes it");

/* Which spans of recordings. */
typedef struct oc_span_query {
    char channel[OC_CHANNEL_NAME_MAX]; /* "": all together */
    uint32_t limit; /* spans */
    uint8_t gap0[4];
    int64_t from_ms; /* those that touch [from, to), ms since 1970; to 0: no end */
    int64_t to_ms;
} oc_span_query_t;
OC_RECORD(oc_span_query, 56, {0, 32, "channel"}, {0, OC_RECORD_END, ""})
_Static_assert(offsetof(oc_span_query_t, channel) == 0 && offsetof(oc_span_query_t, limit) == 32 && offsetof(oc_span_query_t, from_ms) == 40 && offsetof(oc_span_query_t, to_ms) == 48 && sizeof(oc_span_query_t) == 56, "as TypeScript writes it");

/* Which of the events that are kept. Times: ms since 1970; 0: no limit. */
typedef struct oc_event_query {
    char channel[OC_CHANNEL_NAME_MAX]; /* "": all */
    char kinds[OC_EVENT_KINDS_MAX]; /* each behind a line feed, and one at the end: \nmotion\nhuman\n; "": all */
    bool newest_first; /* by their beginning */
    bool by_number; /* by their number instead, those above afterId */
    uint8_t gap0[2];
    uint32_t limit; /* rows, 1 to 200; 0: 100 */
    uint32_t after_id; /* number and beginning of the last row of the page before; 0: from the start */
    uint8_t gap1[4];
    int64_t after_ms;
    int64_t from_ms; /* events that touch [from, to] */
    int64_t to_ms;
} oc_event_query_t;
OC_RECORD(oc_event_query, 328, {0, 32, "channel"}, {32, 256, "kinds"}, {288, 0, "newest_first"}, {289, 0, "by_number"}, {0, OC_RECORD_END, ""})
_Static_assert(offsetof(oc_event_query_t, channel) == 0 && offsetof(oc_event_query_t, kinds) == 32 && offsetof(oc_event_query_t, newest_first) == 288 && offsetof(oc_event_query_t, by_number) == 289 && offsetof(oc_event_query_t, limit) == 292 && offsetof(oc_event_query_t, after_id) == 296 && offsetof(oc_event_query_t, after_ms) == 304 && offsetof(oc_event_query_t, from_ms) == 312 && offsetof(oc_event_query_t, to_ms) == 320 && sizeof(oc_event_query_t) == 328, "as TypeScript writes it");

/* An event to keep (EVENT_BEGIN); arg0 has its mask. */
typedef struct oc_event_begin_record {
    int64_t start_ms; /* ms since 1970 */
    int64_t end_ms; /* ms since 1970; -1: it goes on */
    char kind[OC_EVENT_KIND_MAX];
    char channel[OC_CHANNEL_NAME_MAX]; /* "": of none */
    char data[OC_EVENT_JSON_MAX]; /* JSON; "": none */
    uint8_t gap0[7];
} oc_event_begin_record_t;
OC_RECORD(oc_event_begin_record, 4176, {16, 24, "kind"}, {40, 32, "channel"}, {72, 4097, "data"}, {0, OC_RECORD_END, ""})
_Static_assert(offsetof(oc_event_begin_record_t, start_ms) == 0 && offsetof(oc_event_begin_record_t, end_ms) == 8 && offsetof(oc_event_begin_record_t, kind) == 16 && offsetof(oc_event_begin_record_t, channel) == 40 && offsetof(oc_event_begin_record_t, data) == 72 && sizeof(oc_event_begin_record_t) == 4176, "as TypeScript writes it");

/* When an event ended (EVENT_END). */
typedef struct oc_event_end_record {
    int64_t at_ms; /* ms since 1970 */
} oc_event_end_record_t;
OC_RECORD(oc_event_end_record, 8, {0, OC_RECORD_END, ""})
_Static_assert(offsetof(oc_event_end_record_t, at_ms) == 0 && sizeof(oc_event_end_record_t) == 8, "as TypeScript writes it");

/* An event of the application for the log (EVENT_ADD). */
typedef struct oc_event_raise {
    char kind[OC_EVENT_KIND_MAX];
    char channel[OC_CHANNEL_NAME_MAX]; /* "": of none */
    char text[OC_EVENT_TEXT_MAX]; /* one line */
} oc_event_raise_t;
OC_RECORD(oc_event_raise, 216, {0, 24, "kind"}, {24, 32, "channel"}, {56, 160, "text"}, {0, OC_RECORD_END, ""})
_Static_assert(offsetof(oc_event_raise_t, kind) == 0 && offsetof(oc_event_raise_t, channel) == 24 && offsetof(oc_event_raise_t, text) == 56 && sizeof(oc_event_raise_t) == 216, "as TypeScript writes it");

/* The file of a clip (CLIP); its span is in the arguments. */
typedef struct oc_clip_record {
    char name[OC_OUT_FILE_NAME_MAX];
    bool audio;
} oc_clip_record_t;
OC_RECORD(oc_clip_record, 65, {0, 64, "name"}, {64, 0, "audio"}, {0, OC_RECORD_END, ""})
_Static_assert(offsetof(oc_clip_record_t, name) == 0 && offsetof(oc_clip_record_t, audio) == 64 && sizeof(oc_clip_record_t) == 65, "as TypeScript writes it");

/* Limits of the recordings of one channel; 0: none. */
typedef struct oc_retention_of {
    char channel[OC_CHANNEL_NAME_MAX];
    uint32_t max_mb;
    uint32_t max_days;
} oc_retention_of_t;
OC_RECORD(oc_retention_of, 40, {0, 32, "channel"}, {0, OC_RECORD_END, ""})
_Static_assert(offsetof(oc_retention_of_t, channel) == 0 && offsetof(oc_retention_of_t, max_mb) == 32 && offsetof(oc_retention_of_t, max_days) == 36 && sizeof(oc_retention_of_t) == 40, "as TypeScript writes it");

/* What is to be kept: the lesser of the first two stays free; 0: that one does not count. */
typedef struct oc_retention_config {
    uint32_t keep_free_percent;
    uint32_t keep_free_mb;
    uint32_t max_mb; /* of all; 0: no limit */
    uint32_t max_days; /* of all; 0: no limit */
    uint32_t preroll_seconds; /* kept before a protected event */
    uint32_t channels; /* that follow */
    oc_retention_of_t channel[OC_CHANNELS_MAX];
} oc_retention_config_t;
OC_RECORD_LIST(oc_retention_config, 24, 20, oc_retention_of, OC_CHANNELS_MAX, {0, OC_RECORD_END, ""})
_Static_assert(offsetof(oc_retention_config_t, keep_free_percent) == 0 && offsetof(oc_retention_config_t, keep_free_mb) == 4 && offsetof(oc_retention_config_t, max_mb) == 8 && offsetof(oc_retention_config_t, max_days) == 12 && offsetof(oc_retention_config_t, preroll_seconds) == 16 && offsetof(oc_retention_config_t, channels) == 20 && offsetof(oc_retention_config_t, channel) == 24, "as TypeScript writes it");

/* A live push that shall run. One that is equal to that of the list before is not touched. */
typedef struct oc_push_target {
    uint32_t id; /* > 0, no other has it; the same for the same push, over restarts */
    char channel[OC_CHANNEL_NAME_MAX]; /* its name; it may come later */
    bool sub; /* its sub stream */
    uint8_t format; /* oc_push_format_t */
    bool audio_only; /* a stream without a picture is sent too */
    char name[OC_PUSH_LABEL_MAX]; /* for the log and metrics, as "cam1/youtube"; no secret */
    char url[OC_PUSH_URL_MAX]; /* with key, token and passphrase; never logged */
    char pin[OC_PUSH_PIN_MAX]; /* fingerprint of the server's certificate; "": the authorities of the system verify it */
    uint8_t gap0[1];
} oc_push_target_t;
OC_RECORD(oc_push_target, 1256, {4, 32, "channel"}, {36, 0, "sub"}, {38, 0, "audio_only"}, {39, 64, "name"}, {103, 1024, "url"}, {1127, 128, "pin"}, {0, OC_RECORD_END, ""})
_Static_assert(offsetof(oc_push_target_t, id) == 0 && offsetof(oc_push_target_t, channel) == 4 && offsetof(oc_push_target_t, sub) == 36 && offsetof(oc_push_target_t, format) == 37 && offsetof(oc_push_target_t, audio_only) == 38 && offsetof(oc_push_target_t, name) == 39 && offsetof(oc_push_target_t, url) == 103 && offsetof(oc_push_target_t, pin) == 1127 && sizeof(oc_push_target_t) == 1256, "as TypeScript writes it");

/* All live pushes (PUSHES). */
typedef struct oc_push_targets {
    uint32_t targets; /* that follow */
    oc_push_target_t target[OC_PUSHES_MAX];
} oc_push_targets_t;
OC_RECORD_LIST(oc_push_targets, 4, 0, oc_push_target, OC_PUSHES_MAX, {0, OC_RECORD_END, ""})
_Static_assert(offsetof(oc_push_targets_t, targets) == 0 && offsetof(oc_push_targets_t, target) == 4, "as TypeScript writes it");

/* Where to listen, and the rules of the server. Lists hold one entry a line; "": none; addresses: at least one. */
typedef struct oc_listen_config {
    char addresses[512]; /* listen */
    uint32_t port; /* port */
    bool always; /* http.login */
    char hosts[2048]; /* http.hosts */
    char cors_origins[2048]; /* http.corsOrigins */
    char trusted_proxies[768]; /* http.trustedProxies */
    char tls_cert[512]; /* http.tlsCert */
    char tls_key[512]; /* http.tlsKey */
    uint8_t gap0[3];
} oc_listen_config_t;
OC_RECORD(oc_listen_config, 6408, {0, 512, "addresses"}, {516, 0, "always"}, {517, 2048, "hosts"}, {2565, 2048, "cors_origins"}, {4613, 768, "trusted_proxies"}, {5381, 512, "tls_cert"}, {5893, 512, "tls_key"}, {0, OC_RECORD_END, ""})
_Static_assert(offsetof(oc_listen_config_t, addresses) == 0 && offsetof(oc_listen_config_t, port) == 512 && offsetof(oc_listen_config_t, always) == 516 && offsetof(oc_listen_config_t, hosts) == 517 && offsetof(oc_listen_config_t, cors_origins) == 2565 && offsetof(oc_listen_config_t, trusted_proxies) == 4613 && offsetof(oc_listen_config_t, tls_cert) == 5381 && offsetof(oc_listen_config_t, tls_key) == 5893 && sizeof(oc_listen_config_t) == 6408, "as TypeScript writes it");

/* How the transport of viewers opens; an application may give the fields of settings other values. port 0: any free one; sessions 0: OC_SESSIONS_MAX; either of interval and attempts 0: off. */
typedef struct oc_p2p_config {
    uint32_t port; /* p2p.port */
    bool ipv6; /* p2p.ipv6 */
    bool loopback; /* p2p.loopback */
    bool relay_only; /* p2p.relayOnly */
    uint8_t gap0[1];
    uint32_t sessions; /* p2p.maxPeers */
    uint32_t keep_alive_s; /* p2p.keepAlive.interval */
    uint32_t keep_alive_attempts; /* p2p.keepAlive.attempts */
    bool ipv4; /* at least one of ipv4 and ipv6 */
    char servers[2048]; /* STUN and TURN, one a line: URL, or URL, blank, user name, blank, password; at most four; "": none. Never logged */
    char ca[512]; /* PEM file that TURN over TLS trusts; "": the system's */
    uint8_t gap1[3];
} oc_p2p_config_t;
OC_RECORD(oc_p2p_config, 2584, {4, 0, "ipv6"}, {5, 0, "loopback"}, {6, 0, "relay_only"}, {20, 0, "ipv4"}, {21, 2048, "servers"}, {2069, 512, "ca"}, {0, OC_RECORD_END, ""})
_Static_assert(offsetof(oc_p2p_config_t, port) == 0 && offsetof(oc_p2p_config_t, ipv6) == 4 && offsetof(oc_p2p_config_t, loopback) == 5 && offsetof(oc_p2p_config_t, relay_only) == 6 && offsetof(oc_p2p_config_t, sessions) == 8 && offsetof(oc_p2p_config_t, keep_alive_s) == 12 && offsetof(oc_p2p_config_t, keep_alive_attempts) == 16 && offsetof(oc_p2p_config_t, ipv4) == 20 && offsetof(oc_p2p_config_t, servers) == 21 && offsetof(oc_p2p_config_t, ca) == 2069 && sizeof(oc_p2p_config_t) == 2584, "as TypeScript writes it");

/* A metric of the application. */
typedef struct oc_app_metric {
    double value;
    char name[40]; /* [a-z][a-z0-9_]*; shown behind "ocellus_app_" */
    char help[88]; /* one line */
    bool counter; /* false: a gauge */
    uint8_t gap0[7];
} oc_app_metric_t;
OC_RECORD(oc_app_metric, 144, {8, 40, "name"}, {48, 88, "help"}, {136, 0, "counter"}, {0, OC_RECORD_END, ""})
_Static_assert(offsetof(oc_app_metric_t, value) == 0 && offsetof(oc_app_metric_t, name) == 8 && offsetof(oc_app_metric_t, help) == 48 && offsetof(oc_app_metric_t, counter) == 136 && sizeof(oc_app_metric_t) == 144, "as TypeScript writes it");

/* All metrics of the application (METRICS). */
typedef struct oc_app_metric_list {
    uint32_t metrics; /* that follow */
    uint8_t gap0[4];
    oc_app_metric_t metric[OC_APP_METRICS_MAX];
} oc_app_metric_list_t;
OC_RECORD_LIST(oc_app_metric_list, 8, 0, oc_app_metric, OC_APP_METRICS_MAX, {0, OC_RECORD_END, ""})
_Static_assert(offsetof(oc_app_metric_list_t, metrics) == 0 && offsetof(oc_app_metric_list_t, metric) == 8, "as TypeScript writes it");
/* clang-format on */

#endif
