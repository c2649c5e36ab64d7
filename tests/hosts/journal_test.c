/* A file that grows to a limit: turned over between lines, its descriptor the same, private. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "oc_err.h"
#include "oc_journal.h"
#include "test_folder.h"

static int root;

static size_t size_of(const char *path, mode_t *mode) {
    struct stat about;
    assert_int_equal(fstatat(root, path, &about, AT_SYMLINK_NOFOLLOW), 0);
    *mode = about.st_mode & 07777;
    return (size_t)about.st_size;
}

static void test_bounded(void **state) {
    oc_journal_t run_journal;
    mode_t mode;
    char line[32];
    assert_int_equal(oc_journal_open(&run_journal, root, "log", "log", 100), OC_OK);
    int fd = run_journal.fd;
    for (unsigned i = 0; i < 1000; i++) {
        snprintf(line, sizeof(line), "%06u 12\n", i);
        oc_journal_write(&run_journal, line,
                         7); /* in two parts: it is turned over between lines only */
        oc_journal_write(&run_journal, line + 7, 3);
        assert_int_equal(run_journal.fd, fd);
    }
    oc_journal_close(&run_journal);
    oc_journal_close(&run_journal);
    oc_journal_write(&run_journal, "x", 1);
    run_journal = (oc_journal_t){0}; /* never opened: descriptor 0 is somebody else's */
    oc_journal_close(&run_journal);
    assert_int_not_equal(fcntl(0, F_GETFD), -1);
    assert_int_equal(size_of("log/log.1", &mode), 100);
    assert_int_equal(mode, 0600);
    assert_true(size_of("log/log", &mode) <= 100);
    assert_int_equal(mode, 0600);
    size_of("log", &mode);
    assert_int_equal(mode, 0700);
    assert_int_equal(faccessat(root, "log/log.1.1", F_OK, 0), -1);

    char text[128] = "";
    int old = openat(root, "log/log.1", O_RDONLY);
    assert_int_equal(read(old, text, 100), 100);
    close(old);
    assert_int_equal(strspn(text, "0123456789"), 6);
    assert_int_equal(text[99], '\n');
}

/* The next process goes on where the last one stopped, and keeps to the limit. */
static void test_goes_on(void **state) {
    oc_journal_t run_journal;
    mode_t mode;
    assert_int_equal(oc_journal_open(&run_journal, root, "ends", "ends", 10), OC_OK);
    oc_journal_write(&run_journal, "one line\n", 9);
    oc_journal_close(&run_journal);
    assert_int_equal(oc_journal_open(&run_journal, root, "ends", "ends", 10), OC_OK);
    oc_journal_write(&run_journal, "one more\n", 9);
    oc_journal_write(&run_journal, "third\n", 6);
    oc_journal_close(&run_journal);
    assert_int_equal(size_of("ends/ends.1", &mode), 18);
    assert_int_equal(size_of("ends/ends", &mode), 6);
}

/* Deleted with its folder: it is made anew, under the number it had. */
static void test_a_deleted_file_is_made_again(void **state) {
    oc_journal_t run_journal;
    mode_t mode;
    assert_int_equal(oc_journal_open(&run_journal, root, "again", "again", 100), OC_OK);
    oc_journal_write(&run_journal, "lost\n", 5);
    int fd = run_journal.fd;
    assert_int_equal(unlinkat(root, "again/again", 0), 0);
    assert_int_equal(unlinkat(root, "again", AT_REMOVEDIR), 0);
    oc_journal_write(&run_journal, "kept\n", 5);
    oc_journal_write(&run_journal, "too\n", 4);
    assert_int_equal(run_journal.fd, fd);
    assert_int_equal(size_of("again/again", &mode), 9);
    oc_journal_close(&run_journal);
}

static void test_links_are_refused(void **state) {
    oc_journal_t run_journal;
    mode_t mode;
    assert_int_equal(symlinkat("log", root, "link"), 0);
    assert_int_equal(oc_journal_open(&run_journal, root, "link", "log", 10), OC_ERR_FORMAT);
    assert_false(run_journal.open);
    assert_int_equal(mkdirat(root, "folder", 0700), 0);
    assert_int_equal(symlinkat("../log/log", root, "folder/log"), 0);
    size_t before = size_of("log/log", &mode);
    assert_int_equal(oc_journal_open(&run_journal, root, "folder", "log", 10), OC_ERR_FORMAT);
    oc_journal_write(&run_journal, "x\n", 2);
    assert_int_equal(size_of("log/log", &mode), before);
    assert_int_equal(mkfifoat(root, "folder/fifo", 0600), 0);
    assert_true(oc_journal_open(&run_journal, root, "folder", "fifo", 10) < 0);
}

int main(void) {
    char folder[64];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bounded),
        cmocka_unit_test(test_goes_on),
        cmocka_unit_test(test_a_deleted_file_is_made_again),
        cmocka_unit_test(test_links_are_refused),
    };
    root = test_folder_make(folder);
    if (root < 0)
        return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    test_folder_remove(folder);
    return failed;
}
