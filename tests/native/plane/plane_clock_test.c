/* The wall clock of the plane: what is said when it is set, steps or is lost, and the times of
 * events that came before. */
#include "plane_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "oc_err.h"
#include "oc_plane_clock.h"
#include "oc_plane_impl.h"

#define UTC    (HOST_WALL_US - HOST_START_US)
#define HOUR   INT64_C(3600000000)
#define SECOND INT64_C(1000000)

static plane_host_t host;

static void begin(int64_t offset_us, oc_clock_quality_t quality) {
    host_init(&host);
    oc_clock_t reading = {offset_us, quality};
    oc_plane_clock(host.plane, &reading, host.now_us);
}

static void set(int64_t offset_us, oc_clock_quality_t quality) {
    oc_clock_t reading = {offset_us, quality};
    oc_plane_clock(host.plane, &reading, host.now_us);
    host_run(&host, 1000);
}

static void expect_event(const char *kind, unsigned count, const char *text) {
    const char *log;
    assert_int_equal(host_events(&host, kind, &log), count);
    if (count > 0 && !strstr(log, text))
        fail_msg("no %s in %s", text, log);
}

static void steps_are_notified(void **state) {
    begin(UTC, OC_CLOCK_NTP);
    expect_event("clock-set", 0, "");
    expect_event("clock-step", 0, "");
    set(UTC + HOUR, OC_CLOCK_NTP);
    expect_event("clock-step", 1, "|+3600.000 s: it is 20261121T035100");
    set(UTC + HOUR + 1900000, OC_CLOCK_NTP);
    expect_event("clock-step", 1, "");
    set(UTC, OC_CLOCK_RTC);
    expect_event("clock-step", 2, "|-3601.900 s: it is 20261121T025100");
    set(0, OC_CLOCK_NONE);
    set(0, OC_CLOCK_NONE);
    expect_event("clock-lost", 1, "the time from before is kept: 20261121T025100");
    host_end(&host);
}

/* Events carry monotonic time: what happened before the clock was set is dated by it afterwards,
 * and their order is that of their numbers whatever the clock does. */
static void earlier_events_are_dated_when_the_clock_is_set(void **state) {
    const char *log;
    host_init(&host);

    assert_int_equal(
        oc_plane_input(host.plane, OC_INPUT_DEVICE, OC_INPUT_MOTION, true, host.now_us), 0);
    host_run(&host, 1000000);
    host_events(&host, "motion", &log);
    assert_non_null(strstr(log, "|1795229460"));
    set(UTC + HOUR, OC_CLOCK_NTP);
    host_events(&host, "motion", &log);
    assert_non_null(strstr(log, "|1795233060"));
    long long last = 0;
    for (unsigned field = 0; log; field++, log = strchr(log, '|'), log = log ? log + 1 : NULL) {
        if (field % 8 != 1)
            continue;
        assert_true(atoll(log) >= last);
        last = atoll(log);
    }
    assert_true(last > 0);
    host_end(&host);
}

/* A host whose clock was never set, and a channel that records files of one second. */
static unsigned begin_unset(void) {
    host_init(&host);
    host.plane->watch.clock = (oc_clock_t){0, OC_CLOCK_NONE};
    unsigned channel = host_open(&host, "front", "fake:?gop=15&fps=30");
    oc_desired_recording_t config = host_recording("front");
    config.segment_ms = 1000;
    assert_int_equal(host_record_as(&host, channel, &config)->code, 0);
    return channel;
}

static oc_record_name_t name_of(unsigned channel, size_t file) {
    oc_record_name_t name;
    const char *path = strrchr(oc_sim_disk_path(host.disk[channel], file), '/') + 1;
    assert_int_equal(oc_record_name_parse(path, strlen(path), &name), 0);
    return name;
}

static unsigned monotonic_files(unsigned channel) {
    unsigned count = 0;
    for (size_t i = 0; i < oc_sim_disk_files(host.disk[channel]); i++)
        count += name_of(channel, i).monotonic;
    return count;
}

