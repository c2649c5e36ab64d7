/* oc_certificate_file on a real folder: made once, kept, private; damage costs one line and a new
 * certificate, trouble with the disk costs nothing that was there. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "oc_certificate_file.h"
#include "oc_err.h"
#include "oc_log.h"
#include "test_folder.h"

static char path[64], line[OC_LOG_LINE_MAX];
static int root;
static unsigned lines;

static void on_log(void *context, oc_log_level_t level, const char *room, const char *text) {
    lines++;
    strcpy(line, text);
}

static int set_up(void **state) {
    lines = 0;
    oc_log_set(on_log, NULL, OC_LOG_DEBUG);
    root = test_folder_make(path);
    return root < 0;
}

static int tear_down(void **state) {
    close(root);
    test_folder_remove(path);
    return 0;
}

/* Opens it and says whether it is the one of before. */
static bool is(uint8_t fingerprint[OC_CERTIFICATE_FINGERPRINT]) {
    uint8_t before[OC_CERTIFICATE_FINGERPRINT];
    oc_certificate_t *certificate;
    memcpy(before, fingerprint, sizeof before);
    assert_int_equal(oc_certificate_file_open(root, &certificate), OC_OK);
    memcpy(fingerprint, oc_certificate_fingerprint(certificate), sizeof before);
    oc_certificate_destroy(certificate);
    return memcmp(before, fingerprint, sizeof before) == 0;
}

static void it_is_made_once_and_private(void **state) {
    uint8_t fingerprint[OC_CERTIFICATE_FINGERPRINT] = {0};
    struct stat about;
    assert_false(is(fingerprint));
    assert_true(is(fingerprint));
    assert_int_equal(lines, 0);
    assert_int_equal(fstatat(root, OC_CERTIFICATE_FILE, &about, 0), 0);
    assert_int_equal(about.st_mode & 07777, 0600);
    assert_int_equal(fstatat(root, "p2p", &about, 0), 0);
    assert_int_equal(about.st_mode & 07777, 0700);
}

static void damage_costs_a_line(void **state) {
    static const char *const damaged[] = {"", "-----BEGIN CERTIFICATE-----\n", "\x01\x02"};
    uint8_t fingerprint[OC_CERTIFICATE_FINGERPRINT] = {0};
    is(fingerprint);
    for (unsigned i = 0; i < 3; i++) {
        test_folder_write(root, OC_CERTIFICATE_FILE, damaged[i]);
        lines = 0;
        assert_false(is(fingerprint));
        assert_int_equal(lines, 1);
        assert_non_null(strstr(line, OC_CERTIFICATE_FILE " is damaged"));
        assert_true(is(fingerprint));
    }
    /* cut off in the middle, and far too long */
    int fd = openat(root, OC_CERTIFICATE_FILE, O_RDWR);
    assert_int_equal(ftruncate(fd, 300), 0);
    assert_false(is(fingerprint));
    close(fd);
    fd = openat(root, OC_CERTIFICATE_FILE, O_RDWR);
    assert_int_equal(ftruncate(fd, 100000), 0);
    close(fd);
    assert_false(is(fingerprint));
    assert_true(is(fingerprint));
    assert_int_equal(lines, 3);
}

static void what_is_no_file_stays(void **state) {
    oc_certificate_t *certificate = NULL;
    assert_int_equal(mkdirat(root, "p2p", 0700), 0);
    assert_int_equal(mkdirat(root, OC_CERTIFICATE_FILE, 0700), 0);
    assert_true(oc_certificate_file_open(root, &certificate) < 0);
    assert_null(certificate);
}

/* Nothing can be written, as on a full disk: it serves, and that is said. */
static void without_a_disk_it_serves_all_the_same(void **state) {
    struct rlimit before, none = {0, RLIM_INFINITY};
    oc_certificate_t *certificate = NULL;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    none.rlim_max = before.rlim_max;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
    int result = oc_certificate_file_open(root, &certificate);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(result, OC_OK);
    assert_non_null(certificate);
    assert_int_equal(lines, 1);
    assert_non_null(strstr(line, OC_CERTIFICATE_FILE ": "));
    assert_int_equal(test_folder_size(root, OC_CERTIFICATE_FILE), -1);
    oc_certificate_destroy(certificate);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_is_made_once_and_private, set_up, tear_down),
        cmocka_unit_test_setup_teardown(damage_costs_a_line, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_file_stays, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_a_disk_it_serves_all_the_same, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
