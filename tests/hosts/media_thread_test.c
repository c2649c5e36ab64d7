/* The threads of a host together - media, capture, file, and this one in the place of a script -
 * with the fake source and a real folder. Built a second time with the thread sanitizer. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "oc_beneath.h"
#include "oc_data_dir.h"
#include "oc_data_trust.h"
#include "oc_media_thread.h"
#include "oc_plane_live.h"
#include "oc_posix.h"
#include "test_folder.h"
#include "test_letter.h"
#include "test_wait.h"

typedef struct rig {
    char path[64];
    int root;
    oc_media_thread_t *media;
    oc_mailbox_t *box;
    _Atomic int wakes, done;
    _Atomic int64_t advanced_us;
    oc_plane_body_t body;
    int result;
} rig_t;

static void on_wake(void *context) {
    rig_t *rig = context;
    atomic_fetch_add(&rig->wakes, 1);
}

static void on_host_command(void *context, const oc_command_t *command) {
    rig_t *rig = context;
    oc_parcel_t parcel = command->parcel;
    oc_mailbox_parcel_free(rig->box, &parcel);
    oc_mailbox_reply(rig->box, command->request, command->generation, OC_OK, 42, 0,
                     (oc_parcel_t){0});
}

static int64_t on_advanced(void *context, int64_t now_us) {
    rig_t *rig = context;
    atomic_store(&rig->advanced_us, now_us);
    return INT64_MAX;
}

static void nap(void) {
    nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
}

static void on_new_script(oc_media_thread_t *media, const oc_media_call_t *call) {
    oc_plane_new_script(oc_media_thread_plane(media), call->a, oc_posix_now_us());
}

/* The list of a test. */
static test_letter_t letter;

static int set_up(void **state) {
    rig_t *rig = calloc(1, sizeof(*rig));
    memset(&letter, 0, sizeof(letter));
    rig->root = test_folder_make(rig->path);
    oc_media_thread_config_t config = {.root = rig->root,
                                       .wake_script = on_wake,
                                       .host_command = on_host_command,
                                       .advanced = on_advanced,
                                       .context = rig};
    if (rig->root < 0 || oc_media_thread_start(&rig->media, &config) != OC_OK)
        return 1;
    rig->box = oc_media_thread_mailbox(rig->media);
    uint32_t generation = oc_mailbox_new_generation(rig->box);
    oc_media_call_t call = {.run = on_new_script, .a = generation};
    *state = rig;
    return oc_media_thread_post(rig->media, &call);
}

static int tear_down(void **state) {
    rig_t *rig = *state;
    if (rig->media && !oc_media_thread_stop(rig->media, oc_posix_now_us() + TEST_WAIT_US))
        return 1;
    close(rig->root);
    test_folder_remove(rig->path);
    free(rig);
    return 0;
}

/* Posts a command and waits for its reply. */
static oc_reply_t send(rig_t *rig, const oc_command_t *command, const void *record, size_t len) {
    oc_command_t posted = *command;
    oc_reply_t reply = {0};
    if (len > 0) {
        posted.parcel =
            (oc_parcel_t){oc_mailbox_parcel_alloc(rig->box, (uint32_t)len), (uint32_t)len};
        memcpy(posted.parcel.data, record, len);
    }
    int32_t request = oc_mailbox_post(rig->box, &posted);
    int64_t until = oc_posix_now_us() + TEST_WAIT_US;
    assert_true(request > 0);
    while (oc_mailbox_take_reply(rig->box, &reply) != OC_OK) {
        assert_true(oc_posix_now_us() < until);
        nap();
    }
    assert_int_equal(reply.request, request);
    oc_mailbox_parcel_free(rig->box, &reply.parcel);
    return reply;
}

/* Hands the list over and waits for what becomes of a channel; *number: its number. */
static int hand_over(rig_t *rig, const char *name, unsigned *number) {
    const oc_plane_t *plane = oc_media_thread_plane(rig->media);
    oc_command_t posted = test_letter_command(&letter);
    oc_reply_t reply = send(rig, &posted, &letter, test_letter_bytes(&letter));
    int code = 0;
    assert_int_equal(reply.code, OC_OK);
    for (int64_t until = oc_posix_now_us() + TEST_WAIT_US;
         !test_letter_tried(plane, name, (uint32_t)reply.value[0], &code, number); nap())
        assert_true(oc_posix_now_us() < until);
    return code;
}

