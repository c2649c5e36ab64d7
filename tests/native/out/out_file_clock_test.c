/* Names of recordings while the wall clock is set, steps, or is not there: unique, never over
 * another file, in the order of writing; content is never touched. [E9] */
#include "cmocka_first.h"
#include "record_rig.h"

#include <stdio.h>
#include <string.h>
#include "oc_err.h"
#include "record_list.h"

#define SECOND INT64_C(1000000)
#define HOUR   (3600 * SECOND)
#define UTC    (RIG_WALL_US - RIG_START_US)

static rig_t rig;

/* Files of 2 s. */
static void begin(int64_t offset_us, oc_clock_quality_t quality) {
    oc_out_file_config_t config = record_rig_config();
    config.segment_ms = 2000;
    record_rig_open(&rig, &rig_default_source, 6000, 11);
    rig.clock = (oc_clock_t){offset_us, quality};
    record_rig_record(&rig, &config);
}

static void set(int64_t offset_us) {
    rig.clock = (oc_clock_t){offset_us, OC_CLOCK_NTP};
}

static oc_record_name_t name_of(size_t file) {
    oc_record_name_t name;
    const char *path = strrchr(oc_sim_disk_path(rig.disk, file), '/') + 1;
    assert_int_equal(oc_record_name_parse(path, strlen(path), &name), OC_OK);
    return name;
}

/* record_rig_check reads the files by name: nothing is missing between them when names are in the
 * order in which they were written. The listing of the API has the same order, page by page. */
static void end_in_order(size_t files) {
    rig_found_t found;
    oc_record_entry_t page[2];
    oc_record_query_t query = {0};
    size_t listed = 0;
    record_rig_stop(&rig);
    record_rig_check(&rig, &found);
    assert_int_equal(found.files, files);
    assert_int_equal(found.open_files, 0);
    assert_int_equal(found.missing[0] + found.missing[1] + found.doubled, 0);
    assert_int_equal(found.samples[0] + found.samples[1], rig.log_len);
    for (bool more = true; more; query.has_after = true) {
        oc_record_list_t list;
        oc_record_list_init(&list, &query, page, 2);
        for (size_t i = 0; i < files; i++) {
            const char *path = strrchr(oc_sim_disk_path(rig.disk, i), '/') + 1;
            assert_true(oc_record_list_add(&list, path, strlen(path), 1) >= 0);
        }
        for (size_t i = 0; i < list.len; i++, listed++) {
            oc_record_name_t name = name_of(listed);
            assert_int_equal(oc_record_list_compare(&page[i].record, &name), 0);
        }
        more = oc_record_list_more(&list);
        query.after = page[list.len - 1].record;
    }
    assert_int_equal(listed, files);
    record_rig_close(&rig);
}

/* The open file gets the date of its first packet as soon as there is one. */
static void the_open_file_is_renamed_at_once(void **state) {
    begin(0, OC_CLOCK_NONE);
    record_rig_run(&rig, SECOND);
    assert_string_equal(oc_sim_disk_path(rig.disk, 0), RIG_FOLDER "/cam1_m0000000050000_open.mp4");
    assert_int_equal(rig.events[OC_OUT_FILE_OPENED], 1);
    set(UTC);
    record_rig_run(&rig, SECOND / 10);
    assert_string_equal(oc_sim_disk_path(rig.disk, 0),
                        RIG_FOLDER "/cam1_20261121T025100.000Z_open.mp4");
    assert_int_equal(rig.events[OC_OUT_FILE_RENAMED], 1);
    assert_string_equal(rig.last[OC_OUT_FILE_RENAMED].path, oc_sim_disk_path(rig.disk, 0));
    assert_int_equal(rig.last[OC_OUT_FILE_RENAMED].was_us, RIG_START_US);
    record_rig_run(&rig, 4 * SECOND);
    assert_int_equal(rig.events[OC_OUT_FILE_RENAMED], 1);
    assert_int_equal(name_of(0).start_us, RIG_WALL_US);
    end_in_order(3);
}

/* The clock is set while the first file is being made: it is opened first, then gets its date. */
static void set_before_the_first_sync(void **state) {
    begin(0, OC_CLOCK_NONE);
    oc_sim_disk_faults(rig.disk)->delay_us[OC_FILE_CREATE] = SECOND / 2;
    record_rig_run(&rig, SECOND * 7 / 10);
    set(UTC);
    record_rig_run(&rig, 2 * SECOND);
    assert_int_equal(rig.events[OC_OUT_FILE_OPENED], 1);
    assert_int_equal(rig.events[OC_OUT_FILE_RENAMED], 1);
    assert_int_equal(name_of(0).start_us, RIG_WALL_US);
    end_in_order(2);
}

