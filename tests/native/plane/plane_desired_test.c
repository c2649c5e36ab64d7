/* DESIRED in the plane: a list is carried out, only what differs is touched, what fails is tried
 * again, and neither privacy mode nor the end of a script makes anybody hand it over again. */
#include "plane_list.h"

#include <stdio.h>
#include <string.h>
#include "oc_err.h"

#define SECOND INT64_C(1000000)
#define PLAIN  "fake:?fps=30&gop=30&size=2000&key=9000&audio=aac"
#define OTHER  "fake:?fps=25&gop=25&size=1000&key=9000&audio=aac"
#define ABSENT "file:/no/such/file.mp4"

static plane_host_t host;
static plane_list_t list;

static void begin(void) {
    memset(&list, 0, sizeof list);
    host_init(&host);
}

static void flip(bool raised) {
    assert_int_equal(
        oc_plane_input(host.plane, OC_INPUT_DEVICE, OC_INPUT_PRIVACY, raised, host.now_us), OC_OK);
    host_run(&host, 2 * SECOND);
}

static oc_stream_row_t row_of(const char *name) {
    return host_row(&host, list_number(&host, name));
}

/* The second file of a channel begins no later than its first one ends. */
static void goes_on(const char *name) {
    oc_sim_disk_t *disk = host.disk[list_number(&host, name)];
    char end[24], begin[24];
    assert_int_equal(oc_sim_disk_files(disk), 2);
    snprintf(end, 24, "%.20s", strchr(strchr(oc_sim_disk_path(disk, 0), '_') + 1, '_') + 1);
    snprintf(begin, 24, "%.20s", strchr(oc_sim_disk_path(disk, 1), '_') + 1);
    assert_true(strcmp(begin, end) <= 0);
}

static void a_list_is_carried_out(void **state) {
    begin();
    list_record(list_add(&list, "cam1", PLAIN), "ocellus");
    list_add(&list, "cam2", OTHER);
    assert_int_equal(list_set(&host, &list), 1);
    oc_stream_row_t one = row_of("cam1"), two = row_of("cam2");
    assert_int_equal(one.state, OC_STREAM_RUNNING);
    assert_int_equal(one.recording, 1);
    assert_int_equal(one.failure, 0);
    assert_int_equal(two.state, OC_STREAM_RUNNING);
    assert_int_equal(two.recording, 0);
    assert_string_equal(list_why(&host, 0), "");
    host_run(&host, 5 * SECOND);
    assert_true(host_check(&host, list_number(&host, "cam1")).samples[0] > 100);
    host_end(&host);
}

static void an_equal_list_touches_nothing(void **state) {
    begin();
    list_record(list_add(&list, "cam1", PLAIN), "ocellus");
    list_add(&list, "cam2", OTHER);
    list_set(&host, &list);
    host_run(&host, 2 * SECOND);
    uint32_t allocations = host.allocations, detects = host.detects;
    uint32_t packets = row_of("cam1").packets_lo;
    oc_desired_entry_t swap = list.entry[0]; /* nor does the order */
    list.entry[0] = list.entry[1];
    list.entry[1] = swap;
    host_answer_t *answer = list_post(&host, &list);
    assert_int_equal(answer->value, 1);
    assert_int_equal(answer->value1, 1);
    host_run(&host, 2 * SECOND);
    assert_int_equal(host.allocations, allocations + 1); /* the letter */
    assert_int_equal(host.detects, detects);
    assert_true(row_of("cam1").packets_lo > packets);
    host_end(&host);
}

static void only_what_differs_is_touched(void **state) {
    begin();
    list_record(list_add(&list, "cam1", PLAIN), "ocellus");
    list_add(&list, "cam2", PLAIN);
    list_set(&host, &list);
    host_run(&host, 3 * SECOND);
    unsigned one = list_number(&host, "cam1"), two = list_number(&host, "cam2");
    uint32_t ring = host_row(&host, one).ring_bytes;
    snprintf(list_entry(&list, "cam2")->channel.url, OC_CAPTURE_URL_MAX, "%s", OTHER);
    list_entry(&list, "cam1")->channel.ring_ms = 20000;
    assert_int_equal(list_set(&host, &list), 2);
    host_run(&host, 3 * SECOND);
    assert_int_equal(list_number(&host, "cam2"), two);
    assert_string_equal(host.capture[two].config.url, OTHER);
    assert_int_equal(host_row(&host, two).revision, 2);
    assert_true(host_row(&host, one).ring_bytes > ring);
    assert_int_equal(host_row(&host, one).record_lost_packets, 0);
    assert_int_equal(host_events(&host, "channel-opened", NULL), 3);
    const char *log;
    assert_int_equal(host_events(&host, "channel-closed", &log), 1);
    assert_non_null(strstr(log, "it is opened again"));
    list_remove(&list, "cam1");
    list_set(&host, &list);
    host_run(&host, 2 * SECOND);
    assert_int_equal(host_row(&host, one).state, OC_STREAM_FREE);
    assert_int_equal(host_events(&host, "channel-closed", &log), 2);
    assert_non_null(strstr(log, "it is not in the settings"));
    host_found_t found = host_check(&host, one);
    assert_int_equal(found.files, 1);
    assert_int_equal(found.open_files, 0);
    host_end(&host);
}

