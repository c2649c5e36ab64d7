#define _GNU_SOURCE
#include "oc_index_query.h"

#include <stdio.h>
#include <string.h>

#include "oc_err.h"
#include "oc_index_rows.h"

#define ROWS_DEFAULT 100

/* What every query of files gives, in the order of oc_index_file_t. */
#define COLUMNS                                                                                    \
    "SELECT id, channel, path, name, start_ms, end_ms, monotonic, open, bytes, "                   \
    "duration_ms, " OC_INDEX_PROTECTED

static const char *text_of(sqlite3_stmt *row, int column) {
    const unsigned char *text = sqlite3_column_text(row, column);
    return text ? (const char *)text : "";
}

static void read_row(sqlite3_stmt *row, oc_index_file_t *file) {
    *file = (oc_index_file_t){
        .id = sqlite3_column_int64(row, 0),
        .channel = text_of(row, 1),
        .path = text_of(row, 2),
        .name = text_of(row, 3),
        .start_ms = sqlite3_column_int64(row, 4),
        .end_ms = sqlite3_column_int64(row, 5),
        .monotonic = sqlite3_column_int(row, 6) != 0,
        .open = sqlite3_column_int(row, 7) != 0,
        .bytes = (uint64_t)sqlite3_column_int64(row, 8),
        .duration_ms = sqlite3_column_int64(row, 9),
        .is_protected = sqlite3_column_int(row, 10) != 0,
    };
}

/* The longest recording: what touches an instant begins at most so long before it. */
static int64_t longest_ms(oc_index_db_t *db) {
    int64_t ms = 0;
    sqlite3_stmt *row = oc_index_db_statement(
        db, "SELECT end_ms - start_ms FROM recording ORDER BY end_ms - start_ms DESC LIMIT 1");
    if (oc_index_db_step(db, row) == OC_OK) {
        ms = sqlite3_column_int64(row, 0);
        sqlite3_reset(row);
    }
    return ms > 0 ? ms : 0;
}

/* ---- the list ---- */

/* A page under way. */
typedef struct page {
    oc_index_db_t *db;
    const oc_list_config_t *query;
    bool (*take)(void *context, const oc_index_file_t *file);
    void *context;
    uint32_t room;   /* rows that may still be taken */
    int64_t from_ms; /* least start */
    bool has_after;
    oc_index_name_t after;
    bool more, full;
} page_t;

/* Binds what all lists have: name, from, to, least start, after (start, path), limit as 2 to 8. */
static void bind_page(const page_t *page, sqlite3_stmt *rows, bool after, int64_t start_ms,
                      const char *path) {
    const oc_list_config_t *query = page->query;
    sqlite3_bind_text(rows, 2, query->name, -1, SQLITE_STATIC);
    sqlite3_bind_int64(rows, 3, query->from_ms);
    sqlite3_bind_int64(rows, 4, query->to_ms > 0 ? query->to_ms : INT64_MAX);
    sqlite3_bind_int64(rows, 5, page->from_ms);
    sqlite3_bind_int64(rows, 6, after ? start_ms : query->newest_first ? INT64_MAX : INT64_MIN);
    sqlite3_bind_text(rows, 7, after ? path : "", -1, SQLITE_STATIC);
    sqlite3_bind_int(rows, 8, (int)page->room + 1);
}

static int take_rows(page_t *page, sqlite3_stmt *rows) {
    int result;
    while ((result = oc_index_db_step(page->db, rows)) == OC_OK) {
        oc_index_file_t file;
        read_row(rows, &file);
        if (page->room == 0 || !page->take(page->context, &file)) {
            page->more = page->full = true;
            sqlite3_reset(rows);
            return OC_OK;
        }
        page->room--;
    }
    return result == OC_END ? OC_OK : result;
}

/* ?2: the name, which is empty where it is not looked at. */
#define MATCHING                                                                                   \
    "monotonic = ?9 AND start_ms >= ?5 AND start_ms < ?4 AND (?3 = 0 OR end_ms > ?3 OR open = 1) "
#define UP   MATCHING "AND (start_ms, path) > (?6, ?7) ORDER BY start_ms, path LIMIT ?8"
#define DOWN MATCHING "AND (start_ms, path) < (?6, ?7) ORDER BY start_ms DESC, path DESC LIMIT ?8"
#define FROM " FROM recording INDEXED BY "

