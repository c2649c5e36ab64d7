#define _GNU_SOURCE
#include "oc_index_db.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "oc_beneath.h"
#include "oc_err.h"
#include "oc_log.h"

/* Of `recording`: what is listed, in order, also by name; what touches an instant; what has not
 * been read. The totals of a channel are kept by triggers, so nobody has to add up all rows. Of
 * `event`: what protects recordings, with its end, so that no row of it is looked up. */
static const char tables[] =
    "CREATE TABLE recording(id INTEGER PRIMARY KEY, channel TEXT NOT NULL, path TEXT NOT NULL "
    "UNIQUE, name TEXT NOT NULL, start_ms INTEGER NOT NULL, end_ms INTEGER NOT NULL, monotonic "
    "INTEGER NOT NULL, open INTEGER NOT NULL, bytes INTEGER NOT NULL, duration_ms INTEGER NOT "
    "NULL, keys BLOB);"
    "CREATE INDEX recording_channel ON recording(channel, monotonic, start_ms, path, end_ms, "
    "bytes);"
    "CREATE INDEX recording_time ON recording(monotonic, start_ms, path);"
    "CREATE INDEX recording_name ON recording(name, monotonic, start_ms);"
    "CREATE INDEX recording_channel_name ON recording(channel, name, monotonic, start_ms);"
    "CREATE INDEX recording_length ON recording(end_ms - start_ms);"
    "CREATE INDEX recording_unread ON recording(start_ms) WHERE keys IS NULL AND open = 0;"
    "CREATE INDEX recording_open ON recording(id) WHERE open = 1;"
    "CREATE TABLE total(channel TEXT PRIMARY KEY, files INTEGER NOT NULL, bytes INTEGER NOT NULL) "
    "WITHOUT ROWID;"
    "CREATE TRIGGER recording_added AFTER INSERT ON recording BEGIN "
    "INSERT INTO total VALUES(new.channel, 1, new.bytes) ON CONFLICT(channel) DO UPDATE SET "
    "files = files + 1, bytes = bytes + new.bytes; END;"
    "CREATE TRIGGER recording_removed AFTER DELETE ON recording BEGIN "
    "UPDATE total SET files = files - 1, bytes = bytes - old.bytes WHERE channel = old.channel; "
    "END;"
    "CREATE TRIGGER recording_grown AFTER UPDATE OF bytes ON recording BEGIN "
    "UPDATE total SET bytes = bytes + new.bytes - old.bytes WHERE channel = new.channel; END;"
    "CREATE TABLE event(id INTEGER PRIMARY KEY, kind TEXT NOT NULL, mask INTEGER NOT NULL, "
    "channel TEXT NOT NULL, start_ms INTEGER NOT NULL, end_ms INTEGER, data TEXT, picture INTEGER "
    "NOT NULL DEFAULT 0, protected INTEGER NOT NULL DEFAULT 0, raised INTEGER NOT NULL DEFAULT 0);"
    "CREATE INDEX event_channel ON event(channel, start_ms);"
    "CREATE INDEX event_time ON event(start_ms);"
    "CREATE INDEX event_open ON event(channel, kind) WHERE end_ms IS NULL;"
    "CREATE INDEX event_protected ON event(channel, start_ms, end_ms) WHERE protected = 1;"
    "CREATE INDEX event_protected_open ON event(channel, start_ms) WHERE protected = 1 AND end_ms "
    "IS NULL;"
    "CREATE INDEX event_protected_length ON event(end_ms - start_ms) WHERE protected = 1;"
    "CREATE TABLE deleted(id INTEGER PRIMARY KEY, path TEXT NOT NULL, bytes INTEGER NOT NULL, "
    "start_ms INTEGER NOT NULL, end_ms INTEGER NOT NULL, at_ms INTEGER NOT NULL, why TEXT NOT "
    "NULL);"
    "CREATE TRIGGER deleted_many AFTER INSERT ON deleted BEGIN "
    "DELETE FROM deleted WHERE id <= new.id - 1000; END;";

/* One process holds the file (the lock of the data directory): without the shared memory file,
 * which a full disk turns into SIGBUS. A power cut may lose the last changes, never the file. */
