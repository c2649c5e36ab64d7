#define _GNU_SOURCE
#include "oc_index_events.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "oc_beneath.h"
#include "oc_err.h"
#include "oc_log.h"
#include "oc_replies.h"

#define BLOCK (16 * OC_EVENT_LINE_MAX)

/* What the rows were made from: bytes of each file, and the greatest number in it. `events_read`
 * lives as long as the connection: the files have been compared with the rows. */
static const char tables[] =
    "CREATE TABLE IF NOT EXISTS event_file(name TEXT PRIMARY KEY, bytes INTEGER NOT NULL, last_id "
    "INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE INDEX IF NOT EXISTS event_length ON event(end_ms - start_ms);"
    "CREATE INDEX IF NOT EXISTS event_list ON event(start_ms, id, kind, end_ms);"
    "CREATE INDEX IF NOT EXISTS event_list_channel ON event(channel, start_ms, id, kind, end_ms);"
    "CREATE INDEX IF NOT EXISTS event_kind ON event(kind, start_ms, id, end_ms, channel);"
    "CREATE INDEX IF NOT EXISTS event_picture ON event(protected, start_ms, id, picture) WHERE "
    "picture > 0;"
    "CREATE TEMP TABLE IF NOT EXISTS events_read(id INTEGER);";

/* The columns of a line; all NULL when it is no JSON. */
static const char line_columns[] =
    "SELECT json_extract(?1, '$.op'), json_extract(?1, '$.id'), json_extract(?1, '$.at'), "
    "json_extract(?1, '$.end'), json_extract(?1, '$.kind'), json_extract(?1, '$.mask'), "
    "json_extract(?1, '$.channel'), json_extract(?1, '$.raised'), json_extract(?1, '$.on'), "
    "CASE WHEN json_type(?1, '$.data') IS NOT NULL THEN json_quote(json_extract(?1, '$.data')) "
    "END, "
    "json_extract(?1, '$.bytes') "
    "WHERE json_valid(?1) AND json_type(?1) = 'object'";

static int bind_text(sqlite3_stmt *statement, int at, const char *text, size_t len) {
    return sqlite3_bind_text(statement, at, text, (int)len, SQLITE_TRANSIENT);
}

/* ---- rows ---- */