/* By name or not, each with an index that has the rows in order: a name that few have is found
 * without a look at the others. */
static const char *const channel_up[2] = {
    COLUMNS FROM "recording_channel WHERE channel = ?1 AND ?2 = '' AND " UP,
    COLUMNS FROM "recording_channel_name WHERE channel = ?1 AND name = ?2 AND " UP};
static const char *const channel_down[2] = {
    COLUMNS FROM "recording_channel WHERE channel = ?1 AND ?2 = '' AND " DOWN,
    COLUMNS FROM "recording_channel_name WHERE channel = ?1 AND name = ?2 AND " DOWN};
static const char *const all_down[2] = {
    COLUMNS FROM "recording_time WHERE ?1 = '' AND ?2 = '' AND " DOWN,
    COLUMNS FROM "recording_name WHERE ?1 = '' AND name = ?2 AND " DOWN};

/* One channel, oldest first: dated, or not. */
static int list_channel(page_t *page, const char *channel, bool monotonic) {
    const oc_index_name_t *after = &page->after;
    int order = page->has_after ? strcmp(channel, after->channel) : 1;
    if (order < 0 || (order == 0 && after->record.monotonic && !monotonic))
        return OC_OK;
    bool behind = order == 0 && after->record.monotonic == monotonic;
    sqlite3_stmt *rows = oc_index_db_statement(page->db, channel_up[page->query->name[0] != '\0']);
    if (!rows)
        return OC_ERR_IO;
    sqlite3_bind_text(rows, 1, channel, -1, SQLITE_STATIC);
    bind_page(page, rows, behind, after->record.start_us / 1000, page->query->after);
    sqlite3_bind_int(rows, 9, monotonic);
    return take_rows(page, rows);
}

static int list_oldest(page_t *page) {
    bool dated = page->query->from_ms > 0 || page->query->to_ms > 0;
    char channel[OC_CHANNEL_NAME_MAX];
    snprintf(channel, sizeof(channel), "%s", page->query->channel);
    if (!channel[0] && page->has_after)
        snprintf(channel, sizeof(channel), "%s", page->after.channel);
    int result = OC_OK;
    bool only = page->query->channel[0] != '\0', at = only || channel[0];
    for (;;) {
        if (!at) { /* the next channel that has some */
            sqlite3_stmt *next = oc_index_db_statement(
                page->db, "SELECT channel FROM total WHERE channel > ?1 AND files > 0 ORDER BY "
                          "channel LIMIT 1");
            if (!next)
                return OC_ERR_IO;
            char before[OC_CHANNEL_NAME_MAX];
            memcpy(before, channel, sizeof(before));
            sqlite3_bind_text(next, 1, before, -1, SQLITE_STATIC);
            result = oc_index_db_step(page->db, next);
            if (result != OC_OK)
                return result == OC_END ? OC_OK : result;
            snprintf(channel, sizeof(channel), "%s", text_of(next, 0));
            sqlite3_reset(next);
        }
        at = false;
        result = list_channel(page, channel, false);
        if (result == OC_OK && !dated && !page->full)
            result = list_channel(page, channel, true);
        if (result != OC_OK || page->full || only)
            return result;
    }
}

/* All channels, or one, newest first: dated, or not. */
static int list_newest(page_t *page, bool monotonic) {
    const oc_record_name_t *after = &page->after.record;
    if (page->has_after && after->monotonic && !monotonic)
        return OC_OK;
    bool behind = page->has_after && after->monotonic == monotonic;
    bool named = page->query->name[0] != '\0';
    sqlite3_stmt *rows = oc_index_db_statement(
        page->db, page->query->channel[0] ? channel_down[named] : all_down[named]);
    if (!rows)
        return OC_ERR_IO;
    sqlite3_bind_text(rows, 1, page->query->channel, -1, SQLITE_STATIC);
    bind_page(page, rows, behind, after->start_us / 1000, page->query->after);
    sqlite3_bind_int(rows, 9, monotonic);
    return take_rows(page, rows);
}

