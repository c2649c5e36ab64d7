/* What shall run, over the end of a process: the file, its times, and the thread that writes it.
 * Built a second time with the thread sanitizer. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "oc_desired_store.h"
#include "oc_log.h"
#include "oc_media_thread.h"
#include "oc_posix.h"
#include "oc_settings_file.h"
#include "test_folder.h"
#include "test_letter.h"
#include "test_wait.h"

#define NEVER  INT64_MAX
#define MINUTE (60 * INT64_C(1000000))
#define WALL   (INT64_C(1795229460) * 1000000)
#define NOW_US (INT64_C(500) * 1000000) /* of the process that reads */

static _Alignas(8) uint8_t file[OC_DESIRED_FILE_MAX + 1];
static test_letter_t letter;

static oc_desired_kept_t kept_of(oc_plane_hours_t hours) {
    const oc_channel_config_t config = {.name = "one", .url = "fake:?fps=60&gop=30"};
    memset(&letter, 0, sizeof(letter));
    test_letter_add(&letter, &config);
    return (oc_desired_kept_t){.causes = {7},
                               .wall_us = WALL,
                               .hours = hours,
                               .letter = &letter,
                               .bytes = test_letter_bytes(&letter)};
}

static const oc_plane_hours_t no_hours = {false, NEVER};

/* ---- the file ---- */

static void what_is_packed_is_parsed(void **state) {
    const oc_desired_kept_t kept = kept_of((oc_plane_hours_t){true, 5});
    size_t bytes = oc_desired_file_pack(&kept, file);
    oc_desired_kept_t found;
    assert_int_equal(bytes, OC_DESIRED_FILE_HEAD + kept.bytes);
    assert_int_equal(oc_desired_file_parse(file, bytes, &found), OC_OK);
    assert_memory_equal(found.causes, kept.causes, sizeof(found.causes));
    assert_int_equal(found.wall_us, WALL);
    assert_true(found.hours.hold);
    assert_int_equal(found.hours.begins_us, 5);
    assert_int_equal(found.bytes, kept.bytes);
    assert_memory_equal(found.letter, &letter, kept.bytes);
}

/* Each byte and each length: no list, rather than another one. */
static void damage_is_found(void **state) {
    const oc_desired_kept_t kept = kept_of(no_hours);
    size_t bytes = oc_desired_file_pack(&kept, file);
    oc_desired_kept_t found;
    for (size_t i = 0; i < bytes; i++) {
        file[i] ^= 0x10;
        assert_int_equal(oc_desired_file_parse(file, bytes, &found), OC_ERR_FORMAT);
        file[i] ^= 0x10;
    }
    for (size_t len = 0; len < bytes; len++)
        assert_int_equal(oc_desired_file_parse(file, len, &found), OC_ERR_FORMAT);
    assert_int_equal(oc_desired_file_parse(file, sizeof(file), &found), OC_ERR_FORMAT);
    assert_int_equal(oc_desired_file_parse(file, bytes, &found), OC_OK);
}

/* A right checksum makes no list of something else. */
static void lengths_are_those_of_a_list(void **state) {
    oc_desired_kept_t kept = kept_of(no_hours), found;
    for (uint32_t count = 0; count < 3; count++) {
        letter.head.count = count;
        size_t bytes = oc_desired_file_pack(&kept, file);
        assert_int_equal(oc_desired_file_parse(file, bytes, &found),
                         count == 1 ? OC_OK : OC_ERR_FORMAT);
    }
}

/* ---- times ---- */

static void set_until(int64_t ms) {
    letter.entry[0].until_lo = (uint32_t)ms;
    letter.entry[0].until_hi = (uint32_t)((uint64_t)ms >> 32);
}

static int64_t until_ms(void) {
    return (int64_t)((uint64_t)letter.entry[0].until_hi << 32 | letter.entry[0].until_lo);
}

static oc_clock_t clock_after(int64_t us) {
    return (oc_clock_t){.wall_minus_mono_us = WALL + us - NOW_US, .quality = OC_CLOCK_RTC};
}

