#define _GNU_SOURCE
#include "oc_update_history.h"

#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "oc_beneath.h"
#include "oc_clock.h"
#include "oc_err.h"
#include "oc_store.h"
#include "oc_update_disk.h"

#define FILE_MAX (128 * 1024)

/* ISO 8601 with milliseconds; "": not known. */
static void time_text(int64_t wall_us, char out[32]) {
    time_t seconds = (time_t)(wall_us / 1000000);
    struct tm parts;
    char date[24];
    out[0] = '\0';
    if (wall_us <= 0 || !gmtime_r(&seconds, &parts) ||
        strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &parts) == 0)
        return;
    snprintf(out, 32, "%s.%03dZ", date, (int)(wall_us / 1000 % 1000));
}

/* What time_text wrote; 0: something else. */
static int64_t time_of(const char *text) {
    struct tm parts = {0};
    int ms = 0;
    const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &parts);
    if (!rest || sscanf(rest, ".%3dZ", &ms) != 1)
        return 0;
    return (int64_t)timegm(&parts) * 1000000 + ms * 1000;
}

/* ---- written ---- */

static void write_entry(const oc_update_entry_t *entry, oc_json_t *json) {
    char at[32];
    time_text(entry->wall_us, at);
    oc_json_begin_object(json);
    oc_json_member_string(json, "at", at);
    oc_json_member_string(json, "version", entry->version);
    oc_json_member_string(json, "from", entry->from);
    oc_json_member_string(json, "result", entry->result);
    oc_json_member_string(json, "why", entry->why);
    oc_json_member_string(json, "by", entry->by);
    oc_json_member_string(json, "keyId", entry->key);
    oc_json_end_object(json);
}

static void write_failure(const oc_update_history_t *history, oc_json_t *json) {
    char at[32];
    if (!history->failure.version[0]) {
        oc_json_null(json);
        return;
    }
    time_text(history->failure.wall_us, at);
    oc_json_begin_object(json);
    oc_json_member_string(json, "at", at);
    oc_json_member_string(json, "version", history->failure.version);
    oc_json_member_string(json, "why", history->failure.why);
    oc_json_member_string(json, "stack", history->stack);
    oc_json_end_object(json);
}

void oc_update_history_write(const oc_update_history_t *history, oc_json_t *json) {
    oc_json_key(json, "lastFailure");
    write_failure(history, json);
    oc_json_key(json, "history");
    oc_json_begin_array(json);
    for (unsigned i = 0; i < history->count; i++)
        write_entry(&history->entries[i], json);
    oc_json_end_array(json);
}

int oc_update_history_save(const oc_update_history_t *history, int root) {
    char *text = malloc(FILE_MAX);
    if (!text)
        return OC_ERR_NOMEM;
    oc_json_t json = oc_json(text, FILE_MAX);
    oc_json_begin_object(&json);
    oc_update_history_write(history, &json);
    oc_json_end_object(&json);
    int result =
        json.bad ? OC_ERR_TOO_BIG : oc_store_replace(root, OC_UPDATE_HISTORY, text, json.len);
    free(text);
    return result;
}

/* ---- read ---- */

static void take(const json_t *object, const char *key, char *out, size_t size) {
    const char *text = json_string_value(json_object_get(object, key));
    snprintf(out, size, "%s", text ? text : "");
}

static void read_entry(const json_t *object, oc_update_entry_t *entry) {
    char at[32];
    take(object, "at", at, sizeof(at));
    entry->wall_us = time_of(at);
    take(object, "version", entry->version, sizeof(entry->version));
    take(object, "from", entry->from, sizeof(entry->from));
    take(object, "result", entry->result, sizeof(entry->result));
    take(object, "why", entry->why, sizeof(entry->why));
    take(object, "by", entry->by, sizeof(entry->by));
    take(object, "keyId", entry->key, sizeof(entry->key));
}

/* The file's text; NULL: none. */
static char *read_text(int root, size_t *len) {
    struct stat about;
    int fd = oc_beneath_open(root, OC_UPDATE_HISTORY, O_RDONLY | O_NONBLOCK, 0);
    char *text = NULL;
    if (fd < 0)
        return NULL;
    if (fstat(fd, &about) == 0 && S_ISREG(about.st_mode) && about.st_size <= FILE_MAX)
        text = malloc((size_t)about.st_size + 1);
    ssize_t got = text ? read(fd, text, (size_t)about.st_size) : -1;
    close(fd);
    *len = got > 0 ? (size_t)got : 0;
    return text;
}

void oc_update_history_load(oc_update_history_t *history, int root) {
    size_t len = 0, index;
    const json_t *entry;
    memset(history, 0, sizeof(*history));
    char *text = read_text(root, &len);
    json_t *all = text ? json_loadb(text, len, 0, NULL) : NULL;
    free(text);
    const json_t *list = json_object_get(all, "history");
    const json_t *failure = json_object_get(all, "lastFailure");
    json_array_foreach(list, index, entry) {
        if (history->count < OC_UPDATE_HISTORY_MAX)
            read_entry(entry, &history->entries[history->count++]);
    }
    if (json_is_object(failure)) {
        read_entry(failure, &history->failure);
        take(failure, "stack", history->stack, sizeof(history->stack));
    }
    json_decref(all);
}

void oc_update_history_add(oc_update_history_t *history, const oc_update_entry_t *entry,
                           const char *stack) {
    if (history->count < OC_UPDATE_HISTORY_MAX)
        history->count++;
    memmove(&history->entries[1], &history->entries[0],
            (history->count - 1) * sizeof(history->entries[0]));
    history->entries[0] = *entry;
    if (!stack)
        return;
    history->failure = *entry;
    snprintf(history->stack, sizeof(history->stack), "%s", stack);
}
