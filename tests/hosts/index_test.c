/* oc_index on a real folder: what it finds is what the files are, whatever happened to them, to the
 * notes about them, and to its database. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "oc_beneath.h"
#include "oc_err.h"
#include "oc_index.h"
#include "oc_index_query.h"
#include "oc_index_retain.h"
#include "oc_index_rows.h"
#include "oc_posix.h"
#include "record_list.h"
#include "test_folder.h"
#include "test_wait.h"

#define DAY_MS INT64_C(86400000)
#define T0     INT64_C(1795219200000) /* 2026-11-21 */

typedef struct rig {
    char path[64];
    int root;
    oc_index_t *index;
} rig_t;

static int set_up(void **state) {
    rig_t *rig = calloc(1, sizeof(*rig));
    rig->root = test_folder_make(rig->path);
    *state = rig;
    return rig->root < 0;
}

static void start(rig_t *rig) {
    assert_int_equal(oc_index_start(&rig->index, rig->root), OC_OK);
}

static void stop(rig_t *rig) {
    assert_true(oc_index_stop(rig->index, INT64_MAX));
    rig->index = NULL;
}

static int tear_down(void **state) {
    rig_t *rig = *state;
    oc_index_stop(rig->index, INT64_MAX);
    close(rig->root);
    test_folder_remove(rig->path);
    free(rig);
    return 0;
}

/* The path of a recording; end_ms 0: open. */
static const char *path_of(const char *channel, const char *name, int64_t start_ms, int64_t end_ms,
                           bool monotonic) {
    static char paths[4][OC_FILE_PATH_MAX];
    static unsigned next;
    char folder[64], *path = paths[next++ % 4];
    oc_record_name_t record = {.start_us = start_ms * 1000,
                               .end_us = end_ms * 1000,
                               .monotonic = monotonic,
                               .open = end_ms == 0};
    snprintf(record.name, sizeof(record.name), "%s", name);
    snprintf(folder, sizeof(folder), "recordings/%s", channel);
    assert_int_equal(oc_record_name_path(&record, folder, path, OC_FILE_PATH_MAX), OC_OK);
    return path;
}

static void make(const rig_t *rig, const char *path, size_t bytes) {
    char folder[OC_FILE_PATH_MAX];
    snprintf(folder, sizeof(folder), "%.*s", (int)(strrchr(path, '/') - path), path);
    assert_int_equal(oc_beneath_mkdir(rig->root, folder), OC_OK);
    int fd = oc_beneath_open(rig->root, path, O_WRONLY | O_CREAT, 0600);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, (off_t)bytes), 0);
    close(fd);
}

/* ---- queries ---- */

typedef struct query {
    oc_list_config_t list;
    oc_span_query_t spans;
    bool wants_spans;
    int result;
    bool more;
    char *text; /* a line for each row */
    size_t len;
    FILE *out;
    char last[OC_FILE_PATH_MAX];
    sem_t done;
} query_t;

static bool take_file(void *context, const oc_index_file_t *file) {
    query_t *query = context;
    fprintf(query->out, "%s %llu\n", strrchr(file->path, '/') + 1, (unsigned long long)file->bytes);
    snprintf(query->last, sizeof(query->last), "%s", file->path);
    return true;
}

static bool take_piece(void *context, const oc_index_piece_t *piece) {
    query_t *query = context;
    fprintf(query->out, "%lld-%lld %llu\n", (long long)(piece->start_ms - T0),
            (long long)(piece->end_ms - T0), (unsigned long long)piece->bytes);
    return true;
}

static void answer(oc_index_db_t *db, void *context) {
    query_t *query = context;
    query->result = query->wants_spans
                        ? oc_index_spans(db, &query->spans, take_piece, query, &query->more)
                        : oc_index_list(db, &query->list, take_file, query, &query->more);
    sem_post(&query->done);
}

/* Its rows as text, to be freed. */
static char *list_of(const rig_t *rig, query_t *query) {
    query->out = open_memstream(&query->text, &query->len);
    sem_init(&query->done, 0, 0);
    assert_int_equal(oc_index_request(rig->index, answer, query), OC_OK);
    sem_wait(&query->done);
    sem_destroy(&query->done);
    fclose(query->out);
    assert_int_equal(query->result, OC_OK);
    return query->text;
}

