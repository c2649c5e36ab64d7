/* Privacy mode on a POSIX host: the file that keeps it, and the threads that write and follow it.
 * Built a second time with the thread sanitizer. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "oc_log.h"
#include "oc_media_thread.h"
#include "oc_posix.h"
#include "oc_privacy_file.h"
#include "test_folder.h"
#include "test_letter.h"
#include "test_wait.h"

typedef struct rig {
    char path[64];
    int root;
    oc_media_thread_t *media;
    oc_mailbox_t *box;
} rig_t;

static int set_up(void **state) {
    rig_t *rig = calloc(1, sizeof(*rig));
    rig->root = test_folder_make(rig->path);
    *state = rig;
    return rig->root < 0;
}

static void stop(rig_t *rig) {
    if (rig->media)
        assert_true(oc_media_thread_stop(rig->media, oc_posix_now_us() + TEST_WAIT_US));
    rig->media = NULL;
}

static int tear_down(void **state) {
    rig_t *rig = *state;
    stop(rig);
    close(rig->root);
    test_folder_remove(rig->path);
    free(rig);
    return 0;
}

/* ---- the file ---- */

static bool reads(const rig_t *rig, const char *desired_why) {
    char why[160];
    oc_privacy_file_t on = oc_privacy_file_read(rig->root, why, sizeof(why));
    if (desired_why[0] == '\0')
        assert_string_equal(why, "");
    else
        assert_non_null(strstr(why, desired_why));
    assert_null(strchr(why, '\n'));
    assert_int_not_equal(on, OC_PRIVACY_FILE_UNKNOWN);
    return on == OC_PRIVACY_FILE_ON;
}

static void what_is_written_is_read(void **state) {
    rig_t *rig = *state;
    struct stat about;
    assert_false(reads(rig, ""));
    for (int i = 0; i < 2; i++) {
        assert_int_equal(oc_privacy_file_write(rig->root, true), OC_OK);
        assert_true(reads(rig, ""));
        assert_int_equal(fstatat(rig->root, OC_PRIVACY_FILE, &about, 0), 0);
        assert_int_equal(about.st_mode & 07777, 0600);
    }
    for (int i = 0; i < 2; i++) {
        assert_int_equal(oc_privacy_file_write(rig->root, false), OC_OK);
        assert_false(reads(rig, ""));
    }
}

/* Whatever is not understood lets nobody look. */
static void damaged_is_on(void **state) {
    rig_t *rig = *state;
    static const char *const texts[] = {"",           "{\"on\":tr", "{\"on\":falsee}", "off",
                                        "{\"on\":0}", "\xff\xfe",   "{\"on\":false}}"};
    for (unsigned i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        test_folder_write(rig->root, OC_PRIVACY_FILE, texts[i]);
        assert_true(reads(rig, "privacy mode is on"));
    }
    char large[5000];
    memset(large, ' ', sizeof(large));
    memcpy(large + sizeof(large) - 14, "{\"on\":false}", 13);
    test_folder_write(rig->root, OC_PRIVACY_FILE, large);
    assert_true(reads(rig, "privacy mode is on"));
    test_folder_write(rig->root, OC_PRIVACY_FILE, " {\n  \"on\": false\n}\n"); /* of a person */
    assert_false(reads(rig, ""));
    test_folder_write(rig->root, OC_PRIVACY_FILE, "{ \"on\": true }");
    assert_true(reads(rig, ""));
}

static void what_is_no_file_is_on(void **state) {
    rig_t *rig = *state;
    test_folder_write(rig->root, "other", "{\"on\":false}");
    assert_int_equal(symlinkat("other", rig->root, OC_PRIVACY_FILE), 0);
    assert_true(reads(rig, "privacy mode is on"));
    assert_true(oc_privacy_file_write(rig->root, true) < 0);
    assert_int_equal(test_folder_size(rig->root, "other"), 12); /* nothing went through the link */
    assert_int_equal(oc_privacy_file_write(rig->root, false), OC_OK);
    assert_int_equal(mkdirat(rig->root, OC_PRIVACY_FILE, 0700), 0);
    assert_true(reads(rig, "privacy mode is on"));
    assert_true(oc_privacy_file_write(rig->root, true) < 0);
    assert_true(oc_privacy_file_write(rig->root, false) < 0);
    assert_true(reads(rig, "privacy mode is on"));
    assert_true(oc_privacy_file_write(-1, true) < 0);
}

