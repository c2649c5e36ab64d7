#define _GNU_SOURCE
#include "oc_index_rows.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "oc_beneath.h"
#include "oc_data_dir.h"
#include "oc_err.h"

static const char prefix[] = OC_DATA_DIR_RECORDINGS "/";

bool oc_index_name_parse(const char *path, oc_index_name_t *out) {
    if (strncmp(path, prefix, sizeof(prefix) - 1) != 0)
        return false;
    const char *channel = path + sizeof(prefix) - 1, *slash = strchr(channel, '/');
    if (!slash || slash == channel || channel[0] == '.' ||
        (size_t)(slash - channel) >= sizeof(out->channel))
        return false;
    memcpy(out->channel, channel, (size_t)(slash - channel));
    out->channel[slash - channel] = '\0';
    return oc_record_name_parse(slash + 1, strlen(slash + 1), &out->record) == OC_OK;
}

/* Binds channel, path, name, start, end, monotonic, open as 1 to 7. */
static void bind_name(sqlite3_stmt *statement, const char *path, const oc_index_name_t *name) {
    const oc_record_name_t *record = &name->record;
    int64_t end_us = record->open ? record->start_us : record->end_us;
    sqlite3_bind_text(statement, 1, name->channel, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 2, path, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 3, record->name, -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 4, record->start_us / 1000);
    sqlite3_bind_int64(statement, 5, end_us / 1000);
    sqlite3_bind_int(statement, 6, record->monotonic);
    sqlite3_bind_int(statement, 7, record->open);
}

int oc_index_rows_take(oc_index_db_t *db, const char *path) {
    oc_index_name_t name;
    struct stat about;
    const char *file;
    if (!oc_index_name_parse(path, &name))
        return OC_OK;
    int folder = oc_beneath_parent(db->root, path, &file);
    bool there = folder >= 0 && fstatat(folder, file, &about, AT_SYMLINK_NOFOLLOW) == 0 &&
                 S_ISREG(about.st_mode);
    if (folder >= 0)
        close(folder);
    if (!there)
        return oc_index_rows_remove(db, path);
    sqlite3_stmt *add = oc_index_db_statement(
        db, "INSERT INTO recording(channel, path, name, start_ms, end_ms, monotonic, open, bytes, "
            "duration_ms) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?5 - ?4) ON CONFLICT(path) DO "
            "UPDATE SET keys = iif(bytes = excluded.bytes, keys, NULL), bytes = excluded.bytes");
    if (!add)
        return OC_ERR_IO;
    bind_name(add, path, &name);
    sqlite3_bind_int64(add, 8, about.st_size);
    return oc_index_db_run(db, add);
}

int oc_index_rows_remove(oc_index_db_t *db, const char *path) {
    sqlite3_stmt *statement = oc_index_db_statement(db, "DELETE FROM recording WHERE path = ?1");
    if (!statement)
        return OC_ERR_IO;
    sqlite3_bind_text(statement, 1, path, -1, SQLITE_STATIC);
    return oc_index_db_run(db, statement);
}

static oc_index_growing_t *find(oc_index_rows_t *rows, const char *path) {
    for (unsigned i = 0; i < OC_INDEX_OPEN; i++)
        if (strcmp(rows->growing[i].path, path) == 0)
            return &rows->growing[i];
    return NULL;
}

static void forget(oc_index_growing_t *growing) {
    oc_index_keys_free(growing->keys);
    *growing = (oc_index_growing_t){.keys = NULL};
}

void oc_index_rows_clear(oc_index_rows_t *rows) {
    for (unsigned i = 0; i < OC_INDEX_OPEN; i++)
        forget(&rows->growing[i]);
}

int oc_index_rows_rename(oc_index_rows_t *rows, oc_index_db_t *db, const char *path,
                         const char *to) {
    oc_index_name_t name;
    if (!oc_index_name_parse(to, &name))
        return oc_index_rows_remove(db, path);
    oc_index_growing_t *growing = find(rows, path);
    if (growing && name.record.open)
        snprintf(growing->path, sizeof(growing->path), "%s", to);
    else if (growing)
        forget(growing);
    int result = strcmp(path, to) == 0 ? OC_OK : oc_index_rows_remove(db, to);
    if (result != OC_OK)
        return result;
    sqlite3_stmt *move = oc_index_db_statement(
        db, "UPDATE recording SET channel = ?1, path = ?2, name = ?3, start_ms = ?4, "
            "end_ms = ?5, monotonic = ?6, open = ?7 WHERE path = ?8");
    if (!move)
        return OC_ERR_IO;
    bind_name(move, to, &name);
    sqlite3_bind_text(move, 8, path, -1, SQLITE_STATIC);
    result = oc_index_db_run(db, move);
    return result == OC_OK ? oc_index_rows_take(db, to) : result;
}

/* ---- key frames ---- */