/* The text of all pages of a list. */
static char *list_all(const rig_t *rig, const char *channel, bool newest, uint32_t limit) {
    char *all = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&all, &len);
    query_t query = {.list = {.limit = limit, .newest_first = newest}, .more = true};
    snprintf(query.list.channel, sizeof(query.list.channel), "%s", channel);
    while (query.more) {
        char *text = list_of(rig, &query);
        fputs(text, out);
        free(text);
        memcpy(query.list.after, query.last, sizeof(query.last));
    }
    fclose(out);
    return all;
}

/* What the folder of a channel holds, in the order of the list. */
static char *folder_of(const rig_t *rig, const char *channel) {
    static oc_record_entry_t entries[4096];
    oc_record_list_t list;
    oc_record_query_t all_of_them = {.has_after = false};
    char folder[64], *all = NULL, file[OC_RECORD_FILE_MAX];
    size_t len = 0;
    FILE *out = open_memstream(&all, &len);
    struct dirent *entry;
    snprintf(folder, sizeof(folder), "recordings/%s", channel);
    oc_record_list_init(&list, &all_of_them, entries, 4096);
    int fd = oc_beneath_open(rig->root, folder, O_RDONLY | O_DIRECTORY, 0);
    DIR *names = fd < 0 ? NULL : fdopendir(fd);
    while (names && (entry = readdir(names))) {
        struct stat about;
        assert_int_equal(fstatat(fd, entry->d_name, &about, 0), 0);
        (void)oc_record_list_add(&list, entry->d_name, strlen(entry->d_name),
                                 (uint64_t)about.st_size);
    }
    if (names)
        closedir(names);
    for (size_t i = 0; i < list.len; i++) {
        assert_int_equal(oc_record_name_format(&entries[i].record, file, sizeof(file)), OC_OK);
        fprintf(out, "%s %llu\n", file, (unsigned long long)entries[i].bytes);
    }
    fclose(out);
    return all;
}

static void assert_agrees(const rig_t *rig, const char *channel) {
    char *expected = folder_of(rig, channel), *found = list_all(rig, channel, false, 7);
    assert_string_equal(found, expected);
    free(expected);
    free(found);
}

/* ---- tests ---- */

static void test_order_and_pages(void **state) {
    rig_t *rig = *state;
    srand(1);
    for (int i = 0; i < 200; i++) {
        int64_t start_ms = rand() % 4 ? T0 + rand() % DAY_MS : rand() % 3;
        bool monotonic = start_ms < T0;
        const char *name = rand() % 2 ? "ocellus" : "clip";
        make(rig,
             path_of(rand() % 2 ? "a" : "b", name, start_ms,
                     rand() % 5 ? start_ms + rand() % 60000 + 1 : 0, monotonic),
             (size_t)(rand() % 1000));
    }
    test_folder_write(rig->root, "recordings/a/notes.txt", "no recording");
    start(rig);
    assert_agrees(rig, "a");
    assert_agrees(rig, "b");
    char *a = folder_of(rig, "a"), *b = folder_of(rig, "b"), *all = list_all(rig, "", false, 9);
    char *both = malloc(strlen(a) + strlen(b) + 1);
    sprintf(both, "%s%s", a, b);
    assert_string_equal(all, both);
    free(a);
    free(b);
    free(all);
    free(both);
}

static void test_newest_first(void **state) {
    rig_t *rig = *state;
    make(rig, path_of("b", "x", T0, T0 + 5, false), 1);
    make(rig, path_of("a", "x", T0 + 10, T0 + 20, false), 2);
    make(rig, path_of("b", "x", T0 + 20, T0 + 30, false), 3);
    make(rig, path_of("a", "x", 7, 9, true), 4);
    start(rig);
    static const char expected[] = "x_20261121T000000.020Z_20261121T000000.030Z.mp4 3\n"
                                   "x_20261121T000000.010Z_20261121T000000.020Z.mp4 2\n"
                                   "x_20261121T000000.000Z_20261121T000000.005Z.mp4 1\n"
                                   "x_m0000000000007_m0000000000009.mp4 4\n";
    for (uint32_t limit = 1; limit < 5; limit++) {
        char *found = list_all(rig, "", true, limit);
        assert_string_equal(found, expected);
        free(found);
    }
    query_t query = {.list = {.newest_first = true, .from_ms = T0 + 15, .to_ms = T0 + 25}};
    char *found = list_of(rig, &query);
    assert_string_equal(found, "x_20261121T000000.020Z_20261121T000000.030Z.mp4 3\n"
                               "x_20261121T000000.010Z_20261121T000000.020Z.mp4 2\n");
    free(found);
}

