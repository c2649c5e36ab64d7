/* oc_index_find: a search by the index finds what the folder has, whatever happened to the files;
 * who searches while the index is busy reads the folder. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "oc_beneath.h"
#include "oc_err.h"
#include "oc_index_find.h"
#include "oc_index_query.h"
#include "oc_posix.h"
#include "oc_record_name.h"
#include "oc_vod_folder.h"
#include "test_folder.h"

#define T0   INT64_C(1795219200000) /* 2026-11-21 */
#define SPAN 600000                 /* ms that files are spread over */

typedef struct rig {
    char path[64];
    int root;
    oc_index_t *index;
    unsigned found; /* files by the index */
    bool (*take)(void *to, const oc_vod_found_t *found);
    void *to;
} rig_t;

static int set_up(void **state) {
    rig_t *rig = calloc(1, sizeof(*rig));
    rig->root = test_folder_make(rig->path);
    *state = rig;
    srand(7);
    return rig->root < 0;
}

static int tear_down(void **state) {
    rig_t *rig = *state;
    oc_index_stop(rig->index, INT64_MAX);
    close(rig->root);
    test_folder_remove(rig->path);
    free(rig);
    return 0;
}

static bool take_found(void *context, const oc_index_found_t *found) {
    rig_t *rig = context;
    rig->found++;
    return rig->take(rig->to, &(oc_vod_found_t){found->path, found->bytes, found->keys});
}

static int find(void *context, const char *channel, int64_t from_ms, int64_t to_ms, uint32_t limit,
                bool (*take)(void *to, const oc_vod_found_t *found), void *to) {
    rig_t *rig = context;
    rig->take = take;
    rig->to = to;
    return oc_index_find(rig->index, channel, from_ms, to_ms, limit, take_found, rig);
}

static int find_closed(void *context, const char *path, char *out, size_t size) {
    return oc_index_find_closed(((rig_t *)context)->index, path, out, size);
}

static oc_vod_place_t place_of(rig_t *rig, bool index) {
    return (oc_vod_place_t){rig->root, index ? (oc_vod_finder_t){find, find_closed, rig}
                                             : (oc_vod_finder_t){NULL}};
}

/* end_ms 0: open. */
static void path_of(char *path, int64_t start_ms, int64_t end_ms) {
    oc_record_name_t record = {
        .name = "x", .start_us = start_ms * 1000, .end_us = end_ms * 1000, .open = end_ms == 0};
    assert_int_equal(oc_record_name_path(&record, "recordings/a", path, OC_FILE_PATH_MAX), OC_OK);
}

static void make(const rig_t *rig, const char *path, size_t bytes) {
    assert_int_equal(oc_beneath_mkdir(rig->root, "recordings/a"), OC_OK);
    int fd = oc_beneath_open(rig->root, path, O_WRONLY | O_CREAT, 0600);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, (off_t)bytes), 0);
    close(fd);
}

static void work(oc_index_db_t *db, void *context) {
    (void)db;
    sem_post(context);
}

/* Until the index agrees with the files, and has seen what was noted. */
static void settle(const rig_t *rig) {
    sem_t done;
    sem_init(&done, 0, 0);
    while (oc_index_request(rig->index, work, &done) != OC_OK)
        usleep(1000);
    sem_wait(&done);
    sem_destroy(&done);
    while (!oc_index_agrees(rig->index))
        usleep(1000);
}

/* The files of a span as text, to be freed. */
static char *span_of(rig_t *rig, bool index, int64_t from_ms, int64_t to_ms) {
    oc_vod_folder_t folder;
    oc_vod_place_t place = place_of(rig, index);
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    assert_int_equal(oc_vod_folder_open(&folder, &place, "a", from_ms, to_ms, NULL, NULL), OC_OK);
    for (uint32_t i = 0; i < folder.span.count; i++)
        fprintf(out, "%s %lld %lld %llu\n", folder.entry[i].path,
                (long long)folder.entry[i].start_ms, (long long)folder.entry[i].end_ms,
                (unsigned long long)folder.entry[i].bytes);
    fclose(out);
    oc_vod_folder_close(&folder);
    return text;
}

static void assert_same(rig_t *rig, int64_t from_ms, int64_t to_ms) {
    char *expected = span_of(rig, false, from_ms, to_ms),
         *found = span_of(rig, true, from_ms, to_ms);
    assert_string_equal(found, expected);
    free(expected);
    free(found);
}

static void make_many(const rig_t *rig, int count) {
    char path[OC_FILE_PATH_MAX];
    for (int i = 0; i < count; i++) {
        int64_t start_ms = T0 + (int64_t)i * SPAN / count;
        path_of(path, start_ms, rand() % 20 ? start_ms + 1 + rand() % 20000 : 0);
        make(rig, path, (size_t)(rand() % 1000));
    }
}

