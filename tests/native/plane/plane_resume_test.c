/* What a host keeps over the end of a process, and what the next one makes of it before any script:
 * the list is carried out, hours of privacy mode hold, and a script that wants the same finds
 * nothing to do. */
#include "plane_list.h"

#include <string.h>
#include "oc_err.h"

#define SECOND INT64_C(1000000)
#define PLAIN  "fake:?fps=30&gop=30&size=2000&key=9000&audio=aac"
#define LETTER (sizeof(oc_desired_head_t) + OC_CHANNELS_MAX * sizeof(oc_desired_entry_t))

static plane_host_t host;
static plane_list_t list;
static _Alignas(8) uint8_t letter[LETTER];
static const oc_plane_hours_t no_hours = {.begins_us = INT64_MAX};

static void begin(void) {
    memset(&list, 0, sizeof list);
    host_init(&host);
}

static int resume(const void *kept, size_t bytes, const oc_plane_hours_t *hours) {
    char why[OC_DESIRED_WHY_MAX];
    int result = oc_plane_resume(host.plane, kept, bytes, hours, host.now_us, why, sizeof why);
    host_run(&host, 2 * SECOND);
    return result;
}

/* What a run before has kept of `list`. */
static size_t keep(void) {
    list_set(&host, &list);
    size_t bytes = oc_plane_list(host.plane, letter, sizeof letter);
    host_end(&host);
    host_init(&host);
    return bytes;
}

static void nothing_is_kept_of_nothing(void **state) {
    begin();
    assert_int_equal(oc_plane_list_revision(host.plane), 0);
    assert_int_equal(oc_plane_list(host.plane, letter, sizeof letter), 0);
    host_end(&host);
}

static void cameras_run_before_a_script(void **state) {
    begin();
    list_record(list_add(&list, "cam1", PLAIN), "ocellus");
    list_add(&list, OC_CHANNEL_TEST, PLAIN);
    size_t bytes = keep();
    assert_int_equal(bytes, sizeof list.head + sizeof list.entry[0]);
    assert_int_equal(resume(letter, bytes, &no_hours), OC_OK);
    oc_stream_row_t one = host_row(&host, list_number(&host, "cam1"));
    assert_int_equal(one.state, OC_STREAM_RUNNING);
    assert_int_equal(one.recording, 1);
    list_remove(&list, OC_CHANNEL_TEST);
    uint32_t allocations = host.allocations;
    host_answer_t *answer = list_post(&host, &list); /* the first script wants the same */
    assert_int_equal(answer->value, 1);
    assert_int_equal(answer->value1, 1);
    host_run(&host, SECOND);
    assert_int_equal(host.allocations, allocations + 1); /* its letter */
    host_end(&host);
}

static void the_first_script_wins(void **state) {
    begin();
    list_add(&list, "cam1", PLAIN);
    list_add(&list, "cam2", PLAIN);
    assert_int_equal(resume(letter, keep(), &no_hours), OC_OK);
    list_remove(&list, "cam1");
    assert_int_equal(list_set(&host, &list), 2);
    assert_int_equal(host_row(&host, list_number(&host, "cam2")).state, OC_STREAM_RUNNING);
    host_run(&host, SECOND);
    oc_plane_stats_t stats;
    oc_plane_stats(host.plane, &stats);
    assert_int_equal(stats.channels, 1);
    host_end(&host);
}

static unsigned open_now(void) {
    unsigned open = 0;
    for (unsigned i = 0; i < OC_STREAMS_MAX; i++)
        open += host.capture[i].driver != NULL;
    return open;
}

static void hours_that_hold_open_nothing(void **state) {
    begin();
    list_add(&list, "cam1", PLAIN);
    size_t bytes = keep();
    assert_int_equal(resume(letter, bytes, &(oc_plane_hours_t){true, INT64_MAX}), OC_OK);
    assert_int_equal(oc_plane_privacy(host.plane), OC_PRIVACY_SCHEDULE);
    assert_int_equal(open_now(), 0);
    assert_true(oc_plane_hours(host.plane).hold);
    host_end(&host);
}

static void hours_begin_without_a_script(void **state) {
    begin();
    list_add(&list, "cam1", PLAIN);
    size_t bytes = keep();
    const oc_plane_hours_t hours = {false, host.now_us + 5 * SECOND};
    assert_int_equal(resume(letter, bytes, &hours), OC_OK);
    assert_int_equal(open_now(), 1);
    assert_int_equal(oc_plane_hours(host.plane).begins_us, hours.begins_us);
    host_run(&host, 5 * SECOND);
    assert_int_equal(open_now(), 0);
    host_end(&host);
}

static void privacy_by_command_opens_nothing(void **state) {
    begin();
    list_add(&list, "cam1", PLAIN);
    size_t bytes = keep();
    oc_plane_privacy_notified(host.plane, true, host.now_us);
    assert_int_equal(resume(letter, bytes, &no_hours), OC_OK);
    assert_int_equal(open_now(), 0);
    oc_plane_privacy_command(host.plane, false, host.now_us);
    host_run(&host, 2 * SECOND);
    assert_int_equal(open_now(), 1);
    host_end(&host);
}

static void what_is_no_list_changes_nothing(void **state) {
    begin();
    list_add(&list, "cam1", PLAIN);
    size_t bytes = keep();
    assert_int_equal(resume(letter, bytes - 1, &no_hours), OC_ERR_INVAL);
    ((oc_desired_entry_t *)(void *)(letter + sizeof(oc_desired_head_t)))->channel.name[0] = '/';
    const oc_plane_hours_t hours = {true, INT64_MAX};
    assert_int_equal(resume(letter, bytes, &hours), OC_ERR_INVAL);
    assert_int_equal(oc_plane_privacy(host.plane), 0);
    assert_int_equal(oc_plane_list_revision(host.plane), 0);
    assert_int_equal(open_now(), 0);
    host_end(&host);
}

static void a_letter_needs_its_room(void **state) {
    begin();
    list_add(&list, "cam1", PLAIN);
    list_set(&host, &list);
    size_t bytes = oc_plane_list(host.plane, NULL, 0);
    assert_int_equal(bytes, sizeof list.head + sizeof list.entry[0]);
    assert_int_equal(oc_plane_list(host.plane, letter, bytes - 1), 0);
    assert_int_equal(oc_plane_list(host.plane, letter, bytes), bytes);
    assert_memory_equal(letter + sizeof list.head, &list.entry[0], sizeof list.entry[0]);
    host_end(&host);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_kept_of_nothing),
        cmocka_unit_test(cameras_run_before_a_script),
        cmocka_unit_test(the_first_script_wins),
        cmocka_unit_test(hours_that_hold_open_nothing),
        cmocka_unit_test(hours_begin_without_a_script),
        cmocka_unit_test(privacy_by_command_opens_nothing),
        cmocka_unit_test(what_is_no_list_changes_nothing),
        cmocka_unit_test(a_letter_needs_its_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