static void a_source_that_fails_is_tried_again_until_it_is_another(void **state) {
    const char *log;
    begin();
    list_add(&list, "cam1", ABSENT);
    list_add(&list, "cam2", "gopher://cam");
    list_set(&host, &list);
    oc_stream_row_t one = row_of("cam1"), two = row_of("cam2");
    assert_int_equal(one.state, OC_STREAM_FAILED);
    assert_int_equal((int)one.failure, -OC_ERR_NOENT);
    assert_true(list_why(&host, list_number(&host, "cam1"))[0] != 0);
    assert_int_equal(two.state, OC_STREAM_FAILED);
    assert_int_equal((int)two.failure, -OC_ERR_NOTSUP);
    uint32_t before = host.allocations;
    host_run(&host, 10 * SECOND); /* after 1, 3 and 7 s */
    uint32_t tries = host.allocations - before;
    host_run(&host, 600 * SECOND);
    assert_in_range(host.allocations - before, 4 * tries, 20 * tries); /* every 30 s */
    assert_int_equal(host_events(&host, "channel-failed", &log), 2);   /* reported once */
    snprintf(list_entry(&list, "cam1")->channel.url, OC_CAPTURE_URL_MAX, "%s", PLAIN);
    list_set(&host, &list); /* and the new one is not waited for */
    assert_int_equal(row_of("cam1").state, OC_STREAM_RUNNING);
    assert_int_equal(row_of("cam1").failure, 0);
    assert_string_equal(list_why(&host, list_number(&host, "cam1")), "");
    assert_int_equal(row_of("cam2").revision, 2); /* it did not change, and was tried */
    host_end(&host);
}

static void somebody_can_ask_for_it_now(void **state) {
    begin();
    list_add(&list, "cam1", ABSENT);
    list_set(&host, &list);
    host_run(&host, 100 * SECOND);
    uint32_t before = host.allocations;
    unsigned number = list_number(&host, "cam1");
    assert_int_equal(host_call(&host, OC_COMMAND_CHANNEL_RETRY, number, 0, NULL, 0)->code, OC_OK);
    host_run(&host, 1000);
    assert_true(host.allocations > before);
    assert_int_equal(
        host_call(&host, OC_COMMAND_CHANNEL_RETRY, OC_CHANNELS_MAX - 1, 0, NULL, 0)->code,
        OC_CHANNELS_MAX > 1 ? OC_ERR_NOENT : OC_OK);
    host_end(&host);
}

static void a_list_may_change_while_a_source_opens(void **state) {
    begin();
    host.opens_held = true;
    list_add(&list, "cam1", PLAIN);
    list_add(&list, "cam2", PLAIN);
    assert_int_equal(list_post(&host, &list)->value, 1);
    assert_int_equal(row_of("cam1").state, OC_STREAM_OPENING);
    assert_int_equal(row_of("cam1").revision, 0);
    snprintf(list_entry(&list, "cam1")->channel.url, OC_CAPTURE_URL_MAX, "%s", OTHER);
    list_remove(&list, "cam2");
    assert_int_equal(list_post(&host, &list)->value, 2);
    assert_int_equal(row_of("cam1").state, OC_STREAM_CLOSING);
    host.opens_held = false;
    list_set(&host, &list);
    host_run(&host, SECOND);
    unsigned number = list_number(&host, "cam1");
    assert_string_equal(host.capture[number].config.url, OTHER);
    assert_int_equal(host_row(&host, number).state, OC_STREAM_RUNNING);
    for (unsigned i = 0; i < OC_CHANNELS_MAX; i++)
        assert_true(i == number || host_row(&host, i).state == OC_STREAM_FREE);
    host_end(&host);
}