static unsigned open_fake(rig_t *rig, const char *name, const char *url) {
    oc_channel_config_t config = {.audio = true, .ring_ms = 3000, .hls_target_ms = 200};
    unsigned number = 0;
    snprintf(config.name, sizeof(config.name), "%s", name);
    snprintf(config.url, sizeof(config.url), "%s", url);
    test_letter_add(&letter, &config);
    assert_int_equal(hand_over(rig, name, &number), OC_OK);
    return number;
}

static void record(rig_t *rig, const char *name) {
    for (uint32_t i = 0; i < letter.head.count; i++)
        if (strcmp(letter.entry[i].channel.name, name) == 0) {
            letter.entry[i].records = 1;
            letter.entry[i].record = (oc_desired_recording_t){.name = "test", .audio = 1};
        }
    assert_int_equal(hand_over(rig, name, NULL), OC_OK);
}

/* Reads the row until a word reaches `value`; the tables are written meanwhile. */
static void wait_for(rig_t *rig, unsigned channel, size_t word, uint32_t value) {
    oc_stream_row_t row;
    const oc_table_t *table = oc_plane_stream_table(oc_media_thread_plane(rig->media), channel);
    int64_t until = oc_posix_now_us() + TEST_WAIT_US;
    do {
        assert_true(oc_posix_now_us() < until);
        nap();
    } while (!oc_table_read(table, (uint32_t *)&row) || ((uint32_t *)&row)[word] < value);
}

#define WAIT_FOR(rig, channel, field, value)                                                       \
    wait_for(rig, channel, offsetof(oc_stream_row_t, field) / 4, value)

/* Recordings on the disk, open and finished, with their bytes. */
static void count_files(rig_t *rig, const char *folder, int *open, int *finished, uint64_t *bytes) {
    int fd = oc_beneath_open(rig->root, folder, O_RDONLY | O_DIRECTORY, 0);
    DIR *entries = fd >= 0 ? fdopendir(fd) : NULL;
    *open = *finished = 0;
    *bytes = 0;
    assert_non_null(entries);
    for (struct dirent *entry; (entry = readdir(entries));) {
        if (!strstr(entry->d_name, ".mp4"))
            continue;
        *(strstr(entry->d_name, "_open.mp4") ? open : finished) += 1;
        *bytes += (uint64_t)test_folder_size(dirfd(entries), entry->d_name);
    }
    closedir(entries);
}

static void test_records_and_finishes(void **state) {
    rig_t *rig = *state;
    int open, finished;
    uint64_t bytes;
    unsigned one = open_fake(rig, "one", "fake:?fps=120&gop=30&audio=aac");
    unsigned two = open_fake(rig, "two", "fake:?fps=60&gop=30&script=lost@60:IO");
    record(rig, "one");
    record(rig, "two");
    WAIT_FOR(rig, one, record_bytes_lo, 200000);
    WAIT_FOR(rig, two, source_losses, 1);
    count_files(rig, "recordings/one", &open, &finished, &bytes);
    assert_int_equal(open, 1);
    WAIT_FOR(rig, two, packets_lo, 100); /* it came back after half a second */
    assert_true(atomic_load(&rig->wakes) > 0);
    assert_true(oc_media_thread_stop(rig->media, oc_posix_now_us() + TEST_WAIT_US));
    rig->media = NULL;
    count_files(rig, "recordings/one", &open, &finished, &bytes);
    assert_int_equal(open, 0);
    assert_int_equal(finished, 1);
    assert_true(bytes > 200000);
    count_files(rig, "recordings/two", &open, &finished, &bytes);
    assert_int_equal(open, 0);
    assert_true(finished >= 1);
}

/* Recordings are finished while the mailbox still serves; who has the whole log is not waited for.
 */