/* No byte can be written: the name alone does. Ending it needs no room at all. */
static void a_full_disk_keeps_it_all_the_same(void **state) {
    rig_t *rig = *state;
    struct rlimit before, none;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    none = before;
    none.rlim_cur = 0;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
    int on = oc_privacy_file_write(rig->root, true);
    off_t size = test_folder_size(rig->root, OC_PRIVACY_FILE);
    bool held = reads(rig, "nothing instead of");
    int off = oc_privacy_file_write(rig->root, false);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(on, OC_OK);
    assert_int_equal(size, 0);
    assert_true(held);
    assert_int_equal(off, OC_OK);
    assert_false(reads(rig, ""));
}

/* No descriptor for anybody; `before` is what to set again. */
static void take_descriptors(struct rlimit *before) {
    assert_int_equal(getrlimit(RLIMIT_NOFILE, before), 0);
    struct rlimit none = {0, before->rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
}

static void no_descriptor_is_no_command(void **state) {
    rig_t *rig = *state;
    struct rlimit before;
    char why[160];
    take_descriptors(&before);
    oc_privacy_file_t found = oc_privacy_file_read(rig->root, why, sizeof(why));
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(found, OC_PRIVACY_FILE_UNKNOWN);
    assert_non_null(strstr(why, OC_PRIVACY_FILE ": cannot be read: "));
}

/* ---- the threads ---- */

static void ignore(void *context) {}

static void refuse(void *context, const oc_command_t *command) {}

static void on_new_script(oc_media_thread_t *media, const oc_media_call_t *call) {
    oc_plane_new_script(oc_media_thread_plane(media), call->a, oc_posix_now_us());
}

static void start(rig_t *rig) {
    char why[160];
    oc_media_thread_config_t config = {
        .root = rig->root,
        .wake_script = ignore,
        .host_command = refuse,
        .privacy = oc_privacy_file_read(rig->root, why, sizeof(why)) != OC_PRIVACY_FILE_OFF,
    };
    assert_int_equal(oc_media_thread_start(&rig->media, &config), OC_OK);
    rig->box = oc_media_thread_mailbox(rig->media);
    oc_media_call_t call = {.run = on_new_script, .a = oc_mailbox_new_generation(rig->box)};
    assert_int_equal(oc_media_thread_post(rig->media, &call), OC_OK);
}

static void nap(void) {
    nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
}

static int req(rig_t *rig, uint16_t kind, uint16_t object, int32_t arg0, const void *record,
               size_t len) {
    oc_command_t posted = {.kind = kind, .object = object, .arg = {arg0, (int32_t)len}};
    oc_reply_t reply = {0};
    if (len > 0) {
        posted.parcel =
            (oc_parcel_t){oc_mailbox_parcel_alloc(rig->box, (uint32_t)len), (uint32_t)len};
        memcpy(posted.parcel.data, record, len);
    }
    int64_t until = oc_posix_now_us() + TEST_WAIT_US;
    assert_true(oc_mailbox_post(rig->box, &posted) > 0);
    while (oc_mailbox_take_reply(rig->box, &reply) != OC_OK) {
        assert_true(oc_posix_now_us() < until);
        nap();
    }
    oc_mailbox_parcel_free(rig->box, &reply.parcel);
    return reply.code;
}

static int set(rig_t *rig, bool on) {
    return req(rig, OC_COMMAND_PRIVACY, OC_PRIVACY_COMMAND, on ? OC_PRIVACY_COMMAND : 0, NULL, 0);
}

/* A channel is wanted, and this becomes of it. */
static void open_fake(rig_t *rig, int expected) {
    oc_channel_config_t config = {.name = "one", .url = "fake:?fps=60&gop=30", .ring_ms = 3000};
    const oc_plane_t *plane = oc_media_thread_plane(rig->media);
    test_letter_t letter = {0};
    int code = 0;
    test_letter_add(&letter, &config);
    assert_int_equal(req(rig, OC_COMMAND_DESIRED, 0, 0, &letter, test_letter_bytes(&letter)),
                     OC_OK);
    for (int64_t until = oc_posix_now_us() + TEST_WAIT_US;
         !test_letter_tried(plane, "one", 1, &code, NULL) || code != expected; nap())
        assert_true(oc_posix_now_us() < until);
}

static uint32_t reasons_of(rig_t *rig) {
    return oc_plane_privacy(oc_media_thread_plane(rig->media));
}

static void wait_for(rig_t *rig, uint32_t reasons) {
    for (int64_t until = oc_posix_now_us() + TEST_WAIT_US; reasons_of(rig) != reasons; nap())
        assert_true(oc_posix_now_us() < until);
}

static void it_is_on_the_disk_when_it_is_answered(void **state) {
    rig_t *rig = *state;
    start(rig);
    open_fake(rig, OC_OK);
    assert_int_equal(set(rig, true), OC_OK);
    assert_true(reads(rig, ""));
    open_fake(rig, OC_ERR_PRIVATE);
    stop(rig);
    start(rig); /* the next process */
    assert_int_equal(oc_plane_privacy(oc_media_thread_plane(rig->media)), OC_PRIVACY_COMMAND);
    open_fake(rig, OC_ERR_PRIVATE);
    assert_int_equal(set(rig, false), OC_OK);
    assert_false(reads(rig, ""));
    open_fake(rig, OC_OK);
}

static void another_program_is_followed(void **state) {
    rig_t *rig = *state;
    start(rig);
    open_fake(rig, OC_OK);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(oc_privacy_file_write(rig->root, true), OC_OK);
        wait_for(rig, OC_PRIVACY_COMMAND);
        assert_int_equal(oc_privacy_file_write(rig->root, false), OC_OK);
        wait_for(rig, 0);
    }
    test_folder_write(rig->root, OC_PRIVACY_FILE, "damaged");
    wait_for(rig, OC_PRIVACY_COMMAND);
    assert_int_equal(set(rig, false), OC_OK);
    assert_int_equal(test_folder_size(rig->root, OC_PRIVACY_FILE), -1);
}