static void privacy_mode_comes_and_goes_without_anybody(void **state) {
    begin();
    list_record(list_add(&list, "cam1", PLAIN), "ocellus");
    list_add(&list, "cam2", PLAIN);
    list_set(&host, &list);
    host_run(&host, 5 * SECOND);
    flip(true);
    unsigned number = list_number(&host, "cam1");
    oc_stream_row_t row = host_row(&host, number);
    assert_int_equal(row.state, OC_STREAM_FAILED);
    assert_int_equal((int)row.failure, -OC_ERR_PRIVATE);
    assert_string_equal(list_why(&host, number), oc_err_text(OC_ERR_PRIVATE));
    assert_int_equal(host.blocks, 0);
    host_new_script(&host); /* whoever handed the list over is gone */
    list_entry(&list, "cam2")->channel.ring_ms = 7000;
    assert_int_equal(list_set(&host, &list), 2); /* tried, as far as it may be */
    flip(false);
    row = host_row(&host, number);
    assert_int_equal(row.state, OC_STREAM_RUNNING);
    assert_int_equal(row.recording, 1);
    assert_int_equal(row.failure, 0);
    host_run(&host, 5 * SECOND);
    assert_int_equal(oc_sim_disk_files(host.disk[number]), 2);
    assert_int_equal(host_events(&host, "record-closed", NULL), 1);
    assert_int_equal(host_events(&host, "channel-failed", NULL), 0);
    host_end(&host);
}

/* On and off before anybody looks: what was cut comes back, and nothing is said to have failed. */
static void a_short_privacy_mode_is_no_failure(void **state) {
    begin();
    list_record(list_add(&list, "cam1", PLAIN), "ocellus");
    list_set(&host, &list);
    host_run(&host, 3 * SECOND);
    for (int on = 1; on >= 0; on--)
        oc_plane_input(host.plane, OC_INPUT_DEVICE, OC_INPUT_PRIVACY, on, host.now_us);
    host_run(&host, 3 * SECOND);
    assert_int_equal(row_of("cam1").recording, 1);
    assert_int_equal(host_events(&host, "record-failed", NULL), 0);
    assert_int_equal(host_events(&host, "channel-failed", NULL), 0);
    host_end(&host);
}

static void the_end_of_a_script_is_no_event(void **state) {
    begin();
    list_record(list_add(&list, "cam1", PLAIN), "ocellus");
    list_set(&host, &list);
    host_run(&host, 3 * SECOND);
    unsigned number = list_number(&host, "cam1");
    host_new_script(&host);
    host_run(&host, 60 * SECOND);
    assert_int_equal(host_row(&host, number).recording, 1);
    host_answer_t *answer = list_post(&host, &list);
    assert_int_equal(answer->value1, 1);
    list_record(list_entry(&list, "cam1"), "porch"); /* files are listed by name */
    list_set(&host, &list);
    host_run(&host, 3 * SECOND);
    assert_int_equal(host_events(&host, "channel-opened", NULL), 1);
    assert_int_equal(host_row(&host, number).record_lost_packets, 0);
    goes_on("cam1");
    host_end(&host);
}

static void a_recording_goes_on_with_other_settings(void **state) {
    begin();
    list_record(list_add(&list, "cam1", PLAIN), "ocellus");
    list_set(&host, &list);
    host_run(&host, 5 * SECOND + SECOND / 3);
    unsigned number = list_number(&host, "cam1");
    oc_sim_disk_faults(host.disk[number])->delay_us[OC_FILE_SYNC] = 2 * SECOND;
    list_record(list_entry(&list, "cam1"), "porch");
    list_set(&host, &list);
    host_run(&host, 5 * SECOND);
    list_entry(&list, "cam1")->records = 0;
    list_set(&host, &list);
    assert_int_equal(host_row(&host, number).recording, 0);
    assert_int_equal(host_row(&host, number).record_lost_packets, 0);
    assert_int_equal(host_events(&host, "record-closed", NULL), 2);
    goes_on("cam1");
    assert_int_equal(host_events(&host, "channel-opened", NULL), 1);
    host_end(&host);
}

static void a_recording_ends_at_its_time(void **state) {
    begin();
    list_record(list_add(&list, "cam1", PLAIN), "ocellus");
    list_until(&host, list_entry(&list, "cam1"), 10 * SECOND);
    list_set(&host, &list);
    host_run(&host, 5 * SECOND);
    assert_int_equal(row_of("cam1").recording, 1);
    list_until(&host, list_entry(&list, "cam1"), 15 * SECOND); /* its end moves, it goes on */
    list_set(&host, &list);
    host_run(&host, 13 * SECOND);
    assert_int_equal(row_of("cam1").recording, 1);
    host_new_script(&host); /* nobody has to be there */
    host_run(&host, 5 * SECOND);
    assert_int_equal(row_of("cam1").recording, 0);
    host_run(&host, 20 * SECOND);
    host_found_t found = host_check(&host, list_number(&host, "cam1"));
    assert_int_equal(found.files, 1);
    assert_in_range(found.samples[0], 30 * 20 - 2, 30 * 20 + 30);
    list_until(&host, list_entry(&list, "cam1"), 10 * SECOND);
    list_set(&host, &list);
    list_until(&host, list_entry(&list, "cam1"), -SECOND); /* in the past: at once */
    list_set(&host, &list);
    assert_int_equal(row_of("cam1").recording, 0);
    host_end(&host);
}

