#define _GNU_SOURCE
#include "oc_index_prune.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "oc_beneath.h"
#include "oc_err.h"
#include "oc_index_events.h"

#define DAY_MS INT64_C(86400000)
#define BESIDE OC_EVENT_LINE_FOLDER "/.pruned"
#define MONTHS 1200 /* files looked at: a hundred years */
#define BUFFER 65536

/* What may go. */
#define GOES "protected = 0 AND end_ms IS NOT NULL AND start_ms < ?3 "

typedef struct month {
    char name[16]; /* "202611.ndjson" */
    int64_t from_ms, to_ms;
    uint32_t last_id;
} month_t;

/* A file that is written beside. */
typedef struct writer {
    int fd;
    char *data;
    size_t len;
    int64_t bytes; /* all */
    uint32_t last_id;
    int result;
} writer_t;

oc_index_prune_t oc_index_prune_limits(uint64_t total_bytes, int64_t before_ms) {
    uint64_t bytes = total_bytes / OC_INDEX_EVENTS_SHARE;
    if (bytes < OC_INDEX_EVENTS_LEAST)
        bytes = OC_INDEX_EVENTS_LEAST;
    if (bytes > OC_INDEX_EVENTS_BYTES || total_bytes == 0)
        bytes = OC_INDEX_EVENTS_BYTES;
    return (oc_index_prune_t){OC_INDEX_EVENTS_MAX, bytes, before_ms};
}

static int64_t number_of(oc_index_db_t *db, const char *text, int64_t value, int64_t otherwise) {
    sqlite3_stmt *row = oc_index_db_statement(db, text);
    int64_t found = otherwise;
    if (row && sqlite3_bind_parameter_count(row) > 0)
        sqlite3_bind_int64(row, 1, value);
    if (row && oc_index_db_step(db, row) == OC_OK) {
        if (sqlite3_column_type(row, 0) == SQLITE_INTEGER)
            found = sqlite3_column_int64(row, 0);
        sqlite3_reset(row);
    }
    return found;
}

/* What began before this instant goes; INT64_MIN: nothing. */
static int64_t cut_of(oc_index_db_t *db, const oc_index_prune_t *limits) {
    int64_t count = number_of(db, "SELECT count(*) FROM event", 0, 0) -
                    number_of(db, "SELECT count(*) FROM event WHERE protected = 1", 0, 0);
    int64_t bytes = number_of(db, "SELECT sum(bytes) FROM event_file", 0, 0);
    bytes += number_of(db, "SELECT sum(picture) FROM event WHERE picture > 0", 0, 0);
    int64_t limit = (int64_t)limits->bytes, first_ms, cut_ms = INT64_MIN, surplus = 0;
    if (count > limits->max)
        surplus = count - (int64_t)limits->max * 9 / 10;
    if (bytes > limit && count * (bytes - limit * 9 / 10) / bytes + 1 > surplus)
        surplus = count * (bytes - limit * 9 / 10) / bytes + 1;
    if (surplus > 0)
        cut_ms = 1 + number_of(db,
                               "SELECT max(start_ms) FROM (SELECT start_ms FROM event WHERE "
                               "protected = 0 AND end_ms IS NOT NULL ORDER BY start_ms LIMIT ?1)",
                               surplus, INT64_MIN);
    first_ms = number_of(db,
                         "SELECT start_ms FROM event WHERE protected = 0 AND end_ms IS NOT NULL "
                         "ORDER BY start_ms LIMIT 1",
                         0, INT64_MAX);
    bool too_old = limits->before_ms > INT64_MIN + DAY_MS && first_ms < limits->before_ms - DAY_MS;
    return too_old && limits->before_ms > cut_ms ? limits->before_ms : cut_ms;
}

/* ---- the file of a month ---- */

static void flush(writer_t *writer) {
    if (writer->result == OC_OK && writer->len > 0 &&
        write(writer->fd, writer->data, writer->len) != (ssize_t)writer->len)
        writer->result = OC_ERR_DISK_FULL;
    writer->bytes += (int64_t)writer->len;
    writer->len = 0;
}

/* Room for a line. */
static char *room(writer_t *writer) {
    if (writer->len + OC_EVENT_LINE_MAX > BUFFER)
        flush(writer);
    return writer->data + writer->len;
}

static void write_change(writer_t *writer, uint32_t id, oc_event_change_t change, int64_t value) {
    char *out = room(writer);
    writer->len += oc_event_line_change(out, OC_EVENT_LINE_MAX, id, change, value);
}

static const char *text_of(sqlite3_stmt *row, int column) {
    const char *text = (const char *)sqlite3_column_text(row, column);
    return text ? text : "";
}

