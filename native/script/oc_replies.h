/* Made by tools/protocol from protocol/replies.ts: do not edit. */
#ifndef OC_REPLIES_H
#define OC_REPLIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* clang-format off */
/* Lines of parcels that answer commands: fields as text, each ended by NUL. NAME_write returns the bytes of a line; 0: it does
 * not fit, and what is in out is none. */

#define OC_REPLY_NUMBER 24 /* bytes of a number as text */

/* Its text; "": below 0. */
static inline const char *oc_reply_optional(char out[OC_REPLY_NUMBER], int64_t number) {
    out[0] = 0;
    if (number >= 0)
        snprintf(out, OC_REPLY_NUMBER, "%lld", (long long)number);
    return out;
}

/* An entry of the event log. EVENTS_READ */
typedef struct oc_logged_event {
    int64_t number;
    int64_t at_ms; /* ms since 1970 */
    const char *channel; /* "": the process */
    bool sub; /* of the sub stream */
    bool raised; /* an application raised it */
    const char *kind;
    int64_t code;
    const char *path;
    const char *text;
} oc_logged_event_t;
static inline size_t oc_logged_event_write(const oc_logged_event_t *line, char *out, size_t size) {
    int len = snprintf(out, size, "%lld%c%lld%c%s%c%s%s%c%s%c%lld%c%s%c%s", (long long)line->number, 0, (long long)line->at_ms, 0, line->channel, 0, line->sub ? "s" : "", line->raised ? "r" : "", 0, line->kind, 0, (long long)line->code, 0, line->path, 0, line->text);
    return len >= 0 && (size_t)len < size ? (size_t)len + 1 : 0;
}

/* An event that is kept. EVENTS_LIST */
typedef struct oc_event_row {
    int64_t id;
    int64_t mask; /* requirement A7; 0: its kind has no bit */
    int64_t start_ms; /* ms since 1970 */
    int64_t end_ms; /* none: it goes on; below 0: none */
    bool protected; /* its recordings are kept */
    bool raised; /* by an application, or who asked it to */
    bool picture; /* there is one */
    const char *kind;
    const char *channel; /* "": of none */
    const char *data; /* JSON; "": none */
} oc_event_row_t;
static inline size_t oc_event_row_write(const oc_event_row_t *line, char *out, size_t size) {
    char end_ms[OC_REPLY_NUMBER];
    int len = snprintf(out, size, "%lld%c%lld%c%lld%c%s%c%s%s%s%c%s%c%s%c%s", (long long)line->id, 0, (long long)line->mask, 0, (long long)line->start_ms, 0, oc_reply_optional(end_ms, line->end_ms), 0, line->protected ? "p" : "", line->raised ? "r" : "", line->picture ? "i" : "", 0, line->kind, 0, line->channel, 0, line->data);
    return len >= 0 && (size_t)len < size ? (size_t)len + 1 : 0;
}

/* One file of a recording; its path says the rest (docs/formats-recordings.md). RECORDINGS_LIST */
typedef struct oc_recording_line {
    const char *path; /* relative to the data directory */
    int64_t bytes;
    int64_t duration_ms; /* of what is in it; while it is open: what is on the disk */
    bool protected; /* an event keeps it from being deleted */
} oc_recording_line_t;
static inline size_t oc_recording_line_write(const oc_recording_line_t *line, char *out, size_t size) {
    int len = snprintf(out, size, "%s%c%lld%c%lld%c%s", line->path, 0, (long long)line->bytes, 0, (long long)line->duration_ms, 0, line->protected ? "p" : "");
    return len >= 0 && (size_t)len < size ? (size_t)len + 1 : 0;
}

/* Recordings without a gap above 2 s. SPANS_LIST */
typedef struct oc_recorded_span {
    int64_t start_ms; /* ms since 1970 */
    int64_t end_ms;
    int64_t bytes;
} oc_recorded_span_t;
static inline size_t oc_recorded_span_write(const oc_recorded_span_t *line, char *out, size_t size) {
    int len = snprintf(out, size, "%lld%c%lld%c%lld", (long long)line->start_ms, 0, (long long)line->end_ms, 0, (long long)line->bytes);
    return len >= 0 && (size_t)len < size ? (size_t)len + 1 : 0;
}

/* How the disk stands, in bytes. STORAGE_READ */
typedef struct oc_storage_head {
    int64_t bytes; /* of all recordings */
    int64_t free;
    int64_t total;
    int64_t oldest_ms; /* of the oldest recording with a date; none: there is no such; below 0: none */
    bool blocked; /* room is short, and nothing may be deleted */
    int64_t deleted_files; /* of the last 1,000 */
    int64_t deleted_bytes;
} oc_storage_head_t;
static inline size_t oc_storage_head_write(const oc_storage_head_t *line, char *out, size_t size) {
    char oldest_ms[OC_REPLY_NUMBER];
    int len = snprintf(out, size, "%lld%c%lld%c%lld%c%s%c%d%c%lld%c%lld", (long long)line->bytes, 0, (long long)line->free, 0, (long long)line->total, 0, oc_reply_optional(oldest_ms, line->oldest_ms), 0, line->blocked, 0, (long long)line->deleted_files, 0, (long long)line->deleted_bytes);
    return len >= 0 && (size_t)len < size ? (size_t)len + 1 : 0;
}

/* A recording that was deleted: the newest 20. STORAGE_READ */
typedef struct oc_deleted_file {
    const char *path;
    int64_t bytes;
    int64_t at_ms;
    const char *why; /* age, channel, bytes, space or request */
} oc_deleted_file_t;
static inline size_t oc_deleted_file_write(const oc_deleted_file_t *line, char *out, size_t size) {
    int len = snprintf(out, size, "%s%c%lld%c%lld%c%s", line->path, 0, (long long)line->bytes, 0, (long long)line->at_ms, 0, line->why);
    return len >= 0 && (size_t)len < size ? (size_t)len + 1 : 0;
}

/* Where a recording can be cut. In a long one with many key frames every second, fourth ... is left out. RECORDING_KEYS */
typedef struct oc_keys_head {
    int64_t init_bytes; /* bytes of the init segment, from the start of the file */
    int64_t bytes; /* so far fragments go: those on the disk while it is open */
    int64_t duration_ms; /* of the media in them */
    bool open; /* it is being written */
} oc_keys_head_t;
static inline size_t oc_keys_head_write(const oc_keys_head_t *line, char *out, size_t size) {
    int len = snprintf(out, size, "%lld%c%lld%c%lld%c%d", (long long)line->init_bytes, 0, (long long)line->bytes, 0, (long long)line->duration_ms, 0, line->open);
    return len >= 0 && (size_t)len < size ? (size_t)len + 1 : 0;
}

/* A key frame, which begins a fragment. RECORDING_KEYS */
typedef struct oc_key_frame {
    int64_t ms; /* milliseconds from the start of the recording */
    int64_t offset; /* bytes from the start of the file */
} oc_key_frame_t;
static inline size_t oc_key_frame_write(const oc_key_frame_t *line, char *out, size_t size) {
    int len = snprintf(out, size, "%lld%c%lld", (long long)line->ms, 0, (long long)line->offset);
    return len >= 0 && (size_t)len < size ? (size_t)len + 1 : 0;
}
/* clang-format on */

#endif