/* A recording that had a minute left when it was kept. */
static int64_t resumed_until(int64_t wall_us, oc_clock_t clock) {
    oc_desired_kept_t kept = kept_of(no_hours);
    kept.wall_us = wall_us;
    set_until(60000);
    oc_desired_file_resume(&kept, &clock, NOW_US);
    return until_ms() - NOW_US / 1000;
}

static void ends_pass_while_nothing_runs(void **state) {
    const oc_clock_t unset = {.quality = OC_CLOCK_NONE};
    assert_int_equal(resumed_until(WALL, clock_after(0)), 60000);
    assert_int_equal(resumed_until(WALL, clock_after(MINUTE / 2)), 30000);
    assert_true(resumed_until(WALL, clock_after(MINUTE)) <= 0);
    assert_true(resumed_until(WALL, clock_after(1000000 * MINUTE)) <= 0);
    /* nobody knows how much has passed: never more than was left */
    assert_int_equal(resumed_until(WALL, clock_after(-1000 * MINUTE)), 60000);
    assert_int_equal(resumed_until(WALL, unset), 60000);
    assert_int_equal(resumed_until(0, clock_after(MINUTE)), 60000);
}

static void an_end_that_is_over_stays_one(void **state) {
    kept_of(no_hours);
    set_until(1000);
    oc_desired_file_move(&letter, -5000);
    assert_int_equal(until_ms(), 1);
    set_until(0); /* none */
    oc_desired_file_move(&letter, 5000);
    assert_int_equal(until_ms(), 0);
    set_until(INT64_MAX);
    oc_desired_file_move(&letter, 5000);
    assert_int_equal(until_ms(), INT64_MAX);
}

static oc_plane_hours_t resumed_hours(oc_plane_hours_t hours, oc_clock_t clock) {
    oc_desired_kept_t kept = kept_of(hours);
    oc_desired_file_resume(&kept, &clock, NOW_US);
    return kept.hours;
}

static void hours_begin_while_nothing_runs(void **state) {
    const oc_plane_hours_t in_a_minute = {false, MINUTE};
    const oc_clock_t unset = {.quality = OC_CLOCK_NONE};
    oc_plane_hours_t soon = resumed_hours(in_a_minute, clock_after(MINUTE / 3));
    assert_false(soon.hold);
    assert_int_equal(soon.begins_us, NOW_US + MINUTE - MINUTE / 3);
    assert_true(resumed_hours(in_a_minute, clock_after(MINUTE)).hold);
    assert_true(resumed_hours(in_a_minute, clock_after(1000 * MINUTE)).hold);
    assert_true(resumed_hours(in_a_minute, unset).hold); /* nobody knows, so nobody looks */
    assert_true(resumed_hours(in_a_minute, clock_after(-1000 * MINUTE)).hold);
    assert_true(resumed_hours((oc_plane_hours_t){true, NEVER}, clock_after(1000 * MINUTE)).hold);
    assert_false(resumed_hours(no_hours, unset).hold);
}

/* ---- the threads ---- */

typedef struct rig {
    char path[64];
    int root;
    oc_media_thread_t *media;
    oc_desired_store_t store;
    _Atomic bool turns;
} rig_t;

static const uint8_t base[OC_CRYPTO_HASH] = {1}, other_base[OC_CRYPTO_HASH] = {2};

static int set_up(void **state) {
    rig_t *rig = calloc(1, sizeof(*rig));
    rig->root = test_folder_make(rig->path);
    *state = rig;
    return rig->root < 0;
}

