/* oc_file_store and oc_beneath on a real folder: what is written, where it may lie, what fails how.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "oc_beneath.h"
#include "oc_err.h"
#include "oc_file_store.h"
#include "test_folder.h"

typedef struct rig {
    char path[64];
    int root;
    oc_file_store_t store;
} rig_t;

static int set_up(void **state) {
    rig_t *rig = calloc(1, sizeof(*rig));
    rig->root = test_folder_make(rig->path);
    oc_file_store_init(&rig->store, rig->root);
    *state = rig;
    return rig->root < 0;
}

static int tear_down(void **state) {
    rig_t *rig = *state;
    oc_file_store_deinit(&rig->store);
    close(rig->root);
    test_folder_remove(rig->path);
    free(rig);
    return 0;
}

static int run(rig_t *rig, oc_file_kind_t kind, const char *path, const char *to) {
    oc_file_op_t op = {.kind = kind, .handle = 1};
    snprintf(op.path, sizeof(op.path), "%s", path);
    snprintf(op.to, sizeof(op.to), "%s", to);
    return oc_file_store_run(&rig->store, 1, &op);
}

static int write_text(rig_t *rig, uint64_t offset, const char *text) {
    /* more spans than one system call takes, most of them empty or one byte long */
    static oc_span_t spans[3000];
    size_t len = strlen(text);
    for (size_t i = 0; i < 3000; i++)
        spans[i] = i % 7 == 0 && i / 7 < len ? oc_span(text + i / 7, 1) : oc_span(NULL, 0);
    oc_file_op_t op = {
        .kind = OC_FILE_WRITE, .handle = 1, .offset = offset, .spans = spans, .spans_len = 3000};
    return oc_file_store_run(&rig->store, 1, &op);
}

static void test_life_of_a_file(void **state) {
    rig_t *rig = *state;
    char text[32] = "";
    uint64_t synced = 7;
    assert_int_equal(run(rig, OC_FILE_MKDIR, "recordings/cam1", ""), OC_OK);
    assert_int_equal(run(rig, OC_FILE_MKDIR, "recordings/cam1", ""), OC_OK);
    assert_int_equal(run(rig, OC_FILE_CREATE, "recordings/cam1/a.mp4", ""), OC_OK);
    assert_int_equal(write_text(rig, 0, "hello "), OC_OK);
    assert_true(oc_file_store_synced(&rig->store, "recordings/cam1/a.mp4", &synced));
    assert_int_equal(synced, 0);
    assert_int_equal(run(rig, OC_FILE_SYNC, "", ""), OC_OK);
    assert_int_equal(write_text(rig, 6, "world"), OC_OK);
    assert_true(oc_file_store_synced(&rig->store, "recordings/cam1/a.mp4", &synced));
    assert_int_equal(synced, 6);
    assert_int_equal(run(rig, OC_FILE_CLOSE, "", ""), OC_OK);
    assert_false(oc_file_store_synced(&rig->store, "recordings/cam1/a.mp4", &synced));
    assert_int_equal(run(rig, OC_FILE_RENAME, "recordings/cam1/a.mp4", "recordings/cam1/b.mp4"),
                     OC_OK);
    int fd = oc_beneath_open(rig->root, "recordings/cam1/b.mp4", O_RDONLY, 0);
    assert_true(fd >= 0);
    assert_int_equal(read(fd, text, sizeof(text)), 11);
    assert_string_equal(text, "hello world");
    close(fd);
}

/* A recording that gets its date while it is being written: one file, known by its new path. */
static void test_rename_of_an_open_file(void **state) {
    rig_t *rig = *state;
    uint64_t synced = 7;
    assert_int_equal(run(rig, OC_FILE_CREATE, "a", ""), OC_OK);
    assert_int_equal(write_text(rig, 0, "hello "), OC_OK);
    assert_int_equal(run(rig, OC_FILE_SYNC, "", ""), OC_OK);
    test_folder_write(rig->root, "taken", "mine");
    assert_int_equal(run(rig, OC_FILE_RENAME, "a", "taken"), OC_ERR_EXIST);
    assert_true(oc_file_store_synced(&rig->store, "a", &synced));
    assert_int_equal(run(rig, OC_FILE_RENAME, "a", "b"), OC_OK);
    assert_false(oc_file_store_synced(&rig->store, "a", &synced));
    assert_true(oc_file_store_synced(&rig->store, "b", &synced));
    assert_int_equal(synced, 6);
    assert_int_equal(write_text(rig, 6, "world"), OC_OK);
    assert_int_equal(run(rig, OC_FILE_SYNC, "", ""), OC_OK);
    assert_int_equal(run(rig, OC_FILE_CLOSE, "", ""), OC_OK);
    assert_int_equal(test_folder_size(rig->root, "b"), 11);
    assert_int_equal(test_folder_size(rig->root, "a"), -1);
}