/* Somebody has that name already: one millisecond later, and nothing is overwritten. */
static void a_date_that_is_taken(void **state) {
    static const char taken[] = RIG_FOLDER "/cam1_20261121T025100.000Z_open.mp4";
    begin(0, OC_CLOCK_NONE);
    record_rig_run(&rig, SECOND);
    oc_sim_disk_put(rig.disk, taken, oc_span("mine", 4));
    set(UTC);
    record_rig_run(&rig, SECOND / 2);
    assert_int_equal(oc_sim_disk_files(rig.disk), 2);
    assert_string_equal(oc_sim_disk_path(rig.disk, 1),
                        RIG_FOLDER "/cam1_20261121T025100.001Z_open.mp4");
    oc_file_op_t unlink = {.kind = OC_FILE_UNLINK};
    assert_int_equal(oc_sim_disk_bytes(rig.disk, 0).len, 4);
    memcpy(unlink.path, taken, sizeof taken);
    assert_int_equal(oc_sim_disk_do(rig.disk, &unlink), OC_OK);
    end_in_order(1);
}

/* A rename that fails changes nothing: the file gets its date when it is closed. */
static void a_rename_that_fails(void **state) {
    begin(0, OC_CLOCK_NONE);
    record_rig_run(&rig, SECOND);
    oc_sim_disk_faults(rig.disk)->code[OC_FILE_RENAME] = OC_ERR_IO;
    set(UTC);
    record_rig_run(&rig, SECOND / 2);
    assert_int_equal(name_of(0).monotonic, true);
    assert_int_equal(rig.events[OC_OUT_FILE_FAILED] + rig.events[OC_OUT_FILE_RENAMED], 0);
    oc_sim_disk_faults(rig.disk)->code[OC_FILE_RENAME] = 0;
    record_rig_run(&rig, 3 * SECOND);
    assert_int_equal(name_of(0).start_us, RIG_WALL_US);
    end_in_order(3);
}

/* Writing fails while the file is being renamed, at any distance from it. */
static void a_failure_beside_the_rename(void **state) {
    for (int64_t late = 0; late <= 300000; late += 20000) {
        begin(0, OC_CLOCK_NONE);
        oc_sim_disk_faults_t *faults = oc_sim_disk_faults(rig.disk);
        faults->delay_us[OC_FILE_RENAME] = 100000;
        faults->delay_us[OC_FILE_WRITE] = 40000;
        record_rig_run(&rig, SECOND);
        set(UTC);
        record_rig_run(&rig, late + 1);
        faults->code[OC_FILE_WRITE] = OC_ERR_IO;
        record_rig_run(&rig, SECOND);
        faults->code[OC_FILE_WRITE] = 0;
        record_rig_run(&rig, 6 * SECOND);
        record_rig_stop(&rig);
        rig_found_t found;
        record_rig_check(&rig, &found);
        assert_int_equal(found.open_files, 0);
        assert_int_equal(found.doubled, 0);
        for (size_t i = 0; i < found.files; i++)
            assert_false(name_of(i).monotonic);
        record_rig_close(&rig);
    }
}

/* Back by an hour and forth again: starts only grow, the clock's time holds again once it is past
 * the last name; the file that was open has the new time, as far as the order lets it. */
static void steps_of_an_hour(void **state) {
    begin(UTC, OC_CLOCK_NTP);
    record_rig_run(&rig, 5 * SECOND); /* 00, 02; 04 is open */
    set(UTC - HOUR);
    record_rig_run(&rig, 4 * SECOND);
    set(UTC + HOUR);
    record_rig_run(&rig, 4 * SECOND);
    record_rig_stop(&rig);
    assert_int_equal(name_of(0).start_us, RIG_WALL_US);
    assert_int_equal(name_of(1).start_us, RIG_WALL_US + 2 * SECOND);
    assert_int_equal(name_of(2).start_us, RIG_WALL_US + 2 * SECOND + 1000);
    assert_int_equal(name_of(3).start_us, RIG_WALL_US + 2 * SECOND + 2000);
    assert_int_equal(name_of(4).start_us, RIG_WALL_US + 8 * SECOND + HOUR); /* open at the step */
    assert_int_equal(name_of(5).start_us, RIG_WALL_US + 10 * SECOND + HOUR);
    end_in_order(7);
}

/* A battery clock that was years ahead: two hours are made up for, not years. */
static void a_step_of_years(void **state) {
    begin(UTC + 4 * 365 * 24 * HOUR, OC_CLOCK_RTC);
    record_rig_run(&rig, 5 * SECOND);
    set(UTC);
    record_rig_run(&rig, 4 * SECOND);
    record_rig_stop(&rig);
    assert_int_equal(name_of(0).start_us, RIG_WALL_US + 4 * SECOND); /* open at the step */
    assert_int_equal(name_of(1).start_us, RIG_WALL_US + 6 * SECOND);
    assert_int_equal(name_of(2).start_us, RIG_WALL_US + 8 * SECOND);
    assert_int_equal(name_of(3).start_us, RIG_WALL_US + 4 * 365 * 24 * HOUR);
    record_rig_close(&rig);

    begin(UTC + 2 * HOUR + SECOND, OC_CLOCK_RTC);
    record_rig_run(&rig, 3 * SECOND);
    set(UTC);
    record_rig_run(&rig, 4 * SECOND);
    end_in_order(4);
}

