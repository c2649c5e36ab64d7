/* Old events are forgotten by the bounds, protected ones never; no number is given again, and files
 * and rows agree, whatever is lost in between. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "index_db_rig.h"
#include "oc_err.h"
#include "oc_index_events.h"
#include "oc_index_prune.h"

#define T0     INT64_C(1795219200000) /* 2026-11-21 */
#define DAY_MS INT64_C(86400000)
#define NONE   INT64_MIN

/* The process starts, without its database or with the one that a copy was made of. */
static void again(rig_t *rig, bool lost) {
    oc_index_db_close(&rig->db);
    if (lost)
        assert_int_equal(unlinkat(rig->root, OC_INDEX_FILE, 0), 0);
    assert_int_equal(oc_index_db_open(&rig->db, rig->root), OC_OK);
}

static uint32_t add(rig_t *rig, int64_t start_ms, bool over) {
    uint32_t id = 0;
    char channel[16];
    snprintf(channel, sizeof(channel), "c%d", rand());
    oc_event_begin_t event = {.start_ms = start_ms,
                              .end_ms = over ? start_ms + 9 : -1,
                              .mask = 1,
                              .kind = "motion",
                              .channel = channel,
                              .data = "{\"score\":17}",
                              .raised = true};
    assert_int_equal(oc_index_events_begin(&rig->db, &event, &id), OC_OK);
    return id;
}

/* All events, fields with '|' behind each. */
static const char *all(rig_t *rig) {
    static char text[OC_PAGE_BYTES + 1];
    oc_event_query_t query = {.by_number = true, .limit = 200};
    size_t len;
    bool more;
    assert_int_equal(oc_index_events_list(&rig->db, &query, text, sizeof(text) - 1, &len, &more),
                     OC_OK);
    for (size_t i = 0; i < len; i++)
        if (text[i] == '\0')
            text[i] = '|';
    text[len] = '\0';
    return text;
}

static unsigned count(rig_t *rig) {
    unsigned bars = 0;
    for (const char *p = all(rig); *p; p++)
        bars += *p == '|';
    return bars / 8;
}

static uint32_t prune(rig_t *rig, uint32_t max, uint64_t bytes, int64_t before_ms) {
    uint32_t gone = 0;
    oc_index_prune_t limits = {max, bytes, before_ms};
    assert_int_equal(oc_index_prune(&rig->db, &limits, &gone), OC_OK);
    return gone;
}

static void the_oldest_go(void **state) {
    rig_t *rig = *state;
    for (int i = 0; i < 30; i++) /* of three months */
        (void)add(rig, T0 + i * 2 * DAY_MS, true);
    assert_int_equal(oc_index_events_protect(&rig->db, 2, true), OC_OK);
    uint32_t open = add(rig, T0 + 1, false);
    assert_int_equal(prune(rig, 31, UINT32_MAX, NONE), 0);
    assert_int_equal(count(rig), 31);
    assert_int_equal(prune(rig, 20, UINT32_MAX, NONE), 12); /* to 18 that are not protected */
    char before[OC_PAGE_BYTES];
    snprintf(before, sizeof(before), "%s", all(rig));
    assert_int_equal(count(rig), 19);
    assert_int_equal(strtoul(before, NULL, 10), 2);
    assert_memory_equal(before, "2|1|1795392000000|1795392000009|pr|motion|", 38);
    again(rig, false);
    assert_string_equal(all(rig), before);
    again(rig, true);
    assert_string_equal(all(rig), before);
    assert_int_equal(add(rig, T0, true), open + 1);
    assert_int_equal(oc_index_events_end(&rig->db, open, T0 + 5), OC_OK);
}

/* By bytes of files; a tenth is free then. */
static void files_are_bounded(void **state) {
    rig_t *rig = *state;
    for (int i = 0; i < 200; i++)
        (void)add(rig, T0 + i, true);
    off_t bytes = test_folder_size(rig->root, "events/202611.ndjson");
    assert_true(prune(rig, 1000, (uint64_t)bytes / 2, NONE) > 100);
    assert_in_range(test_folder_size(rig->root, "events/202611.ndjson"), bytes * 4 / 10, bytes / 2);
    assert_int_equal(prune(rig, 1000, (uint64_t)bytes / 2, NONE), 0);
}

