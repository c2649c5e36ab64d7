/* oc_store on a real folder, and its commands on a media thread: what a script keeps is replaced
 * as a whole or not at all, and read in the order of the commands. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <signal.h>
#include <unistd.h>

#include <cmocka.h>

#include "oc_err.h"
#include "oc_file_commands.h"
#include "oc_media_thread.h"
#include "oc_posix.h"
#include "oc_store.h"
#include "test_folder.h"
#include "test_wait.h"

static char path[64];
static int root;

static int set_up(void **state) {
    root = test_folder_make(path);
    return root < 0;
}

static int tear_down(void **state) {
    close(root);
    test_folder_remove(path);
    return 0;
}

static void assert_kept(const char *name, const char *text) {
    size_t len = 0;
    int result = 1;
    char *kept = oc_store_read(root, name, &len, &result);
    assert_int_equal(result, OC_OK);
    assert_string_equal(kept, text);
    assert_int_equal(len, strlen(text));
    free(kept);
}

static int read_code(const char *name) {
    size_t len;
    int result = 1;
    assert_null(oc_store_read(root, name, &len, &result));
    return result;
}

static void texts_are_replaced_as_a_whole(void **state) {
    struct stat about;
    assert_int_equal(read_code("settings"), OC_ERR_NOENT);
    assert_int_equal(oc_store_write(root, "settings", "{}", 2), OC_OK);
    assert_kept("settings", "{}");
    assert_int_equal(oc_store_write(root, "settings", "longer than before", 18), OC_OK);
    assert_int_equal(oc_store_write(root, "settings", "", 0), OC_OK);
    assert_kept("settings", "");
    assert_int_equal(fstatat(root, "settings.json", &about, 0), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
}

static void a_text_that_does_not_fit_changes_nothing(void **state) {
    struct rlimit before, small = {.rlim_cur = 1000};
    char big[OC_STORE_TEXT_MAX + 1];
    memset(big, 'x', sizeof(big));
    assert_int_equal(oc_store_write(root, "settings", "old", 3), OC_OK);
    assert_int_equal(oc_store_write(root, "settings", big, sizeof(big)), OC_ERR_TOO_BIG);
    getrlimit(RLIMIT_FSIZE, &before);
    small.rlim_max = before.rlim_max;
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &small); /* the write stops half way, as on a full disk */
    assert_true(oc_store_write(root, "settings", big, 2000) < 0);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_kept("settings", "old");
    char temporary[64];
    snprintf(temporary, sizeof(temporary), ".settings.json.%d", (int)getpid());
    assert_int_equal(test_folder_size(root, temporary), -1);
    assert_int_equal(oc_store_write(root, "settings", big, OC_STORE_TEXT_MAX), OC_OK);
}

static void what_is_no_text_is_told_apart(void **state) {
    int fd = openat(root, "nul.json", O_WRONLY | O_CREAT, 0600);
    assert_int_equal(write(fd, "{\0}", 3), 3);
    close(fd);
    assert_int_equal(read_code("nul"), OC_ERR_FORMAT);
    fd = openat(root, "big.json", O_WRONLY | O_CREAT, 0600);
    assert_int_equal(ftruncate(fd, OC_STORE_TEXT_MAX + 1), 0);
    close(fd);
    assert_int_equal(read_code("big"), OC_ERR_TOO_BIG);
    assert_int_equal(mkdirat(root, "folder.json", 0700), 0);
    assert_int_equal(read_code("folder"), OC_ERR_FORMAT);
    assert_int_equal(symlinkat("/etc/passwd", root, "link.json"), 0);
    assert_int_equal(read_code("link"), OC_ERR_INVAL);
}

static void what_is_of_no_use_is_set_aside(void **state) {
    assert_int_equal(oc_store_set_aside(root, "settings"), OC_OK);
    test_folder_write(root, "settings.json", "{");
    test_folder_write(root, "settings.json.bad", "older");
    assert_int_equal(oc_store_set_aside(root, "settings"), OC_OK);
    assert_int_equal(read_code("settings"), OC_ERR_NOENT);
    assert_int_equal(test_folder_size(root, "settings.json.bad"), 1);
}

static void left_behind_is_removed(void **state) {
    char own[64];
    snprintf(own, sizeof(own), ".settings.json.%d", (int)getpid());
    test_folder_write(root, own, "half");
    test_folder_write(root, ".settings.json.999999999", "half");
    test_folder_write(root, ".settings.json.1", "of a process that lives");
    test_folder_write(root, ".settings.json.1x", "");
    test_folder_write(root, ".settings.json.bad", "");
    test_folder_write(root, "settings.json", "{}");
    test_folder_write(root, ".desired.list.999999999", "");
    oc_store_tidy(root);
    assert_int_equal(test_folder_size(root, own), -1);
    assert_int_equal(test_folder_size(root, ".desired.list.999999999"), -1);
    assert_int_equal(test_folder_size(root, ".settings.json.999999999"), -1);
    assert_int_equal(test_folder_size(root, ".settings.json.1"), 23);
    assert_int_equal(test_folder_size(root, ".settings.json.1x"), 0);
    assert_int_equal(test_folder_size(root, ".settings.json.bad"), 0);
    assert_kept("settings", "{}");
}