/* One long file whose clock was an hour fast: it is closed under its true time. */
static void the_first_file_has_no_order_to_keep(void **state) {
    oc_out_file_config_t config = record_rig_config();
    record_rig_open(&rig, &rig_default_source, 6000, 12);
    rig.clock = (oc_clock_t){UTC + HOUR, OC_CLOCK_RTC};
    record_rig_record(&rig, &config);
    record_rig_run(&rig, 3 * SECOND);
    set(UTC);
    record_rig_run(&rig, 3 * SECOND);
    record_rig_stop(&rig);
    assert_int_equal(name_of(0).start_us, RIG_WALL_US);
    assert_int_equal(name_of(0).end_us / SECOND, (RIG_WALL_US + 6 * SECOND) / SECOND);
    end_in_order(1);
}

/* Drift and slewing, up to 2 s, leave the start of an open file as it is. */
static void drift_renames_nothing(void **state) {
    begin(UTC, OC_CLOCK_NTP);
    record_rig_run(&rig, SECOND);
    set(UTC + 1500000);
    record_rig_run(&rig, 2 * SECOND);
    assert_int_equal(name_of(0).start_us, RIG_WALL_US);
    end_in_order(2);
}

/* Not set, then an hour fast, then right, at every tenth of a file: monotonic files stand behind
 * the others (the plane renames them), those with dates are in order. */
static void set_and_stepped_at_any_time(void **state) {
    for (int tenth = 0; tenth < 40; tenth++) {
        begin(0, OC_CLOCK_NONE);
        record_rig_run(&rig, 3 * SECOND + tenth * SECOND / 10);
        set(UTC + HOUR);
        record_rig_run(&rig, SECOND + tenth % 7 * SECOND / 4);
        set(UTC);
        record_rig_run(&rig, 5 * SECOND);
        record_rig_stop(&rig);
        rig_found_t found;
        record_rig_check(&rig, &found);
        assert_int_equal(found.samples[0] + found.samples[1], rig.log_len);
        int64_t before = 0;
        for (size_t i = 0; i < found.files; i++) {
            if (name_of(i).monotonic)
                continue;
            assert_true(name_of(i).start_us > before);
            before = name_of(i).start_us;
        }
        record_rig_close(&rig);
    }
}

/* Near the ends of what a name can hold, and where 32 bits of seconds end. */
static void clocks_at_the_ends(void **state) {
    static const struct {
        int64_t wall_us;
        const char *text;
    } ends[] = {{INT64_C(2147483647) * SECOND, "20380119T031407.000Z"},
                {INT64_C(4294967295) * SECOND, "21060207T062815.000Z"},
                {INT64_C(253402300798) * SECOND, "99991231T235958.000Z"},
                {OC_CLOCK_FIRST_S * SECOND, "20240101T000000.000Z"}};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        begin(ends[i].wall_us - RIG_START_US, OC_CLOCK_RTC);
        record_rig_run(&rig, SECOND);
        assert_non_null(strstr(oc_sim_disk_path(rig.disk, 0), ends[i].text));
        end_in_order(1);
    }
}

/* The power goes while the open file is being renamed: one whole file, under one of its names. */
static void power_cuts_around_the_rename(void **state) {
    unsigned dated = 0, undated = 0;
    for (int i = 0; i < 60 / OC_TEST_DIVISOR; i++) {
        oc_out_file_config_t config = record_rig_config();
        rig_found_t found;
        record_rig_open(&rig, &rig_default_source, 6000, (uint64_t)i + 100);
        oc_sim_disk_faults(rig.disk)->delay_us[OC_FILE_RENAME] = 60000;
        oc_sim_disk_faults(rig.disk)->delay_us[OC_FILE_SYNC] = 30000;
        rig.clock = (oc_clock_t){0, OC_CLOCK_NONE};
        record_rig_record(&rig, &config);
        record_rig_run(&rig, 2 * SECOND);
        set(UTC);
        record_rig_run(&rig, i * 5000 % 150000 + 1000);
        oc_sim_disk_power_cut(rig.disk);
        record_rig_recover(&rig);
        record_rig_check(&rig, &found);
        assert_int_equal(found.files, 1);
        assert_int_equal(found.open_files + found.doubled, 0);
        assert_true(found.samples[0] > 30);
        dated += !name_of(0).monotonic;
        undated += name_of(0).monotonic;
        record_rig_close(&rig);
    }
    assert_true(dated > 0 && undated > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_open_file_is_renamed_at_once),
        cmocka_unit_test(set_before_the_first_sync),
        cmocka_unit_test(a_date_that_is_taken),
        cmocka_unit_test(a_rename_that_fails),
        cmocka_unit_test(a_failure_beside_the_rename),
        cmocka_unit_test(steps_of_an_hour),
        cmocka_unit_test(a_step_of_years),
        cmocka_unit_test(the_first_file_has_no_order_to_keep),
        cmocka_unit_test(drift_renames_nothing),
        cmocka_unit_test(set_and_stepped_at_any_time),
        cmocka_unit_test(clocks_at_the_ends),
        cmocka_unit_test(power_cuts_around_the_rename),
    };
    return cmocka_run_group_tests_name("out_file_clock", tests, NULL, NULL);
}