static void stop(rig_t *rig) {
    if (rig->media)
        assert_true(oc_media_thread_stop(rig->media, oc_posix_now_us() + TEST_WAIT_US));
    oc_desired_store_end(&rig->store);
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

static void ignore(void *context) {}

static void refuse(void *context, const oc_command_t *command) {}

static int64_t advanced(void *context, int64_t now_us) {
    rig_t *rig = context;
    if (!atomic_load(&rig->turns))
        return INT64_MAX;
    oc_desired_store_turn(&rig->store, now_us);
    return now_us + 20000;
}

/* A process; its options are those of `options`. */
static void start(rig_t *rig, const uint8_t *options) {
    const oc_media_thread_config_t config = {.root = rig->root,
                                             .wake_script = ignore,
                                             .host_command = refuse,
                                             .advanced = advanced,
                                             .context = rig};
    atomic_store(&rig->turns, false);
    assert_int_equal(oc_media_thread_start(&rig->media, &config), OC_OK);
    assert_int_equal(oc_desired_store_start(&rig->store, rig->media, rig->root, options), OC_OK);
    atomic_store(&rig->turns, true);
    oc_media_thread_wake(rig->media);
}

static void nap(void) {
    nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
}

static void say(rig_t *rig, oc_command_t command, const void *record, size_t len) {
    oc_mailbox_t *box = oc_media_thread_mailbox(rig->media);
    oc_reply_t reply = {0};
    command.parcel = (oc_parcel_t){oc_mailbox_parcel_alloc(box, (uint32_t)len), (uint32_t)len};
    memcpy(command.parcel.data, record, len);
    (void)oc_mailbox_new_generation(box);
    int64_t until = oc_posix_now_us() + TEST_WAIT_US;
    assert_true(oc_mailbox_post(box, &command) > 0);
    while (oc_mailbox_take_reply(box, &reply) != OC_OK) {
        assert_true(oc_posix_now_us() < until);
        nap();
    }
    assert_int_equal(reply.code, OC_OK);
    oc_mailbox_parcel_free(box, &reply.parcel);
}

static void want(rig_t *rig, const char *name) {
    oc_channel_config_t config = {.url = "fake:?fps=60&gop=30", .ring_ms = 3000};
    snprintf(config.name, sizeof(config.name), "%s", name);
    memset(&letter, 0, sizeof(letter));
    test_letter_add(&letter, &config);
    say(rig, test_letter_command(&letter), &letter, test_letter_bytes(&letter));
}

/* Another file than this one; its inode. */
static ino_t wait_for_file(rig_t *rig, ino_t before) {
    struct stat about = {.st_ino = before};
    for (int64_t until = oc_posix_now_us() + TEST_WAIT_US; about.st_ino == before; nap()) {
        assert_true(oc_posix_now_us() < until);
        (void)fstatat(rig->root, OC_DESIRED_FILE, &about, 0);
    }
    assert_int_equal(about.st_mode & 07777, 0600);
    return about.st_ino;
}

static bool runs(rig_t *rig, const char *name) {
    int code;
    return test_letter_tried(oc_media_thread_plane(rig->media), name, 1, &code, NULL) &&
           code == OC_OK;
}

static void wait_until_it_runs(rig_t *rig, const char *name) {
    for (int64_t until = oc_posix_now_us() + TEST_WAIT_US; !runs(rig, name); nap())
        assert_true(oc_posix_now_us() < until);
}

static void the_next_process_begins_with_it(void **state) {
    rig_t *rig = *state;
    start(rig, base);
    want(rig, "one");
    ino_t first = wait_for_file(rig, 0);
    want(rig, "two");
    wait_for_file(rig, first);
    stop(rig);
    start(rig, base);
    wait_until_it_runs(rig, "two"); /* nobody has asked for it */
    assert_false(runs(rig, "one"));
}

static void begins_with_nothing(rig_t *rig, const uint8_t *options) {
    start(rig, options);
    stop(rig);
    assert_false(rig->store.resumed);
}

/* Of another command line, or other settings: nothing. */
static void only_what_belongs_to_the_start(void **state) {
    rig_t *rig = *state;
    assert_int_equal(oc_settings_write(rig->root, "{}", 2, OC_SETTINGS_BY_PERSON), OC_OK);
    start(rig, base);
    want(rig, "one");
    wait_for_file(rig, 0);
    stop(rig);
    begins_with_nothing(rig, other_base);
    test_folder_write(rig->root, "settings.json", "{ }");
    begins_with_nothing(rig, base);
    assert_int_equal(unlinkat(rig->root, "settings.json", 0), 0);
    begins_with_nothing(rig, base);
    test_folder_write(rig->root, "settings.json", "{}");
    start(rig, base);
    wait_until_it_runs(rig, "one");
}

/* The settings have changed, and what shall run has not: it is theirs from then on. */
static void it_follows_the_settings(void **state) {
    rig_t *rig = *state;
    start(rig, base);
    want(rig, "one");
    ino_t before = wait_for_file(rig, 0);
    assert_int_equal(oc_settings_write(rig->root, "{\"a\":1}", 7, OC_SETTINGS_BY_PERSON), OC_OK);
    wait_for_file(rig, before);
    stop(rig);
    start(rig, base);
    wait_until_it_runs(rig, "one");
}

static void hours_are_kept_with_it(void **state) {
    rig_t *rig = *state;
    start(rig, base);
    want(rig, "one");
    ino_t before = wait_for_file(rig, 0);
    const oc_command_t hold = {
        .kind = OC_COMMAND_PRIVACY, .object = OC_PRIVACY_SCHEDULE, .arg = {OC_PRIVACY_SCHEDULE, 0}};
    say(rig, hold, "", 0);
    wait_for_file(rig, before);
    stop(rig);
    start(rig, base);
    for (int64_t until = oc_posix_now_us() + TEST_WAIT_US;
         oc_plane_privacy(oc_media_thread_plane(rig->media)) != OC_PRIVACY_SCHEDULE; nap())
        assert_true(oc_posix_now_us() < until);
    assert_false(runs(rig, "one"));
}

static _Atomic unsigned complaints;

static void on_line(void *context, oc_log_level_t level, const char *room, const char *line) {
    if (strstr(line, OC_DESIRED_FILE))
        atomic_fetch_add(&complaints, 1);
}

static void what_is_damaged_is_said_and_left(void **state) {
    rig_t *rig = *state;
    oc_log_set(on_line, NULL, OC_LOG_WARN);
    test_folder_write(rig->root, OC_DESIRED_FILE, "no list");
    start(rig, base);
    assert_int_equal(atomic_exchange(&complaints, 0), 1);
    want(rig, "one");
    for (int64_t until = oc_posix_now_us() + TEST_WAIT_US;
         test_folder_size(rig->root, OC_DESIRED_FILE) < 100; nap())
        assert_true(oc_posix_now_us() < until);
    stop(rig);
    oc_log_set(NULL, NULL, OC_LOG_WARN);
}

static void a_full_disk_is_said_and_stops_nothing(void **state) {
    rig_t *rig = *state;
    struct rlimit before, none;
    oc_log_set(on_line, NULL, OC_LOG_WARN);
    start(rig, base);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    none = before;
    none.rlim_cur = 0;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
    want(rig, "one");
    for (int64_t until = oc_posix_now_us() + TEST_WAIT_US; atomic_load(&complaints) == 0; nap())
        if (oc_posix_now_us() > until)
            break;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(atomic_exchange(&complaints, 0), 1);
    assert_true(runs(rig, "one"));
    assert_int_equal(test_folder_size(rig->root, OC_DESIRED_FILE), -1);
    stop(rig);
    oc_log_set(NULL, NULL, OC_LOG_WARN);
}

int main(void) {
#define WITH_RIG(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_packed_is_parsed),
        cmocka_unit_test(damage_is_found),
        cmocka_unit_test(lengths_are_those_of_a_list),
        cmocka_unit_test(ends_pass_while_nothing_runs),
        cmocka_unit_test(an_end_that_is_over_stays_one),
        cmocka_unit_test(hours_begin_while_nothing_runs),
        WITH_RIG(the_next_process_begins_with_it),
        WITH_RIG(only_what_belongs_to_the_start),
        WITH_RIG(it_follows_the_settings),
        WITH_RIG(hours_are_kept_with_it),
        WITH_RIG(what_is_damaged_is_said_and_left),
        WITH_RIG(a_full_disk_is_said_and_stops_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