static void write_row(writer_t *writer, sqlite3_stmt *row) {
    oc_event_begin_t event = {
        .id = (uint32_t)sqlite3_column_int64(row, 0),
        .start_ms = sqlite3_column_int64(row, 1),
        .end_ms = sqlite3_column_type(row, 2) == SQLITE_INTEGER ? sqlite3_column_int64(row, 2) : -1,
        .mask = (uint32_t)sqlite3_column_int64(row, 3),
        .kind = text_of(row, 4),
        .channel = text_of(row, 5),
        .data = text_of(row, 6),
        .raised = sqlite3_column_int(row, 7) != 0};
    char *out = room(writer);
    writer->len += oc_event_line_begin(out, OC_EVENT_LINE_MAX, &event);
    if (sqlite3_column_int(row, 8))
        write_change(writer, event.id, OC_EVENT_PROTECT, 1);
    if (sqlite3_column_int64(row, 9) > 0)
        write_change(writer, event.id, OC_EVENT_PICTURE, sqlite3_column_int64(row, 9));
    writer->last_id = event.id > writer->last_id ? event.id : writer->last_id;
}

static sqlite3_stmt *select_month(oc_index_db_t *db, const char *text, const month_t *month,
                                  int64_t cut_ms) {
    sqlite3_stmt *rows = oc_index_db_statement(db, text);
    if (rows) {
        sqlite3_bind_int64(rows, 1, month->from_ms);
        sqlite3_bind_int64(rows, 2, month->to_ms);
        sqlite3_bind_int64(rows, 3, cut_ms);
    }
    return rows;
}

/* What stays, and the greatest number that was given: it is never given again. */
static void write_rows(oc_index_db_t *db, const month_t *month, int64_t cut_ms, writer_t *writer) {
    sqlite3_stmt *rows = select_month(
        db,
        "SELECT id, start_ms, end_ms, mask, kind, channel, data, raised, protected, picture FROM "
        "event WHERE start_ms >= ?1 AND start_ms < ?2 AND NOT (" GOES ") ORDER BY id",
        month, cut_ms);
    int result = rows ? OC_OK : OC_ERR_IO;
    while (result == OC_OK && (result = oc_index_db_step(db, rows)) == OC_OK)
        write_row(writer, rows);
    if (result != OC_END)
        writer->result = result;
    if (writer->last_id < month->last_id)
        write_change(writer, month->last_id, OC_EVENT_DELETE, 0);
    flush(writer);
}