static void a_recording_that_cannot_begin_leaves_its_channel_alone(void **state) {
    begin();
    list_record(list_add(&list, "cam1", PLAIN), "ocellus");
    list_entry(&list, "cam1")->record.preroll_ms = 5000;
    list_set(&host, &list);
    host_run(&host, 20 * SECOND);
    oc_stream_row_t row = row_of("cam1");
    assert_int_equal(row.state, OC_STREAM_RUNNING);
    assert_int_equal((int)row.failure, -OC_ERR_RANGE);
    assert_non_null(strstr(list_why(&host, 0), "record.prerollSeconds"));
    assert_int_equal(host_events(&host, "record-failed", NULL), 1);
    list_entry(&list, "cam1")->channel.preroll_ms = 5000;
    list_set(&host, &list);
    row = row_of("cam1");
    assert_int_equal(row.recording, 1);
    assert_int_equal(row.failure, 0);
    assert_int_equal(host_events(&host, "channel-opened", NULL), 1);
    host_end(&host);
}

static void detectors_follow_their_channel(void **state) {
    begin();
    list_add(&list, "cam1", PLAIN)->detect.sensitivity = 40;
    list_set(&host, &list);
    unsigned number = list_number(&host, "cam1");
    assert_int_equal(host.detect[number].sensitivity, 40);
    list_entry(&list, "cam1")->detect.sensitivity = 50;
    list_set(&host, &list);
    assert_int_equal(host.detect[number].sensitivity, 50);
    assert_int_equal(host.detects, 2);
    list_remove(&list, "cam1");
    list_set(&host, &list);
    host_run(&host, SECOND);
    assert_int_equal(host.detect[number].sensitivity, 0);
    host_end(&host);
}

static void a_letter_with_a_fault_changes_nothing(void **state) {
    begin();
    list_add(&list, "cam1", PLAIN);
    list_set(&host, &list);
    list_add(&list, "cam1", OTHER);
    host_answer_t *answer = list_post(&host, &list);
    assert_int_equal(answer->code, OC_ERR_INVAL);
    assert_string_equal(answer->text, "channels.cam1.name: there are two of this name");
    assert_int_equal(row_of("cam1").revision, 1);
    list_remove(&list, "cam1");
    size_t bytes = sizeof list.head + list.head.count * sizeof list.entry[0];
    int blocks = host.blocks;
    host.arg1 = (int32_t)bytes; /* a part of it, and then another script */
    assert_int_equal(host_call(&host, OC_COMMAND_DESIRED, 0, 0, &list, sizeof list.head)->value, 0);
    assert_int_equal(host.blocks, blocks + 1);
    host_new_script(&host);
    assert_int_equal(host.blocks, blocks);
    host.arg1 = (int32_t)bytes;
    assert_int_equal(
        host_call(&host, OC_COMMAND_DESIRED, 0, sizeof list.head, list.entry, sizeof list.entry[0])
            ->code,
        OC_ERR_INVAL);
    host.arg1 = (int32_t)bytes; /* cut within an entry */
    assert_int_equal(
        host_call(&host, OC_COMMAND_DESIRED, 0, 0, &list, sizeof list.head + 100)->code,
        OC_ERR_INVAL);
    host.arg1 = INT32_MAX;
    assert_int_equal(host_call(&host, OC_COMMAND_DESIRED, 0, 0, &list, sizeof list.head)->code,
                     OC_ERR_RANGE);
    assert_int_equal(host.blocks, blocks);
    assert_int_equal(row_of("cam1").state, OC_STREAM_RUNNING);
    host_end(&host);
}

static void all_channels_can_change_hands_at_once(void **state) {
    char name[OC_CHANNEL_NAME_MAX];
    begin();
    for (unsigned turn = 0; turn < 2; turn++) {
        memset(&list, 0, sizeof list);
        for (unsigned i = 0; i < OC_CHANNELS_MAX; i++) {
            snprintf(name, sizeof name, "cam%u-%u", turn, i);
            list_add(&list, name, "fake:?fps=5&gop=5&size=100&key=200");
            list.entry[i].channel.ring_ms = 0;
            list.entry[i].channel.ring_bytes = 64 * 1024;
        }
        list_set(&host, &list);
        host_run(&host, 2 * SECOND);
        for (unsigned i = 0; i < OC_CHANNELS_MAX; i++)
            assert_int_equal(row_of(list.entry[i].channel.name).state, OC_STREAM_RUNNING);
    }
    host_end(&host);
}