int oc_index_list(oc_index_db_t *db, const oc_list_config_t *query,
                  bool (*take)(void *context, const oc_index_file_t *file), void *context,
                  bool *more) {
    page_t page = {.db = db, .query = query, .take = take, .context = context};
    page.room = query->limit ? query->limit : ROWS_DEFAULT;
    page.room = page.room < OC_INDEX_LIST_MAX ? page.room : OC_INDEX_LIST_MAX;
    page.has_after = query->after[0] != '\0';
    *more = false;
    if (page.has_after && !oc_index_name_parse(query->after, &page.after))
        return OC_ERR_INVAL;
    page.from_ms = query->from_ms > 0 ? query->from_ms - longest_ms(db) : INT64_MIN;
    bool dated = query->from_ms > 0 || query->to_ms > 0;
    int result = query->newest_first ? list_newest(&page, false) : list_oldest(&page);
    if (result == OC_OK && query->newest_first && !dated && !page.full)
        result = list_newest(&page, true);
    *more = page.more;
    return result;
}

/* ---- spans ---- */

int oc_index_spans(oc_index_db_t *db, const oc_span_query_t *query,
                   bool (*take)(void *context, const oc_index_piece_t *piece), void *context,
                   bool *more) {
    int64_t to_ms = query->to_ms > 0 ? query->to_ms : INT64_MAX;
    sqlite3_stmt *rows = oc_index_db_statement(
        db, query->channel[0]
                ? "SELECT start_ms, end_ms, bytes FROM recording WHERE channel = ?1 AND monotonic "
                  "= 0 AND start_ms >= ?2 AND start_ms < ?3 AND end_ms > ?4 ORDER BY start_ms"
                : "SELECT start_ms, end_ms, bytes FROM recording WHERE ?1 = '' AND monotonic = 0 "
                  "AND start_ms >= ?2 AND start_ms < ?3 AND end_ms > ?4 ORDER BY start_ms");
    *more = false;
    if (!rows)
        return OC_ERR_IO;
    sqlite3_bind_text(rows, 1, query->channel, -1, SQLITE_STATIC);
    sqlite3_bind_int64(rows, 2, query->from_ms - longest_ms(db));
    sqlite3_bind_int64(rows, 3, to_ms);
    sqlite3_bind_int64(rows, 4, query->from_ms);
    oc_index_piece_t piece = {0};
    bool any = false;
    uint32_t room = query->limit;
    int result;
    while ((result = oc_index_db_step(db, rows)) == OC_OK) {
        int64_t start_ms = sqlite3_column_int64(rows, 0), end_ms = sqlite3_column_int64(rows, 1);
        uint64_t bytes = (uint64_t)sqlite3_column_int64(rows, 2);
        if (any && start_ms <= piece.end_ms + OC_INDEX_GAP_MS) {
            piece.end_ms = end_ms > piece.end_ms ? end_ms : piece.end_ms;
            piece.bytes += bytes;
            continue;
        }
        if (any && (room == 0 || !take(context, &piece))) {
            *more = true;
            sqlite3_reset(rows);
            return OC_OK;
        }
        room -= any;
        any = true;
        piece = (oc_index_piece_t){start_ms, end_ms, bytes};
    }
    if (result == OC_END && any)
        *more = room == 0 || !take(context, &piece);
    return result == OC_END ? OC_OK : result;
}

/* ---- totals ---- */

int oc_index_totals(oc_index_db_t *db, oc_index_totals_t *out) {
    *out = (oc_index_totals_t){0};
    sqlite3_stmt *row = oc_index_db_statement(db, "SELECT sum(files), sum(bytes) FROM total");
    int result = oc_index_db_step(db, row);
    if (result != OC_OK)
        return OC_ERR_IO;
    out->files = (uint64_t)sqlite3_column_int64(row, 0);
    out->bytes = (uint64_t)sqlite3_column_int64(row, 1);
    sqlite3_reset(row);
    row = oc_index_db_statement(
        db, "SELECT start_ms FROM recording WHERE monotonic = 0 ORDER BY start_ms LIMIT 1");
    if (oc_index_db_step(db, row) == OC_OK) {
        out->oldest_ms = sqlite3_column_int64(row, 0);
        sqlite3_reset(row);
    }
    row = oc_index_db_statement(db, "SELECT count(*), sum(bytes) FROM deleted");
    if (oc_index_db_step(db, row) == OC_OK) {
        out->deleted_files = (uint64_t)sqlite3_column_int64(row, 0);
        out->deleted_bytes = (uint64_t)sqlite3_column_int64(row, 1);
        sqlite3_reset(row);
    }
    return OC_OK;
}