static const char manners[] = "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; "
                              "PRAGMA synchronous = NORMAL; PRAGMA mmap_size = 0; "
                              "PRAGMA cache_size = -2000; PRAGMA temp_store = MEMORY; "
                              "PRAGMA wal_autocheckpoint = 256; PRAGMA journal_size_limit = "
                              "1048576;";

static int error_of(oc_index_db_t *db, int result) {
    switch (result & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        db->damaged = true;
        return OC_ERR_FORMAT;
    case SQLITE_FULL:
        return OC_ERR_DISK_FULL;
    case SQLITE_NOMEM:
        return OC_ERR_NOMEM;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
        return OC_ERR_READ_ONLY;
    default:
        return OC_ERR_IO;
    }
}

int oc_index_db_execute(oc_index_db_t *db, const char *text) {
    int result = db->sql ? sqlite3_exec(db->sql, text, NULL, NULL, NULL) : SQLITE_IOERR;
    return result == SQLITE_OK ? OC_OK : error_of(db, result);
}

static int version_of(oc_index_db_t *db) {
    sqlite3_stmt *statement = NULL;
    int version = -1;
    int result = sqlite3_prepare_v2(db->sql, "PRAGMA user_version", -1, &statement, NULL);
    if (result == SQLITE_OK && (result = sqlite3_step(statement)) == SQLITE_ROW)
        version = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    if (version < 0)
        (void)error_of(db, result);
    return version;
}

/* Tables and their version together, or neither. */
static int make_tables(oc_index_db_t *db) {
    char version[64];
    snprintf(version, sizeof(version), "PRAGMA user_version = %d; COMMIT", OC_INDEX_VERSION);
    int result = oc_index_db_execute(db, "BEGIN IMMEDIATE");
    if (result == OC_OK)
        result = oc_index_db_execute(db, tables);
    if (result == OC_OK)
        result = oc_index_db_execute(db, version);
    db->fresh = result == OC_OK;
    return result;
}

/* Opens a file that is there; an empty one gets its tables. */
static int open_file(oc_index_db_t *db, const char *path) {
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW;
    if (db->in_memory)
        flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_MEMORY;
    int result = sqlite3_open_v2(path, &db->sql, flags, NULL);
    if (result != SQLITE_OK)
        return error_of(db, result);
    sqlite3_extended_result_codes(db->sql, 1);
    (void)sqlite3_db_config(db->sql, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    result = oc_index_db_execute(db, manners);
    if (result != OC_OK)
        return result;
    int version = version_of(db);
    if (version == OC_INDEX_VERSION)
        return OC_OK;
    if (version != 0) /* of another version of the program, or not to be read */
        return OC_ERR_FORMAT;
    return make_tables(db);
}

static void close_file(oc_index_db_t *db) {
    for (unsigned i = 0; i < db->prepared_count; i++)
        sqlite3_finalize(db->prepared[i].statement);
    db->prepared_count = 0;
    sqlite3_close(db->sql);
    db->sql = NULL;
}

static void remove_file(const oc_index_db_t *db) {
    static const char *const names[] = {OC_INDEX_FILE, OC_INDEX_FILE "-wal",
                                        OC_INDEX_FILE "-journal", OC_INDEX_FILE "-shm"};
    const char *name;
    int folder = oc_beneath_parent(db->root, OC_INDEX_FILE, &name);
    if (folder < 0)
        return;
    for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++)
        (void)unlinkat(folder, strrchr(names[i], '/') + 1, 0);
    close(folder);
}