static void test_as_the_folder(void **state) {
    rig_t *rig = *state;
    make_many(rig, 300);
    make(rig, "recordings/a/x_m0000000000007_m0000000000009.mp4", 4);
    test_folder_write(rig->root, "recordings/a/notes.txt", "no recording");
    assert_int_equal(oc_index_start(&rig->index, rig->root), OC_OK);
    settle(rig);
    for (int i = 0; i < 300; i++) {
        int64_t from_ms = T0 - 5000 + rand() % SPAN;
        assert_same(rig, from_ms, rand() % 9 ? from_ms + 1 + rand() % 60000 : INT64_MAX);
    }
    assert_true(rig->found > 300);
}

/* More than a page of the index. */
static void test_many_files(void **state) {
    rig_t *rig = *state;
    make_many(rig, 2 * OC_INDEX_FIND_ROWS + 10);
    assert_int_equal(oc_index_start(&rig->index, rig->root), OC_OK);
    settle(rig);
    assert_same(rig, 0, INT64_MAX);
    assert_int_equal(rig->found, 2 * OC_INDEX_FIND_ROWS + 10);
}

/* The index has not heard of it yet. */
static void test_files_that_went_and_were_closed(void **state) {
    rig_t *rig = *state;
    char open[OC_FILE_PATH_MAX], closed[OC_FILE_PATH_MAX], gone[OC_FILE_PATH_MAX], now[128];
    make_many(rig, 10);
    path_of(open, T0 + SPAN, 0);
    path_of(closed, T0 + SPAN, T0 + SPAN + 700);
    path_of(gone, T0 + SPAN + 5, T0 + SPAN + 10);
    make(rig, open, 10);
    make(rig, gone, 10);
    assert_int_equal(oc_index_start(&rig->index, rig->root), OC_OK);
    settle(rig);
    oc_index_note(rig->index, open, NULL); /* the process itself changes the folder */
    oc_index_note(rig->index, gone, NULL);
    settle(rig);
    assert_int_equal(renameat(rig->root, open, rig->root, closed), 0);
    assert_int_equal(unlinkat(rig->root, gone, 0), 0);
    char *found = span_of(rig, true, T0 + SPAN, INT64_MAX);
    assert_non_null(strstr(found, "a/x_20261121T001000.000Z_"));
    assert_null(strstr(found, strrchr(gone, '/')));
    free(found);
    oc_index_note(rig->index, open, closed);
    oc_index_note(rig->index, gone, "");
    settle(rig);
    assert_same(rig, T0, INT64_MAX);
    assert_int_equal(oc_index_find_closed(rig->index, open, now, sizeof(now)), OC_OK);
    assert_string_equal(now, closed);
    assert_int_equal(oc_index_find_closed(rig->index, gone, now, sizeof(now)), OC_ERR_NOENT);
    path_of(open, T0 + SPAN + 1, 0);
    assert_int_equal(oc_index_find_closed(rig->index, open, now, sizeof(now)), OC_ERR_NOENT);
}

static void hold(oc_index_db_t *db, void *context) {
    (void)db;
    sem_wait(context);
}

/* Of a busy index the folder is read, and it is not given more than it can take. */
static void test_a_busy_index(void **state) {
    rig_t *rig = *state;
    sem_t go;
    sem_init(&go, 0, 0);
    make_many(rig, 10);
    assert_int_equal(oc_index_start(&rig->index, rig->root), OC_OK);
    settle(rig);
    assert_int_equal(oc_index_request(rig->index, hold, &go), OC_OK);
    for (int i = 0; i < 6; i++)
        assert_same(rig, T0, INT64_MAX);
    assert_int_equal(rig->found, 0);
    unsigned room = 0;
    while (oc_index_request(rig->index, hold, &go) == OC_OK)
        room++;
    assert_true(room >= OC_INDEX_REQUESTS - 5);
    for (unsigned i = 0; i < room + 1; i++)
        sem_post(&go);
    settle(rig);
    assert_same(rig, T0, INT64_MAX);
    assert_int_equal(rig->found, 10);
    sem_destroy(&go);
}

static void test_no_index(void **state) {
    rig_t *rig = *state;
    char now[128];
    make_many(rig, 10);
    assert_same(rig, T0, INT64_MAX);
    assert_int_equal(oc_index_find_closed(NULL, "recordings/a/x_open.mp4", now, sizeof(now)),
                     OC_AGAIN);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_as_the_folder), TEST(test_many_files), TEST(test_files_that_went_and_were_closed),
        TEST(test_a_busy_index),  TEST(test_no_index),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
