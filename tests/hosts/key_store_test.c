/* Stores of an application on a real folder: a process that is ended in the middle of a write, a
 * disk that is full, files that others put there; and what the folder itself refuses. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "oc_err.h"
#include "oc_key_store.h"
#include "test_folder.h"

#define VALUE 3000u /* bytes: the file has several pages */

typedef struct {
    char path[64];
    int root;
    oc_app_folder_t folder;
    oc_key_store_t store;
} rig_t;

static int set_up(void **state) {
    rig_t *rig = calloc(1, sizeof *rig);
    rig->root = test_folder_make(rig->path);
    oc_app_folder_init(&rig->folder, rig->root, 0);
    *state = rig;
    return oc_key_store_init(&rig->store, &rig->folder, "domain");
}

static int tear_down(void **state) {
    rig_t *rig = *state;
    close(rig->root);
    test_folder_remove(rig->path);
    free(rig);
    return 0;
}

static int put(oc_key_store_t *store, const char *key, uint8_t fill) {
    uint8_t value[VALUE];
    memset(value, fill, sizeof value);
    const oc_key_value_t entry = {(const uint8_t *)key, value, strlen(key), sizeof value, 0};
    int result = oc_key_store_refresh(store);
    if (result == OC_OK)
        result = oc_key_values_set(&store->values, &entry);
    return result == OC_OK ? oc_key_store_save(store) : result;
}

/* What all bytes of a value are; -1: there is none, -2: they differ. */
static int get(oc_key_store_t *store, const char *key) {
    oc_key_value_t entry;
    assert_int_equal(oc_key_store_refresh(store), OC_OK);
    if (!oc_key_values_find(&store->values, (const uint8_t *)key, strlen(key), &entry))
        return -1;
    for (size_t i = 0; i < entry.value_len; i++)
        if (entry.value[i] != entry.value[0])
            return -2;
    return entry.value_len == VALUE ? entry.value[0] : -2;
}

/* Writes for ever; each byte that it sends was on the disk before. */
static void write_for_ever(rig_t *rig, int progress) {
    for (uint8_t fill = 0;; fill++)
        if (put(&rig->store, "key", fill) != OC_OK || write(progress, &fill, 1) != 1)
            _exit(1);
}

static void a_process_killed_in_a_write_leaves_the_old_value_or_the_new_one(void **state) {
    rig_t *rig = *state;
    oc_key_store_t *after = malloc(sizeof *after);
    for (unsigned round = 0; round < 40; round++) {
        int progress[2], status;
        uint8_t fill = 0, last = 0;
        assert_int_equal(pipe(progress), 0);
        pid_t child = fork();
        if (child == 0)
            write_for_ever(rig, progress[1]);
        close(progress[1]);
        for (unsigned n = 0; n < 2 + round % 3; n++)
            assert_int_equal(read(progress[0], &last, 1), 1);
        usleep(round * 37 % 700); /* another place in the write each time */
        kill(child, SIGKILL);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status));
        while (read(progress[0], &fill, 1) == 1)
            last = fill;
        close(progress[0]);
        assert_int_equal(oc_key_store_init(after, &rig->folder, "domain"), OC_OK);
        int found = get(after, "key");
        assert_true(found == last || found == (uint8_t)(last + 1));
    }
    /* What they left half written goes with the next write. */
    oc_app_folder_init(&rig->folder, rig->root, 0);
    assert_int_equal(put(&rig->store, "key", 1), OC_OK);
    int kv = openat(rig->root, "app/kv", O_RDONLY | O_DIRECTORY);
    DIR *entries = fdopendir(kv);
    unsigned files = 0;
    for (struct dirent *entry; (entry = readdir(entries));)
        files += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(entries);
    assert_int_equal(files, 1);
    free(after);
}