static void test_finishes_before_stop(void **state) {
    rig_t *rig = *state;
    int open, finished;
    uint64_t bytes;
    unsigned one = open_fake(rig, "one", "fake:?fps=120&gop=30");
    record(rig, "one");
    WAIT_FOR(rig, one, record_bytes_lo, 10000);
    int64_t from = oc_posix_now_us();
    oc_media_thread_finish(rig->media, from + TEST_WAIT_US); /* nobody reads */
    assert_true(oc_posix_now_us() - from >= OC_MEDIA_NOTIFIED_US);
    count_files(rig, "recordings/one", &open, &finished, &bytes);
    assert_int_equal(open, 0);
    assert_int_equal(finished, 1);
    oc_command_t all = {.kind = OC_COMMAND_EVENTS_READ};
    oc_reply_t reply = {0};
    assert_true(oc_mailbox_post(rig->box, &all) > 0);
    while (oc_mailbox_take_reply(rig->box, &reply) != OC_OK)
        nap();
    static const char kind[] = "channel-closed"; /* a field, with its NUL */
    assert_non_null(memmem(reply.parcel.data, reply.parcel.len, kind, sizeof(kind)));
    oc_mailbox_parcel_free(rig->box, &reply.parcel);
    all.arg[0] = reply.value[0];
    assert_true(oc_mailbox_post(rig->box, &all) > 0);
    while (oc_mailbox_take_reply(rig->box, &reply) != OC_OK)
        nap();
    oc_mailbox_parcel_free(rig->box, &reply.parcel);
    int64_t least = INT64_MAX;
    for (int i = 0; i < 20 && least >= OC_MEDIA_NOTIFIED_US;
         i++) { /* a busy machine may stand still */
        from = oc_posix_now_us();
        oc_media_thread_finish(rig->media, from + TEST_WAIT_US); /* the whole log has been read */
        int64_t took = oc_posix_now_us() - from;
        least = took < least ? took : least;
    }
    assert_true(least < OC_MEDIA_NOTIFIED_US);
    all.arg[0] = 0;
    int wakes = atomic_load(&rig->wakes);
    assert_true(oc_mailbox_post(rig->box, &all) > 0); /* its answer is left to the end to free */
    while (wakes == atomic_load(&rig->wakes))
        nap();
}

static void test_closes_while_running(void **state) {
    rig_t *rig = *state;
    for (int i = 0; i < 5; i++) {
        unsigned channel = open_fake(rig, "again", "fake:?fps=240");
        record(rig, "again");
        WAIT_FOR(rig, channel, packets_lo, 20);
        letter.head.count = 0;
        oc_command_t none = test_letter_command(&letter);
        assert_int_equal(send(rig, &none, &letter, test_letter_bytes(&letter)).code, OC_OK);
        for (int64_t until = oc_posix_now_us() + TEST_WAIT_US;
             !test_letter_gone(oc_media_thread_plane(rig->media), channel); nap())
            assert_true(oc_posix_now_us() < until);
    }
}

static void test_open_fails(void **state) {
    rig_t *rig = *state;
    oc_channel_config_t config = {.name = "none", .url = "/nowhere/at-all.mp4", .ring_ms = 3000};
    test_letter_add(&letter, &config);
    assert_int_equal(hand_over(rig, "none", NULL), OC_ERR_NOENT);
    snprintf(config.url, sizeof(config.url), "/dev/null"); /* no regular file */
    test_letter_add(&letter, &config);
    assert_true(hand_over(rig, "none", NULL) < 0);
    (void)open_fake(rig, "none", "fake:");
}

static void on_live(oc_media_thread_t *media, const oc_media_call_t *call) {
    rig_t *rig = call->context;
    rig->result =
        oc_plane_live_get(oc_media_thread_plane(media), "live", "index.m3u8", "", &rig->body);
    atomic_store(&rig->done, 1);
}

static void test_live_body(void **state) {
    rig_t *rig = *state;
    oc_media_call_t call = {.run = on_live, .context = rig};
    unsigned channel = open_fake(rig, "live", "fake:?fps=60&gop=12");
    WAIT_FOR(rig, channel, packets_lo, 1);
    do { /* until there is a segment */
        atomic_store(&rig->done, 0);
        assert_int_equal(oc_media_thread_post(rig->media, &call), OC_OK);
        while (!atomic_load(&rig->done))
            nap();
    } while (rig->result == OC_AGAIN);
    assert_int_equal(rig->result, OC_OK);
    assert_memory_equal(rig->body.data, "#EXTM3U", 7);
    memset(rig->body.data - OC_MEDIA_HEADROOM, 0xff, OC_MEDIA_HEADROOM); /* ours to overwrite */
    oc_media_thread_release(rig->body.data);
}

static void test_host_commands(void **state) {
    rig_t *rig = *state;
    oc_reply_t reply = send(rig, &(oc_command_t){.kind = OC_COMMAND_READY}, NULL, 0);
    assert_int_equal(reply.code, OC_OK);
    assert_int_equal(reply.value[0], 42);
}