static void names(void **state) {
    assert_true(oc_store_name("settings", 8));
    assert_true(oc_store_name("a/b", 1));
    assert_false(oc_store_name("", 0));
    assert_false(oc_store_name("a/b", 3));
    assert_false(oc_store_name("A", 1));
    assert_false(oc_store_name("..", 2));
    assert_false(oc_store_name("abcdefghijklmnopqrstuvwxyzabcdef", 32));
}

/* ---- commands ---- */

static _Atomic int woken;

static void wake(void *context) {
    woken++;
}

static oc_media_thread_t *media;

/* As oc_host does. */
static bool deliver(void *context, const oc_command_t *command) {
    oc_file_commands_take(oc_media_thread_files(media), oc_media_thread_mailbox(media), command);
    return true;
}

static int32_t post(uint16_t kind, int32_t arg0, const char *text) {
    oc_mailbox_t *mailbox = oc_media_thread_mailbox(media);
    oc_command_t command = {.kind = kind, .arg = {arg0}};
    command.parcel.len = (uint32_t)strlen(text);
    command.parcel.data = oc_mailbox_parcel_alloc(mailbox, command.parcel.len);
    memcpy(command.parcel.data, text, command.parcel.len);
    return oc_mailbox_post(mailbox, &command);
}

/* The next reply: its code; text gets its parcel. */
static int take(int32_t request, char *text, size_t size) {
    oc_mailbox_t *mailbox = oc_media_thread_mailbox(media);
    oc_reply_t reply;
    for (int i = 0; oc_mailbox_take_reply(mailbox, &reply) != OC_OK; i++) {
        assert_true(i < TEST_WAIT_MS);
        usleep(1000);
    }
    assert_int_equal(reply.request, request);
    snprintf(text, size, "%.*s", (int)reply.parcel.len,
             reply.parcel.data ? (const char *)reply.parcel.data : "");
    oc_mailbox_parcel_free(mailbox, &reply.parcel);
    return reply.code;
}

static void commands_are_done_in_their_order(void **state) {
    oc_media_thread_config_t config = {.root = root, .wake_script = wake, .deliver = deliver};
    char text[100];
    assert_int_equal(oc_media_thread_start(&media, &config), OC_OK);
    oc_mailbox_new_generation(oc_media_thread_mailbox(media));
    int32_t first = post(OC_COMMAND_STORE_READ, 0, "settings");
    int32_t second = post(OC_COMMAND_STORE_WRITE, 0, "settings\n{\"a\":1}\n");
    int32_t third = post(OC_COMMAND_STORE_READ, 0, "settings");
    assert_int_equal(take(first, text, sizeof(text)), OC_ERR_NOENT);
    assert_int_equal(take(second, text, sizeof(text)), OC_OK);
    assert_int_equal(take(third, text, sizeof(text)), OC_OK);
    assert_string_equal(text, "{\"a\":1}\n");
    assert_kept("settings", "{\"a\":1}\n");
    static const struct {
        uint16_t kind;
        const char *text;
    } malformed[] = {{OC_COMMAND_STORE_WRITE, "settings"},
                     {OC_COMMAND_STORE_WRITE, "\n{}"},
                     {OC_COMMAND_STORE_WRITE, "../x\n{}"},
                     {OC_COMMAND_STORE_READ, "settings\n"},
                     {OC_COMMAND_STORE_READ, "/etc/x"}};
    for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++) {
        int32_t request = post(malformed[i].kind, 0, malformed[i].text);
        assert_int_equal(take(request, text, sizeof(text)), OC_ERR_INVAL);
        assert_string_equal(text, "malformed request");
    }
    test_folder_write(root, "settings.json", "");
    assert_int_equal(take(post(OC_COMMAND_STORE_WRITE, 1, "settings"), text, sizeof(text)), OC_OK);
    assert_int_equal(read_code("settings"), OC_ERR_NOENT);
    assert_true(woken > 0);
    assert_true(oc_media_thread_stop(media, oc_posix_now_us() + TEST_WAIT_US));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(texts_are_replaced_as_a_whole, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_text_that_does_not_fit_changes_nothing, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_text_is_told_apart, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_of_no_use_is_set_aside, set_up, tear_down),
        cmocka_unit_test_setup_teardown(left_behind_is_removed, set_up, tear_down),
        cmocka_unit_test(names),
        cmocka_unit_test_setup_teardown(commands_are_done_in_their_order, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