static void too_old_ones_go_once_a_day(void **state) {
    rig_t *rig = *state;
    for (int i = 0; i < 10; i++)
        (void)add(rig, T0 + i * DAY_MS, true);
    assert_int_equal(prune(rig, 100, UINT32_MAX, T0 + DAY_MS), 0);
    assert_int_equal(prune(rig, 100, UINT32_MAX, T0 + DAY_MS + 1), 2);
    assert_int_equal(count(rig), 8);
}

/* The greatest number goes, the database too: the next one is another. */
static void no_number_is_given_again(void **state) {
    rig_t *rig = *state;
    (void)add(rig, T0, true);
    uint32_t past = add(rig, T0 - 400 * DAY_MS, true); /* a bookmark */
    assert_int_equal(prune(rig, 100, UINT32_MAX, T0 - 100 * DAY_MS), 1);
    again(rig, true);
    assert_int_equal(count(rig), 1);
    assert_int_equal(add(rig, T0 + 1, true), past + 1);
}

static void pictures_go_along(void **state) {
    rig_t *rig = *state;
    uint32_t id = add(rig, T0, true);
    (void)add(rig, T0 + 5 * DAY_MS, true);
    assert_int_equal(mkdirat(rig->root, "events/202611", 0700), 0);
    test_folder_write(rig->root, "events/202611/1.jpg", "picture");
    test_folder_write(rig->root, "events/202611/2.jpg", "picture");
    int fd = openat(rig->root, "events/202611.ndjson", O_WRONLY | O_APPEND);
    assert_int_equal(write(fd, "{\"op\":\"picture\",\"id\":1}\n", 24), 24);
    close(fd);
    again(rig, false);
    assert_int_equal(id, 1);
    assert_int_equal(prune(rig, 100, UINT32_MAX, T0 + 2 * DAY_MS), 1);
    assert_int_equal(test_folder_size(rig->root, "events/202611/1.jpg"), -1);
    assert_int_equal(test_folder_size(rig->root, "events/202611/2.jpg"), 7);
}

/* The file is the new one, the rows are those before: the files count. */
static void cut_off_before_the_rows(void **state) {
    rig_t *rig = *state;
    char copy[200], command[400], expected[OC_PAGE_BYTES];
    for (int i = 0; i < 20; i++)
        (void)add(rig, T0 + i, true);
    oc_index_db_close(&rig->db);
    snprintf(copy, sizeof(copy), "%s/copy", rig->path);
    snprintf(command, sizeof(command), "cp %s/index/index.sqlite %s", rig->path, copy);
    assert_int_equal(system(command), 0);
    again(rig, false);
    assert_int_equal(prune(rig, 10, UINT32_MAX, NONE), 11);
    snprintf(expected, sizeof(expected), "%s", all(rig));
    oc_index_db_close(&rig->db);
    snprintf(command, sizeof(command), "cp %s %s/index/index.sqlite", copy, rig->path);
    assert_int_equal(system(command), 0);
    assert_int_equal(oc_index_db_open(&rig->db, rig->root), OC_OK);
    assert_string_equal(all(rig), expected);
}

/* The disk has no room for the database: what it knew before comes back later. */
static void nothing_goes_while_the_database_is_in_memory(void **state) {
    rig_t *rig = *state;
    for (int i = 0; i < 20; i++)
        (void)add(rig, T0 + i, true);
    assert_int_equal(oc_index_db_leave(&rig->db), OC_OK);
    for (int i = 0; i < 20; i++)
        (void)add(rig, T0 + 20 + i, true);
    assert_int_equal(prune(rig, 35, UINT32_MAX, NONE), 0);
    again(rig, false);
    assert_int_equal(count(rig), 40);
}

static void bounds_of_disks(void **state) {
    (void)state;
    assert_int_equal(oc_index_prune_limits(60 << 20, NONE).bytes, (60 << 20) / 50);
    assert_int_equal(oc_index_prune_limits(10 << 20, NONE).bytes, 1 << 20);
    assert_int_equal(oc_index_prune_limits(UINT64_C(1) << 40, NONE).bytes, 512 << 20);
    assert_int_equal(oc_index_prune_limits(0, NONE).bytes, 512 << 20);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(the_oldest_go),
        TEST(files_are_bounded),
        TEST(too_old_ones_go_once_a_day),
        TEST(no_number_is_given_again),
        TEST(pictures_go_along),
        TEST(cut_off_before_the_rows),
        TEST(nothing_goes_while_the_database_is_in_memory),
        TEST(bounds_of_disks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