/* Sets it while something is in the place of its file, until that is not followed before. */
static void fail_to_store(rig_t *rig) {
    for (int i = 0; i < 10; i++) {
        assert_int_equal(symlinkat("nowhere/at/all", rig->root, OC_PRIVACY_FILE), 0);
        if (set(rig, true) < 0)
            return;
        assert_int_equal(set(rig, false), OC_OK); /* removes it */
    }
    fail_msg("what is no file was written");
}

/* The file, once there is a place for it, by itself. False: what was in its place was followed, and
 * then that it is gone. */
static bool stored_later(rig_t *rig) {
    int64_t until = oc_posix_now_us() + TEST_WAIT_US;
    while (test_folder_size(rig->root, OC_PRIVACY_FILE) < 0) {
        if (reasons_of(rig) == 0)
            return false;
        assert_true(oc_posix_now_us() < until);
        nap();
    }
    return true;
}

static void what_cannot_be_stored_is_said_and_holds(void **state) {
    rig_t *rig = *state;
    start(rig);
    for (int i = 0;; i++) {
        assert_true(i < 10);
        fail_to_store(rig);
        assert_int_equal(reasons_of(rig), OC_PRIVACY_COMMAND);
        assert_int_equal(unlinkat(rig->root, OC_PRIVACY_FILE, 0), 0);
        if (stored_later(rig))
            break;
    }
    assert_int_equal(reasons_of(rig), OC_PRIVACY_COMMAND);
}

static _Atomic unsigned unread; /* lines of the log: the file could not be read */

static void on_line(void *context, oc_log_level_t level, const char *room, const char *line) {
    if (strstr(line, "privacy mode stays as it is"))
        atomic_fetch_add(&unread, 1);
}

/* The file cannot be read for a look or more. */
static void starve_a_look(void) {
    struct rlimit before;
    unsigned seen = atomic_load(&unread);
    take_descriptors(&before);
    for (int64_t until = oc_posix_now_us() + TEST_WAIT_US; atomic_load(&unread) == seen; nap()) {
        if (oc_posix_now_us() > until)
            break; /* the limit must be set again first */
    }
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_not_equal(atomic_load(&unread), seen);
}

/* It happens to a program with many viewers that the table of descriptors is full. */
static void no_descriptor_changes_nothing(void **state) {
    rig_t *rig = *state;
    oc_log_set(on_line, NULL, OC_LOG_WARN);
    start(rig);
    assert_int_equal(oc_privacy_file_write(rig->root, true), OC_OK);
    wait_for(rig, OC_PRIVACY_COMMAND); /* it looks by now */
    starve_a_look();
    assert_int_equal(reasons_of(rig), OC_PRIVACY_COMMAND);
    assert_int_equal(oc_privacy_file_write(rig->root, false), OC_OK);
    wait_for(rig, 0); /* it looks again */
    starve_a_look();
    assert_int_equal(reasons_of(rig), 0);
    stop(rig);
    oc_log_set(NULL, NULL, OC_LOG_ERROR);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_written_is_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(damaged_is_on, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_file_is_on, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_full_disk_keeps_it_all_the_same, set_up, tear_down),
        cmocka_unit_test_setup_teardown(it_is_on_the_disk_when_it_is_answered, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_program_is_followed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_cannot_be_stored_is_said_and_holds, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_descriptor_is_no_command, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_descriptor_changes_nothing, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