/* All files of this process get their dates, the open one too; then names are in the order of
 * writing, which host_check needs to find nothing missing. */
static void files_get_their_dates(void **state) {
    const char *log;
    unsigned channel = begin_unset();
    host_run(&host, 6 * SECOND + SECOND * 8 / 10); /* within a file */
    size_t files = oc_sim_disk_files(host.disk[channel]);
    assert_true(files >= 5);
    assert_int_equal(monotonic_files(channel), files);
    set(UTC, OC_CLOCK_NTP);
    host_run(&host, SECOND / 10);
    assert_int_equal(monotonic_files(channel), 0);
    assert_true(host_events(&host, "record-renamed", &log) >= files - 1);
    assert_non_null(strstr(log, "|was m00000000"));
    assert_non_null(strstr(log, "|was front_m00000000"));
    assert_int_equal(name_of(channel, 0).start_us / SECOND, HOST_WALL_US / SECOND);
    host_run(&host, 2 * SECOND);
    assert_int_equal(host_stop(&host, channel)->code, 0);
    host_found_t found = host_check(&host, channel);
    assert_int_equal(found.open_files, 0);
    assert_true(found.files > files);
    for (size_t i = 1; i < found.files; i++)
        assert_true(name_of(channel, i).start_us > name_of(channel, i - 1).start_us);
    host_end(&host);
}

/* Files that were there before this process are not its own: nobody knows their time. */
static void files_of_earlier_boots_are_left_alone(void **state) {
    static const char old[] = "recordings/front/front_m0000000050500_m0000000051500.mp4";
    unsigned channel = begin_unset();
    host_run(&host, 2 * SECOND);
    oc_sim_disk_put(host.disk[channel], old, oc_span("old", 3));
    set(UTC, OC_CLOCK_NTP);
    host_run(&host, SECOND);
    assert_int_equal(monotonic_files(channel), 1);
    assert_true(oc_sim_disk_find(host.disk[channel], old) >= 0);
    oc_file_op_t unlink = {.kind = OC_FILE_UNLINK};
    memcpy(unlink.path, old, sizeof old);
    assert_int_equal(oc_sim_disk_do(host.disk[channel], &unlink), 0);
    host_end(&host);
}

/* Taken names are stepped over, deleted files forgotten, a disk that fails is told. */
static void what_can_go_wrong(void **state) {
    const char *log;
    unsigned channel = begin_unset();
    host_run(&host, 5 * SECOND);
    oc_record_name_t first = name_of(channel, 0);
    char path[OC_FILE_PATH_MAX];
    first.monotonic = false;
    first.start_us += UTC;
    first.end_us += UTC;
    assert_int_equal(oc_record_name_path(&first, "recordings/front", path, sizeof path), 0);
    oc_sim_disk_put(host.disk[channel], path, oc_span("mine", 4));
    oc_file_op_t unlink = {.kind = OC_FILE_UNLINK};
    strcpy(unlink.path, oc_sim_disk_path(host.disk[channel], 2)); /* behind the one with a date */
    assert_int_equal(oc_sim_disk_do(host.disk[channel], &unlink), 0);
    host.queue_limit = 1; /* the queue is full now and then */
    set(UTC, OC_CLOCK_NTP);
    host_run(&host, 2 * SECOND);
    assert_int_equal(monotonic_files(channel), 0);
    assert_int_equal(oc_sim_disk_bytes(host.disk[channel], 0).len, 4);
    assert_int_equal(name_of(channel, 1).start_us, first.start_us);
    assert_int_equal(name_of(channel, 1).end_us, first.end_us + 1000);
    host_events(&host, "record-renamed", &log);
    assert_null(strstr(log, "it keeps its monotonic name"));
    strcpy(unlink.path, path);
    assert_int_equal(oc_sim_disk_do(host.disk[channel], &unlink), 0);
    host_end(&host);

    channel = begin_unset();
    host_run(&host, 3 * SECOND);
    oc_sim_disk_faults(host.disk[channel])->code[OC_FILE_RENAME] = OC_ERR_IO;
    set(UTC, OC_CLOCK_NTP);
    host_run(&host, SECOND / 5);
    oc_sim_disk_faults(host.disk[channel])->code[OC_FILE_RENAME] = 0;
    assert_true(monotonic_files(channel) > 0);
    assert_true(host_events(&host, "record-renamed", &log) >= 1);
    assert_non_null(strstr(log, "it keeps its monotonic name"));
    host_end(&host);
}

