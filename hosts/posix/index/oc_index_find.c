#include "oc_index_find.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "oc_err.h"
#include "oc_posix.h"

#define UNDER_WAY 4 /* searches that the index has not answered */

/* A page of rows. Whoever comes last frees it: the index thread, or the search that gave up. */
typedef struct page {
    pthread_mutex_t lock;
    pthread_cond_t answered;
    bool done, left; /* under lock */
    oc_index_t *index;
    char channel[OC_CHANNEL_NAME_MAX], after[OC_FILE_PATH_MAX], before[OC_FILE_PATH_MAX];
    int64_t from_ms, to_ms, after_ms; /* of the row that `after` names */
    uint32_t limit, count;
    size_t keys; /* bytes that may still be given */
    int result;
    char *rows; /* row_t, path with NUL, keys, one behind the other */
    size_t len, size;
} page_t;

typedef struct row {
    int64_t start_ms;
    uint64_t bytes;
    uint32_t path, keys; /* bytes */
} row_t;

static atomic_uint under_way;

static void free_page(page_t *page) {
    pthread_cond_destroy(&page->answered);
    pthread_mutex_destroy(&page->lock);
    free(page->rows);
    free(page);
}

/* ---- index thread ---- */

static int add_row(page_t *page, sqlite3_stmt *row) {
    const char *path = (const char *)sqlite3_column_text(row, 0);
    const void *keys = sqlite3_column_blob(row, 3);
    row_t head = {.start_ms = sqlite3_column_int64(row, 1),
                  .bytes = (uint64_t)sqlite3_column_int64(row, 2),
                  .path = (uint32_t)sqlite3_column_bytes(row, 0) + 1,
                  .keys = (uint32_t)sqlite3_column_bytes(row, 3)};
    if (!path || head.path > OC_FILE_PATH_MAX)
        return OC_OK; /* none of ours */
    if (head.keys > page->keys)
        head.keys = 0;
    size_t needed = page->len + sizeof(head) + head.path + head.keys;
    if (needed > page->size) {
        size_t size = needed + needed / 2 + 4096;
        char *grown = realloc(page->rows, size);
        if (!grown)
            return OC_ERR_NOMEM;
        page->rows = grown;
        page->size = size;
    }
    memcpy(page->rows + page->len, &head, sizeof(head));
    memcpy(page->rows + page->len + sizeof(head), path, head.path);
    if (head.keys > 0)
        memcpy(page->rows + page->len + sizeof(head) + head.path, keys, head.keys);
    page->len = needed;
    page->keys -= head.keys;
    page->count++;
    return OC_OK;
}

/* What begins too early for the longest recording to reach the span is not looked at; those that
 * are written are longer than their rows. */
static const char search[] =
    "SELECT path, start_ms, bytes, iif(open = 1, NULL, keys) FROM recording INDEXED BY "
    "recording_channel WHERE channel = ?1 AND monotonic = 0 AND start_ms >= min(?2 - (SELECT "
    "end_ms - start_ms FROM recording ORDER BY end_ms - start_ms DESC LIMIT 1), ifnull((SELECT "
    "min(start_ms) FROM recording INDEXED BY recording_open WHERE open = 1 AND channel = ?1 AND "
    "monotonic = 0), ?2)) AND "
    "start_ms < ?3 AND (end_ms > ?2 OR open = 1) AND (start_ms, path) > (?4, ?5) ORDER BY "
    "start_ms, path LIMIT ?6";

static void read_page(oc_index_db_t *db, page_t *page) {
    sqlite3_stmt *rows = oc_index_db_statement(db, search);
    page->result = OC_ERR_IO;
    if (!rows)
        return;
    sqlite3_bind_text(rows, 1, page->channel, -1, SQLITE_STATIC);
    sqlite3_bind_int64(rows, 2, page->from_ms);
    sqlite3_bind_int64(rows, 3, page->to_ms);
    sqlite3_bind_int64(rows, 4, page->after_ms);
    sqlite3_bind_text(rows, 5, page->after, -1, SQLITE_STATIC);
    sqlite3_bind_int64(rows, 6, page->limit);
    while ((page->result = oc_index_db_step(db, rows)) == OC_OK)
        if ((page->result = add_row(page, rows)) != OC_OK)
            break;
    sqlite3_reset(rows);
    page->result = page->result == OC_END ? OC_OK : page->result;
}

/* Of the same beginning, and closed. */
static void read_closed(oc_index_db_t *db, page_t *page) {
    sqlite3_stmt *rows =
        oc_index_db_statement(db, "SELECT path, start_ms, bytes, NULL FROM recording WHERE path > "
                                  "?1 AND path < ?2 AND open = 0 ORDER BY path LIMIT 1");
    page->result = OC_ERR_IO;
    if (!rows)
        return;
    sqlite3_bind_text(rows, 1, page->after, -1, SQLITE_STATIC);
    sqlite3_bind_text(rows, 2, page->before, -1, SQLITE_STATIC);
    page->result = oc_index_db_step(db, rows);
    if (page->result == OC_OK)
        page->result = add_row(page, rows);
    sqlite3_reset(rows);
    page->result = page->result == OC_END ? OC_OK : page->result;
}