static void a_full_disk_leaves_the_value_before(void **state) {
    rig_t *rig = *state;
    struct rlimit before, small = {1000, RLIM_INFINITY};
    assert_int_equal(put(&rig->store, "key", 7), OC_OK);
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    small.rlim_max = before.rlim_max;
    setrlimit(RLIMIT_FSIZE, &small);
    int result = put(&rig->store, "key", 8);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_int_equal(result, OC_ERR_TOO_BIG); /* EFBIG; ENOSPC takes the same way */
    assert_int_equal(get(&rig->store, "key"), 7);
    assert_int_equal(put(&rig->store, "key", 9), OC_OK);
    assert_int_equal(get(&rig->store, "key"), 9);
}

static void a_full_quota_leaves_the_value_before(void **state) {
    rig_t *rig = *state;
    assert_int_equal(put(&rig->store, "key", 7), OC_OK);
    oc_app_folder_init(&rig->folder, rig->root, 3 * OC_APP_FOLDER_ENTRY);
    assert_int_equal(put(&rig->store, "other", 8), OC_ERR_DISK_FULL);
    assert_int_equal(get(&rig->store, "key"), 7);
    assert_int_equal(get(&rig->store, "other"), -1);
    assert_int_equal(put(&rig->store, "key", 9), OC_OK);
}

static void a_link_or_a_fifo_in_place_of_a_domain_is_set_aside(void **state) {
    rig_t *rig = *state;
    test_folder_write(rig->root, "secret", "not the application's");
    assert_int_equal(put(&rig->store, "key", 7), OC_OK);
    assert_int_equal(unlinkat(rig->root, "app/kv/domain", 0), 0);
    assert_int_equal(symlinkat("../../secret", rig->root, "app/kv/domain"), 0);
    assert_int_equal(get(&rig->store, "key"), -1);
    assert_int_equal(mkfifoat(rig->root, "app/kv/domain", 0600), 0);
    assert_int_equal(get(&rig->store, "key"), -1);
    assert_int_equal(put(&rig->store, "key", 8), OC_OK);
    assert_int_equal(get(&rig->store, "key"), 8);
    assert_int_equal(test_folder_size(rig->root, "secret"), 21);
}

/* ---- files ---- */

static int open_path(rig_t *rig, const char *path, oc_app_mode_t mode) {
    int root = oc_app_folder_root(&rig->folder);
    int fd = oc_app_file_open(&rig->folder, root, path, mode);
    close(root);
    return fd;
}

static void nothing_but_a_regular_file_is_opened_and_no_link_followed(void **state) {
    rig_t *rig = *state;
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int root = oc_app_folder_root(&rig->folder), server = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_true(root >= 0);
    test_folder_write(rig->root, "secret", "x");
    assert_int_equal(symlinkat("../secret", root, "link"), 0);
    assert_int_equal(symlinkat("..", root, "up"), 0);
    assert_int_equal(symlinkat("/proc/self/fd", root, "fds"), 0);
    assert_int_equal(symlinkat("none", root, "dangling"), 0);
    assert_int_equal(mkfifoat(root, "fifo", 0600), 0);
    snprintf(name.sun_path, sizeof name.sun_path, "%s/app/socket", rig->path);
    assert_int_equal(bind(server, (struct sockaddr *)&name, sizeof name), 0);
    static const char *const paths[] = {"link", "up/secret", "fds/0", "dangling",
                                        "fifo", "socket",    "up",    "fds"};
    for (unsigned i = 0; i < sizeof paths / sizeof *paths; i++)
        for (int mode = OC_APP_READ; mode <= OC_APP_REWRITE; mode++)
            assert_true(open_path(rig, paths[i], (oc_app_mode_t)mode) < 0);
    assert_true(oc_app_folder_open(root, "up") < 0);
    assert_true(oc_app_folder_make(&rig->folder, root, 0, "up/d") < 0);
    assert_int_equal(oc_app_folder_remove(&rig->folder, root, "up/secret"), OC_AGAIN);
    assert_int_equal(oc_app_folder_move(&rig->folder, root, "fifo", root, 0, "up/fifo"),
                     OC_ERR_NOENT);
    oc_app_status_t status;
    assert_int_equal(oc_app_folder_status(root, "link", &status), OC_OK);
    assert_true(S_ISLNK(status.mode));
    assert_int_equal(oc_app_folder_remove(&rig->folder, root, "link"), OC_OK);
    assert_int_equal(test_folder_size(rig->root, "secret"), 1);
    assert_int_equal(faccessat(rig->root, "none", F_OK, 0), -1);
    close(server);
    close(root);
}