/* The file, made when it is not there. OC_OK | OC_ERR_*: closed. */
static int try_file(oc_index_db_t *db) {
    char path[64];
    int result = db->root < 0 ? OC_ERR_NOENT : oc_beneath_mkdir(db->root, OC_INDEX_FOLDER);
    if (result != OC_OK)
        return result;
    int fd = oc_beneath_open(db->root, OC_INDEX_FILE, O_RDWR | O_CREAT | O_NONBLOCK, 0600);
    if (fd < 0)
        return fd;
    close(fd);
    int folder = oc_beneath_open(db->root, OC_INDEX_FOLDER, O_RDONLY | O_DIRECTORY, 0);
    if (folder < 0)
        return folder;
    /* SQLite looks the descriptor up: the database is below this folder, whatever its path is */
    snprintf(path, sizeof(path), "/proc/self/fd/%d", folder);
    char target[4096];
    ssize_t len = readlink(path, target, sizeof(target) - sizeof("/index.sqlite"));
    close(folder);
    if (len <= 0)
        return OC_ERR_IO;
    snprintf(target + len, sizeof(target) - (size_t)len, "/index.sqlite");
    result = open_file(db, target);
    if (result != OC_OK)
        close_file(db);
    return result;
}

static int open_memory(oc_index_db_t *db) {
    db->in_memory = true;
    int result = open_file(db, ":memory:");
    if (result != OC_OK)
        close_file(db);
    return result;
}

int oc_index_db_open(oc_index_db_t *db, int root) {
    *db = (oc_index_db_t){
        .root = root, .rows = db->rows, .begun = db->begun, .preroll_ms = db->preroll_ms};
    int result = try_file(db);
    if (result == OC_ERR_FORMAT) {
        oc_log(OC_LOG_INFO, "index", "%s: it is damaged or of another version: made again",
               OC_INDEX_FILE);
        remove_file(db);
        db->damaged = false;
        result = try_file(db);
    }
    if (result == OC_OK)
        return OC_OK;
    if (root >= 0)
        oc_log(OC_LOG_WARN, "index", "%s: %s: the index is kept in memory until it can be",
               OC_INDEX_FILE, oc_err_text(result));
    db->damaged = false;
    db->failed = result;
    return open_memory(db);
}

void oc_index_db_close(oc_index_db_t *db) {
    close_file(db);
}

int oc_index_db_again(oc_index_db_t *db) {
    if (db->sql && !db->in_memory) {
        close_file(db);
        remove_file(db);
    }
    close_file(db);
    return oc_index_db_open(db, db->root);
}

int oc_index_db_leave(oc_index_db_t *db) {
    close_file(db);
    db->damaged = false;
    return open_memory(db);
}

static sqlite3_stmt *bind_preroll(const oc_index_db_t *db, sqlite3_stmt *statement) {
    if (sqlite3_bind_parameter_count(statement) >= OC_INDEX_PREROLL)
        sqlite3_bind_int64(statement, OC_INDEX_PREROLL, db->preroll_ms);
    return statement;
}

sqlite3_stmt *oc_index_db_statement(oc_index_db_t *db, const char *text) {
    for (unsigned i = 0; i < db->prepared_count; i++) {
        if (db->prepared[i].text == text) {
            sqlite3_reset(db->prepared[i].statement);
            sqlite3_clear_bindings(db->prepared[i].statement);
            return bind_preroll(db, db->prepared[i].statement);
        }
    }
    sqlite3_stmt *statement = NULL;
    if (!db->sql || db->prepared_count == OC_INDEX_STATEMENTS)
        return NULL;
    int result = sqlite3_prepare_v3(db->sql, text, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL);
    if (result != SQLITE_OK) {
        (void)error_of(db, result);
        oc_log(OC_LOG_ERROR, "index", "%s", sqlite3_errmsg(db->sql));
        return NULL;
    }
    db->prepared[db->prepared_count].text = text;
    db->prepared[db->prepared_count++].statement = statement;
    return bind_preroll(db, statement);
}

int oc_index_db_step(oc_index_db_t *db, sqlite3_stmt *statement) {
    if (!statement)
        return OC_ERR_IO;
    int result = sqlite3_step(statement);
    if (result == SQLITE_ROW)
        return OC_OK;
    sqlite3_reset(statement);
    return result == SQLITE_DONE ? OC_END : error_of(db, result);
}

int oc_index_db_run(oc_index_db_t *db, sqlite3_stmt *statement) {
    int result = oc_index_db_step(db, statement);
    if (result == OC_OK) /* a row nobody wants */
        sqlite3_reset(statement);
    result = result == OC_END ? OC_OK : result;
    db->failed = result;
    return result;
}