static void answer(oc_index_db_t *db, void *context) {
    page_t *page = context;
    pthread_mutex_lock(&page->lock);
    bool left = page->left;
    pthread_mutex_unlock(&page->lock);
    if (!left && page->before[0])
        read_closed(db, page);
    else if (!left)
        read_page(db, page);
    atomic_fetch_sub(&under_way, 1);
    pthread_mutex_lock(&page->lock);
    page->done = true;
    left = page->left;
    pthread_cond_signal(&page->answered);
    pthread_mutex_unlock(&page->lock);
    if (left)
        free_page(page);
}

/* ---- who searches ---- */

static page_t *make_page(oc_index_t *index) {
    page_t *page = calloc(1, sizeof(*page));
    if (!page)
        return NULL;
    pthread_mutex_init(&page->lock, NULL);
    oc_posix_cond_init(&page->answered);
    page->index = index;
    page->after_ms = INT64_MIN;
    return page;
}

/* True: the page has its answer and is the caller's. False: it is gone. */
static bool run_page(page_t *page, int64_t wait_us) {
    int64_t until_us = oc_posix_now_us() + wait_us;
    bool room = atomic_fetch_add(&under_way, 1) < UNDER_WAY;
    if (!room || oc_index_request(page->index, answer, page) != OC_OK) {
        atomic_fetch_sub(&under_way, 1);
        free_page(page);
        return false;
    }
    pthread_mutex_lock(&page->lock);
    while (!page->done && oc_posix_now_us() < until_us)
        oc_posix_cond_wait(&page->answered, &page->lock, until_us);
    bool done = page->done;
    page->left = !done;
    pthread_mutex_unlock(&page->lock);
    return done;
}

/* Hands the rows on. False: enough. The last one is where the next page begins. */
static bool give_rows(page_t *page, bool (*take)(void *context, const oc_index_found_t *found),
                      void *context) {
    bool more = true;
    for (size_t at = 0; at < page->len && more;) {
        row_t row;
        memcpy(&row, page->rows + at, sizeof(row));
        const char *path = page->rows + at + sizeof(row);
        more =
            take(context, &(oc_index_found_t){path, row.bytes, oc_span(path + row.path, row.keys)});
        memcpy(page->after, path, row.path);
        page->after_ms = row.start_ms;
        at += sizeof(row) + row.path + row.keys;
    }
    return more;
}

int oc_index_find(oc_index_t *index, const char *channel, int64_t from_ms, int64_t to_ms,
                  uint32_t limit, bool (*take)(void *context, const oc_index_found_t *found),
                  void *context) {
    page_t *page = NULL;
    if (strlen(channel) >= OC_CHANNEL_NAME_MAX || !oc_index_agrees(index) ||
        !(page = make_page(index)))
        return OC_AGAIN;
    memcpy(page->channel, channel, strlen(channel) + 1);
    page->from_ms = from_ms;
    page->to_ms = to_ms;
    page->keys = OC_INDEX_FIND_KEYS;
    bool more = true;
    while (more) {
        page->limit = limit < OC_INDEX_FIND_ROWS ? limit : OC_INDEX_FIND_ROWS;
        page->count = 0;
        page->len = 0;
        page->done = false;
        if (!run_page(page, OC_INDEX_FIND_US))
            return OC_AGAIN;
        limit -= page->count;
        more = give_rows(page, take, context) && page->result == OC_OK && limit > 0 &&
               page->count == page->limit;
    }
    int result = page->result == OC_OK ? OC_OK : OC_AGAIN;
    free_page(page);
    return result;
}

int oc_index_find_closed(oc_index_t *index, const char *path, char *out, size_t size) {
    static const char open_end[] = "open.mp4";
    size_t len = strlen(path), end = sizeof(open_end) - 1;
    page_t *page = NULL;
    if (len <= end || len >= OC_FILE_PATH_MAX || strcmp(path + len - end, open_end) != 0)
        return OC_ERR_NOENT;
    if (!oc_index_agrees(index) || !(page = make_page(index)))
        return OC_AGAIN;
    memcpy(page->after, path, len - end); /* "<name>_<start>_", and what is behind all of these */
    memcpy(page->before, path, len - end);
    page->before[len - end - 1]++;
    if (!run_page(page, OC_INDEX_CLOSED_US))
        return OC_AGAIN;
    int result = page->result != OC_OK ? OC_AGAIN : page->count == 0 ? OC_ERR_NOENT : OC_OK;
    if (result == OC_OK && strlen(page->rows + sizeof(row_t)) >= size)
        result = OC_ERR_NOENT;
    if (result == OC_OK)
        memcpy(out, page->rows + sizeof(row_t), strlen(page->rows + sizeof(row_t)) + 1);
    free_page(page);
    return result;
}