static void a_link_in_place_of_the_folder_is_not_followed(void **state) {
    rig_t *rig = *state;
    assert_int_equal(symlinkat(".", rig->root, "app"), 0);
    assert_true(oc_app_folder_root(&rig->folder) < 0);
    assert_true(put(&rig->store, "key", 1) < 0);
}

static void files_and_folders_are_the_owners_alone(void **state) {
    rig_t *rig = *state;
    struct stat about;
    umask(0);
    int root = oc_app_folder_root(&rig->folder);
    int file = open_path(rig, "file", OC_APP_WRITE);
    assert_int_equal(oc_app_folder_make(&rig->folder, root, 0, "d"), OC_OK);
    assert_int_equal(put(&rig->store, "key", 1), OC_OK);
    static const struct {
        const char *path;
        mode_t mode;
    } expected[] = {{"app", 0700},
                    {"app/file", 0600},
                    {"app/d", 0700},
                    {"app/kv", 0700},
                    {"app/kv/domain", 0600}};
    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(fstatat(rig->root, expected[i].path, &about, 0), 0);
        assert_int_equal(about.st_mode & 07777, expected[i].mode);
    }
    close(file);
    close(root);
}

static void what_was_there_before_counts(void **state) {
    rig_t *rig = *state;
    int root = oc_app_folder_root(&rig->folder);
    assert_int_equal(oc_app_folder_make(&rig->folder, root, 0, "d"), OC_OK);
    int file = open_path(rig, "d/file", OC_APP_WRITE);
    assert_int_equal(oc_app_file_resize(&rig->folder, file, 100000), OC_OK);
    oc_app_folder_init(&rig->folder, rig->root, 100000 + 3 * OC_APP_FOLDER_ENTRY);
    assert_int_equal(oc_app_file_write(&rig->folder, file, "xy", 2, 99999 + 4096),
                     OC_ERR_DISK_FULL);
    assert_int_equal(oc_app_file_write(&rig->folder, file, "xy", 2, 99998 + 4096), OC_OK);
    assert_int_equal(open_path(rig, "more", OC_APP_WRITE), OC_ERR_DISK_FULL);
    assert_int_equal(oc_app_file_resize(&rig->folder, file, 0), OC_OK);
    int more = open_path(rig, "more", OC_APP_WRITE);
    assert_true(more >= 0);
    close(more);
    close(file);
    close(root);
}

static void folders_deeper_than_allowed_count_as_full(void **state) {
    rig_t *rig = *state;
    int at = oc_app_folder_root(&rig->folder), next;
    for (unsigned depth = 0; depth < OC_APP_FOLDER_DEPTH + 1; depth++) {
        assert_int_equal(mkdirat(at, "d", 0700), 0); /* behind its back */
        next = openat(at, "d", O_RDONLY | O_DIRECTORY);
        close(at);
        at = next;
    }
    close(at);
    assert_int_equal(open_path(rig, "file", OC_APP_WRITE), OC_ERR_DISK_FULL);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_process_killed_in_a_write_leaves_the_old_value_or_the_new_one),
        TEST(a_full_disk_leaves_the_value_before),
        TEST(a_full_quota_leaves_the_value_before),
        TEST(a_link_or_a_fifo_in_place_of_a_domain_is_set_aside),
        TEST(nothing_but_a_regular_file_is_opened_and_no_link_followed),
        TEST(a_link_in_place_of_the_folder_is_not_followed),
        TEST(files_and_folders_are_the_owners_alone),
        TEST(what_was_there_before_counts),
        TEST(folders_deeper_than_allowed_count_as_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
