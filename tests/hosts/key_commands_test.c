/* oc_key_commands on a real folder: a script learns where the key frames of a recording are, page by
 * page, and why it cannot. */
#define _GNU_SOURCE
#include "vod_rig.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "oc_beneath.h"
#include "oc_err.h"
#include "oc_key_commands.h"
#include "oc_media_thread.h"
#include "oc_posix.h"
#include "test_folder.h"
#include "test_wait.h"

#define PATH   "recordings/cam/x.mp4"
#define FIELDS 410

static char path[64];
static int root;
static oc_media_thread_t *media;
static oc_key_commands_t *keys;
static rig_t rig;

static void wake(void *context) {}

/* As oc_host does. */
static bool deliver(void *context, const oc_command_t *command) {
    return oc_key_commands_take(keys, oc_media_thread_mailbox(media), command);
}

static int set_up(void **state) {
    root = test_folder_make(path);
    const oc_media_thread_config_t config = {.root = root, .wake_script = wake, .deliver = deliver};
    assert_int_equal(oc_media_thread_start(&media, &config), OC_OK);
    oc_mailbox_new_generation(oc_media_thread_mailbox(media));
    assert_int_equal(oc_key_commands_start(&keys, root, oc_media_thread_files(media),
                                           oc_media_thread_mailbox(media)),
                     OC_OK);
    rig_add(&rig, &(rig_config_t){.seconds = 30, .gop = 50});
    assert_int_equal(oc_beneath_mkdir(root, "recordings"), OC_OK);
    assert_int_equal(oc_beneath_mkdir(root, "recordings/cam"), OC_OK);
    int fd = oc_beneath_open(root, PATH, O_WRONLY | O_CREAT, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, rig.file[0].data, rig.file[0].len), rig.file[0].len);
    close(fd);
    return 0;
}

static int tear_down(void **state) {
    assert_true(oc_key_commands_stop(keys, oc_posix_now_us() + TEST_WAIT_US));
    assert_true(oc_media_thread_stop(media, oc_posix_now_us() + TEST_WAIT_US));
    close(root);
    test_folder_remove(path);
    rig_free(&rig);
    return 0;
}

/* One command, and its reply: the code. numbers: FIELDS of it. */
static int request(const char *file, size_t len, uint32_t from, int32_t rows, uint64_t *numbers,
                   size_t *count, bool *more) {
    oc_mailbox_t *mailbox = oc_media_thread_mailbox(media);
    oc_command_t command = {.kind = OC_COMMAND_RECORDING_KEYS, .arg = {(int32_t)from, rows}};
    command.parcel.len = (uint32_t)len;
    command.parcel.data = oc_mailbox_parcel_alloc(mailbox, command.parcel.len);
    memcpy(command.parcel.data, file, len);
    int32_t number = oc_mailbox_post(mailbox, &command);
    oc_reply_t reply;
    for (int i = 0; oc_mailbox_take_reply(mailbox, &reply) != OC_OK; i++) {
        assert_true(i < TEST_WAIT_MS);
        usleep(1000);
    }
    assert_int_equal(reply.request, number);
    *count = 0;
    *more = reply.value[0] == 1;
    const char *text = (const char *)reply.parcel.data;
    for (uint32_t at = 0; reply.code == OC_OK && at < reply.parcel.len; at++) {
        assert_true(*count < FIELDS);
        numbers[(*count)++] = strtoull(text + at, NULL, 10);
        at += (uint32_t)strlen(text + at);
    }
    oc_mailbox_parcel_free(mailbox, &reply.parcel);
    return reply.code;
}

static void pages_are_the_table_of_the_recording(void **state) {
    uint64_t numbers[FIELDS];
    size_t count;
    bool more = true;
    oc_span_t rest = rig.key[0];
    oc_key_t key = {0};
    uint64_t from = 0;
    unsigned pages = 0;
    for (; more; pages++) {
        assert_int_equal(
            request(PATH, strlen(PATH), (uint32_t)from, 4, numbers, &count, &more), OC_OK);
        assert_true(numbers[0] > 100 && numbers[0] < 2000); /* the init segment */
        assert_int_equal(numbers[1], rig.file[0].len);     /* there is no sidx */
        assert_in_range(numbers[2], 29900, 30100);
        assert_int_equal(numbers[3], 0);
        assert_true(more ? count == 12 : count <= 12);
        for (size_t i = 4; i < count; i += 2) {
            assert_int_equal(oc_key_next(&rest, &key), OC_OK);
            assert_int_equal(numbers[i], key.ms);
            assert_int_equal(numbers[i + 1], key.offset);
            assert_true(key.offset >= numbers[0]);
        }
        from = key.offset + 1;
    }
    assert_int_equal(oc_key_next(&rest, &key), OC_END);
    assert_int_equal(pages, 4); /* 15 groups of 2 s */
}

static void what_cannot_be_read_is_refused(void **state) {
    static const char nul[] = "recordings/cam/x.mp4\0.mp4";
    uint64_t numbers[FIELDS];
    size_t count;
    bool more;
    struct {
        const char *file;
        size_t len;
        int rows, code;
    } cases[] = {
        {"recordings/cam/y.mp4", 20, 4, OC_ERR_NOENT}, {PATH, strlen(PATH), 0, OC_ERR_INVAL},
        {PATH, strlen(PATH), 201, OC_ERR_INVAL},       {PATH, strlen(PATH), -1, OC_ERR_INVAL},
        {nul, sizeof(nul) - 1, 4, OC_ERR_INVAL},       {"settings.json", 13, 4, OC_ERR_INVAL},
        {"rec", 3, 4, OC_ERR_INVAL},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(request(cases[i].file, cases[i].len, 0, cases[i].rows, numbers, &count,
                                 &more),
                         cases[i].code);
    assert_true(request("recordings/../settings.json", 27, 0, 4, numbers, &count, &more) < 0);
}

static void without_a_data_directory_there_is_none(void **state) {
    uint64_t numbers[FIELDS];
    size_t count;
    bool more;
    assert_true(oc_key_commands_stop(keys, oc_posix_now_us() + TEST_WAIT_US));
    assert_int_equal(oc_key_commands_start(&keys, -1, oc_media_thread_files(media),
                                           oc_media_thread_mailbox(media)),
                     OC_OK);
    assert_null(keys);
    assert_int_equal(request(PATH, strlen(PATH), 0, 4, numbers, &count, &more), OC_ERR_NOTSUP);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(pages_are_the_table_of_the_recording, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_cannot_be_read_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_a_data_directory_there_is_none, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