static void test_rename_never_replaces(void **state) {
    rig_t *rig = *state;
    test_folder_write(rig->root, "a", "first");
    test_folder_write(rig->root, "b", "second");
    assert_int_equal(run(rig, OC_FILE_RENAME, "a", "b"), OC_ERR_EXIST);
    assert_int_equal(run(rig, OC_FILE_RENAME, "c", "d"), OC_ERR_NOENT);
    assert_int_equal(test_folder_size(rig->root, "b"), 6);
    assert_int_equal(run(rig, OC_FILE_CREATE, "b", ""), OC_ERR_EXIST);
    assert_int_equal(run(rig, OC_FILE_UNLINK, "b", ""), OC_OK);
    assert_int_equal(run(rig, OC_FILE_UNLINK, "b", ""), OC_OK);
    oc_file_op_t cut = {.kind = OC_FILE_TRUNCATE, .offset = 2, .path = "a"};
    assert_int_equal(oc_file_store_run(&rig->store, 1, &cut), OC_OK);
    assert_int_equal(test_folder_size(rig->root, "a"), 2);
}

static void test_files_are_private(void **state) {
    rig_t *rig = *state;
    struct stat about;
    mode_t before = umask(0);
    assert_int_equal(run(rig, OC_FILE_MKDIR, "x/y", ""), OC_OK);
    assert_int_equal(run(rig, OC_FILE_CREATE, "x/y/z", ""), OC_OK);
    umask(before);
    assert_int_equal(fstatat(rig->root, "x/y", &about, 0), 0);
    assert_int_equal(about.st_mode & 0777, 0700);
    assert_int_equal(fstatat(rig->root, "x/y/z", &about, 0), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
}

static void test_nothing_leaves_the_folder(void **state) {
    rig_t *rig = *state;
    static const char *const paths[] = {
        "",   "/etc/x", "../x", "a/../x", "a//x", "a/./x",         ".",
        "..", "a/",     "a\\x", "a\nx",   "/",    "a/b/../../../x"};
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        assert_false(oc_beneath_allowed(paths[i]));
        assert_int_equal(run(rig, OC_FILE_CREATE, paths[i], ""), OC_ERR_INVAL);
        assert_int_equal(run(rig, OC_FILE_MKDIR, paths[i], ""), OC_ERR_INVAL);
        assert_int_equal(run(rig, OC_FILE_UNLINK, paths[i], ""), OC_ERR_INVAL);
    }
    char outside[64];
    int other = test_folder_make(outside);
    test_folder_write(other, "secret", "x");
    assert_int_equal(symlinkat(outside, rig->root, "link"), 0);
    assert_true(oc_beneath_open(rig->root, "link/secret", O_RDONLY, 0) < 0);
    assert_true(run(rig, OC_FILE_CREATE, "link/new", "") < 0);
    assert_true(run(rig, OC_FILE_MKDIR, "link/new", "") < 0);
    char target[128];
    snprintf(target, sizeof(target), "%s/secret", outside);
    assert_int_equal(symlinkat(target, rig->root, "file"), 0);
    assert_int_equal(oc_beneath_open(rig->root, "file", O_RDONLY, 0), OC_ERR_INVAL);
    assert_int_equal(faccessat(other, "new", F_OK, 0), -1);
    close(other);
    test_folder_remove(outside);
}

static void test_deleted_while_written(void **state) {
    rig_t *rig = *state;
    assert_int_equal(run(rig, OC_FILE_CREATE, "a.mp4", ""), OC_OK);
    assert_int_equal(write_text(rig, 0, "hello"), OC_OK);
    assert_int_equal(run(rig, OC_FILE_SYNC, "", ""), OC_OK);
    assert_int_equal(unlinkat(rig->root, "a.mp4", 0), 0);
    assert_int_equal(run(rig, OC_FILE_SYNC, "", ""), OC_ERR_NOENT);
    assert_int_equal(run(rig, OC_FILE_CLOSE, "", ""), OC_OK);
}

static void test_wrong_handles(void **state) {
    rig_t *rig = *state;
    assert_int_equal(write_text(rig, 0, "x"), OC_ERR_STATE);
    assert_int_equal(run(rig, OC_FILE_SYNC, "", ""), OC_ERR_STATE);
    assert_int_equal(run(rig, OC_FILE_CLOSE, "", ""), OC_ERR_STATE);
    assert_int_equal(run(rig, OC_FILE_CREATE, "a", ""), OC_OK);
    oc_file_op_t same = {.kind = OC_FILE_CREATE, .handle = 1, .path = "b"};
    assert_int_equal(oc_file_store_run(&rig->store, 1, &same), OC_ERR_STATE);
    assert_int_equal(oc_file_store_run(&rig->store, 2, &same), OC_OK); /* another output's 1 */
    assert_int_equal(run(rig, OC_FILE_CREATE, "missing/a", ""), OC_ERR_STATE);
}

static void test_missing_folder_and_full_table(void **state) {
    rig_t *rig = *state;
    oc_file_op_t op = {.kind = OC_FILE_CREATE, .handle = 9, .path = "missing/a"};
    assert_int_equal(oc_file_store_run(&rig->store, 1, &op), OC_ERR_NOENT);
    for (uint32_t i = 0; i < OC_FILE_STORE_FILES; i++) {
        op.handle = 100 + i;
        snprintf(op.path, sizeof(op.path), "f%u", i);
        assert_int_equal(oc_file_store_run(&rig->store, 1, &op), OC_OK);
    }
    op.handle = 99;
    snprintf(op.path, sizeof(op.path), "one-too-many");
    assert_int_equal(oc_file_store_run(&rig->store, 1, &op), OC_ERR_BUSY);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_life_of_a_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_rename_of_an_open_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_rename_never_replaces, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_files_are_private, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_nothing_leaves_the_folder, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_deleted_while_written, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_wrong_handles, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_missing_folder_and_full_table, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