static void test_spans_without_a_gap(void **state) {
    rig_t *rig = *state;
    make(rig, path_of("a", "x", T0, T0 + 1000, false), 1);
    make(rig, path_of("a", "x", T0 + 1000, T0 + 2000, false), 2);
    make(rig, path_of("a", "clip", T0 + 1500, T0 + 1700, false), 4);
    make(rig, path_of("a", "x", T0 + 4000, T0 + 5000, false), 8);
    make(rig, path_of("a", "x", T0 + 7001, T0 + 8000, false), 16);
    make(rig, path_of("b", "x", T0 + 8001, T0 + 9000, false), 32);
    start(rig);
    query_t query = {.wants_spans = true,
                     .spans = {.channel = "a", .limit = 10, .from_ms = T0, .to_ms = T0 + DAY_MS}};
    char *found = list_of(rig, &query);
    assert_string_equal(found, "0-5000 15\n7001-8000 16\n");
    assert_false(query.more);
    free(found);
    query.spans.limit = 1;
    found = list_of(rig, &query);
    assert_string_equal(found, "0-5000 15\n");
    assert_true(query.more);
    free(found);
    query.spans =
        (oc_span_query_t){.limit = 9, .from_ms = T0 + 4500, .to_ms = T0 + 8500, .channel = ""};
    found = list_of(rig, &query);
    assert_string_equal(found, "4000-5000 8\n7001-9000 48\n");
    free(found);
}

static void rename_noted(const rig_t *rig, const char *path, const char *to) {
    assert_int_equal(renameat(rig->root, path, rig->root, to), 0);
    oc_index_note(rig->index, path, to);
}

static void test_notes(void **state) {
    rig_t *rig = *state;
    start(rig);
    const char *open = path_of("a", "x", 5, 0, true);
    make(rig, open, 10);
    oc_index_note(rig->index, open, NULL);
    assert_agrees(rig, "a");
    const char *dated = path_of("a", "x", T0, 0, false);
    rename_noted(rig, open, dated);
    assert_agrees(rig, "a");
    const char *closed = path_of("a", "x", T0, T0 + 500, false);
    rename_noted(rig, dated, closed);
    assert_agrees(rig, "a");
    unlinkat(rig->root, closed, 0);
    oc_index_note(rig->index, closed, "");
    assert_agrees(rig, "a");
    oc_index_note(rig->index, "recordings/a/../x", "");
    oc_index_note(rig->index, "elsewhere/a/x_1_2.mp4", "");
    assert_agrees(rig, "a");
}

static void test_what_grows(void **state) {
    rig_t *rig = *state;
    const char *open = path_of("a", "x", T0, 0, false);
    make(rig, open, 10);
    start(rig);
    assert_agrees(rig, "a");
    int64_t until = oc_posix_now_us() + 600 * 1000; /* wall time: has to pass */
    make(rig, open, 4000);
    while (oc_posix_now_us() < until) /* answers are at most half a second old */
        usleep(10000);
    assert_agrees(rig, "a");
}

static void test_what_others_do(void **state) {
    rig_t *rig = *state;
    const char *one = path_of("a", "x", T0, T0 + 500, false);
    const char *two = path_of("b", "x", T0, T0 + 500, false);
    make(rig, one, 1);
    start(rig);
    assert_agrees(rig, "a");
    usleep(20000); /* the time of a folder has steps of a few ms */
    unlinkat(rig->root, one, 0);
    make(rig, two, 1);
    assert_agrees(rig, "a");
    assert_agrees(rig, "b");
}

static void hold(oc_index_db_t *db, void *context) {
    sem_wait(context);
}