static int open_file(const oc_index_db_t *db, const char *path, uint64_t *bytes) {
    struct stat about;
    int fd = oc_beneath_open(db->root, path, O_RDONLY | O_NONBLOCK, 0);
    if (fd >= 0 && (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode))) {
        close(fd);
        return OC_ERR_IO;
    }
    if (fd >= 0)
        *bytes = (uint64_t)about.st_size;
    return fd;
}

static oc_index_growing_t *find_or_add(oc_index_rows_t *rows, const char *path) {
    oc_index_growing_t *growing = find(rows, path);
    if (growing)
        return growing;
    growing = find(rows, "");
    size_t len = strlen(path);
    if (!growing || len >= sizeof(growing->path))
        return NULL;
    growing->keys = oc_index_keys_make();
    if (!growing->keys)
        return NULL;
    memcpy(growing->path, path, len + 1);
    return growing;
}

/* Notes what has come behind; the row keeps no keys while it is written. */
static void grow(oc_index_rows_t *rows, oc_index_db_t *db, const char *path) {
    uint64_t bytes;
    int fd = open_file(db, path, &bytes);
    if (fd < 0)
        return;
    oc_index_growing_t *growing = find_or_add(rows, path);
    if (growing && bytes > 0)
        (void)oc_index_keys_read(growing->keys, fd, bytes);
    close(fd);
    sqlite3_stmt *set = oc_index_db_statement(
        db, "UPDATE recording SET bytes = ?2, duration_ms = ?3, end_ms = start_ms + ?3 WHERE "
            "path = ?1 AND (bytes <> ?2 OR duration_ms <> ?3)");
    if (!set)
        return;
    sqlite3_bind_text(set, 1, path, -1, SQLITE_STATIC);
    sqlite3_bind_int64(set, 2, (int64_t)bytes);
    sqlite3_bind_int64(set, 3, growing ? oc_index_keys_duration(growing->keys) : 0);
    (void)oc_index_db_run(db, set);
}

void oc_index_rows_grow(oc_index_rows_t *rows, oc_index_db_t *db) {
    char paths[OC_INDEX_OPEN][OC_FILE_PATH_MAX];
    unsigned count = 0;
    sqlite3_stmt *open = oc_index_db_statement(db, "SELECT path FROM recording WHERE open = 1");
    int result = open ? OC_OK : OC_END;
    while (result == OC_OK && (result = oc_index_db_step(db, open)) == OC_OK) {
        size_t len = (size_t)sqlite3_column_bytes(open, 0);
        if (count < OC_INDEX_OPEN && len < OC_FILE_PATH_MAX)
            memcpy(paths[count++], sqlite3_column_text(open, 0), len + 1);
    }
    for (unsigned i = 0; i < count; i++)
        grow(rows, db, paths[i]);
}

int oc_index_rows_read(oc_index_db_t *db, int64_t id, const char *path, oc_index_keys_t *keys) {
    uint64_t bytes = 0;
    int fd = open_file(db, path, &bytes);
    if (fd == OC_ERR_NOENT)
        return oc_index_rows_remove(db, path);
    if (fd >= 0) { /* one that is not ours, or cannot be read, has none */
        (void)oc_index_keys_read(keys, fd, bytes);
        close(fd);
    }
    sqlite3_stmt *set = oc_index_db_statement(
        db, "UPDATE recording SET keys = ?2, duration_ms = iif(?3 > 0, ?3, duration_ms), bytes = "
            "iif(?4 > 0, ?4, bytes) WHERE id = ?1");
    if (!set)
        return OC_ERR_IO;
    oc_span_t table = oc_index_keys_table(keys);
    sqlite3_bind_int64(set, 1, id);
    sqlite3_bind_blob(set, 2, table.len > 0 ? (const void *)table.data : "", (int)table.len,
                      SQLITE_STATIC);
    sqlite3_bind_int64(set, 3, oc_index_keys_duration(keys));
    sqlite3_bind_int64(set, 4, (int64_t)bytes);
    return oc_index_db_run(db, set);
}

bool oc_index_rows_read_one(oc_index_db_t *db) {
    char path[OC_FILE_PATH_MAX] = "";
    int64_t id = 0;
    sqlite3_stmt *next = oc_index_db_statement(
        db, "SELECT id, path FROM recording WHERE keys IS NULL AND open = 0 ORDER BY start_ms DESC "
            "LIMIT 1");
    if (oc_index_db_step(db, next) != OC_OK)
        return false;
    id = sqlite3_column_int64(next, 0);
    snprintf(path, sizeof(path), "%s", (const char *)sqlite3_column_text(next, 1));
    sqlite3_reset(next);
    oc_index_keys_t *keys = oc_index_keys_make();
    int result = keys ? oc_index_rows_read(db, id, path, keys) : OC_ERR_NOMEM;
    oc_index_keys_free(keys);
    return result == OC_OK;
}