/* The new file in place of the old one; *bytes: its length. */
static int replace_file(oc_index_db_t *db, const month_t *month, int64_t cut_ms, int64_t *bytes) {
    const char *name;
    int folder = oc_beneath_parent(db->root, BESIDE, &name);
    if (folder < 0)
        return folder;
    writer_t writer = {.data = malloc(BUFFER)};
    writer.fd = openat(folder, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    writer.result = !writer.data ? OC_ERR_NOMEM : writer.fd < 0 ? OC_ERR_IO : OC_OK;
    if (writer.result == OC_OK)
        write_rows(db, month, cut_ms, &writer);
    if (writer.result == OC_OK && fsync(writer.fd) != 0)
        writer.result = OC_ERR_IO;
    if (writer.fd >= 0)
        close(writer.fd);
    if (writer.result == OC_OK && renameat(folder, name, folder, month->name) != 0)
        writer.result = OC_ERR_IO;
    if (writer.result == OC_OK)
        (void)fsync(folder);
    else
        (void)unlinkat(folder, name, 0);
    close(folder);
    free(writer.data);
    *bytes = writer.bytes;
    return writer.result;
}

static void remove_pictures(oc_index_db_t *db, const month_t *month, int64_t cut_ms) {
    char path[OC_EVENT_LINE_PATH + 16];
    const char *name;
    sqlite3_stmt *rows =
        select_month(db,
                     "SELECT id FROM event WHERE start_ms >= ?1 AND start_ms < ?2 AND picture > 0 "
                     "AND " GOES,
                     month, cut_ms);
    int folder = -1;
    while (rows && oc_index_db_step(db, rows) == OC_OK) {
        snprintf(path, sizeof(path), OC_EVENT_LINE_FOLDER "/%.6s/%u.jpg", month->name,
                 (unsigned)sqlite3_column_int64(rows, 0));
        if (folder < 0)
            folder = oc_beneath_parent(db->root, path, &name);
        if (folder >= 0)
            (void)unlinkat(folder, strrchr(path, '/') + 1, 0);
    }
    if (folder >= 0)
        close(folder);
}

/* On the disk before the file changes: its rows are not those of the file. A power cut may take
 * later changes of the database along, and the new file may be longer than what it knew. */
static int distrust(oc_index_db_t *db, const month_t *month) {
    sqlite3_stmt *file = oc_index_db_statement(
        db, "UPDATE event_file SET bytes = 9223372036854775807 WHERE name = ?1");
    if (!file)
        return OC_ERR_IO;
    sqlite3_bind_text(file, 1, month->name, -1, SQLITE_STATIC);
    int result = oc_index_db_run(db, file);
    return result == OC_OK ? oc_index_db_execute(db, "PRAGMA wal_checkpoint(FULL)") : result;
}

/* Rows as the file is now. */
static int follow(oc_index_db_t *db, const month_t *month, int64_t cut_ms, int64_t bytes) {
    int result = oc_index_db_execute(db, "BEGIN");
    sqlite3_stmt *remove = select_month(
        db, "DELETE FROM event WHERE start_ms >= ?1 AND start_ms < ?2 AND " GOES, month, cut_ms);
    if (result == OC_OK)
        result = remove ? oc_index_db_run(db, remove) : OC_ERR_IO;
    sqlite3_stmt *file =
        oc_index_db_statement(db, "UPDATE event_file SET bytes = ?1 WHERE name = ?2");
    if (file) {
        sqlite3_bind_int64(file, 1, bytes);
        sqlite3_bind_text(file, 2, month->name, -1, SQLITE_STATIC);
    }
    if (result == OC_OK)
        result = file ? oc_index_db_run(db, file) : OC_ERR_IO;
    (void)oc_index_db_execute(db, result == OC_OK ? "COMMIT" : "ROLLBACK");
    return result;
}

static int prune_month(oc_index_db_t *db, const month_t *month, int64_t cut_ms, uint32_t *gone) {
    sqlite3_stmt *row = select_month(
        db, "SELECT count(*) FROM event WHERE start_ms >= ?1 AND start_ms < ?2 AND " GOES, month,
        cut_ms);
    int64_t count = 0, bytes = 0;
    if (oc_index_db_step(db, row) == OC_OK) {
        count = sqlite3_column_int64(row, 0);
        sqlite3_reset(row);
    }
    if (count == 0)
        return OC_OK;
    int result = distrust(db, month);
    if (result == OC_OK)
        result = replace_file(db, month, cut_ms, &bytes);
    if (result == OC_OK) {
        remove_pictures(db, month, cut_ms);
        result = follow(db, month, cut_ms, bytes);
        *gone += (uint32_t)count;
    }
    if (result != OC_OK) /* all files are read again by the next call */
        (void)oc_index_db_execute(db, "DROP TABLE IF EXISTS temp.events_read");
    return result;
}

/* The months that have files, oldest first. Events before 1970 are in the first one. */
static unsigned read_months(oc_index_db_t *db, month_t *months) {
    unsigned count = 0;
    sqlite3_stmt *rows = oc_index_db_statement(
        db, "SELECT name, last_id, strftime('%s', d) * 1000, strftime('%s', d, '+1 month') * 1000 "
            "FROM (SELECT name, last_id, substr(name, 1, 4) || '-' || substr(name, 5, 2) || '-01' "
            "AS d FROM event_file) WHERE julianday(d) IS NOT NULL ORDER BY name");
    while (rows && oc_index_db_step(db, rows) == OC_OK) {
        if (count == MONTHS)
            continue;
        month_t *month = &months[count++];
        *month = (month_t){.last_id = (uint32_t)sqlite3_column_int64(rows, 1),
                           .from_ms = sqlite3_column_int64(rows, 2),
                           .to_ms = sqlite3_column_int64(rows, 3)};
        snprintf(month->name, sizeof(month->name), "%s", text_of(rows, 0));
        if (strncmp(month->name, "197001", 6) == 0)
            month->from_ms = INT64_MIN;
        if (strncmp(month->name, "999912", 6) == 0)
            month->to_ms = INT64_MAX;
    }
    return count;
}

int oc_index_prune(oc_index_db_t *db, const oc_index_prune_t *limits, uint32_t *gone) {
    int result = db->root < 0 ? OC_ERR_NOENT : oc_index_events_read(db);
    *gone = 0;
    if (result != OC_OK || db->in_memory)
        return result; /* the database that was left on the disk cannot be made to distrust */
    int64_t cut_ms = cut_of(db, limits);
    if (cut_ms == INT64_MIN)
        return OC_OK;
    month_t *months = malloc(MONTHS * sizeof(*months));
    if (!months)
        return OC_ERR_NOMEM;
    unsigned count = read_months(db, months);
    for (unsigned i = 0; i < count && result == OC_OK && months[i].from_ms < cut_ms; i++)
        result = prune_month(db, &months[i], cut_ms, gone);
    free(months);
    return result;
}