/* More files than are remembered: the oldest keep their names, which is told. */
static void more_than_are_remembered(void **state) {
    const char *log;
    unsigned channel = begin_unset();
    host_run(&host, 5 * SECOND + SECOND * 8 / 10); /* within a file */
    size_t closed = oc_sim_disk_files(host.disk[channel]) - 1;
    assert_true(closed >= 3);
    for (unsigned i = 0; i < OC_PLANE_NAMES - 2; i++) { /* these are not on the disk any more */
        oc_out_file_info_t info = {.event = OC_OUT_FILE_CLOSED};
        snprintf(info.path, sizeof info.path, "recordings/front/x_m%013u_m%013u.mp4", i, i + 1);
        oc_plane_names_add(host.plane, channel, &info);
    }
    set(UTC, OC_CLOCK_NTP);
    host_run(&host, SECOND / 2);
    assert_int_equal(monotonic_files(channel), closed - 2);
    host_events(&host, "record-renamed", &log);
    char text[64];
    snprintf(text, sizeof text, "%zu older recordings keep their monotonic names", closed - 2);
    assert_non_null(strstr(log, text));
    host_end(&host);
}

/* A file that finds the table full while the oldest is being renamed does not take its place. */
static void no_room_while_one_is_renamed(void **state) {
    const char *log;
    unsigned channel = begin_unset();
    host_run(&host, 3 * SECOND + SECOND * 8 / 10); /* within a file */
    oc_out_file_info_t info = {.event = OC_OUT_FILE_CLOSED};
    for (unsigned i = 0; i < OC_PLANE_NAMES; i++) { /* the last ones are not on the disk */
        snprintf(info.path, sizeof info.path, "recordings/front/x_m%013u_m%013u.mp4", i, i + 1);
        if (host.plane->names.len < OC_PLANE_NAMES)
            oc_plane_names_add(host.plane, channel, &info);
    }
    oc_sim_disk_faults(host.disk[channel])->delay_us[OC_FILE_RENAME] = SECOND / 10;
    set(UTC, OC_CLOCK_NTP);
    host_run(&host, SECOND / 20); /* the first rename is under way */
    oc_plane_names_add(host.plane, channel, &info);
    oc_sim_disk_faults(host.disk[channel])->delay_us[OC_FILE_RENAME] = 0;
    host_run(&host, SECOND);
    assert_int_equal(monotonic_files(channel), 0); /* every file on the disk has its date */
    host_events(&host, "record-renamed", &log);
    assert_non_null(strstr(log, "1 older recordings keep their monotonic names"));
    host_end(&host);
}

/* The end of the program comes while a file is being renamed: it waits for that one. */
static void an_end_in_between(void **state) {
    unsigned channel = begin_unset();
    host_run(&host, 5 * SECOND);
    oc_sim_disk_faults(host.disk[channel])->delay_us[OC_FILE_RENAME] = SECOND;
    set(UTC, OC_CLOCK_NTP);
    host_end(&host); /* fails when the plane is not idle, or an operation comes too late */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_are_notified),
        cmocka_unit_test(files_get_their_dates),
        cmocka_unit_test(files_of_earlier_boots_are_left_alone),
        cmocka_unit_test(what_can_go_wrong),
        cmocka_unit_test(more_than_are_remembered),
        cmocka_unit_test(no_room_while_one_is_renamed),
        cmocka_unit_test(an_end_in_between),
        cmocka_unit_test(earlier_events_are_dated_when_the_clock_is_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