/* Work on the file thread, and that it was done. */
typedef struct list_test {
    char found[OC_FILE_PATH_MAX]; /* the last file of the channel */
    _Atomic int done;
    int result;
} list_test_t;

static int list_work(oc_file_store_t *store, void *context) {
    list_test_t *test = context;
    int fd = oc_beneath_open(store->root, "recordings/one", O_RDONLY | O_DIRECTORY, 0);
    DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
    for (struct dirent *entry; folder && (entry = readdir(folder));)
        if (entry->d_name[0] != '.')
            snprintf(test->found, sizeof(test->found), "%s", entry->d_name);
    if (folder)
        closedir(folder);
    return OC_OK;
}

static void list_done(oc_media_thread_t *media, void *context, int result) {
    list_test_t *test = context;
    test->result = result;
    atomic_store(&test->done, 1);
}

static void on_list(oc_media_thread_t *media, const oc_media_call_t *call) {
    (void)oc_media_thread_work(media, list_work, list_done, call->context);
}

static void test_says_that_it_advanced(void **state) {
    rig_t *rig = *state;
    int64_t before = oc_posix_now_us(), until = before + TEST_WAIT_US;
    while (atomic_load(&rig->advanced_us) < before) {
        oc_media_thread_wake(rig->media);
        assert_true(oc_posix_now_us() < until);
        nap();
    }
}

static void test_work_of_the_file_thread(void **state) {
    rig_t *rig = *state;
    list_test_t *test = calloc(1, sizeof(*test));
    unsigned channel = open_fake(rig, "one", "fake:?fps=60&gop=12");
    record(rig, "one");
    WAIT_FOR(rig, channel, record_bytes_lo, 1);
    oc_media_call_t call = {.run = on_list, .context = test};
    assert_int_equal(oc_media_thread_post(rig->media, &call), OC_OK);
    while (!atomic_load(&test->done))
        nap();
    assert_int_equal(test->result, OC_OK);
    static const char begin[] = "test_", open[] = "_open.mp4";
    assert_memory_equal(test->found, begin, sizeof(begin) - 1);
    assert_string_equal(test->found + strlen(test->found) - (sizeof(open) - 1), open);
    free(test);
}

/* Work whose result comes when the queue of the media thread is as full as others can make it. */
typedef struct crowd {
    rig_t *rig;
    _Atomic bool full, go_on;
    _Atomic int worked, taken, ran;
} crowd_t;

static int work_in_crowd(oc_file_store_t *store, void *context) {
    crowd_t *crowd = context;
    while (!atomic_load(&crowd->full))
        nap();
    atomic_fetch_add(&crowd->worked, 1);
    return 7;
}

static void on_worked(oc_media_thread_t *media, void *context, int result) {
    crowd_t *crowd = context;
    atomic_fetch_add(&crowd->taken, result == 7);
}

static void hold_media(oc_media_thread_t *media, const oc_media_call_t *call) {
    crowd_t *crowd = call->context;
    for (unsigned i = 0; i < 3; i++)
        if (oc_media_thread_work(media, work_in_crowd, on_worked, crowd) != OC_OK)
            return;
    while (!atomic_load(&crowd->go_on))
        nap();
}

static void on_crowd(oc_media_thread_t *media, const oc_media_call_t *call) {
    atomic_fetch_add(&((crowd_t *)call->context)->ran, 1);
}

static void test_results_have_room(void **state) {
    crowd_t crowd = {.rig = *state};
    oc_media_call_t hold = {.run = hold_media, .context = &crowd};
    oc_media_call_t call = {.run = on_crowd, .context = &crowd};
    int64_t until = oc_posix_now_us() + TEST_WAIT_US;
    int posted = 0;
    assert_int_equal(oc_media_thread_post(crowd.rig->media, &hold), OC_OK);
    while (oc_media_thread_post(crowd.rig->media, &call) == OC_OK)
        posted++;
    assert_true(posted >= 64);
    atomic_store(&crowd.full, true);
    while (atomic_load(&crowd.worked) < 3 && oc_posix_now_us() < until)
        nap();
    for (unsigned i = 0; i < 10; i++) /* the last result is on its way */
        nap();
    atomic_store(&crowd.go_on, true);
    while ((atomic_load(&crowd.taken) < 3 || atomic_load(&crowd.ran) < posted) &&
           oc_posix_now_us() < until)
        nap();
    assert_int_equal(atomic_load(&crowd.taken), 3);
    assert_int_equal(atomic_load(&crowd.ran), posted);
}