static void test_notes_that_found_no_room(void **state) {
    rig_t *rig = *state;
    sem_t go;
    sem_init(&go, 0, 0);
    make(rig, path_of("a", "x", T0 - 2, T0 - 1, false), 3); /* folders that are known */
    make(rig, path_of("b", "x", T0 - 2, T0 - 1, false), 3);
    start(rig);
    assert_agrees(rig, "a");
    assert_int_equal(oc_index_request(rig->index, hold, &go), OC_OK);
    for (int i = 0; i < 3 * OC_INDEX_NOTES; i++) {
        const char *path = path_of(i % 2 ? "a" : "b", "x", T0 + i, T0 + i + 1, false);
        make(rig, path, 3);
        oc_index_note(rig->index, path, NULL);
    }
    sem_post(&go);
    assert_agrees(rig, "a");
    assert_agrees(rig, "b");
    sem_destroy(&go);
}

static void test_requests_are_bounded_and_none_is_lost(void **state) {
    rig_t *rig = *state;
    sem_t go;
    sem_init(&go, 0, 0);
    start(rig);
    unsigned accepted = 0;
    while (oc_index_request(rig->index, hold, &go) == OC_OK)
        accepted++;
    assert_in_range(accepted, OC_INDEX_REQUESTS, OC_INDEX_REQUESTS + 1);
    for (unsigned i = 0; i < accepted; i++)
        sem_post(&go);
    stop(rig);
    assert_int_equal(sem_trywait(&go), -1); /* each has run */
    sem_destroy(&go);
}

static void damage(const rig_t *rig, size_t at, size_t len) {
    char garbage[4096];
    memset(garbage, 0xa5, sizeof(garbage));
    int fd = openat(rig->root, OC_INDEX_FILE, O_WRONLY);
    assert_true(fd >= 0);
    for (size_t done = 0; done < len; done += sizeof(garbage))
        assert_int_equal(pwrite(fd, garbage, sizeof(garbage), (off_t)(at + done)), sizeof(garbage));
    close(fd);
}