#if OC_STREAMS_MAX > OC_CHANNELS_MAX /* boards have no sub streams */
static void the_sub_stream_is_recorded_as_soon_as_it_is_open(void **state) {
    begin();
    oc_desired_entry_t *entry = list_add(&list, "cam1", PLAIN);
    snprintf(entry->channel.sub_url, OC_CAPTURE_URL_MAX, "%s", OTHER);
    list_record(entry, "ocellus");
    list_set(&host, &list);
    host_run(&host, 3 * SECOND);
    entry->record.stream = OC_STREAM_SUB;
    list_set(&host, &list);
    host_run(&host, 3 * SECOND);
    unsigned sub = OC_CHANNELS_MAX + list_number(&host, "cam1");
    assert_int_equal(row_of("cam1").recording, 0);
    assert_int_equal(host_row(&host, sub).recording, 1);
    assert_int_equal(host_row(&host, sub).revision, 2);
    flip(true);
    flip(false);
    host_run(&host, SECOND);
    assert_int_equal(host_row(&host, sub).recording, 1);
    assert_int_equal(host_events(&host, "record-failed", NULL), 0);
    host_end(&host);
}
#endif

/* A script that begins, hands over some parts of its list, or all of them, and is killed. */
static void live_shortly(uint32_t *random) {
    size_t bytes = sizeof list.head + list.head.count * sizeof list.entry[0];
    *random = *random * 1664525 + 1013904223;
    uint32_t parts = *random >> 30, run_ms = (*random >> 16) % 200;
    host_new_script(&host);
    for (size_t at = 0; parts > 0 && at < bytes; parts--) {
        size_t part = (at == 0 ? sizeof list.head : 0) + sizeof list.entry[0];
        host.arg1 = (int32_t)bytes;
        (void)host_call(&host, OC_COMMAND_DESIRED, 0, (int32_t)at, (uint8_t *)&list + at, part);
        at += part;
    }
    host_run(&host, run_ms * 1000);
}

static void a_thousand_scripts_change_nothing(void **state) {
    begin();
    list_record(list_add(&list, "cam1", PLAIN), "ocellus");
    list_add(&list, "cam2", OTHER);
    list_set(&host, &list);
    host_run(&host, SECOND);
    unsigned one = list_number(&host, "cam1"), two = list_number(&host, "cam2");
    uint32_t begun = host_row(&host, two).live_begun, random = 36;
    int blocks = host.blocks;
    for (int i = 0; i < 1000; i++)
        live_shortly(&random);
    host_new_script(&host); /* a part of a list is forgotten with its script */
    assert_int_equal(host.blocks, blocks);
    assert_int_equal(host_row(&host, one).recording, 1);
    assert_int_equal(host_row(&host, two).live_begun, begun);
    host_found_t found = host_check(&host, one); /* every packet, in order */
    assert_int_equal(found.files, 1);
    assert_true(found.samples[0] > 30 * 60);
    host_end(&host);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_is_carried_out),
        cmocka_unit_test(an_equal_list_touches_nothing),
        cmocka_unit_test(only_what_differs_is_touched),
        cmocka_unit_test(a_source_that_fails_is_tried_again_until_it_is_another),
        cmocka_unit_test(somebody_can_ask_for_it_now),
        cmocka_unit_test(a_list_may_change_while_a_source_opens),
        cmocka_unit_test(privacy_mode_comes_and_goes_without_anybody),
        cmocka_unit_test(a_short_privacy_mode_is_no_failure),
        cmocka_unit_test(the_end_of_a_script_is_no_event),
        cmocka_unit_test(a_thousand_scripts_change_nothing),
        cmocka_unit_test(a_recording_goes_on_with_other_settings),
        cmocka_unit_test(a_recording_ends_at_its_time),
        cmocka_unit_test(a_recording_that_cannot_begin_leaves_its_channel_alone),
        cmocka_unit_test(detectors_follow_their_channel),
        cmocka_unit_test(a_letter_with_a_fault_changes_nothing),
        cmocka_unit_test(all_channels_can_change_hands_at_once),
#if OC_STREAMS_MAX > OC_CHANNELS_MAX
        cmocka_unit_test(the_sub_stream_is_recorded_as_soon_as_it_is_open),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
