/* oc_body_file: regular files beneath a folder, as they were when opened. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "oc_body_file.h"
#include "oc_err.h"
#include "test_folder.h"

typedef struct rig {
    char path[64];
    int root;
    oc_body_files_t files;
} rig_t;

static int set_up(void **state) {
    rig_t *rig = calloc(1, sizeof(*rig));
    rig->root = test_folder_make(rig->path);
    assert_true(rig->root >= 0);
    *state = rig;
    return 0;
}

static int tear_down(void **state) {
    rig_t *rig = *state;
    close(rig->root);
    test_folder_remove(rig->path);
    free(rig);
    return 0;
}

static void put(const rig_t *rig, const char *name, const char *text, int flags) {
    int fd = openat(rig->root, name, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

static int open_body(rig_t *rig, const char *name, uint64_t limit, oc_body_ref_t *out) {
    return oc_body_file_open(&rig->files, rig->root, name, limit, "text/plain", out);
}

static void test_reads_what_it_had(void **state) {
    rig_t *rig = *state;
    char out[32];
    oc_body_ref_t ref;
    put(rig, "a", "0123456789", O_TRUNC);
    assert_int_equal(open_body(rig, "a", UINT64_MAX, &ref), OC_OK);
    assert_int_equal(ref.bytes, 10);
    assert_string_equal(ref.body->type, "text/plain");
    put(rig, "a", "more", O_APPEND);
    assert_int_equal(renameat(rig->root, "a", rig->root, "b"), 0);
    assert_int_equal(unlinkat(rig->root, "b", 0), 0);
    assert_int_equal(oc_body_read(&ref, 7, out, sizeof(out)), 3);
    assert_memory_equal(out, "789", 3);
    assert_int_equal(oc_body_read(&ref, 10, out, sizeof(out)), 0);
    oc_body_drop(&ref);
    assert_int_equal(rig->files.count, 0);
}

static void test_a_limit(void **state) {
    rig_t *rig = *state;
    oc_body_ref_t ref;
    put(rig, "a", "0123456789", O_TRUNC);
    assert_int_equal(open_body(rig, "a", 4, &ref), OC_OK);
    assert_int_equal(ref.bytes, 4);
    oc_body_drop(&ref);
}

static void test_a_file_cut_short(void **state) {
    rig_t *rig = *state;
    char out[32];
    oc_body_ref_t ref;
    put(rig, "a", "0123456789", O_TRUNC);
    assert_int_equal(open_body(rig, "a", UINT64_MAX, &ref), OC_OK);
    put(rig, "a", "012", O_TRUNC);
    assert_int_equal(oc_body_read(&ref, 0, out, sizeof(out)), 3);
    assert_int_equal(oc_body_read(&ref, 3, out, sizeof(out)), OC_ERR_CLOSED);
    oc_body_drop(&ref);
}

static void test_only_regular_files_below(void **state) {
    rig_t *rig = *state;
    oc_body_ref_t ref = {0};
    put(rig, "a", "x", O_TRUNC);
    assert_int_equal(symlinkat("a", rig->root, "link"), 0);
    assert_int_equal(mkdirat(rig->root, "folder", 0700), 0);
    assert_int_equal(mkfifoat(rig->root, "pipe", 0600), 0);
    assert_int_equal(open_body(rig, "pipe", UINT64_MAX, &ref), OC_ERR_INVAL);
    assert_int_equal(open_body(rig, "folder", UINT64_MAX, &ref), OC_ERR_INVAL);
    assert_int_equal(open_body(rig, "link", UINT64_MAX, &ref), OC_ERR_INVAL);
    assert_int_equal(open_body(rig, "../etc/passwd", UINT64_MAX, &ref), OC_ERR_INVAL);
    assert_int_equal(open_body(rig, "/etc/passwd", UINT64_MAX, &ref), OC_ERR_INVAL);
    assert_int_equal(open_body(rig, "", UINT64_MAX, &ref), OC_ERR_INVAL);
    assert_int_equal(open_body(rig, "missing", UINT64_MAX, &ref), OC_ERR_NOENT);
    assert_null(ref.body);
    assert_int_equal(rig->files.count, 0);
}

static void test_so_many_at_a_time(void **state) {
    rig_t *rig = *state;
    oc_body_ref_t refs[OC_BODY_FILES_MAX], one;
    put(rig, "a", "x", O_TRUNC);
    for (unsigned i = 0; i < OC_BODY_FILES_MAX; i++)
        assert_int_equal(open_body(rig, "a", UINT64_MAX, &refs[i]), OC_OK);
    assert_int_equal(open_body(rig, "a", UINT64_MAX, &one), OC_ERR_BUSY);
    oc_body_ref_t second = oc_body_keep(refs[0], 0, 1);
    oc_body_drop(&refs[0]);
    assert_int_equal(open_body(rig, "a", UINT64_MAX, &one), OC_ERR_BUSY);
    oc_body_drop(&second);
    assert_int_equal(open_body(rig, "a", UINT64_MAX, &refs[0]), OC_OK);
    for (unsigned i = 0; i < OC_BODY_FILES_MAX; i++)
        oc_body_drop(&refs[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_reads_what_it_had, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_limit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_file_cut_short, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_only_regular_files_below, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_so_many_at_a_time, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("body_file", tests, NULL, NULL);
}