/* A database that knows all, closed. */
static void prepare(rig_t *rig) {
    for (int i = 0; i < 500; i++)
        make(rig, path_of("a", "x", T0 + i, T0 + i + 1, false), (size_t)i);
    start(rig);
    assert_agrees(rig, "a");
    stop(rig);
    struct stat about;
    assert_int_equal(fstatat(rig->root, OC_INDEX_FILE, &about, 0), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    unlinkat(rig->root, path_of("a", "x", T0 + 7, T0 + 8, false), 0);
    make(rig, path_of("a", "x", T0 + 1000, 0, false), 9);
}

static void test_a_start_compares(void **state) {
    rig_t *rig = *state;
    prepare(rig);
    start(rig);
    assert_agrees(rig, "a");
}

static void test_damage_at_the_start(void **state) {
    rig_t *rig = *state;
    prepare(rig);
    damage(rig, 0, 4096);
    start(rig);
    assert_agrees(rig, "a");
}

static void test_damage_behind_the_head(void **state) {
    rig_t *rig = *state;
    prepare(rig);
    off_t size = test_folder_size(rig->root, OC_INDEX_FILE);
    damage(rig, 4096, (size_t)size - 4096);
    start(rig);
    assert_agrees(rig, "a");
}

static void test_a_file_cut_off(void **state) {
    rig_t *rig = *state;
    prepare(rig);
    int fd = openat(rig->root, OC_INDEX_FILE, O_WRONLY);
    assert_int_equal(ftruncate(fd, 10000), 0);
    close(fd);
    start(rig);
    assert_agrees(rig, "a");
}

static void test_another_version(void **state) {
    rig_t *rig = *state;
    prepare(rig);
    char path[128];
    sqlite3 *sql;
    snprintf(path, sizeof(path), "%s/" OC_INDEX_FILE, rig->path);
    assert_int_equal(sqlite3_open(path, &sql), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(sql, "PRAGMA user_version = 4711; DROP TABLE recording", NULL, NULL, NULL),
        SQLITE_OK);
    sqlite3_close(sql);
    start(rig);
    assert_agrees(rig, "a");
}

static void test_a_log_left_over(void **state) {
    rig_t *rig = *state;
    prepare(rig);
    test_folder_write(rig->root, OC_INDEX_FILE "-wal", "what another program left here");
    start(rig);
    assert_agrees(rig, "a");
}

static void test_no_place_for_the_database(void **state) {
    rig_t *rig = *state;
    make(rig, path_of("a", "x", T0, T0 + 1, false), 5);
    test_folder_write(rig->root, "index", "a file in the place of the folder");
    start(rig);
    assert_agrees(rig, "a");
    const char *more = path_of("a", "x", T0 + 1, T0 + 2, false);
    make(rig, more, 5);
    oc_index_note(rig->index, more, NULL);
    assert_agrees(rig, "a");
}

static void test_another_data_directory(void **state) {
    rig_t *rig = *state;
    char path[64];
    make(rig, path_of("a", "x", T0, T0 + 1, false), 5);
    start(rig);
    assert_agrees(rig, "a");
    int root = test_folder_make(path);
    assert_int_equal(dup3(root, rig->root, O_CLOEXEC), rig->root);
    close(root);
    make(rig, path_of("a", "x", T0 + 5, T0 + 6, false), 7);
    oc_index_moved(rig->index);
    assert_agrees(rig, "a");
    assert_true(test_folder_size(rig->root, OC_INDEX_FILE) > 0);
    stop(rig);
    test_folder_remove(rig->path);
    memcpy(rig->path, path, sizeof(path));
}

/* ---- retention ---- */

/* One thing done on the index thread. */
typedef struct order {
    rig_t *rig;
    oc_retention_config_t config;
    const char *path;
    const char *sql;
    int result;
    oc_index_totals_t totals;
    sem_t done;
} order_t;

static void carry_out(oc_index_db_t *db, void *context) {
    order_t *order = context;
    if (order->sql)
        order->result = oc_index_db_execute(db, order->sql);
    else if (order->path)
        order->result = oc_index_delete(order->rig->index, order->path);
    else
        oc_index_keep(order->rig->index, &order->config);
    (void)oc_index_totals(db, &order->totals);
    sem_post(&order->done);
}

static void do_it(order_t *order) {
    sem_init(&order->done, 0, 0);
    assert_int_equal(oc_index_request(order->rig->index, carry_out, order), OC_OK);
    sem_wait(&order->done);
    sem_destroy(&order->done);
}

/* Waits until so many files are left. */
static void wait_for_files(rig_t *rig, uint64_t files) {
    int64_t until = oc_posix_now_us() + TEST_WAIT_US;
    order_t order = {.rig = rig, .sql = "SELECT 1"};
    do
        do_it(&order);
    while (order.totals.files != files && oc_posix_now_us() < until && usleep(5000) == 0);
    assert_int_equal(order.totals.files, files);
}

static void test_retention(void **state) {
    rig_t *rig = *state;
    for (int i = 0; i < 200; i++)
        make(rig, path_of(i % 2 ? "a" : "b", "x", T0 + i * 100000, T0 + i * 100000 + 1000, false),
             100000);
    const char *open = path_of("a", "x", T0 - 5000, 0, false);
    make(rig, open, 100000);
    start(rig);
    order_t protect = {.rig = rig,
                       .sql = "INSERT INTO event(kind, mask, channel, start_ms, end_ms, protected) "
                              "VALUES('motion', 1, 'b', 1795219200000 + 100, 1795219200000 + 200, "
                              "1)"};
    do_it(&protect);
    assert_int_equal(protect.result, OC_OK);
    order_t keep = {.rig = rig, .config = {.max_mb = 5}};
    do_it(&keep);
    wait_for_files(rig, 50);
    assert_agrees(rig, "a");
    assert_agrees(rig, "b");
    const char *kept = path_of("b", "x", T0, T0 + 1000, false);
    assert_true(test_folder_size(rig->root, kept) > 0);
    assert_true(test_folder_size(rig->root, open) > 0);
    oc_index_notice_t notice;
    assert_true(oc_index_notice(rig->index, &notice));
    assert_true(notice.deleted > 0);
    assert_string_equal(notice.why, "bytes");
    /* a channel of its own limits: 1 MB */
    order_t share = {.rig = rig, .config = {.channels = 1, .channel = {{"a", 1, 0}}}};
    do_it(&share);
    wait_for_files(rig, 10 + 25);
    assert_agrees(rig, "a");
    /* by hand */
    order_t by_hand = {.rig = rig, .path = kept};
    do_it(&by_hand);
    assert_int_equal(by_hand.result, OC_ERR_STATE);
    by_hand.path = open;
    do_it(&by_hand);
    assert_int_equal(by_hand.result, OC_ERR_BUSY);
    by_hand.path = path_of("b", "x", T0 + 198 * 100000, T0 + 198 * 100000 + 1000, false);
    do_it(&by_hand);
    assert_int_equal(by_hand.result, OC_OK);
    do_it(&by_hand);
    assert_int_equal(by_hand.result, OC_ERR_NOENT);
    by_hand.path = "../../etc/passwd";
    do_it(&by_hand);
    assert_int_equal(by_hand.result, OC_ERR_NOENT);
    assert_agrees(rig, "b");
    assert_true(oc_index_file_bytes(rig->index) >= OC_RETENTION_SPLIT_MIN);
}

/* Flags of the recordings of "a", oldest first: p protected. In a database of the test's own. */
static bool take_flag(void *context, const oc_index_file_t *file) {
    strcat(context, file->is_protected ? "p" : "-");
    return true;
}

static void assert_flags(oc_index_db_t *db, const char *flags) {
    char found[64] = "";
    bool more;
    oc_list_config_t query = {.channel = "a"};
    assert_int_equal(oc_index_list(db, &query, take_flag, found, &more), OC_OK);
    assert_string_equal(found, flags);
}

/* Recordings of 100 s, one behind the other. */
static void fill(const rig_t *rig, oc_index_db_t *db, int count) {
    assert_int_equal(oc_index_db_open(db, rig->root), OC_OK);
    for (int i = 0; i < count; i++) {
        const char *path = path_of("a", "x", T0 + i * 100000, T0 + (i + 1) * 100000, false);
        make(rig, path, 1000);
        assert_int_equal(oc_index_rows_take(db, path), OC_OK);
    }
}

static void protect(oc_index_db_t *db, int64_t start_ms, int64_t end_ms) {
    char text[200], end[32] = "NULL";
    if (end_ms >= 0)
        snprintf(end, sizeof(end), "%lld", (long long)(T0 + end_ms));
    snprintf(text, sizeof(text),
             "INSERT INTO event(kind, mask, channel, start_ms, end_ms, protected) "
             "VALUES('motion', 1, 'a', %lld, %s, 1)",
             (long long)(T0 + start_ms), end);
    assert_int_equal(oc_index_db_execute(db, "DELETE FROM event"), OC_OK);
    assert_int_equal(oc_index_db_execute(db, text), OC_OK);
}

static void test_what_a_protected_event_keeps(void **state) {
    rig_t *rig = *state;
    oc_index_db_t db = {.preroll_ms = 0};
    fill(rig, &db, 8);
    protect(&db, 350000, 360000);
    assert_flags(&db, "---p----");
    protect(&db, 300000, 389999);
    assert_flags(&db, "---p----");
    protect(&db, 350000, 390001); /* 10 s behind it */
    assert_flags(&db, "---pp---");
    db.preroll_ms = 50000;
    protect(&db, 350000, 360000);
    assert_flags(&db, "---p----");
    db.preroll_ms = 50001;
    assert_flags(&db, "--pp----");
    db.preroll_ms = 250001;
    assert_flags(&db, "pppp----");
    db.preroll_ms = 0;
    protect(&db, 150000, 650000); /* long */
    assert_flags(&db, "-pppppp-");
    protect(&db, 450000, -1); /* goes on */
    assert_flags(&db, "----pppp");
    assert_int_equal(oc_index_db_execute(&db, "UPDATE event SET channel = 'b'"), OC_OK);
    assert_flags(&db, "--------");
    oc_index_db_close(&db);
}

static uint64_t files_of(oc_index_db_t *db) {
    oc_index_totals_t totals;
    assert_int_equal(oc_index_totals(db, &totals), OC_OK);
    return totals.files;
}

/* By age: as the clock that is passed in says, not before it is set, nor right after a jump. */
static void test_too_old(void **state) {
    static oc_index_retain_t retain;
    rig_t *rig = *state;
    oc_index_db_t db = {.preroll_ms = 0};
    oc_retention_config_t day = {.channels = 1, .channel = {{"a", 0, 1}}};
    fill(rig, &db, 8);
    oc_index_retain_init(&retain, 0);
    oc_index_retain_use(&retain, &day);
    int64_t steady = 1000000, wall = (T0 + DAY_MS + 350000) * 1000, turn = OC_INDEX_RETAIN_US;
    assert_false(oc_index_retain_turn(&retain, &db, steady, 5000000)); /* 1970 */
    assert_int_equal(files_of(&db), 8);
    assert_false(oc_index_retain_turn(&retain, &db, steady += turn, wall)); /* it was set: a jump */
    assert_int_equal(files_of(&db), 8);
    wall += OC_INDEX_AGE_US - turn;
    assert_false(oc_index_retain_turn(&retain, &db, steady += OC_INDEX_AGE_US - turn, wall));
    assert_int_equal(files_of(&db), 8);
    protect(&db, 120000, 130000);
    wall = (T0 + DAY_MS + 350000) * 1000;
    oc_index_retain_init(&retain, 0);
    oc_index_retain_use(&retain, &day);
    assert_false(oc_index_retain_turn(&retain, &db, steady, wall));
    assert_int_equal(files_of(&db), 6); /* the first and the third one are gone */
    assert_flags(&db, "p-----");
    assert_true(test_folder_size(rig->root, path_of("a", "x", T0, T0 + 100000, false)) < 0);
    assert_false(oc_index_retain_turn(&retain, &db, steady += turn, wall += turn));
    assert_int_equal(files_of(&db), 6);
    assert_false(oc_index_retain_turn(&retain, &db, steady += turn, wall + DAY_MS * 1000));
    assert_int_equal(files_of(&db), 6); /* another jump */
    oc_index_db_close(&db);
}

/* Rows of events are made from their files first: of a database that was made again, or is in
 * memory since the disk is full. */
static void test_events_are_known_before_anything_goes(void **state) {
    static oc_index_retain_t retain;
    rig_t *rig = *state;
    oc_index_db_t db = {.preroll_ms = 0};
    oc_retention_config_t all = {.keep_free_mb = UINT32_MAX};
    fill(rig, &db, 4);
    assert_int_equal(oc_beneath_mkdir(rig->root, "events"), OC_OK);
    test_folder_write(rig->root, "events/202611.ndjson",
                      "{\"op\":\"begin\",\"id\":1,\"at\":1795219350000,\"end\":1795219360000,"
                      "\"kind\":\"motion\",\"mask\":1,\"channel\":\"a\",\"raised\":true}\n"
                      "{\"op\":\"protect\",\"id\":1,\"on\":true}\n");
    oc_index_retain_init(&retain, 0);
    oc_index_retain_use(&retain, &all);
    (void)oc_index_retain_turn(&retain, &db, 1000000, T0 * 1000);
    assert_flags(&db, "p");
    assert_true(test_folder_size(rig->root, path_of("a", "x", T0 + 100000, T0 + 200000, false)) >
                0);
    oc_index_db_close(&db);
}

static void test_nothing_goes_before_it_is_known(void **state) {
    rig_t *rig = *state;
    make(rig, path_of("a", "x", 1, 2, true), 5000);
    start(rig);
    assert_agrees(rig, "a");
    oc_index_notice_t notice;
    assert_false(oc_index_notice(rig->index, &notice));
    order_t full = {.rig = rig,
                    .config = {.keep_free_mb = UINT32_MAX}}; /* no disk has so much free */
    do_it(&full);
    wait_for_files(rig, 0);
    const char *open = path_of("a", "x", 1, 0, true);
    make(rig, open, 5000);
    oc_index_note(rig->index, open, NULL);
    int64_t until = oc_posix_now_us() + TEST_WAIT_US;
    do
        usleep(5000);
    while ((!oc_index_notice(rig->index, &notice) || !notice.blocked) && oc_posix_now_us() < until);
    assert_true(notice.blocked);
    assert_agrees(rig, "a");
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_order_and_pages),
        TEST(test_newest_first),
        TEST(test_spans_without_a_gap),
        TEST(test_notes),
        TEST(test_what_grows),
        TEST(test_what_others_do),
        TEST(test_notes_that_found_no_room),
        TEST(test_requests_are_bounded_and_none_is_lost),
        TEST(test_a_start_compares),
        TEST(test_damage_at_the_start),
        TEST(test_damage_behind_the_head),
        TEST(test_a_file_cut_off),
        TEST(test_another_version),
        TEST(test_a_log_left_over),
        TEST(test_no_place_for_the_database),
        TEST(test_another_data_directory),
        TEST(test_retention),
        TEST(test_what_a_protected_event_keeps),
        TEST(test_too_old),
        TEST(test_events_are_known_before_anything_goes),
        TEST(test_nothing_goes_before_it_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