static void test_lock(void **state) {
    rig_t *rig = *state;
    char path[128], why[256] = "";
    int lock = -1, other = -1;
    snprintf(path, sizeof(path), "%s/a/b", rig->path);
    int first = oc_data_dir_open(path, &lock, why, sizeof(why));
    assert_true(first >= 0);
    assert_true(oc_data_dir_open(path, &other, why, sizeof(why)) < 0);
    assert_int_equal(other, -1);
    assert_non_null(strstr(why, path));
    assert_non_null(strstr(why, "another ocellus"));
    close(first);
    close(lock);
    first = oc_data_dir_open(path, &lock, why, sizeof(why)); /* given up: free for the next */
    assert_true(first >= 0);
    close(first);
    close(lock);
}

/* Whoever can write there could put links and settings in the place of ours. */
static void test_others_cannot_write(void **state) {
    rig_t *rig = *state;
    char path[128], why[256] = "";
    int lock = -1;
    snprintf(path, sizeof(path), "%s/shared", rig->path);
    static const mode_t refused[] = {0777, 01777, 0775, 0770, 0702};
    assert_int_equal(mkdir(path, 0700), 0);
    for (unsigned i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        assert_int_equal(chmod(path, refused[i]), 0);
        assert_int_equal(oc_data_dir_open(path, &lock, why, sizeof(why)), OC_ERR_STATE);
        assert_non_null(strstr(why, "others can write to it"));
        assert_non_null(strstr(why, "chmod -R go-w"));
        assert_int_equal(lock, -1);
    }
    assert_int_equal(chmod(path, 0755), 0);
    int root = oc_data_dir_open(path, &lock, why, sizeof(why));
    assert_true(root >= 0);
    assert_int_equal(fchmod(root, 0757), 0); /* looked at again while it is open */
    assert_int_equal(oc_data_trust(root, path, why, sizeof(why)), OC_ERR_STATE);
    close(root);
    close(lock);
    assert_int_equal(chmod(path, 0700), 0);
    static const char *const below[] = {
        "access/", "access/users",  "p2p/",        "p2p/certificate.pem",
        "log/",    "settings.json", "recordings/", "recordings/cam1/"};
    for (unsigned i = 0; i < sizeof(below) / sizeof(below[0]); i++) {
        char name[256];
        int len = snprintf(name, sizeof(name), "%s/%s", path, below[i]);
        bool folder = name[len - 1] == '/';
        int fd = folder ? mkdir(name, 0700) : open(name, O_WRONLY | O_CREAT | O_EXCL, 0600);
        assert_true(fd >= 0);
        if (!folder)
            close(fd);
        for (unsigned mode = 0; mode < 2; mode++) {
            assert_int_equal(chmod(name, (mode_t)(folder ? 0700 : 0600) | (mode ? 0020 : 0002)), 0);
            assert_int_equal(oc_data_dir_open(path, NULL, why, sizeof(why)), OC_ERR_STATE);
            name[folder ? len - 1 : len] = '\0';
            assert_non_null(strstr(why, name + strlen(path) + 1));
            assert_non_null(strstr(why, "chmod -R go-w"));
        }
        assert_int_equal(chmod(name, folder ? 0755 : 0644), 0);
        if (geteuid() == 0) { /* planted before the mode was mended */
            assert_int_equal(chown(name, 12345, 12345), 0);
            assert_int_equal(oc_data_dir_open(path, NULL, why, sizeof(why)), OC_ERR_STATE);
            assert_non_null(strstr(why, "belongs to user 12345"));
            assert_int_equal(chown(name, 0, 0), 0);
        }
        root = oc_data_dir_open(path, NULL, why, sizeof(why));
        assert_true(root >= 0);
        close(root);
    }
    if (geteuid() == 0) { /* only root can give it away */
        assert_int_equal(chown(path, 12345, 12345), 0);
        assert_int_equal(oc_data_dir_open(path, NULL, why, sizeof(why)), OC_ERR_STATE);
        assert_non_null(strstr(why, "belongs to user 12345"));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_records_and_finishes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_finishes_before_stop, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_closes_while_running, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_open_fails, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_live_body, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_host_commands, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_says_that_it_advanced, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_work_of_the_file_thread, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_results_have_room, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_lock, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_others_cannot_write, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