static int insert(oc_index_db_t *db, const oc_event_begin_t *event) {
    sqlite3_stmt *add = oc_index_db_statement(
        db, "INSERT OR REPLACE INTO event(id, kind, mask, channel, start_ms, end_ms, data, raised) "
            "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
    if (!add)
        return OC_ERR_IO;
    sqlite3_bind_int64(add, 1, event->id);
    bind_text(add, 2, event->kind, strlen(event->kind));
    sqlite3_bind_int64(add, 3, event->mask);
    bind_text(add, 4, event->channel, strlen(event->channel));
    sqlite3_bind_int64(add, 5, event->start_ms);
    if (event->end_ms >= 0)
        sqlite3_bind_int64(add, 6, event->end_ms);
    if (event->data[0])
        bind_text(add, 7, event->data, strlen(event->data));
    sqlite3_bind_int(add, 8, event->raised);
    return oc_index_db_run(db, add);
}

static int change_row(oc_index_db_t *db, uint32_t id, oc_event_change_t change, int64_t value) {
    static const char *const texts[] = {
        "UPDATE event SET end_ms = max(start_ms, ?2) WHERE id = ?1",
        "UPDATE event SET protected = ?2 WHERE id = ?1",
        "UPDATE event SET picture = ?2 WHERE id = ?1",
        "DELETE FROM event WHERE id = ?1 AND ?2 = ?2",
    };
    sqlite3_stmt *statement = oc_index_db_statement(db, texts[change]);
    if (!statement)
        return OC_ERR_IO;
    sqlite3_bind_int64(statement, 1, id);
    sqlite3_bind_int64(statement, 2, value);
    return oc_index_db_run(db, statement);
}

static int note_file(oc_index_db_t *db, const char *name, int64_t bytes, uint32_t last_id) {
    sqlite3_stmt *statement = oc_index_db_statement(
        db, "INSERT INTO event_file VALUES(?1, ?2, ?3) ON CONFLICT(name) DO UPDATE SET bytes = ?2, "
            "last_id = max(last_id, ?3)");
    if (!statement)
        return OC_ERR_IO;
    bind_text(statement, 1, name, strlen(name));
    sqlite3_bind_int64(statement, 2, bytes);
    sqlite3_bind_int64(statement, 3, last_id);
    return oc_index_db_run(db, statement);
}

/* A number of a statement that has one row at most; `otherwise` when it has none, or NULL. */
static int64_t number_of(oc_index_db_t *db, sqlite3_stmt *statement, int64_t otherwise) {
    int64_t found = otherwise;
    if (statement && oc_index_db_step(db, statement) == OC_OK) {
        if (sqlite3_column_type(statement, 0) == SQLITE_INTEGER)
            found = sqlite3_column_int64(statement, 0);
        sqlite3_reset(statement);
    }
    return found;
}

/* ---- lines that are read ---- */

static bool is_word(const char *text, size_t max) {
    size_t len = strlen(text);
    return len > 0 && len < max && text[0] != '-' &&
           strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

static const char *text_of(sqlite3_stmt *line, int column) {
    const char *text = (const char *)sqlite3_column_text(line, column);
    return text ? text : "";
}

static int take_begin(oc_index_db_t *db, sqlite3_stmt *line, uint32_t id) {
    oc_event_begin_t event = {.id = id,
                              .start_ms = sqlite3_column_int64(line, 2),
                              .end_ms = sqlite3_column_type(line, 3) == SQLITE_INTEGER
                                            ? sqlite3_column_int64(line, 3)
                                            : -1,
                              .mask = (uint32_t)sqlite3_column_int64(line, 5),
                              .kind = text_of(line, 4),
                              .channel = text_of(line, 6),
                              .data = text_of(line, 9),
                              .raised = sqlite3_column_int(line, 7) != 0};
    if (!is_word(event.kind, OC_EVENT_WORD_MAX) || strlen(event.data) > OC_EVENT_DATA_MAX ||
        (event.channel[0] && !is_word(event.channel, OC_CHANNEL_NAME_MAX)))
        return OC_OK;
    return insert(db, &event);
}

/* The value of a change. */
static int64_t value_of(sqlite3_stmt *line, oc_event_change_t change) {
    int64_t bytes = sqlite3_column_int64(line, 10);
    switch (change) {
    case OC_EVENT_END:
        return sqlite3_column_int64(line, 2);
    case OC_EVENT_PROTECT:
        return sqlite3_column_int(line, 8) != 0;
    case OC_EVENT_PICTURE:
        return sqlite3_column_type(line, 10) != SQLITE_INTEGER || bytes < 0 ||
                       bytes > OC_EVENT_LINE_PICTURE_MAX
                   ? 1
                   : bytes;
    default:
        return 1;
    }
}

/* What is no line of ours is passed over: a later version may write others. */
static int take_line(oc_index_db_t *db, const char *text, size_t len, uint32_t *last_id) {
    static const char *const words[] = {"end", "protect", "picture", "delete"};
    sqlite3_stmt *line = oc_index_db_statement(db, line_columns);
    if (!line || memchr(text, 0, len))
        return line ? OC_OK : OC_ERR_IO;
    bind_text(line, 1, text, len);
    int result = oc_index_db_step(db, line);
    if (result != OC_OK)
        return result == OC_END ? OC_OK : result;
    int64_t id = sqlite3_column_int64(line, 1);
    if (id < 1 || id > INT32_MAX) {
        sqlite3_reset(line);
        return OC_OK;
    }
    *last_id = id > *last_id ? (uint32_t)id : *last_id;
    const char *op = text_of(line, 0);
    if (strcmp(op, "begin") == 0)
        result = take_begin(db, line, (uint32_t)id);
    for (int change = OC_EVENT_END; change <= OC_EVENT_DELETE; change++)
        if (strcmp(op, words[change]) == 0)
            result = change_row(db, (uint32_t)id, (oc_event_change_t)change,
                                value_of(line, (oc_event_change_t)change));
    sqlite3_reset(line);
    return result;
}

/* Whole lines of a file from `from` on. *end: behind the last one. */
static int take_file(oc_index_db_t *db, int fd, int64_t from, int64_t *end, uint32_t *last_id) {
    char *block = malloc(BLOCK);
    int result = block ? OC_OK : OC_ERR_NOMEM;
    int64_t long_from = -1; /* a line begins there that is none of ours: its rest is passed over */
    *end = from;
    while (result == OC_OK) {
        ssize_t got = pread(fd, block, BLOCK, *end);
        if (got <= 0) {
            result = got < 0 ? OC_ERR_IO : OC_END;
            break;
        }
        size_t whole = oc_event_line_whole(block, (size_t)got), at = 0;
        if (whole == 0 && got < BLOCK)
            break;
        while (at < whole && result == OC_OK) {
            char *feed = memchr(block + at, '\n', whole - at);
            size_t len = (size_t)(feed - (block + at));
            if (long_from < 0 && len <= OC_EVENT_LINE_MAX)
                result = take_line(db, block + at, len, last_id);
            long_from = -1;
            at += len + 1;
        }
        long_from = whole > 0 ? -1 : long_from < 0 ? *end : long_from;
        *end += (int64_t)(whole ? whole : (size_t)got);
    }
    if (long_from >= 0) /* it was cut off */
        *end = long_from;
    free(block);
    return result == OC_END ? OC_OK : result;
}

static int read_file(oc_index_db_t *db, int folder, const char *name, int64_t known) {
    struct stat about;
    uint32_t last_id = 0;
    int64_t end;
    int fd = openat(folder, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return OC_OK; /* gone since, or nothing that may be read */
    int result = fstat(fd, &about) == 0 && S_ISREG(about.st_mode) ? OC_OK : OC_ERR_IO;
    if (result == OC_OK && about.st_size != known)
        result = oc_index_db_execute(db, "BEGIN");
    else
        known = -1;
    if (result == OC_OK && known >= 0) {
        result = take_file(db, fd, known, &end, &last_id);
        if (result == OC_OK)
            result = note_file(db, name, end, last_id);
        if (result == OC_OK && end < about.st_size) {
            oc_log(OC_LOG_WARN, "index",
                   OC_EVENT_LINE_FOLDER "/%s: %lld bytes of a line that was cut off: removed", name,
                   (long long)(about.st_size - end));
            result = ftruncate(fd, end) == 0 && fsync(fd) == 0 ? OC_OK : OC_ERR_IO;
        }
        (void)oc_index_db_execute(db, result == OC_OK ? "COMMIT" : "ROLLBACK");
    }
    close(fd);
    return result;
}

static int64_t known_bytes(oc_index_db_t *db, const char *name) {
    sqlite3_stmt *statement =
        oc_index_db_statement(db, "SELECT bytes FROM event_file WHERE name = ?1");
    if (statement)
        bind_text(statement, 1, name, strlen(name));
    return number_of(db, statement, 0);
}

/* Whether a file that rows were made from has become shorter, or is gone. */
static bool lost_lines(oc_index_db_t *db, int folder) {
    sqlite3_stmt *statement = oc_index_db_statement(db, "SELECT name, bytes FROM event_file");
    bool lost = false;
    while (statement && oc_index_db_step(db, statement) == OC_OK) {
        struct stat about;
        lost |= fstatat(folder, text_of(statement, 0), &about, AT_SYMLINK_NOFOLLOW) != 0 ||
                about.st_size < sqlite3_column_int64(statement, 1);
    }
    return lost;
}

static int read_folder(oc_index_db_t *db) {
    int result = oc_beneath_mkdir(db->root, OC_EVENT_LINE_FOLDER);
    int fd = result == OC_OK
                 ? oc_beneath_open(db->root, OC_EVENT_LINE_FOLDER, O_RDONLY | O_DIRECTORY, 0)
                 : result;
    DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
    if (!folder) {
        if (fd >= 0)
            close(fd);
        return fd < 0 ? fd : OC_ERR_NOMEM;
    }
    if (lost_lines(db, fd)) {
        oc_log(OC_LOG_WARN, "index", "files of events are gone: their events are forgotten");
        result = oc_index_db_execute(db, "DELETE FROM event; DELETE FROM event_file");
    }
    for (struct dirent *entry; result == OC_OK && (entry = readdir(folder));)
        if (oc_event_line_is_file(entry->d_name))
            result = read_file(db, fd, entry->d_name, known_bytes(db, entry->d_name));
    closedir(folder);
    return result;
}

int oc_index_events_read(oc_index_db_t *db) {
    sqlite3_stmt *done = oc_index_db_statement(
        db, "SELECT count(*) FROM sqlite_temp_master WHERE name = 'events_read'");
    if (!done)
        return OC_ERR_IO;
    if (number_of(db, done, 0) > 0)
        return OC_OK;
    int result = oc_index_db_execute(db, tables);
    if (result == OC_OK && db->root >= 0)
        result = read_folder(db);
    if (result != OC_OK)
        (void)oc_index_db_execute(db, "DROP TABLE IF EXISTS temp.events_read");
    return result;
}

/* ---- lines that are written ---- */

/* Appends to the file of an event; *bytes: its length then. */
static int append(int root, const char *path, const char *line, size_t len, int64_t *bytes) {
    struct stat about;
    const char *name;
    int folder = oc_beneath_parent(root, path, &name);
    if (folder < 0)
        return folder;
    int fd = openat(folder, name, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    int result = fd >= 0 && fstat(fd, &about) == 0 ? OC_OK : OC_ERR_IO;
    if (result == OC_OK && (write(fd, line, len) != (ssize_t)len || fdatasync(fd) != 0)) {
        result = OC_ERR_DISK_FULL;
        (void)!ftruncate(fd, about.st_size); /* half a line would spoil the next one */
    }
    if (result == OC_OK && about.st_size == 0)
        (void)fsync(folder);
    if (result == OC_OK)
        *bytes = about.st_size + (int64_t)len;
    if (fd >= 0)
        close(fd);
    close(folder);
    return result;
}

/* A line, then the row. When the row cannot be written, the file is read again by the next call. */
static int keep(oc_index_db_t *db, int64_t start_ms, const oc_event_begin_t *begin, uint32_t id,
                oc_event_change_t change, int64_t value) {
    char line[OC_EVENT_LINE_MAX], path[OC_EVENT_LINE_PATH];
    int64_t bytes = 0;
    size_t len = begin ? oc_event_line_begin(line, sizeof(line), begin)
                       : oc_event_line_change(line, sizeof(line), id, change, value);
    if (len == 0)
        return OC_ERR_TOO_BIG;
    oc_event_line_path(start_ms, path);
    int result = db->root >= 0 ? append(db->root, path, line, len, &bytes) : OC_OK;
    if (result != OC_OK)
        return result;
    result = oc_index_db_execute(db, "BEGIN");
    if (result == OC_OK)
        result = begin ? insert(db, begin) : change_row(db, id, change, value);
    if (result == OC_OK)
        result = note_file(db, path + sizeof(OC_EVENT_LINE_FOLDER), bytes, id);
    (void)oc_index_db_execute(db, result == OC_OK ? "COMMIT" : "ROLLBACK");
    if (result != OC_OK)
        (void)oc_index_db_execute(db, "DROP TABLE IF EXISTS temp.events_read");
    return OC_OK;
}

/* Data as JSON on one line; NULL: it is none. To be freed with sqlite3_free. */
static char *one_line(oc_index_db_t *db, const char *data, int *result) {
    sqlite3_stmt *statement = oc_index_db_statement(db, "SELECT json(?1) WHERE json_valid(?1)");
    char *found = NULL;
    *result = OC_ERR_INVAL;
    if (!statement)
        return NULL;
    bind_text(statement, 1, data, strlen(data));
    if (oc_index_db_step(db, statement) != OC_OK)
        return NULL;
    found = sqlite3_mprintf("%s", text_of(statement, 0));
    sqlite3_reset(statement);
    *result = !found ? OC_ERR_NOMEM : strlen(found) > OC_EVENT_DATA_MAX ? OC_ERR_TOO_BIG : OC_OK;
    return found;
}

uint32_t oc_index_events_open(oc_index_db_t *db, const char *kind, const char *channel) {
    sqlite3_stmt *statement = oc_index_db_statement(
        db, "SELECT id FROM event WHERE channel = ?1 AND kind = ?2 AND end_ms IS NULL LIMIT 1");
    if (statement) {
        bind_text(statement, 1, channel, strlen(channel));
        bind_text(statement, 2, kind, strlen(kind));
    }
    return (uint32_t)number_of(db, statement, 0);
}

int oc_index_events_begin(oc_index_db_t *db, const oc_event_begin_t *event, uint32_t *id) {
    oc_event_begin_t begin = *event;
    char *data = NULL;
    int result = oc_index_events_read(db);
    if (result != OC_OK)
        return result;
    *id =
        event->end_ms > event->start_ms ? 0 : oc_index_events_open(db, event->kind, event->channel);
    if (*id)
        return OC_OK;
    if (event->data[0]) {
        data = one_line(db, event->data, &result);
        begin.data = data;
    }
    if (result == OC_OK) {
        begin.id = 1 + (uint32_t)number_of(
                           db, oc_index_db_statement(db, "SELECT max(last_id) FROM event_file"), 0);
        result = begin.id > INT32_MAX ? OC_ERR_RANGE /* there is no next number */
                                      : keep(db, begin.start_ms, &begin, begin.id, OC_EVENT_END, 0);
    }
    *id = begin.id;
    if (result == OC_OK && db->begun && db->root >= 0)
        db->begun->begun(db->begun->context, begin.id, begin.channel, begin.start_ms);
    sqlite3_free(data);
    return result;
}

/* ---- what happens later ---- */

/* When an event began; OC_ERR_NOENT. *protect, *ended: may be NULL. */
static int find(oc_index_db_t *db, uint32_t id, int64_t *start_ms, bool *protect, bool *ended) {
    int result = oc_index_events_read(db);
    if (result != OC_OK)
        return result;
    sqlite3_stmt *statement = oc_index_db_statement(
        db, "SELECT start_ms, protected, end_ms IS NOT NULL FROM event WHERE id = ?1");
    if (!statement)
        return OC_ERR_IO;
    sqlite3_bind_int64(statement, 1, id);
    result = oc_index_db_step(db, statement);
    if (result != OC_OK)
        return result == OC_END ? OC_ERR_NOENT : result;
    *start_ms = sqlite3_column_int64(statement, 0);
    *protect = sqlite3_column_int(statement, 1) != 0;
    *ended = sqlite3_column_int(statement, 2) != 0;
    sqlite3_reset(statement);
    return OC_OK;
}

int oc_index_events_end(oc_index_db_t *db, uint32_t id, int64_t at_ms) {
    int64_t start_ms;
    bool protect, ended;
    int result = find(db, id, &start_ms, &protect, &ended);
    if (result != OC_OK || ended)
        return result;
    return keep(db, start_ms, NULL, id, OC_EVENT_END, at_ms > start_ms ? at_ms : start_ms);
}

int oc_index_events_protect(oc_index_db_t *db, uint32_t id, bool on) {
    int64_t start_ms;
    bool protect, ended;
    int result = find(db, id, &start_ms, &protect, &ended);
    if (result != OC_OK || protect == on)
        return result;
    return keep(db, start_ms, NULL, id, OC_EVENT_PROTECT, on);
}

static void remove_picture(int root, int64_t start_ms, uint32_t id) {
    char path[OC_EVENT_LINE_PATH];
    const char *name;
    oc_event_line_picture(start_ms, id, path);
    int folder = root < 0 ? -1 : oc_beneath_parent(root, path, &name);
    if (folder < 0)
        return;
    (void)unlinkat(folder, name, 0);
    close(folder);
}

int oc_index_events_picture(oc_index_db_t *db, uint32_t id, uint32_t bytes) {
    int64_t start_ms;
    bool protect, ended;
    int result = find(db, id, &start_ms, &protect, &ended);
    if (result == OC_OK)
        result = keep(db, start_ms, NULL, id, OC_EVENT_PICTURE, bytes);
    if (result == OC_OK && bytes == 0)
        remove_picture(db->root, start_ms, id);
    return result;
}

int oc_index_events_delete(oc_index_db_t *db, uint32_t id) {
    int64_t start_ms;
    bool protect, ended;
    int result = find(db, id, &start_ms, &protect, &ended);
    if (result != OC_OK || protect)
        return result != OC_OK ? result : OC_ERR_STATE;
    result = keep(db, start_ms, NULL, id, OC_EVENT_DELETE, 0);
    if (result == OC_OK)
        remove_picture(db->root, start_ms, id);
    return result;
}

int oc_index_events_end_open(oc_index_db_t *db) {
    int result = oc_index_events_read(db);
    if (result != OC_OK)
        return result;
    int64_t last_ms = number_of(
        db, oc_index_db_statement(db, "SELECT max(end_ms) FROM recording WHERE monotonic = 0"), 0);
    for (int64_t id = 1; result == OC_OK && id > 0;) {
        id = number_of(
            db, oc_index_db_statement(db, "SELECT id FROM event WHERE end_ms IS NULL LIMIT 1"), 0);
        if (id > 0)
            result = oc_index_events_end(db, (uint32_t)id, last_ms);
    }
    return result;
}

/* ---- queries ---- */

#define ROW_SELECT                                                                                 \
    "SELECT id, mask, start_ms, end_ms, protected, raised, picture, kind, channel, data FROM "     \
    "event INDEXED BY "
/* The first look at the kind is cheap and lets through what only contains it. */
#define ROW_WHERE                                                                                  \
    "start_ms >= ?2 AND start_ms <= ?4 AND ifnull(end_ms, ?4) >= ?3 AND (?5 = '' OR (instr(?5, "   \
    "kind) > 0 AND instr(?5, char(10) || kind || char(10)) > 0)) "
#define ROW_UP "AND (?6 < 0 OR (start_ms, id) > (?6, ?7)) ORDER BY start_ms, id LIMIT ?8"
#define ROW_DOWN                                                                                   \
    "AND (?6 < 0 OR (start_ms, id) < (?6, ?7)) ORDER BY start_ms DESC, id DESC LIMIT ?8"

/* By number, for who follows them. */
#define ROW_NUMBERED                                                                               \
    "SELECT id, mask, start_ms, end_ms, protected, raised, picture, kind, channel, data FROM "     \
    "event "                                                                                       \
    "WHERE id > ?7 AND (?1 = '' OR channel = ?1) AND ?6 = ?6 AND " ROW_WHERE "ORDER BY id "
static const char *const numbered_texts[2] = {ROW_NUMBERED "LIMIT ?8",
                                              ROW_NUMBERED "DESC LIMIT ?8"};

/* By channel or not, and by direction. The index has what is looked at, so rows that do not match
 * cost little. */
static const char *const list_texts[2][2] = {
    {ROW_SELECT "event_list WHERE ?1 = '' AND " ROW_WHERE ROW_UP,
     ROW_SELECT "event_list WHERE ?1 = '' AND " ROW_WHERE ROW_DOWN},
    {ROW_SELECT "event_list_channel WHERE channel = ?1 AND " ROW_WHERE ROW_UP,
     ROW_SELECT "event_list_channel WHERE channel = ?1 AND " ROW_WHERE ROW_DOWN},
};

/* Of one kind. */
static const char *const kind_texts[2] = {
    ROW_SELECT "event_kind WHERE kind = ?9 AND (?1 = '' OR channel = ?1) AND " ROW_WHERE ROW_UP,
    ROW_SELECT "event_kind WHERE kind = ?9 AND (?1 = '' OR channel = ?1) AND " ROW_WHERE ROW_DOWN,
};

/* How many of the kinds ("\nmotion\nhuman\n") there are events of, at most 2; *kind: the first of
 * them. */
static unsigned count_kinds(oc_index_db_t *db, const char *kinds, char kind[OC_EVENT_WORD_MAX]) {
    unsigned count = 0;
    for (const char *at = kinds + strspn(kinds, "\n"); *at && count < 2;) {
        size_t len = strcspn(at, "\n");
        sqlite3_stmt *found = oc_index_db_statement(
            db, "SELECT 1 FROM event INDEXED BY event_kind WHERE kind = ?1 LIMIT 1");
        if (found)
            bind_text(found, 1, at, len);
        if (len < OC_EVENT_WORD_MAX && number_of(db, found, 0) == 1 && ++count == 1)
            snprintf(kind, OC_EVENT_WORD_MAX, "%.*s", (int)len, at);
        at += len;
        at += strspn(at, "\n");
    }
    return count;
}

/* Events that touch from_ms began no earlier. */
static int64_t lowest_start(oc_index_db_t *db, int64_t from_ms) {
    sqlite3_stmt *statement = oc_index_db_statement(
        db, "SELECT min(?1 - ifnull((SELECT max(end_ms - start_ms) FROM event), 0), "
            "ifnull((SELECT min(start_ms) FROM event WHERE end_ms IS NULL), ?1))");
    if (statement)
        sqlite3_bind_int64(statement, 1, from_ms);
    return number_of(db, statement, 0);
}

/* Bytes of the line, 0: it does not fit. */
static size_t write_row(sqlite3_stmt *row, char *out, size_t size) {
    bool ended = sqlite3_column_type(row, 3) == SQLITE_INTEGER;
    const oc_event_row_t line = {.id = sqlite3_column_int64(row, 0),
                                 .mask = sqlite3_column_int64(row, 1),
                                 .start_ms = sqlite3_column_int64(row, 2),
                                 .end_ms = ended ? sqlite3_column_int64(row, 3) : -1,
                                 .protected = sqlite3_column_int(row, 4),
                                 .raised = sqlite3_column_int(row, 5),
                                 .picture = sqlite3_column_int(row, 6),
                                 .kind = text_of(row, 7),
                                 .channel = text_of(row, 8),
                                 .data = text_of(row, 9)};
    return oc_event_row_write(&line, out, size);
}

int oc_index_events_list(oc_index_db_t *db, const oc_event_query_t *query, char *out, size_t size,
                         size_t *len, bool *more) {
    int result = oc_index_events_read(db);
    if (result != OC_OK)
        return result;
    *len = 0;
    *more = false;
    char kind[OC_EVENT_WORD_MAX];
    unsigned kinds = query->kinds[0] ? count_kinds(db, query->kinds, kind) : 2;
    if (kinds == 0)
        return OC_OK;
    int64_t lowest_ms = query->from_ms > 0 ? lowest_start(db, query->from_ms) : INT64_MIN;
    sqlite3_stmt *rows = oc_index_db_statement(
        db, query->by_number ? numbered_texts[query->newest_first]
            : kinds == 1     ? kind_texts[query->newest_first]
                             : list_texts[query->channel[0] != '\0'][query->newest_first]);
    if (!rows)
        return OC_ERR_IO;
    if (kinds == 1 && !query->by_number)
        bind_text(rows, 9, kind, strlen(kind));
    uint32_t limit = query->limit < 1 || query->limit > 200 ? 100 : query->limit, count = 0;
    bind_text(rows, 1, query->channel, strlen(query->channel));
    sqlite3_bind_int64(rows, 2, lowest_ms);
    sqlite3_bind_int64(rows, 3, query->from_ms > 0 ? query->from_ms : INT64_MIN);
    sqlite3_bind_int64(rows, 4, query->to_ms > 0 ? query->to_ms : INT64_MAX);
    bind_text(rows, 5, query->kinds, strlen(query->kinds));
    sqlite3_bind_int64(rows, 6, query->after_id ? query->after_ms : -1);
    sqlite3_bind_int64(rows, 7, query->after_id);
    sqlite3_bind_int64(rows, 8, (int64_t)limit + 1);
    while ((result = oc_index_db_step(db, rows)) == OC_OK) {
        size_t bytes = count < limit ? write_row(rows, out + *len, size - *len) : 0;
        *more = bytes == 0;
        if (*more)
            break;
        *len += bytes;
        count++;
    }
    sqlite3_reset(rows);
    return result == OC_END ? OC_OK : result;
}
